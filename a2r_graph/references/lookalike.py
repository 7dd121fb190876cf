"""Whether two texts that are nearly alike differ in what they say.

Where the one differs from the other decides, not how much. Digits, operators, code,
names, and words such as "not", "or", "less" are never a slip. Of ordinary words, one
that differs alone may be the very point of the text, as in "it is a fox" and "it is a
cat", so only what is plainly a slip of the pen may differ alone; many small differences
that are scattered over a text are noise.
"""

from __future__ import annotations

from itertools import compress, count
from operator import ne
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from a2r_graph.references.chunks import CODE, chunks, without_greeting
from a2r_graph.references.lexicon import HARMLESS, KNOWN, UNITS
from a2r_graph.references.slips import (
    APART,
    BLURRED,
    LETTERS_PER_SLIP,
    NAME,
    OTHER,
    SAME,
    SLIP,
    exchange,
    has_left_a_trace,
    is_critical,
    is_within,
)
from a2r_graph.references.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CELLS = 10**8  # stretches that would take longer are apart
_START = 256  # characters that tell texts apart which aren't alike at all
_LEEWAY = 0.1
_LETTERS_PER_BLUR = 6
_LETTERS_PER_GLUE = 3

# Beside so many plain slips, what looks like a slip of a name is one as well.
_SLIPS_BESIDE_A_NAME = 4
# Of so many different differences no single one is the point; a plain slip counts twice.
_REWORDED = 8
_BLURRED_ALL_OVER = 6

Stretch = tuple[int, int, int, int]
"""From and to in the one text's pieces, from and to in the other's."""


class Body(NamedTuple):
    """A text as it is compared, its greeting gone."""

    normalised: str
    """As `dedupe.normalised` has it: what similarity is measured by."""
    pieces: list[str]

    @classmethod
    def of(cls, normalised: str, raw: str) -> Body:
        """Return a text as it is compared."""
        pieces = chunks(without_greeting(raw))
        if raw.isupper():  # its capitals say nothing
            pieces = [p if p[0] == CODE else p.lower() for p in pieces]
        return cls(normalised, pieces)


def may_be_one(one: str, other: str, threshold: float) -> bool:
    """Return whether it is worth the while to look where two normalised texts differ."""
    starts = Indel.normalized_similarity(one[:_START], other[:_START])
    return starts > threshold - _LEEWAY or _is_similar(one, other, threshold)


def _is_similar(one: str, other: str, threshold: float) -> bool:
    return Indel.normalized_similarity(one, other, score_cutoff=threshold) >= threshold


def is_one(one: Body, other: Body, threshold: float) -> bool:
    """Return whether two texts are as similar as asked, and say the same."""
    stretches = _abreast(one.pieces, other.pieces)
    sure = bool(stretches) and _are_short(one, other, stretches, threshold)
    if not (sure or _is_similar(one.normalised, other.normalised, threshold)):
        return False
    return not _apart(one, other, stretches or _aligned(one.pieces, other.pieces))


def _are_short(
    one: Body, other: Body, stretches: Sequence[Stretch], threshold: float
) -> bool:
    """Return whether texts that differ in these alone are sure to be similar enough."""
    length = len(one.normalised) + len(other.normalised)
    distance = sum(
        Indel.distance(
            " ".join(one.pieces[a:b]).casefold(), " ".join(other.pieces[c:d]).casefold()
        )
        for a, b, c, d in stretches
    )
    return length - distance >= threshold * length


def _abreast(one: list[str], other: list[str]) -> list[Stretch]:
    """Return those of texts that differ in a few words, each for another; else none."""
    places = list(compress(count(), map(ne, one, other)))
    if len(one) != len(other) or len(places) * 4 > len(one):
        return []
    found: list[Stretch] = []
    for at in places:
        start = found.pop()[0] if found and found[-1][1] == at else at
        found.append((start, at + 1, start, at + 1))
    return found


def _aligned(one: Sequence[str], other: Sequence[str]) -> list[Stretch]:
    found: list[Stretch] = []
    for code in Levenshtein.opcodes(one, other):
        a, c = code.src_start, code.dest_start
        if code.tag != "equal":
            if found and found[-1][1] == a and found[-1][3] == c:
                a, _, c, _ = found.pop()
            found.append((a, code.src_end, c, code.dest_end))
    return found


def _apart(one: Body, other: Body, stretches: Sequence[Stretch]) -> bool:
    """Return whether two texts differ in what they say, by where they differ."""
    seen: dict[tuple[str, str], int] = {}
    for stretch in stretches:
        for pair, verdict in _verdicts(one.pieces, other.pieces, stretch):
            if verdict == APART:
                return True
            if verdict != SAME:
                seen[pair] = verdict
    return not _is_noise([*seen.values()])


