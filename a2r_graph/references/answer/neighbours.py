"""What a quantity belongs to: a list, an amount in two units, a formula, a bound."""

from __future__ import annotations

import re

from a2r_graph.references.answer.amounts import COMPLEX, MONEY, NUMBER, SIGN, SIMPLE, TAIL
from a2r_graph.references.answer.words import any_of

_BACK = 200  # characters before a quantity that are looked at
_NEAR = 80
_MOST_ITEMS = 30
_ITEM_LENGTH = 40  # characters

# "3 of" in "3 of 7", "150 miles in" in "150 miles in 2 hours": the first one counts.
_OF = re.compile(
    rf"(?<![\w.,])({SIMPLE})(?:\s[a-z]+){{0,2}}\s"
    + any_of("in", "at", "of", "out of", "after", "over", "to reach", "on", "per", "within")
    + r"\s(?:the\s|[a-z]\s?=\s?)?$"
)
# A bound, or a function without brackets.
_BOUND = re.compile(
    r"\b("
    + any_of(
        *("at least", "at most", "more than", "less than", "fewer than", "no more than"),
        *("up to", "ln", "log", "sin", "cos", "tan", "exp", "√"),
    )
    + r")\s?$",
    re.IGNORECASE,
)
# A formula's beginning: terms, each with an operator behind it.
_TERMS = re.compile(
    r"(?<![\w.)\]}\\{√π])((?:[\w.)\]}\\{√π]++\s?[-+\u2212*/×^·±]\s?){1,8})$"
)
_WORD = re.compile(r"[A-Za-z]{2}")
# "5 feet" before "11 inches", and the noun behind the last number.
_AMOUNT = re.compile(
    r"((?:\d[\d.,]*\s?(?:(?<=\s)[a-z]{2,12}|(?<=\d)[a-z]{1,4}),?\s(?:and\s)?){1,6})$"
)
_NOUN = re.compile(r"(\s[a-z]{2,14})(?=\s*(?:[.!]|$))")
# A list's item, what joins items, and what a list without "and" begins behind.
_ITEM = re.compile(
    rf"(?:[^\W\d]{{1,2}}[₀-₉]?\s?=\s?)?(?<![\w.])(?:{COMPLEX}|{SIGN}{MONEY}{NUMBER}{TAIL})$"
)
_CONNECTOR = re.compile(
    r"(\s?,?\s(?:and|or|und|oder|y|et|e|и)\s|\s?,\s?)(?:[^\W\d]{1,2}[₀-₉]?\s?=\s?)?$"
)
_LIST_BEGINS = re.compile(r"\b(?:is|are|be)\s$|:\s?$")


def with_neighbours(line: str, start: int, quantity: str) -> str:
    """Return a quantity with the list, the amount or the formula that it ends.

    Args:
        line: The line in which it stands.
        start: Where it stands there.
        quantity: Its text.

    Example:
        >>> with_neighbours("it is 2, 3 and 5", 15, "5")
        '2, 3 and 5'
        >>> with_neighbours("He is 5 feet 11 inches.", 13, "11")
        '5 feet 11 inches'
        >>> with_neighbours("It costs at least 5", 18, "5")
        'at least 5'
    """
    before = line[max(0, start - _BACK) : start]
    of = _OF.search(before[-_NEAR:])
    if of and any(map(str.isdigit, of[1])):
        return of[1]
    bound = _BOUND.search(before[-_NEAR:])
    if bound:
        return f"{bound[1]} {quantity}"
    terms = _TERMS.search(before[-_NEAR:])
    if terms and not _WORD.search(terms[1].replace("\\", "")):
        return f"{terms[1]}{quantity}".strip()
    amount = _AMOUNT.search(before) if quantity[0].isdigit() else None
    noun = _NOUN.match(line, start + len(quantity))
    if amount and _WORD.search(quantity):  # with its unit
        return f"{amount[1]}{quantity}"
    if amount and noun:
        return f"{amount[1]}{quantity}{noun[1]}"
    return f"{_listed(line[:start])}{quantity}"


def _listed(before: str) -> str:
    """Return the beginning of the list that a line ends with; empty if it is none."""
    first, joined = len(before), False
    for place in range(_MOST_ITEMS):
        connector = _CONNECTOR.search(before, max(0, first - _ITEM_LENGTH), first)
        if connector is None:
            break
        end = connector.start()
        item = _ITEM.search(before, max(0, end - _ITEM_LENGTH), end)
        if item is None:
            break
        joined = joined or (place == 0 and connector[1].strip(" ,") != "")
        first = item.start()
    # Without "and" it is a list only where it is all that is said.
    if joined or _LIST_BEGINS.search(before, 0, first):
        return before[first:]
    return ""
