"""Each form of A2R by each ability: it works, or it says which form to use instead.

`docs/compose.md` shows `TABLE`; a test compares them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes import USAGE, HttpError, StreamingTooled, Tooled, ask, calling
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command
from pydantic import BaseModel

from a2r_graph import A2RMiddleware, ChatA2R, create_a2r, create_a2r_tool

GUIDE = Path(__file__).parents[2] / "docs" / "compose.md"
FORMS = ("node", "tool", "middleware", "model", "nested")
SUBGRAPHS = "with `subgraphs=True`"
TABLE = {
    "`invoke`, `ainvoke`": ("yes", "yes", "yes", "yes", "yes"),
    "`messages`: the answer's tokens": (SUBGRAPHS, SUBGRAPHS, "yes", "yes", "yes"),
    "`updates`: each branch as it ends": (
        SUBGRAPHS,
        SUBGRAPHS,
        SUBGRAPHS,
        SUBGRAPHS,
        "yes; inner ones " + SUBGRAPHS,
    ),
    "`custom`: progress": (
        SUBGRAPHS,
        SUBGRAPHS,
        SUBGRAPHS,
        SUBGRAPHS,
        "yes; inner ones " + SUBGRAPHS,
    ),
    "structured output": (
        "`response_format`",
        "`response_format`; the message is JSON",
        "the agent's",
        "`with_structured_output`, the agent's",
        "`response_format` of the outer",
    ),
    "tools": (
        "an agent as explorer",
        "an agent as explorer",
        "the agent's, proposed and then called once",
        "`bind_tools`",
        "an agent as inner explorer",
    ),
    "a person's review, resumed": (
        "`review=True`",
        "`review=True`",
        "`review=True`",
        "no: `ValueError`, use a node",
        "`review=True`, of each level",
    ),
    "resume after a crash, explorers not asked again": ("yes",) * 5,
    "a usage callback counts every call once": (
        "yes",
        "yes",
        "yes",
        "as one call with all tokens",
        "yes",
    ),
    "the report": (
        "key `a2r` of the state",
        "`artifact` of the message",
        "key `a2r` of the state",
        '`response_metadata["a2r"]`',
        "key `a2r`; inner ones in `updates`",
    ),
}

THREAD = {"configurable": {"thread_id": "1"}}
N = 2


class Sum(BaseModel):
    """A sum."""

    total: int


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    added.append((a, b))
    return a + b


added: list[tuple[int, int]] = []


class State(MessagesState):
    a2r: dict[str, Any]
    structured_response: Any


@dataclass
class Host:
    """One form in the graph that one would use it in, and what it stands on."""

    form: str
    small: Tooled
    big: Tooled
    graph: Any

    async def run(self, given: Any = None, *, sync: bool = False) -> dict[str, Any]:
        given = ask() if given is None else given
        if sync:
            return await asyncio.to_thread(self.graph.invoke, given, THREAD)
        return await self.graph.ainvoke(given, THREAD)

    async def stream(self, mode: str) -> list[Any]:
        stream = self.graph.astream(
            ask(), THREAD, stream_mode=mode, subgraphs=self.subgraphs(mode)
        )
        parts = [part async for part in stream]
        return [part[1] for part in parts] if self.subgraphs(mode) else parts

    def subgraphs(self, mode: str) -> bool:
        cells = next(cells for what, cells in TABLE.items() if what.startswith(f"`{mode}"))
        return cells[FORMS.index(self.form)] == SUBGRAPHS

    def answer(self, result: dict[str, Any]) -> str:
        if self.form == "tool":
            return next(m for m in result["messages"] if m.type == "tool").text
        return result["messages"][-1].text

    def report(self, result: dict[str, Any]) -> dict[str, Any]:
        if self.form == "tool":
            return next(m.artifact for m in result["messages"] if m.type == "tool")
        if self.form == "model":
            return result["messages"][-1].response_metadata["a2r"]
        return result["a2r"]


def host(form: str, *, small: Any = None, big: Any = None, **options: Any) -> Host:
    """Return the form with these models."""
    saver = InMemorySaver()
    small = small or StreamingTooled(script="Not for you. Answer: 41")
    big = big or StreamingTooled(script="So 42.")
    around = {k: options.pop(k) for k in ("tools", "agents_format") if k in options}
    tools, agents_format = around.get("tools", []), around.get("agents_format")
    options = {"n": N, **options}
    match form:
        case "node":
            builder = StateGraph(State)
            builder.add_node("think", create_a2r(small, big, **options))
            builder.add_edge(START, "think")
            builder.add_edge("think", END)
            graph = builder.compile(saver)
        case "tool":
            asking = calling("think_in_parallel", question="What is 6 x 7?")
            outer = Tooled(script=[named(asking, "outer"), named("Done.", "outer")])
            graph = create_agent(
                outer, [create_a2r_tool(small, big, **options)], checkpointer=saver
            )
        case "middleware":
            graph = create_agent(
                big,
                tools,
                middleware=[A2RMiddleware(small, **options)],
                response_format=agents_format,
                checkpointer=saver,
            )
        case "model":
            graph = create_agent(
                ChatA2R(small, big, **options),
                tools,
                response_format=agents_format,
                checkpointer=saver,
            )
        case "nested":
            inner = create_a2r(small, n=N, review=options.get("review", False))
            graph = create_a2r(inner, big, checkpointer=saver, **options)
    return Host(form, small, big, graph)


def named(reply: Any, name: str) -> AIMessage:
    """Return a reply that a usage callback can count."""
    message = reply if isinstance(reply, AIMessage) else AIMessage(reply)
    return message.model_copy(
        update={"usage_metadata": USAGE, "response_metadata": {"model_name": name}}
    )


each_form = pytest.mark.parametrize("form", FORMS)


def asked_per_run(form: str) -> int:
    """Return how often the small model is asked: an inner A2R synthesizes with it too."""
    return N * (N + 1) if form == "nested" else N


def test_the_guide_shows_this_table():
    rows = [f"| | {' | '.join(FORMS)} |", f"| --- |{' --- |' * len(FORMS)}"]
    rows += [f"| {what} | {' | '.join(cells)} |" for what, cells in TABLE.items()]
    assert "\n".join(rows) in GUIDE.read_text("utf-8")


@each_form
@pytest.mark.parametrize("sync", [True, False], ids=["invoke", "ainvoke"])
async def test_it_answers_with_a_report(form, sync):
    made = host(form)
    result = await made.run(sync=sync)
    assert made.answer(result) == "So 42."
    report = made.report(result)
    assert len(report["references"]) == N
    assert report["synthesis"] == "model"


@each_form
async def test_the_answers_tokens_are_streamed_and_no_explorers(form):
    parts = await host(form).stream("messages")
    chunks = [m.text for m, _ in parts if isinstance(m, AIMessageChunk) and m.text]
    if form == "tool":  # the calling model's own words come after
        chunks = [text for text in chunks if text != "Done."]
    assert chunks == ["So ", "42."]


@each_form
async def test_each_branch_is_an_update_as_it_ends(form):
    parts = await host(form).stream("updates")
    branches = [part["explorer"]["a2r"] for part in parts if "explorer" in part]
    assert [len(branch["references"]) for branch in branches] == [1] * N


@each_form
async def test_progress_is_told(form):
    events = [part["event"] for part in await host(form).stream("custom")]
    assert events.count("explorer_ended") == N
    assert "reduced" in events


@each_form
async def test_structured_output(form):
    big = Tooled(script=calling("Sum", total=42))
    if form in ("middleware", "model"):
        small = Tooled(script=calling("Sum", total=41))
        made = host(form, small=small, big=big, agents_format=ToolStrategy(Sum))
    else:
        made = host(form, big=big, response_format=Sum)
    result = await made.run()
    if form == "tool":
        assert made.answer(result) == '{"total": 42}'
    else:
        assert result["structured_response"] == Sum(total=42)
    if form == "model":
        filling = ChatA2R(Tooled(), big, n=N).with_structured_output(Sum)
        assert await filling.ainvoke("What is 6 x 7?") == Sum(total=42)


def uses_add(_: int, messages: list[Any], __: Any) -> Any:
    if isinstance(messages[-1], ToolMessage):
        return f"Answer: {messages[-1].text}"
    if messages[-1].type == "human" and "proposed tool call" in messages[-1].text:
        return calling("add", a=40, b=2)
    return calling("add", a=40, b=2)


@each_form
async def test_tools(form):
    added.clear()
    small = Tooled(script=uses_add)
    if form in ("middleware", "model"):
        made = host(form, small=small, big=Tooled(script=uses_after), tools=[add])
        result = await made.run()
        assert added == [(40, 2)], "made once, whatever was proposed"
        assert [m.type for m in result["messages"]] == ["human", "ai", "tool", "ai"]
    else:
        agent = create_agent(small, [add])
        explorer = create_a2r(agent, Tooled(), n=N) if form == "nested" else agent
        made = host("node" if form == "nested" else form, small=explorer)
        result = await made.run()
        assert added == [(40, 2)] * (N * N if form == "nested" else N)
        assert "42" in made.report(result)["votes"]


def uses_after(_: int, messages: list[Any], __: Any) -> Any:
    called = any(isinstance(message, ToolMessage) for message in messages)
    return "So 42." if called else calling("add", a=40, b=2)


@each_form
@pytest.mark.parametrize("sync", [True, False], ids=["invoke", "ainvoke"])
async def test_a_persons_review(form, sync):
    if form == "model":
        with pytest.raises(ValueError, match=r"review: True .* use create_a2r as a node"):
            host(form, review=True)
        return
    made = host(form, review=True)
    result = await made.run(sync=sync)
    stops = 0
    while waiting := result.get("__interrupt__"):
        stops += len(waiting)
        answers = {stop.id: {"references": [0]} for stop in waiting}
        result = await made.run(Command(resume=answers), sync=sync)
    assert stops == (N + 1 if form == "nested" else 1)
    assert made.answer(result) == "So 42."
    assert len(made.small.calls) == asked_per_run(form)


@each_form
@pytest.mark.parametrize("sync", [True, False], ids=["invoke", "ainvoke"])
async def test_resume_after_a_crash(form, sync):
    made = host(form, attempts=1)
    made.big.script = [HttpError(400), "So 42."]
    with pytest.raises(RuntimeError, match="synthesizer failed"):
        await made.run(sync=sync)
    graph = made.graph
    if sync:
        result = await asyncio.to_thread(graph.invoke, None, THREAD)
    else:
        result = await graph.ainvoke(None, THREAD)
    assert made.answer(result) == "So 42."
    assert len(made.small.calls) == asked_per_run(form)


@each_form
async def test_a_usage_callback_counts_every_call_once(form):
    made = host(form)
    made.small.script = named("Answer: 41", "small")
    made.big.script = named("So 42.", "big")
    with get_usage_metadata_callback() as counted:
        await made.run()
    used = {name: usage["input_tokens"] for name, usage in counted.usage_metadata.items()}
    used.pop("outer", None)  # of the agent that calls the tool
    assert sum(used.values()) == 10 * (asked_per_run(form) + 1)
    assert len(used) == (1 if form == "model" else 2)
