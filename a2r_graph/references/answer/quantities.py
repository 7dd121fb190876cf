r"""The quantity that a sentence comes to: whole, never a part of one."""

from __future__ import annotations

import re

from a2r_graph.references.answer import amounts
from a2r_graph.references.answer.neighbours import with_neighbours
from a2r_graph.references.answer.words import any_of
from a2r_graph.references.key.numbers import spelled

_LONGEST = 2_000  # characters of a line's end that are looked at
_WINDOW = 240  # characters in which the last quantity is looked for first
_MARGIN = 60  # characters in which the window may have cut one
_INSIDE = set(",()[]")  # beside a row of a matrix
_DASHES = "-+\u2212\u2013"

# What says the value once more, or under which condition it holds.
_OR_ABOUT = re.compile(
    r",?\s{1,4}(?:or|which is|i\.e\.,?)\s+"
    r"(?:about|approximately|roughly|around|nearly)\b.*$|\s\([≈~].*$"
)
_OR_AGAIN = re.compile(r"([^,]*\d[^,]{0,20}),\s+(?:or|i\.e\.)\s+\S{0,2}\d.*")
_CONDITION = re.compile(
    r",?\s{1,4}(?:since|because|where|when|whenever|attained|achieved|i\.e\.)\b"
    r"|\s{1,4}(?:at|for)\s+\$?(?:\\\()?\s?[a-z]\s?="
    r"|,\s+(?:as|with|so that|after|before|given|leaving|if)\b"
)
# Mathematics between its delimiters; "$5 and $6" is money.
_MATH = re.compile(
    r"\$([^$\n]{1,300})\$(?!\d)|\\\(([^\n]{1,300}?)\\\)|\\\[([^\n]{1,300}?)\\\]"
)
_DELIMITER = re.compile(r"\\[()\[\]]|(?<!\\)\$\$?(?!\d[^$]*$)")
_BETWEEN = re.compile(r"\s*(?:,|or|and|,\s*(?:and|or)|;|和|或|und|oder|et|ou|y|o)\s*")
_RELATION = re.compile(r"(?:=|≈|\\approx|\\equiv)(?!=)")
_UNIT = re.compile(rf"\s?({amounts.UNIT}|%)")
_SAYS = re.compile(r"[=]|\b(?:is|are|was)\b")
# The verb that a sentence's value follows.
_VERB = re.compile(
    r"\b"
    + any_of(
        *("is", "are", "was", "were", "has", "have", "had", "costs?", "takes?", "took"),
        *("equals?", "weighs?", "gets?", "pays?", "paid", "earns?", "makes?", "needs?"),
        *("gives?", "be", "left with", "total(?:s|ing)?(?: of)?"),
        *("beträgt", "ist", "es", "est"),
    )
    + r"\s+"
    + any_of(
        *("about ", "approximately ", "around ", "roughly ", "exactly ", "only ", "just "),
        *("now ", "then ", "a total of ", "equal to ", "still "),
    )
    + r"?(?=\S)"
)
_LEADS_TO = re.compile(
    r"\b(?:is|are|was|were|has|have|had|gets?|needs?|takes?|makes?|equals?|becomes?)"
    r"\s(?:about |only |exactly |just |still )?$"
)
# What makes a part of something larger of the quantity before it.
_GOES_ON = re.compile(
    r"\s?[-+\u2212*/×÷^=±]\s?[\w(\\]"
    r"|\s?(?:mod|in|out of)\s\d"
    r"|\s?(?:,\s?(?:and\s|then\s)?|and\s|or\s|to\s)(?:\w{1,2}\s?=\s?)?[-+$]?\d"
    r"|\s(?:hours?|minutes?|feet|foot|pounds?|weeks?|days?|years?|months?|[a-z]{3,10}s)"
    r",?\s(?:and\s)?\d"
    r"|(?<=[a-z])\s\d{1,2}\s?[a-z]{3}"  # 5 feet 11 inches, 3h 20min
)
# The right side of an equation, and a variable's name that another one's value precedes.
_EXPRESSION = re.compile(
    r"(?:(?:sin|cos|tan|log|ln|sqrt|exp|pi)\b|[a-zA-Zα-ωπ](?![a-zA-Z])"
    r"|[-+*/^().\d\s√∞×·±²³⁴{}\\]){1,60}"
)
_NEXT_NAME = re.compile(r"(?:,|\band|\bor)\s+[^\W\d]{1,2}[₀-₉]?\s?$")
# "x > 3", "2 < x < 5"
_COMPARES = re.compile(r"[<>≤≥]|\\[lg]eq?\b")
_COMPARED = re.compile(
    rf"((?:{amounts.SIGN}{amounts.NUMBER}\s?(?:[<≤]=?|\\leq?)\s?)?\b[a-zA-Z]\s?"
    rf"(?:[<>≤≥]=?|\\[lg]eq?)\s?(?:{amounts.SIMPLE}|{amounts.BARE}))[\s.。$]*$"
)
# What stands before a quantity that is none of the sentence's: a denial, ...
_DENIED = re.compile(
    r"(?:\b(?:not|nor|never|than|nicht|pas)|n't|不是|不为)\s*$", re.IGNORECASE
)
# ... a capitalised word, which makes a name of both, but at a sentence's start, ...
_NAME = re.compile(
    r"[a-z,)]\s+(?!"
    + any_of(
        *("USD", "EUR", "GBP", "CHF", "INR", "JPY", "Rs", "Total", "About", "Sum"),
        *("Approximately", "Answer", "Exactly", "Only"),
    )
    + r"\b)[A-Z][a-zA-Z]{2,}(?:\s[A-Z][a-zA-Z]+)*\s$"
)
# ... a letter that it is glued to.
_GLUED = re.compile(r"[A-Za-zÀ-ÿ_\\#№.\d]")
# Numbers in words.
_ONES = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_LARGE = ("hundred", "thousand", "million", "half")
_PARTS = ("thirds?", "quarters?", "fifths?")
_BEFORE = any_of("zero", "one", *_ONES, *_TENS, *_LARGE, "halves", *_PARTS, "and", "a")
_LAST = any_of("zero", *_ONES, any_of(*_TENS) + r"(?:-\w+)?", *_LARGE, *_PARTS)
_IN_WORDS = re.compile(rf"\b(?:{_BEFORE}[\s-]+){{0,8}}{_LAST}\b", re.IGNORECASE)


