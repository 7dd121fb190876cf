"""An evaluation that is killed (SIGKILL) at any moment, and goes on."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from clock import PATIENCE
from evals.sums import reply
from server import Answer, Server, completion

from a2r_graph.evals.store import Store

SUMS = Path(__file__).with_name("sums.py")
CALLS = 20 * (4 + 3)


class Sums:
    """A server that answers sums, and knows what it was asked."""

    def __init__(self, until: int = CALLS) -> None:
        self.asked: list[str] = []
        self.until = until
        self.enough, self.killed = threading.Event(), threading.Event()

    def __call__(self, _: int, __: str, body: dict[str, Any]) -> Answer:
        conversation = json.dumps(body["messages"])
        self.asked.append(f"{conversation} {body.get('seed')}")
        if len(self.asked) >= self.until:
            self.enough.set()
        if len(self.asked) > self.until:  # however late the kill is, it is not too late
            self.killed.wait(PATIENCE)
        time.sleep(0.005)  # a server takes its time: so much is on its way at a kill
        return completion(reply(conversation, body.get("seed")))


def start(url: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(SUMS), url, str(folder)],
        cwd=SUMS.parents[2],
        stdout=subprocess.PIPE,
        # Of a process that is killed nothing measured is kept, and measuring takes time.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")},
    )


def on_disk(folder: Path) -> int:
    path = folder / "runs.sqlite"
    if not path.exists():
        return 0
    with Store(path) as store:
        (count,) = store._db.execute("select count(*) from calls").fetchone()
        return int(count)


def finish(plan: Sums, folder: Path) -> Any:
    with Server(plan) as server:
        process = start(server.url, folder)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out)


@pytest.mark.slow
def test_killed_at_ten_moments_it_ends_with_the_same_table_and_asks_nothing_twice(
    tmp_path,
):
    chance = random.Random(6)  # noqa: S311  the same in each run
    undisturbed, last, more = Sums(), Sums(), Sums()
    expected = finish(undisturbed, tmp_path / "whole")
    assert len(undisturbed.asked) == CALLS
    folder = tmp_path / "killed"
    kills = []
    for kill in range(10):
        kept = on_disk(folder)
        # A server each: when it reads the last requests, their sender may be long dead.
        plan = Sums(until=chance.randint(1, max(1, (CALLS - 1 - kept) // (10 - kill))))
        with Server(plan) as server:
            process = start(server.url, folder)
            assert plan.enough.wait(PATIENCE)
            time.sleep(chance.uniform(0, 0.01))
            process.kill()
            process.communicate()
            plan.killed.set()
        kills.append((plan, on_disk(folder) - kept))
    kept = on_disk(folder)
    assert kept < CALLS, "no kill came in time"
    assert finish(last, folder) == finish(more, folder) == expected
    assert len(last.asked) == CALLS - kept
    assert not more.asked  # all was there
    for plan, arrived in kills:
        # What was asked and isn't there was on its way: eight at most.
        assert len(plan.asked) - arrived <= 8
