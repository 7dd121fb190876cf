"""Counting the final answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from a2r_graph.references.key import answer_key, joined

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from a2r_graph.references.key import AnswerKey
    from a2r_graph.state import Reference

_SHOWN = 60  # characters of an answer in an error


class Votes(NamedTuple):
    """The outcome of a vote."""

    references: list[Reference]
    """By index; answers that are one are spelled alike."""
    votes: dict[str, int]
    """Final answer -> count; most frequent first, then lowest index first."""
    majority: str | None
    """The first of `votes`."""
    spellings: dict[str, dict[str, int]]
    """Of the answers that came in several spellings: each spelling -> count, most frequent
    first. The first is the one that stands in `votes`."""


def vote(references: Sequence[Reference], key: AnswerKey = answer_key) -> Votes:
    """Count the final answers of the references that succeeded.

    Answers of one class are one answer, in its most frequent spelling; on a tie, in that
    of the lowest index.

    Args:
        references: In any order. They are not changed: a reference whose spelling
            changes is returned as a copy.
        key: Equal for answers that are the same.

    Raises:
        ValueError: The key failed on an answer, or can't be hashed.
    """
    ordered = sorted(references, key=lambda r: r["index"])
    class_of = classes(ordered, key)
    counts: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    for answer, _ in _answered(ordered):
        counts[class_of[answer]][answer] += 1
    # most_common and sorted are stable: on a tie the lowest index stays first.
    by_class = {name: dict(count.most_common()) for name, count in counts.items()}
    ranked = sorted(by_class.values(), key=lambda count: -sum(count.values()))
    votes = {next(iter(count)): sum(count.values()) for count in ranked}
    spellings = {next(iter(count)): count for count in ranked if len(count) > 1}
    shown = {answer: next(iter(by_class[name])) for answer, name in class_of.items()}
    spelled = [_spell(reference, shown) for reference in ordered]
    return Votes(spelled, votes, next(iter(votes), None), spellings)


def classes(
    references: Iterable[Reference], key: AnswerKey = answer_key
) -> dict[str, Hashable]:
    """Return the class of each answer that has a vote: equal for answers that are one.

    Proposed tool calls are compared as they stand: what is called with is data, and no key
    is asked about it.

    Raises:
        ValueError: The key failed on an answer, or can't be hashed.
    """
    is_call: dict[str, bool] = {}
    for answer, reference in _answered(references):
        is_call[answer] = is_call.get(answer, False) or bool(reference.get("tool_calls"))
    keys = {
        answer: ("tool calls", answer) if called else _key(answer, key)
        for answer, called in is_call.items()
    }
    class_of = joined(keys.values())
    return {answer: class_of[its] for answer, its in keys.items()}


def spelled(answer: str, votes: Mapping[str, int], key: AnswerKey = answer_key) -> str:
    """Return an answer as `votes` spells it, where it is one of them; else as it is.

    Args:
        answer: A final answer that had no vote.
        votes: Final answer -> count.
        key: Equal for answers that are the same.

    Raises:
        ValueError: The key failed on an answer, or can't be hashed.

    Example:
        >>> spelled("0.50", {"1/2": 3, "2": 1})
        '1/2'
    """
    if answer in votes:
        return answer
    keys = {voted: _key(voted, key) for voted in votes}
    own = _key(answer, key)
    class_of = joined([*keys.values(), own])
    alike = (voted for voted in votes if class_of[keys[voted]] == class_of[own])
    return next(alike, answer)


def leader(votes: Mapping[str, int]) -> str | None:
    """Return the answer that leads: given twice at least, and more often than any other.

    Example:
        >>> leader({"42": 3, "41": 2})
        '42'
        >>> leader({"42": 2, "41": 2}), leader({"42": 1})
        (None, None)
    """
    (answer, first), (_, second), *_ = [
        *sorted(votes.items(), key=lambda vote: -vote[1]),
        *[("", 0)] * 2,
    ]
    return answer if first > max(1, second) else None


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


def _key(answer: str, key: AnswerKey) -> Hashable:
    try:
        found = key(answer)
        hash(found)
    except Exception as error:  # whatever the caller's code raises
        short = answer if len(answer) <= _SHOWN else f"{answer[:_SHOWN]}…"
        msg = f"answer_key: {type(error).__name__} for the answer {short!r}: {error}"
        raise ValueError(msg) from error
    return found


def _answered(references: Iterable[Reference]) -> Iterator[tuple[str, Reference]]:
    """Return each answer that has a vote, with its reference."""
    for reference in references:
        if reference["status"] == "ok" and (answer := reference["answer"]) is not None:
            yield answer, reference


def _spell(reference: Reference, shown: Mapping[str, str]) -> Reference:
    answer = reference["answer"]
    if reference["status"] != "ok" or answer is None or shown[answer] == answer:
        return reference
    return {**reference, "answer": shown[answer]}
