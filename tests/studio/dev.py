"""`langgraph dev`, as a process of our own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from clock import PATIENCE
from langgraph_sdk import get_client

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
JOBS = 4
_OURS = ("A2R_", "LANGCHAIN_", "LANGGRAPH_", "LANGSMITH_", "OPENAI_", "VLLM_")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Dev:
    """Serves a `langgraph.json` while in its `with` block; what it keeps is in `folder`."""

    def __init__(self, config: Path, folder: Path) -> None:
        self.config, self.folder = config, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        # None of the variables that choose models, keys or accounts.
        env = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        env |= {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "PYTHONPATH": str(TESTS)}
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "langgraph_cli", "dev"),
                    *("--config", str(self.config), "--port", str(self.port)),
                    *("--n-jobs-per-worker", str(JOBS), "--no-browser", "--no-reload"),
                ],
                cwd=self.folder,
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> str:
        """What the server has printed by now."""
        return _COLOUR.sub("", (self.folder / "log").read_text("utf-8", "replace"))

    @property
    def blocked(self) -> list[str]:
        """What its detector of blocking calls has said."""
        return re.findall(".*[Bb]locking ?(?:[Cc]all|Error).*", self.log)

    def _await(self) -> None:
        opener, end = build_opener(ProxyHandler({})), time.monotonic() + 3 * PATIENCE
        while True:
            try:
                opener.open(f"{self.url}/ok", timeout=PATIENCE).close()
            except (URLError, ConnectionError, TimeoutError):
                ended = self.process.poll() is not None
                if ended or time.monotonic() > end:
                    msg = (
                        f"langgraph dev {'ended' if ended else 'is not ready'}\n{self.log}"
                    )
                    raise RuntimeError(msg) from None
                time.sleep(0.05)
            else:
                return

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        """Give a client of the SDK."""
        async with get_client(url=self.url, api_key=None, timeout=5 * PATIENCE) as client:
            yield client


def question(text: str = "What is 6 x 7?") -> dict[str, Any]:
    """Return an input as clients send it."""
    return {"messages": [{"role": "user", "content": text}]}


async def assistant_of(client: Any, graph: str) -> str:
    """Return the id of a graph's own assistant."""
    found = await client.assistants.search(graph_id=graph)
    return found[0]["assistant_id"]
