"""Collapsing texts that say the same in nearly the same words into one representative.

Representatives are found again by a sketch of their word pairs, in an inverted index;
only the best candidates are compared, and only where they differ. That keeps thousands
of texts near-linear.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from a2r_graph.references.chunks import without_greeting
from a2r_graph.references.sketch import SKETCH, Counted, typical_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.references.lookalike import Body
    from a2r_graph.state import Reference

_ENOUGH = 2  # one entry in common is chance
_ALL = 32  # up to so many representatives, short texts are compared with each
_SHORT = 2_000 * 2_000
_BEST = 8
_POSTINGS = 64  # a word pair that more representatives share tells nothing

# Comparisons in vain are paid for, in cells (the product of both lengths; some 10**11 a
# second), so that texts made to look alike can't take minutes. Who runs out stays
# alone.
_CREDIT = 5 * 10**9
_CREDIT_PER_TEXT = 3 * 10**7

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def collapse(references: Sequence[Reference], threshold: float) -> list[Reference]:
    """Set `duplicate_of` of the references that succeeded, and return all by index.

    Texts are one only if they say the same: never those whose final answers, digits,
    operators, negations, yes or no, units, names or code differ, however similar, and in
    doubt they are two. The representative of a cluster is its most typical text, the one
    that differs least from the others; it has `duplicate_of` `None`, and each of the
    others is compared with it, so that no chain of small differences joins two texts.

    Args:
        references: In any order, with answers spelled as `vote` does.
        threshold: Similarity from which two texts are one, in (0, 1]: twice the longest
            common subsequence of characters over both lengths, past a greeting, case
            and white space. At 1.0 only texts that are equal up to these are one.
    """
    ordered = sorted(references, key=lambda r: r["index"])
    groups: defaultdict[tuple[str | None, bytes], list[Reference]] = defaultdict(list)
    for reference in ordered:
        if reference["status"] == "ok":
            # Texts of other digits needn't be compared: it spares most comparisons in vain.
            text = reference["text"].encode("utf-8", "surrogatepass")
            digits = text.translate(None, _NO_DIGITS)
            groups[reference["answer"], digits].append(reference)
    originals: dict[int, int | None] = {}
    credit = _CREDIT
    for group in groups.values():
        credit += _CREDIT_PER_TEXT * len(group)
        found, spent = _clusters(group, threshold, credit)
        originals |= found
        credit -= spent
    return [{**r, "duplicate_of": originals.get(r["index"])} for r in ordered]


def support(references: Sequence[Reference]) -> dict[int, int]:
    """Return the size of each cluster by its representative's index."""
    originals = (
        r["index"] if r["duplicate_of"] is None else r["duplicate_of"]
        for r in references
        if r["status"] == "ok"
    )
    return dict(sorted(Counter(originals).items()))


def normalised(text: str) -> str:
    """Return a text as similarity is measured: case, white space, greeting don't count."""
    # Not NFKC: it would make "52" of a five squared.
    plain = unicodedata.normalize("NFC", without_greeting(text))
    return " ".join(plain.casefold().split())


def _clusters(
    group: list[Reference], threshold: float, credit: int
) -> tuple[dict[int, int | None], int]:
    """Return the representative of each reference (`None`: itself), and what it cost."""
    indices: defaultdict[str, list[int]] = defaultdict(list)
    for reference in group:
        indices[reference["text"]].append(reference["index"])
    if len(indices) == 1:
        first, *others = next(iter(indices.values()))
        return {first: None, **dict.fromkeys(others, first)}, 0
    texts = [
        Counted(normalised(raw), raw, len(own), own[0]) for raw, own in indices.items()
    ]
    known = _Representatives(threshold, credit)
    originals: dict[int, int | None] = {}
    for text, sketch in typical_first(texts):
        original = known.place(text, sketch)
        for index in indices[text.raw]:
            originals[index] = None if index == original else original
    return originals, credit - known.credit


class _Representatives:
    """Those found so far of texts that could be one."""

    def __init__(self, threshold: float, credit: int) -> None:
        self.threshold = threshold
        self.credit = credit
        self.texts: dict[int, Counted] = {}
        self.bodies: dict[int, Body] = {}
        self.equal: defaultdict[str, list[int]] = defaultdict(list)
        self.postings: defaultdict[int, list[int]] = defaultdict(list)

    def place(self, text: Counted, sketch: list[int]) -> int:
        """Return the index of a text's representative, maybe its own."""
        for candidate in self._candidates(text, sketch):
            other = self.texts[candidate]
            cells = len(text.normalised) * len(other.normalised)
            if cells > self.credit:
                continue
            if self._is_one(text, other):
                return candidate
            self.credit -= cells
        self._register(text, sketch)
        return text.place

    def _is_one(self, text: Counted, other: Counted) -> bool:
        from a2r_graph.references import lookalike  # noqa: PLC0415  with rapidfuzz

        if not lookalike.may_be_one(text.normalised, other.normalised, self.threshold):
            return False
        found = lookalike.is_one(self._body(text), self._body(other), self.threshold)
        if found:
            self.bodies.pop(text.place)  # no other is compared with it
        return found

    def _body(self, text: Counted) -> Body:
        from a2r_graph.references.lookalike import Body  # noqa: PLC0415

        if text.place not in self.bodies:
            self.bodies[text.place] = Body.of(text.normalised, text.raw)
        return self.bodies[text.place]

    def _candidates(self, text: Counted, sketch: list[int]) -> list[int]:
        equal = self.equal.get(text.normalised, [])[:_BEST]
        if self.threshold == 1:
            return equal
        shared: Counter[int] = Counter()
        for entry in sketch:
            shared.update(self.postings.get(entry, ()))
        enough = _ENOUGH if len(sketch) == SKETCH else 1
        alike = (i for i, n in shared.items() if n >= enough)
        ranked = equal + sorted(alike, key=lambda i: (-shared[i], i))[:_BEST]
        size = len(text.normalised)
        if len(self.texts) <= _ALL:
            ranked += [
                index
                for index, other in self.texts.items()
                if size * len(other.normalised) <= _SHORT
            ]
        lengths = ((i, len(self.texts[i].normalised)) for i in dict.fromkeys(ranked))
        reach = self.threshold * 0.5
        return [i for i, n in lengths if min(n, size) >= reach * (n + size)]

    def _register(self, text: Counted, sketch: list[int]) -> None:
        self.texts[text.place] = text
        self.equal[text.normalised].append(text.place)
        for entry in sketch:
            posting = self.postings[entry]
            if len(posting) < _POSTINGS:
                posting.append(text.place)
