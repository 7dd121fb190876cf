"""The schedule of an evaluation: which calls are missing, and asking them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from a2r_graph.background import in_thread
from a2r_graph.evals.budget import Meter, Role
from a2r_graph.evals.calls import Calls
from a2r_graph.evals.checker import Checker
from a2r_graph.evals.classes import class_codes
from a2r_graph.evals.outcomes import Writer, counts, kind_of
from a2r_graph.evals.plan import Plan, synthesis_place
from a2r_graph.evals.store import Asked, Classes, Store, Verdict
from a2r_graph.evals.task import Task
from a2r_graph.evals.verdicts import judged, reads_replies
from a2r_graph.models.failures import redact
from a2r_graph.references import answer_key

Record: TypeAlias = Mapping[str, Any]
"""What came of a call: a `Reference` or a `Synthesis`, as plain data."""


@dataclass
class Schedule:
    """One start of a run, from what is on disk to its end."""

    task: Task
    asked: list[Asked]
    calls: Calls
    plan: Plan
    store: Store
    meter: Meter
    checker: Checker
    verifier: str
    """Under which verdicts stand."""
    name: str
    """The run's."""
    retry_failed: bool
    concurrency: int

    def __post_init__(self) -> None:
        """Read what is there."""
        self.writer = Writer(self.store)
        self.gate = asyncio.Semaphore(self.concurrency)
        questions = [asked.key for asked in self.asked]
        self.verdicts = self.store.verdicts(self.verifier, questions)
        self.whole = reads_replies(self.task.verify)

    async def run(self) -> None:
        """Ask whatever is missing, `concurrency` calls at a time, questions in order.

        Raises:
            OutageError: Nothing but failures came back.
        """
        await self.calls.ready()
        self.meter.tell()
        if self.plan.monolith:
            # By itself: between the others' calls its server would stand half idle, and
            # its rented time would be dear.
            await self._each(_Question.whole, 1)
        await self._each(_Question.answer, self.plan.ns[-1])
        self.writer.end()
        self.meter.tell()

    async def _each(
        self, step: Callable[[_Question], Coroutine[Any, Any, None]], calls: int
    ) -> None:
        """Take one step with each question, which makes so many calls at once."""
        # So many questions are open that there is always a call to make.
        # Not many more: a question's syntheses stand in line behind all open samples.
        opened = asyncio.Semaphore(-(-self.concurrency // calls) + 1)
        async with _group() as group:
            for asked in self.asked:
                await opened.acquire()
                if self.meter.stopped:
                    break
                task = group.create_task(step(_Question(self, asked)))
                task.add_done_callback(lambda _: opened.release())

    def stands(self, kind: str | None) -> bool:
        """Whether a call that is on disk, with this kind of failure, isn't made again.

        One that reached nobody is: the server was away for a moment.
        """
        return counts(kind) or not (self.retry_failed or kind == "connection")

    async def judge(self, asked: Asked, record: Record | None) -> None:
        """Have what a record says verified, if nobody has."""
        given = None if record is None else judged(record, whole=self.whole)
        if given is None:
            return
        known = self.verdicts.get((asked.key, given.key))
        if known is not None and (known.error is None or not self.retry_failed):
            return
        verdict = await self.checker.check(given.text, asked.question)
        found = Verdict(verdict.score, verdict.error)
        self.verdicts[asked.key, given.key] = found
        self.store.judge(self.verifier, asked.key, given.key, found)


class _Question:
    """One question, and the calls that it takes."""

    def __init__(self, schedule: Schedule, asked: Asked) -> None:
        self._run = schedule
        self._asked = asked
        self._conversation = schedule.task.put(asked.question)

    async def answer(self) -> None:
        """Make every sample and synthesis that is missing, until a limit is reached."""
        samples = range(self._run.plan.ns[-1])
        references = await _all([self._sample(index) for index in samples])
        if await self._classed(references):
            await _all([self._judged(references), self._syntheses(references)])

    async def whole(self) -> None:
        """Ask the monolith."""
        ask = partial(self._run.calls.whole, self._conversation)
        await self._judged([await self._call("monolith", 0, ask)])

    async def _classed(self, references: list[Record | None]) -> bool:
        """Put on disk which answers are one; return whether that can be told.

        Where it can't, the question is left out, and no synthesis is asked for.
        """
        run, there = self._run, [one for one in references if one]
        key = run.calls.answer_key
        try:
            # Ours is quick, and waiting would let the next question's calls go first.
            own = key is answer_key
            codes = (
                class_codes(there, key) if own else await in_thread(class_codes, there, key)
            )
        except ValueError as error:
            found = Classes(None, redact(str(error)))
        else:
            found = Classes(codes, None)
        if found.error or len(there) == len(references):
            run.store.classify(run.name, self._asked.key, found)
        return found.error is None

    async def _judged(self, records: list[Record | None]) -> None:
        for record in records:  # one by one: most answers are another sample's too
            await self._run.judge(self._asked, record)

    async def _sample(self, index: int) -> Record | None:
        calls = self._run.calls
        ask = partial(calls.sample, self._conversation, index)
        return await self._call("explorer", index, ask)

    async def _syntheses(self, references: list[Any]) -> None:
        """Ask for every synthesis whose samples are all there."""

        async def synthesis(n: int, order: int) -> None:
            samples = references[:n]
            if not all(sample and counts(kind_of(sample)) for sample in samples):
                return  # the question is left out until they have been asked again
            calls = self._run.calls
            ask = partial(calls.synthesis, self._conversation, samples, order)
            place = synthesis_place(n, order)
            record = await self._call("synthesizer", place, ask)
            await self._run.judge(self._asked, record)

        await _all([synthesis(n, order) for n, order in self._run.plan.syntheses])

    async def _call(
        self, role: Role, place: int, ask: Callable[[], Awaitable[Any]]
    ) -> Record | None:
        """Return a call's record: the one on disk, or else ask and put it there.

        Returns:
            None where it would have to be asked, and a limit is reached.

        Raises:
            OutageError: It failed, like many before.
        """
        run, key = self._run, self._asked.key
        found = run.store.call(run.calls.key(role), key, place)
        if found is not None and run.stands(kind_of(found)):
            if counts(kind_of(found)):
                run.writer.arrived(run.calls.key(role), found["model"])
            run.meter.count(role, found, reused=True)
            return found
        async with run.gate:
            if run.meter.stopped:
                return None
            began = time.time()
            record: Record = await ask()
            run.writer.put(run.calls.key(role), key, place, record, began)
        run.meter.count(role, record, reused=False)
        return record


@asynccontextmanager
async def _group() -> AsyncIterator[asyncio.TaskGroup]:
    """Give a task group whose first error comes out by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _all(awaitables: list[Any]) -> list[Any]:
    """Return what each gives; the first error cancels the others and is waited for."""
    async with _group() as group:
        tasks = [group.create_task(one) for one in awaitables]
    return [task.result() for task in tasks]
