"""What a text is found again by, and which of many texts is the most typical."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32  # unlike hash(), the same in every process

if TYPE_CHECKING:
    from collections.abc import Sequence

SKETCH = 24
_SAMPLE = 50_000  # word pairs of all texts that are ranked, so that it takes no time
_LETTERS_PER_PAIR = 6
_LETTERS_PER_WORD = 16  # above it, a script without spaces: pieces serve as words
_PIECE = 6
_ALL = 2**32


class Counted(NamedTuple):
    """A text of one or more references."""

    normalised: str
    raw: str
    times: int
    """References that have exactly this text."""
    place: int
    """The lowest of their indices."""


def typical_first(texts: Sequence[Counted]) -> list[tuple[Counted, list[int]]]:
    """Return texts with their sketches, the most typical first.

    Of texts alike that is the medoid by their word pairs: the one that has the fewest
    that others lack, and lacks the fewest that others have. On a tie the most frequent
    text comes first, then that of the lowest index.
    """
    length = sum(len(text.normalised) for text in texts)
    bound = min(_ALL, _ALL * _SAMPLE * _LETTERS_PER_PAIR // max(1, length))
    found = [_hashes(text.normalised, bound) for text in texts]
    samples = [hashes[: bisect_left(hashes, bound)] for hashes in found]
    popular: Counter[int] = Counter()
    for text, sample in zip(texts, samples, strict=True):
        popular.update(sample if text.times == 1 else dict.fromkeys(sample, text.times))

    def rank(at: int) -> tuple[int, int, int, int]:
        text = texts[at]
        shared = sorted(map(popular.__getitem__, samples[at]))
        alike = shared[len(shared) // 2] if shared else 0  # so many texts are like it
        return (-alike, alike * len(shared) - 2 * sum(shared), -text.times, text.place)

    order = sorted(range(len(texts)), key=rank)
    return [(texts[at], found[at][:SKETCH]) for at in order]


def _hashes(text: str, bound: int) -> list[int]:
    """Return the hashes of the text's word pairs below a bound, and the smallest ones.

    The smallest are a bottom-k sketch (Broder, "On the resemblance and containment of
    documents", 1997).
    """
    words: list[bytes] = text.encode("utf-8", "surrogatepass").split()
    apart = 1
    if len(words) * _LETTERS_PER_WORD < len(text):
        pieces = (text[at : at + _PIECE] for at in range(len(text)))
        words = [piece.encode("utf-8", "surrogatepass") for piece in pieces]
        apart = _PIECE
    pairs = list(map(crc32, words[apart:], map(crc32, words))) or [crc32(b"".join(words))]
    if len(set(pairs[: 4 * SKETCH])) < 2 * SKETCH:  # few words, over and over
        pairs = list(set(pairs))
    # The smallest of many lie below this bound: it spares sorting all of them.
    enough = max(bound, 4 * SKETCH * _ALL // len(pairs))
    small = set(filter(enough.__gt__, pairs))
    return sorted(small if len(small) >= SKETCH else set(pairs))
