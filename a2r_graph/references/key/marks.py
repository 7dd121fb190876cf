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
    the keys know only one mark for it. Options are told by their letters: where one is a
    letter alone, "B. Paris" and "B. Paris, France" are that letter.

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
    class_of: dict[Hashable, Hashable] = {}
    for key in known:
        if isinstance(key, Marked) and key.value in known and is_option(key.value):
            class_of[key] = key.value
        elif len(marks.get(key, ())) == 1 and not is_option(key):
            class_of[key] = marks[key][0]
        else:
            class_of[key] = key
    return class_of


def is_option(key: Hashable) -> bool:
    """Whether a key is an option's, by its letter."""
    return isinstance(key, tuple) and key[:1] == ("choice",)
