"""One run of A2R in a process of its own, which may be killed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from durability.savers import Saver, aopened, config_of, opened
from langchain_core.messages import HumanMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph

from a2r_graph import ChatVLLM, create_a2r

SEED = 1000  # of branch 0; branch i asks with SEED + i


@dataclass(frozen=True)
class Job:
    """What to run, and where its checkpoints are."""

    kind: str
    address: str
    thread: str
    url: str
    out: Path
    sync: bool = False
    inside: bool = False
    """Whether it is a node of another graph, whose saver it uses."""
    at_once: int | None = None
    """How many branches may run at a time."""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, Any]:
        """The thread, and the limit."""
        return {**config_of(self.thread), "max_concurrency": self.at_once}


class Parent(MessagesState):
    """What the graph around it keeps."""

    a2r: dict[str, Any]


def within(a2r: CompiledStateGraph, saver: Saver) -> CompiledStateGraph:
    """Return a graph with A2R as its node, and the saver."""
    parent = StateGraph(Parent)
    parent.add_node("think", a2r)
    parent.add_edge(START, "think")
    parent.add_edge("think", END)
    return parent.compile(checkpointer=saver)


def run(job: Job) -> None:
    """Begin the thread's run, or go on with it; write what comes out to `job.out`."""
    result = _invoke(job) if job.sync else asyncio.run(_ainvoke(job))
    answer = result["messages"][-1].text
    job.out.write_text(json.dumps({"answer": answer, "report": result["a2r"]}))


def _invoke(job: Job) -> dict[str, Any]:
    with opened(job.kind, job.address) as saver:
        begun = saver.get_tuple(config_of(job.thread))
        return _graph(job, saver).invoke(_input(begun), job.config)


async def _ainvoke(job: Job) -> dict[str, Any]:
    async with aopened(job.kind, job.address) as saver:
        begun = await saver.aget_tuple(config_of(job.thread))
        return await _graph(job, saver).ainvoke(_input(begun), job.config)


def _input(begun: object | None) -> dict[str, Any] | None:
    return None if begun else {"messages": [HumanMessage("What is 6 x 7?")]}


def _graph(job: Job, saver: Saver) -> CompiledStateGraph:
    a2r = create_a2r(
        ChatVLLM(model="explorer", base_url=job.url),
        ChatVLLM(model="synthesizer", base_url=job.url),
        checkpointer=None if job.inside else saver,
        seed=SEED,
        **job.settings,
    )
    return within(a2r, saver) if job.inside else a2r
