"""Numbers, with what they count: units, money, percent."""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction

from a2r_graph.references.key.marks import Marked
from a2r_graph.references.key.number_words import begins_spelled, spelled
from a2r_graph.references.key.numbers import number
from a2r_graph.references.key.unit_table import Unit
from a2r_graph.references.key.units import currency, unit

_SIGNS = frozenset("+-.($€£¥₹₩₽±∞零〇")  # what a quantity may begin with besides \w
_CURRENCIES = frozenset("€$£¥₹")  # behind a number
_PERCENT = frozenset(
    ("percent", "per cent", "pct", "prozent", "pour cent", "por ciento", "por cento")
)
_WORDS = 8  # of a quantity in words
_MONEY_AHEAD = re.compile(  # $5, -€5, USD 5, Rs. 5
    r"""[-+]?\s?[$€£¥₹₩₽] | [A-Z]{3}\ \d | US\$ | CN¥ | R[se]\.?\s?\d""", re.VERBOSE
)
_RATE = re.compile(  # of money: 5 per hour, 5/h, 5 an hour
    r"""([\d.,]+ (?:\s?(?:million|billion|k))?) \s*(?:/ | per\s+ | an?\s+)\s* (\D+)""",
    re.VERBOSE,
)
_MEASURED = re.compile(  # a number, and what is not of it
    r"""(
        [-+±]?\s?
        (?:\d{1,3}(?:[,'\ ]\d{3})+(?!\d) | \d+ |) (?:[.,]\d+)?
        (?:\s?(?:[*x]\s?10\s?\^\s?\(?[-+]?\d+\)? | [eE][-+]?\d+(?!\w)))?  # 1.5 x 10^(-3)
        (?:(?<=\d)(?:\s\d+)?\s?/\s?\d+)?  # 1 1/2
        (?:
            \s?-?(?:hundred|thousand|million|billion|trillion|lakh|crore|万|亿|億|만|억)(?!\w)
            | (?:[kK]|bn|mn)(?!\w)
        )?
    )
    [\s-]?(\D.*)""",
    re.VERBOSE,
)
_DECADE = re.compile(r"(?:1\d|20)\d0s")  # 1990s, which isn't 1990 seconds
_AGAIN = re.compile(r"(?:(.*?\S)\s*)?\(([^()]*)\)")  # 7 (seven)
_PART = re.compile(  # of 1 hour 30 minutes
    r"(\d[\d.]*)\s*([^\W\d]+)\.?,?\s*(?:and\s+)?(?=\d|$)"
)


def quantity(text: str) -> Hashable | None:  # noqa: PLR0911  one a kind
    """Return a number, or a number with its unit; None if a text is neither.

    Example:
        >>> quantity("50%"), quantity("seven") == quantity("7")
        (Fraction(1, 2), True)
        >>> (
        ...     quantity("5 km") == quantity("5 kilometers"),
        ...     quantity("$5") == quantity("5 USD"),
        ... )
        (True, True)
        >>> quantity("7 of them")
    """
    first = text[0]
    if first.isalpha():
        found = spelled(text) if begins_spelled(text) else None
        if found is None and text.isascii() and first in "mMnN":
            found = number(text)  # minus 5
        if found is not None:
            return found
        return (_money(text) if _MONEY_AHEAD.match(text) else None) or _in_words(text)
    if not (first.isdigit() or first in _SIGNS):
        return None
    found = number(text)
    if found is None and first in "零〇":
        found = spelled(text)
    if found is not None:
        return found
    if _MONEY_AHEAD.match(text) and (
        currency(text[1:].lstrip() if first in "+-" else text)
    ):
        return _money(text)
    if text[-1] in _CURRENCIES and (found := number(text[:-1].strip())) is not None:
        return Marked(found, ((text[-1], 1),))
    return _measured(text)


def compound(text: str) -> Hashable | None:
    """Return a quantity of several parts.

    Example:
        >>> compound("5 ft 11 in") == compound("5 feet 11 inches")
        True
    """
    if not text[0].isdigit():
        return None
    parts, at = [], 0
    while found := _PART.match(text, at):
        value, counted = number(found[1]), unit(found[2])
        if value is None or counted is None:
            return None
        parts.append(Marked(value, counted))
        at = found.end()
    return ("quantities", *parts) if len(parts) > 1 and at == len(text) else None


def _money(text: str) -> Hashable | None:
    negative = text[0] == "-"
    money = currency(text[1:].lstrip() if text[0] in "+-" else text)
    if money is None:
        return None
    symbol, rest = money
    rate = _RATE.fullmatch(rest)
    amount = _amount(rate[1] if rate else rest)
    each: Unit | None = unit(rate[2]) if rate else ()
    if amount is None or each is None:
        return None
    mark = ((symbol, 1), *((counted, -power) for counted, power in each))
    return Marked(-amount if negative else amount, tuple(sorted(mark)))


def _amount(text: str) -> Fraction | None:
    """Return an amount of money: 5, 5M, 5 USD."""
    found = number(text)
    if found is not None:
        return found
    scale = {"m": "million", "b": "billion", "k": "k"}.get(text[-1:].casefold())
    if scale and (found := number(f"{text[:-1]} {scale}")) is not None:
        return found
    return number(text[:-3]) if text[-3:].isalpha() and unit(text[-3:]) else None


def _measured(text: str) -> Hashable | None:
    found = None if _DECADE.fullmatch(text) else _MEASURED.fullmatch(text)
    if found is None or not found[1].strip(" +-±"):
        return None
    value = number(found[1].strip())
    if value is None:
        return None
    rest = found[2].strip()
    again = _AGAIN.fullmatch(rest)
    if again and spelled(again[2]) == value:
        # The words say it again.
        return _counted(value, again[1]) if again[1] else value
    return _counted(value, rest)


def _in_words(text: str) -> Hashable | None:
    """Return a quantity whose number is spelled: seven days."""
    words = text.split(" ")
    if len(words) > _WORDS or not begins_spelled(text):
        return None
    for end in range(len(words) - 1, 0, -1):
        value = spelled(" ".join(words[:end]))
        if value is not None:
            return _counted(value, " ".join(words[end:]))
    return None


def _counted(value: Fraction, rest: str) -> Hashable | None:
    if rest.casefold() in _PERCENT:
        return value / 100
    counted = unit(rest)
    return None if counted is None else Marked(value, counted)
