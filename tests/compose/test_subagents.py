"""A2R as a subagent of deepagents and of langgraph-supervisor, both as they are."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Annotated, Any

import pytest
from compose.both_ways import Calling, both_ways, call, calls, contents, streamed
from deepagents import DeepAgentState, create_deep_agent
from durability.savers import config_of
from fakes import USAGE, Scripted, Streaming, ask
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from langgraph.warnings import LangGraphDeprecatedSinceV10
from langgraph_supervisor import create_supervisor
from pydantic import BaseModel

from a2r_graph import A2RContext, SynthesisError, create_a2r

savers = pytest.mark.parametrize("saver", [None, InMemorySaver], ids=["", "saved"])
kinds = pytest.mark.parametrize("kind", ["deep", "supervised"])
FINAL = "The thinker says 42."


def thinker(synthesizer: Any = None, **options: Any) -> tuple[Scripted, Any]:
    """Return A2R's explorer, and A2R."""
    explorer = Streaming()
    synthesizer = synthesizer or Streaming(script="So it is 42.")
    return explorer, create_a2r(explorer, synthesizer, n=3, name="thinker", **options)


def deep(a2r: Any, *tasks: str, **options: Any) -> Any:
    """Return a deep agent that gives A2R these tasks at once."""
    given = [calls("task", description=t, subagent_type="thinker") for t in tasks]
    both = [{**c.tool_calls[0], "id": str(i)} for i, c in enumerate(given)]
    delegating = AIMessage("", tool_calls=both, usage_metadata=USAGE)
    subagent = {"name": "thinker", "description": "Thinks.", "runnable": a2r}
    model = Calling(script=[delegating, FINAL])
    return create_deep_agent(model=model, subagents=[subagent], **options)


@both_ways
@savers
async def test_a_deep_agent_takes_a2r_as_a_subagent(saver, sync):
    explorer, a2r = thinker()
    graph = deep(a2r, "What is 6 x 7?", checkpointer=saver and saver())
    for turn in (1, 2):
        result = await call(graph, ask("Think."), config_of("1"), sync=sync)
        added = result["messages"][-4:]
        assert [m.type for m in added] == ["human", "ai", "tool", "ai"]
        assert contents(added[2:]) == ["So it is 42.", FINAL]
        assert "a2r" not in result
        assert len(result["messages"]) == (4 * turn if saver else 4)
    assert [contents(m) for m, _ in explorer.calls] == [["What is 6 x 7?"]] * 6


class Reported(DeepAgentState):
    a2r: Annotated[list[Any], lambda reports, report: [*reports, report]]


@both_ways
async def test_a_deep_agent_whose_state_has_a_key_for_it_gets_each_tasks_report(sync):
    _, a2r = thinker()
    graph = deep(a2r, "What is 6 x 7?", "What is 7 x 6?", state_schema=Reported)
    result = await call(graph, ask("Think."), sync=sync)
    answers = [m.content for m in result["messages"] if m.type == "tool"]
    assert answers == ["So it is 42."] * 2
    assert [report["votes"] for report in result["a2r"]] == [{"42": 3}] * 2


@both_ways
@pytest.mark.parametrize(
    ("schema", "context"), [(dict, {"user": "me", "a2r": {"n": 2}}), (A2RContext, {"n": 2})]
)
async def test_settings_reach_a2r_through_a_deep_agents_context(schema, context, sync):
    explorer, a2r = thinker()
    graph = deep(a2r, "What is 6 x 7?", context_schema=schema)
    await call(graph, ask("Think."), context=context, sync=sync)
    assert len(explorer.calls) == 2


@both_ways
async def test_a_deep_agents_stream_shows_a2r_at_work_with_subgraphs(sync):
    _, a2r = thinker()
    events = await streamed(
        deep(a2r, "What is 6 x 7?"),
        ask("Think."),
        stream_mode=["updates", "messages", "custom"],
        subgraphs=True,
        sync=sync,
    )
    within = [event[1:] for event in events if event[0]]
    assert {event[0][0].partition(":")[0] for event in events if event[0]} == {"tools"}
    nodes = Counter(next(iter(e)) for mode, e in within if mode == "updates")
    assert nodes == {"explorer": 3, "reduce": 1, "synthesizer": 1}
    tokens = [e[0].content for mode, e in within if mode == "messages"]
    assert "".join(tokens) == "So it is 42."
    assert len(tokens) > 3
    told = Counter(e["event"] for mode, e in within if mode == "custom")
    assert (told["explorer_ended"], told["reduced"]) == (3, 1)


