"""An evaluation that is killed (SIGKILL) at any moment, and goes on."""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from clock import PATIENCE
from evals.sums import main, reply
from server import Answer, Server, completion

from a2r_graph.evals.store import Store

CALLS = 20 * (4 + 3)
# Children are forked from a process that has imported what takes long.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["a2r_graph.evals.run", "a2r_graph.models.vllm", "evals.sums", "openai.resources.chat"]
)


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


def start(url: str, folder: Path) -> multiprocessing.Process:
    found = folder.with_suffix(".json")
    process = processes.Process(target=main, args=(url, folder, found), daemon=True)
    process.start()
    return process


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
        process.join(2 * PATIENCE)
    assert process.exitcode == 0
    return json.loads(folder.with_suffix(".json").read_text())


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
            process.join()
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
