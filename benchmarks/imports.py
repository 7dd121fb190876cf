"""What starting costs: `create_a2r` against `langgraph.graph`, and `a2r --help`.

Each measurement is a fresh process, in turns with the others, after one of each to warm
the caches. The imports are timed inside the process, so without the interpreter's own
start; the command is timed whole. Goals: the ratio at most 1.1, the command at most 0.5 s.

    python benchmarks/imports.py [--rounds 21] [--output benchmarks/imports.md]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

GOAL_RATIO = 1.1
GOAL_SECONDS = 0.5
LEAST_ROUNDS = 15

TIMED = """
import time
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""
LANGGRAPH, PACKAGE = "import langgraph.graph", "import a2r_graph"
A2R = "from a2r_graph import create_a2r"
HELP = "a2r --help"


def _run(command: list[str]) -> str:
    # A tracer switched on in the caller's shell would be part of the import.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LANG", "PYTHON"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=kept)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stderr}")
    return done.stdout


def _import_seconds(module: str) -> float:
    return float(_run([sys.executable, "-c", TIMED.format(module=module)]))


def _help_seconds() -> float:
    command = Path(sys.executable).with_name("a2r")
    if not command.exists():
        sys.exit(f"there is no {command.name} beside {sys.executable}: install '.[cli]'")
    started = time.perf_counter()
    _run([str(command), "--help"])
    return time.perf_counter() - started


def measure(rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round, by what was measured."""
    measures = {
        LANGGRAPH: lambda: _import_seconds("langgraph.graph"),
        PACKAGE: lambda: _import_seconds("a2r_graph"),
        A2R: lambda: _import_seconds("a2r_graph.graph"),
        HELP: _help_seconds,
    }
    times: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(rounds + 1):
        for name in list(measures) if turn % 2 else reversed(measures):
            seconds = measures[name]()
            if turn:
                times[name].append(seconds)
    return times


def table(times: dict[str, list[float]]) -> str:
    """Return the table in Markdown."""
    rounds = len(times[A2R])
    lines = [
        "# What starting costs",
        "",
        (
            f"Fresh processes in turns, {rounds} of each; "
            f"Python {platform.python_version()}, {os.cpu_count()} cores."
        ),
        "",
        "| | median, ms | quartiles, ms | goal |",
        "| --- | --- | --- | --- |",
    ]
    goals = dict.fromkeys((PACKAGE, A2R), f"{GOAL_RATIO} x langgraph")
    goals |= {HELP: f"{GOAL_SECONDS * 1000:.0f}"}
    for name, seconds in times.items():
        low, middle, high = (1000 * s for s in statistics.quantiles(seconds, n=4))
        goal = goals.get(name, "")
        lines.append(f"| `{name}` | {middle:.0f} | {low:.0f} to {high:.0f} | {goal} |")
    lines.append("")
    for name in (PACKAGE, A2R):
        ratio = statistics.median(times[name]) / statistics.median(times[LANGGRAPH])
        lines.append(f"`{name}` takes {ratio:.2f} x the time of `{LANGGRAPH}`.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    if options.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds is {options.rounds}; at least {LEAST_ROUNDS}")
    text = table(measure(options.rounds))
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