def _is_noise(verdicts: list[int]) -> bool:
    """Return whether none of the different differences need mean anything."""
    slips, blurred, others, names = (
        verdicts.count(kind) for kind in (SLIP, BLURRED, OTHER, NAME)
    )
    if names and (slips < _SLIPS_BESIDE_A_NAME or names > slips):
        return False
    if others and len(verdicts) + slips < _REWORDED:
        return False
    return blurred <= 2 * slips or blurred >= _BLURRED_ALL_OVER


def _verdicts(
    one: list[str], other: list[str], stretch: Stretch
) -> Iterator[tuple[tuple[str, str], int]]:
    a, b, c, d = stretch
    if b - a == d - c == 1:  # most are words of prose
        x, y = one[a], other[c]
        both = x + y
        if both.isascii() and both.isalpha() and both.islower() and not {x, y} & UNITS:
            yield (x, y), exchange(x, y)
            return
    for some, others in _differences(tokens(one, a, b), tokens(other, c, d)):
        yield (_joined(some, " "), _joined(others, " ")), _verdict(some, others)


def _joined(some: Sequence[Token], joint: str = "") -> str:
    return joint.join(token.key for token in some)


def _differences(
    left: list[Token], right: list[Token]
) -> Iterator[tuple[list[Token], list[Token]]]:
    """Return the tokens that differ, those that do so in case alone included."""
    if len(left) == len(right) == 1 or len(left) * len(right) > _CELLS:
        yield left, right
        return
    done = (0, 0)
    for a, b, c, d in [
        *_aligned([t.key for t in left], [t.key for t in right]),
        (len(left), len(left), len(right), len(right)),
    ]:
        equal = zip(left[done[0] : a], right[done[1] : c], strict=True)
        yield from (([x], [y]) for x, y in equal if x.raw != y.raw)
        if a != b or c != d:
            yield left[a:b], right[c:d]
        done = (b, d)


def _verdict(left: list[Token], right: list[Token]) -> int:
    if len(left) == len(right):
        return max(map(_pair, left, right))
    if left and right:
        return _respaced(left, right)
    both = left or right
    if any(t.exact or t.name or is_critical(t.key) for t in both):
        return APART
    return SAME if all(t.key in HARMLESS for t in both) else OTHER


def _respaced(left: list[Token], right: list[Token]) -> int:
    """Return what a difference comes to in which a space came or went, or a word."""
    for some, others in ((left, right), (right, left)):
        rest = _joined(others)
        for token in some:
            if token.exact and not token.key.replace(".", "").isalpha():
                return APART
            counts = token.name or is_critical(token.key)
            if counts and token.key not in rest and not _is_mistyped(token, others):
                return APART
    one, other = _joined(left).replace(".", ""), _joined(right).replace(".", "")
    if all(t.key in HARMLESS for t in [*left, *right]):
        return SAME
    fewer = min(left, right, key=len)
    if is_within(one, other, LETTERS_PER_SLIP) and not any(t.key in KNOWN for t in fewer):
        return SLIP
    return BLURRED if is_within(one, other, _LETTERS_PER_BLUR) else OTHER


def _unglued(x: Token, y: Token) -> tuple[str, str]:
    keys = x.key.replace(".", ""), y.key.replace(".", "")
    return keys if "." in x.key + y.key and "".join(keys).isalpha() else ("", "")


def _is_mistyped(token: Token, others: list[Token]) -> bool:
    return any(t.key not in KNOWN and has_left_a_trace(token.key, t.key) for t in others)


def _is_special(word: str) -> bool:
    """Return whether a word's case says more than where it stands: mW, CO, US."""
    return word[1:] != word[1:].lower()


def _pair(x: Token, y: Token) -> int:
    """Return what it comes to that one token stands for another."""
    if x.exact or y.exact:
        if x.exact != y.exact and is_within(*_unglued(x, y), _LETTERS_PER_GLUE):
            return BLURRED  # a point between words, its space gone
        letter = len(x.raw) == len(y.raw) == 1 and x.key == y.key
        return SAME if x.raw == y.raw or letter else APART
    if x.key == y.key:
        special = x.raw != y.raw and (_is_special(x.raw) or _is_special(y.raw))
        return APART if special else SAME
    verdict = exchange(x.key, y.key)
    if x.name or y.name:
        return NAME if verdict in {SLIP, BLURRED} else APART
    if x.opening and verdict == SLIP and not {x.key, y.key} & KNOWN:
        return BLURRED  # maybe a name
    return verdict
