"""A compiled graph whose synchronous side runs on one loop in the background.

The nodes are asynchronous. LangGraph would run synchronous twins of them in a small
thread pool, where 64 branches would queue.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
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

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """Return the schema of the settings, with this graph's defaults: Studio's form."""
        schema = super().get_context_jsonschema()
        defaults = getattr(self.builder, "defaults", None)
        if schema and defaults:
            for name, value in defaults.model_dump(exclude_unset=True).items():
                schema["properties"][name]["default"] = value
        return schema

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

    def __init__(self, *args: Any, name: str, defaults: A2RContext, **kwargs: Any) -> None:
        """Take `StateGraph`'s arguments, and the name and defaults of what is compiled."""
        super().__init__(*args, **kwargs)
        self.name = name
        self.defaults = defaults

    def compile(self, *args: Any, **kwargs: Any) -> CompiledA2R:
        """Compile as LangGraph does."""
        kwargs["name"] = kwargs.get("name") or self.name
        compiled = super().compile(*args, **kwargs)
        # LangGraph names the class that it makes; ours only overrides a method.
        compiled.__class__ = CompiledA2R
        # What passes between two nodes is nobody's output.
        compiled.stream_channels = compiled.output_channels
        return compiled  # type: ignore[return-value]  # its class is now ours


class _Background:
    """An event loop in a daemon thread, with a thread pool of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pid = os.getpid()
        self.thread = threading.Thread(
            target=self.loop.run_forever, name="a2r-loop", daemon=True
        )
        self.thread.start()


_loops: list[_Background] = []
_lock = threading.Lock()
_depth: ContextVar[int] = ContextVar("a2r_depth", default=0)


def _background() -> tuple[_Background, int]:
    """Return the loop for a call from here, and the depth of what will run on it.

    A run that calls `invoke` again, from a branch say, gets another loop than its own:
    that one's thread, or all the threads of its pool, may be waiting for the answer.
    """
    with _lock:
        if _loops and _loops[0].pid != os.getpid():
            _loops.clear()  # after a fork their threads are gone
        threads = [background.thread for background in _loops]
        here = threading.current_thread()
        depth = _depth.get()
        if here in threads:  # where a callback has lost its context variables
            depth = max(depth, threads.index(here) + 1)
        while len(_loops) <= depth:
            _loops.append(_Background())
        return _loops[depth], depth + 1


def run_in_background(make: Callable[[], AsyncIterator[Any]]) -> Iterator[Any]:
    """Yield what an asynchronous iterator yields on a background loop.

    Closing this iterator, or an exception such as `KeyboardInterrupt` while it waits,
    cancels the run and waits until it has ended.
    """
    background, depth = _background()
    items: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    async def pump() -> None:
        error: BaseException | None = None
        _depth.set(depth)
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
        if more:  # it hasn't ended by itself
            running.cancel()
            while items.get()[0]:
                pass
