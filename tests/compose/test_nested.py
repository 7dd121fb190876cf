"""A2R inside A2R: aggregation in several rounds."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from compose.both_ways import Calling, both_ways, call, calls, chain, streamed
from durability.savers import config_of
from fakes import USAGE, Scripted, Streaming, ask
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState
from langgraph.types import Command
from pydantic import BaseModel

from a2r_graph import A2RContext, SynthesisError, create_a2r


class Product(BaseModel):
    value: int


def nested(leaf: Any, *synthesizers: Any, n: int = 2, **options: Any) -> Any:
    """Return A2R with a level for each synthesizer; the last one is the outermost."""
    graph = leaf
    for level, synthesizer in enumerate(synthesizers):
        outermost = level == len(synthesizers) - 1
        own = options if outermost else {}
        graph = create_a2r(graph, synthesizer, n=n, name=f"level {level}", **own)
    return graph


def named(model: str, text: str) -> Scripted:
    """Return a model that tells its name, as a server's replies do."""
    told = {"model_name": model}
    return Scripted(script=AIMessage(text, usage_metadata=USAGE, response_metadata=told))


@both_ways
async def test_each_round_aggregates_the_answers_of_the_round_below(sync):
    leaf = Scripted(script=lambda number, _m, _k: f"I am {number}. Answer: {number}")
    first, second, third = (
        Scripted(script=lambda number, _m, _k, r=r: f"Round {r}. Answer: {number}")
        for r in (1, 2, 3)
    )
    graph = nested(leaf, first, second, third)
    result = await call(graph, ask(), sync=sync)
    assert [len(m.calls) for m in (leaf, first, second, third)] == [8, 4, 2, 1]
    assert [m.type for m in result["messages"]] == ["human", "ai"]
    assert result["messages"][-1].content == "Round 3. Answer: 0"
    texts = sorted(r["text"] for r in result["a2r"]["references"])
    assert texts == ["Round 2. Answer: 0", "Round 2. Answer: 1"]
    assert result["a2r"]["votes"] == {"0": 1, "1": 1}
    for model, below in ((first, "I am"), (second, "Round 1."), (third, "Round 2.")):
        for messages, _ in model.calls:
            assert messages[0].content == "What is 6 x 7?"
            assert messages[-1].content.count(below) == 2


@both_ways
async def test_usage_adds_up_over_all_levels_and_a_callback_sees_each_call_once(sync):
    leaf = named("small", "Answer: 42")
    graph = nested(leaf, *(named("big", "Answer: 42") for _ in range(3)))
    with get_usage_metadata_callback() as seen:
        usage = (await call(graph, ask(), sync=sync))["a2r"]["usage"]
    assert usage["explorer"]["calls"] == 8 + 4 + 2
    assert usage["synthesizer"]["calls"] == 1
    assert usage["total"]["input_tokens"] == 15 * USAGE["input_tokens"]
    assert usage["total"]["output_tokens"] == 15 * USAGE["output_tokens"]
    told = {name: each["input_tokens"] for name, each in seen.usage_metadata.items()}
    assert told == {"small": 8 * USAGE["input_tokens"], "big": 7 * USAGE["input_tokens"]}


@both_ways
@pytest.mark.parametrize(
    "context", [{"n": 3, "top_p": 0.5}, A2RContext(n=3, top_p=0.5), None]
)
async def test_a_runs_settings_stay_on_the_outermost_of_three_levels(context, sync):
    leaf, third = Scripted(), Scripted()
    graph = nested(leaf, Scripted(), Scripted(), third)
    result = await call(graph, ask(), context=context, sync=sync)
    outer = 3 if context else 2
    assert len(result["a2r"]["references"]) == outer
    assert len(leaf.calls) == outer * 2 * 2
    assert all("top_p" not in keywords for _, keywords in leaf.calls)


@both_ways
async def test_an_inner_failure_is_a_failed_branch(sync):
    def at_first_not(number, *_):
        return ValueError("down") if number == 0 else "Answer: 42"

    last = Scripted(script="So 42.")
    graph = nested(Scripted(), Scripted(script=at_first_not), last)
    result = await call(graph, ask(), sync=sync)
    assert result["messages"][-1].content == "So 42."
    assert result["a2r"]["votes"] == {"42": 1}
    assert Counter(r["status"] for r in result["a2r"]["references"]) == {
        "ok": 1,
        "failed": 1,
    }
    failed = next(r for r in result["a2r"]["references"] if r["error"])
    assert "down" in failed["error"]["message"]
    assert failed["usage"]["calls"] == 2 + 1


@both_ways
async def test_a_failed_branch_of_an_inner_a2r_is_no_failure_of_the_outer(sync):
    leaf = Scripted(script=[ValueError("down"), "Answer: 42"])
    result = await call(nested(leaf, Scripted(), Scripted()), ask(), sync=sync)
    assert [r["status"] for r in result["a2r"]["references"]] == ["ok", "ok"]
    assert result["a2r"]["usage"]["explorer"]["calls"] == 4 + 2


async def test_a_branch_is_named_after_the_inner_a2r():
    inner = create_a2r(Scripted(), n=2, name="inner")
    report = (await create_a2r([inner, Scripted()], Scripted(), n=2).ainvoke(ask()))["a2r"]
    assert [r["model"] for r in report["references"]] == ["inner", "Scripted"]


