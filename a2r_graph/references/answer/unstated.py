"""The final answer of a text that has no label: a short reply, or the last quantity."""

from __future__ import annotations

import re

from a2r_graph.references.answer.quantities import last_quantity, number_word
from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.key import answer_key
from a2r_graph.references.key.choices import choice, choices, word

_SHORT = 60  # characters of a reply that is its own answer
_WORDS = 8
_LINES = 6  # from the end, remarks not counted
_REMARK = re.compile(
    r"[\s>*_#(\[-]*(?:note|nb|n\.b\.|check|checking|verification|verify|confidence|p\.?s\.?|hope|i hope"
    r"|let me know|feel free|if you|let'?s (?:verify|check|double)|to (?:verify|check)|we can (?:verify|check)|double-check|sanity|explanation|reasoning|source|remark|hint|certainty|question"
    r"|thanks|thank you|please|tokens?|step \d|bemerkung|probe|hinweis|nota|comprobación|vérification"
    r"|注|备注|验证|検算|проверка|참고)\b",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"(?:i (?:do not|don't|cannot|can't|could not|couldn't|am not|'m not)|i'm (?:not|sorry|unable)"
    r"|sorry|unfortunately|unable|hello|hi\b|sure|okay|ok\b|let'?s|let me|we need|here)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:\d{1,2}[.)]|[-*•+])\s+")
_TRAILING_ASIDE = re.compile(r"\s*\((?=[^()]*[A-Za-z\u0400-\uffff])[^()]*\)[.\s]*$")
_FENCED = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"[\"'*_(]*(yes|no|true|false|sí|oui|non|ja|nein|sim|não|да|нет)\b[*_\")]*\s*[,.:;!\u2014-]\s*(\S.*)?", re.IGNORECASE | re.DOTALL)
_NO_OPENING = re.compile(r"(?:problem|worries|doubt|\d|let'?s|i can|of course|sure)", re.IGNORECASE)
_OPTION_LINE = re.compile(r"[*_\s]*[(\[]?([A-J])[)\].:](?:\s|$|\*)")
_LABELLED = re.compile(r"\W*(?:the |my )?(?:final |correct )?answer\b", re.IGNORECASE)
_COPULA = re.compile(
    r"(?:so,? |thus,? |hence,? |therefore,? )?(?:it|that|this|he|she|they)(?:'s| is| was| are| were| would be| will be| must be)\s+(?:called\s+)?(.+)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?=.*(?:\d|[π∞√½-⅞]|\\))(?:[^A-Za-z≈]|[a-zA-Z]\s*[=<>≤≥∈])")
_BOLD = re.compile(r"\*\*([^*\n]{1,60}(?<!:))\*\*(?!\s*:)")
_BOLD_SAID = re.compile(r"(?:\b(?:is|are|was|were|be|of|called|:)|:)\s+\*\*([^*\n]{1,60}(?<!:))\*\*")
_UNFINISHED = re.compile(
    r"\b(?:is|are|the|an?|of|and|or|to|which|that|with|by|for|therefore|equals)\s*$|[=+,(\[]\s*$"
)
_PART = re.compile(
    r"[*_]*(?:\((?:[a-h]|[ivx]{1,4}|\d{1,2})\)|(?:[Pp]art|[Qq]uestion|Q)\s?(?:\d{1,2}|[a-hA-H])[:.)])[*_]*\s+"
)
_REMARK_INSIDE = re.compile(
    r"(?<=[.!])\s+(?:Check(?:ing)?|Verif\w+|Note|Proof|Confidence|Explanation|Reason(?:ing)?)"
    r"\b(?:\s+that\b|\s*[:,]).*$"
)
_NAMED = re.compile(
    r"(?:The|It|That|This)\b[^.,\n]{0,60}?\b(?:is|was)\s+"
    r"((?:[A-Z][\w'-]+|[A-Z]\.)(?:\s+(?:[A-Z][\w'-]+|[A-Z]\.|of|de|van|von))*)\.(?:\s|$)"
)


