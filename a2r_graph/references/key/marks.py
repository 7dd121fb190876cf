"""Values with a mark, and what becomes of those without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import NamedTuple


class Marked(NamedTuple):
    """The key of a value that has a mark: a unit, say, or a variable's name."""

    value: Hashable
    """What the key would be without the mark."""
    mark: Hashable


def joined(keys: Iterable[Hashable]) -> dict[Hashable, Hashable]:
    """Return the class of each key.

    A key is its own class, but a value without a mark joins the same value with one, if
    the keys know only one mark for it.

    Example:
        >>> days = Marked(7, "day")
        >>> joined([7, days])[7] == days
        True
        >>> joined([7, days, Marked(7, "hour")])[7]
        7
    """
    known = dict.fromkeys(keys)
    marks: defaultdict[Hashable, list[Marked]] = defaultdict(list)
    for key in known:
        if isinstance(key, Marked):
            marks[key.value].append(key)
    return {key: marks[key][0] if len(marks.get(key, ())) == 1 else key for key in known}
