"""One call by a graph's asynchronous or its synchronous side; models that call tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from fakes import USAGE, Scripted
from langchain_core.messages import AIMessage, BaseMessage
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

both_ways = pytest.mark.parametrize("sync", [False, True], ids=["async", "sync"])


async def call(
    graph: CompiledStateGraph, given: Any, *args: Any, sync: bool, **kw: Any
) -> Any:
    """Invoke a graph."""
    if sync:
        return graph.invoke(given, *args, **kw)
    return await graph.ainvoke(given, *args, **kw)


async def streamed(
    graph: CompiledStateGraph, given: Any, *args: Any, sync: bool, **kw: Any
) -> list[Any]:
    """Return all that a graph streams."""
    if sync:
        return list(graph.stream(given, *args, **kw))
    return [event async for event in graph.astream(given, *args, **kw)]


def chain(state: Any, *nodes: Any, saver: Any = None, context: Any = None) -> Any:
    """Return a graph of these nodes, each a name and what it does, one after the other."""
    builder = StateGraph(state, context_schema=context)
    builder.add_sequence(nodes)
    builder.add_edge(START, nodes[0][0])
    return builder.compile(saver)


def contents(messages: Sequence[BaseMessage]) -> list[Any]:
    """Return what the messages say."""
    return [message.content for message in messages]


class Calling(Scripted):
    """A scripted model that takes tools."""

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Calling:
        return self


def calls(tool: str, **arguments: Any) -> AIMessage:
    """Return a message that calls one tool."""
    one = {"name": tool, "args": arguments, "id": f"call of {tool}"}
    return AIMessage("", tool_calls=[one], usage_metadata=USAGE)


def uses(tool: str, **arguments: Any) -> Callable[..., Any]:
    """Return a script: call the tool, then answer with what it gave."""

    def script(_number: int, messages: list[BaseMessage], _keywords: Any) -> Any:
        if messages[-1].type == "tool":
            return f"Answer: {messages[-1].text}"
        return calls(tool, **arguments)

    return script
