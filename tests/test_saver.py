"""A synchronous saver on an asynchronous loop, and the other way round."""

from __future__ import annotations

import asyncio

import pytest
from fakes import Scripted, ask
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from a2r_graph import create_a2r
from a2r_graph.saver import awaitable

CONFIG = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}


async def test_every_method_does_what_the_savers_own_does():
    with SqliteSaver.from_conn_string(":memory:") as saver:
        both = awaitable(saver)
        put = await both.aput(CONFIG, empty_checkpoint(), {"step": 1}, {})
        await both.aput_writes(put, [("messages", "x")], "task")
        found = await both.aget_tuple(CONFIG)
        assert found.metadata["step"] == 1
        assert found.pending_writes == [("task", "messages", "x")]
        assert [t.config async for t in both.alist(CONFIG)] == [
            t.config for t in saver.list(CONFIG)
        ]
        assert both.get_tuple(CONFIG) == found
        assert [t.config for t in both.list(CONFIG)] == [found.config]
        # The saver's own counts up, with a random part behind the dot.
        version = both.get_next_version(None, None)
        assert version.split(".")[0] == saver.get_next_version(None, None).split(".")[0]
        await both.adelete_thread("1")
        assert both.get_tuple(CONFIG) is None


def test_what_is_awaitable_already_is_not_wrapped_again():
    once = awaitable(InMemorySaver())
    assert awaitable(once) is once
    nothing = BaseCheckpointSaver()
    assert awaitable(nothing) is nothing


async def test_a_saver_of_the_loop_that_would_be_blocked_is_refused():
    async with AsyncSqliteSaver.from_conn_string(":memory:") as saver:
        with pytest.raises(RuntimeError, match="AsyncSqliteSaver works on the event loop"):
            awaitable(saver)
        assert await asyncio.to_thread(awaitable, saver) is not saver


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_state_and_history_are_there_after_a_synchronous_run(durability, tmp_path):
    with SqliteSaver.from_conn_string(str(tmp_path / "db")) as saver:
        a2r = create_a2r(Scripted(), n=3, checkpointer=saver)
        a2r.invoke(ask(), CONFIG, durability=durability)
        state = a2r.get_state(CONFIG)
        assert state.next == ()
        assert len(state.values["a2r"]["references"]) == 3
        assert len(list(a2r.get_state_history(CONFIG))) >= 1
