"""Explorers that answer by their index, and hang where a test wants to interrupt."""

from __future__ import annotations

import asyncio
from typing import Any

from durability.runner import within
from durability.savers import Saver
from fakes import Scripted
from langgraph.graph.state import CompiledStateGraph
from pydantic import Field

from a2r_graph import create_a2r


class Branches(Scripted):
    """Branch i answers `40 + i % answers`, unless it is to hang or to fail."""

    answers: int = 2
    """How many different ones there are."""
    hanging: set[int] = Field(default_factory=set)
    failing: set[int] = Field(default_factory=set)
    asked: list[int] = Field(default_factory=list)

    async def _agenerate(self, *args: Any, **kwargs: Any) -> Any:
        index = kwargs["seed"]  # the run's seed is 0
        self.asked.append(index)
        if index in self.hanging:
            await asyncio.Event().wait()
        if index in self.failing:
            msg = f"not {index}"
            raise ValueError(msg)
        self.script = f"I am {index}. Answer: {40 + index % self.answers}"
        return await super()._agenerate(*args, **kwargs)


def graph(
    explorer: Branches,
    synthesizer: Scripted,
    saver: Saver,
    *,
    inside: bool = False,
    **settings: Any,
) -> CompiledStateGraph:
    """Return a new graph, as a process that was started again would have it."""
    own = None if inside else saver
    a2r = create_a2r(explorer, synthesizer, seed=0, checkpointer=own, **settings)
    return within(a2r, saver) if inside else a2r
