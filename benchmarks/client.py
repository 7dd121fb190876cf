"""What `ChatVLLM` costs: CPU and time per call beside other clients, and a whole run.

All clients ask a server on loopback, in a process of its own, whose answers take 200 ms.

1. The same call by `ChatVLLM`, stock `ChatOpenAI`, `openai.AsyncOpenAI` and aiohttp.
   Goals: `ChatVLLM` takes at most a third of `ChatOpenAI`'s CPU per call, and 512 calls
   at once are done within 0.6 s.
2. A whole A2R run (explorers, reduce, synthesis) on `ChatVLLM` against a bare
   `asyncio.gather` of the same calls by stock `AsyncOpenAI`, and one call more with the
   joined texts. Goals: at most 0.90 x at n = 64, 0.70 x at n = 256.

Sides take turns within a round, in an order that rotates. Before each measurement the
same is done once uncounted, so that every client has opened the connections it keeps.

    python benchmarks/client.py [--rounds 5] [--output benchmarks/client.md]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import random
import statistics
import string
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import aiohttp
from _loopback import ANSWER, MODEL, QUESTION, SECONDS, serving
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI
from pydantic import SecretStr

from a2r_graph import SYNTHESIS, ChatVLLM, create_a2r

PARALLEL = (8, 64, 512)
CPU_GOAL = 0.33
WALL_GOALS = {512: 0.6}
LEAST = 64  # calls in one measurement: fewer are too quick for the clock

SIZES = (64, 256)
RUN_GOALS = {64: 0.90, 256: 0.70}
WORDS = 600
KEY = "none"
TEMPERATURE = 0.8

Call: TypeAlias = Callable[[], Awaitable[object]]


class Cost(NamedTuple):
    """Seconds by the clock, and of this process's CPU."""

    wall: float
    cpu: float


async def take_turns(
    sides: Mapping[str, Call], rounds: int, repeats: int = 1
) -> dict[str, Cost]:
    """Return each side's median cost of one call of its function."""
    names = list(sides)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            await sides[name]()
            gc.collect()  # the others' litter isn't this one's cost
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(repeats):
                await sides[name]()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            costs[name].append(Cost(wall / repeats, cpu / repeats))
    return {
        name: Cost(*(statistics.median(column) for column in zip(*found, strict=True)))
        for name, found in costs.items()
    }


async def at_once(call: Call, n: int) -> None:
    """Make n calls in parallel."""
    await asyncio.gather(*(call() for _ in range(n)))


def stock_client(url: str) -> AsyncOpenAI:
    """Return openai's own client."""
    return AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0)


async def ask(client: AsyncOpenAI, *texts: str, **options: Any) -> str:
    """Return the answer to user messages, by openai's own client."""
    reply = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": text} for text in texts],
        **options,
    )
    return reply.choices[0].message.content or ""


async def post(session: aiohttp.ClientSession, url: str) -> object:
    """Return the answer's JSON, by aiohttp and nothing else."""
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": QUESTION}],
        "temperature": TEMPERATURE,
    }
    async with session.post(f"{url}/chat/completions", json=body) as response:
        return await response.json()


