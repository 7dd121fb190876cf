"""What a line without a label answers, alone or among others."""

from __future__ import annotations

import re

from a2r_graph.references.answer.closing import comes_to
from a2r_graph.references.answer.remarks import (
    NO_ANSWER,
    REMARK,
    SUPPOSES,
    TALKS,
    without_lead,
    without_remark,
)
from a2r_graph.references.answer.sentences import last_first
from a2r_graph.references.answer.short import SHORT, itself, opening, truth
from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.answer.words import any_of

_WORDS = 8
_LONG = 160  # characters of a line, or of a sentence, that tells a story

BULLET = re.compile(r"(?:\d{1,2}[.)]|[-*•+])\s+")
# "It is called Paris", "the capital is Paris", "The Mona Lisa was painted by L. da Vinci."
_COPULA = re.compile(
    r"(?:(?:it|that|this|he|she|they)(?:'s| is| was| are| were| would be| will be| must be)"
    r"|the [^,.]{1,40}? (?:is|was|are|were))\s+(?:called\s+|named\s+)?(.+)",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"(?:The|It|That|This)\b[^.,\n]{0,60}?\b(?:is|was)\s+"
    r"(?:written |painted |called |named |by )*"
    r"((?:[A-Z][\w'-]+|[A-Z]\.)(?:\s+(?:[A-Z][\w'-]+|[A-Z]\.|of|de|van|von|da))*)"
    r"(?:\.(?:\s|$)|\s+(?:in|at|around|from|since)\b)"
)
# "Python 3.10", "Route 66": the number is a part of a name.
_NUMBERED = re.compile(
    r"(?!(?:Total|Sum|Answer|Result|About|Approximately|Around|Exactly|Only|So|Thus|Hence"
    r"|Therefore|Roughly|Nearly|Yes|No)\b)(?:[A-Z][a-zA-Z]{2,} ){1,3}\d[\d.]*\.?"
)
_LABELLED = re.compile(r"[^\n]{0,40}\banswer\b", re.IGNORECASE)
_NOT_BUT = re.compile(r", not .*")
# "I don't know, but probably 12."
_BUT = re.compile(
    r",?\s+but\s+(?=(?:it|i believe|i think|probably|roughly|about|likely)\b)",
    re.IGNORECASE,
)
# A long line's sentence that concludes something, and one that shows its value.
_CONCLUDES = re.compile(
    any_of(
        *("so", "thus", "therefore", "hence", "in total", "altogether", "total", "finally"),
        *("overall", "consequently", "we (?:get|have|find|obtain)"),
        *("this (?:gives|means|yields)", "which", "it follows", r"the\b"),
        *("there (?:are|is|were)", "it", "he", "she", "they", "each", "after", r"in\b"),
    ),
    re.IGNORECASE,
)
_SHOWS = re.compile(r"[=$\\]|\*\*")


def read_alone(line: str, *, in_words: bool = True) -> str | None:
    """Return what a reply of one line answers; `None` if it is uncertain.

    Args:
        line: The reply, its blanks collapsed.
        in_words: Whether a short line that is no value may be the answer as it stands.

    Example:
        >>> read_alone("So that's 42."), read_alone("Paris"), read_alone("Thank you!")
        ('42', 'Paris', None)
    """
    if line.strip("*_ ").endswith(":"):
        return None
    told = without_remark(line)
    bare = without_lead(told)
    found = (itself(told) if told == line else None) or (bare != told and itself(bare))
    if found := found or opening(told):
        return found
    if in_words and _NUMBERED.fullmatch(told):
        return spelling(told)
    unknown = NO_ANSWER.search(told)
    if unknown:
        but = _BUT.search(told, unknown.end())
        return comes_to(told[but.end() :]) if but else None
    sentences = list(last_first(told))
    asks = bool(sentences) and sentences[0].endswith("?")
    found = _named(told) or (None if asks else _in_sentences(sentences))
    return found or (_in_words(bare) if in_words and not asks else None)


def read_among(line: str) -> str | None:
    """Return what one of several lines comes to; `None` if that is nothing.

    Example:
        >>> read_among("- So the total is 12 km."), read_among("Is it 12?")
        ('12 km', None)
    """
    bullet = BULLET.match(line)
    bare = without_remark(line[bullet.end() :] if bullet else line)
    if len(bare) <= SHORT and (found := itself(bare)):
        return found
    story = len(bare) > _LONG
    for sentence in last_first(bare):
        if sentence.endswith("?") or REMARK.match(sentence):
            continue
        if story and not _CONCLUDES.match(sentence):
            continue
        if len(sentence) > _LONG and not _SHOWS.search(sentence):
            continue
        found = comes_to(sentence)
        if found or story:
            return found
    return None


def _named(line: str) -> str | None:
    """Return the name that a line says, whatever it adds: a place, a year."""
    found = _NAMES.match(line)
    if found is None or any(map(str.isdigit, found[1])):
        return None
    return spelling(found[1])


def _in_sentences(sentences: list[str]) -> str | None:
    """Return what the last of several sentences says that says something."""
    told = [s for s in sentences if not s.endswith("?") and not SUPPOSES.match(s)]
    for read in (truth, comes_to):
        found = next(filter(None, map(read, told)), None)
        if found:
            return found
    return None


def _in_words(line: str) -> str | None:
    """Return a short line that is the answer as it stands, or what it says of it."""
    if line.endswith("?") or len(line) > SHORT or len(line.split()) > _WORDS:
        return None
    if _LABELLED.match(line) or TALKS.match(line) or not re.search(r"\w", line):
        return None
    if SUPPOSES.match(line) and ";" not in line:  # nor code
        return None
    copula = _COPULA.fullmatch(line)
    said = copula[1] if copula else line
    return spelling(_NOT_BUT.sub("", said) or said)
