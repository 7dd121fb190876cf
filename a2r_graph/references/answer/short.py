"""What a short line is by itself: a value, an option, a yes or no."""

from __future__ import annotations

import re

from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.answer.words import OPENINGS, any_of
from a2r_graph.references.key import answer_key
from a2r_graph.references.key.choices import choice, choices, word

SHORT = 60  # characters of a line that is its own answer

ASSIGNED = re.compile(r"\$?[^\W\d]{1,2}\s*=\s*[^=\n]{1,40}")
# A line that is a value: a number, a formula, a set, an equation.
_VALUE = re.compile(r"(?=.*(?:\d|[π∞√½-⅞]|\\))(?:[^A-Za-z≈{<]|[a-zA-Z]\s*[=<>≤≥∈]|\{[-\d])")
_SAYS_SOMETHING = re.compile(r"[\w∞π∅]")
_LETTER = re.compile(r"[A-J]")
# A reply that opens with yes or no; "No problem" and "No. 5" don't.
_OPENING = re.compile(
    rf"[\"'*_(]*({any_of(*OPENINGS)})(?!\w)[*_\")]*\s*"
    r"([,.:;!。，、،\u2014\u2013-])[*_]*\s*(\S.*)?",
    re.IGNORECASE | re.DOTALL,
)
_NO_OPENING = re.compile(
    r"(?:problem|worries|doubt|let'?s|i can|of course|sure)", re.IGNORECASE
)
# "So the statement is true."
_TRUTH = re.compile(r"\bis\s+\**(true|false)\**[.!]?$", re.IGNORECASE)


def itself(line: str) -> str | None:
    """Return a line that is a value, all of it; `None` if it is anything else.

    Example:
        >>> itself("**(B)**"), itself("x = 5"), itself("It is 5.")
        ('B', 'x = 5', None)
    """
    bare = spelling(line)
    if bare is None or len(bare) > 2 * SHORT or not _SAYS_SOMETHING.search(bare):
        return None
    yes_or_no = len(line) < SHORT and word(bare)
    if choices(bare) or yes_or_no or _LETTER.fullmatch(bare):
        return bare
    option = choice(line.strip("*_ !"))
    if option:
        return bare if option[1] else option[0]
    value = _VALUE.match(bare) and not isinstance(answer_key(bare), str)
    return bare if value else None


def opening(line: str) -> str | None:
    """Return the yes or no that a reply begins with.

    Example:
        >>> opening("Yes, it is."), opening("No. 5 is."), opening("No problem!")
        ('Yes', None, None)
    """
    found = _OPENING.match(line)
    if found is None:
        return None
    answer, sign, rest = found[1], found[2], found[3] or ""
    number = answer.casefold() == "no" and sign == "." and rest[:1].isdigit()
    if _NO_OPENING.match(rest) or (number and "=" not in rest):
        return None
    return answer


def truth(sentence: str) -> str | None:
    """Return what a sentence ends with that calls a statement true or false.

    Example:
        >>> truth('The statement "13 is prime" is true.'), truth("True love is rare.")
        ('true', None)
    """
    found = _TRUTH.search(sentence)
    return found[1] if found else None
