"""The child process of `embedded`: llama.cpp's server, for as long as stdin is open.

It is run by its path and imports nothing of the package. The order comes as one line of
JSON on stdin (never as arguments, which every user of the machine can read), the answer
goes as one line to stdout, and what llama.cpp says of a failure goes to stderr.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


def usable_cpus() -> int:
    """Return how many CPUs this process may use, which containers keep below all."""
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    with contextlib.suppress(OSError, ValueError):  # no cgroup v2, or "max"
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        count = min(count, max(1, int(quota) // int(period)))
    return count


def settings(order: dict[str, Any]) -> dict[str, Any]:
    """Return llama.cpp's parameters that aren't its defaults (127.0.0.1 is one)."""
    return {
        "port": 0,
        "api_keys": [order["api_key"]],
        "model_alias": {order["model"]},
        "n_parallel": order["slots"],
        # The total of all slots: none can take room from another. llama.cpp itself
        # keeps a slot within the context that the model was trained with.
        "n_ctx": order["slots"] * order["window"],
        # The slots keep their prompts; 8 GB more of old ones in memory are not wanted.
        "cache_ram_mib": 0,
        "warmup": False,
        "verbosity": 1,
        "ui": False,
        "endpoint_slots": False,
        # No web page may read an answer: the default is every one, with credentials.
        "cors_origins": "",
        "cors_credentials": False,
    }


def start(order: dict[str, Any]) -> Any:  # noqa: ANN401  xllamacpp has no types
    """Load the model and start the server.

    Raises:
        ImportError: xllamacpp, or a system library that it needs, is missing.
        RuntimeError: llama.cpp can't load the file.
    """
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = order["path"]
    for name, value in settings(order).items():
        setattr(params, name, value)
    if (cpus := usable_cpus()) < (os.cpu_count() or 1):
        # Else llama.cpp's own choice, the physical cores; threads that wait for a CPU
        # that they can't have slow all others down.
        params.cpuparams.n_threads = cpus
    return xllamacpp.Server(params)


def slot_window(url: str, api_key: str) -> int:
    """Return the tokens of one slot, as the server tells them."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {api_key}"})
    with connection.getresponse() as response:
        return int(json.load(response)["data"][0]["meta"]["n_ctx"])


def main() -> None:
    """Serve until the parent closes stdin, by will or by its end."""
    # The answer's way is kept apart from whatever a library prints.
    with os.fdopen(os.dup(1), "w", encoding="ascii") as answer:
        os.dup2(2, 1)
        order = json.loads(sys.stdin.readline())
        try:
            server = start(order)
        except (ImportError, RuntimeError) as error:
            answer.write(json.dumps({type(error).__name__: str(error)}))
            return
        url = server.listening_address
        window = slot_window(url, order["api_key"])
        answer.write(json.dumps({"url": url, "window": window}) + "\n")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.stdin.read()
    # Not the server's own way out: with requests under way it waits for ever.
    os._exit(0)


if __name__ == "__main__":
    main()
