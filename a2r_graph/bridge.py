"""A compiled graph whose synchronous side runs on one loop in the background.

The nodes are asynchronous. LangGraph would run synchronous twins of them in a small
thread pool, where 64 branches would queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables.config import var_child_runnable_config
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph, StateGraph

from a2r_graph.background import run_in_background
from a2r_graph.context import A2RContext
from a2r_graph.pregel import SAVER, check_thread
from a2r_graph.saver import awaitable
from a2r_graph.stage import invoking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.runnables import RunnableConfig


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

    def astream(
        self,
        input: Any,  # noqa: A002, ANN401  LangGraph's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Stream as LangGraph's `astream` does; every run of the graph goes by here."""
        return super().astream(input, invoking(config, self.config), **kwargs)

    def _resolve_checkpointer(self, config: RunnableConfig) -> Any:  # noqa: ANN401  as there
        """Return the saver of a run, or of a call for the state, which needs a thread.

        LangGraph asks for one where `configurable` is empty, and in a run a key of ours
        always stands there.

        Raises:
            ValueError: No thread is named.
        """
        saver = super()._resolve_checkpointer(config)
        if saver:
            check_thread(self.config, config)
        return saver

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
        given = (config or {}).get("configurable", {})
        # That of a node which calls us without a config of its own comes by a variable.
        around = (var_child_runnable_config.get() or {}).get("configurable", {})
        inherited = given.get(SAVER, around.get(SAVER))
        if isinstance(inherited, BaseCheckpointSaver):
            configurable = {**given, SAVER: awaitable(inherited)}
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
