"""What counts as the same answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias

from a2r_graph.references.key.choices import choice, choices, of_the_above, word
from a2r_graph.references.key.dates import date, time
from a2r_graph.references.key.dress import undress
from a2r_graph.references.key.formula import formula
from a2r_graph.references.key.glyphs import plain_glyphs
from a2r_graph.references.key.latex import plain_latex
from a2r_graph.references.key.marks import Marked, joined
from a2r_graph.references.key.numbers import number, spelled
from a2r_graph.references.key.text import is_prose, text_key
from a2r_graph.references.key.units import currency, unit

__all__ = ["AnswerKey", "Marked", "answer_key", "joined"]

AnswerKey: TypeAlias = Callable[[str], Hashable]
"""From a final answer to what is equal for answers that are the same."""

_LONGEST = 400  # characters of what may be more than text
_UNDRESSED = 2_000
_DEEPEST = 4
_ITEMS = 64


@lru_cache(8192)
def answer_key(answer: str) -> Hashable:
    r"""Return a key that is equal for answers that are the same.

    Known are glyphs and mathematical or markdown dress, the letters of options, yes and
    no, numbers with their units (exact fractions), dates and times, lists, sets, tuples
    and intervals, `x = v`, sums shown, and formulas up to the order of their terms.
    Anything else is a text, whose case counts except in prose. Nothing is evaluated, no
    unit converted, and no two values are one because they are near: where it is
    uncertain, there are two keys. A value with a unit, and `x = v`, are `Marked`; see
    `joined` for what becomes of a value without.

    Args:
        answer: A final answer, as it is read or as a person writes it.

    Example:
        >>> answer_key(r"\frac{1}{2}") == answer_key("0.50") == answer_key("50%")
        True
        >>> answer_key("(B) Paris") == answer_key("option B"), answer_key("AB")
        (True, ('choices', 'A', 'B'))
        >>> answer_key("5 mW") == answer_key("5 MW"), answer_key("CO") == answer_key("Co")
        (False, False)
    """
    if len(answer) > _UNDRESSED:
        return text_key(answer)
    text = undress(answer)
    if len(text) > _LONGEST or "\n" in text:
        return _block(text)
    return _key(text, 0)


def _block(text: str) -> Hashable:
    """Return the key of several lines: a list's, or the text's."""
    lines = [line for line in text.split("\n") if line.strip()]
    items = [_BULLET.sub("", line.strip(), count=1) for line in lines]
    if len(text) <= _LONGEST and all(
        item != line.strip() for item, line in zip(items, lines, strict=True)
    ):
        return _list(items, 1)
    return text_key(text)


_BULLET = re.compile(r"(?:[-*•+]|\d{1,2}[.)])\s+")
_DECADE = re.compile(r"(?:1\d|20)\d0s")
_ERA = re.compile(r"(?:AD\s*)?(\d{1,4})\s*(AD|CE|BCE?|B\.C\.|A\.D\.)", re.IGNORECASE)
_OUT_OF = re.compile(r"(\d+)\s+(?:out of|in)\s+(\d+)")
_YEARS = re.compile(
    r"(?:from\s+|between\s+)?([12]\d{3})\s*(?:-|to|and|until)\s*([12]\d{3})"
)
_HEDGE = re.compile(
    r"(?:(?:approximately|approx\.?|about|around|roughly|circa|ca\.|nearly|exactly|only|just"
    r"|simply|equal to|equals|therefore|thus|so|hence|it is|it's|we get|i\.e\.|namely"
    r"|precisely|a total of|the number|the value|ungefähr|etwa|environ|aproximadamente|примерно"
    r"|около|约|大约|約|およそ|약)(?![\w])[\s,:]*|[≈≃=]\s*|~\s?(?=[\d$-]))+",
    re.IGNORECASE,
)
_REASON = re.compile(r",?\s+(?:because|since)\s.*", re.DOTALL)
_ASIDE = re.compile(r"(.*?\S)\s*\(([^()]*)\)")
_PREFIXED_NUMBER = re.compile(r"[-+]?\s?[$€£¥₹₩₽]|[A-Z]{3} \d|US\$|CN¥|R[se]\.?\s?\d")
_PER = re.compile(r"([\d.,]+(?:\s?(?:million|billion|k))?)\s*(?:/|per\s+|an?\s+)\s*(\D+)")
_MEASURED = re.compile(
    r"([-+±]?\s?(?:\d{1,3}(?:[,' ]\d{3})+(?!\d)|\d+|)(?:[.,]\d+)?"
    r"(?:\s?(?:[*x]\s?10\s?\^\s?\(?[-+]?\d+\)?|[eE][-+]?\d+(?!\w)))?"
    r"(?:(?<=\d)(?:\s\d+)?\s?/\s?\d+)?"
    r"(?:\s?-?(?:hundred|thousand|million|billion|trillion|lakh|crore|万|亿|億|만|억)(?!\w)"
    r"|(?:[kK]|bn|mn)(?!\w))?)"
    r"[\s-]?(\D.*)"
)
_TRAILING_UNIT = re.compile(r"(.*[\d)πe∞])\s+([^\W\d_°(].*|°.*)|(.*\S)\s*(°.{0,3})")
_FORMULA_SIGN = re.compile(r"[*^π√∞]|\)/\(")
_SET = re.compile(r"\{(.*)\}", re.DOTALL)
_BRACKETS = re.compile(r"([(\[⟨])(.*)([)\]⟩])", re.DOTALL)
_RELATION = re.compile(r"(<=|>=|!=|=<|==|[=<>≤≥≠≈≡∈])")
_NAME = re.compile(r"[^\W\d_](?:_\(?\w{1,5}\)?)?'*")
_NAMES = re.compile(  # of a value: x, m + n, f(2), P(A and B)
    rf"{_NAME.pattern}(?:(?:\s*[-+*]\s*[^\W\d_]){{1,4}}|\([^()]{{1,20}}\))?"
)
_MOD = re.compile(r"(.*?)\s*\(?\s*\bmod(?:ulo)?\s+(\w+)\s*\)?")
_RANGE = re.compile(r"(\d[\d.,]*)\s*-\s*(\d[\d.,]*)")
_RANGE_TO = re.compile(
    r"(?:from\s+|between\s+)?(\d[\d.,]*)\s*(?:to|and)\s*(\d[\d.,]*)\s+(\D+)"
)
_PROPORTION = re.compile(r"(\d+)[\s-]to[\s-](\d+)")
_POINT = re.compile(r"\(([^\W\d_](?:,\s*[^\W\d_])+)\)")
_BASE = re.compile(
    r"\(?([0-9A-Fa-f]+)\)?(?:_\(?(\d{1,2})\)?|,?\s(?:in\s)?base[\s-](\d{1,2}))"
)
_HEX = re.compile(r"0[xX]([0-9a-fA-F]+)")
_COMPOUND = re.compile(r"(\d[\d.]*)\s*([^\W\d]+)\.?,?\s*(?:and\s+)?(?=\d|$)")
_YEAR = re.compile(
    r"(?:the\s+)?year\s+(?=\d{3,4}\b)|(?:in|on|at|by)\s+(?=\d)", re.IGNORECASE
)
_SUFFIX = re.compile(r",\s+(?=(?:Jr|Sr|Inc|Ltd|II|III)\b)")
_ORDINAL = re.compile(r"(?:the\s+)?(?:(\d+)(?:st|nd|rd|th)|([a-z]+))", re.IGNORECASE)
_ORDINALS = {
    word: place
    for place, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
        "twelfth".split(),
        1,
    )
}
_RESTATED = re.compile(r"(?:approx\w*\.?|about|around|roughly|i\.e\.|≈|~|=)", re.IGNORECASE)
_MATRIX = re.compile(r"(matrix|det)\[(.*)\]", re.DOTALL)
_UNION = re.compile(r"\s*∪\s*|(?<=\))\s*or\s*(?=\()|\s+or\s+|\s+oder\s+|\s+或\s*")
_AND = re.compile(r",?\s+(?:and|&|und|y|et|e|и)\s+(?![=<>≤≥≈])")
_LEADING_AND = re.compile(r"^\s*(?:and|und|y|et|e|и)\s+(?![=<>≤≥≈])")
_CHEMICAL = re.compile(
    r"(?:\(?[A-Z][a-z]?\)?(?:_?\(?\d{1,3}\)?)?){1,24}?"
    r"(?:(?<=.{3})|(?P<charge>\^?\(?\d?[-+]\)?|\^\(?[-+]\d\)?))"
)
_SAID = {
    **dict.fromkeys(("empty set", "the empty set", "{}", "{ }"), "∅"),
    **dict.fromkeys(("no solutions", "there is no solution"), "no solution"),
    **dict.fromkeys(("there are no solutions", "no real solutions"), "no solution"),
    **dict.fromkeys(("infinity", "+∞", "+infinity", "positive infinity", "infinite"), "∞"),
    **dict.fromkeys(("-infinity", "minus infinity", "negative infinity"), "-∞"),
}
_FLIPPED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}
_SPELT = {"<=": "≤", "=<": "≤", ">=": "≥", "!=": "≠", "==": "="}
_PERCENT = {"percent", "per cent", "pct", "prozent", "pour cent", "por ciento", "por cento"}
_SINGLE = 2


def _key(text: str, depth: int) -> Hashable:
    """Return the key of one line without its dress."""
    found: Hashable | None = choices(text)
    option = None if found else choice(text)
    if option:
        return _choice(*option, text)
    found = found or word(text)
    if found is not None:
        return found
    text = _SAID.get(text.casefold(), _SUFFIX.sub(" ", text))
    bare = _REASON.sub("", text) if "ecause" in text or "since" in text else text
    if year := _YEAR.match(bare):
        bare = bare[year.end() :]
    hedge = _HEDGE.match(bare)
    if hedge and hedge.end() < len(bare):
        bare = bare[hedge.end() :]
    found = _value(bare, depth)
    if found is None and bare is not text and bare != text:
        found = word(bare) or (choice(bare) and _choice(*choice(bare), bare))  # type: ignore[misc]
    if found is not None:
        return found
    aside = _ASIDE.fullmatch(bare)
    if aside and depth < _DEEPEST:
        outer = _key(aside[1], depth + 1)
        if _RESTATED.match(aside[2]) or outer == _key(aside[2], depth + 1):
            return outer
    return text_key(bare)


def _choice(letter: str, rest: str, text: str) -> Hashable:
    key = ("choice", letter)
    if rest:  # "B. Paris", but "B. Franklin" as well
        return Marked(key, text_key(rest))
    tail = text.partition(letter)[2].strip("().:- []")
    if of_the_above(tail):
        return Marked(text_key(tail), key)
    return key


def _value(text: str, depth: int) -> Hashable | None:
    """Return the key of what is no text."""
    if not text or depth > _DEEPEST:
        return None
    found: Hashable | None = _quantity(text)
    if found is not None:
        return found
    if text[0].isalnum() or text[0] == "(":
        found = (
            date(text) or time(text) or _written(text) or _compound(text) or _place(text)
        )
        if found is not None:
            return found
    for read in (_ranges, _sets, _brackets, _relations, _modulus, _several):
        found = read(text, depth)
        if found is not None:
            return found
    if is_prose(text) and not _FORMULA_SIGN.search(text):
        return None
    return _measured_formula(text)


def _quantity(text: str) -> Hashable | None:
    """Return a number, or a number with its unit."""
    first = text[0]
    if not (
        first.isdigit() or first in "+-.($€£¥₹₩₽±∞" or first.isalpha() or first in "零〇"
    ):
        return None
    if _DECADE.fullmatch(text):
        return None
    if era := _ERA.fullmatch(text):
        year = Fraction(int(era[1]))
        return ("before Christ", year) if era[2][0] in "bB" else year
    value = number(text)
    if value is not None:
        return value
    value = spelled(text)
    if value is not None:
        return value
    if _PREFIXED_NUMBER.match(text):
        negative = first in "+-"
        money = currency(text[1:].lstrip() if negative else text)
        if money:
            per = _PER.fullmatch(money[1])
            amount = _amount(per[1] if per else money[1])
            counted = unit(per[2]) if per else ()
            if amount is None or counted is None:
                return None
            mark = ((money[0], 1), *((symbol, -power) for symbol, power in counted))
            return Marked(-amount if first == "-" else amount, tuple(sorted(mark)))
    if text[-1] in "€$£¥₹" and (amount := number(text[:-1].strip())) is not None:
        return Marked(amount, ((text[-1], 1),))
    return _measured(text)


_TIMES = re.compile(r"(\d+)\s*[*x]\s*(\d+)")


def _written(text: str) -> Hashable | None:
    """Return a number that is written in another base, years, or a part of so many."""
    if times := _TIMES.fullmatch(text):
        return ("by", times[1], times[2])  # a 2 x 3 matrix
    if (part := _OUT_OF.fullmatch(text)) and int(part[2]):
        return Fraction(int(part[1]), int(part[2]))
    if years := _YEARS.fullmatch(text):
        return ("range", Fraction(years[1]), Fraction(years[2]))
    if found := _HEX.fullmatch(text):
        return ("base", found[1].casefold().lstrip("0") or "0", "16")
    if found := _BASE.fullmatch(text):
        return ("base", found[1].casefold(), found[2] or found[3])
    return None


def _place(text: str) -> Hashable | None:
    found = _ORDINAL.fullmatch(text)
    if found is None:
        return None
    place = int(found[1]) if found[1] else _ORDINALS.get(found[2].casefold())
    return ("place", place) if place else None


def _compound(text: str) -> Hashable | None:
    """Return a quantity of several parts: 1 hour 30 minutes, 5 ft 11 in."""
    if not text[0].isdigit():
        return None
    parts, at = [], 0
    while found := _COMPOUND.match(text, at):
        value, counted = number(found[1]), unit(found[2])
        if value is None or counted is None:
            return None
        parts.append(Marked(value, counted))
        at = found.end()
    return ("quantities", *parts) if len(parts) > 1 and at == len(text) else None


def _amount(text: str) -> Fraction | None:
    found = number(text)
    if found is None and text[-1:] in "mM":
        found = number(f"{text[:-1]} million")
    if found is None and text[-1:] in "bB":
        found = number(f"{text[:-1]} billion")
    if found is None and text[-1:] == "K":
        found = number(f"{text[:-1]}k")
    if found is None and text[-3:].isalpha() and unit(text[-3:]):
        found = number(text[:-3])
    return found


def _measured(text: str) -> Hashable | None:
    found = _MEASURED.fullmatch(text)
    if found is None or not found[1].strip(" +-±"):
        return _spelled_quantity(text)
    value = number(found[1].strip())
    if value is None:
        return None
    rest = found[2].strip()
    if rest.casefold() in _PERCENT:
        return value / 100
    counted = unit(rest)
    if counted is None and (aside := _ASIDE.fullmatch(f"x {rest}")):
        # "7 (seven)", "7 days (a week)": the words say it again.
        if spelled(aside[2]) == value:
            return value
    return None if counted is None else Marked(value, counted)


def _spelled_quantity(text: str) -> Hashable | None:
    words = text.split(" ")
    if len(words) > 8 or not text[0].isalpha():  # noqa: PLR2004
        return None
    for end in range(len(words) - 1, 0, -1):
        value = spelled(" ".join(words[:end]))
        if value is None:
            continue
        rest = " ".join(words[end:])
        if rest.casefold() in _PERCENT:
            return value / 100
        counted = unit(rest)
        return None if counted is None else Marked(value, counted)
    return None


def _ranges(text: str, depth: int) -> Hashable | None:
    del depth
    found = _RANGE.match(text)
    if found:
        ends = number(found[1]), number(found[2])
        rest = text[found.end() :].strip()
        counted = unit(rest) if rest else None
        if None in ends or (rest and counted is None):
            return None
        key = ("range", *ends)
        return Marked(key, counted) if counted else key
    found = _RANGE_TO.fullmatch(text)
    if found and (counted := unit(found[3])):
        return Marked(("range", number(found[1]), number(found[2])), counted)
    found = _PROPORTION.fullmatch(text)
    return ("colon", found[1], found[2]) if found else None


def _sets(text: str, depth: int) -> Hashable | None:
    if text == "∅":
        return ("set",)
    if text[0] == "±":
        value = _value(text[1:].strip(), depth + 1)
        return _both(value)
    found = _SET.fullmatch(text)
    if found and "{" not in found[1]:
        return ("set", *_sorted(_item(part, depth) for part in _split(found[1])))
    return None


def _plain(keys: Iterable[Hashable | None]) -> bool:
    """Whether there are only numbers and formulas, of which a list is a set."""
    values = (key.value if isinstance(key, Marked) else key for key in keys)
    return not any(isinstance(value, tuple) and value[:1] in (("(",), ("[",)) for value in values)


def _both(value: Hashable | None) -> Hashable | None:
    if isinstance(value, Marked):
        both = _both(value.value)
        return None if both is None else Marked(both, value.mark)
    if isinstance(value, Fraction):
        return ("set", *_sorted((value, -value)))
    return None if value is None else ("±", value)


def _brackets(text: str, depth: int) -> Hashable | None:
    found = _MATRIX.fullmatch(text)
    if found:
        rows = tuple(
            tuple(_item(cell, depth) for cell in row.split(";"))
            for row in found[2].split("|")
        )
        if found[1] == "det":
            return ("det", rows)
        return ("[", *(("[", *row, "]") for row in rows), "]")
    found = _BRACKETS.fullmatch(text)
    if found is None or not _balanced(found[2]):
        return None
    parts = _split(found[2])
    if _GROUPED.fullmatch(found[2]):
        return ("grouped or a pair", text)
    if len(parts) > 1:
        opening = "(" if found[1] == "⟨" else found[1]
        closing = ")" if found[3] == "⟩" else found[3]
        return (opening, *(_item(part, depth) for part in parts), closing)
    inside = found[2].strip()
    # [[1, 2]] is a matrix of one row, [1] in a matrix a row of one.
    if (found[1], found[3]) == ("(", ")") or (
        text[0] == "[" and not depth and inside[:1] != "["
    ):
        return _value(inside, depth + 1)
    if text[0] == "[" and text[-1] == "]" and inside:
        return ("[", _item(inside, depth), "]")
    return None


def _relations(text: str, depth: int) -> Hashable | None:
    parts = _RELATION.split(text)
    if len(parts) < 3 or len(parts) > 2 * _ITEMS:  # noqa: PLR2004
        return None
    if len(_split(text)) > 1 or _UNION.search(text) or _AND.search(text):
        return None
    sides = [side.strip() for side in parts[::2]]
    signs = [_SPELT.get(sign, sign) for sign in parts[1::2]]
    if not all(sides):
        return None
    if signs[-1] == "≈" and not _NAME.fullmatch(sides[-2]):
        sides, signs = sides[:-1], signs[:-1]  # 1/3 ≈ 0.333 is 1/3
        if not signs:
            return _value(sides[0], depth + 1)
    if all(sign in "=≈≡∈" for sign in signs):
        return _equality(sides, depth)
    return _inequality(sides, signs, depth)


def _equality(sides: list[str], depth: int) -> Hashable | None:
    """Return the value of what has a name, or is shown; an equation is a text."""
    if _NAME.fullmatch(sides[-1]):
        return None
    value = _value(sides[-1], depth + 1)
    if _shown(sides):
        return value
    named = _POINT.fullmatch(sides[0])
    if named and isinstance(value, tuple) and value[0] == "(":
        names = [name.strip() for name in named[1].split(",")]
        if len(names) == len(value) - 2:
            return _of_names(list(zip(names, value[1:-1], strict=True)))
    names = list(takewhile(_NAMES.fullmatch, sides))
    if names:
        if isinstance(value, Marked):
            return value  # its unit tells more than a name
        mark = "=".join(name.replace(" ", "") for name in names)
        return Marked(text_key(sides[-1]) if value is None else value, mark)
    return None


def _shown(sides: list[str]) -> bool:
    """Whether a chain shows how a number came about: 2 + 3 = 5."""
    numeric = not any(map(str.isalpha, sides[0])) and formula(sides[0]) is not None
    return numeric and number(sides[-1]) is not None


def _inequality(sides: list[str], signs: list[str], depth: int) -> Hashable | None:
    if len(signs) == 1 and not _NAME.fullmatch(sides[0]) and _NAME.fullmatch(sides[1]):
        sides, signs = sides[::-1], [_FLIPPED.get(signs[0], signs[0])]
    if len(signs) == 1 and _NAME.fullmatch(sides[0]):
        value = _value(sides[1], depth + 1)
        if value is None:
            return None
        if signs[0] in "<≤":
            made: Hashable = ("(", _MINUS_INFINITY, value, ")" if signs[0] == "<" else "]")
        elif signs[0] in ">≥":
            made = ("(" if signs[0] == ">" else "[", value, "∞", ")")
        else:
            made = (signs[0], value)
        return Marked(made, sides[0])
    if len(signs) == _SINGLE and _NAME.fullmatch(sides[1]):
        if signs[0] in ">≥" and signs[1] in ">≥":
            sides, signs = sides[::-1], [_FLIPPED[sign] for sign in signs[::-1]]
        if signs[0] in "<≤" and signs[1] in "<≤":
            ends = _value(sides[0], depth + 1), _value(sides[2], depth + 1)
            if None not in ends:
                opening, closing = "(["[signs[0] == "≤"], ")]"[signs[1] == "≤"]
                return Marked((opening, *ends, closing), sides[1])
    left, right = formula(sides[0]), formula(sides[-1])
    if len(signs) == 1 and left is not None and right is not None:
        if signs[0] in "≥>":
            left, right, signs = right, left, [_FLIPPED[signs[0]]]
        return (signs[0], left, right)
    return None


_MINUS_INFINITY = formula("-∞")


def _modulus(text: str, depth: int) -> Hashable | None:
    found = _MOD.fullmatch(text) if "mod" in text else None
    if found is None or not found[1]:
        return None
    value = _value(found[1].strip(), depth + 1)
    of = formula(found[2])
    if value is None or of is None:
        return None
    if isinstance(value, Marked):
        return Marked(("mod", value.value, of), value.mark)
    return ("mod", value, of)


def _several(text: str, depth: int) -> Hashable | None:
    """Return a list's key: of values a set's, else that of its items in order."""
    parts = _split(text)
    if len(parts) > 1 or _AND.search(text):
        items = [part for one in parts for part in _AND.split(_LEADING_AND.sub("", one))]
        if not 1 < len(items) <= _ITEMS:
            return None
        found = _list(items, depth)
        return found
    parts = _UNION.split(text)
    if 1 < len(parts) <= _ITEMS:
        keys = [_value(part.strip(), depth + 1) for part in parts]
        if None not in keys:
            found = _set_of(keys)
            # "x > 0 or y > 0", "(1, 2) ∪ (3, 4)": not both of them.
            if isinstance(found, Marked):
                return found if _plain(keys) else Marked(("any of", found.value), found.mark)
            return found if _plain(keys) else ("any of", found)
    return None


def _list(items: list[str], depth: int) -> Hashable | None:
    keys = [_value(item.strip(), depth + 1) for item in items]
    if None not in keys:
        return _set_of(keys)
    if any(len(item.split()) > 4 for item in items):  # noqa: PLR2004  clauses of a sentence
        return None
    return (
        "list",
        *(
            text_key(i.strip()) if k is None else k
            for i, k in zip(items, keys, strict=True)
        ),
    )


def _set_of(keys: list[Hashable | None]) -> Hashable:
    """Return the set of values; of differently named ones, the tuple of their values.

    What comes twice stands in an order.
    """
    if len(set(keys)) < len(keys):
        return ("list", *keys)
    marks = {key.mark for key in keys if isinstance(key, Marked)}
    if not marks:
        return ("set", *_sorted(_flat(keys)))
    if len(marks) == len(keys) and all(isinstance(mark, str) for mark in marks):
        return _of_names([(key.mark, key.value) for key in keys if isinstance(key, Marked)])
    if len(marks) > 1:
        return ("set", *_sorted(keys))
    values = [key.value if isinstance(key, Marked) else key for key in keys]
    return Marked(("set", *_sorted(_flat(values))), marks.pop())


def _of_names(values: list[tuple[Hashable, Hashable]]) -> Marked:
    """Return the tuple of named values, in the order of their names."""
    values = sorted(values, key=lambda value: str(value[0]))
    names = ("names", *(name for name, _ in values))
    return Marked(("(", *(value for _, value in values), ")"), names)


def _flat(keys: Iterable[Hashable | None]) -> Iterable[Hashable | None]:
    for key in keys:
        if isinstance(key, tuple) and key[:1] == ("set",):
            yield from key[1:]
        else:
            yield key


def _sorted(keys: Iterable[Hashable | None]) -> list[Hashable | None]:
    return sorted(keys, key=repr)


def _item(text: str, depth: int) -> Hashable:
    text = text.strip()
    found = _value(text, depth + 1) if text else None
    return text_key(text) if found is None else found


def _measured_formula(text: str) -> Hashable | None:
    found = _TRAILING_UNIT.fullmatch(text)
    if found:
        value, counted = formula(found[1] or found[3]), unit(found[2] or found[4])
        if value is not None and counted is not None:
            return Marked(value, counted)
    chemical = _CHEMICAL.fullmatch(text)
    if chemical and (chemical["charge"] or any(map(str.isdigit, text))):
        charge = "".join(sorted(re.sub(r"[\^()]", "", chemical["charge"] or "")))
        bare = text[: chemical.start("charge")] if chemical["charge"] else text
        return ("chemical", re.sub(r"_\(?(\d+)\)?", r"\1", bare), charge)
    return formula(text)


def _split(text: str) -> list[str]:
    """Split at the commas and semicolons outside brackets that group nothing."""
    if "," not in text and ";" not in text:
        return [text]
    parts, depth, start = [], 0, 0
    for at, glyph in enumerate(text):
        if glyph in "([{⟨":
            depth += 1
        elif glyph in ")]}⟩":
            depth -= 1
        elif depth == 0 and glyph in ",;":
            if glyph == "," and _THOUSANDS.match(text, at) and text[at - 1 : at].isdigit():
                continue
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_THOUSANDS = re.compile(r",\d{3}(?!\d)")


def _balanced(text: str) -> bool:
    depth = 0
    for glyph in text:
        depth += (glyph in "([{⟨") - (glyph in ")]}⟩")
        if depth < 0:
            return False
    return depth == 0
