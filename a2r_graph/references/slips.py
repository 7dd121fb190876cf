"""What it comes to that one word stands for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from a2r_graph.references.lexicon import (
    BEGINNINGS,
    CRITICAL,
    ENDINGS,
    HARMLESS,
    KNOWN,
    NEGATIONS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME, SLIP, BLURRED, OTHER, NAME, APART = range(6)
"""The same; plainly a slip of the pen; a slip or another word; another word; a slip in a
name, or another name; never one. The larger, the worse."""

LETTERS_PER_SLIP = 12
_LONE_LETTERS = frozenset("aeiou")  # words in some language
_SYLLABLES = "\u0e00"
_STEM = 3
_SHORT = 8  # letters of two words
_BLOT = 2  # slips in a short word
_LONGEST_AFFIX = 5


def exchange(one: str, other: str) -> int:  # noqa: PLR0911  a list of cases
    """Return what it comes to that a word stands for another; both are in lower case.

    Example:
        >>> exchange("clause", "clauze") == SLIP, exchange("not", "now") == APART
        (True, True)
    """
    if one in HARMLESS and other in HARMLESS:
        return SAME
    if _is_opposed(one, other):  # of one letter it may be a slip
        return OTHER if is_within(one, other, len(one + other)) else APART
    if (is_critical(one) or is_critical(other)) and not _is_slip_of_critical(one, other):
        return APART
    if len(one) == len(other) == 1:
        return _letters(one, other)
    known = (one in KNOWN) + (other in KNOWN)
    if f"a{one}" == other or one == f"a{other}":  # moral, amoral
        return BLURRED
    if not has_left_a_trace(one, other):
        short = known == 1 and len(one) + len(other) <= _SHORT
        return BLURRED if short and _is_blot(one, other) else OTHER
    lone = known == 1 or (known == 0 and min(len(one), len(other)) > _STEM)
    plain = lone and _is_plain(one, other) and is_within(one, other, LETTERS_PER_SLIP)
    return SLIP if plain else BLURRED


def _letters(one: str, other: str) -> int:
    """Return the same of single characters: variables, words like "a", syllables."""
    if one >= _SYLLABLES or {one, other} <= _LONE_LETTERS:
        return OTHER
    return BLURRED if {one, other} & _LONE_LETTERS else APART


def is_critical(word: str) -> bool:
    """Return whether a word can't come or go without changing what is said."""
    return word in CRITICAL or word.endswith("n't")


def has_left_a_trace(one: str, other: str) -> bool:
    """Return whether half of a word is left, at least, so that it may be known again."""
    return is_within(one, other, 2)


def _is_slip_of_critical(one: str, other: str) -> bool:
    """Return whether a word that counts may have become the other by slips."""
    if is_critical(one) and is_critical(other):
        return one.rstrip("s") == other.rstrip("s")
    known = (one in KNOWN) + (other in KNOWN)
    if one in NEGATIONS or other in NEGATIONS:
        return known == 1 and has_left_a_trace(one, other)
    return has_left_a_trace(one, other) or (known == 1 and _is_blot(one, other))


def _is_blot(one: str, other: str) -> bool:
    """Return whether one short word may be the other, mistyped more than once."""
    near = abs(len(one) - len(other)) < _BLOT
    return near and OSA.distance(one, other, score_cutoff=_BLOT) <= _BLOT


def _is_plain(one: str, other: str) -> bool:
    """Return whether words of Western Europe differ in plain letters alone.

    The lists know these languages best; in others a letter may make another word.
    """
    if one.isascii() and other.isascii():
        return True
    differ = set(one) ^ set(other)
    return max(one + other) <= "ÿ" and all(map(str.isascii, differ))


def is_within(one: str, other: str, letters: int) -> bool:
    """Return whether there is at most one slip to so many letters, or one in all."""
    length = max(len(one), len(other))
    most = max(1, length // letters)
    return length > 1 and OSA.distance(one, other, score_cutoff=most) <= most


def _is_opposed(one: str, other: str) -> bool:
    """Return whether two words are of one stem, with a beginning or end that counts."""
    if one[:_STEM] != other[:_STEM] and one[-_STEM:] != other[-_STEM:]:
        return False
    return _ends_apart(one[::-1], other[::-1], _BACKWARDS) or _ends_apart(
        one, other, ENDINGS
    )


def _ends_apart(one: str, other: str, groups: Sequence[frozenset[str]]) -> bool:
    shorter = min(len(one), len(other))
    same = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    for stem in range(same, _STEM - 1, -1):
        tails = (one[stem:], other[stem:])
        if max(map(len, tails)) > _LONGEST_AFFIX:
            break
        if any(tails[0] in group and tails[1] in group for group in groups):
            return True
    return False


_BACKWARDS = [frozenset(start[::-1] for start in group) for group in BEGINNINGS]
