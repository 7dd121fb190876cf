"""What the graph costs: A2R against a bare `asyncio.gather` of the same calls.

Both sides make the same calls in one process: n explorer calls and one synthesis, each
200 ms long, through the same stock `ChatOpenAI` to a server on loopback. Rounds take
turns; the table gives medians. Goals: at most 1.05 x at n = 64, 1.15 x at n = 256.

    python benchmarks/overhead.py [--rounds 7] [--output benchmarks/overhead.md]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

from _loopback import MODEL, QUESTION, SECONDS, serving
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from a2r_graph import SYNTHESIS, create_a2r

SIZES = (1, 8, 64, 256, 1024)
GOALS = {64: 1.05, 256: 1.15}


async def bare(model: ChatOpenAI, n: int) -> None:
    """Do the same by hand: gather, join, ask once more."""
    replies = await asyncio.gather(
        *(model.ainvoke([HumanMessage(QUESTION)], temperature=0.8) for _ in range(n))
    )
    joined = "\n".join(reply.text for reply in replies)
    prompt = SYNTHESIS.format(count=n, references=joined)
    await model.ainvoke([HumanMessage(QUESTION), HumanMessage(prompt)])


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
        a2r = create_a2r(model, n=n)
        question = {"messages": [HumanMessage(QUESTION)]}
        times: dict[str, list[float]] = {"bare": [], "a2r": []}
        for turn in range(rounds + 1):
            for name in ("bare", "a2r") if turn % 2 else ("a2r", "bare"):
                started = time.perf_counter()
                await (bare(model, n) if name == "bare" else a2r.ainvoke(question))
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
        f"{os.cpu_count()} cores.",
        "",
        "| n | gather, ms | a2r, ms | ratio | goal |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        goal = GOALS.get(row["n"])
        lines.append(
            f"| {row['n']} | {row['bare'] * 1000:.0f} | {row['a2r'] * 1000:.0f} "
            f"| {row['a2r'] / row['bare']:.2f} | {goal or ''} |"
        )
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