def unstated(text: str) -> str | None:
    """Return the final answer of a text that states none behind a label."""
    body = text.strip()
    if "```" in body:
        body = _FENCED.sub("", body).strip()
    if not body:
        return None
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    if len(lines) == 1:
        return _one_line(lines[0])
    return _many(lines)


def _one_line(line: str) -> str | None:
    if line.strip("*_ ").endswith(("?", ":")) or _broken_off(line):
        return None
    whole, line = line, _REMARK_INSIDE.sub("", line)
    found = _itself(line) if line is whole or line == whole else None
    if found:
        return found
    opening = _opened(line)
    if opening:
        return opening
    name = _NAMED.match(line)
    if name:
        return spelling(name[1])
    bare = _TRAILING_ASIDE.sub("", line) or line
    quantity = _bold(bare) or last_quantity(bare)
    if quantity:
        return spelling(quantity)
    spelt = number_word(bare)
    if spelt:
        return spelt
    if len(line) > _SHORT or _NO_ANSWER.match(line) or len(line.split()) > _WORDS:
        return None
    if _LABELLED.match(line):
        return None
    copula = _COPULA.fullmatch(line)
    return spelling(copula[1] if copula else line)


def _itself(line: str) -> str | None:
    """Return a line that is a value, all of it."""
    bare = spelling(line)
    if bare is None or len(bare) > 2 * _SHORT:
        return None
    if choices(bare) or word(bare) and len(line) < _SHORT or re.fullmatch(r"[A-J]", bare):
        return bare
    option = choice(line.strip("*_ "))
    if option:
        return option[0] if not option[1] else bare
    if _VALUE.match(bare) and not isinstance(answer_key(bare), str):
        return bare
    return None


def _opened(line: str) -> str | None:
    """Return the yes or no that a reply begins with."""
    found = _OPENING.match(line)
    if found is None or (found[2] and _NO_OPENING.match(found[2])):
        return None
    return found[1]


def _bold(line: str) -> str | None:
    """Return what a line prints in bold, if that is a value or what it says."""
    found = _BOLD.findall(line)
    if not found:
        return None
    if any(map(str.isdigit, found[-1])):
        return last_quantity(found[-1]) if len(found[-1].split()) > 2 else str(found[-1])  # noqa: PLR2004
    said = _BOLD_SAID.findall(line)
    return str(said[-1]) if said else None


def _broken_off(line: str) -> bool:
    """Whether a line ends in the middle of a sentence or a formula."""
    return line.count("{") > line.count("}") or _UNFINISHED.search(line) is not None


def _parts(lines: list[str]) -> str | None:
    """Return the answers to several parts of a question."""
    found = [_PART.match(line) for line in lines]
    if not 1 < len(lines) <= 8 or not all(found):  # noqa: PLR2004
        return None
    answers = [_one_line(line[part.end() :]) for line, part in zip(lines, found, strict=True) if part]
    return ", ".join(filter(None, answers)) if all(answers) else None


def _many(lines: list[str]) -> str | None:
    if _broken_off(lines[-1]):
        return None
    parts = _parts(lines)
    if parts:
        return parts
    looked = 0
    for line in reversed(lines):
        if _REMARK.match(line) or not re.search(r"\w", line):
            continue
        looked += 1
        if looked > _LINES:
            break
        bare = _TRAILING_ASIDE.sub("", line) or line
        marker = _BULLET.match(bare)
        bare = bare[marker.end() :] if marker else bare
        bare = _REMARK_INSIDE.sub("", bare)
        own = _itself(bare) if len(bare) <= _SHORT else None
        if own:
            return own
        quantity = _bold(bare) or last_quantity(bare)
        if quantity:
            return spelling(quantity)
    first = lines[0]
    option = _OPTION_LINE.match(first)
    if option and sum(bool(_OPTION_LINE.match(line)) for line in lines) == 1:
        return option[1]
    return _opened(first) or (_itself(first) if len(first) <= _SHORT else None)
