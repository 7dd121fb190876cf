"""What stragglers cost: `quorum` and `deadline` against waiting for every branch.

Latencies are log-normal with a heavy tail, p99 = 20 x median. They and the answers hang on
question and branch alone: every variant meets the same ones. The synthesizer is a stand-in.

Goal: `quorum=6` of n = 8 takes at most 0.5 x at the 95th percentile of whole runs.

    python benchmarks/stragglers.py [--questions 300] [--at-once 16] [--output FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import random
import time
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from statistics import fmean, quantiles, stdev
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
from _loopback import MEDIAN, MODEL, SYNTHESIS, SYNTHESIZER, Call, Lagging, drawn, serving
from pydantic import SecretStr

from a2r_graph import ChatVLLM, create_a2r

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Runs = dict[str, list["Run"]]  # by variant and question

WARM, SIMULATED, RESAMPLES, GOAL = 8, 20_000, 500, 0.5
ALL, QUORUM = "all of 8", "quorum 6 of 8"
VARIANTS: dict[str, dict[str, Any]] = {
    ALL: {"n": 8},
    QUORUM: {"n": 8, "quorum": 6},
    "quorum 4 of 8": {"n": 8, "quorum": 4},
    "deadline 5 x median": {"n": 8, "deadline": 5 * MEDIAN},
    "quorum 8 of 10": {"n": 10, "quorum": 8},
}


class Run(NamedTuple):
    """A run: its seconds, its vote, its references, the tokens that it knows of."""

    seconds: float
    right: bool
    references: int
    tokens: int = 0


async def ask(graph: Any, variant: str, question: int) -> Run:  # noqa: ANN401  compiled
    """Run the graph once; raise if a branch failed that wasn't broken off."""
    started = time.perf_counter()
    result = await graph.ainvoke({"messages": [("user", f"{variant}/{question}")]})
    seconds, report = time.perf_counter() - started, result["a2r"]
    good = [r for r in report["references"] if r["status"] == "ok"]
    kinds = {r["error"]["kind"] for r in report["references"] if r["error"]}
    known = report["usage"]["explorer"]["output_tokens"] is not None
    if known == bool(kinds) or not kinds <= {"cancelled", "timeout"}:
        msg = f"{variant}/{question}: {kinds}, and the sum of tokens is known: {known}"
        raise RuntimeError(msg)
    tokens = sum(r["usage"]["output_tokens"] for r in good)
    return Run(seconds, report["majority"] == "0", len(good), tokens)


async def measure(url: str, questions: int, at_once: int) -> tuple[Runs, list[Call]]:
    """Return each variant's runs, by question, and the calls as the server saw them."""
    model, last = (
        ChatVLLM(model=name, base_url=url, api_key=SecretStr("none"))
        for name in (MODEL, SYNTHESIZER)
    )
    graphs = {v: create_a2r(model, last, seed=0, **of) for v, of in VARIANTS.items()}
    mixed = random.Random(0)  # noqa: S311  no secret
    turns = (
        (variant, question)
        for question in range(-WARM, questions)
        for variant in mixed.sample(list(VARIANTS), len(VARIANTS))
    )
    found: dict[str, dict[int, Run]] = {variant: {} for variant in VARIANTS}

    async def work() -> None:
        for variant, question in turns:  # whoever is free takes the next
            found[variant][question] = await ask(graphs[variant], variant, question)

    await asyncio.gather(*(work() for _ in range(at_once)))
    await asyncio.sleep(1)  # the last connections are closed by then, or never
    async with aiohttp.ClientSession() as session, session.get(f"{url}/calls") as told:
        calls = [Call(*row) for row in await told.json()]
    runs = {v: [of[q] for q in range(questions)] for v, of in found.items()}
    return runs, [call for call in calls if call.question >= 0]


def ideal(variant: str, questions: Iterable[int]) -> list[Run]:
    """Return what would be without graph, client and server."""
    runs, of = [], VARIANTS[variant]
    for question in questions:
        draws = [drawn(question, branch) for branch in range(of["n"])]
        end = sorted(seconds for seconds, _ in draws)[of.get("quorum", of["n"]) - 1]
        end = min(end, of.get("deadline", end))
        votes = Counter(answer for seconds, answer in draws if seconds <= end)
        # On a tie the first leads, as in the package's vote.
        right = max(votes, key=votes.__getitem__, default=None) == "0"
        runs.append(Run(end + SYNTHESIS, right, votes.total()))
    return runs


def p(percent: int, values: Iterable[float]) -> float:
    """Return a percentile."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def times(runs: Sequence[Run], percent: int) -> float:
    """Return a percentile of the runs' times, in milliseconds."""
    return p(percent, [run.seconds * 1000 for run in runs])


def spread(ours: Sequence[Run], full: Sequence[Run]) -> str:
    """Return the range of the ratio of 95th percentiles, by resampling questions."""
    rng, ratios = random.Random(0), []  # noqa: S311  no secret
    for _ in range(RESAMPLES):
        some = rng.choices(range(len(full)), k=len(full))
        mine, other = (times([of[q] for q in some], 95) for of in (ours, full))
        ratios.append(mine / other)
    return f"{p(5, ratios):.2f} to {p(95, ratios):.2f}"


