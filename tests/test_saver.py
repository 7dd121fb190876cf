"""A synchronous saver on an asynchronous loop, and the other way round."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack

import pytest
from fakes import Scripted, ask
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph

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


@pytest.fixture
def in_langgraphs_words():
    """Expect what a graph without any of ours says where no thread is named."""
    builder = StateGraph(MessagesState).add_node("think", lambda _: {})
    plain = builder.add_edge(START, "think").compile(InMemorySaver())
    with pytest.raises(ValueError, match="thread_id") as said:
        plain.invoke(ask())

    def expect():
        return pytest.raises(ValueError, match=f"^{re.escape(str(said.value))}$")

    return expect


NO_THREAD = [None, {}, {"configurable": {}}, {"configurable": {"user": "me"}}]
CHANGE = {"messages": [("user", "?")]}


@pytest.mark.parametrize("config", NO_THREAD)
@pytest.mark.parametrize("saved", [InMemorySaver, SqliteSaver])
def test_a_run_without_a_thread_is_refused_in_langgraphs_own_words(
    in_langgraphs_words, saved, config
):
    model = Scripted()
    with ExitStack() as open_:
        saver = InMemorySaver()
        if saved is SqliteSaver:
            saver = open_.enter_context(SqliteSaver.from_conn_string(":memory:"))
        a2r = create_a2r(model, n=2, checkpointer=saver)
        for call in (
            lambda: a2r.invoke(ask(), config),
            lambda: [*a2r.stream(ask(), config)],
            lambda: a2r.batch([ask()], config),
            lambda: a2r.get_state(config),
            lambda: [*a2r.get_state_history(config)],
            lambda: a2r.update_state(config, CHANGE),
        ):
            with in_langgraphs_words():
                call()
    assert not model.calls


@pytest.mark.parametrize("config", NO_THREAD)
@pytest.mark.parametrize("saved", [InMemorySaver, AsyncSqliteSaver])
async def test_so_is_an_asynchronous_one(in_langgraphs_words, saved, config):
    model = Scripted()
    async with AsyncSqliteSaver.from_conn_string(":memory:") as sqlite:
        saver = sqlite if saved is AsyncSqliteSaver else InMemorySaver()
        a2r = create_a2r(model, n=2, checkpointer=saver)

        async def every(stream):
            return [item async for item in stream]

        for call in (
            lambda: a2r.ainvoke(ask(), config),
            lambda: every(a2r.astream(ask(), config)),
            lambda: every(a2r.astream_events(ask(), config, version="v2")),
            lambda: a2r.aget_state(config),
            lambda: every(a2r.aget_state_history(config)),
            lambda: a2r.aupdate_state(config, CHANGE),
        ):
            with in_langgraphs_words():
                await call()
    assert not model.calls


def test_a_thread_that_is_bound_or_a_parents_is_one():
    saver = InMemorySaver()
    bound = create_a2r(Scripted(), n=2, checkpointer=saver).with_config(CONFIG)
    bound.invoke(ask())
    assert bound.get_state({"configurable": {}}).values["messages"]
    builder = StateGraph(MessagesState).add_node("think", create_a2r(Scripted(), n=2))
    parent = builder.add_edge(START, "think").compile(InMemorySaver())
    assert parent.invoke(ask(), CONFIG)["messages"]
