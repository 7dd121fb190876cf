"""Agents with tools inside A2R, as they are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from compose.both_ways import Calling, both_ways, call, chain, streamed, uses
from durability.runner import Parent
from durability.savers import config_of
from fakes import USAGE, Scripted, Streaming, ask
from langchain.agents import create_agent
from langchain.tools import tool
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from a2r_graph import create_a2r


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


@tool
def ask_a_person(question: str) -> str:
    """Ask a person."""
    return str(interrupt(question))


@tool
def broken() -> str:
    """Fail."""
    msg = "the tool is broken"
    raise ValueError(msg)


def agent(use: Any, **arguments: Any) -> tuple[Calling, Any]:
    """Return a model, and the agent that calls a tool by it once before it answers."""
    model = Calling(script=uses(use.name, **arguments))
    return model, create_agent(model, [use], name="worker")


@both_ways
@pytest.mark.parametrize("role", ["explorer", "synthesizer"])
async def test_an_agent_calls_its_tools_and_its_last_message_is_what_counts(role, sync):
    model, worker = agent(multiply, a=6, b=7)
    models = {
        "explorer": Scripted(),
        "synthesizer": Scripted(script="So 42."),
        role: worker,
    }
    result = await call(create_a2r(**models, n=3), ask(), sync=sync)
    report = result["a2r"]
    asked = 3 if role == "explorer" else 1
    assert len(model.calls) == 2 * asked
    results = [m[-1].content for m, _ in model.calls if m[-1].type == "tool"]
    assert results == ["42"] * asked
    assert [r["text"] for r in report["references"]] == ["Answer: 42"] * 3
    assert [m.type for m in result["messages"]] == ["human", "ai"]
    final = "So 42." if role == "explorer" else "Answer: 42"
    assert result["messages"][-1].content == final
    assert (report["references"][0]["model"] == "worker") is (role == "explorer")


@both_ways
async def test_usage_counts_every_call_that_an_agent_makes_and_a_callback_sees_it_once(
    sync,
):
    def script(number, messages, keywords):
        reply = uses("multiply", a=6, b=7)(number, messages, keywords)
        if isinstance(reply, str):
            reply = AIMessage(reply, usage_metadata=USAGE)
        return reply.model_copy(update={"response_metadata": {"model_name": "m"}})

    model = Calling(script=script)
    worker = create_agent(model, [multiply])
    with get_usage_metadata_callback() as seen:
        report = (await call(create_a2r(worker, n=3), ask(), sync=sync))["a2r"]
    for role, count in (("explorer", 6), ("synthesizer", 2), ("total", 8)):
        used = report["usage"][role]
        assert used["calls"] == count
        assert used["input_tokens"] == count * USAGE["input_tokens"]
        assert used["output_tokens"] == count * USAGE["output_tokens"]
    assert seen.usage_metadata["m"]["input_tokens"] == 8 * USAGE["input_tokens"]


@both_ways
async def test_a_tool_that_breaks_fails_its_agents_branches_alone(sync):
    _, worker = agent(broken)
    a2r = create_a2r([worker, Scripted()], Scripted(), n=4)
    report = (await call(a2r, ask(), sync=sync))["a2r"]
    assert [r["status"] for r in report["references"]] == ["failed", "ok"] * 2
    assert "the tool is broken" in report["references"][0]["error"]["message"]


@both_ways
async def test_an_agents_steps_come_with_subgraphs_alone_under_its_branch(sync):
    _, worker = agent(multiply, a=6, b=7)
    a2r = create_a2r(worker, Streaming(script="So 42."), n=2)
    for subgraphs in (False, True):
        events = await streamed(
            a2r, ask(), stream_mode="messages", subgraphs=subgraphs, sync=sync
        )
        outer, inner = [], Counter()
        for event in events:
            message, _ = event[1] if subgraphs else event
            if subgraphs and event[0]:
                inner[message.type, message.content] += 1
            else:
                outer.append(message.content)
        assert "".join(outer) == "So 42."
        steps = {("ai", ""): 2, ("tool", "42"): 2, ("ai", "Answer: 42"): 2}
        assert inner == (steps if subgraphs else {})


@both_ways
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside"])
async def test_tools_that_ask_a_person_in_each_branch_are_answered_one_by_one(inside, sync):
    model, worker = agent(ask_a_person, question="How much?")
    synthesizer = Scripted(script="So 42.")
    saver = InMemorySaver()
    a2r = create_a2r(worker, synthesizer, n=2, checkpointer=None if inside else saver)
    if inside:
        a2r = chain(Parent, ("think", a2r), saver=saver)
    stopped = await call(a2r, ask(), config_of("1"), sync=sync)
    first, second = stopped["__interrupt__"]
    assert first.value == second.value == "How much?"
    stopped = await call(a2r, Command(resume={first.id: 41}), config_of("1"), sync=sync)
    assert [i.id for i in stopped["__interrupt__"]] == [second.id]
    assert not synthesizer.calls
    result = await call(a2r, Command(resume={second.id: 42}), config_of("1"), sync=sync)
    assert result["a2r"]["votes"] == {"41": 1, "42": 1}
    assert result["messages"][-1].content == "So 42."
    assert len(model.calls) == 2 * 2
