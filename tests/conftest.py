"""How the tests share a machine: `pytest -n auto` runs files side by side, in workers.

One after the other in this process, without `-n`, they are as patient, and no more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from a2r_graph.models.llama_server import usable_cpus

MOST = 4
"""Workers: each has an embedded model or two, of 1.7 GB, and a file's tests stay together,
so that the longest file is what more of them would wait for."""

# An example may wait for a CPU: Hypothesis allows 0.2 s for each by itself.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Give `-n auto` as many workers as CPUs may be used (xdist counts a machine's)."""
    return min(MOST, usable_cpus())


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker's llama.cpp its share of the CPUs.

    It takes all there are by itself, and its threads wait for one another at each step:
    beside another worker's, one thread makes its tokens in a third of the time of two.
    """
    if worker := getattr(config, "workerinput", None):
        share = max(1, usable_cpus() // worker["workercount"])
        os.environ.setdefault("OMP_THREAD_LIMIT", str(share))


@pytest.fixture(autouse=True, scope="session")
def variables_of_coverage() -> Iterator[dict[str, str]]:
    """Keep these from the processes that tests start: measured, they take twice as long."""
    with pytest.MonkeyPatch.context() as patched:
        kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
        for name in kept:
            patched.delenv(name)
        yield kept


@pytest.fixture
def measured(
    variables_of_coverage: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measure what the processes of this test run, which no test runs in its own."""
    for name, value in variables_of_coverage.items():
        monkeypatch.setenv(name, value)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker ends on one alone."""
    if hasattr(config, "workerinput"):
        long = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in long)
