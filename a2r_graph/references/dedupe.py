"""Collapsing texts that are the same, or nearly so, into one representative.

Representatives are found again by a bottom-k sketch (Broder, "On the resemblance and
containment of documents", 1997) of their word pairs, in an inverted index; only the
best candidates are compared character by character. That keeps thousands of texts
near-linear.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from zlib import crc32  # unlike hash(), the same in every process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.state import Reference

_SKETCH = 24
_ENOUGH = 2  # one entry in common is chance
_LETTERS_PER_WORD = 16  # above it, a script without spaces: pieces serve as words
_PIECE = 6
_ALL = 32  # up to so many representatives, short texts are compared with each
_SHORT = 2_000 * 2_000
_BEST = 8
_POSTINGS = 64  # a word pair that more representatives share tells nothing

# Comparisons in vain are paid for, in cells (the product of both lengths; some 10**11 a
# second), so that texts made to look alike can't take minutes. Who runs out is compared
# for equality alone.
_CREDIT = 5 * 10**9
_CREDIT_PER_TEXT = 3 * 10**7


def collapse(references: Sequence[Reference], threshold: float) -> list[Reference]:
    """Set `duplicate_of` of the references that succeeded, and return all by index.

    Texts whose final answers differ are never collapsed. A representative is the
    lowest index of its cluster and has `duplicate_of` `None`.

    Args:
        references: In any order, with answers spelled as `vote` does.
        threshold: Similarity from which two texts are one, in (0, 1]: twice the longest
            common subsequence of characters over both lengths. At 1.0 only texts
            that are equal up to case and white space are one.
    """
    groups: defaultdict[str | None, _Group] = defaultdict(lambda: _Group(threshold))
    credit = _CREDIT
    collapsed: list[Reference] = []
    for reference in sorted(references, key=lambda r: r["index"]):
        original = None
        if reference["status"] == "ok":
            group = groups[reference["answer"]]
            credit += _CREDIT_PER_TEXT
            original, spent = group.add(reference["index"], reference["text"], credit)
            credit -= spent
        collapsed.append({**reference, "duplicate_of": original})
    return collapsed


def support(references: Sequence[Reference]) -> dict[int, int]:
    """Return the size of each cluster by its representative's index."""
    originals = (
        r["index"] if r["duplicate_of"] is None else r["duplicate_of"]
        for r in references
        if r["status"] == "ok"
    )
    return dict(sorted(Counter(originals).items()))


def normalised(text: str) -> str:
    """Return a text as texts are compared: case and white space don't count."""
    # Not NFKC: it would make "52" of a five squared.
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _sketch(text: str) -> list[int]:
    """Return the smallest hashes of the text's word pairs."""
    words: list[bytes] = text.encode("utf-8", "surrogatepass").split()
    if len(words) * _LETTERS_PER_WORD < len(text):
        pieces = (text[at : at + _PIECE] for at in range(len(text)))
        words = [piece.encode("utf-8", "surrogatepass") for piece in pieces]
    pairs = set(map(crc32, words[1:], map(crc32, words))) or {crc32(b"".join(words))}
    # The smallest of many lie below this bound: it spares sorting all of them.
    bound = 4 * _SKETCH * 2**32 // len(pairs)
    small = sorted(filter(bound.__gt__, pairs))
    return (small if len(small) >= _SKETCH else sorted(pairs))[:_SKETCH]


class _Group:
    """The representatives of one final answer."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.known: dict[str, int] = {}
        self.texts: dict[int, str] = {}
        self.postings: defaultdict[int, list[int]] = defaultdict(list)
        self.waiting: tuple[int, str] | None = None

    def add(self, index: int, raw: str, credit: int) -> tuple[int | None, int]:
        """Return the representative of a text (`None`: itself), and what it cost."""
        text = normalised(raw)
        if text in self.known:
            return self.known[text], 0
        original, spent = None, 0
        if self.threshold < 1:
            original, spent = self._nearest(index, text, credit)
        self.known[text] = index if original is None else original
        return original, spent

    def _nearest(self, index: int, text: str, credit: int) -> tuple[int | None, int]:
        if not self.known:
            self.waiting = (index, text)  # most answers of a hard question are lone
            return None, 0
        if self.waiting:
            self._register(*self.waiting, _sketch(self.waiting[1]))
            self.waiting = None
        sketch = _sketch(text)
        spent = 0
        for candidate in self._candidates(text, sketch):
            other = self.texts[candidate]
            cells = len(text) * len(other)
            if cells > credit - spent:
                continue
            if self._similar(text, other):
                return candidate, spent
            spent += cells
        self._register(index, text, sketch)
        return None, spent

    def _candidates(self, text: str, sketch: list[int]) -> list[int]:
        shared: Counter[int] = Counter()
        for entry in sketch:
            shared.update(self.postings.get(entry, ()))
        enough = _ENOUGH if len(sketch) == _SKETCH else 1
        alike = (i for i, n in shared.items() if n >= enough)
        ranked = sorted(alike, key=lambda i: (-shared[i], i))[:_BEST]
        if len(self.texts) <= _ALL:
            ranked += [
                index
                for index, other in self.texts.items()
                if index not in ranked and len(text) * len(other) <= _SHORT
            ]
        lengths = ((i, len(self.texts[i])) for i in ranked)
        reach = self.threshold * 0.5
        return [i for i, n in lengths if min(n, len(text)) >= reach * (n + len(text))]

    def _similar(self, text: str, other: str) -> bool:
        from rapidfuzz.distance import Indel  # noqa: PLC0415  keeps the import cheap

        similarity = Indel.normalized_similarity(text, other, score_cutoff=self.threshold)
        return similarity >= self.threshold

    def _register(self, index: int, text: str, sketch: list[int]) -> None:
        self.texts[index] = text
        for entry in sketch:
            posting = self.postings[entry]
            if len(posting) < _POSTINGS:
                posting.append(index)
