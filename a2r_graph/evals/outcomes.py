"""Which failures are the model's own, and what to do when a server is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from a2r_graph.errors import grouped
from a2r_graph.evals.store import Store

if TYPE_CHECKING:
    from a2r_graph.state import Failure

OWN = frozenset({"empty", "truncated", "refused", "context_overflow"})
"""Kinds of failure that are the model's answer, so to speak: counted as wrong. To ask
again until it succeeds would flatter it. Any other kind is the server's, the network's or
the caller's code's: the question is left out until it has been asked again."""

_IN_A_ROW, _QUESTIONS = 16, 4


class OutageError(RuntimeError):
    """Nothing but failures came back; what arrived before is on disk.

    Example:
        >>> from a2r_graph.evals import OutageError
        >>> issubclass(OutageError, RuntimeError)
        True
    """


def kind_of(record: Mapping[str, Any]) -> str | None:
    """Return the kind of a record's failure, or None."""
    error = record["error"]
    return None if error is None else str(error["kind"])


def counts(kind: str | None) -> bool:
    """Whether a record with this kind of failure is an outcome."""
    return kind is None or kind in OWN


class Writer:
    """Puts calls on disk as they arrive.

    Failures that aren't the model's wait until another call of the same role and model has
    succeeded: if none does, its server is gone, and they are forgotten, so that the same
    evaluation asks again.
    """

    def __init__(self, store: Store) -> None:
        """Write to `store`."""
        self._store = store
        self._held: defaultdict[tuple[str, str], list[_Held]] = defaultdict(list)
        self._arrived: set[tuple[str, str]] = set()

    def put(
        self, key: str, question: str, place: int, record: Mapping[str, Any], began: float
    ) -> None:
        """Put one call on disk.

        Raises:
            OutageError: It is the last straw.
        """
        asked = (key, str(record["model"]))
        save = partial(self._store.save, key, question, place, record, began)
        if counts(kind_of(record)):
            self.arrived(*asked)
            save()
            return
        held = self._held[asked]
        held.append(_Held(save, question, asked[1], record["error"]))
        # One question that is always refused is no outage, however often it is sampled.
        several = len({one.question for one in held}) >= _QUESTIONS
        if len(held) >= _IN_A_ROW and several:
            raise self._outage(held)

    def arrived(self, key: str, model: str) -> None:
        """Note that a call has succeeded, now or in an earlier start."""
        self._arrived.add((key, model))
        for held in self._held.pop((key, model), []):
            held.save()

    def end(self) -> None:
        """Put on disk what was held back.

        Raises:
            OutageError: Of a role and model, no call at all has succeeded.
        """
        gone = [asked for asked in self._held if asked not in self._arrived]
        if gone:
            raise self._outage([one for asked in gone for one in self._held[asked]])
        for held in self._held.values():
            for one in held:
                one.save()
        self._held.clear()

    def _outage(self, held: list[_Held]) -> OutageError:
        """Return the error of these failures: the last one, and each if they differ."""
        count, (*_, model, error) = len(held), held[-1]
        last = f"{model}: {error['kind']}: {error['message']}"
        lines = [f"{count} calls in a row failed, the last with {last}"]
        several = grouped((one.model, one.error) for one in held)
        if len(several) > 1:
            for words, models in several:
                named = ", ".join(dict.fromkeys(models))
                lines.append(f"  {len(models)} of {count}: {words} ({named})")
        self._held.clear()
        lines.append(
            f"What has arrived is kept in {self._store.path}; the same evaluation goes on "
            "from there"
        )
        return OutageError("\n".join(lines))


class _Held(NamedTuple):
    save: Callable[[], None]
    question: str
    model: str
    error: Failure
