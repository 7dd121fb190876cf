"""What stopping early saves: `window` and `confidence` against a fixed n, replayed.

Two banks: samples recorded from SmolLM2-135M-Instruct, dealt in random orders, and made-up
questions. Each setting stops where the package's own `posterior` says so.

    python benchmarks/adaptive.py [--orders 400] [--output benchmarks/adaptive.md]
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import itertools
import math
import random
from collections import Counter
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, NamedTuple

from banks import MOST, Question, Recorded, Sample, read, recorded, synthetic

from a2r_graph import create_a2r
from a2r_graph.references import posterior

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Replayed = Sequence[dict["Setting", "Mean"]]  # by question

STEP = 4  # all windows are multiples
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)


class Setting(NamedTuple):
    """At most n samples, and all of them where the confidence is out of reach."""

    n: int
    window: int
    confidence: float = math.inf


class End(NamedTuple):
    """What is known where a run stops, or could."""

    samples: int
    tokens: int
    majority: str | None
    sure: float


class Mean(NamedTuple):
    """One setting on one question, over all orders."""

    samples: float
    tokens: float
    right: float
    same: float


class Row(NamedTuple):
    """One setting against its fixed n: shares saved, points lost and their error."""

    samples: float
    saved: float
    tokens: float
    accuracy: float
    same: float
    points: float
    error: float

    @property
    def met(self) -> bool:
        """Whether the goal is: half the samples, under 0.5 points lost."""
        return self.saved >= 0.5 and self.points > -0.5  # noqa: PLR2004  the goal

    def __str__(self) -> str:
        """Return the points with their error."""
        return f"{round(self.points, 2) + 0:+.2f} ± {self.error:.2f}"


FIXED = {n: Setting(n, n) for n in (8, 16, 32, 64)}
EARLY = [Setting(n, w, c) for n in (32, 64) for w in (4, 8) for c in (0.8, 0.9, 0.95, 0.99)]
SHOWN = (Setting(64, 4, 0.9), Setting(64, 4, 0.95), Setting(64, 8, 0.95))


@functools.cache
def sure(first: int, second: int) -> float:
    """Return the package's posterior, which depends on the two leading counts alone."""
    return posterior({"first": first, "second": second})


def walk(samples: Iterable[Sample]) -> list[End]:
    """Return what is known after every four samples."""
    votes: Counter[str] = Counter()
    ends, tokens = [], 0
    for place, (answer, cost) in enumerate(samples, 1):
        tokens += cost
        if answer is not None:
            votes[answer] += 1
        if place % STEP == 0:
            first, second, *_ = [*sorted(votes.values(), reverse=True), 0, 0]
            # On a tie the first that was seen leads, as in the package's vote.
            majority = max(votes, key=votes.__getitem__, default=None)
            ends.append(End(place, tokens, majority, sure(first, second)))
    return ends


