"""A scripted server that knows who asks, and tells how far a run has come."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Set as AbstractSet
from types import TracebackType
from typing import Any, Self

from clock import PATIENCE
from durability.runner import SEED
from durability.savers import SYNTHESIZER
from server import Answer, Server, completion, failing

GAP = 0.02  # seconds from one branch's answer to the next one's
SYNTHESIS = 3 * GAP
FAILING = 3  # this branch's model refuses


class Script:
    """Branches are answered one after the other, in an order that isn't theirs.

    Those of `never` aren't.
    """

    def __init__(self, never: AbstractSet[int] = frozenset()) -> None:
        self.never = never
        self.asked: list[int] = []
        self.answered: list[int] = []
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._server = Server(self._plan)
        # A client that was killed is no error of the server's.
        self._server.http.handle_error = lambda *_: None
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed.set()
        self._server.__exit__(kind, error, trace)

    def wait_for(self, answers: int) -> None:
        """Wait until so many have been answered; for none, until somebody has asked."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: self.asked and len(self.answered) >= answers, timeout=PATIENCE
            ), f"{answers} answers never came: {self.asked}, {self.answered}"

    def _plan(self, number: int, path: str, body: dict[str, Any]) -> Answer:
        if not path.endswith("/chat/completions"):
            return failing(404)  # it counts no tokens
        who = SYNTHESIZER if body["model"] == "synthesizer" else body["seed"] - SEED
        self._note(self.asked, who)
        self._closed.wait(None if who in self.never else seconds_for(who))
        self._note(self.answered, who)
        if who == FAILING:
            return failing(400, "not I")
        if who != SYNTHESIZER:
            return completion(f"I am {who}. Answer: {40 + who % 2}")
        # The same answer to the same prompt alone.
        return completion(f"Of {zlib.crc32(json.dumps(body['messages']).encode())}")

    def _note(self, among: list[int], who: int) -> None:
        with self._changed:
            among.append(who)
            self._changed.notify_all()


def seconds_for(who: int) -> float:
    """Return how long an answer takes; each of seven branches has a time of its own."""
    return SYNTHESIS if who == SYNTHESIZER else GAP * (1 + 5 * who % 7)
