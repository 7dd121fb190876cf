"""One process of `checker`, from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

RIGHT = 1.0 - 1e-9
"""The least score of a right answer: partial credit isn't right, rounding is."""
START_S = 120.0
"""Seconds for a process to start and to load the verifier, on the slowest of disks."""
STOP_S = 1.0
"""Seconds for an idle process to end by itself."""

_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Verdict:
    """What a verifier says of one answer.

    Example:
        >>> Verdict(1.0).right, Verdict(0.5).right
        (True, False)
    """

    score: float | None
    """As the verifier returned it; `None` if there is none."""
    error: str | None = None
    """Why there is none: the verifier raised, hung or died."""

    @property
    def right(self) -> bool:
        """Whether the answer is right: a score of 1, partial credit isn't enough."""
        return self.score is not None and self.score >= RIGHT


class Worker(NamedTuple):
    """One process and the socket to it."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def start(cls, order: tuple[list[str], float, bytes]) -> Worker:
        """Start a process and wait until it has loaded the verifier."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = _popen(theirs)
        try:
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            _end(process)
            raise
        worker = cls(process, reader, writer)
        try:
            ready = await worker.ask(pickle.dumps(order), START_S)
        except BaseException:
            worker.kill()
            raise
        if ready.error is not None:
            worker.kill()
            msg = f"verify: it can't be loaded in a process of its own: {ready.error}"
            raise RuntimeError(msg)
        return worker

    async def ask(self, order: bytes, limit_s: float) -> Verdict:
        """Send an order and return the reply; a process that gives none is killed."""
        line = b""
        with contextlib.suppress(ConnectionError):  # it died: an empty line
            try:
                async with asyncio.timeout(limit_s):
                    self.writer.write(order)
                    await self.writer.drain()
                    line = await self.reader.readline()
            except TimeoutError:
                line = await self._arrived()
                if not line:
                    self.kill()
                    return Verdict(None, f"it took longer than {limit_s:g} s")
        if not line.endswith(b"\n"):
            return Verdict(None, f"its process {_ending(self.kill())}")
        reply = json.loads(line)
        return Verdict(reply.get("score"), reply["error"])

    async def _arrived(self) -> bytes:
        """Return the line that came while the event loop was busy beyond the limit."""
        try:
            async with asyncio.timeout(0):
                return await self.reader.readline()
        except TimeoutError:
            return b""

    def if_alive(self) -> Worker | None:
        """Return this worker; `None` if its process has ended while it was idle."""
        if not self.reader.at_eof():
            return self
        self.kill()
        return None

    async def stop(self) -> None:
        """Let an idle process end by itself."""
        with contextlib.suppress(TimeoutError, ConnectionError, OSError):
            async with asyncio.timeout(STOP_S):
                self.writer.write_eof()
                await self.reader.read()

    def kill(self) -> int:
        """End the process, and return how it ended."""
        self.writer.close()
        return _end(self.process)

    @property
    def killed(self) -> bool:
        """Whether its process is known to have ended."""
        return self.process.returncode is not None


def _popen(channel: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  this Python, our own file
        [sys.executable, "-P", str(_WORKER)],
        stdin=channel.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Sets are in one order in every process: questions made anew are the same.
        env={**os.environ, "PYTHONHASHSEED": "0"},
        # Ctrl-C is for the parent, which ends the whole group.
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> int:
    """Kill a process with all that it started, and return its exit code."""
    if process.returncode is None:
        # It isn't reaped yet, so that the group is surely its own; one that has ended
        # by itself keeps its exit code.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