def table(head: str, row: Callable[[str], Iterable[str]]) -> str:
    """Return a table in Markdown with a row for each variant."""
    names = ["run", *head.split("; ")]
    lines = [f"| {' | '.join(names)} |", f"| --- |{' ---: |' * (len(names) - 1)}"]
    lines += [f"| {' | '.join([variant, *row(variant)])} |" for variant in VARIANTS]
    return "\n".join([*lines, ""])


def row_of_times(sides: Sequence[Runs], variant: str) -> Iterable[str]:
    """Return percentiles and their ratios: measured, and without the graph."""
    for runs in sides:
        for percent in (50, 95):
            own, full = (times(runs[v], percent) for v in (variant, ALL))
            yield from (f"{own:.0f}", f"{own / full:.2f}")
    yield spread(sides[0][variant], sides[0][ALL])


def row_of_votes(sides: Sequence[Runs], variant: str) -> Iterable[str]:
    """Return how often the majority is right, and the points that this is off."""
    for runs in sides:
        pairs = zip(runs[variant], runs[ALL], strict=True)
        points = [100.0 * (own.right - full.right) for own, full in pairs]
        yield f"{100 * fmean(run.right for run in runs[variant]):.1f}"
        yield f"{fmean(points):+.1f} ± {stdev(points) / math.sqrt(len(points)):.1f}"


def row_of_costs(runs: Runs, calls: Sequence[Call], variant: str) -> Iterable[str]:
    """Return what was asked, lost and paid, by run; and how soon connections closed."""
    own = [call for call in calls if call.variant == variant]
    count, n = len(runs[variant]), VARIANTS[variant]["n"]
    sent, closed = len(own) / count, sum(not call.answered for call in own) / count
    kept = fmean(run.references for run in runs[variant])
    for figure in (sent, closed, sent - closed - kept, kept, n - kept):
        yield f"{figure:.2f}"
    known = sum(run.tokens for run in runs[variant])
    paid, full = (sum(c.tokens for c in calls if c.variant == v) for v in (variant, ALL))
    yield from (f"{known / count:,.0f}", f"{(paid - known) / count:,.0f}")
    yield f"{paid / full:.2f}"
    delays = closings(own, VARIANTS[variant].get("quorum", 0))
    shown = (p(50, delays), p(95, delays), max(delays)) if delays else ()
    yield " / ".join(f"{delay:.1f}" for delay in shown)


def closings(calls: Sequence[Call], quorum: int) -> list[float]:
    """Return milliseconds from the answer that made the quorum to each close."""
    sent = defaultdict[int, list[float]](list)
    for call in calls:  # by their end
        sent[call.question] += [call.ended] if call.answered else []
    closed = [call for call in calls if quorum and not call.answered]
    return [1000 * (call.ended - sent[call.question][quorum - 1]) for call in closed]


ABOUT = f"""\
# Stragglers

{{questions}} questions, each in every variant, in mixed order, {{at_once}} runs at once. A
branch takes {MEDIAN * 1000:.0f} ms in the median and 20 x that in one case of 100, in each
variant the same (log-normal); a synthesis, {SYNTHESIS * 1000:.0f} ms. `ChatVLLM`, and a
server on loopback in a process of its own; {{machine}}, one of them {{busy:.0%}} busy.

Goal: {QUORUM} takes at most {GOAL} x the time of {ALL} at p95: **{{met}}**.

## Time of a whole run

In ms, with ratios to {ALL}. "Ideal": the same latencies without graph, client and server;
"theory": of {SIMULATED:,} other questions. "90 %": of p95's ratio, by resampling questions.

{{times}}
## What it costs

By run. "Closed": requests whose connection the client closed before their answer was sent.
"Late": answers sent, not used. Both's tokens are unknown to the report, whose sum is then
`null`; here is what the server had generated by then, a token per ms. "Close": from the
answer that made the quorum to a connection's close, by the server; p50 / p95 / most.

{{costs}}
## The vote

How often the majority is right, in %, where an answer is right in half the cases whatever
its latency, and else one of three others. Points: to {ALL}, ± standard error.

{{votes}}
Written by `python benchmarks/stragglers.py`.
"""
TIMES = "p50; x; p95; x; ideal p50; x; p95; x; theory p50; x; p95; x; p95 x, 90 %"
COSTS = "sent; closed; late; used; lost; tokens known; unknown; all, x; close, ms"
VOTES = "right; points; ideal; points; theory; points"


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    wall, cpu = -time.perf_counter(), -time.process_time()
    with serving(client=Lagging) as url:
        runs, calls = asyncio.run(measure(url, options.questions, options.at_once))
    wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    some = range(options.questions), range(-SIMULATED, -WARM)
    sides = [runs, *({v: ideal(v, of) for v in VARIANTS} for of in some)]
    text = ABOUT.format(
        **vars(options),
        machine=f"Python {platform.python_version()}, {os.cpu_count()} cores",
        busy=cpu / wall,
        met="met" if times(runs[QUORUM], 95) <= GOAL * times(runs[ALL], 95) else "missed",
        times=table(TIMES, partial(row_of_times, sides)),
        costs=table(COSTS, partial(row_of_costs, runs, calls)),
        votes=table(VOTES, partial(row_of_votes, sides)),
    )
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