def stop(ends: Sequence[End], setting: Setting) -> End:
    """Return where a setting stops: after a window that made it sure, or at n."""
    each = setting.window // STEP
    windows = ends[each - 1 : setting.n // STEP : each]
    return next((end for end in windows if end.sure >= setting.confidence), windows[-1])


def replay(question: Question, orders: int, seed: int) -> dict[Setting, Mean]:
    """Return each setting's means over random orders of a question's samples."""
    rng = random.Random(seed)  # noqa: S311  no secret
    walks = [walk(question.draw(rng)) for _ in range(orders)]
    means = {}
    for setting in (*FIXED.values(), *EARLY):
        ends = [stop(walked, setting) for walked in walks]
        right = fmean(end.majority == question.truth for end in ends)
        fixed = [walked[setting.n // STEP - 1].majority for walked in walks]
        same = fmean(e.majority == other for e, other in zip(ends, fixed, strict=True))
        samples, tokens = fmean(end.samples for end in ends), fmean(e.tokens for e in ends)
        means[setting] = Mean(samples, tokens, right, same)
    return means


def compare(replayed: Replayed, setting: Setting) -> Row:
    """Compare with the fixed n; the error of the difference is paired by question."""
    ours = [means[setting] for means in replayed]
    fixed = [means[FIXED[setting.n]] for means in replayed]
    points = [100 * (a.right - b.right) for a, b in zip(ours, fixed, strict=True)]
    error = stdev(points) / math.sqrt(len(points)) if len(points) > 1 else math.nan
    samples = fmean(mean.samples for mean in ours)
    tokens = sum(mean.tokens for mean in ours) / sum(mean.tokens for mean in fixed)
    shares = (100 * fmean(mean.right for mean in ours), fmean(mean.same for mean in ours))
    return Row(samples, 1 - samples / setting.n, 1 - tokens, *shares, fmean(points), error)


async def check(question: Question, setting: Setting) -> None:
    """Run the graph itself on the bank's own order; raise if the replay errs."""
    model = Recorded(samples=list(question.recorded))
    # In the bank equal answers are spelled alike.
    a2r = create_a2r(model, seed=0, extract_answer=read, answer_key=str)
    asked = {"messages": [("user", "?")]}
    report = (await a2r.ainvoke(asked, context=setting._asdict()))["a2r"]
    tokens = report["usage"]["explorer"]["output_tokens"]
    found = (len(report["references"]), tokens, report["majority"], report["stopped_by"])
    end = stop(walk(question.recorded), setting)
    if found != (*end[:3], "confidence" if end.samples < setting.n else "all"):
        msg = f"{setting}: the graph stopped with {found}, the replay with {end}"
        raise RuntimeError(msg)


def table(replayed: Replayed) -> list[str]:
    """Return one bank's table, and before it how many settings meet the goal."""
    lines = [f"| {HEAD.replace(' ', ' | ')} |", f"|{' ---: |' * 10} --- |"]
    for n, fixed in FIXED.items():
        right = compare(replayed, fixed).accuracy
        lines.append(f"| {n} | all | | {n} | | | 1 | {right:.1f} | | | |")
    rows = [compare(replayed, setting) for setting in EARLY]
    for setting, row in zip(EARLY, rows, strict=True):
        start = f"| {setting.n} | {setting.window} | {setting.confidence} "
        saved = f"| {row.samples:.1f} | {row.saved:.0%} | {row.tokens:.0%} "
        end = f"| {row.samples / setting.window:.1f} | {row.accuracy:.1f} | {row.same:.1%} "
        lines.append(f"{start}{saved}{end}| {row} | {'met' if row.met else 'missed'} |")
    met = sum(row.met for row in rows)
    return [f"{met} of {len(EARLY)} settings meet the goal.", "", *lines, ""]


def curve(replayed: Replayed) -> list[str]:
    """Return accuracy over samples, which are in octaves, as a picture in text."""
    dots = [(compare(replayed, setting), "#") for setting in FIXED.values()]
    dots += [(compare(replayed, s), str(s.window)) for s in EARLY if s.n == MOST]
    low, high = (choose(row.accuracy for row, _ in dots) for choose in (min, max))
    rows, octave = 10, 15
    grid = [[" "] * (4 * octave + 1) for _ in range(rows + 1)]
    for row, mark in reversed(dots):
        line = grid[round((high - row.accuracy) / (high - low) * rows)]
        line[round(octave * math.log2(row.samples / 4))] = mark
    picture = [
        f"{high - (high - low) * place / rows:5.1f} | {''.join(line)}".rstrip()
        for place, line in enumerate(grid)
    ]
    axis = "".join(f"{2**power:<{octave}}" for power in range(2, 7)).rstrip()
    about = f"Cons over samples: # fixed n; 4 and 8, windows of that size with n = {MOST}."
    return [about, "", "```text", *picture, f"{'':8}{axis}", "```", ""]


def by_difficulty(questions: Sequence[Question], replayed: Replayed) -> list[str]:
    """Return a table with a row for each range of Pass@1."""
    names = " | ".join(f"window {s.window}, {s.confidence}" for s in SHOWN)
    lines = [f"| Pass@1 | questions | Cons@{MOST} | {names} |\n|{' ---: |' * 6}"]
    pairs = list(zip(questions, replayed, strict=True))
    for low, high in itertools.pairwise(BINS):
        inside = [means for question, means in pairs if low <= question.pass1 < high]
        rows = [compare(inside, setting) for setting in SHOWN]
        cells = [f"{r.samples:.1f}; {r}{'' if r.met else ' *'}" for r in rows]
        cells.insert(0, f"{compare(inside, FIXED[MOST]).accuracy:.1f}")
        lines.append(f"| {low:.1f} to {high:.1f} | {len(inside)} | {' | '.join(cells)} |")
    about = f"By difficulty, n = {MOST}: samples; points; * where the goal is missed."
    return [about, "", *lines, ""]


def part(title: str, about: str, questions: list[Question], orders: int) -> list[str]:
    """Replay one bank and return its part of the page."""
    replayed = [replay(one, orders, seed) for seed, one in enumerate(questions)]
    single = 100 * fmean(question.pass1 for question in questions)
    lines = table(replayed) + curve(replayed) + by_difficulty(questions, replayed)
    head = f"{len(questions)} questions, Pass@1 {single:.1f}. {about}"
    return [f"## {title}", "", head, "", *lines]


ABOUT = """\
# Stopping early against a fixed n

`window` branches at a time until `posterior` reaches `confidence`, at most n; {orders}
random orders of each question's samples, the same ones for every setting. Tokens: output
tokens saved. Turns: windows, one after the other. Cons: how often the majority is right, in
percent; same: is the fixed n's, right or wrong. Points: Cons less the fixed n's, ± standard
error, paired by question. Goal: half the samples saved, under 0.5 points lost. In {runs} of
{runs} runs the graph itself, answered from the recorded bank, stopped as the replay did.
"""
HEAD = "n window confidence samples saved tokens turns Cons same points goal"
KEPT = "64 samples each at temperature 0.8; at n = 64 only ties depend on the order."
MADE = "Probabilities as set, 0.1 to 0.95; each order is drawn afresh; a sample is a token."


def main() -> None:
    """Check the replay against the graph, replay, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    real = recorded()
    for question, setting in (runs := list(itertools.product(real[::9], SHOWN))):
        asyncio.run(check(question, setting))
    lines = [ABOUT.format(orders=options.orders, runs=len(runs))]
    lines += part("Recorded: SmolLM2-135M-Instruct", KEPT, real, options.orders)
    lines += part("Synthetic", MADE, synthetic(), options.orders)
    text = "\n".join([*lines, "Written by `python benchmarks/adaptive.py`.", ""])
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
