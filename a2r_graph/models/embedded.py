"""llama.cpp with one model file, started once a process and gone when it ends.

It runs in a child process, through the wheel `xllamacpp`. In this one it would hold the
GIL for the seconds of loading, and could not be stopped while it generates: with
requests under way its destructor hangs or crashes the interpreter (seen with 2026.10).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

from a2r_graph.extras import require
from a2r_graph.models import llama_server

if TYPE_CHECKING:
    from pathlib import Path

SLOTS = 8
"""Requests answered at a time: as many as the default `n`; further ones queue."""

WINDOW = 8192
"""Most tokens of one slot: memory is taken for all slots at once, at the start."""

SPINS = "10000"
"""How long OpenMP's threads spin for one another before they sleep.

By default hardly ever: beside two busy processes on 2 CPUs llama.cpp then gave
13 tokens/s instead of 76; with the CPUs to itself, 165 both ways.
"""


@dataclass(frozen=True)
class Endpoint:
    """Where the model is served, to whoever holds the key.

    Attributes:
        url: The server's root, without `/v1`.
        model: The model's name: the file's, without its suffix.
        window: Tokens of one slot, prompt and answer together.
        slots: Requests answered at a time.
        api_key: Made for this server, and never shown.
    """

    url: str
    model: str
    window: int
    slots: int
    api_key: str = field(repr=False)


class _Server:
    """One model file's child process, and the lock that lets it start only once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.endpoint: Endpoint | None = None

    def get(self, path: Path) -> Endpoint:
        with self.lock:
            if self.endpoint and self.process and self.process.poll() is None:
                return self.endpoint
            self.stop()  # it died, of too little memory say: its pipes remain
            try:
                self.endpoint = self._start(path)
            except BaseException:
                self.stop()
                raise
            return self.endpoint

    def _start(self, path: Path) -> Endpoint:
        key = secrets.token_urlsafe(32)
        order = {
            "path": str(path),
            "model": path.stem,
            "slots": SLOTS,
            "window": WINDOW,
            "api_key": key,
        }
        with tempfile.TemporaryFile() as log:
            self.process = process = subprocess.Popen(  # noqa: S603  our own words
                # -P: the modules beside the file must not pass for top-level ones.
                [sys.executable, "-P", llama_server.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C is for this process, which then ends the other.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                env={"GOMP_SPINCOUNT": SPINS, **os.environ},
            )
            answer = _ask(process, order)
            if "url" not in answer:
                code = process.wait()
                log.seek(0)
                said = log.read().decode(errors="replace").strip()
                raise _failure(path, code, said, answer)
        return Endpoint(
            url=answer["url"],
            model=path.stem,
            window=answer["window"],
            slots=SLOTS,
            api_key=key,
        )

    def stop(self) -> None:
        """Kill the child: it has nothing to save, and asking could take for ever."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                with contextlib.suppress(OSError):
                    cast("IO[bytes]", pipe).close()


_servers: dict[tuple[int, Path], _Server] = {}


def serve(path: Path) -> Endpoint:
    """Return the server of the model in `path`, started if it doesn't run; blocks.

    Threads that ask for one file share one server, which also starts only once.

    Args:
        path: A GGUF file.

    Raises:
        ValueError: llama.cpp can't load the file: truncated, damaged, or of an
            architecture that it doesn't know.
        RuntimeError: llama.cpp ended before it was ready, for lack of memory say.
        ImportError: The extra `local`, or a system library, isn't installed.
    """
    require("the local model", "local", "xllamacpp")
    path = path.resolve()
    # By process too: a fork must not stop its parent's server. `setdefault` is atomic.
    return _servers.setdefault((os.getpid(), path), _Server()).get(path)


def stop_all() -> None:
    """Stop this process's servers, also one that is starting; requests are cut off."""
    for pid, path in list(_servers):
        if pid == os.getpid():
            _servers.pop((pid, path)).stop()


atexit.register(stop_all)


def _ask(process: subprocess.Popen[bytes], order: dict[str, Any]) -> dict[str, Any]:
    """Send the order; return the answer, or nothing if the child ended without one."""
    stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    try:
        stdin.write(json.dumps(order).encode() + b"\n")
        stdin.flush()
        return dict(json.loads(stdout.readline()))
    except (OSError, ValueError):  # the pipe broke, or nothing came
        return {}


def _failure(path: Path, code: int, said: str, answer: dict[str, str]) -> Exception:
    """Return the error for a child that ended with `code`, having `said` this."""
    if "ImportError" in answer:
        return ImportError(
            f"llama.cpp can't start: {answer['ImportError']}; a missing system library "
            "has to be installed (libgomp.so.1 is in Debian's package libgomp1)"
        )
    if answer:
        lines = re.findall("error loading model: (.*)", said) or said.splitlines()
        why = lines[-1] if lines else "no reason given"
        size = path.stat().st_size if path.exists() else 0
        return ValueError(
            f"llama.cpp can't load {str(path)!r} ({size} bytes): {why}; "
            "fetch the file again or name another"
        )
    return RuntimeError(
        f"llama.cpp ended (exit code {code}) before it had loaded {str(path)!r}, "
        f"perhaps for lack of memory; try a smaller model\n{said[-1000:]}".rstrip()
    )
