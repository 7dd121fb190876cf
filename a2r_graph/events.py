"""Progress, as LangGraph's `custom` stream events."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.config import get_stream_writer

Event = Literal[
    "explorer_started",
    "explorer_ended",
    "explorer_failed",
    "window_ended",
    "reduced",
    "reviewed",
    "synthesis_started",
    "synthesis_skipped",
]


def tell(event: Event, run: str, **details: Any) -> None:
    """Send `{"type": "a2r", "event": event, "run": run, ...}` to the custom stream."""
    get_stream_writer()({"type": "a2r", "event": event, "run": run, **details})
