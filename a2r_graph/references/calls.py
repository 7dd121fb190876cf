"""Tool calls that a model proposes: as text in a reference, and as its final answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from a2r_graph.references.extract import sanitise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.state import ProposedCall

_LEAD = "proposed tool call, not made yet: "


def written(calls: Sequence[ProposedCall]) -> str:
    """Return the calls as lines of a reference's text.

    Example:
        >>> written([{"name": "search", "args": {"q": "x"}, "id": "1"}])
        'proposed tool call, not made yet: search({"q": "x"})'
    """
    return "\n".join(f"{_LEAD}{_one(call)}" for call in calls)


def answer_in(calls: Sequence[ProposedCall]) -> str:
    """Return what the calls come to, for the vote: equal calls are equal texts.

    Neither their ids count, nor the order of the arguments, nor that of parallel calls.

    Example:
        >>> answer_in([{"name": "search", "args": {"q": "x", "k": 3}, "id": "1"}])
        'search({"k": 3, "q": "x"})'
    """
    return " + ".join(sorted(map(_one, calls)))


def text_beside(text: str, calls: Sequence[ProposedCall]) -> str:
    """Return a reference's text without the lines of `written`."""
    return text.removesuffix(written(calls)).rstrip()


def _one(call: ProposedCall) -> str:
    args = json.dumps(call["args"], sort_keys=True, ensure_ascii=False, default=str)
    return sanitise(f"{call['name']}({args})")
