"""Quorum, deadline, window and confidence: when the exploring stage is over."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from contextlib import aclosing
from email.utils import formatdate
from types import SimpleNamespace

import pytest
from clock import PATIENCE, overtaken, skip
from fakes import HttpError, Scripted, ask
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph

from a2r_graph import A2RContext, ExplorationError, create_a2r
from a2r_graph.models.turns import retry_after
from a2r_graph.references import posterior
from a2r_graph.stage import Stage, StageOver

FOREVER = 3600.0  # seconds that no test waits


def late(quick):
    """Return a model of which the first `quick` calls answer, and the others never."""
    return Scripted(
        script=lambda number, *_: f"Way {number}. Answer: 42",
        delay=lambda number: 0 if number < quick else FOREVER,
    )


def how(report):
    """Return how many branches ended in which way."""
    ended = (r["error"]["kind"] if r["error"] else "ok" for r in report["references"])
    return dict(Counter(ended))


async def run(explorer, config=None, **settings):
    """Run with a scripted synthesizer; return the report."""
    a2r = create_a2r(explorer, Scripted(script="So 42."), **settings)
    return (await a2r.ainvoke(ask(), config))["a2r"]


# --- quorum


@pytest.mark.parametrize("at_once", [None, 1, 3])
async def test_the_stage_goes_on_with_the_quorum_and_the_others_are_cancelled(at_once):
    model = late(5)
    began = time.monotonic()
    report = await run(model, {"max_concurrency": at_once}, n=16, quorum=5)
    assert time.monotonic() - began < FOREVER / 60
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 5, "cancelled": 11}
    assert report["votes"] == {"42": 5}
    # Those that had not begun were not asked, and cost nothing.
    assert len(model.calls) == report["usage"]["explorer"]["calls"]
    assert len(model.calls) < 16 if at_once else len(model.calls) == 16
    for reference in report["references"][5:]:
        asked = reference["usage"]["calls"]
        assert reference["usage"]["output_tokens"] == (None if asked else 0)


async def test_a_quorum_that_cannot_be_reached_any_more_waits_for_the_rest():
    def script(number, *_):
        return HttpError(400) if number < 3 else "Answer: 42"

    report = await run(Scripted(script=script), n=5, quorum=4)
    assert how(report) == {"bad_request": 3, "ok": 2}
    assert report["stopped_by"] == "all"


async def test_a_quorum_that_nobody_was_cancelled_for_stopped_nothing():
    report = await run(Scripted(), n=3, quorum=3)
    assert report["stopped_by"] == "all"


async def test_a_cancelled_branch_may_leave_work_of_its_own_behind_in_order():
    left = []

    async def explore(messages):
        number = len(left)
        left.append("began")
        try:
            await asyncio.sleep(0 if number < 2 else FOREVER)
        except asyncio.CancelledError:
            left[number] = "cancelled"
            raise
        return "Answer: 42"

    report = await run(RunnableLambda(explore), n=4, quorum=2)
    assert left == ["began", "began", "cancelled", "cancelled"]
    assert how(report) == {"ok": 2, "cancelled": 2}


# --- deadline


async def test_at_the_deadline_the_run_goes_on_with_what_there_is():
    a2r = create_a2r(late(2), Scripted(script="So 42."), n=4, deadline=FOREVER / 2)
    report = (await overtaken(a2r, ask(), 2, FOREVER / 2))["a2r"]
    assert report["stopped_by"] == "deadline"
    assert how(report) == {"ok": 2, "timeout": 2}
    assert "the deadline of 1800 s" in report["references"][2]["error"]["message"]


async def test_a_deadline_comes_by_itself():
    report = await run([Scripted(), late(0)], n=2, deadline=10)
    assert report["stopped_by"] == "deadline"
    assert 10 <= report["seconds"]["explorer"] < FOREVER / 60


async def test_under_a_limit_on_concurrency_branches_that_come_too_late_ask_nobody():
    model = late(1)
    model.delay = lambda number: number and (skip(FOREVER) or 2 * FOREVER)
    report = await run(model, {"max_concurrency": 1}, n=4, deadline=FOREVER)
    assert how(report) == {"ok": 1, "timeout": 3}
    assert len(model.calls) == 2


async def test_at_the_deadline_of_an_unreachable_quorum_the_run_goes_on_too():
    a2r = create_a2r(late(2), Scripted(), n=4, quorum=3, deadline=FOREVER / 2)
    report = (await overtaken(a2r, ask(), 2, FOREVER / 2))["a2r"]
    assert report["stopped_by"] == "deadline"
    assert how(report) == {"ok": 2, "timeout": 2}


async def test_a_deadline_with_too_few_references_is_an_error_that_says_so():
    with pytest.raises(ExplorationError, match=r"timeout: .* deadline of 0.1 s"):
        await run(late(1), n=3, deadline=0.1, min_references=2)  # expires


async def test_a_deadline_is_no_limit_for_the_synthesizer():
    slow = Scripted(script="So 42.", delay=lambda _: skip(2 * FOREVER) or 0)
    a2r = create_a2r(Scripted(), slow, n=2, deadline=FOREVER)
    assert (await a2r.ainvoke(ask()))["a2r"]["stopped_by"] == "all"


async def test_a_branchs_own_timeout_is_no_end_of_the_stage():
    def script(number, *_):
        return TimeoutError("slow") if number == 0 else "Answer: 42"

    report = await run(Scripted(script=script), n=2, deadline=FOREVER, attempts=1)
    assert how(report) == {"timeout": 1, "ok": 1}
    assert report["stopped_by"] == "all"


# --- retries under a deadline


async def test_a_server_that_asks_for_more_time_than_there_is_is_not_waited_for():
    model = Scripted(script=HttpError(429, retry_after="30"))
    with pytest.raises(ExplorationError) as caught:
        await run(model, n=1, deadline=20)
    assert caught.value.references[0]["error"]["kind"] == "rate_limited"
    assert len(model.calls) == 1


async def test_what_a_broken_off_branch_met_before_is_told_and_its_calls_are_counted():
    model = Scripted(
        script=lambda number, *_: HttpError(503) if number == 0 else "Answer: 42",
        delay=lambda _: skip(FOREVER) or FOREVER,
    )
    with pytest.raises(ExplorationError) as caught:
        await run(model, n=1, deadline=FOREVER / 2)
    (reference,) = caught.value.references
    message = reference["error"]["message"]
    assert message.endswith("; before that server_error: status 503")
    assert (reference["usage"]["calls"], reference["usage"]["retries"]) == (2, 1)
    assert reference["usage"]["output_tokens"] is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": formatdate(1_000_030), "date": formatdate(1_000_000)}, 30),
        ({"retry-after": formatdate(1_000_000), "date": formatdate(1_000_030)}, 0),
        ({"retry-after": formatdate(0)}, 0),
        ({"retry-after": formatdate(1_000_030), "date": "yesterday"}, None),
        ({"Retry-After": "2"}, 2),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:30 -0000", "date": formatdate(0)}, 30),
        ({"retry-after": "Wed, 99999999999999999999 Oct 2015 07:28:00 GMT"}, None),
        ({"retry-after": None}, None),
        ([("retry-after", "2")], None),
        (None, None),
    ],
)
def test_a_server_asks_for_seconds_or_names_a_date(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_date_without_the_servers_clock_is_read_by_ours():
    told = retry_after({"retry-after": formatdate(time.time() + 100, usegmt=True)})
    assert told == pytest.approx(100, abs=10)


async def test_nothing_is_asked_again_once_the_stage_is_over():
    async def explore(messages):
        explore.calls += 1
        if explore.calls == 1:
            return "Answer: 42"
        try:
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            raise ConnectionError from None  # as some clients do

    explore.calls = 0
    report = await run(RunnableLambda(explore), n=3, quorum=1)
    assert (report["stopped_by"], how(report)) == ("quorum", {"ok": 1, "cancelled": 2})
    assert explore.calls == 3


async def test_branches_that_were_refused_at_once_do_not_come_again_at_once():
    at = []

    def script(number, *_):
        at.append(time.monotonic())
        return HttpError(429, retry_after="0.2") if number < 16 else "Answer: 42"

    await run(Scripted(script=script), n=16)
    assert min(at[16:]) >= min(at[:16]) + 0.2
    assert max(at[16:]) - min(at[16:]) > 0.1


async def test_synchronous_explorers_that_nobody_waits_for_hold_up_nothing():
    ended = threading.Event()

    def explore(messages):
        with lock:
            explore.calls += 1
            number = explore.calls
        if number > 2:
            ended.wait(FOREVER)
        return "Answer: 42"

    lock, explore.calls = threading.Lock(), 0
    try:
        report = await run(RunnableLambda(explore), n=64, quorum=2)
    finally:
        ended.set()
    assert how(report) == {"ok": 2, "cancelled": 62}


async def test_thousands_that_succeed_at_once_end_the_stage_once(monkeypatch):
    moved = []
    reschedule = asyncio.Timeout.reschedule
    monkeypatch.setattr(
        asyncio.Timeout,
        "reschedule",
        lambda timer, when: moved.append(timer) or reschedule(timer, when),
    )
    report = await run(Scripted(), n=64, quorum=1)
    assert report["votes"]["42"] >= 1
    assert len(moved) < 2 * 64 * 2  # each is set once, and moved once at most


# --- window and confidence


async def test_windows_stop_once_more_samples_would_hardly_change_the_vote():
    model = Scripted(script="Answer: 42")
    report = await run(model, n=32, window=4, confidence=0.95)
    assert report["stopped_by"] == "confidence"
    assert [r["index"] for r in report["references"]] == [0, 1, 2, 3]
    assert len(model.calls) == 4


async def test_windows_go_on_while_the_vote_is_open_and_indices_with_them():
    model = Scripted(script=["Answer: 41", "Answer: 42"], seed=100)
    report = await run(model, n=10, window=4, confidence=0.95)
    assert report["stopped_by"] == "all"
    assert [r["index"] for r in report["references"]] == [*range(10)]
    assert sorted(kwargs["seed"] for _, kwargs in model.calls) == [*range(100, 110)]
    assert report["votes"] == {"41": 5, "42": 5}


async def test_open_ended_questions_are_never_stopped_by_confidence():
    a2r = create_a2r(
        Scripted(script=lambda number, *_: f"Poem {number}"),
        Scripted(script="A poem."),
        extract_answer=None,
        n=12,
        window=4,
        confidence=0.6,
    )
    report = (await a2r.ainvoke(ask()))["a2r"]
    assert (report["stopped_by"], len(report["references"])) == ("all", 12)


async def test_confidence_never_stops_below_min_references():
    report = await run(Scripted(), n=12, window=4, confidence=0.9, min_references=6)
    assert report["stopped_by"] == "confidence"
    assert len(report["references"]) == 8


async def test_failed_branches_are_no_votes_and_the_next_window_makes_up_for_them():
    def script(number, *_):
        return HttpError(400) if number < 4 else "Answer: 42"

    report = await run(Scripted(script=script), n=12, window=4, confidence=0.95)
    assert report["stopped_by"] == "confidence"
    assert how(report) == {"bad_request": 4, "ok": 4}


async def test_a_quorum_is_counted_over_all_windows():
    one_by_one = Scripted(script=lambda number, *_: f"Answer: {number}")
    report = await run(one_by_one, n=12, window=4, confidence=0.95, quorum=8)
    assert (report["stopped_by"], how(report)) == ("quorum", {"ok": 8})


async def test_a_quorum_amid_a_window_ends_that_window():
    model = Scripted(
        script=lambda number, *_: f"Answer: {number}",
        delay=lambda number: 0 if number < 6 else FOREVER,
    )
    report = await run(model, n=12, window=4, confidence=0.95, quorum=6)
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 6, "cancelled": 2}


async def test_one_deadline_is_for_all_windows_together():
    model = Scripted(
        script=lambda number, *_: f"Answer: {number}",
        delay=lambda _: skip(FOREVER / 6) or 0,
    )
    report = await run(model, n=400, window=2, confidence=0.95, deadline=FOREVER)
    assert report["stopped_by"] == "deadline"
    assert len(report["references"]) == 6


async def test_a_stopped_run_may_skip_the_synthesis_too():
    synthesizer = Scripted()
    a2r = create_a2r(
        Scripted(), synthesizer, n=32, window=4, confidence=0.95, skip_on_consensus=True
    )
    report = (await a2r.ainvoke(ask()))["a2r"]
    assert (report["stopped_by"], report["synthesis"]) == ("confidence", "skipped")
    assert synthesizer.calls == []


async def test_many_windows_need_no_recursion_limit_and_leave_the_callers_to_others():
    seen = []

    async def explore(messages, config):
        seen.append(config["recursion_limit"])
        return f"Answer: {len(seen) % 2}"

    explorer = RunnableLambda(explore)
    config = {"recursion_limit": 5}
    report = await run(explorer, config, n=40, window=1, confidence=0.99)
    assert len(report["references"]) > 10
    assert set(seen) == {5}


async def test_a_call_from_a_node_that_passes_no_config_has_the_same_limits():
    a2r = create_a2r(
        Scripted(script=lambda n, *_: f"Answer: {n}"), n=20, window=1, confidence=0.9
    )

    async def think(state):
        return await a2r.ainvoke({"messages": state["messages"]})

    parent = StateGraph(MessagesState)
    parent.add_node("think", think)
    parent.add_edge(START, "think")
    result = await parent.compile().ainvoke(ask(), {"recursion_limit": 25})
    assert len(result["messages"]) == 2


async def test_a_limit_that_langgraph_refuses_is_refused():
    with pytest.raises(ValueError, match="recursion_limit"):
        await run(Scripted(), {"recursion_limit": 0}, n=1)


@pytest.mark.parametrize("sync", [False, True])
@pytest.mark.parametrize("before", ["synthesizer", "explorer"])
async def test_a_state_that_somebody_has_updated_goes_on(before, sync):
    model, synthesizer = Scripted(), Scripted(script="So 42.")
    saver = InMemorySaver()
    a2r = create_a2r(model, synthesizer, n=6, window=4, confidence=0.99, checkpointer=saver)
    config = {"configurable": {"thread_id": "1"}}
    await a2r.ainvoke(ask(), config, interrupt_after=["reduce"])
    if before == "synthesizer":
        await a2r.ainvoke(None, config, interrupt_before=["synthesizer"])
    assert (await a2r.aget_state(config)).next[0] == before
    # With or without telling as whom, as in a form.
    await a2r.aupdate_state(
        config, {"messages": [("user", "In a word.")]}, as_node="reduce"
    )
    assert (await a2r.aget_state(config)).next[0] == before
    result = await a2r.ainvoke(None, config)
    assert (len(model.calls), len(synthesizer.calls)) == (6, 1)
    assert result["messages"][-1].text == "So 42."
    prompt = [message.text for message in synthesizer.calls[0][0]]
    assert "In a word." in prompt
    assert "<reference " in prompt[-1]


async def test_windows_are_told_as_they_end_and_the_reduction_once():
    a2r = create_a2r(
        Scripted(script=lambda n, *_: f"Answer: {n // 4}"),
        Scripted(),
        n=8,
        window=4,
        confidence=0.99,
    )
    events = [event async for event in a2r.astream(ask(), stream_mode="custom")]
    (window,) = [e for e in events if e["event"] == "window_ended"]
    assert (window["explored"], window["votes"], window["majority"]) == (4, {"0": 4}, "0")
    (reduced,) = [e for e in events if e["event"] == "reduced"]
    assert (reduced["explored"], reduced["stopped_by"]) == (8, "all")


def test_the_loop_of_windows_is_in_the_drawing():
    drawing = create_a2r(Scripted()).get_graph().draw_mermaid()
    assert "reduce -.-> explorer;" in drawing


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 60), max_size=4))
def test_the_posterior_is_betas_upper_half(votes):
    first, second, *_ = [*sorted(votes.values(), reverse=True), 0, 0]
    # The density of Beta(first + 1, second + 1), integrated by the midpoint rule.
    steps = 400
    points = [(2 * k + 1) / (2 * steps) for k in range(steps)]
    density = [p**first * (1 - p) ** second for p in points]
    assert posterior(votes) == pytest.approx(
        sum(density[steps // 2 :]) / sum(density), abs=1e-4
    )


def test_the_posterior_takes_thousands_of_votes():
    assert posterior({"a": 4096}) == 1
    assert posterior({"a": 2048, "b": 2048}) == pytest.approx(0.5)
    assert posterior({}) == 0.5


# --- settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"quorum": 9}, "quorum: 9 is not allowed: at most n, which is 8"),
        ({"quorum": 0}, "quorum: 0 .*greater than or equal to 1"),
        ({"quorum": 2, "min_references": 3}, "min_references: 3 .*quorum, which is 2"),
        ({"deadline": 0}, "deadline: 0 .*greater than 0"),
        ({"deadline": float("inf")}, "deadline: inf .*finite"),
        ({"window": 4}, "window: 4 .*without confidence"),
        ({"confidence": 0.9}, "confidence: 0.9 .*without window"),
        ({"window": 4, "confidence": 1.0}, "confidence: 1.0 .*less than 1"),
        ({"window": 4, "confidence": 0.5}, "confidence: 0.5 .*greater than 0.5"),
        ({"window": 0, "confidence": 0.9}, "window: 0 .*greater than or equal to 1"),
    ],
)
async def test_wrong_ends_are_refused_before_any_call(settings, words):
    with pytest.raises(ValueError, match=words):
        create_a2r(Scripted(), n=8, **settings)
    model = Scripted()
    with pytest.raises(ValueError, match=words):
        await create_a2r(model, n=8).ainvoke(ask(), context=settings)
    assert model.calls == []


async def test_a_run_may_take_back_what_the_graph_sets():
    a2r = create_a2r(Scripted(), n=8, window=4, confidence=0.9, quorum=2, deadline=60)
    none = dict.fromkeys(("window", "confidence", "quorum", "deadline"))
    report = (await a2r.ainvoke(ask(), context=none))["a2r"]
    assert (report["stopped_by"], len(report["references"])) == ("all", 8)


async def test_a_window_above_n_is_one_window():
    report = await run(Scripted(), n=2, window=4, confidence=0.9)
    assert (report["stopped_by"], len(report["references"])) == ("all", 2)


# --- in larger graphs, and after a break


async def test_quorums_of_nested_graphs_are_their_own():
    answer = Scripted(script="Answer: 42")
    inner = [create_a2r(late(2), answer, n=4, quorum=2) for _ in range(2)]
    report = await run(inner, n=2)
    assert (report["stopped_by"], how(report)) == ("all", {"ok": 2})


@pytest.mark.parametrize("saver", [None, InMemorySaver])
def test_in_a_parent_and_without_a_loop_of_the_callers_it_stops_as_well(saver):
    parent = StateGraph(MessagesState)
    parent.add_node("think", create_a2r(late(3), Scripted(script="42"), n=8, quorum=3))
    parent.add_edge(START, "think")
    parent.add_edge("think", END)
    graph = parent.compile(checkpointer=saver and saver())
    config = {"configurable": {"thread_id": "1"}, "max_concurrency": 2}
    updates = list(graph.stream(ask(), config, stream_mode="updates", subgraphs=True))
    (last,) = [u["think"] for _, u in updates if "think" in u]
    assert last["messages"][-1].text == "42"
    (reduced,) = [u["reduce"]["a2r"] for _, u in updates if "reduce" in u]
    assert how(reduced) == {"ok": 3, "cancelled": 5}


async def broken_off(a2r, config, after):
    """Run until `after` branches have ended, then break off."""
    async with aclosing(a2r.astream(ask(), config, stream_mode="updates")) as stream:
        for _ in range(after):
            await anext(stream)


async def test_a_resumed_run_counts_what_was_saved_towards_its_quorum():
    gate = SimpleNamespace(open=2)

    async def explore(messages):
        number = gate.calls = getattr(gate, "calls", -1) + 1
        await asyncio.sleep(0 if number < gate.open else FOREVER)
        return f"Way {number}. Answer: 42"

    a2r = create_a2r(
        RunnableLambda(explore),
        Scripted(script="So 42."),
        n=6,
        quorum=4,
        checkpointer=InMemorySaver(),
    )
    config = {"configurable": {"thread_id": "1"}}
    await broken_off(a2r, config, after=2)
    assert gate.calls == 5
    gate.open = 8  # of the four that are asked again, two answer
    report = (await a2r.ainvoke(None, config))["a2r"]
    assert gate.calls == 9
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 4, "cancelled": 2}
    texts = [r["text"] for r in report["references"] if r["status"] == "ok"]
    assert texts[:2] == ["Way 0. Answer: 42", "Way 1. Answer: 42"]


async def test_under_a_limit_on_concurrency_what_has_ended_is_saved_at_once():
    second = asyncio.Event()

    async def explore(messages):
        if explorer.name:  # the first has been here
            second.set()
            await asyncio.sleep(FOREVER)
        explorer.name = "second"
        return "Answer: 42"

    saver = InMemorySaver()
    explorer = RunnableLambda(explore, name="")
    a2r = create_a2r(explorer, Scripted(), n=3, checkpointer=saver)
    config = {"configurable": {"thread_id": "1"}, "max_concurrency": 1}
    run = asyncio.create_task(a2r.ainvoke(ask(), config))
    async with asyncio.timeout(PATIENCE):
        await second.wait()
        while not (writes := saver.get_tuple(config).pending_writes):  # noqa: ASYNC110
            await asyncio.sleep(0.001)  # LangGraph tells nobody that it has saved
    assert [
        value["references"][0]["index"] for _, name, value in writes if name == "a2r"
    ] == [0]
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


@pytest.mark.parametrize("bound", [True, False])
async def test_a_limit_on_concurrency_holds_and_reaches_graphs_below(bound):
    running, peak, seen = 0, 0, set()
    three = asyncio.Barrier(3)

    async def explore(messages, config):
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        seen.add(config["max_concurrency"])
        async with asyncio.timeout(PATIENCE):
            await three.wait()
        await asyncio.sleep(0.001)
        running -= 1
        return "Answer: 42"

    a2r = create_a2r(RunnableLambda(explore), Scripted(), n=12)
    limit = {"max_concurrency": 3}
    await (a2r.with_config(limit).ainvoke(ask()) if bound else a2r.ainvoke(ask(), limit))
    assert (peak, seen) == (3, {3})


async def test_a_replay_from_before_the_stage_counts_nothing_of_the_first_time():
    model = Scripted(script=lambda number, *_: f"Way {number}. Answer: 42")
    a2r = create_a2r(model, Scripted(), n=4, quorum=4, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    await a2r.ainvoke(ask(), config)
    (before,) = [s async for s in a2r.aget_state_history(config) if "explorer" in s.next]
    report = (await a2r.ainvoke(None, before.config))["a2r"]
    assert how(report) == {"ok": 4}
    assert len(model.calls) == 8


async def test_a_run_that_stands_between_windows_goes_on_with_the_next():
    model = Scripted(
        script=lambda number, *_: f"Answer: {number // 4}",
        delay=lambda number: 0 if number < 10 else FOREVER,
    )
    a2r = create_a2r(
        model,
        Scripted(),
        n=12,
        window=4,
        confidence=0.99,
        quorum=10,
        checkpointer=InMemorySaver(),
    )
    config = {"configurable": {"thread_id": "1"}}
    stops = 0
    given_input = ask()
    while not stops or (await a2r.aget_state(config)).next:
        await a2r.ainvoke(given_input, config, interrupt_after=["explorer", "reduce"])
        given_input, stops = None, stops + 1
    report = (await a2r.aget_state(config)).values["a2r"]
    assert stops == 7
    assert len(model.calls) == report["usage"]["explorer"]["calls"]
    assert (report["stopped_by"], how(report)) == ("quorum", {"ok": 10, "cancelled": 2})


# --- the stage by itself


async def test_a_block_that_swallows_its_cancellation_may_still_end_well():
    stage = Stage(quorum=1)

    async def branch():
        async with stage.limit():
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                return "in time"

    task = asyncio.create_task(branch())
    await asyncio.sleep(0)
    stage.succeeded([7])
    assert await task == "in time"


async def test_a_cancellation_from_outside_stays_one():
    stage = Stage(quorum=1, deadline=FOREVER)

    async def branch():
        async with stage.limit():
            await asyncio.sleep(FOREVER)

    task = asyncio.create_task(branch())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.check() is None


async def test_an_error_of_the_blocks_own_passes_and_a_stage_that_is_over_begins_none():
    stage = Stage(quorum=1)
    with pytest.raises(KeyError):
        async with stage.limit():
            raise KeyError
    stage.succeeded([0])
    with pytest.raises(StageOver, match="1 branches have succeeded, which is the quorum"):
        async with stage.limit():
            pytest.fail("begun")


def test_the_form_in_studio_has_every_new_setting():
    schema = create_a2r(Scripted()).get_context_jsonschema()["properties"]
    assert {"quorum", "deadline", "window", "confidence"} <= schema.keys()
    assert all(field["description"] for field in schema.values())
    assert A2RContext(deadline=20).deadline == 20
