"""Which failures are the model's own, and what to do when a server is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from a2r_graph.evals.store import Store

OWN = frozenset({"empty", "truncated", "refused", "context_overflow"})
"""Kinds of failure that are the model's answer, so to speak: counted as wrong. To ask
again until it succeeds would flatter it. Any other kind is the server's, the network's or
the caller's code's: the question is left out until it has been asked again."""

_IN_A_ROW = 16


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

    Failures that aren't the model's wait until another call has succeeded: if none does,
    the server is gone, and they are forgotten, so that the same command asks again.
    """

    def __init__(self, store: Store) -> None:
        """Write to `store`."""
        self._store = store
        self._held: list[tuple[Callable[[], None], str]] = []
        self._arrived = False

    def put(
        self, key: str, question: str, place: int, record: Mapping[str, Any], began: float
    ) -> None:
        """Put one call on disk.

        Raises:
            OutageError: It is the last straw.
        """

        def save() -> None:
            self._store.save(key, question, place, record, began)

        if counts(kind_of(record)):
            self._arrived = True
            self._release()
            save()
            return
        error = record["error"]
        self._held.append((save, f"{record['model']}: {error['kind']}: {error['message']}"))
        if len(self._held) >= _IN_A_ROW:
            raise self._outage()

    def end(self) -> None:
        """Put on disk what was held back.

        Raises:
            OutageError: No call at all has succeeded.
        """
        if self._held and not self._arrived:
            raise self._outage()
        self._release()

    def _release(self) -> None:
        for save, _ in self._held:
            save()
        self._held.clear()

    def _outage(self) -> OutageError:
        count, last = len(self._held), self._held[-1][1]
        self._held.clear()
        return OutageError(
            f"{count} calls in a row failed, the last with {last}\n"
            f"What has arrived is kept in {self._store.path}; the same evaluation goes on "
            "from there"
        )
