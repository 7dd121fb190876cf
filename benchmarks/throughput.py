r"""Tokens per second on a real vLLM server: A2R against a bare load generator.

Both sides send the same requests in the same pattern: eight explorers at once, then one
synthesis with their texts; the bare side by aiohttp and nothing else. Every answer has
exactly 64 tokens. Sides take turns; the table gives medians. Goal: at least 0.95 of the
bare side's tokens per second, while exploring and over the whole run.

    A2R_TEST_VLLM_URL=http://127.0.0.1:8000/v1 A2R_TEST_VLLM_MODEL=... \
        [A2R_TEST_VLLM_KEY=...] python benchmarks/throughput.py [--rounds 6]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
from langchain_core.messages import HumanMessage
from pydantic import SecretStr

from a2r_graph import SYNTHESIS, ChatVLLM, create_a2r
from a2r_graph.references import render, render_one

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

N = 8
TOKENS = 64
TEMPERATURE = 0.8
GOAL = 0.95


@dataclass(frozen=True)
class Server:
    """Where the model is."""

    url: str
    key: str
    model: str


class Speed(NamedTuple):
    """Generated tokens per second."""

    exploring: float
    whole: float


def extras(side: str) -> dict[str, Any]:
    """Return what both sides ask of vLLM beyond OpenAI's API.

    By its salt, no side finds its prompts in the server's cache because the other has
    just asked them.
    """
    return {
        "ignore_eos": True,
        "chat_template_kwargs": {"enable_thinking": False},
        "cache_salt": side,
    }


def question_of(turn: int) -> str:
    """Return another question for each turn: no side has asked it before."""
    return f"What is {21 + turn} times {34 + turn}? Work it out step by step."


def seed_of(turn: int) -> int:
    """Return the seed of the turn's first explorer."""
    return 1_000 * turn


def check(tokens: int, answers: int) -> None:
    """Refuse figures of answers that failed or ended early.

    Raises:
        RuntimeError: There are fewer tokens than asked for, or more.
    """
    if tokens != answers * TOKENS:
        msg = f"{answers} answers of {TOKENS} tokens each came to {tokens} tokens"
        raise RuntimeError(msg)


async def ask(
    session: aiohttp.ClientSession,
    server: Server,
    texts: Sequence[str],
    **options: Any,
) -> tuple[str, int]:
    """Return the answer to user messages, and its tokens."""
    body = {
        "model": server.model,
        "messages": [{"role": "user", "content": text} for text in texts],
        "max_tokens": TOKENS,
        **extras("bare"),
        **options,
    }
    async with session.post(f"{server.url}/chat/completions", json=body) as response:
        told = await response.json()
        if not response.ok:
            msg = f"{response.status}: {told}"
            raise RuntimeError(msg)
    return told["choices"][0]["message"]["content"], told["usage"]["completion_tokens"]


async def by_hand(session: aiohttp.ClientSession, server: Server, turn: int) -> Speed:
    """Explore and synthesize with nothing in between."""
    question, seed = question_of(turn), seed_of(turn)
    started = time.perf_counter()
    answers = await asyncio.gather(
        *(
            ask(session, server, [question], temperature=TEMPERATURE, seed=seed + index)
            for index in range(N)
        )
    )
    explored = time.perf_counter()
    block = render([render_one(i, 1, text) for i, (text, _) in enumerate(answers, 1)])
    prompt = SYNTHESIS.format(count=N, references=block)
    _, last = await ask(session, server, [question, prompt])
    ended = time.perf_counter()
    tokens = sum(tokens for _, tokens in answers)
    check(tokens, N)
    check(last, 1)
    return Speed(tokens / (explored - started), (tokens + last) / (ended - started))


async def by_a2r(a2r: Any, turn: int) -> Speed:  # noqa: ANN401  a compiled graph
    """Let A2R do it; the exploring stage's time is from its report."""
    question = {"messages": [HumanMessage(question_of(turn))]}
    started = time.perf_counter()
    result = await a2r.ainvoke(question, context={"seed": seed_of(turn)})
    ended = time.perf_counter()
    report = result["a2r"]
    tokens = report["usage"]["explorer"]["output_tokens"]
    last = report["usage"]["synthesizer"]["output_tokens"]
    check(tokens, N)
    check(last, 1)
    return Speed(
        tokens / report["seconds"]["explorer"], (tokens + last) / (ended - started)
    )


async def measure(server: Server, rounds: int) -> dict[str, Speed]:
    """Return each side's medians."""
    model = ChatVLLM(
        model=server.model,
        base_url=server.url,
        api_key=SecretStr(server.key),
        extra_body=extras("a2r"),
    )
    a2r = create_a2r(
        model,
        n=N,
        temperature=TEMPERATURE,
        max_tokens=TOKENS,
        synthesizer_max_tokens=TOKENS,
    )
    speeds: dict[str, list[Speed]] = {"bare": [], "a2r": []}
    headers = {"authorization": f"Bearer {server.key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        sides: dict[str, Callable[[int], Awaitable[Speed]]] = {
            "bare": lambda turn: by_hand(session, server, turn),
            "a2r": lambda turn: by_a2r(a2r, turn),
        }
        for turn in range(rounds + 1):
            for name in ("bare", "a2r") if turn % 2 else ("a2r", "bare"):
                speed = await sides[name](turn)
                if turn:  # the first round opens the connections
                    speeds[name].append(speed)
    return {
        name: Speed(*(statistics.median(column) for column in zip(*found, strict=True)))
        for name, found in speeds.items()
    }


async def version_of(server: Server) -> str:
    """Return vLLM's version, as the server tells it."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url.removesuffix('/v1')}/version") as response,
    ):
        told = await response.json()
    return str(told["version"])


def table(speeds: dict[str, Speed], server: Server, version: str, rounds: int) -> str:
    """Return the table in Markdown."""
    lines = [
        "# Tokens per second on vLLM",
        "",
        f"A2R with {N} explorers against a bare load generator (aiohttp) that sends the",
        f"same requests in the same pattern; {TOKENS} tokens each. Median of {rounds}",
        f"rounds in turns; vLLM {version}, model {server.model}; Python",
        f"{platform.python_version()}, {os.cpu_count()} cores.",
        "",
        "| stage | bare, tokens/s | a2r, tokens/s | ratio | goal, at least |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for stage in Speed._fields:
        bare, a2r = getattr(speeds["bare"], stage), getattr(speeds["a2r"], stage)
        lines.append(f"| {stage} | {bare:.1f} | {a2r:.1f} | {a2r / bare:.2f} | {GOAL} |")
    return "\n".join([*lines, "", "Written by `python benchmarks/throughput.py`.", ""])


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    url, model = (os.environ.get(f"A2R_TEST_VLLM_{name}") for name in ("URL", "MODEL"))
    if not url or not model:
        sys.exit("Set A2R_TEST_VLLM_URL and A2R_TEST_VLLM_MODEL to a server's.")
    key = os.environ.get("A2R_TEST_VLLM_KEY") or "EMPTY"
    server = Server(url.rstrip("/"), key, model)
    version = asyncio.run(version_of(server))
    speeds = asyncio.run(measure(server, options.rounds))
    text = table(speeds, server, version, options.rounds)
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