def last_quantity(line: str) -> str | None:
    r"""Return the quantity that a sentence comes to, whole, as it stands there.

    That is what follows its last equals sign, or its verb; else the last one.

    Args:
        line: A sentence or a line of which the last 2,000 characters count.

    Example:
        >>> last_quantity(r"So the probability is $\frac{3}{4}$.")
        '\\frac{3}{4}'
        >>> last_quantity("The train travels 60 * 2.5 = 150 miles in 2.5 hours.")
        '150 miles'
        >>> last_quantity("It takes 3-5 days"), last_quantity("Room 4B") is None
        ('3-5 days', True)
    """
    line = _OR_ABOUT.sub("", line[-_LONGEST:])
    again = _OR_AGAIN.fullmatch(line)
    line = again[1] if again else line
    condition = _CONDITION.search(line)
    if condition and any(map(str.isdigit, line[: condition.start()])):
        line = line[: condition.start()]
    formulas = list(_MATH.finditer(line)) if "$" in line or "\\" in line else []
    found = _in_formulas(line, formulas) if formulas else None
    if found:
        return found
    return _in_text(_DELIMITER.sub(" ", line) if "\\" in line or "$" in line else line)


def number_word(line: str) -> str | None:
    """Return the last number that is written as a word and that a verb leads to.

    Example:
        >>> number_word("There are seven of them."), number_word("The two colors mix.")
        ('seven', None)
    """
    for found in reversed(list(_IN_WORDS.finditer(line))):
        if spelled(found[0]) is not None and _LEADS_TO.search(line, 0, found.start()):
            return found[0]
    return None


