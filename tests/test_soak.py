"""A thousand runs on a server that fails one call in five."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from clock import PATIENCE
from soak import AT_ONCE, DEADLINE, SHARE, TIMEOUT, WARM, N

RUNS = 1000
SOAK = Path(__file__).with_name("soak.py")
LAG = PATIENCE  # seconds that a busy machine may take longer; a hang takes for ever


@pytest.fixture(scope="module")
def seen():
    if not sys.platform.startswith("linux"):
        pytest.skip("memory and files are read from /proc")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SOAK), str(RUNS)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # neither a warning nor a task that nobody awaited
    return json.loads(done.stdout)


pytestmark = pytest.mark.slow


def test_every_run_ends_in_time_with_an_answer_or_an_error_that_says_why(seen):
    known = {"model", "majority", "SynthesisError", "ExplorationError"}
    assert seen["ends"].keys() <= known
    assert sum(seen["ends"].values()) == RUNS
    assert seen["slowest_stage"] < DEADLINE + LAG
    assert seen["slowest"] < DEADLINE + 3 * (TIMEOUT + 1) + LAG
    # The faults did come, and of every end there are some.
    assert seen["faulty"] == pytest.approx(SHARE * seen["requests"], rel=0.1)
    assert {"model", "majority", "SynthesisError"} <= seen["ends"].keys()
    assert {"all", "quorum", "deadline"} <= seen["stopped"].keys()
    assert len(seen["kinds"]) >= 9
    assert seen["ends"]["model"] > RUNS * 0.8


def test_no_answer_is_built_on_a_reference_that_failed(seen):
    assert seen["wrong"] == []


def test_the_calls_that_were_made_are_the_calls_that_are_reported(seen):
    # A call that is cancelled while it is on its way may be counted and never arrive.
    unseen = seen["calls"] - seen["requests"]
    assert 0 <= unseen <= 0.002 * seen["calls"]


def test_no_task_file_or_socket_is_left_behind(seen):
    assert seen["tasks"] == 0
    assert seen["left_open"] == 0
    # While it runs there are at most the idle connections of what was under way.
    assert seen["grown"]["files"] <= AT_ONCE * (N + 1)


def test_memory_stays_flat(seen):
    assert seen["grown"]["memory"] < 1.05, f"from run {WARM} on"
