"""Threads whose runs are processes, which can be killed at a given moment."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
import uuid
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import psycopg
from clock import PATIENCE
from durability.runner import Job, run
from durability.savers import SYNTHESIZER, config_of, finished, opened
from durability.script import Script

N = 7
EVERYBODY = {*range(N), SYNTHESIZER}
NEVER = {1, 4}  # who doesn't answer where a quorum can be reached without
SETTINGS = {
    "quorum": {"quorum": N - len(NEVER) - 1},  # one fails
    "window": {"window": 3, "confidence": 0.9},
}
BUSY = "select 1 from pg_stat_activity where application_name = %s"

# To start a process is to look after all others, and two threads that read one's end
# read it wrong.
ONE_THREAD = threading.Lock()
# Children are forked from a process that has imported what takes long.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "a2r_graph.graph",
        "a2r_graph.models.vllm",
        "langgraph.checkpoint.postgres.aio",
        "langgraph.checkpoint.sqlite.aio",
        "openai.resources.chat",
        "rapidfuzz.process",
    ]
)


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after so many answers (-1: after the start)."""

    answers: int
    seconds: float


@dataclass(frozen=True)
class Place:
    """A thread of its own in a saver."""

    kind: str
    address: str
    how: AbstractSet[str]
    thread: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def never(self) -> AbstractSet[int]:
        """Who doesn't answer."""
        return NEVER if "quorum" in self.how else set()

    def finished(self) -> set[int]:
        """Return who has finished by what the saver holds."""
        with opened(self.kind, self.address) as saver:
            return finished(saver.list(config_of(self.thread)))

    def attempt(self, out: Path, kill: Moment | None = None) -> list[int]:
        """Run in a process, killed at a moment perhaps; return who was asked."""
        address = self.address
        if self.kind == "postgres":
            address += f"&application_name={self.thread}"
        settings: dict[str, Any] = {"n": N}
        for word in self.how:
            settings |= SETTINGS.get(word, {})
        with Script(self.never) as script:
            job = Job(
                self.kind, address, self.thread, script.url, out,
                sync="sync" in self.how, inside="inside" in self.how,
                at_once=3 if "narrow" in self.how else None, settings=settings,
            )  # fmt: skip
            process = processes.Process(target=run, args=(job,))
            with ONE_THREAD:
                process.start()
            try:
                if kill:
                    if kill.answers >= 0:
                        script.wait_for(kill.answers)
                    time.sleep(kill.seconds)
                    with ONE_THREAD:
                        process.kill()
                wait([process.sentinel], timeout=PATIENCE)
            finally:
                with ONE_THREAD:
                    if process.is_alive():
                        process.kill()
                    process.join()
            # The last answer's moment may come after the end.
            assert process.exitcode in ({0, -signal.SIGKILL} if kill else {0}), process
            self._settle()
            return list(script.asked)

    def _settle(self) -> None:
        """Wait for what PostgreSQL still does for a client that is gone."""
        if self.kind == "postgres":
            with psycopg.connect(self.address, autocommit=True) as connection:
                while connection.execute(BUSY, [self.thread]).fetchone():
                    time.sleep(0.001)
