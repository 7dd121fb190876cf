"""The tries of one call: whose turn each is, whether there is another, and when."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, wait_random_exponential

from a2r_graph.errors import ReplyError
from a2r_graph.models.failures import RETRIED, failure_of
from a2r_graph.models.prepare import retries_itself
from a2r_graph.models.structured import UnfitError

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from a2r_graph.models.resolve import Model
    from a2r_graph.stage import Stage, StageOver
    from a2r_graph.state import Failure

_PATIENCE = 600.0  # seconds; a server that asks for more is not asked again
_JITTER = wait_random_exponential(multiplier=0.5, max=30)  # seconds


class Turns:
    """The model's turn, then that of its replicas, round and round."""

    def __init__(self, model: Model, stage: Stage) -> None:
        """Begin before the first try."""
        self.models = (model, *model.replicas)
        self.stage = stage
        self.final = False
        """Whether what has come by now rules out a further try."""
        self.last: Failure | None = None
        self._failed: dict[int, Failure] = {}
        self._busy_until: dict[int, float] = {}

    def tries(self, attempts: int) -> AsyncRetrying:
        """Return the tries: one, where a foreign client retries by itself.

        No client does so for a reply that the server broke off: that comes as a good one.
        """
        return AsyncRetrying(
            stop=partial(self._over, attempts),
            retry=self._again,
            wait=self._wait,
            reraise=True,
        )

    def _over(self, attempts: int, state: RetryCallState) -> bool:
        """Whether all tries are made; further ones may be the client's own affair."""
        error = state.outcome.exception() if state.outcome else None
        broken = isinstance(error, ReplyError) and error.kind == "server_error"
        own = not retries_itself(self.models[0]) or (broken and self.models[0].chat)
        return state.attempt_number >= (attempts if own else 1)

    def at(self, attempt: int) -> Model:
        """Return the model of a try, counted from 1."""
        return self.models[(attempt - 1) % len(self.models)]

    def note(self, attempt: int, error: BaseException) -> None:
        """Remember what became of this try, and until when its server wants none."""
        place = (attempt - 1) % len(self.models)
        self.last = self._failed[place] = self.failure(error)
        seconds = retry_after(getattr(getattr(error, "response", None), "headers", None))
        if seconds is not None:
            self._busy_until[place] = time.monotonic() + seconds

    def failure(self, error: BaseException) -> Failure:
        """Return the record of a failed try, without the models' keys."""
        return failure_of(error, [turn.runnable for turn in self.models])

    def given_up(self, error: BaseException) -> Failure:
        """Return the record of a call whose last try failed, with each replica's word.

        In the same order whoever was the last, so that branches that met the same fail
        alike.
        """
        last = self.failure(error)
        every = [last, *(one for one in self._failed.values() if one != last)]
        every.sort(key=lambda one: (one["kind"] != last["kind"], one["message"]))
        said = [every[0]["message"], *(f"{f['kind']}: {f['message']}" for f in every[1:])]
        return {**last, "message": "; and ".join(said)}

    def broken_off(self, over: StageOver) -> Failure:
        """Return the record of tries that the stage's end broke off."""
        if self.last is None:
            return over.failure
        before = f"{self.last['kind']}: {self.last['message']}"
        return {**over.failure, "message": f"{over}; before that {before}"}

    def _again(self, state: RetryCallState) -> bool:
        """Whether a failure may pass, and soon enough."""
        error = state.outcome.exception() if state.outcome else None
        if error is None or self.final or self.stage.check():
            return False
        passes = isinstance(error, UnfitError) or failure_of(error)["kind"] in RETRIED
        if not passes:
            return False
        remaining = self.stage.remaining()
        patience = _PATIENCE if remaining is None else min(_PATIENCE, remaining)
        return self._asked_for(state) <= patience

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds to wait: what the next server asked for, and jitter.

        Without it, all branches that were refused at once would come again at once.
        """
        return self._asked_for(state) + _JITTER(state)

    def _asked_for(self, state: RetryCallState) -> float:
        place = state.attempt_number % len(self.models)  # of the try to come
        return max(0.0, self._busy_until.get(place, 0.0) - time.monotonic())


def retry_after(headers: object) -> float | None:
    """Return the seconds that a server asks for in its reply's headers, if it does.

    They stand there as such or as a date, which is read by the server's own clock where
    it tells (RFC 9110, section 10.2.3).
    """
    if not isinstance(headers, Mapping):
        return None
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    told = lower.get("retry-after", "")
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        now = _timestamp(lower["date"]) if "date" in lower else time.time()
        return max(0.0, _timestamp(told) - now)
    except (ValueError, OverflowError):
        return None


def _timestamp(date: str) -> float:
    """Return an HTTP date as seconds; without a zone it is GMT."""
    then = parsedate_to_datetime(date)
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()
