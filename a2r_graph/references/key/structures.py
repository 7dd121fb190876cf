"""Sets, tuples, intervals and matrices."""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction

from a2r_graph.references.key.lists import in_order, split
from a2r_graph.references.key.marks import Marked
from a2r_graph.references.key.reader import Reader

_OPENING, _CLOSING = "([{⟨", ")]}⟩"
_BRACKETS = {"⟨": "(", "⟩": ")"}
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")  # 1,234


def sets(text: str, reader: Reader) -> Hashable | None:
    """Return a set: {1, 2}, ∅, or ±5."""
    if text == "∅":
        return ("set",)
    if text[0] == "±":
        return _both(reader.inner(text[1:]))
    if text[0] == "{" and text[-1] == "}" and "{" not in text[1:]:
        return ("set", *in_order(map(reader.item, split(text[1:-1]))))
    return None


def matrix(text: str, reader: Reader) -> Hashable | None:
    """Return a matrix or a determinant, as `plain_latex` writes them."""
    kind, _, rest = text.partition("[")
    if kind not in ("matrix", "det") or rest[-1:] != "]":
        return None
    rows = tuple(
        tuple(reader.item(cell) for cell in row.split(";")) for row in rest[:-1].split("|")
    )
    if kind == "det":
        return ("det", rows)
    return ("[", *(("[", *row, "]") for row in rows), "]")


def brackets(text: str, reader: Reader) -> Hashable | None:
    """Return what stands in brackets: a tuple, a list, an interval, or a lone value."""
    opening, inside, closing = text[0], text[1:-1], text[-1]
    if opening not in "([⟨" or closing not in ")]⟩" or not _is_balanced(inside):
        return None
    if _GROUPED.fullmatch(inside):
        return ("grouped or a pair", text)
    parts = split(inside)
    opening, closing = _BRACKETS.get(opening, opening), _BRACKETS.get(closing, closing)
    if len(parts) > 1:
        return (opening, *map(reader.item, parts), closing)
    inside = inside.strip()
    if (text[0], text[-1]) == ("(", ")"):
        return reader.inner(inside)
    if opening == "[" and not reader.depth and inside[:1] != "[":
        return reader.inner(inside)
    # [[1, 2]] is a matrix of one row, [1] in a matrix a row of one.
    return ("[", reader.item(inside), "]") if opening + closing == "[]" and inside else None


def _both(value: Hashable | None) -> Hashable | None:
    """Return what ± makes of a value."""
    if isinstance(value, Marked):
        both = _both(value.value)
        return None if both is None else Marked(both, value.mark)
    if isinstance(value, Fraction):
        return ("set", *in_order((value, -value)))
    return None if value is None else ("±", value)


def _is_balanced(text: str) -> bool:
    depth = 0
    for glyph in text:
        depth += (glyph in _OPENING) - (glyph in _CLOSING)
        if depth < 0:
            return False
    return depth == 0