def _in_formulas(line: str, formulas: list[re.Match[str]]) -> str | None:
    """Return what the last formula comes to, unless the text behind it says a value."""
    behind = line[formulas[-1].end() :]
    if not _SAYS.search(behind) and _scan(behind) is not None:
        return None
    several = _several(line, formulas)
    if several:
        return several
    side = _RELATION.split(_inside(formulas[-1]))[-1].strip().rstrip(".,;").strip()
    if not amounts.NUMERIC.search(side):
        return None
    unit = _UNIT.match(behind)
    return f"{side} {unit[1]}" if unit else side


def _inside(formula: re.Match[str]) -> str:
    return next(part for part in formula.groups() if part is not None)


def _several(line: str, formulas: list[re.Match[str]]) -> str | None:
    """Return the last formulas where "or", "and" or commas join them."""
    parts = [formulas[-1]]
    for formula in reversed(formulas[:-1]):
        if not _BETWEEN.fullmatch(line, formula.end(), parts[-1].start()):
            break
        parts.append(formula)
    *before, last = [_inside(formula).strip() for formula in reversed(parts)]
    if not before or not all(map(amounts.NUMERIC.search, (*before, last))):
        return None
    either = " or " in line[parts[1].end() : parts[0].start()]
    return f"{', '.join(before)} {'or' if either else 'and'} {last}"


def _in_text(line: str) -> str | None:
    """Return the quantity behind the last equals sign or verb, else the last one."""
    compared = _COMPARED.search(line) if _COMPARES.search(line) else None
    if compared:
        return compared[1]
    sign = line.rfind("=")
    for verb in reversed(list(_VERB.finditer(line, sign + 1))):
        if found := _at(line, verb.end()):
            return found
    named = sign < 0 or _NEXT_NAME.search(line, 0, sign)
    return (None if named else _right_side(line[sign + 1 :])) or _scan(line)


def _right_side(side: str) -> str | None:
    """Return a formula that is all of an equation's right side, or its first quantity."""
    side = side.strip()
    bare = side.rstrip(" .,;!")
    if _EXPRESSION.fullmatch(bare) and amounts.NUMERIC.search(bare):
        return bare
    return _at(side, 0)


def _at(line: str, at: int) -> str | None:
    """Return the quantity that stands at a place, unless something larger does."""
    begins = at < len(line) and amounts.BEGIN.match(line, at)
    found = amounts.QUANTITY.match(line, at) if begins else None
    if found is None or not amounts.TELLING.search(found[0]):
        return None
    end = found.end()
    if amounts.LETTER_BEHIND.match(line, end) or _GOES_ON.match(line, end):
        return None
    return found[0].strip()


def _scan(line: str) -> str | None:
    """Return the last quantity of a line with its neighbours, from its last words on."""
    start = line.rfind(" ", 0, len(line) - _WINDOW) if len(line) > _WINDOW else -1
    found = _last(line, max(0, start))
    if start > 0 and (found is None or found[0] <= start + _MARGIN):
        found = _last(line, 0)
    return with_neighbours(line, *found) if found else None


def _last(line: str, start: int) -> tuple[int, str] | None:
    """Return the last quantity from a place on, and where it stands."""
    last, at = None, start
    while begin := amounts.BEGIN.search(line, at):
        found = amounts.QUANTITY.match(line, begin.start())
        if found is None or not amounts.TELLING.search(found[0]):
            at = begin.end()
            continue
        at = found.end()
        last = _own(line, found) or last
    return last


def _own(line: str, found: re.Match[str]) -> tuple[int, str] | None:
    """Return a quantity that is no part of a word, without a dash that is none of its."""
    start, text = found.start(), found[0].strip()
    before = line[start - 1 : start]
    if _GLUED.match(before) or amounts.LETTER_BEHIND.match(line, found.end()):
        return None
    if _DENIED.search(line[max(0, start - 24) : start]):
        return None
    row = text[0] in "([" and {before, line[found.end() : found.end() + 1]} & _INSIDE
    if row or _NAME.search(line[max(0, start - 32) : start]):
        return None
    if text[0] in _DASHES:
        binary = text[1:2] == " " and line[:start].rstrip()[-1:].isalnum()
        if before.isalpha() and not binary:
            return None  # GPT-4
        if binary or before.isalnum() or (before and before in ")]}%"):
            bare = text[1:].lstrip()
            return start + len(text) - len(bare), bare
    return start, text