@both_ways
@pytest.mark.parametrize("role", ["explorer", "synthesizer"])
async def test_an_inner_a2r_may_be_explorer_or_synthesizer(role, sync):
    inner = create_a2r(Scripted(), Scripted(script="Inner. Answer: 42"), n=3)
    models = {"explorer": Scripted(), "synthesizer": Scripted(), role: inner}
    result = await call(create_a2r(**models, n=2), ask(), sync=sync)
    assert result["messages"][-1].content.endswith("Answer: 42")
    assert [m.type for m in result["messages"]] == ["human", "ai"]
    calls = {name: each["calls"] for name, each in result["a2r"]["usage"].items()}
    expected = {"explorer": 2, "synthesizer": 1}
    expected[role] *= 3 + 1
    assert calls == {**expected, "total": sum(expected.values())}


@both_ways
@pytest.mark.parametrize("subgraphs", [False, True])
async def test_streams_tell_the_outer_one_and_with_subgraphs_each_inner_one_too(
    subgraphs, sync
):
    graph = nested(Streaming(), Streaming(), Streaming(script="So it is 42."))
    modes = ["updates", "custom", "messages"]
    events = await streamed(graph, ask(), stream_mode=modes, subgraphs=subgraphs, sync=sync)
    told: dict[bool, Counter[Any]] = {True: Counter(), False: Counter()}
    for *place, mode, event in events:
        what = {
            "updates": lambda e: next(iter(e)),
            "custom": lambda e: e["event"],
            "messages": lambda e: e[0].content,
        }[mode](event)
        told[bool(place and place[0])][what] += 1
    outer = {"explorer": 2, "reduce": 1, "synthesizer": 1}
    outer |= {"explorer_started": 2, "explorer_ended": 2, "reduced": 1}
    outer |= {"synthesis_started": 1}
    tokens = {"So ": 1, "it ": 1, "is ": 1, "42.": 1, "": 1}
    assert told[False] == outer | tokens
    # An inner answer is no stream of tokens, but a message when it is whole.
    inner = {what: 2 * count for what, count in outer.items()} | {"Answer: 42": 2}
    assert told[True] == (inner if subgraphs else {})


@both_ways
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside"])
async def test_a_checkpointer_on_the_outside_resumes_at_the_failed_level(inside, sync):
    leaf, middle = Scripted(), Scripted()
    last = Scripted(script=[RuntimeError("down"), "So 42.", "So 42."])
    saver = InMemorySaver()
    graph = nested(leaf, middle, last, checkpointer=None if inside else saver)
    if inside:
        graph = chain(MessagesState, ("think", graph), saver=saver)
    with pytest.raises(SynthesisError, match="down"):
        await call(graph, ask(), config_of("1"), sync=sync)
    result = await call(graph, None, config_of("1"), sync=sync)
    assert result["messages"][-1].content == "So 42."
    assert (len(leaf.calls), len(middle.calls), len(last.calls)) == (4, 2, 2)
    again = await call(graph, ask("And 7 x 6?"), config_of("1"), sync=sync)
    assert len(again["messages"]) == 4
    assert len(leaf.calls[-1][0]) == 3


@both_ways
@pytest.mark.parametrize("outside", [False, True])
async def test_each_inner_review_stops_the_run_and_is_answered_by_itself(outside, sync):
    leaf = Scripted(script=lambda number, *_: f"Answer: {number}")
    inner = create_a2r(leaf, Scripted(), n=2, review=True)
    saver = InMemorySaver()
    a2r = create_a2r(inner, Scripted(), n=2, review=outside, checkpointer=saver)
    stopped = await call(a2r, ask(), config_of("1"), sync=sync)
    answers = {stop.id: True for stop in stopped["__interrupt__"]}
    assert len(answers) == 2
    result = await call(a2r, Command(resume=answers), config_of("1"), sync=sync)
    if outside:
        (stop,) = result["__interrupt__"]
        assert stop.value["votes"] == {"42": 2}
        result = await call(a2r, Command(resume=True), config_of("1"), sync=sync)
    assert result["messages"][-1].content == "Answer: 42"
    assert len(leaf.calls) == 4


@both_ways
async def test_a_schema_that_an_inner_a2r_fills_is_a_reference_as_json(sync):
    filling = Calling(script=calls("Product", value=42))
    inner = create_a2r(Scripted(), filling, n=2, response_format=Product)
    result = await call(create_a2r(inner, Scripted(), n=2), ask(), sync=sync)
    texts = [r["text"] for r in result["a2r"]["references"]]
    assert [json.loads(text) for text in texts] == [{"value": 42}] * 2
    assert set(result) == {"messages", "a2r"}


@pytest.mark.slow
@both_ways
async def test_the_embedded_model_aggregates_in_two_rounds(sync):
    sizes = {"max_tokens": 24, "synthesizer_max_tokens": 24, "seed": 1}
    inner = create_a2r("local:", n=2, **sizes)
    graph = create_a2r(inner, "local:", n=2, synthesizer_max_tokens=24)
    result = await call(graph, ask("What is 17 + 5?"), sync=sync)
    report = result["a2r"]
    assert result["messages"][-1].text
    assert [r["status"] for r in report["references"]] == ["ok"] * 2
    assert report["usage"]["total"]["calls"] == 2 * (2 + 1) + 1
    assert 0 < report["usage"]["total"]["output_tokens"] <= 7 * 24
