"""Verdicts out of processes of their own, each under a time limit.

Why not a pool off the shelf: what stands on `multiprocessing` with spawn (Pebble) runs the
caller's `__main__` again in each process, so that a script needs a guard, and has an open
report of answers lost as their process is stopped (Pebble's issue 153); loky can't stop
one answer. Here a process has one answer at a time, so that an end is always that one's.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import math
import os
import pickle
import sys
from typing import TYPE_CHECKING, Any

from a2r_graph.evals.processes import Verdict, Worker

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from a2r_graph.evals.task import Question, Verifier

__all__ = ["Checker", "Verdict"]


class Checker:
    """A verifier in a pool of processes that start when they are needed.

    An answer on which the verifier raises, hangs or dies gets a `Verdict` that says so;
    a process that hung is killed, with all that it started. Closing, cancelling and
    Ctrl-C leave no process behind. Any script or notebook may use it: nobody's
    `__main__` is run again. One checker belongs to one event loop.

    Args:
        verify: The verifier, picklable by `cloudpickle`. If it has a method `load`, each
            process calls that once before the first answer, outside of the limit.
        limit_s: Seconds for one answer.
        workers: How many processes at most. None: one a CPU, four at most.

    Raises:
        ValueError: `limit_s` or `workers` is out of bounds, or `verify` is asynchronous
            or can't be pickled.

    Example:
        >>> import asyncio
        >>> from a2r_graph.evals import Question
        >>> from a2r_graph.evals.checker import Checker
        >>> async def main():
        ...     same = lambda answer, question: float(answer == question.answer)
        ...     async with Checker(same) as checker:
        ...         return await checker.check("42", Question("1", "6 x 7?", "42"))
        >>> asyncio.run(main())
        Verdict(score=1.0, error=None)
    """

    def __init__(
        self, verify: Verifier, *, limit_s: float = 10.0, workers: int | None = None
    ) -> None:
        """Check the arguments; no process is started yet."""
        if not 0 < limit_s < math.inf:
            msg = f"limit_s: {limit_s!r} is not allowed: more than 0 seconds, and finite"
            raise ValueError(msg)
        if workers is not None and workers < 1:
            msg = f"workers: {workers!r} is not allowed: at least 1, or None"
            raise ValueError(msg)
        self.limit_s = limit_s
        self.workers = workers or min(4, _cpus())
        self._order = (list(sys.path), limit_s, _pickled(verify))
        self._slots = asyncio.Semaphore(self.workers)
        self._idle: list[Worker] = []

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process."""
        await self.aclose()

    async def start(self) -> None:
        """Load the verifier in one process, to know that it can be before paying for more.

        Raises:
            RuntimeError: It can't be loaded; says why.
        """
        async with self._slots:
            if not self._idle:
                self._idle.append(await Worker.start(self._order))

    async def check(self, answer: str, question: Question) -> Verdict:
        """Return what the verifier says of `answer`, in words where it fails.

        Raises:
            RuntimeError: The verifier can't even be loaded in a process of its own.
        """
        try:
            order = pickle.dumps((answer, question))
        except Exception as error:  # noqa: BLE001  metadata may be anything
            msg = f"the question can't be sent to the verifier: {error}"
            return Verdict(None, msg)
        async with self._slots:
            worker = None
            while self._idle and worker is None:
                worker = self._idle.pop().if_alive()
            worker = worker or await Worker.start(self._order)
            try:
                verdict = await worker.ask(order, self.limit_s)
            except BaseException:
                worker.kill()
                raise
            if worker.killed:
                return verdict
            self._idle.append(worker)
            return verdict

    async def aclose(self) -> None:
        """End every process; those that are idle by themselves."""
        idle, self._idle = self._idle, []
        try:
            await asyncio.gather(*(worker.stop() for worker in idle))
        finally:
            for worker in idle:
                worker.kill()


def _pickled(verify: Any) -> bytes:  # noqa: ANN401  checked here
    if not callable(verify):
        msg = f"verify: {verify!r} can't be called; give a function (answer, question)"
        raise ValueError(msg)  # noqa: TRY004  as for every other argument
    if inspect.iscoroutinefunction(verify) or inspect.iscoroutinefunction(
        getattr(verify, "__call__", None)  # noqa: B004  callable() doesn't tell
    ):
        msg = f"verify: {verify!r} is asynchronous; give a plain function"
        raise ValueError(msg)
    try:
        return bytes(importlib.import_module("cloudpickle").dumps(verify))
    except Exception as error:
        msg = (
            f"verify: {verify!r} can't be pickled by cloudpickle ({error}); let it open "
            "files, locks and connections in a method load()"
        )
        raise ValueError(msg) from error


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
