"""Where a call of the command asks vLLM, and by which word of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yarl import URL

from a2r_graph.models.vllm import DEFAULT_URL
from a2r_graph.models.wire import without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable

_GONE = ("connection", "timeout")


@dataclass(frozen=True)
class Server:
    """One address."""

    url: str
    """As failures name it."""
    told_by: str
    """What of the command, or around it, says so."""
    shown: str
    """The address as it was given, but for what is secret."""


def servers(models: Iterable[str], base_url: str | None) -> list[Server]:
    """Return the servers of the models that vLLM serves, each once.

    Args:
        models: Names, with or without their address.
        base_url: The option of this name.
    """
    found: dict[str, Server] = {}
    for model in models:
        if model.startswith("vllm:"):
            server = _server(model, base_url)
            found.setdefault(server.url, server)
    return list(found.values())


def hints(failed: str, models: Iterable[str], base_url: str | None) -> list[str]:
    """Return what to look at, for each server that wasn't reached.

    Args:
        failed: Failures in words, each with its kind before it.
        models: As in `servers`.
        base_url: As in `servers`.
    """
    return [
        f"{server.told_by} (now {server.shown}) says where vllm: is served"
        for server in servers(models, base_url)
        if any(f"{kind}: {server.url}/" in failed for kind in _GONE)
    ]


def _server(model: str, base_url: str | None) -> Server:
    name, at, rest = model.partition("@http")
    url, told_by = f"http{rest}", f"{name}@URL"
    if not at:
        url = base_url or os.environ.get("VLLM_BASE_URL") or DEFAULT_URL
        told_by = "--base-url or VLLM_BASE_URL"
    if url == base_url:
        told_by = "--base-url"
    plain = without_credentials(url)
    secret = URL(url).user is not None
    return Server(plain, told_by, plain.replace("://", "://***@", 1) if secret else plain)
