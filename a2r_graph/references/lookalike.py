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

from rapidfuzz.distance import OSA, Indel, Levenshtein

from a2r_graph.references.chunks import CODE, chunks, without_greeting
from a2r_graph.references.lexicon import BEGINNINGS, CRITICAL, ENDINGS, HARMLESS, KNOWN, NEGATIONS, UNITS
from a2r_graph.references.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CELLS = 10**8  # stretches that would take longer are apart
_STEM = 3
_LONGEST_AFFIX = 5
_LETTERS_PER_SLIP = 12
_LETTERS_PER_BLUR = 6

# What a difference comes to, and how many different ones there must be, all in all, for
# the worst of them to be noise. A plain slip counts twice.
_SAME, _SLIP, _BLURRED, _OTHER, _NAME, _APART = range(6)
_NEEDED = (0, 0, 3, 8, 8)

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


def is_one(one: Body, other: Body, threshold: float) -> bool:
    """Return whether two texts are as similar as asked, and say the same."""
    stretches = _abreast(one.pieces, other.pieces)
    if not (stretches and _are_short(one, other, stretches, threshold)):
        texts = one.normalised, other.normalised
        similarity = Indel.normalized_similarity(*texts, score_cutoff=threshold)
        if similarity < threshold:
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
    for tag, a, b, c, d in Levenshtein.opcodes(one, other):
        if tag != "equal":
            joins = bool(found) and found[-1][1] == a and found[-1][3] == c
            start = found.pop() if joins else (a, b, c, d)
            found.append((start[0], b, start[2], d))
    return found


def _apart(one: Body, other: Body, stretches: Sequence[Stretch]) -> bool:
    """Return whether two texts differ in what they say, by where they differ."""
    seen: dict[tuple[str, str], int] = {}
    for stretch in stretches:
        for pair, verdict in _verdicts(one.pieces, other.pieces, stretch):
            if verdict == _APART:
                return True
            if verdict:
                seen[pair] = verdict
    verdicts = [*seen.values()]
    noise = len(verdicts) + verdicts.count(_SLIP)
    needed = _NEEDED[max(verdicts, default=_SAME)]
    return noise < needed or verdicts.count(_NAME) * 2 > len(verdicts)


def _verdicts(
    one: list[str], other: list[str], stretch: Stretch
) -> Iterator[tuple[tuple[str, str], int]]:
    a, b, c, d = stretch
    if b - a == d - c == 1:  # most are words of prose
        x, y = one[a], other[c]
        both = x + y
        if both.isascii() and both.isalpha() and both.islower() and not {x, y} & UNITS:
            yield (x, y), _words(x, y)
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
    if any(t.exact or t.name or _is_critical(t.key) for t in both):
        return _APART
    return _SAME if all(t.key in HARMLESS for t in both) else _OTHER


def _respaced(left: list[Token], right: list[Token]) -> int:
    """Return what a difference comes to in which a space came or went, or a word."""
    for some, others in ((left, right), (right, left)):
        rest = _joined(others)
        for token in some:
            if token.exact and not token.key.replace(".", "").isalpha():
                return _APART
            if token.name or _is_critical(token.key):
                if token.key not in rest and not any(
                    t.key not in KNOWN and _is_within(token.key, t.key, 2) for t in others
                ):
                    return _APART
    one, other = _joined(left).replace(".", ""), _joined(right).replace(".", "")
    if all(t.key in HARMLESS for t in [*left, *right]):
        return _SAME
    fewer = min(left, right, key=len)
    if _is_within(one, other, _LETTERS_PER_SLIP) and not any(t.key in KNOWN for t in fewer):
        return _SLIP
    return _BLURRED if _is_within(one, other, _LETTERS_PER_BLUR) else _OTHER


def _pair(x: Token, y: Token) -> int:
    """Return what it comes to that one token stands for another."""
    if x.exact or y.exact:
        letter = len(x.raw) == len(y.raw) == 1 and x.key == y.key
        return _SAME if x.raw == y.raw or letter else _APART
    if x.key == y.key:
        special = x.raw != y.raw and (_is_special(x.raw) or _is_special(y.raw))
        return _APART if special else _SAME
    verdict = _words(x.key, y.key)
    if x.name or y.name:
        return _NAME if verdict in {_SLIP, _BLURRED} else _APART
    if x.opening and verdict == _SLIP and not {x.key, y.key} & KNOWN:
        return _BLURRED  # maybe a name
    return verdict


def _words(one: str, other: str) -> int:
    """Return what it comes to that a word stands for another, but for their capitals."""
    known = (one in KNOWN) + (other in KNOWN)
    close = _is_within(one, other, 2)
    if one in HARMLESS and other in HARMLESS:
        return _SAME
    if _is_opposed(one, other):
        return _APART
    if (_is_critical(one) or _is_critical(other)) and not _is_slip_of_critical(
        one, other
    ):
        return _APART
    if not close or f"a{one}" == other or one == f"a{other}":  # moral, amoral
        return _OTHER
    lone = known == 1 or (known == 0 and min(len(one), len(other)) > _STEM)
    plain = lone and _is_plain(one, other) and _is_within(one, other, _LETTERS_PER_SLIP)
    return _SLIP if plain else _BLURRED


def _is_critical(word: str) -> bool:
    return word in CRITICAL or word.endswith("n't")


def _is_slip_of_critical(one: str, other: str) -> bool:
    """Return whether a word that counts may have become the other by slips."""
    if _is_critical(one) and _is_critical(other):
        return one.rstrip("s") == other.rstrip("s")
    if one in NEGATIONS or other in NEGATIONS:
        return (one in KNOWN) + (other in KNOWN) == 1 and _is_within(one, other, 2)
    close = _is_within(one, other, 2)
    return close or (not (one in KNOWN and other in KNOWN) and _is_blot(one, other))


def _is_blot(one: str, other: str) -> bool:
    """Return whether one short word may be the other, mistyped more than once."""
    return abs(len(one) - len(other)) < 2 and OSA.distance(one, other, score_cutoff=2) <= 2


def _is_special(word: str) -> bool:
    """Return whether a word's case says more than where it stands: mW, CO, US."""
    return word[1:] != word[1:].lower()


def _is_plain(one: str, other: str) -> bool:
    """Return whether words of Western Europe differ in plain letters alone.

    The lists know these languages best; in others a letter may make another word.
    """
    if one.isascii() and other.isascii():
        return True
    differ = set(one) ^ set(other)
    return max(one + other) <= "ÿ" and all(map(str.isascii, differ))


def _is_within(one: str, other: str, letters: int) -> bool:
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
