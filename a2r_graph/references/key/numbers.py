"""Numbers as exact fractions, however they are grouped, scaled or spelled."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

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
_SCALED = re.compile(r"(.*?[\d)])\s*-?(" + "|".join(sorted(_SCALES, key=len)[::-1]) + ")")

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELLED = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}
_PARTS = {
    **dict.fromkeys(("half", "halves"), 2),
    **dict.fromkeys(("third", "thirds"), 3),
    **dict.fromkeys(("quarter", "quarters", "fourth", "fourths"), 4),
    **dict.fromkeys(("fifth", "fifths"), 5),
    **dict.fromkeys(("sixth", "sixths"), 6),
    **dict.fromkeys(("eighth", "eighths"), 8),
    **dict.fromkeys(("tenth", "tenths"), 10),
}
_TWENTY = 20
_HUNDRED = 100
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_ELSEWHERE = {"одиннадцать": 11, "двенадцать": 12} | {
    word: value
    for words in (
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
        "zero um dois três quatro cinco seis sete oito nove dez onze doze",
        "ноль один два три четыре пять шесть семь восемь девять десять",
        "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
        "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस",
        "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열",
    )
    for value, word in enumerate(words.split())
}
_HAN = {han: value for value, han in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_DIGITS = frozenset("零〇一二三四五六七八九十两百")
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_FIRST_WORD = re.compile(r"[^\s,-]+")
_BEGINNINGS = frozenset((*_SPELLED, *_ELSEWHERE, "a", "an", "minus", "negative"))


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


def begins_spelled(text: str) -> bool:
    """Whether the first word may be of a number in words.

    Example:
        >>> begins_spelled("Twenty-one days"), begins_spelled("days")
        (True, False)
    """
    first = _FIRST_WORD.match(text.casefold())
    return first is not None and (first[0] in _BEGINNINGS or first[0][0] in _HAN_DIGITS)


def spelled(text: str) -> Fraction | None:
    """Return the number that words spell: "twenty-one", "three quarters", "七".

    Example:
        >>> spelled("one hundred and five"), spelled("two thirds"), spelled("seventy")
        (Fraction(105, 1), Fraction(2, 3), Fraction(70, 1))
    """
    folded = text.casefold().strip()
    if len(folded) > 80:  # noqa: PLR2004  characters of the longest that anybody writes
        return None
    if folded in _ELSEWHERE:
        return Fraction(_ELSEWHERE[folded])
    if folded[:1] in _HAN_DIGITS:
        return _han(folded)
    return _words(tuple(folded.replace("-", " ").replace(",", " ").split()))


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
    if text[-1].isalpha() and (scaled := _SCALED.fullmatch(text)):
        value = _unsigned(scaled[1])
        return None if value is None else value * _SCALES[scaled[2]]
    return _decimal(text)


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


@lru_cache(2048)
def _words(words: tuple[str, ...]) -> Fraction | None:
    if words[-3:] == ("and", "a", "half"):
        over = _words(words[:-3])
        return None if over is None else over + Fraction(1, 2)
    if len(words) > 1 and words[-1] in _PARTS:
        over = Fraction(1) if words[0] in ("a", "an") else _words(words[:-1])
        # "thirty-third" is a place in a row.
        return over / _PARTS[words[-1]] if over and over < _TWENTY else None
    if words[:1] in (("minus",), ("negative",)):
        over = _words(words[1:])
        return None if over is None else -over
    return _added(words)


def _added(words: tuple[str, ...]) -> Fraction | None:
    """Return the whole number that words spell: two hundred and twenty-one."""
    if not words or words[0] not in _SPELLED or words[-1] == "and":
        return None
    total, current = 0, 0
    for word in words:
        if word in _SPELLED:
            below = current % _HUNDRED
            # "one two" is no number, "twenty two" is.
            if below and (below < _TWENTY or below % 10 or _SPELLED[word] >= 10):  # noqa: PLR2004
                return None
            current += _SPELLED[word]
        elif word == "hundred":
            current *= _HUNDRED
        elif word in _LARGE:
            total, current = total + current * _LARGE[word], 0
        elif word != "and":
            return None
    return Fraction(total + current)


def _han(text: str) -> Fraction | None:
    total, section, digit = 0, 0, 0
    positional = all(char in _HAN for char in text)
    if positional:
        return Fraction(int("".join(str(_HAN[char]) for char in text)))
    for char in text:
        if char in _HAN:
            digit = _HAN[char]
        elif (scale := _HAN_SCALES.get(char)) is None:
            return None
        elif scale >= 10**4:
            total, section, digit = (total + section + digit) * scale, 0, 0
        else:
            section, digit = section + (digit or 1) * scale, 0
    return Fraction(total + section + digit)
