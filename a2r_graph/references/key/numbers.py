"""Numbers as exact fractions, however they are grouped, scaled or spelled."""

from __future__ import annotations

import re
from fractions import Fraction

from a2r_graph.references.key.number_words import spelled

__all__ = ["number", "spelled"]

_LONGEST = 400  # characters; a longer one is a text
_EXPONENT = 400
_CODE = 4  # digits from which a leading zero makes a code: "0011" isn't 11

_WHOLE = r"(?!0,)\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?:[ '_]\d{3})+|\d+"
_ENGLISH = re.compile(rf"(?P<whole>{_WHOLE}|)(?:\.(?P<part>\d+))?")
_OTHER = re.compile(  # a decimal comma
    r"(?P<whole>\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+|\d+),(?P<part>\d+)"
    r"|(?P<many>\d{1,3}(?:\.\d{3}){2,})"
)
_POWER = re.compile(r"\s*(?:[*x]\s*10\s*(?:\^|\*\*)\s*|[eE])\(?\s*([-+]?\d{1,4})\s*\)?")
_TEN = re.compile(r"10\s*(?:\^|\*\*)\s*\(?\s*([-+]?\d{1,4})\s*\)?")
_RATIO = re.compile(r"\s*\(?\s*([-+]?[\d.,]+)\s*\)?\s*/\s*\(?\s*([-+]?[\d.,]+)\s*\)?\s*")
_MIXED = re.compile(r"(\d+)(?:\s+and)?\s+(\d+)\s*/\s*(\d+)")
_MINUS = re.compile(r"(?:minus|negative)\s+(?=[\d.])", re.IGNORECASE)
_SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "millions": 10**6,
    "billion": 10**9,
    "billions": 10**9,
    "trillion": 10**12,
    "lakh": 10**5,
    "crore": 10**7,
    "k": 10**3,
    "mn": 10**6,
    "bn": 10**9,
    "百万": 10**6,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
    "千": 10**3,
    "만": 10**4,
    "억": 10**8,
    "mil": 10**3,
    "mille": 10**3,
    "tausend": 10**3,
    "millionen": 10**6,
    "milliarden": 10**9,
    "millones": 10**6,
    "milhões": 10**6,
    "тысяч": 10**3,
    "тысячи": 10**3,
    "миллионов": 10**6,
    "миллиона": 10**6,
}
_SYMBOL = 3  # letters
_SCALED = re.compile(r"(.*?[\d)])\s*-?(" + "|".join(sorted(_SCALES, key=len)[::-1]) + ")")


def number(text: str) -> Fraction | None:
    """Return the number that a text is, all of it; None if it is none.

    A comma before exactly three digits groups, one before another count of digits is a
    decimal one. Four digits or more behind a leading zero are a code, not a number.

    Example:
        >>> number("1,234,567.50"), number("3,14"), number("1 1/2"), number("75%")
        (Fraction(2469135, 2), Fraction(157, 50), Fraction(3, 2), Fraction(3, 4))
        >>> number("1.6 * 10^(-2)"), number("1.5 million"), number("0011")
        (Fraction(2, 125), Fraction(1500000, 1), None)
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    negative = False
    if text[0] in "+-":
        negative, text = text[0] == "-", text[1:].lstrip()
    elif text[0] in "mMnN" and (minus := _MINUS.match(text)):
        negative, text = True, text[minus.end() :]
    if not text or (text[0] not in "0123456789." and not (text[0] == "(" and "/" in text)):
        return None
    found = _unsigned(text)
    return found if found is None or not negative else -found


def _unsigned(text: str) -> Fraction | None:
    if text.isdecimal():
        code = text[0] == "0" and len(text) >= _CODE
        return None if code else Fraction(int(text))
    if text[-1] == "%":
        share = _unsigned(text[:-1].rstrip()) if len(text) > 1 else None
        return None if share is None else share / 100
    if "/" in text:
        return _fraction(text)
    if text[0] == "1" and (ten := _TEN.fullmatch(text)):
        return _ten_to(ten[1])
    if text[-1].isalpha() and (scaled := _SCALED.fullmatch(_small_word(text))):
        value = _unsigned(scaled[1])
        return None if value is None else value * _SCALES[scaled[2]]
    return _decimal(text)


def _small_word(text: str) -> str:
    """Return a text whose last word is in small letters; symbols such as K stay."""
    number, _, word = text.rpartition(" ")
    return f"{number} {word.lower()}" if number and len(word) > _SYMBOL else text


def _fraction(text: str) -> Fraction | None:
    mixed = _MIXED.fullmatch(text)
    if mixed:
        whole, over, under = map(int, mixed.groups())
        return None if not under or over >= under else whole + Fraction(over, under)
    scaled = _SCALED.fullmatch(text)
    if scaled:
        value = _fraction(scaled[1])
        return None if value is None else value * _SCALES[scaled[2]]
    ratio = _RATIO.fullmatch(text.strip("() ") if text[0] == "(" else text)
    if ratio is None:
        return None
    above, below = _signed(ratio[1]), _signed(ratio[2])
    return None if above is None or not below else above / below


def _signed(text: str) -> Fraction | None:
    found = _decimal(text.lstrip("+-"))
    return -found if found is not None and text.startswith("-") else found


def _decimal(text: str) -> Fraction | None:
    found = _ENGLISH.match(text)
    if found is None or not (found["whole"] or found["part"]):
        return None
    other = _OTHER.match(text)
    if other and other.end() > found.end():
        found = other
    whole = found["whole"] or ""
    if found is other and found["many"]:
        whole = found["many"]
    digits = re.sub(r"\D", "", whole)
    if len(digits) >= _CODE and digits[0] == "0" and digits == whole:
        return None
    part = found["part"] or ""
    value = Fraction(int(f"{digits}{part}"), 10 ** len(part))
    rest = text[found.end() :]
    if not rest:
        return value
    power = _POWER.fullmatch(rest)
    scale = _ten_to(power[1]) if power else None
    return None if scale is None else value * scale


def _ten_to(exponent: str) -> Fraction | None:
    power = int(exponent)
    return None if abs(power) > _EXPONENT else Fraction(10) ** power
