"""Savers in memory, on disk and on a server, by name, and what they hold of a thread."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

Saver = BaseCheckpointSaver[Any]
SYNTHESIZER = -1  # beside the branches' indices


def opened(kind: str, address: str) -> AbstractContextManager[Saver]:
    """Open a saver: "sqlite" at a path, "postgres" at a URI, or "memory"."""
    if kind == "memory":
        return nullcontext(InMemorySaver())
    saver = {"sqlite": SqliteSaver, "postgres": PostgresSaver}[kind]
    return saver.from_conn_string(address)


def aopened(kind: str, address: str) -> AbstractAsyncContextManager[Saver]:
    """Open its asynchronous twin."""
    if kind == "memory":
        return nullcontext(InMemorySaver())
    saver = {"sqlite": AsyncSqliteSaver, "postgres": AsyncPostgresSaver}[kind]
    return saver.from_conn_string(address)


def config_of(thread: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}}


def finished(found: Iterable[CheckpointTuple]) -> set[int]:
    """Return who has finished by a thread's checkpoints and their pending writes."""
    done: set[int] = set()
    for each in found:
        states = [each.checkpoint["channel_values"]]
        states += [{channel: value} for _, channel, value in each.pending_writes or ()]
        for state in states:
            report = state.get("a2r") or {}
            done |= {r["index"] for r in report.get("references", ())}
            if any(isinstance(m, AIMessage) for m in state.get("messages", ())):
                done.add(SYNTHESIZER)
    return done


async def held(saver: Saver, thread: str) -> set[int]:
    """Return who has finished by what an asynchronous saver holds."""
    return finished([found async for found in saver.alist(config_of(thread))])
