"""A compiled graph whose synchronous side runs on one loop in the background.

The nodes are asynchronous. LangGraph would run synchronous twins of them in a small
thread pool, where 64 branches would queue.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph, StateGraph

from a2r_graph.context import A2RContext
from a2r_graph.saver import awaitable

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

_SAVER = "__pregel_checkpointer"  # LangGraph's key for what a parent hands down


class CompiledA2R(CompiledStateGraph[Any, A2RContext, Any, Any]):
    """A compiled A2R graph; `invoke` does what `ainvoke` does, `stream` as `astream`."""

    def stream(
        self,
        input: Any,  # noqa: A002, ANN401  LangGraph's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Stream as LangGraph's `stream` does, from any thread, in a running loop too.

        Raises:
            RuntimeError: The checkpointer belongs to the loop that this call blocks.
        """
        graph, config = self._with_awaitable_savers(config)
        yield from run_in_background(lambda: graph.astream(input, config, **kwargs))

    def _with_awaitable_savers(
        self, config: RunnableConfig | None
    ) -> tuple[CompiledA2R, RunnableConfig | None]:
        graph = self
        if isinstance(self.checkpointer, BaseCheckpointSaver):
            saver = awaitable(self.checkpointer)
            if saver is not self.checkpointer:
                graph = self.copy({"checkpointer": saver})
        inherited = (config or {}).get("configurable", {}).get(_SAVER)
        if isinstance(inherited, BaseCheckpointSaver):
            saver = awaitable(inherited)
            configurable = {**(config or {})["configurable"], _SAVER: saver}
            config = {**(config or {}), "configurable": configurable}
        return graph, config


class A2RGraph(StateGraph[Any, A2RContext, Any, Any]):
    """A `StateGraph` that compiles to a `CompiledA2R` of its own name."""

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        """Take `StateGraph`'s arguments, and the name of what is compiled."""
        super().__init__(*args, **kwargs)
        self.name = name

    def compile(self, *args: Any, **kwargs: Any) -> CompiledA2R:
        """Compile as LangGraph does."""
        kwargs["name"] = kwargs.get("name") or self.name
        compiled = super().compile(*args, **kwargs)
        # LangGraph names the class that it makes; ours only overrides a method.
        compiled.__class__ = CompiledA2R
        # What passes between two nodes is nobody's output.
        compiled.stream_channels = compiled.output_channels
        return compiled  # type: ignore[return-value]


class _Background:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pid = os.getpid()
        self.blocked = False
        self.thread = threading.Thread(
            target=self.loop.run_forever, name="a2r-loop", daemon=True
        )
        self.thread.start()


_loops: list[_Background] = []
_lock = threading.Lock()


def _background() -> _Background:
    """Return a loop that nobody blocks; the caller's own, if it runs one, is now.

    A call from within a loop of ours would wait for itself: it gets another one. The
    mark is set before the other loop hears of the run, which may call here again.
    """
    here = threading.current_thread()
    with _lock:
        if _loops and _loops[0].pid != os.getpid():
            _loops.clear()  # after a fork its thread is gone
        for background in _loops:
            if background.thread is here:
                background.blocked = True
        free = [background for background in _loops if not background.blocked]
        if not free:
            free = [_Background()]
            _loops.extend(free)
        return free[0]


def _unblock() -> None:
    """Take the calling thread's mark back."""
    here = threading.current_thread()
    for background in _loops:
        if background.thread is here:
            background.blocked = False


def run_in_background(make: Callable[[], AsyncIterator[Any]]) -> Iterator[Any]:
    """Yield what an asynchronous iterator yields on a background loop.

    Closing this iterator, or an exception such as `KeyboardInterrupt` while it waits,
    cancels the run and waits until it has ended.
    """
    background = _background()
    items: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    async def pump() -> None:
        error: BaseException | None = None
        try:
            async for item in make():
                items.put((True, item))
        except BaseException as raised:  # noqa: BLE001  it goes to the caller
            error = raised
        items.put((False, error))

    # The caller's context variables come along: tracing, a parent graph's config.
    running = asyncio.run_coroutine_threadsafe(pump(), background.loop)
    more = True
    try:
        while True:
            more, item = items.get()
            if more:
                yield item
            elif item is not None:
                raise item
            else:
                return
    finally:
        _unblock()
        if more:  # it hasn't ended by itself
            running.cancel()
            while items.get()[0]:
                pass
