"""What the graph costs: A2R against a bare `asyncio.gather` of the same calls.

All sides make the same calls in one process: n explorer calls and one synthesis, each
200 ms long, through the same stock `ChatOpenAI` to a server on loopback. Beside both
stands the least graph that LangGraph allows: one `Send` a branch, and nothing of A2R.
Rounds take turns; the table gives medians. Goals: at most 1.05 x at n = 64, 1.15 x at
n = 256, 1.3 x at n = 1,024.

    python benchmarks/overhead.py [--rounds 7] [--output benchmarks/overhead.md]
"""

from __future__ import annotations

import argparse
import asyncio
import operator
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Annotated, Any

from _loopback import MODEL, QUESTION, SECONDS, serving
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send
from pydantic import SecretStr
from typing_extensions import TypedDict

from a2r_graph import SYNTHESIS, create_a2r

SIZES = (1, 8, 64, 256, 1024)
GOALS = {64: 1.05, 256: 1.15, 1024: 1.3}
SIDES = ("bare", "send", "a2r")
HEADINGS = (
    *("n", "gather, ms", "least graph, ms", "a2r, ms"),
    *("least / gather", "a2r / gather", "goal", "a2r / least"),
)


class State(TypedDict):
    """What the least graph keeps."""

    texts: Annotated[list[str], operator.add]
    answer: str


async def gathered(model: ChatOpenAI, n: int) -> None:
    """Do the same by hand: gather, join, ask once more."""
    replies = await asyncio.gather(
        *(model.ainvoke([HumanMessage(QUESTION)], temperature=0.8) for _ in range(n))
    )
    joined = "\n".join(reply.text for reply in replies)
    prompt = SYNTHESIS.format(count=n, references=joined)
    await model.ainvoke([HumanMessage(QUESTION), HumanMessage(prompt)])


def least(model: ChatOpenAI, n: int) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph that does the same by `Send`, with nothing around it."""

    async def explore(question: str) -> dict[str, Any]:
        reply = await model.ainvoke([HumanMessage(question)], temperature=0.8)
        return {"texts": [reply.text]}

    async def synthesize(state: State) -> dict[str, Any]:
        prompt = SYNTHESIS.format(count=n, references="\n".join(state["texts"]))
        reply = await model.ainvoke([HumanMessage(QUESTION), HumanMessage(prompt)])
        return {"answer": reply.text}

    builder: Any = StateGraph(State)  # its overloads know no Send of a string
    builder.add_node("explore", explore)
    builder.add_node("synthesize", synthesize)
    fan_out = [Send("explore", QUESTION)] * n
    builder.add_conditional_edges(START, lambda _: fan_out, ["explore"])
    builder.add_edge("explore", "synthesize")
    builder.add_edge("synthesize", END)
    graph: CompiledStateGraph[Any, Any, Any, Any] = builder.compile()
    return graph


async def measure(url: str, rounds: int) -> list[dict[str, Any]]:
    """Return the medians for each n."""
    model = ChatOpenAI(
        model=MODEL,
        base_url=url,
        api_key=SecretStr("none"),
        max_retries=0,
    )
    rows = []
    for n in SIZES:
        a2r, send = create_a2r(model, n=n), least(model, n)
        question = {"messages": [HumanMessage(QUESTION)]}
        times: dict[str, list[float]] = {side: [] for side in SIDES}
        for turn in range(rounds + 1):
            for name in SIDES if turn % 2 else reversed(SIDES):
                started = time.perf_counter()
                if name == "bare":
                    await gathered(model, n)
                else:
                    await (a2r.ainvoke(question) if name == "a2r" else send.ainvoke({}))
                if turn:  # the first round opens the connections
                    times[name].append(time.perf_counter() - started)
        rows.append({"n": n, **{k: statistics.median(v) for k, v in times.items()}})
    await model.root_async_client.close()
    return rows


def table(rows: list[dict[str, Any]], rounds: int) -> str:
    """Return the table in Markdown."""
    lines = [
        "# A2R against a bare `asyncio.gather` of the same calls",
        "",
        f"Calls of {SECONDS * 1000:.0f} ms and one synthesis; stock `ChatOpenAI` on both",
        f"sides; median of {rounds} rounds in turns; Python {platform.python_version()},",
        f"{os.cpu_count()} cores. The least graph is one `Send` a branch, and no A2R.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"| {' | '.join(['---:'] * len(HEADINGS))} |",
    ]
    for row in rows:
        bare, send, a2r = (row[side] for side in SIDES)
        times = " | ".join(f"{seconds * 1000:.0f}" for seconds in (bare, send, a2r))
        ratios = f"{send / bare:.2f} | {a2r / bare:.2f} | {GOALS.get(row['n'], '')}"
        lines.append(f"| {row['n']} | {times} | {ratios} | {a2r / send:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    with serving() as url:
        rows = asyncio.run(measure(url, options.rounds))
    text = table(rows, options.rounds)
    options.output.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
