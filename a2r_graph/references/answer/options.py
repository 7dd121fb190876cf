"""Reading which option a text chooses: "option B is correct", "I choose (B)"."""

from __future__ import annotations

import re

from a2r_graph.references.answer import languages
from a2r_graph.references.answer.anchors import Statement, in_code
from a2r_graph.references.answer.doubts import supposed

_BACK = 90  # characters before "is correct" in which the option stands

# The letter before "is correct", and in brackets or behind a colon what it stands for.
_BEFORE = re.compile(
    r"(?:^|[\s*_(\"'>])(?:(?:option|choice|answer|statement)\s+)?"
    r"[(\[*_\"']*([A-J])[)\]*_.\"']*"
    r"(?:\s*\([^()\n]{1,60}\)|[:)]\s?[^.\n]{1,60}?)?\s*,?$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:option|choice|statement|answer)\s+(\d{1,2})$", re.IGNORECASE)
# A capitalised word before the letter makes a name of it ("Vitamin C is the correct one"),
# unless it begins the sentence.
_NAME = re.compile(r"(?:^|[.!?]\s+|[a-z,]\s+)([A-Z][a-z]{2,})\s+[(\[]?[A-J]\W*$")
_NO_NAME = frozenset(
    (
        *("So", "Thus", "Hence", "Therefore", "Then", "Only", "That", "Statement"),
        *("Answer", "Letter"),
    )
)
_DOUBTED = re.compile(
    r"\b(?:neither|nor|unlikely|doubt\w*|not|never|nobody|no)\b[^.!?]*$", re.IGNORECASE
)
# The letter behind "choose".
_BEHIND = re.compile(
    r"[\s:\uff1a]*(?:option|choice|answer|letter)?\s*"
    r"[(*_\"\uff08]*([A-J])[)*_\"\uff09]*(?![A-Za-z'])",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\s+A\s+[a-z]")  # "choose A number"


def read_right(text: str, anchor: re.Match[str]) -> Statement | None:
    """Read the option before "is correct"; `None` if there is none, or it is supposed.

    Example:
        >>> from a2r_graph.references.answer.anchors import anchors
        >>> text = "Hence option (B) is correct."
        >>> read_right(text, next(anchors(text))).answer
        'B'
    """
    start, end = anchor.span()
    if in_code(text, start) or supposed(text, start):
        return None
    line = text[max(0, start - _BACK) : start].rsplit("\n", 1)[-1]
    numbered = _NUMBERED.search(line.rstrip())
    if numbered:
        return Statement(numbered[1], start, end, closed=True)
    letter = _BEFORE.search(line)
    if letter is None or not letter[1].isupper():
        return None
    if _DOUBTED.search(line):
        return None
    name = _NAME.search(line)
    if name and not (languages.OPTION.match(name[1]) or name[1] in _NO_NAME):
        return None
    return Statement(letter[1], start, end, closed=True)


def read_pick(text: str, anchor: re.Match[str]) -> Statement | None:
    """Read the option behind "choose"; `None` if there is none, or it is supposed.

    Example:
        >>> from a2r_graph.references.answer.anchors import anchors
        >>> text = "I'd go with option B."
        >>> read_pick(text, next(anchors(text))).answer
        'B'
    """
    start, end = anchor.span()
    letter = _BEHIND.match(text, end)
    if letter is None or not letter[1].isupper() or _ARTICLE.match(text, end):
        return None
    if in_code(text, start) or supposed(text, start):
        return None
    return Statement(letter[1], start, letter.end(), closed=True)
