"""Units in one spelling: "meters per second", "m/s" and "m s^-1" are one.

Nothing is converted: 1 km isn't 1000 m here, since the vote can't know which was asked.
Case counts in symbols (mW isn't MW), not in words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from a2r_graph.references.key.unit_table import (
    DERIVED,
    ELSEWHERE,
    FOLDED,
    NO_UNIT,
    RAISED,
    SQUARE,
    SYMBOLS,
    Unit,
)

_PART = re.compile(  # of m/s^2, kg·m^2, J/(kg K), square feet
    r"""(?P<op>[*/·]|per\b)
    |(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*\$? | °\s?[CFK]?(?![a-z]) | [$€£¥₹₩₽¢] | [%‰])
        (?:(?:\s?(?:\^|\*\*)\s?)?\(?(?P<power>[-+]?[1-9])\)?(?!\d))?
    |(?P<nothing>\.|\s+)
    |(?P<bracket>[()])""",
    re.VERBOSE,
)
_MOST = 60  # characters
_SHORTEST = 3  # letters of a noun, and of a plural without its s
_NOUNS = 3  # words of what is counted: "red apples"
_GREEK = re.compile("[α-ωΑ-Ω]")
_RUPEES = re.compile(r"(?:Rs|Re|rs)\.?\s*(?=\d)")
_CODE = 3  # letters of a currency's
_INNER = re.compile(r"[a-z][A-Z]|[A-Z]{2}")
_CURRENCIES = "$€£¥₹₩₽¢"


@lru_cache(4096)
def unit(text: str) -> Unit | None:
    """Return the unit that a text is, all of it, in one spelling; None if it is none.

    Up to three plain words that are no unit are what is counted.

    Example:
        >>> unit("meters per second") == unit("m/s") == unit("m s^-1")
        True
        >>> unit("mW") == unit("MW"), unit("apples") == unit("apple"), unit("of them")
        (False, True, None)
    """
    text = text.replace("(s)", "s").strip()
    if not text or len(text) > _MOST:
        return None
    bare = text.replace("(", "").replace(")", "").strip()
    joined = bare.replace(" ", "")
    return (
        DERIVED.get(joined)
        or DERIVED.get(joined.casefold())
        or _symbols(text)
        or _nouns(bare)
    )


def _symbols(text: str) -> Unit | None:
    powers: dict[str, int] = {}
    at, sign, group, times, last = 0, 1, 1, 1, ""
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            return None
        at = found.end()
        if found["nothing"]:
            continue
        if found["op"]:
            sign = -group if found["op"] in ("/", "per") else group
            continue
        if found["bracket"]:
            group = sign = sign if found["bracket"] == "(" else 1
            continue
        word = found["word"].replace(" ", "")
        folded = word.casefold()
        if folded in SQUARE:
            times = SQUARE[folded]
            continue
        if folded in RAISED and last:
            powers[last] *= RAISED[folded]
            continue
        symbol = _symbol(word)
        if symbol is None:
            return None
        if symbol in ("°C", "°F", "K") and last == "°":  # degrees Celsius
            del powers["°"]
        power = int(found["power"] or 1)
        powers[symbol] = powers.get(symbol, 0) + sign * times * power
        last, times = symbol, 1
    return tuple(sorted(powers.items())) if powers else None


def _symbol(word: str) -> str | None:
    if word in SYMBOLS:
        return SYMBOLS[word]
    folded = word.casefold()
    for form in (folded, folded.removesuffix("s"), folded.removesuffix("es")):
        if form in FOLDED:
            return FOLDED[form]
        if form in ELSEWHERE:
            return ELSEWHERE[form]
    if word.startswith("°") and word[1:2] in "CFK":
        return word[1:] if word[1:] == "K" else word
    return None


def _nouns(text: str) -> Unit | None:
    words = text.casefold().split()
    if len(words) > _NOUNS or any(word in NO_UNIT for word in words):
        return None
    if not all(map(_is_noun, words)):
        return None
    # In a symbol that isn't known, case tells: meV and MeV.
    given = text.split()
    kept = [g if _INNER.search(g) else w for g, w in zip(given, words, strict=True)]
    return tuple((_singular(word), 1) for word in kept)


def _is_noun(word: str) -> bool:
    letters = word.replace("-", "")
    if letters.isascii():
        return letters.isalpha() and len(letters) >= _SHORTEST  # "2 pi", "3 x"
    return letters.isalpha() and not _GREEK.search(letters)


def _singular(word: str) -> str:
    is_plural = len(word) > _SHORTEST and word[-1] == "s" and word[-2] not in "su"
    return word[:-1] if is_plural else word


def currency(text: str) -> tuple[str, str] | None:
    """Return a currency's symbol and the rest of a text that begins or ends with one.

    Example:
        >>> currency("$12.50"), currency("USD 5"), currency("12")
        (('$', '12.50'), ('$', '5'), None)
    """
    for sign in ("US$", "CN¥"):
        if text.startswith(sign):
            return sign.removeprefix("US"), text[len(sign) :].lstrip()
    if text[0] in _CURRENCIES:
        return text[0], text[1:].lstrip()
    if rupees := _RUPEES.match(text):
        return "₹", text[rupees.end() :]
    code, _, rest = text.partition(" ")
    if len(code) == _CODE and code.isupper() and rest[:1].isdigit():  # USD 5
        symbol = FOLDED.get(code.casefold())
        return (symbol, rest) if symbol else None
    return None
