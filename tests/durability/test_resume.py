"""Runs that end early in a process that lives on, and are resumed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing
from functools import partial

import pytest
from durability import branches
from durability.branches import Branches
from durability.savers import SYNTHESIZER, config_of, finished, held
from fakes import Scripted, ask

from a2r_graph import SynthesisError

N = 6
HANGING = {2, 4, 5}
OTHERS = {*range(N)} - HANGING

durabilities = pytest.mark.parametrize("durability", ["sync", "async", "exit"])
insides = pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside"])


graph = partial(branches.graph, n=N)


def check(result, synthesizer: Scripted) -> None:
    """Check that a resumed run came to what an undisturbed one comes to."""
    report = result["a2r"]
    assert result["messages"][-1].content == "So 41."
    assert [m.type for m in result["messages"]] == ["human", "ai"]
    assert [r["index"] for r in report["references"]] == [*range(N)]
    assert [r["text"] for r in report["references"]] == [
        f"I am {i}. Answer: {40 + i % 2}" for i in range(N)
    ]
    assert report["votes"] == {"40": 3, "41": 3}
    assert report["stopped_by"] == "all"
    assert report["usage"]["explorer"]["calls"] == N
    shown = synthesizer.calls[-1][0][-1].content
    assert all(f"I am {i}." in shown for i in range(N))


@insides
@pytest.mark.parametrize("durability", ["sync", "async"])
async def test_cancelled_among_the_branches_only_the_unfinished_are_asked_again(
    asaver, thread, durability, inside
):
    explorer, synthesizer = Branches(hanging=HANGING), Scripted(script="So 41.")
    a2r = graph(explorer, synthesizer, asaver, inside=inside)
    run = asyncio.create_task(a2r.ainvoke(ask(), config_of(thread), durability=durability))
    while await held(asaver, thread) != OTHERS:
        assert not run.done()
        await asyncio.sleep(0.001)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    explorer.asked.clear()
    explorer.hanging.clear()
    again = graph(explorer, synthesizer, asaver, inside=inside)
    check(await again.ainvoke(None, config_of(thread)), synthesizer)
    assert sorted(explorer.asked) == sorted(HANGING)
    assert await held(asaver, thread) == {*range(N), SYNTHESIZER}


@insides
@durabilities
async def test_a_stream_that_is_closed_among_the_branches_is_resumed_there(
    asaver, thread, durability, inside
):
    explorer, synthesizer = Branches(hanging=HANGING), Scripted(script="So 41.")
    a2r = graph(explorer, synthesizer, asaver, inside=inside)
    stream = a2r.astream(
        ask(),
        config_of(thread),
        stream_mode="updates",
        subgraphs=True,
        durability=durability,
    )
    async with aclosing(stream):
        for _ in OTHERS:
            await anext(stream)
    # Also with durability "exit": what had ended is saved when the run is left.
    assert await held(asaver, thread) == OTHERS
    explorer.asked.clear()
    explorer.hanging.clear()
    again = graph(explorer, synthesizer, asaver, inside=inside)
    result = await again.ainvoke(None, config_of(thread), durability=durability)
    check(result, synthesizer)
    assert sorted(explorer.asked) == sorted(HANGING)


@durabilities
def test_a_synchronous_stream_that_is_closed_among_the_branches_is_resumed_there(
    saver, thread, durability
):
    explorer, synthesizer = Branches(hanging=HANGING), Scripted(script="So 41.")
    a2r = graph(explorer, synthesizer, saver)
    stream = a2r.stream(
        ask(),
        config_of(thread),
        stream_mode="updates",
        durability=durability,
    )
    with closing(stream):
        for _ in OTHERS:
            next(stream)
    assert finished(saver.list(config_of(thread))) == OTHERS
    explorer.asked.clear()
    explorer.hanging.clear()
    again = graph(explorer, synthesizer, saver)
    check(again.invoke(None, config_of(thread), durability=durability), synthesizer)
    assert sorted(explorer.asked) == sorted(HANGING)


@insides
@durabilities
async def test_after_a_failed_synthesis_the_synthesizer_alone_is_asked(
    asaver, thread, durability, inside
):
    explorer = Branches()
    synthesizer = Scripted(script=[RuntimeError("down"), RuntimeError("down"), "So 41."])
    for _ in range(2):
        a2r = graph(explorer, synthesizer, asaver, inside=inside)
        begun = await held(asaver, thread)
        with pytest.raises(SynthesisError, match="down") as caught:
            await a2r.ainvoke(
                None if begun else ask(), config_of(thread), durability=durability
            )
        assert len(caught.value.references) == N
        assert await held(asaver, thread) == {*range(N)}
    again = graph(explorer, synthesizer, asaver, inside=inside)
    check(await again.ainvoke(None, config_of(thread)), synthesizer)
    assert sorted(explorer.asked) == [*range(N)]
    assert len(synthesizer.calls) == 3


@insides
@durabilities
def test_so_it_is_with_invoke(saver, thread, durability, inside):
    explorer = Branches()
    synthesizer = Scripted(script=[RuntimeError("down"), "So 41."])
    a2r = graph(explorer, synthesizer, saver, inside=inside)
    with pytest.raises(SynthesisError, match="down"):
        a2r.invoke(ask(), config_of(thread), durability=durability)
    again = graph(explorer, synthesizer, saver, inside=inside)
    check(again.invoke(None, config_of(thread)), synthesizer)
    assert sorted(explorer.asked) == [*range(N)]
    assert len(synthesizer.calls) == 2


@durabilities
async def test_stopped_between_two_stages_it_goes_on_with_the_next(
    asaver, thread, durability
):
    explorer, synthesizer = Branches(), Scripted(script="So 41.")
    config = config_of(thread)
    for stage, given in (("reduce", ask()), ("synthesizer", None)):
        a2r = graph(explorer, synthesizer, asaver)
        await a2r.ainvoke(given, config, interrupt_before=[stage], durability=durability)
        assert (await a2r.aget_state(config)).next == (stage,)
        assert await held(asaver, thread) == {*range(N)}
        assert not synthesizer.calls
    again = graph(explorer, synthesizer, asaver)
    check(await again.ainvoke(None, config), synthesizer)
    assert sorted(explorer.asked) == [*range(N)]
    assert len(synthesizer.calls) == 1


@durabilities
def test_stopped_between_two_stages_invoke_goes_on_too(saver, thread, durability):
    explorer, synthesizer = Branches(), Scripted(script="So 41.")
    config = config_of(thread)
    for stage, given in (("reduce", ask()), ("synthesizer", None)):
        a2r = graph(explorer, synthesizer, saver)
        a2r.invoke(given, config, interrupt_before=[stage], durability=durability)
        assert a2r.get_state(config).next == (stage,)
    again = graph(explorer, synthesizer, saver)
    check(again.invoke(None, config), synthesizer)
    assert sorted(explorer.asked) == [*range(N)]
    assert len(synthesizer.calls) == 1


async def test_a_finished_run_that_is_resumed_asks_nobody(asaver, thread):
    explorer, synthesizer = Branches(), Scripted(script="So 41.")
    first = await graph(explorer, synthesizer, asaver).ainvoke(ask(), config_of(thread))
    again = graph(explorer, synthesizer, asaver)
    second = await again.ainvoke(None, config_of(thread))
    check(second, synthesizer)
    assert second == first
    assert len(explorer.asked) == N
    assert len(synthesizer.calls) == 1
