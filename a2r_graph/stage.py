"""The exploring stage of a run: how far it is, and when it is over.

Branches of one run meet here, in the process that runs them; LangGraph's state can't
tell them of each other before their superstep has ended. The stage lives and dies with
one call of the graph, in whose config it travels. After a resume it is made anew, from
what the checkpointer holds.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.runnables.config import var_child_runnable_config

from a2r_graph.context import MAX_BRANCHES
from a2r_graph.pregel import reports_so_far

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from langchain_core.runnables import RunnableConfig

    from a2r_graph.context import A2RContext
    from a2r_graph.state import Failure

_KEY = "__a2r"  # LangGraph keeps keys that begin so out of metadata and checkpoints
_NO_LIMIT = 2**30  # branches at once
_DEFAULT = int(os.environ.get("LANGGRAPH_DEFAULT_RECURSION_LIMIT") or 0)
_SUPERSTEPS = 2 * MAX_BRANCHES + 8  # of windows of one branch each, and what is around


class StageOver(Exception):  # noqa: N818  no error: it is time
    """The stage ended while a branch was at it."""

    def __init__(self, by: Literal["quorum", "deadline"], failure: Failure) -> None:
        """Take what ended it, and the branch's record."""
        super().__init__(failure["message"])
        self.by, self.failure = by, failure


class Stage:
    """One run's exploring stage.

    Args:
        quorum: It is over once this many branches have succeeded.
        deadline: It is over after this many seconds, from now.
    """

    def __init__(self, quorum: int | None = None, deadline: float | None = None) -> None:
        """Begin, with nothing known of earlier branches."""
        self.quorum, self.deadline = quorum, deadline
        self._ends: float | None = None
        if deadline is not None:
            self._ends = asyncio.get_running_loop().time() + deadline
        self._over: Literal["quorum", "deadline"] | None = None
        self._succeeded: set[int] = set()
        self._running: set[asyncio.Timeout] = set()

    def check(self) -> Literal["quorum", "deadline"] | None:
        """Return what has ended the stage; once told, it stays so."""
        if self._over is None:
            if self.quorum is not None and len(self._succeeded) >= self.quorum:
                self._over = "quorum"
            elif self.remaining() == 0:
                self._over = "deadline"
        return self._over

    def remaining(self) -> float | None:
        """Return the seconds until the deadline; None if there is none."""
        if self._ends is None:
            return None
        return max(0.0, self._ends - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """Cancel the block when the stage is over, and don't begin it after that.

        Raises:
            StageOver: It was.
        """
        if self.check():
            raise self._end()
        timer = asyncio.timeout_at(self._ends)
        self._running.add(timer)
        try:
            async with timer:
                yield
        except Exception:  # also what a client makes of being cancelled
            if not timer.expired():
                raise
            raise self._end() from None
        finally:
            self._running.discard(timer)

    def succeeded(self, indices: Iterable[int]) -> None:
        """Note successes; those that make up the quorum end the stage."""
        before = self._over
        self._succeeded.update(indices)
        if before is None and self.check() == "quorum":
            now = asyncio.get_running_loop().time()
            for timer in self._running:
                if not timer.expired():
                    timer.reschedule(now)

    def _end(self) -> StageOver:
        self._over = by = (
            self.check() or "deadline"
        )  # a loop's timers may be a little early
        if by == "quorum":
            what = f"{self.quorum} branches have succeeded, which is the quorum"
            return StageOver(by, {"kind": "cancelled", "message": what})
        what = f"no answer when the deadline of {self.deadline:g} s was over"
        return StageOver(by, {"kind": "timeout", "message": what})


@dataclass
class Invocation:
    """What the nodes share during one call of the graph, in this process."""

    limits: RunnableConfig
    """The caller's `recursion_limit` and `max_concurrency`, as far as they are set."""
    gate: AbstractAsyncContextManager[object]
    """What a branch holds while it runs: there are `max_concurrency` places."""
    stage: Stage | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begin(self, settings: A2RContext) -> Stage:
        """Begin the exploring stage."""
        self.stage = Stage(settings.quorum, settings.deadline)
        return self.stage

    async def resumed(
        self, settings: A2RContext, run: str, config: RunnableConfig
    ) -> Stage:
        """Return the stage; one that a crash has ended goes on, at its count."""
        async with self.lock:
            stage = self.stage
            if stage is None:
                done = await _successes(run, config) if settings.quorum else set()
                stage = self.begin(settings)
                stage.succeeded(done)
        return stage


def invocation(config: RunnableConfig) -> Invocation:
    """Return what the nodes of this call share."""
    found: Invocation = config["configurable"][_KEY]
    return found


def below(config: RunnableConfig) -> RunnableConfig:
    """Return a node's config as models and graphs below get it."""
    return {**config, **invocation(config).limits}


def invoking(config: RunnableConfig | None, bound: RunnableConfig | None) -> RunnableConfig:
    """Return the config for one call of the graph, whose nodes will share something.

    Two limits of the caller's are kept for what runs below, and don't bind A2R's own loop.
    `recursion_limit`: that loop ends by itself. `max_concurrency`: LangGraph would let the
    writes of finished branches wait in one queue with the branches that are yet to begin,
    and a crash would lose them all; A2R has a gate of its own.

    Args:
        config: The caller's.
        bound: The graph's own, under the caller's.
    """
    given: RunnableConfig = {**(bound or {}), **(config or {})}
    around = var_child_runnable_config.get() or {}  # of a node that calls us by itself
    limits: RunnableConfig = {}
    lifted: RunnableConfig = {}
    gate: AbstractAsyncContextManager[object] = nullcontext()
    steps = given.get("recursion_limit") or around.get("recursion_limit") or _DEFAULT
    if 0 < steps < _SUPERSTEPS:
        limits["recursion_limit"], lifted["recursion_limit"] = steps, _SUPERSTEPS
    at_once = given.get("max_concurrency") or around.get("max_concurrency")
    if at_once and at_once > 0:
        limits["max_concurrency"], lifted["max_concurrency"] = at_once, _NO_LIMIT
        gate = asyncio.Semaphore(at_once)
    shared: Any = {**(config or {}).get("configurable", {}), _KEY: Invocation(limits, gate)}
    return {**(config or {}), **lifted, "configurable": shared}


async def _successes(run: str, config: RunnableConfig) -> set[int]:
    """Return the branches of `run` that succeeded before this superstep, or in it."""
    return {
        reference["index"]
        for report in await reports_so_far(config)
        if report.get("run") == run
        for reference in report.get("references", ())
        if reference["status"] == "ok"
    }
