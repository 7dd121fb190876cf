"""What is said of a name: x = 5, x > 3, 1 < x < 2, x ≡ 3 mod 7."""

from __future__ import annotations

import re
from collections.abc import Hashable
from itertools import takewhile

from a2r_graph.references.key.formula import formula
from a2r_graph.references.key.lists import is_several, named
from a2r_graph.references.key.marks import Marked
from a2r_graph.references.key.numbers import number
from a2r_graph.references.key.reader import Reader
from a2r_graph.references.key.text import text_key

_SIDES = 64  # at most
_BETWEEN = 3  # sides of 1 < x < 2
_RELATION = re.compile(r"(<=|>=|!=|=<|==|[=<>≤≥≠≈≡∈])")
_SPELT = {"<=": "≤", "=<": "≤", ">=": "≥", "!=": "≠", "==": "="}
_FLIPPED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}
_ONE = r"[^\W\d_](?:_\(?\w{1,5}\)?)?'*"
_NAME = re.compile(_ONE)  # x, x_1, f'
_NAMES = re.compile(  # what has a value: x, m + n, f(2), P(A and B)
    rf"{_ONE} (?: (?:\s*[-+*]\s*[^\W\d_]){{1,4}} | \([^()]{{1,20}}\) )?", re.VERBOSE
)
_POINT = re.compile(r"\(([^\W\d_](?:,\s*[^\W\d_])+)\)")  # (x, y)
_MODULUS = re.compile(r"(.*?)\s*\(?\s*\bmod(?:ulo)?\s+(\w+)\s*\)?")
_MINUS_INFINITY = formula("-∞")


def relations(text: str, reader: Reader) -> Hashable | None:
    """Return the value of what is named or shown, or the interval that a name is in.

    A value is `Marked` with its name, or with a sum of names; an equation of anything else
    is no value.
    """
    parts = _RELATION.split(text)
    if not 1 < len(parts) <= 2 * _SIDES or is_several(text):
        return None
    sides = [side.strip() for side in parts[::2]]
    signs = [_SPELT.get(sign, sign) for sign in parts[1::2]]
    if not all(sides):
        return None
    if signs[-1] == "≈" and not _NAME.fullmatch(sides[-2]):
        sides, signs = sides[:-1], signs[:-1]  # 1/3 ≈ 0.333 is 1/3
        if not signs:
            return reader.inner(sides[0])
    if all(sign in "=≈≡∈" for sign in signs):
        return _equality(sides, reader)
    return _bounds(sides, signs, reader) or _inequality(sides, signs)


def modulus(text: str, reader: Reader) -> Hashable | None:
    """Return a remainder: 3 mod 7."""
    found = _MODULUS.fullmatch(text) if "mod" in text else None
    if found is None or not found[1]:
        return None
    value, of = reader.inner(found[1]), formula(found[2])
    if value is None or of is None:
        return None
    if isinstance(value, Marked):
        return Marked(("mod", value.value, of), value.mark)
    return ("mod", value, of)


def _equality(sides: list[str], reader: Reader) -> Hashable | None:
    first, last = sides[0], sides[-1]
    if _NAME.fullmatch(last):
        return None
    value = reader.inner(last)
    if _is_shown(first, last):
        return value
    point = _POINT.fullmatch(first)
    if point and isinstance(value, tuple) and value[0] == "(":
        names = [name.strip() for name in point[1].split(",")]
        if len(names) == len(value) - 2:
            return named(zip(names, value[1:-1], strict=True))
    before = list(takewhile(_NAMES.fullmatch, sides))
    if not before:
        return None
    if isinstance(value, Marked):
        return value  # its unit tells more than a name
    mark = "=".join(name.replace(" ", "") for name in before)
    return Marked(text_key(last) if value is None else value, mark)


def _is_shown(first: str, last: str) -> bool:
    """Whether a chain shows how a number came about: 2 + 3 = 5."""
    if any(map(str.isalpha, first)):
        return False
    return number(last) is not None and formula(first) is not None


def _bounds(sides: list[str], signs: list[str], reader: Reader) -> Hashable | None:
    """Return the interval that a name is in."""
    if len(sides) == _BETWEEN:
        return _between(sides, signs, reader)
    if len(signs) > 1:
        return None
    (name, end), sign = sides, signs[0]
    if not _NAME.fullmatch(name):
        name, end, sign = end, name, _FLIPPED.get(sign, sign)
    value = reader.inner(end) if _NAME.fullmatch(name) else None
    if value is None:
        return None
    if sign in "<≤":
        return Marked(("(", _MINUS_INFINITY, value, ")" if sign == "<" else "]"), name)
    if sign in ">≥":
        return Marked(("(" if sign == ">" else "[", value, "∞", ")"), name)
    return Marked((sign, value), name)


def _between(sides: list[str], signs: list[str], reader: Reader) -> Hashable | None:
    """Return the interval that has two ends: 1 < x < 2, 2 > x > 1."""
    if all(sign in ">≥" for sign in signs):
        sides, signs = sides[::-1], [_FLIPPED[sign] for sign in signs[::-1]]
    if not _NAME.fullmatch(sides[1]) or not all(sign in "<≤" for sign in signs):
        return None
    ends = reader.inner(sides[0]), reader.inner(sides[2])
    if None in ends:
        return None
    opening, closing = "(["[signs[0] == "≤"], ")]"[signs[1] == "≤"]
    return Marked((opening, *ends, closing), sides[1])


def _inequality(sides: list[str], signs: list[str]) -> Hashable | None:
    """Return two formulas, and how they compare."""
    if len(signs) > 1:
        return None
    left, right = formula(sides[0]), formula(sides[1])
    if left is None or right is None:
        return None
    if signs[0] in "≥>":
        left, right = right, left
    return (_FLIPPED[signs[0]] if signs[0] in "≥>" else signs[0], left, right)