async def measure_calls(url: str, rounds: int) -> dict[int, dict[str, Cost]]:
    """Return each client's cost of so many calls at once."""
    key = SecretStr(KEY)
    ours = ChatVLLM(model=MODEL, base_url=url, api_key=key)
    stock = ChatOpenAI(model=MODEL, base_url=url, api_key=key, max_retries=0)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(stock.root_async_client.close)
        client = await stack.enter_async_context(stock_client(url))
        session = await stack.enter_async_context(
            # Its default is 100 connections.
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                headers={"authorization": f"Bearer {KEY}"},
            )
        )
        message = HumanMessage(QUESTION)
        calls: dict[str, Call] = {
            "ChatVLLM": lambda: ours.ainvoke([message], temperature=TEMPERATURE),
            "ChatOpenAI": lambda: stock.ainvoke([message], temperature=TEMPERATURE),
            "AsyncOpenAI": lambda: ask(client, QUESTION, temperature=TEMPERATURE),
            "aiohttp": lambda: post(session, url),
        }
        return {
            n: await take_turns(
                {name: partial(at_once, call, n) for name, call in calls.items()},
                rounds,
                repeats=max(1, LEAST // n),
            )
            for n in PARALLEL
        }


async def bare(client: AsyncOpenAI, n: int) -> None:
    """Do by hand what A2R does: gather, join, ask once more."""
    texts = await asyncio.gather(
        *(ask(client, QUESTION, temperature=TEMPERATURE) for _ in range(n))
    )
    prompt = SYNTHESIS.format(count=n, references="\n".join(texts))
    await ask(client, QUESTION, prompt)


async def measure_runs(url: str, rounds: int) -> dict[int, dict[str, Cost]]:
    """Return the cost of whole runs with n explorers, by hand and by A2R."""
    model = ChatVLLM(model=MODEL, base_url=url, api_key=SecretStr(KEY))
    question = {"messages": [HumanMessage(QUESTION)]}
    costs = {}
    async with stock_client(url) as client:
        for n in SIZES:
            a2r = create_a2r(model, n=n)
            sides: dict[str, Call] = {
                "gather": partial(bare, client, n),
                "a2r": partial(a2r.ainvoke, question),
            }
            costs[n] = await take_turns(sides, rounds)
    return costs


def distinct_texts(count: int) -> list[str]:
    """Return texts of `WORDS` words that share nothing but their final answer."""
    rng = random.Random(0)  # noqa: S311  no secret
    letters = string.ascii_lowercase
    known = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(5_000)]
    return [
        " ".join(rng.choices(known, k=WORDS)) + "\nThe answer is 42." for _ in range(count)
    ]


def table_of_calls(costs: dict[int, dict[str, Cost]]) -> list[str]:
    """Return the first table in Markdown."""
    lines = [
        "| at once | client | wall, ms | ratio | CPU per call, ms | ratio | goal |",
        "| ---: | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for n, by_name in costs.items():
        stock = by_name["ChatOpenAI"]
        for name, cost in by_name.items():
            goal = ""
            if name == "ChatVLLM":
                goal = f"CPU {CPU_GOAL}"
                if n in WALL_GOALS:
                    goal += f", wall {WALL_GOALS[n] * 1000:.0f} ms"
            lines.append(
                f"| {n} | {name} "
                f"| {cost.wall * 1000:.0f} | {cost.wall / stock.wall:.2f} "
                f"| {cost.cpu / n * 1000:.2f} | {cost.cpu / stock.cpu:.2f} | {goal} |"
            )
    return lines


def table_of_runs(costs: dict[str, dict[int, dict[str, Cost]]]) -> list[str]:
    """Return the second table in Markdown."""
    lines = [
        "| answers | n | gather, ms | a2r, ms | ratio | goal |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for answers, by_size in costs.items():
        for n, by_name in by_size.items():
            gather, a2r = by_name["gather"].wall, by_name["a2r"].wall
            lines.append(
                f"| {answers} | {n} | {gather * 1000:.0f} | {a2r * 1000:.0f} "
                f"| {a2r / gather:.2f} | {RUN_GOALS[n]:.2f} |"
            )
    return lines


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    runs = {}
    with serving() as url:
        calls = asyncio.run(measure_calls(url, options.rounds))
        runs["one short text"] = asyncio.run(measure_runs(url, options.rounds))
    # A run's answers stand beside each other here, its synthesis included.
    with serving(distinct_texts(2 * max(SIZES))) as url:
        runs[f"distinct, {WORDS} words"] = asyncio.run(measure_runs(url, options.rounds))
    lines = [
        "# The client for vLLM",
        "",
        f"A server on loopback answers each call after {SECONDS * 1000:.0f} ms. Median of",
        f"{options.rounds} rounds in turns, connections open beforehand; Python",
        f"{platform.python_version()}, {os.cpu_count()} cores. A goal is the most allowed.",
        "",
        "## One call",
        "",
        "The time until all are answered, and the client's CPU; ratios to `ChatOpenAI`.",
        "",
        *table_of_calls(calls),
        "",
        "## A whole run",
        "",
        "n explorers, reduce and synthesis on `ChatVLLM`, against `asyncio.gather` of the",
        "same calls by stock `AsyncOpenAI` and one more with the texts joined. The short",
        f'text is "{ANSWER}".',
        "",
        *table_of_runs(runs),
        "",
        "Written by `python benchmarks/client.py`.",
        "",
    ]
    text = "\n".join(lines)
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
