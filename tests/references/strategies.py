"""References, and how hypothesis draws them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from a2r_graph.state import Reference, Usage

NO_USAGE: Usage = {
    "input_tokens": None,
    "output_tokens": None,
    "reasoning_tokens": None,
    "cached_tokens": None,
    "calls": 1,
    "retries": 0,
}
BASE = "the quick brown fox jumps over the lazy dog and then sleeps for a long while"


def make(
    index: int, text: str = "text", answer: str | None = None, *, ok: bool = True
) -> Reference:
    """Return one branch's record."""
    return {
        "index": index,
        "model": "m",
        "status": "ok" if ok else "failed",
        "error": None if ok else {"kind": "error", "message": "broken"},
        "text": text,
        "reasoning": None,
        "answer": answer,
        "duplicate_of": None,
        "shown": None,
        "finish_reason": "stop",
        "usage": NO_USAGE,
        "seconds": 0.0,
    }


def many(
    texts: st.SearchStrategy[str] | None = None, max_size: int = 24
) -> st.SearchStrategy[list[Reference]]:
    """Draw references by index, many of them alike."""
    alike = [BASE, BASE + "!", BASE.upper(), BASE.replace("fox", "cat"), "other", ""]
    if texts is None:
        texts = st.sampled_from(alike) | st.text(max_size=30)
    row = st.tuples(
        texts,
        st.sampled_from(["a", "A", "b", "B", "42", None]),
        st.sampled_from([True, True, True, False]),
    )
    return st.lists(row, max_size=max_size).map(
        lambda rows: [
            make(index, text, answer, ok=ok)
            for index, (text, answer, ok) in enumerate(rows)
        ]
    )


def shuffled(references: list[Reference]) -> list[Reference]:
    """Return the references as they might have arrived."""
    rng = random.Random(len(references))  # noqa: S311  no secret hangs on it
    return rng.sample(references, len(references))
