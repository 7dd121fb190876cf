"""The order in which representatives stand in the prompt."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal

from a2r_graph.references.dedupe import support

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from a2r_graph.state import Reference


def arrange(
    references: Sequence[Reference],
    *,
    order: Literal["support", "shuffle", "index"],
    seed: int | None,
    per_answer: int | None,
) -> list[Reference]:
    """Return the representatives in prompt order, whatever the order of arrival.

    Args:
        references: Voted and collapsed, in any order.
        order: "support": by the votes of their answer, then by the size of their
            cluster; "index": by branch; "shuffle": by chance.
        seed: Of the chance; `None` is 0, so that the prompt can be had again.
        per_answer: Most representatives of one final answer; the best supported stay.
            Where no answer could be read, each text is an answer of its own.
    """
    ordered = sorted(references, key=lambda r: r["index"])
    sizes = support(ordered)
    votes = Counter(r["answer"] for r in ordered if r["status"] == "ok")
    shown = [r for r in ordered if r["status"] == "ok" and r["duplicate_of"] is None]
    if per_answer is not None:
        shown = _limit(shown, sizes, per_answer)
    if order == "shuffle":
        random.Random(seed or 0).shuffle(shown)  # noqa: S311  no secret hangs on it
    elif order == "support":
        shown.sort(key=lambda r: _rank(r, sizes, votes))  # stable: then by index
    return shown


def by_support(
    references: Sequence[Reference], supports: Mapping[int, int]
) -> list[Reference]:
    """Return the best supported first: by answer, then by text, then by index."""
    votes: Counter[str | None] = Counter()
    for r in references:
        votes[r["answer"]] += supports.get(r["index"], 1)

    def rank(r: Reference) -> tuple[int, int, int]:
        own = supports.get(r["index"], 1)
        answer = own if r["answer"] is None else votes[r["answer"]]
        return (-answer, -own, r["index"])

    return sorted(references, key=rank)


def _rank(
    reference: Reference, sizes: dict[int, int], votes: Counter[str | None]
) -> tuple[int, int]:
    answer, size = reference["answer"], sizes[reference["index"]]
    return (-(size if answer is None else votes[answer]), -size)


def _limit(shown: list[Reference], sizes: dict[int, int], most: int) -> list[Reference]:
    by_answer: defaultdict[str | None, list[int]] = defaultdict(list)
    for reference in shown:
        by_answer[reference["answer"]].append(reference["index"])
    kept = set(by_answer.pop(None, []))
    for indices in by_answer.values():
        kept.update(sorted(indices, key=lambda i: (-sizes[i], i))[:most])
    return [r for r in shown if r["index"] in kept]
