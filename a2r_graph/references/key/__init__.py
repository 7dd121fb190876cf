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


def answer_key(answer: str) -> Hashable:
    r"""Return a key that is equal for answers that are the same.

    One are, whatever their glyphs, mathematical delimiters and markdown:

    - numbers, as exact fractions: `0.5`, `\frac{1}{2}`, `50%`, `one half`; digits grouped
      by commas, spaces or dots; `6.1e-18`; number words of a few languages;
    - a number with one unit in words and symbols: `5 km/h`, `5 kilometers per hour`; money;
    - `B`, `(B)`, `option B`, `(B) Paris`; `A and C`, `AC`; yes and no in a few languages;
    - dates, times of day and ratios; sets, lists of numbers (`1, 2 and 3`), `2 or 3`, `±2`;
    - formulas up to the order of terms and factors, and to roots and fractions as they are
      written; `2 + 3 = 5`, which shows how 5 came about, is 5;
    - texts up to articles, abbreviations, hedges ("about") and, in words, their case.

    A value with a unit or a name (`5 km`, `x = 5`, `f(2) = 5`, `x = 1, y = 2`), a letter
    that may be an initial (`B. Franklin`) and options in brackets (`(A, C)`, which may be
    a pair) are `Marked`: see `joined` for when the value without the mark is the same.

    Two are, and stay so: values that are merely near or rounded, quantities in different
    units (nothing is converted), formulas that only calculation shows to be equal (`2^10`
    and `1024`), tuples and repeated items in another order, intervals of other ends,
    equations, matchings (`A: 1, B: 2`), `5 mW` and `5 MW`, `CO` and `Co`, code in another
    case. Where it is uncertain there are two keys.

    Its limits: alone, `3.10` and `3.1` are one number, though not behind "version"; `007`
    is 7, `0011` a code. A list of numbers is a set, so an order that was asked for is lost
    unless items repeat. In single words, case is folded from three letters on: `Turkey`
    and `turkey` are one. A value with a unit loses its name: `x = 5 m` is `y = 5 m`. Over
    400 characters, and over several lines without bullets, there is only text.

    Args:
        answer: A final answer, as it is read or as a person writes it.

    Example:
        >>> answer_key(r"\frac{1}{2}") == answer_key("0.50") == answer_key("50%")
        True
        >>> answer_key("(B) Paris") == answer_key("option B"), answer_key("AB")
        (True, ('choices', 'A', 'B'))
        >>> answer_key("5 mW") == answer_key("5 MW"), answer_key("CO") == answer_key("Co")
        (False, False)
        >>> answer_key("x = 5")
        Marked(value=Fraction(5, 1), mark='x')
    """
    return text_key(answer) if len(answer) > _UNDRESSED else _key(answer)


@lru_cache(8192)
def _key(answer: str) -> Hashable:
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


def _line(text: str, depth: int) -> Hashable:  # noqa: PLR0911  one a kind
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
