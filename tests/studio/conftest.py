"""The two servers of the session: the project's own, and one with scripted models."""

from __future__ import annotations

import pytest
from studio.dev import ROOT, TESTS, Dev


def _served(config, folder, request):
    with Dev(config, folder) as dev:
        request.config.stash.setdefault(_DEVS, []).append(dev)
        yield dev
    assert not dev.blocked, dev.blocked
    assert dev.process.returncode is not None


_DEVS = pytest.StashKey()


@pytest.fixture(scope="session")
def studio(tmp_path_factory, request):
    """Serve the project's `langgraph.json`, with no variable set."""
    yield from _served(ROOT / "langgraph.json", tmp_path_factory.mktemp("studio"), request)


@pytest.fixture(scope="session")
def scripted(tmp_path_factory, request):
    """Serve `graphs.py`."""
    config = TESTS / "studio" / "langgraph.json"
    yield from _served(config, tmp_path_factory.mktemp("scripted"), request)


@pytest.fixture
async def client(studio):
    async with studio.client() as client:
        yield client


@pytest.fixture
async def scripts(scripted):
    async with scripted.client() as client:
        yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what the servers have said with a test that fails."""
    report = yield
    if report.failed:
        for dev in item.config.stash.get(_DEVS, []):
            report.sections.append((f"langgraph dev of {dev.config}", dev.log[-5000:]))
    return report
