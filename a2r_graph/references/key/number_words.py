"""Numbers in words: twenty-one, three quarters, 七."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

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
_LONGEST = 80  # characters of the longest that anybody writes
_TEN = 10
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
    if len(folded) > _LONGEST:
        return None
    if folded in _ELSEWHERE:
        return Fraction(_ELSEWHERE[folded])
    if folded[:1] in _HAN_DIGITS:
        return _han(folded)
    return _words(tuple(folded.replace("-", " ").replace(",", " ").split()))


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
            if below and (below < _TWENTY or below % 10 or _SPELLED[word] >= _TEN):
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
