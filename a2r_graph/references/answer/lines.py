"""What a line, or a sentence, without a label comes to."""

from __future__ import annotations

import re

from a2r_graph.references.answer.quantities import last_quantity, number_word
from a2r_graph.references.answer.remarks import (
    NO_ANSWER,
    REMARK,
    SUPPOSES,
    TALKS,
    without_lead,
    without_remark,
)
from a2r_graph.references.answer.sentences import last_first
from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.answer.words import OPENINGS, any_of
from a2r_graph.references.key import answer_key
from a2r_graph.references.key.choices import choice, choices, word

SHORT = 60  # characters of a line that is its own answer
_WORDS = 8
_LONG = 160  # characters of a line, or of a sentence, that tells a story
_FEW = 2  # words in bold that are a value with its unit

ASSIGNED = re.compile(r"\$?[^\W\d]{1,2}\s*=\s*[^=\n]{1,40}")
BULLET = re.compile(r"(?:\d{1,2}[.)]|[-*•+])\s+")

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
# A line that is a value: a number, a formula, a set, an equation.
_VALUE = re.compile(r"(?=.*(?:\d|[π∞√½-⅞]|\\))(?:[^A-Za-z≈{<]|[a-zA-Z]\s*[=<>≤≥∈]|\{[-\d])")
_SAYS_SOMETHING = re.compile(r"[\w∞π∅]")
_LETTER = re.compile(r"[A-J]")
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
_LABELLED = re.compile(r"[^\n]{0,40}\banswer\b", re.IGNORECASE)
_NOT_BUT = re.compile(r", not .*")
# "I don't know, but probably 12."
_BUT = re.compile(
    r",?\s+but\s+(?=(?:it|i believe|i think|probably|roughly|about|likely)\b)",
    re.IGNORECASE,
)
# "12, no, 13"
_TAKEN_BACK = re.compile(
    any_of(
        *(r"\bno[:,]", r"\bwait,", r"\bi mean,?", r"\bor rather,?", r"\bcorrection:"),
        *(r"\bbut it is actually", ", so we need"),
    )
    + r"\s+(?=\S)",
    re.IGNORECASE,
)
# "That leaves C."
_ONLY = re.compile(
    r"\b(?:only|leaves|remains is|must be)\s+(?:option\s+)?\(?([A-J])\)?(?![\w'])"
)
_CODE_LAST = re.compile(r"`([^`\n]{1,200})`\W*$")
_CODE = re.compile(r"`[^`\n]{1,200}`")
# An aside in brackets at the end; numbers alone there are a pair.
_ASIDE = re.compile(
    r"\s?(?<!\\)\((?=[^()]*[A-Za-z\u0400-\uffff])(?!\d+(?:,\d+)*\))[^()]*\)[.\s]*$"
)
_QUOTED = re.compile(
    r"[\"\u201c\u00ab][^\"\u201c\u201d\u00ab\u00bb]{2,200}[\"\u201d\u00bb]"
)
_BOLD = re.compile(r"\*\*([^*\n]{1,60}(?<!:))\*\*(?!\s*:)")
_SAID_IN_BOLD = re.compile(
    r"(?:\b(?:is|are|was|were|be|of|by|as|called)|:|^)\s*\*\*([^*\n]{1,60}(?<!:))\*\*"
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
    unknown = NO_ANSWER.search(told)
    if unknown:
        but = _BUT.search(told, unknown.end())
        return _said(told[but.end() :]) if but else None
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
        found = _said(sentence)
        if found or story:
            return found
    return None


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


def _named(line: str) -> str | None:
    """Return the name that a line says, whatever it adds: a place, a year."""
    found = _NAMES.match(line)
    if found is None or any(map(str.isdigit, found[1])):
        return None
    return spelling(found[1])


def _in_sentences(sentences: list[str]) -> str | None:
    """Return what the last of several sentences says that says something."""
    told = [s for s in sentences if not s.endswith("?") and not SUPPOSES.match(s)]
    for read in (truth, _said):
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


def _said(sentence: str) -> str | None:
    """Return the value that a sentence ends with, or that its verb leads to."""
    while taken_back := _TAKEN_BACK.search(sentence):
        sentence = sentence[taken_back.end() :]
    bare = without_lead(sentence)
    found = None if ASSIGNED.match(bare) else itself(bare)
    if found:
        return found
    for form in (_ONLY, _CODE_LAST):
        shown = form.search(sentence)
        if shown:
            return spelling(shown[1])
    bare = _CODE.sub(" ", sentence) if "`" in sentence else sentence
    bare = (_ASIDE.sub("", bare) if "(" in bare else bare) or sentence
    bold = _in_bold(bare)
    if bold:
        return spelling(bold)
    bare = _QUOTED.sub(" ", bare) if '"' in bare or "\u201c" in bare else bare
    quantity = last_quantity(bare)
    return spelling(quantity) if quantity else number_word(bare)


def _in_bold(line: str) -> str | None:
    """Return what a line prints in bold, if that is a value or what it says."""
    bold = _BOLD.findall(line) if "**" in line else []
    if bold and any(map(str.isdigit, bold[-1])):
        return last_quantity(bold[-1]) if len(bold[-1].split()) > _FEW else str(bold[-1])
    said = _SAID_IN_BOLD.findall(line) if bold else []
    return str(said[-1]) if said else None
