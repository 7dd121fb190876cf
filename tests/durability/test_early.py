"""Counts that end the exploring early (quorum, confidence), over a crash."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import pytest
from durability.branches import Branches, graph
from durability.savers import config_of, held
from fakes import Scripted, ask
from langgraph.checkpoint.memory import InMemorySaver

QUORUM = {"n": 6, "quorum": 4}
WINDOWS = {"n": 8, "window": 2, "confidence": 0.9}

pytestmark = [
    pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside"]),
    pytest.mark.parametrize("call", ["ainvoke", "invoke"]),
]


@pytest.fixture
def crashed_and_resumed(asaver, reopened, thread, call, inside):
    async def run(explorer, saved, hanging, at_once=None, later=None, **settings):
        """Break off once `saved` are saved, resume, and return the report."""
        synthesizer = Scripted(script="So it is.")
        new = partial(graph, explorer, synthesizer, inside=inside, **settings)
        config = {**config_of(thread), "max_concurrency": at_once}
        explorer.hanging = {*range(settings["n"])} - saved
        broken_off = asyncio.create_task(new(asaver).ainvoke(ask(), config))
        # LangGraph saves behind the calls that wait for their turn, or when it is left.
        while (
            len(explorer.asked) < len(saved) + at_once
            if at_once
            else await held(asaver, thread) != saved
        ):
            assert not broken_off.done()
            await asyncio.sleep(0.001)
        broken_off.cancel()
        with pytest.raises(asyncio.CancelledError):
            await broken_off
        assert await held(asaver, thread) == saved
        explorer.asked.clear()
        explorer.hanging = hanging
        new = partial(new, **later or {})
        async with asyncio.timeout(30):  # a wrong count would wait for ever
            if call == "ainvoke":
                result = await new(asaver).ainvoke(None, config)
            else:
                with reopened() as saver:
                    result = await asyncio.to_thread(new(saver).invoke, None, config)
        assert result["messages"][-1].content == "So it is."
        return result["a2r"]

    return run


def how(report) -> Counter[str]:
    """Return how many branches came to what."""
    return Counter((r["error"] or {"kind": "ok"})["kind"] for r in report["references"])


async def test_what_was_saved_counts_towards_the_quorum(crashed_and_resumed):
    explorer = Branches()
    report = await crashed_and_resumed(explorer, {1, 4}, {0, 5}, **QUORUM)
    assert sorted(explorer.asked) == [0, 2, 3, 5]
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 4, "cancelled": 2}
    assert [r["index"] for r in report["references"] if r["status"] == "ok"] == [1, 2, 3, 4]
    assert report["votes"] == {"40": 2, "41": 2}


async def test_so_it_does_with_two_calls_at_once(crashed_and_resumed):
    explorer = Branches()
    report = await crashed_and_resumed(explorer, {0, 1}, {4, 5}, at_once=2, **QUORUM)
    # The others never got as far as a call.
    assert sorted(explorer.asked) == [2, 3]
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 4, "cancelled": 2}
    assert report["usage"]["explorer"]["calls"] == 4


async def test_a_failure_that_was_saved_is_no_success(crashed_and_resumed):
    explorer = Branches(failing={0})
    report = await crashed_and_resumed(explorer, {0, 1}, {5}, **QUORUM)
    assert sorted(explorer.asked) == [2, 3, 4, 5]
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 4, "error": 1, "cancelled": 1}


async def test_a_quorum_that_was_saved_whole_asks_nobody_more(crashed_and_resumed):
    explorer = Branches()
    report = await crashed_and_resumed(
        explorer, {0, 1, 2, 3}, {4, 5}, n=6, later={"quorum": 4}
    )
    assert explorer.asked == []
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": 4, "cancelled": 2}
    assert report["usage"]["explorer"]["calls"] == 4


@pytest.mark.parametrize(("saved", "asked"), [({0, 1}, [2, 3]), ({0, 1, 3}, [2])])
async def test_a_window_that_was_broken_off_is_completed_and_no_earlier_one_repeated(
    crashed_and_resumed, saved, asked
):
    explorer = Branches(answers=1)
    report = await crashed_and_resumed(explorer, saved, set(), **WINDOWS)
    assert sorted(explorer.asked) == asked
    # 4 of 4 alike: 0.969; 2 of 2 were 0.875.
    assert report["stopped_by"] == "confidence"
    assert report["votes"] == {"40": 4}
    assert how(report) == {"ok": 4}


async def test_without_confidence_the_windows_go_on_to_the_last(crashed_and_resumed):
    explorer = Branches()
    report = await crashed_and_resumed(explorer, {0, 1, 2}, set(), **WINDOWS)
    assert explorer.asked[0] == 3
    assert sorted(explorer.asked) == [3, 4, 5, 6, 7]
    assert report["stopped_by"] == "all"
    assert report["votes"] == {"40": 4, "41": 4}


@pytest.mark.parametrize(
    ("quorum", "saved", "hanging", "asked"),
    [
        (3, {0, 1}, {3}, [2, 3]),  # within the window that was broken off
        (5, {0, 1, 3}, {5}, [2, 4, 5]),  # and in a later one
    ],
)
async def test_a_quorum_is_counted_over_windows_and_a_crash(
    crashed_and_resumed, quorum, saved, hanging, asked
):
    explorer = Branches()
    report = await crashed_and_resumed(explorer, saved, hanging, quorum=quorum, **WINDOWS)
    assert sorted(explorer.asked) == asked
    assert report["stopped_by"] == "quorum"
    assert how(report) == {"ok": quorum, "cancelled": 1}


async def asked(explorer: Branches, at_least: int = 1) -> None:
    """Wait until so many branches have been asked."""
    while len(explorer.asked) < at_least:  # noqa: ASYNC110  a plain list
        await asyncio.sleep(0.001)


class Slow(InMemorySaver):
    """Saves no checkpoint of a finished branch, or does so once one behind it was asked."""

    def __init__(self, explorer: Branches) -> None:
        super().__init__()
        self.explorer = explorer
        self.full = True

    async def aput(self, config, checkpoint, *rest):
        report = checkpoint["channel_values"].get("a2r") or {}
        if report.get("references"):
            if self.full:
                msg = "no space is left"
                raise OSError(msg)
            await asked(self.explorer)
        return await super().aput(config, checkpoint, *rest)


async def test_a_window_counts_what_is_yet_to_be_saved(call, inside):
    """LangGraph saves a checkpoint while the branches behind it run already."""
    explorer = Branches(hanging={*range(2, 8)})
    saver, config = Slow(explorer), config_of("thread")
    new = partial(graph, explorer, Scripted(script="So it is."), saver, inside=inside)
    broken_off = asyncio.create_task(new(quorum=3, **WINDOWS).ainvoke(ask(), config))
    await asked(explorer, at_least=3)
    broken_off.cancel()
    with pytest.raises((asyncio.CancelledError, OSError)):
        await broken_off
    assert await held(saver, "thread") == {0, 1}
    explorer.asked.clear()
    explorer.hanging, saver.full = {3}, False
    again = new(quorum=3, **WINDOWS)
    async with asyncio.timeout(30):
        if call == "ainvoke":
            result = await again.ainvoke(None, config)
        else:
            result = await asyncio.to_thread(again.invoke, None, config)
    assert sorted(explorer.asked) == [2, 3]
    assert result["a2r"]["stopped_by"] == "quorum"
