"""Numbers written as years, in other bases, as shares, places in a row and ranges."""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction

from a2r_graph.references.key.marks import Marked
from a2r_graph.references.key.numbers import number
from a2r_graph.references.key.units import unit

_ERA = re.compile(  # 44 BC, AD 79
    r"AD\s*(\d{1,4})|(\d{1,4})\s*(?:AD|CE|A\.D\.|(BCE?|B\.C\.))", re.IGNORECASE
)
_YEARS = re.compile(  # 1914-1918
    r"(?:from\s+|between\s+)?([12]\d{3})\s*(?:-|to|and|until)\s*([12]\d{3})"
)
_GRID = re.compile(r"(\d+)\s*[*x]\s*(\d+)")  # a 2 x 3 matrix
_SHARE = re.compile(r"(\d+)\s+(?:out of|in)\s+(\d+)")  # 1 in 6
_HEX = re.compile(r"0[xX]([0-9a-fA-F]+)")
_BASE = re.compile(  # 1011_2, 1011 in base 2
    r"""\(?([0-9A-Fa-f]+)\)?
    (?:_\(?(\d{1,2})\)? | (?:,?\s(?:in\s)?base[\s-](\d{1,2})))""",
    re.VERBOSE,
)
_ORDINAL = re.compile(r"(?:the\s+)?(?:(\d+)(?:st|nd|rd|th)|([a-z]+))", re.IGNORECASE)
_ORDINALS = {
    word: place
    for place, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
        "twelfth".split(),
        1,
    )
}
_RANGE = re.compile(r"(\d[\d.,]*)\s*-\s*(\d[\d.,]*)")  # 3-5, 3-5 km
_RANGE_TO = re.compile(  # from 3 to 5 km
    r"""(?:from\s+|between\s+)? (\d[\d.,]*) \s*(?:to|and)\s* (\d[\d.,]*) \s+(\D+)""",
    re.VERBOSE,
)
_PROPORTION = re.compile(r"(\d+)[\s-]to[\s-](\d+)")  # 3 to 4


def year(text: str) -> Hashable | None:
    """Return a year of an era, or several years.

    Example:
        >>> year("AD 79"), year("44 BC")
        (Fraction(79, 1), ('before Christ', Fraction(44, 1)))
        >>> year("1914-1918") == year("from 1914 to 1918")
        True
    """
    if text.isdecimal():
        return None
    if era := _ERA.fullmatch(text):
        found = Fraction(era[1] or era[2])
        return ("before Christ", found) if era[3] else found
    if years := _YEARS.fullmatch(text):
        return ("range", Fraction(years[1]), Fraction(years[2]))
    return None


def written(text: str) -> Hashable | None:
    """Return a grid, a share of so many, or a number in another base.

    Example:
        >>> written("3 out of 4"), written("0x2A") == written("2a in base 16")
        (Fraction(3, 4), True)
    """
    if grid := _GRID.fullmatch(text):
        return ("by", grid[1], grid[2])
    if (share := _SHARE.fullmatch(text)) and int(share[2]):
        return Fraction(int(share[1]), int(share[2]))
    if found := _HEX.fullmatch(text):
        return ("base", found[1].casefold().lstrip("0") or "0", "16")
    if found := _BASE.fullmatch(text):
        return ("base", found[1].casefold(), found[2] or found[3])
    return None


def place(text: str) -> Hashable | None:
    """Return a place in a row.

    Example:
        >>> place("3rd") == place("the third"), place("word")
        (True, None)
    """
    found = _ORDINAL.fullmatch(text)
    if found is None:
        return None
    at = int(found[1]) if found[1] else _ORDINALS.get(found[2].casefold())
    return ("place", at) if at else None


def span(text: str) -> Hashable | None:
    """Return a range, with its unit, or a proportion.

    Example:
        >>> span("3 - 5 km") == span("from 3 to 5 kilometers"), span("3 to 4")
        (True, ('colon', '3', '4'))
    """
    if not (text[0].isdigit() or text[0] in "fb"):
        return None
    ends: tuple[Hashable, Hashable]
    found = _RANGE.match(text)
    if found:
        ends = number(found[1]), number(found[2])
        rest = text[found.end() :].strip()
        counted = unit(rest) if rest else None
        if None in ends or (rest and counted is None):
            return None
        key = ("range", *ends)
        return Marked(key, counted) if counted else key
    found = _RANGE_TO.fullmatch(text)
    if found and (counted := unit(found[3])):
        return Marked(("range", number(found[1]), number(found[2])), counted)
    found = _PROPORTION.fullmatch(text)
    return ("colon", found[1], found[2]) if found else None
