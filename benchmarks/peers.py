"""A2R beside its peers: `optillm`'s mixture of agents and `its-hub`'s self-consistency.

All ask one question of one server on loopback, in a process of its own, whose calls take
200 ms. Each tool runs in a child process with an environment of its own: the peers' are
made once, in the user's cache folder (~/.cache/a2r-graph/peers-*, 0.5 GB), by pip as it
is configured. The tools take turns within a round, in an order that rotates.

Goals: the mixture of agents takes longer than A2R, and self-consistency takes longer than
A2R where it votes as well (`skip_on_consensus`).

    .venv/bin/python benchmarks/peers.py [--rounds 5] [--output benchmarks/peers.md]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from _loopback import MODEL, QUESTION, SECONDS
from _peers_server import Seen, serving
from client import WORDS, distinct_texts
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (8, 64)
REPEATS = 3
TOLD = (MODEL, QUESTION, "42")  # what every answer must hold
CHILD = Path(__file__).with_name("_peers_child.py")

# What pip is told, in turn. optillm asks for 37 packages, torch and spacy among them: it
# gets those that `import optillm` needs.
INSTALLS = {
    "its-hub-1.2.0": (("its-hub[lm]==1.2.0",),),
    "optillm-0.4.0": (
        (
            *("openai", "flask", "cerebras_cloud_sdk", "z3-solver<=4.15.4.0", "networkx"),
            *("numpy", "math-verify", "PyYAML", "requests", "aiohttp"),
        ),
        ("--no-deps", "optillm==0.4.0"),
    ),
}

Pipes: TypeAlias = tuple[IO[str], IO[str]]


class Tool(NamedTuple):
    """One row of the tables."""

    side: str
    """Its name in `_peers_child.py`."""
    environment: str | None
    """Its key in `INSTALLS`; none: this one."""
    rounds: int
    """Rounds of calls that must follow each other."""


FULL, VOTE = "A2R", "A2R, vote only"
TOOLS = {
    FULL: Tool("a2r", None, 2),
    "optillm, moa (3 texts)": Tool("moa", "optillm-0.4.0", 3),
    VOTE: Tool("a2r-vote", None, 1),
    "its-hub (32 at once)": Tool("its-hub", "its-hub-1.2.0", 1),
    "its-hub (no limit)": Tool("its-hub-unlimited", "its-hub-1.2.0", 1),
    "optillm, majority voting": Tool("majority", "optillm-0.4.0", 1),
}


class Cost(NamedTuple):
    """What one question cost: seconds by the clock and of CPU, and what was asked."""

    wall: float
    cpu: float
    seen: Seen


def python_of(environment: str | None) -> str:
    """Return the environment's Python; the environment is made if need be."""
    if environment is None:
        return sys.executable
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()
    folder = cache / "a2r-graph" / f"peers-{environment}"
    python, stamp = folder / "bin" / "python", folder / ".complete"
    steps = repr((sys.version, INSTALLS[environment]))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (python.exists() and stamp.exists() and stamp.read_text() == steps):
            print(f"== installing into {folder}, once", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            pip = (python, "-m", "pip", "--disable-pip-version-check", "-qq", "install")
            for packages in INSTALLS[environment]:
                subprocess.run([*pip, "--no-input", *packages], check=True)
            stamp.write_text(steps)
    return str(python)


class Child:
    """A tool in its process."""

    def __init__(self, stack: ExitStack, tool: Tool, url: str) -> None:
        """Start it; it ends with `stack`."""
        self.side = tool.side
        away = {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
        process = subprocess.Popen(
            [python_of(tool.environment), "-I", CHILD, tool.side, url, *TOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | away,
        )
        stack.enter_context(process)
        self.orders, self.replies = cast("Pipes", (process.stdin, process.stdout))
        self.versions: dict[str, str] = self._reply()

    def measure(self, n: int, seen: Callable[[], Seen]) -> Cost:
        """Return one question's cost, and what the server was asked for it."""
        before = seen()
        self.orders.write(json.dumps([n, REPEATS]) + "\n")
        self.orders.flush()
        wall, cpu = self._reply()
        asked = zip(before, seen(), strict=True)
        # It has asked once more, uncounted.
        return Cost(wall, cpu, Seen(*((b - a) // (REPEATS + 1) for a, b in asked)))

    def _reply(self) -> Any:  # noqa: ANN401
        if line := self.replies.readline():
            return json.loads(line)
        msg = f"{self.side} ended early"
        raise SystemExit(msg)


def median(costs: list[Cost]) -> Cost:
    """Return the median of each figure."""
    counts = zip(*(cost.seen for cost in costs), strict=True)
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        Seen(*(int(statistics.median(count)) for count in counts)),
    )


def measure(rounds: int) -> tuple[list[str], dict[int, dict[str, Cost]]]:
    """Return what the tools ran on, and the median cost of each for each n."""
    names = list(TOOLS)
    costs: dict[int, dict[str, list[Cost]]]
    costs = {n: {name: [] for name in names} for n in SIZES}
    # Within one question no text stands twice.
    with serving(distinct_texts(2 * max(SIZES))) as (url, seen), ExitStack() as stack:
        children = {name: Child(stack, tool, url) for name, tool in TOOLS.items()}
        for turn in range(rounds):
            first = turn % len(names)
            for n in SIZES:
                for name in names[first:] + names[:first]:
                    costs[n][name].append(children[name].measure(n, seen))
    versions = [
        ", ".join(map(" ".join, child.versions.items())) for child in children.values()
    ]
    medians = {
        n: {name: median(found) for name, found in by_name.items()}
        for n, by_name in costs.items()
    }
    return list(dict.fromkeys(versions)), medians


def table_of_calls(costs: dict[int, dict[str, Cost]]) -> list[str]:
    """Return what the server saw, in Markdown."""
    lines = [
        "| n | tool | calls | texts | prompt tokens | other requests | rounds |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for n, by_name in costs.items():
        for name, cost in by_name.items():
            seen = cost.seen
            lines.append(
                f"| {n} | {name} | {seen.calls} | {seen.texts} | {seen.read:,} "
                f"| {seen.others} | {TOOLS[name].rounds} |"
            )
    return lines


def table_of_costs(costs: dict[int, dict[str, Cost]]) -> list[str]:
    """Return what a question cost, in Markdown."""
    beside = ("/ A2R", "/ its vote")
    heads = ("wall, ms", "/ ideal", *beside, "CPU, ms", *beside, "CPU per text, ms")
    lines = [f"| n | tool | {' | '.join(heads)} |", "| ---: | --- |" + " ---: |" * 8]
    for n, by_name in costs.items():
        full, vote = by_name[FULL], by_name[VOTE]
        for name, (wall, cpu, seen) in by_name.items():
            lines.append(
                f"| {n} | {name} | {wall * 1000:.0f} "
                f"| {wall / (TOOLS[name].rounds * SECONDS):.2f} "
                f"| {wall / full.wall:.2f} | {wall / vote.wall:.2f} "
                f"| {cpu * 1000:.1f} | {cpu / full.cpu:.2f} | {cpu / vote.cpu:.2f} "
                f"| {cpu * 1000 / seen.texts:.2f} |"
            )
    return lines


PAGE = """\
# A2R beside its peers

A server on loopback answers each call after {latency:.0f} ms, with texts of {words}
words that share nothing but their final answer. Each tool asks one question at a time, in
a process of its own. Median of {rounds} rounds in turns, {repeats} questions each after
one that doesn't count; {cores} cores. The tools ran on:

{versions}

## What the server saw, per question

Rounds are calls that must follow each other. Other requests (`/tokenize`) generate
nothing, and are answered at once.

{calls}

## What a question cost

The ideal is rounds x {latency:.0f} ms. CPU is the tool's process, all threads. Where a
ratio to A2R is above 1, A2R is ahead; "its vote" is A2R that only votes. Goals: moa above
1 beside A2R, its-hub above 1 beside A2R's vote, both by the clock.

{costs}

## What each does

- A2R: n explorers at once, then one synthesis that reads them all. "Vote only" is
  `skip_on_consensus`: all agree here, so that it ends with the vote.
- optillm's moa: three texts in one request (`n=3`, fixed; it can't take 8 or 64, and its
  rows differ by noise alone), a critique of them, and an answer made from both.
- its-hub's self-consistency: n requests at once, and a vote on what a pattern finds. By
  default at most 32 are under way, so that 64 take two waves; the other row lifts that.
- optillm's majority voting stands outside the goals: n texts in *one* request, and a vote;
  where a server refuses that request, it asks for them one by one.

Log lines below warnings are off for all. optillm is installed with no more of the 37
packages that it asks for than `import optillm` needs.

Written by `python benchmarks/peers.py`.
"""


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    versions, costs = measure(options.rounds)
    text = PAGE.format(
        latency=SECONDS * 1000,
        words=WORDS,
        rounds=options.rounds,
        repeats=REPEATS,
        cores=os.cpu_count(),
        versions="\n".join(f"- {line}" for line in versions),
        calls="\n".join(table_of_calls(costs)),
        costs="\n".join(table_of_costs(costs)),
    )
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
