"""Figures as the sentences of the advice have them."""

from __future__ import annotations

from a2r_graph.evals.results import Interval


def points(gain: Interval) -> str:
    """Return a gain in points, with its interval."""
    low, high = 100 * gain.low, 100 * gain.high
    return f"{100 * gain.value:+.1f} points (95 % interval {low:+.1f} to {high:+.1f})"


def share(value: float) -> str:
    """Return a share in per cent."""
    return f"{100 * value:.1f} %"


def many(count: int, what: str) -> str:
    """Return a count of things."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def either(ways: list[str]) -> str:
    """Return alternatives."""
    return ", or ".join(ways)
