"""What `a2r eval show` takes for 10,000 questions with 16 samples each.

The samples are made up, and written to a store as a run writes them. A process of its own
then reads them back: first the records alone, then the results, then the page. Goal: 60 s
and 2 GB for all of it.

    python benchmarks/evals.py [--questions 10000] [--output benchmarks/evals.md]
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from a2r_graph.evals import Question
from a2r_graph.evals.assemble import results_of
from a2r_graph.evals.plan import Plan, synthesis_place
from a2r_graph.evals.report import as_html
from a2r_graph.evals.store import Asked, Store, Verdict

SAMPLES, LENGTH = 16, 1_000  # characters of a text
KEYS = {"explorer": "e", "synthesizer": "s", "monolith": "m"}
GOAL_SECONDS, GOAL_BYTES = 60, 2_000_000_000
WORDS = [
    "the",
    "sum",
    "of",
    "both",
    "is",
    "what",
    "we",
    "take",
    "and",
    "so",
    "it",
    "goes",
    "on",
    "to",
    "be",
    "a",
    "number",
]
USAGE = {
    "input_tokens": 90,
    "output_tokens": 250,
    "reasoning_tokens": 0,
    "cached_tokens": 64,
    "calls": 1,
    "retries": 0,
}


def fill(path: Path, questions: int) -> None:
    """Write a run whose explorers know half of the questions now and then."""
    lot = random.Random(16)  # noqa: S311  the same in each run
    plan = Plan((2, 4, 8, SAMPLES), 1, monolith=False)
    asked = [
        Asked(f"q{i}", Question(f"{i}", f"Question {i}?", "0")) for i in range(questions)
    ]
    with Store(path) as store:
        spec = {
            "task": "made up",
            "source": "",
            "explorers": ["m"],
            "synthesizer": "m",
            "monolith": None,
            "settings": {},
            "ns": plan.ns,
            "orders": 1,
            "keys": KEYS,
            "verifier": "v",
            "versions": {},
            "skipped": [],
            "prices": [],
        }
        store.begin("benchmark", "2026-01-01T00:00:00+00:00", spec, asked)
        for key, _ in asked:
            known = lot.random()
            answers = {str(lot.randrange(6)) if lot.random() > known else "0"}
            for index in range(SAMPLES):
                answer = "0" if lot.random() < known else str(lot.randrange(1, 7))
                answers.add(answer)
                store.save("e", key, index, record(lot, index, answer), 0.0)
            for n, order in plan.syntheses:
                answer = lot.choice(sorted(answers))
                place = synthesis_place(n, order)
                store.save("s", key, place, record(lot, 0, answer), 0.0)
            for answer in answers:
                store.judge("v", key, answer, Verdict(float(answer == "0"), None))


def record(lot: random.Random, index: int, answer: str) -> dict[str, object]:
    """Return a sample, or a synthesis: what is read of both is the same."""
    text = " ".join(lot.choices(WORDS, k=LENGTH // 4))
    return {
        "index": index,
        "model": "m",
        "status": "ok",
        "error": None,
        "text": f"{text}\nAnswer: {answer}",
        "reasoning": None,
        "answer": answer,
        "duplicate_of": None,
        "shown": None,
        "finish_reason": "stop",
        "prompt": text,
        "usage": USAGE,
        "seconds": 1.0,
        "synthesis": "model",
    }


def show(path: Path) -> None:
    """Print, as JSON, the seconds of each step, the page's bytes and the peak memory."""
    with Store(path) as store:
        started = time.perf_counter()
        for key, _ in store.asked("benchmark"):
            store.calls("e", key)
            store.calls("s", key)
        read = time.perf_counter()
        results = results_of(store, "benchmark")
        found = time.perf_counter()
        page = as_html(results)
        drawn = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    steps = [read - started, found - read, drawn - found]
    print(json.dumps({"steps": steps, "page": len(page), "peak": peak}))


def main() -> None:
    """Fill a store, show it in a process of its own, write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--show", type=Path)
    given = parser.parse_args()
    if given.show:
        show(given.show)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        fill(path, given.questions)
        size = path.stat().st_size
        command = [sys.executable, __file__, "--show", str(path)]
        shown = subprocess.run(command, capture_output=True, check=True, text=True)
    told = json.loads(shown.stdout)
    table = write(given.questions, size, told)
    given.output.write_text(table)
    print(table)


def write(questions: int, size: int, told: dict[str, Any]) -> str:
    """Return the table."""
    read, found, drawn = told["steps"]
    peak, page = told["peak"], told["page"]
    rows = [("reading the records", read), ("results", found), ("page", drawn)]
    lines = [f"| {what} | {s:.1f} | {s / read:.2f} |" for what, s in rows]
    total = found + drawn
    met = total <= GOAL_SECONDS and peak <= GOAL_BYTES
    return f"""\
# Results and page of a big evaluation

{questions:,} questions, {SAMPLES} samples of {LENGTH:,} characters and 4 syntheses each
({size / 1e6:,.0f} MB of SQLite); Python {platform.python_version()}.

| step | seconds | ratio to reading |
| :--- | ---: | ---: |
{chr(10).join(lines)}

Results and page: {total:.1f} s (goal: {GOAL_SECONDS}), peak memory {peak / 1e6:,.0f} MB \
(goal: {GOAL_BYTES / 1e6:,.0f}), a page of {page / 1e6:.1f} MB:
the goal is {"met" if met else "missed"}.
"""


if __name__ == "__main__":
    main()
