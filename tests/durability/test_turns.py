"""Many turns on one thread of a PostgreSQL server, crashes among them."""

from __future__ import annotations

import pytest
from durability.branches import Branches
from durability.savers import aopened, config_of, opened
from fakes import Scripted, ask

from a2r_graph import SynthesisError, create_a2r

TURNS = 20
N = 3


def check(result, turn: int, runs: set[str]) -> None:
    """Check that a turn began clean, and kept the conversation."""
    assert len(result["messages"]) == 2 * (turn + 1)
    assert result["messages"][-1].content == "So 40."
    assert [r["index"] for r in result["a2r"]["references"]] == [*range(N)]
    assert result["a2r"]["votes"] == {"40": 2, "41": 1}
    runs.add(result["a2r"]["run"])
    assert len(runs) == turn + 1


def fails_each_fifth_time(number, *_):
    return RuntimeError("down") if number % 5 == 4 else "So 40."


@pytest.mark.slow
async def test_twenty_turns_begin_clean_also_after_crashes(postgres, thread):
    runs: set[str] = set()
    explorer, synthesizer = Branches(), Scripted(script=fails_each_fifth_time)
    for turn in range(TURNS):
        async with aopened("postgres", postgres) as saver:
            a2r = create_a2r(explorer, synthesizer, n=N, seed=0, checkpointer=saver)
            try:
                result = await a2r.ainvoke(ask(f"Question {turn}"), config_of(thread))
            except SynthesisError:
                result = await a2r.ainvoke(None, config_of(thread))
            check(result, turn, runs)
    assert len(synthesizer.calls) > TURNS
    assert len(explorer.asked) == TURNS * N


@pytest.mark.slow
def test_so_they_do_with_invoke(postgres, thread):
    runs: set[str] = set()
    explorer, synthesizer = Branches(), Scripted(script=fails_each_fifth_time)
    with opened("postgres", postgres) as saver:
        a2r = create_a2r(explorer, synthesizer, n=N, seed=0, checkpointer=saver)
        for turn in range(TURNS):
            try:
                result = a2r.invoke(ask(f"Question {turn}"), config_of(thread))
            except SynthesisError:
                result = a2r.invoke(None, config_of(thread))
            check(result, turn, runs)
        assert {*a2r.get_state(config_of(thread)).values} == {"messages", "a2r"}
    assert len(synthesizer.calls) > TURNS
    assert len(explorer.asked) == TURNS * N
