"""Time the reduce step, from raw texts to the block of references.

Writes a Markdown table. Each figure stands beside a yardstick of the same run (bringing
the same texts to one spelling and nothing else), since seconds alone say as much about
the machine as about the code.

    python benchmarks/reduce.py [--beside REVISION]

With a revision of git, its build is measured in turns with this one, at 4,096 references.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from a2r_graph.references import (
    arrange,
    collapse,
    extract,
    extract_answer,
    fit,
    support,
    vote,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from a2r_graph.state import Reference, Usage

SIZES = (8, 64, 512, 4096)
LENGTH = 8_000
BUDGET = 32_768
FAMILIES = 10  # references to one family of near-duplicates, on average
NOTHING: Usage = {
    "input_tokens": None,
    "output_tokens": None,
    "reasoning_tokens": None,
    "cached_tokens": None,
    "calls": 1,
    "retries": 0,
}


def words_of(rng: random.Random, vocabulary: Sequence[str]) -> str:
    """Return a text of `LENGTH` characters or a little more."""
    words = rng.choices(vocabulary, k=LENGTH // 3)
    text = " ".join(words)
    return text[:LENGTH] + "\nThe answer is 42."


def vocabulary(rng: random.Random, size: int = 5_000) -> list[str]:
    """Return words of two to nine letters."""
    letters = string.ascii_lowercase
    return ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(size)]


def distinct(rng: random.Random, count: int) -> list[str]:
    """Return texts that share words and an answer, nothing more."""
    known = vocabulary(rng)
    return [words_of(rng, known) for _ in range(count)]


def families(rng: random.Random, count: int) -> list[str]:
    """Return copies of a few texts, each with one word in a hundred exchanged."""
    known = vocabulary(rng)
    heads = [words_of(rng, known) for _ in range(max(1, count // FAMILIES))]
    texts = []
    for place in range(count):
        words = heads[place % len(heads)].split(" ")
        for _ in range(len(words) // 100):
            words[rng.randrange(len(words) - 4)] = rng.choice(known)
        texts.append(" ".join(words))
    return texts


def identical(rng: random.Random, count: int) -> list[str]:
    """Return one text many times."""
    return [words_of(rng, vocabulary(rng))] * count


def low_vocabulary(rng: random.Random, count: int) -> list[str]:
    """Return texts of four words, alike to every sketch and yet no duplicates."""
    return [words_of(rng, ["a", "the", "of", "yes"]) for _ in range(count)]


DATA: dict[str, Callable[[random.Random, int], list[str]]] = {
    "distinct": distinct,
    "near-duplicate families": families,
    "all identical": identical,
    "low vocabulary": low_vocabulary,
}


async def estimate(texts: Sequence[str]) -> list[int]:
    """Count four characters as a token."""
    return [len(text) // 4 for text in texts]


def reference(index: int, raw: str) -> Reference:
    """Return the record of a branch, as the explorer node makes it."""
    text = extract(raw).text
    return {
        "index": index,
        "model": "benchmark",
        "status": "ok",
        "error": None,
        "text": text,
        "reasoning": None,
        "answer": extract_answer(text),
        "duplicate_of": None,
        "shown": None,
        "finish_reason": "stop",
        "usage": NOTHING,
        "seconds": 0.0,
    }


def reduce_step(texts: Sequence[str]) -> tuple[int, int]:
    """Run the whole step; return how many clusters there are and how many are shown."""
    references = [reference(index, raw) for index, raw in enumerate(texts)]
    collapsed = collapse(vote(references).references, 0.95)
    ordered = arrange(collapsed, order="support", seed=None, per_answer=None)
    supports = support(collapsed)
    fitted = asyncio.run(fit(ordered, supports, BUDGET, estimate))
    return len(supports), len(fitted.references)


def yardstick(texts: Sequence[str]) -> float:
    """Return the processor seconds that it takes to bring all texts to one spelling."""
    started = time.process_time()
    for text in texts:
        " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return time.process_time() - started


def slope(points: Sequence[tuple[int, float]]) -> float:
    """Return the exponent fitted to (size, seconds): the slope of the logarithms."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(seconds) for _, seconds in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return over / sum((a - x) ** 2 for a in xs)


