"""What counts as the same answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeAlias

from a2r_graph.references.key.choices import choice, choices, of_the_above, word
from a2r_graph.references.key.dress import undress
from a2r_graph.references.key.lists import listed
from a2r_graph.references.key.marks import Marked, joined
from a2r_graph.references.key.reader import Reader
from a2r_graph.references.key.text import text_key
from a2r_graph.references.key.trials import DEEPEST, value
from a2r_graph.references.key.wording import aside, is_restated, one_wording, unhedged

__all__ = ["AnswerKey", "Marked", "answer_key", "joined"]

AnswerKey: TypeAlias = Callable[[str], Hashable]
"""From a final answer to what is equal for answers that are the same."""

_LONGEST = 400  # characters of what may be more than text
_UNDRESSED = 2_000
_BULLET = re.compile(r"(?:[-*•+]|\d{1,2}[.)])\s+")


@lru_cache(8192)
def answer_key(answer: str) -> Hashable:
    r"""Return a key that is equal for answers that are the same.

    DOCSTRING
    """
    if len(answer) > _UNDRESSED:
        return text_key(answer)
    text = undress(answer)
    if len(text) > _LONGEST:
        return text_key(text)
    return _lines(text) if "\n" in text else _line(text, 0)


def _lines(text: str) -> Hashable:
    """Return the key of several lines: a list's if each has a bullet, or the text's."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    items = [_BULLET.sub("", line, count=1) for line in lines]
    if any(item == line for item, line in zip(items, lines, strict=True)):
        return text_key(text)
    return listed(items, Reader(value, 1))


def _line(text: str, depth: int) -> Hashable:
    """Return the key of one line without its dress."""
    if (found := choices(text)) is not None:
        return found
    if (option := choice(text)) is not None:
        return _choice(*option, text)
    if (found := word(text)) is not None:
        return found
    text = one_wording(text)
    bare = unhedged(text)
    if (found := value(bare, depth)) is not None:
        return found
    if bare != text:
        if (found := word(bare)) is not None:
            return found
        if (option := choice(bare)) is not None:
            return _choice(*option, bare)
    if depth < DEEPEST and (both := aside(bare)):
        outer = _line(both[0], depth + 1)
        if is_restated(both[1]) or outer == _line(both[1], depth + 1):
            return outer
    return text_key(bare)


def _choice(letter: str, rest: str, text: str) -> Hashable:
    key = ("choice", letter)
    if rest:  # "B. Paris", but "B. Franklin" as well
        return Marked(key, text_key(rest))
    tail = text.partition(letter)[2].strip("().:- []")
    return Marked(text_key(tail), key) if of_the_above(tail) else key
