"""Graphs with scripted models, which `langgraph.json` here names."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from fakes import HttpError, Streaming
from langgraph.graph import END, START, MessagesState, StateGraph

from a2r_graph import create_a2r, extract_answer

N = 3
SECRET = "sk-made-up-0123456789abcdef"
ANSWER = "It is 42. Answer: 42"


class Turns:
    """Lets branch i's model answer once branch i - 1 has its reference."""

    def __init__(self) -> None:
        self._come: dict[int, asyncio.Event] = {}

    async def wait(self, index: int) -> None:
        if index:
            await self._come.setdefault(index, asyncio.Event()).wait()
            del self._come[index]

    def end(self, text: str) -> object:
        """Read the answer, after which a branch waits for nothing more."""
        following = int(re.match(r"Branch (\d)", text)[1]) + 1
        if following < N:
            self._come.setdefault(following, asyncio.Event()).set()
        return extract_answer(text)


class Named(Streaming):
    model: str


class InTurn(Named):
    """An explorer that is asked in parallel and answers branch by branch."""

    turns: Any

    async def _agenerate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        await self.turns.wait(kwargs["seed"])
        return await super()._agenerate(messages, *args, **kwargs)


def explore(_number: int, _messages: Any, kwargs: dict[str, Any]) -> object:
    """Answer as branch `seed`; the last one fails."""
    index = kwargs["seed"]
    if index == N - 1:
        return HttpError(400, f"no such model for {SECRET}")
    return f"Branch {index}: 6 x 7 is 42.\nAnswer: 42"


def _graph(explorer, **options):
    synthesizer = Named(model="big", script=ANSWER)
    return create_a2r(explorer, synthesizer, n=N, seed=0, attempts=1, **options)


turns = Turns()
scripted = _graph(Streaming(script=explore))  # its explorers too would stream
in_turn = _graph(
    InTurn(model="small", script=explore, turns=turns), extract_answer=turns.end
)
failing = create_a2r(Streaming(script=HttpError(401, f"wrong key {SECRET}")), n=2)
parent = (
    StateGraph(MessagesState)
    .add_node("think", scripted)
    .add_edge(START, "think")
    .add_edge("think", END)
    .compile()
)
