"""What an answer is tried as, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import TypeAlias

from a2r_graph.references.key.dates import date, time
from a2r_graph.references.key.expressions import expression
from a2r_graph.references.key.lists import several
from a2r_graph.references.key.notations import place, span, written, year
from a2r_graph.references.key.quantities import compound, quantity
from a2r_graph.references.key.reader import Reader
from a2r_graph.references.key.relations import modulus, relations
from a2r_graph.references.key.structures import brackets, matrix, sets

DEEPEST = 4  # levels at which there are values; below are texts

_Plain: TypeAlias = Callable[[str], Hashable | None]
_Nested: TypeAlias = Callable[[str, Reader], Hashable | None]

_PLAIN: tuple[_Plain, ...] = (
    year,  # 44 BC, 1914-1918
    quantity,  # 42, -3/4, 50%, 5 km, $5, seven days
    span,  # 3-5 km, 3 to 5 m^2
)
_SIGNS = re.compile(r"[\^√=+<>{\[]")  # of formulas and relations
_WITHOUT_SIGNS: tuple[_Plain, ...] = (  # that begin with a letter, a digit or "(", besides
    date,  # March 15, 2024
    time,  # 2:30 PM, 3:4
    written,  # 2 x 3, 3 out of 4, 1011_2
    compound,  # 1 hour 30 minutes
    place,  # 3rd
)
_ALL_PLAIN = _PLAIN + _WITHOUT_SIGNS
_NESTED: tuple[_Nested, ...] = (  # that hold other values
    sets,  # {1, 2}, ±5
    matrix,  # [[1, 2], [3, 4]] of LaTeX
    brackets,  # (1, 2), [1, 2)
    relations,  # x = 5, 1 < x < 2
    modulus,  # 3 mod 7
    several,  # 1, 2 and 3; x = 1 or x = 2
)


def value(text: str, depth: int) -> Hashable | None:
    """Return the key of what is no text: what the first trial makes of it.

    Example:
        >>> value("{2, 1}", 0) == value("{1, 2}", 0), value("two cats are here", 0)
        (True, None)
    """
    if not text or depth > DEEPEST:
        return None
    plain = _PLAIN
    if (text[0].isalnum() or text[0] == "(") and not _SIGNS.search(text):
        plain = _ALL_PLAIN
    for read in plain:
        if (found := read(text)) is not None:
            return found
    reader = _READERS[depth]
    for nested in _NESTED:
        if (found := nested(text, reader)) is not None:
            return found
    return expression(text)


_READERS = [Reader(value, depth) for depth in range(DEEPEST + 1)]