def measure(name: str, repeats: int, seed: int) -> list[str]:
    """Return the rows of one kind of data."""
    found: dict[int, tuple[float, float, int, int]] = {}
    for size in SIZES:
        texts = DATA[name](random.Random(seed), size)  # noqa: S311  no secret
        best, unit, outcome = math.inf, math.inf, (0, 0)
        for _ in range(repeats):
            started = time.process_time()
            outcome = reduce_step(texts)
            best = min(best, time.process_time() - started)
            unit = min(unit, yardstick(texts))
        found[size] = (best, unit, *outcome)
    exponent = slope([(size, found[size][0]) for size in SIZES[1:]])
    return [
        f"| {name} | {size:,} | {seconds:.3f} | {seconds / found[512][0]:.2f} "
        f"| {seconds / unit:.1f} | {clusters:,} | {shown:,} "
        f"| {f'{exponent:.2f}' if size == SIZES[-1] else ''} |"
        for size, (seconds, unit, clusters, shown) in found.items()
    ]


def once(name: str, seed: int) -> float:
    """Return the processor seconds of the step at the largest size."""
    texts = DATA[name](random.Random(seed), SIZES[-1])  # noqa: S311  no secret
    reduce_step(texts[:8])
    started = time.process_time()
    reduce_step(texts)
    return time.process_time() - started


def beside(revision: str, repeats: int, seed: int) -> list[str]:
    """Return the rows of this build and a revision's, measured in turns."""
    here = Path(__file__).resolve().parent.parent
    head = f"| data | this build, s | {revision}, s | ratio | ratios of the rounds |"
    rows = [head, "| --- | ---: | ---: | ---: | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", revision, "a2r_graph"],  # noqa: S607  the user's git
            cwd=here,
            check=True,
            capture_output=True,
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)  # noqa: S607
        for name in DATA:
            spent: dict[str, list[float]] = {str(here): [], folder: []}
            for _ in range(repeats):
                for tree, seconds in spent.items():
                    seconds.append(_child(tree, name, seed))
            ours, theirs = spent.values()
            ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
            rows.append(
                f"| {name} | {min(ours):.2f} | {min(theirs):.2f} "
                f"| {statistics.median(ratios):.2f} "
                f"| {' '.join(f'{ratio:.2f}' for ratio in ratios)} |"
            )
    return rows


def _child(tree: str, name: str, seed: int) -> float:
    told = subprocess.run(
        [sys.executable, __file__, "--once", name, "--seed", str(seed)],
        env={**os.environ, "PYTHONPATH": tree},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(told.stdout)


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/reduce.md"))
    parser.add_argument("--repeats", type=int, default=3, help="the best one counts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--beside", help="a revision of git to measure in turns with")
    parser.add_argument("--once", choices=DATA, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(once(options.once, options.seed))
        return
    about = (
        "Extract, read the answer, vote, collapse at 0.95, arrange, and fit into "
        f"{BUDGET:,} tokens (four characters each): references of {LENGTH:,} "
        "characters, all with the same final answer, which is the hardest case for "
        f"collapsing. Processor time of one thread, best of {options.repeats}, Python "
        f"{platform.python_version()}, {os.cpu_count()} CPUs."
    )
    head = (
        "| data | references | CPU seconds | ratio to 512 | ratio to normalising alone "
        "| clusters | shown | exponent 64..4,096 |"
    )
    rule = "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    lines = ["# The reduce step", "", about, "", head, rule]
    reduce_step(distinct(random.Random(1), 8))  # noqa: S311  imports, outside the clock
    for name in DATA:
        lines += measure(name, options.repeats, options.seed)
    if options.beside:
        lines += ["", f"At {SIZES[-1]:,} references, builds in turns:", ""]
        lines += beside(options.beside, max(5, options.repeats), options.seed)
    lines += ["", "Written by `python benchmarks/reduce.py --beside REVISION`.", ""]
    options.output.write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
