"""Tokens, by call and by role. What nobody told is `None`, never zero."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from a2r_graph.state import TokenUsage, Usage, UsageByRole

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

NOTHING: Usage = {
    "input_tokens": 0,
    "output_tokens": 0,
    "reasoning_tokens": 0,
    "cached_tokens": 0,
    "calls": 0,
    "retries": 0,
}
"""A stage that asked nobody."""

UNKNOWN: TokenUsage = {
    "input_tokens": None,
    "output_tokens": None,
    "reasoning_tokens": None,
    "cached_tokens": None,
}
"""A call whose server gave no figures."""


def tokens_of(metadata: UsageMetadata | None) -> TokenUsage:
    """Return the tokens of one reply, from LangChain's `usage_metadata`."""
    if not metadata:
        return UNKNOWN
    return {
        "input_tokens": metadata.get("input_tokens"),
        "output_tokens": metadata.get("output_tokens"),
        "reasoning_tokens": metadata.get("output_token_details", {}).get("reasoning"),
        "cached_tokens": metadata.get("input_token_details", {}).get("cache_read"),
    }


def _sum(figures: Iterable[int | None]) -> int | None:
    """Add up; one unknown makes the sum unknown."""
    total = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def add(usages: Iterable[Usage]) -> Usage:
    """Add up several calls or roles.

    A figure that one of them doesn't know is unknown in the sum: half a sum would
    pass for the whole.
    """
    every = list(usages)
    return {
        "input_tokens": _sum(u["input_tokens"] for u in every),
        "output_tokens": _sum(u["output_tokens"] for u in every),
        "reasoning_tokens": _sum(u["reasoning_tokens"] for u in every),
        "cached_tokens": _sum(u["cached_tokens"] for u in every),
        "calls": sum(u["calls"] for u in every),
        "retries": sum(u["retries"] for u in every),
    }


def by_role(explorers: Iterable[Usage], synthesizer: Usage) -> UsageByRole:
    """Return what each role used, and both together."""
    explorer = add(explorers)
    return {
        "explorer": explorer,
        "synthesizer": synthesizer,
        "total": add([explorer, synthesizer]),
    }
