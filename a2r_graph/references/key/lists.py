"""Several values: listed, joined by "and", or by "or"."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

from a2r_graph.references.key.marks import Marked
from a2r_graph.references.key.reader import Reader
from a2r_graph.references.key.text import text_key

_ITEMS = 64  # at most
_CLAUSE = 4  # words; longer items are clauses of a sentence
_OPENING, _CLOSING = "([{⟨", ")]}⟩"
_THOUSANDS = re.compile(r",\d{3}(?!\d)")  # a comma that groups digits
_AND = re.compile(  # "and = 5" goes on with the same value
    r",?\s+(?:and|&|und|y|et|e|и)\s+(?![=<>≤≥≈])"
)
_LEADING_AND = re.compile(r"\s*(?:and|und|y|et|e|и)\s+(?![=<>≤≥≈])")
_OR = re.compile(r"\s*∪\s*|\s+(?:or|oder|或)\s+|\s+或|(?<=\))\s*or\s*(?=\()")


def several(text: str, reader: Reader) -> Hashable | None:
    """Return a list's key: of values a set's, else that of its items in order."""
    parts = split(text)
    if len(parts) > 1 or _AND.search(text):
        items = [item for part in parts for item in _AND.split(_without_and(part))]
        return listed(items, reader) if 1 < len(items) <= _ITEMS else None
    parts = _OR.split(text)
    if not 1 < len(parts) <= _ITEMS:
        return None
    keys = [reader.inner(part) for part in parts]
    if None in keys:
        return None
    found = _collected(keys)
    if all(map(_is_plain, keys)):
        return found
    # "x > 0 or y > 0", "(1, 2) ∪ (3, 4)": not both of them.
    if isinstance(found, Marked):
        return Marked(("any of", found.value), found.mark)
    return ("any of", found)


def is_several(text: str) -> bool:
    """Whether a text may be several values.

    Example:
        >>> is_several("x = 2 or x = 3"), is_several("f(1, 2) = 1,000")
        (True, False)
    """
    return (
        len(split(text)) > 1
        or _OR.search(text) is not None
        or _AND.search(text) is not None
    )


def listed(items: list[str], reader: Reader) -> Hashable | None:
    """Return the key of items; None for what are clauses of a sentence."""
    keys = [reader.inner(item) for item in items]
    if None not in keys:
        return _collected(keys)
    if any(len(item.split()) > _CLAUSE for item in items):
        return None
    texts = (
        text_key(item.strip()) if key is None else key
        for item, key in zip(items, keys, strict=True)
    )
    return ("list", *texts)


def named(values: Iterable[tuple[Hashable, Hashable]]) -> Marked:
    """Return the tuple of values, each with its name, in the order of the names.

    Example:
        >>> named([("y", 2), ("x", 1)])
        Marked(value=('(', 1, 2, ')'), mark=('names', 'x', 'y'))
    """
    names, ordered = zip(*sorted(values, key=lambda value: str(value[0])), strict=True)
    return Marked(("(", *ordered, ")"), ("names", *names))


def split(text: str) -> list[str]:
    """Split at the commas and semicolons outside brackets that group nothing.

    Example:
        >>> split("(1, 2), 3; 1,000")
        ['(1, 2)', ' 3', ' 1,000']
    """
    if "," not in text and ";" not in text:
        return [text]
    parts, depth, start = [], 0, 0
    for at, glyph in enumerate(text):
        if glyph in _OPENING:
            depth += 1
        elif glyph in _CLOSING:
            depth -= 1
        elif depth == 0 and glyph in ",;":
            if glyph == "," and text[at - 1 : at].isdigit() and _THOUSANDS.match(text, at):
                continue
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


def in_order(keys: Iterable[Hashable]) -> list[Hashable]:
    """Return keys in an order that hangs on the keys alone."""
    return sorted(keys, key=repr)


def _without_and(item: str) -> str:
    found = _LEADING_AND.match(item)
    return item[found.end() :] if found else item


def _is_plain(key: Hashable) -> bool:
    """Whether it is a number or a formula, of which alternatives are a set."""
    value = key.value if isinstance(key, Marked) else key
    return not (isinstance(value, tuple) and value[:1] in (("(",), ("[",)))


def _collected(keys: list[Hashable]) -> Hashable:
    """Return the set of values; of differently named ones, the tuple of their values.

    What comes twice stands in an order.
    """
    if len(set(keys)) < len(keys):
        return ("list", *keys)
    marks = [key.mark for key in keys if isinstance(key, Marked)]
    different = set(marks)
    if not marks:
        return ("set", *in_order(_flat(keys)))
    if len(different) == len(keys) and all(isinstance(mark, str) for mark in marks):
        return named((key.mark, key.value) for key in keys if isinstance(key, Marked))
    if len(different) > 1:
        return ("set", *in_order(keys))
    values = [key.value if isinstance(key, Marked) else key for key in keys]
    return Marked(("set", *in_order(_flat(values))), marks[0])


def _flat(keys: Iterable[Hashable]) -> Iterable[Hashable]:
    """Return keys, and of sets what is in them."""
    for key in keys:
        if isinstance(key, tuple) and key[:1] == ("set",):
            yield from key[1:]
        else:
            yield key
