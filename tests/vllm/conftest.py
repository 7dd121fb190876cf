"""The vLLM server that `serve.py` started, or that A2R_TEST_VLLM_URL names."""

from __future__ import annotations

import json
import os
import urllib.request
from collections import Counter

import pytest


@pytest.fixture(scope="session")
def vllm_url():
    """The server's address, with `/v1`."""
    url = os.environ.get("A2R_TEST_VLLM_URL")
    if not url:
        pytest.fail(
            "this test needs a vLLM server: run `make test-vllm`, which starts one, or "
            "name yours in A2R_TEST_VLLM_URL (http://127.0.0.1:8000/v1)",
            pytrace=False,
        )
    return url.rstrip("/")


@pytest.fixture(scope="session")
def vllm_key(vllm_url):
    return os.environ.get("A2R_TEST_VLLM_KEY") or "EMPTY"


@pytest.fixture(scope="session")
def vllm_fetch(vllm_url, vllm_key):
    """`vllm_fetch(path, body=None)`: the text the server answers, past every client."""

    def fetch(path: str, body: dict | None = None) -> str:
        request = urllib.request.Request(  # noqa: S310  the address that we were given
            vllm_url.removesuffix("/v1") + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {vllm_key}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return answer.read().decode()

    return fetch


@pytest.fixture(scope="session")
def vllm_model(vllm_fetch):
    """The name under which the server knows its model."""
    if name := os.environ.get("A2R_TEST_VLLM_MODEL"):
        return name
    return json.loads(vllm_fetch("/v1/models"))["data"][0]["id"]


@pytest.fixture(scope="session")
def metrics(vllm_fetch):
    """`metrics()`: the server's figures now, by name, summed over their labels."""

    def read() -> Counter[str]:
        figures: Counter[str] = Counter()
        for line in vllm_fetch("/metrics").splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                figures[name.partition("{")[0]] += float(value)
        return figures

    return read


@pytest.fixture(scope="session")
def vllm(vllm_url, vllm_model, vllm_key):
    """`vllm(**fields)`: a `ChatVLLM` on the server."""
    from a2r_graph import ChatVLLM

    def make(**fields) -> ChatVLLM:
        server = {"model": vllm_model, "base_url": vllm_url, "api_key": vllm_key}
        return ChatVLLM(**server | fields)

    return make
