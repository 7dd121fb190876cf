"""What a graph with A2R as a node streams, keeps and resumes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from compose.both_ways import Calling, both_ways, call, calls, chain, contents, streamed
from durability.runner import Parent
from durability.savers import config_of, opened
from fakes import Scripted, Streaming, ask
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from a2r_graph import A2RContext, create_a2r


@both_ways
@pytest.mark.parametrize("subgraphs", [False, True])
async def test_updates_show_each_branch_with_its_own_reference_and_without_subgraphs_one(
    subgraphs, sync
):
    a2r = create_a2r(Scripted(), Scripted(script="So 42."), n=3)
    graph = chain(Parent, ("think", a2r))
    events = await streamed(
        graph, ask(), stream_mode="updates", subgraphs=subgraphs, sync=sync
    )
    last = events.pop()
    _, last = last if subgraphs else ((), last)
    assert contents(last["think"]["messages"])[-1] == "So 42."
    assert len(last["think"]["a2r"]["references"]) == 3
    if not subgraphs:
        assert not events
        return
    assert {place[0].partition(":")[0] for place, _ in events} == {"think"}
    explored = [event["explorer"]["a2r"] for _, event in events if "explorer" in event]
    assert sorted(r["index"] for a2r in explored for r in a2r["references"]) == [0, 1, 2]
    assert {len(a2r["references"]) for a2r in explored} == {1}
    assert [*events[-2][1], *events[-1][1]] == ["reduce", "synthesizer"]


@both_ways
@pytest.mark.parametrize("subgraphs", [False, True])
async def test_messages_are_the_synthesizers_tokens_or_without_subgraphs_one_message(
    subgraphs, sync
):
    a2r = create_a2r(Streaming(), Streaming(script="So it is 42."), n=3)
    events = await streamed(
        chain(MessagesState, ("think", a2r)),
        ask(),
        stream_mode="messages",
        subgraphs=subgraphs,
        sync=sync,
    )
    messages = [event[1] if subgraphs else event for event in events]
    texts = [message.content for message, _ in messages if message.content]
    assert texts == (["So ", "it ", "is ", "42."] if subgraphs else ["So it is 42."])
    node = "synthesizer" if subgraphs else "think"
    assert {about["langgraph_node"] for _, about in messages} == {node}


@both_ways
@pytest.mark.parametrize("subgraphs", [False, True])
async def test_values_and_events_of_a2r_itself_come_with_subgraphs_alone(subgraphs, sync):
    graph = chain(Parent, ("think", create_a2r(Scripted(), n=2)))
    modes = ["values", "custom"]
    events = await streamed(graph, ask(), stream_mode=modes, subgraphs=subgraphs, sync=sync)
    inner = [event[1:] for event in events if subgraphs and event[0]]
    outer = [event[-1] for event in events if not (subgraphs and event[0])]
    assert [len(values["messages"]) for values in outer] == [1, 2]
    assert [mode for mode, _ in inner].count("custom") == (6 if subgraphs else 0)
    values = [event for mode, event in inner if mode == "values"]
    assert all(set(value) <= {"messages", "a2r"} for value in values)
    assert [len(v["a2r"].get("references", ())) for v in values] == (
        [0, 2, 2, 2] if subgraphs else []
    )


@pytest.mark.parametrize("own", [None, True], ids=["fresh", "with a thread of its own"])
@pytest.mark.parametrize("saver", ["memory", "sqlite"])
@pytest.mark.parametrize("state", [MessagesState, Parent])
def test_over_twenty_turns_a_parents_checkpoint_grows_by_the_conversation_alone(
    own, saver, state, tmp_path
):
    thought = "Answer: 42. " + "word " * 400
    explorer, synthesizer = Scripted(script=thought), Scripted(script="So 42.")
    a2r = create_a2r(explorer, synthesizer, n=4, checkpointer=own)
    sizes, written = [], []
    with opened(saver, str(tmp_path / "db")) as checkpointer:
        graph = chain(state, ("think", a2r), saver=checkpointer)
        for turn in range(20):
            graph.invoke(ask(f"Question {turn:02}"), config_of("1"))
            found = [*checkpointer.list(config_of("1"))]
            written.append(len(found))
            last = next(c for c in found if not c.config["configurable"]["checkpoint_ns"])
            sizes.append(len(checkpointer.serde.dumps_typed(last.checkpoint)[1]))
        result = graph.get_state(config_of("1")).values
    assert len(result["messages"]) == len(explorer.calls[-1][0]) + 1 == 40
    assert len({m.id for m in result["messages"]}) == 40
    grown = [after - before for before, after in pairwise(sizes)]
    assert max(grown) < len(thought) / 2
    assert max(grown) - min(grown) < 100
    assert len({after - before for before, after in pairwise(written)}) == 1


@both_ways
async def test_an_interrupt_before_or_after_is_resumed_without_asking_a2r_again(sync):
    def confirm(state: MessagesState):
        return {"messages": [("user", interrupt(len(state["messages"])))]}

    explorer, synthesizer = Scripted(), Scripted(script="So 42.")
    a2r = create_a2r(explorer, synthesizer, n=2)
    nodes = (("before", confirm), ("think", a2r), ("after", confirm))
    graph = chain(MessagesState, *nodes, saver=InMemorySaver())
    given: Any = ask()
    for asked, seen in ((0, 1), (2, 3)):
        stopped = await call(graph, given, config_of("1"), sync=sync)
        assert [i.value for i in stopped["__interrupt__"]] == [seen]
        assert len(explorer.calls) == asked
        given = Command(resume=f"Yes, {seen}.")
    result = await call(graph, given, config_of("1"), sync=sync)
    assert contents(result["messages"])[1:] == ["Yes, 1.", "So 42.", "Yes, 3."]
    assert (len(explorer.calls), len(synthesizer.calls)) == (2, 1)
    assert explorer.calls[0][0][-1].content == "Yes, 1."


class Product(BaseModel):
    value: int


class Filled(MessagesState):
    structured_response: Product


@both_ways
async def test_a_filled_schema_reaches_a_parent_that_has_a_key_for_it(sync):
    filling = Calling(script=calls("Product", value=42))
    a2r = create_a2r(Scripted(), filling, n=2, response_format=Product)
    for state, keys in (
        (Filled, {"messages", "structured_response"}),
        (Parent, {"messages", "a2r"}),
    ):
        result = await call(chain(state, ("think", a2r)), ask(), sync=sync)
        assert set(result) == keys
        assert result.get("structured_response", Product(value=42)) == Product(value=42)
        assert Product.model_validate_json(result["messages"][-1].text).value == 42


@pytest.mark.slow
@both_ways
async def test_the_embedded_model_thinks_within_a_parent(sync):
    a2r = create_a2r("local:", n=3, max_tokens=24, synthesizer_max_tokens=24, seed=1)
    graph = chain(Parent, ("think", a2r), saver=InMemorySaver(), context=A2RContext)
    for turn in (1, 2):
        context = {"n": turn + 1}
        result = await call(
            graph, ask("What is 17 + 5?"), config_of("1"), context=context, sync=sync
        )
        assert len(result["messages"]) == 2 * turn
        assert result["messages"][-1].text
        assert [r["status"] for r in result["a2r"]["references"]] == ["ok"] * (turn + 1)
        assert result["a2r"]["usage"]["total"]["output_tokens"] > 0