def supervised(a2r: Any, saver: Any = None, **options: Any) -> Any:
    """Return a supervisor that hands over to A2R once in each turn."""
    script = [calls("transfer_to_thinker"), FINAL]
    with warnings.catch_warnings():  # its own, of what it is built on
        warnings.simplefilter("ignore", LangGraphDeprecatedSinceV10)
        builder = create_supervisor([a2r], model=Calling(script=script), **options)
    return builder.compile(checkpointer=saver and saver())


@both_ways
@savers
@pytest.mark.parametrize("mode", ["last_message", "full_history"])
async def test_a_supervisor_takes_a2r_as_an_agent(mode, saver, sync):
    explorer, a2r = thinker()
    graph = supervised(a2r, saver, output_mode=mode)
    for turn in (1, 2):
        question = f"What is 6 x 7, {turn}?"
        result = await call(graph, ask(question), config_of("1"), sync=sync)
        told = contents(result["messages"])
        assert told.count("So it is 42.") == told.count(FINAL) == (turn if saver else 1)
        assert told.count(question) == 1
        assert told.index(question) < told.index("So it is 42.") or turn == 2
        assert set(result) == {"messages"}
        assert question in contents(explorer.calls[-1][0])
    assert len(explorer.calls) == 6


@both_ways
async def test_a_supervisors_stream_shows_a2r_at_work_with_subgraphs(sync):
    _, a2r = thinker()
    events = await streamed(
        supervised(a2r),
        ask(),
        stream_mode=["updates", "messages"],
        subgraphs=True,
        sync=sync,
    )
    within = [event[1:] for event in events if event[0][:1] and "thinker:" in event[0][0]]
    nodes = Counter(next(iter(e)) for mode, e in within if mode == "updates")
    assert nodes == {"explorer": 3, "reduce": 1, "synthesizer": 1}
    tokens = [e[0].content for mode, e in within if mode == "messages"]
    assert "".join(tokens) == "So it is 42."


def either(kind: str, a2r: Any) -> Any:
    """Return one or the other around A2R, with a checkpointer."""
    if kind == "deep":
        return deep(a2r, "What is 6 x 7?", checkpointer=InMemorySaver())
    return supervised(a2r, InMemorySaver)


@both_ways
@kinds
async def test_after_a_failed_synthesis_an_agent_resumes_at_the_synthesizer(kind, sync):
    synthesizer = Scripted(script=[RuntimeError("down"), "So it is 42."])
    explorer, a2r = thinker(synthesizer)
    graph = either(kind, a2r)
    with pytest.raises(SynthesisError, match="down"):
        await call(graph, ask(), config_of("1"), sync=sync)
    result = await call(graph, None, config_of("1"), sync=sync)
    assert "So it is 42." in contents(result["messages"])
    assert result["messages"][-1].content == FINAL
    assert len(explorer.calls) == 3


@both_ways
@kinds
async def test_a_review_stops_the_whole_agent_and_is_resumed_there(kind, sync):
    explorer, a2r = thinker(review=True)
    graph = either(kind, a2r)
    (stop,) = (await call(graph, ask(), config_of("1"), sync=sync))["__interrupt__"]
    assert stop.value["type"] == "a2r_review"
    result = await call(graph, Command(resume=True), config_of("1"), sync=sync)
    assert "So it is 42." in contents(result["messages"])
    assert result["messages"][-1].content == FINAL
    assert len(explorer.calls) == 3


class Product(BaseModel):
    value: int


@both_ways
@kinds
async def test_a_filled_schema_is_what_an_agent_reads(kind, sync):
    synthesizer = Calling(script=calls("Product", value=42))
    _, a2r = thinker(synthesizer, response_format=Product)
    result = await call(either(kind, a2r), ask(), config_of("1"), sync=sync)
    assert '{"value":42}' in [str(c).replace(" ", "") for c in contents(result["messages"])]
