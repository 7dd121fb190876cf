"""Many runs against a server that fails one call in five, and what they leave behind.

    python tests/soak.py RUNS

prints what it saw as JSON. A process of its own, so that its memory and its files are
those of the runs alone.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faulty import Faulty, Plan, Request, lognormal, uniform
from faulty_http import Fault

from a2r_graph import A2RError, ChatVLLM, create_a2r

N, AT_ONCE, DEADLINE, TIMEOUT = 8, 16, 12.0, 10.0
WARM = 200  # runs, before memory and files are looked at
SHARE = 0.2
ENDLESS = {Fault.ENDLESS, Fault.FOREVER_SLOW}
"""Only the deadline ends these, and the synthesizer has none."""
WAITED_FOR = ENDLESS | {Fault.HANG}


def one_in_five(request: Request) -> str | None:
    """Fail a fifth of the calls, with what is waited for in a few of them alone."""
    of = uniform("soak", request.fingerprint, request.attempt)
    faults = [
        fault
        for fault in sorted({*Fault} - (ENDLESS if request.model == "synth" else set()))
        for _ in range(1 if fault in WAITED_FOR else 5)
    ]
    return faults[int(of / SHARE * len(faults))] if of < SHARE else None


def memory() -> int:
    """Return the resident memory of this process, in bytes (Linux)."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def files() -> int:
    """Return how many files and sockets this process has open (Linux)."""
    return len(list(Path("/proc/self/fd").iterdir()))


@dataclass
class Seen:
    """What the runs came to."""

    ends: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    slowest: float = 0
    slowest_stage: float = 0
    wrong: list[str] = field(default_factory=list)

    def run(self, number: int, references: list[Any], usage: Any, end: str) -> None:
        """Take one run."""
        self.ends[end] += 1
        self.calls += usage["total"]["calls"]
        self.kinds.update((r["error"] or {"kind": "ok"})["kind"] for r in references)
        if any(r["shown"] for r in references if r["status"] != "ok"):
            self.wrong.append(f"run {number}: a failed reference was shown")
        if len(references) != N:
            self.wrong.append(f"run {number}: {len(references)} references")

    def report(self, number: int, report: Any, text: str) -> None:
        """Take the report of a run that has ended with an answer."""
        self.run(number, report["references"], report["usage"], report["synthesis"])
        self.stopped[report["stopped_by"]] += 1
        self.slowest_stage = max(self.slowest_stage, report["seconds"]["explorer"])
        answer = text.rpartition("Answer: ")[2]
        if answer not in report["votes"]:
            self.wrong.append(f"run {number}: {answer!r} is nobody's answer")


async def soak(runs: int, url: str) -> dict[str, Any]:
    """Run, `AT_ONCE` at a time."""
    a2r = create_a2r(
        ChatVLLM(model="m", base_url=url, timeout=TIMEOUT),
        ChatVLLM(model="synth", base_url=url, timeout=TIMEOUT),
        n=N,
        seed=0,
        deadline=DEADLINE,
        quorum=N - 1,
        min_references=2,
    )
    seen, numbers, marks = Seen(), iter(range(runs)), {}

    async def one(number: int) -> None:
        fallback = "majority" if number % 2 else "raise"
        asked = {"messages": [("user", f"What is 6 x {number}?")]}
        began = time.monotonic()
        try:
            result = await a2r.ainvoke(asked, context={"fallback": fallback})
        except A2RError as error:
            seen.run(number, error.references, error.usage, type(error).__name__)
        else:
            seen.report(number, result["a2r"], result["messages"][-1].text)
        seen.slowest = max(seen.slowest, time.monotonic() - began)

    async def worker() -> None:
        for number in numbers:
            await one(number)
            if sum(seen.ends.values()) == WARM:
                marks.update(memory=memory(), files=files())

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    tasks = len(asyncio.all_tasks()) - 1
    grown = {"memory": memory() / marks["memory"], "files": files() - marks["files"]}
    return {**vars(seen), "tasks": tasks, "grown": grown}


def main(runs: int) -> None:
    """Serve from another process, run, and print what was seen."""
    plan = Plan(
        by_hand=one_in_five,
        latency=lognormal(median=0.01, p99=0.2),
        retry_after=0.1,
        drip=0.0002,
    )
    with Faulty.in_process(plan) as server:
        before = files()
        began = time.monotonic()
        seen = asyncio.run(soak(runs, server.url))
        seen["seconds"] = round(time.monotonic() - began, 1)
        seen["left_open"] = files() - before
        server.wait(lambda served: not served.open)
        log = server.completions
    seen["requests"] = len(log)
    seen["faulty"] = sum(entry.fault is not None for entry in log)
    print(json.dumps(seen))  # noqa: T201  for whoever has started it


if __name__ == "__main__":
    import soak as by_name  # the server's process finds the plan by this module's name

    by_name.main(int(sys.argv[1]))
