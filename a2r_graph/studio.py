"""A2R on LangGraph's server, for Studio: a run's context names the models too.

`langgraph.json` names `make_graph`, which the server calls for each run. A model's name
may hold an address, so whoever may start runs here may have this server, with its keys,
ask any address. `create_a2r` by itself takes no models from a context: on a server for
others, serve a graph that it has made.
"""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from typing import Annotated, Any

from langgraph.graph.state import CompiledStateGraph
from langgraph_sdk.runtime import ServerRuntime
from openai import OpenAIError
from pydantic import Field

from a2r_graph.context import A2RContext
from a2r_graph.graph import create_a2r

EXPLORER = os.environ.get("A2R_EXPLORER") or "local:"
SYNTHESIZER = os.environ.get("A2R_SYNTHESIZER") or ""

_MODELS = ["local:", "vllm:Qwen/Qwen3-4B", "openai:gpt-4o-mini"]


def _picker(node: str) -> Any:  # noqa: ANN401  as pydantic's Field
    """Return what makes a field a model's, in the words of LangChain's templates."""
    extra: dict[str, Any] = {
        "__template_metadata__": {"kind": "llm"},
        "langgraph_nodes": [node],
    }
    return Field(examples=_MODELS, json_schema_extra=extra)


class StudioContext(A2RContext):
    """The settings of a run, and its models."""

    explorer: Annotated[str, _picker("explorer")] = EXPLORER
    """Model of the explorers, as provider:model or provider/model. `local:` is the
    embedded one."""
    synthesizer: Annotated[str, _picker("synthesizer")] = SYNTHESIZER
    """Model of the synthesizer, named likewise. Empty: the explorers'."""


async def make_graph(
    # By this annotation, which it must be able to resolve, the server knows what to give.
    runtime: ServerRuntime[Any],
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph for one call of the server.

    Args:
        runtime: The server's; a run's holds its context.

    Raises:
        ValueError: A model's name is wrong, its package isn't installed, or its key is
            missing.

    Example:
        >>> import asyncio
        >>> from types import SimpleNamespace
        >>> drawing = SimpleNamespace(execution_runtime=None)  # the server's, without a run
        >>> asyncio.run(make_graph(drawing)).name
        'a2r'
    """
    run = runtime.execution_runtime
    context = (run and run.context) or {}
    # The rest is checked as in every A2R; the server adds keys of its own.
    names = {key: context[key] for key in ("explorer", "synthesizer") if key in context}
    chosen = StudioContext(**names)
    # Imports and clients take files and time, which the server's loop hasn't.
    try:
        return await asyncio.to_thread(
            _graph, _name(chosen.explorer), _name(chosen.synthesizer)
        )
    except (ImportError, OpenAIError) as error:
        # Of such the server tells its clients that it is an internal error.
        raise ValueError(str(error)) from error


@lru_cache(maxsize=64)  # a model that is named again keeps what it knows of its server
def _graph(explorer: str, synthesizer: str) -> CompiledStateGraph[Any, Any, Any, Any]:
    graph = create_a2r(explorer, synthesizer or None)
    return graph.copy({"context_schema": StudioContext})


def _name(given: str) -> str:
    """Return a picker's `provider/model` as `provider:model`."""
    provider, slash, model = given.partition("/")
    return f"{provider}:{model}" if slash and ":" not in provider else given


_graph(_name(EXPLORER), _name(SYNTHESIZER))  # at the start, where it may take its second
