"""Counting the final answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from a2r_graph.state import Reference


class Votes(NamedTuple):
    """The outcome of a vote."""

    references: list[Reference]
    """By index; answers that are one are spelled alike."""
    votes: dict[str, int]
    """Final answer -> count; most frequent first, then lowest index first."""
    majority: str | None
    """The first of `votes`."""


def vote(references: Sequence[Reference]) -> Votes:
    """Count the final answers of the references that succeeded.

    Answers that differ in case alone are one, in its most frequent spelling.

    Args:
        references: In any order. They are not changed: a reference whose spelling
            changes is returned as a copy.
    """
    ordered = sorted(references, key=lambda r: r["index"])
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reference in ordered:
        if reference["status"] == "ok" and reference["answer"] is not None:
            answer = reference["answer"]
            spellings[answer.casefold()][answer] += 1
    # most_common and sorted are stable: on a tie the lowest index stays first.
    surface = {key: count.most_common(1)[0][0] for key, count in spellings.items()}
    ranked = sorted(spellings, key=lambda key: -spellings[key].total())
    votes = {surface[key]: spellings[key].total() for key in ranked}
    spelled = [_spell(reference, surface) for reference in ordered]
    return Votes(spelled, votes, next(iter(votes), None))


def posterior(votes: Mapping[str, int]) -> float:
    """Return the probability that more samples would leave the leading answer ahead.

    That of Adaptive-Consistency (Aggarwal et al. 2023, arXiv 2305.11860): of the samples
    that give one of the two leading answers, the share that gives the first has a
    Beta(a + 1, b + 1) posterior, for counts a and b; the part of it above one half is
    returned. Without any answer it is one half: nothing is known.

    Example:
        >>> posterior({"42": 4})
        0.96875
        >>> posterior({"42": 3, "41": 3})
        0.5
    """
    first, second, *_ = [*sorted(votes.values(), reverse=True), 0, 0]
    # Of whole numbers, the incomplete beta function is a sum of binomials: here, of the
    # ways in which at most `second` of the tosses of a fair coin fall otherwise.
    tosses = first + second + 1
    behind, ways = 0, 1
    for k in range(second + 1):
        behind += ways
        ways = ways * (tosses - k) // (k + 1)
    return 1 - behind / (1 << tosses)


def _spell(reference: Reference, surface: dict[str, str]) -> Reference:
    answer = reference["answer"]
    if reference["status"] != "ok" or answer is None:
        return reference
    spelling = surface[answer.casefold()]
    return reference if spelling == answer else {**reference, "answer": spelling}
