"""The process of `checker`: verdicts, one after the other, for as long as stdin is open.

It is run by its path and imports what the verifier and `Question` need, no more. Orders
come as pickles on stdin, which is a socket; each verdict goes back as a line of JSON. What
a verifier prints is thrown away.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import pickle
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 2000
"""Characters of an error; a verdict has to fit a line that the other side reads."""
GRACE = 5.0
"""Seconds after the limit at which a process whose parent is gone ends itself."""


def main() -> None:
    """Load the verifier, say so, and give verdicts."""
    channel = socket.socket(fileno=os.dup(0))
    # A verifier that reads from stdin reads nothing; what it prints goes nowhere already.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with channel, channel.makefile("rb") as orders:
        sys.path[:], limit_s, pickled = pickle.load(orders)  # noqa: S301  our parent's
        try:
            verify = _load(pickled)
        except BaseException as error:  # noqa: BLE001  whatever it is, the parent says it
            _tell(channel, error=_in_words(error))
            return
        _tell(channel, error=None)
        _serve(orders, channel, verify, limit_s)


def _serve(
    orders: BinaryIO,
    channel: socket.socket,
    verify: Callable[..., object],
    limit_s: float,
) -> None:
    while orders.peek(1):  # type: ignore[attr-defined]  # of the buffered reader it is
        # Whoever kills it at the limit may be gone: then the kernel does, even where a
        # verifier hangs in C. A verifier's own alarm takes its place.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limit_s + GRACE)
        score: float | None
        problem: str | None
        try:
            answer, question = pickle.load(orders)  # noqa: S301  our parent's
            score, problem = _number(verify(answer, question)), None
        except BaseException as error:  # noqa: BLE001  SystemExit too is this answer's
            score, problem = None, _in_words(error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _tell(channel, score=score, error=problem)


def _load(pickled: bytes) -> Callable[..., object]:
    # Not within the first answer's limit: a question is unpickled there.
    importlib.import_module("a2r_graph.evals.task")
    verify: Any = importlib.import_module("cloudpickle").loads(pickled)
    if (load := getattr(verify, "load", None)) is not None:
        load()
    return verify  # type: ignore[no-any-return]  # checked before it was pickled


def _number(score: Any) -> float:  # noqa: ANN401  a user's function returned it
    try:
        number = math.nan if isinstance(score, (str, bytes)) else float(score)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number <= 1:
        msg = f"it returned {_brief(score)}; a verifier returns 0 to 1, 1 for right"
        raise ValueError(msg)
    return number


def _brief(value: object) -> str:
    try:
        return repr(value)[:100]
    except Exception:  # noqa: BLE001  a user's __repr__
        return f"a {type(value).__name__}"


def _in_words(error: BaseException) -> str:
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  a user's __str__
        message = ""
    return f"{type(error).__name__}: {message}".rstrip(": ")[:LONGEST]


def _tell(channel: socket.socket, **verdict: object) -> None:
    channel.sendall(json.dumps(verdict).encode() + b"\n")


if __name__ == "__main__":
    main()
