"""The final answer of a text that has no label: a short reply, or what its end says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from a2r_graph.references.answer.lines import BULLET, read_alone, read_among
from a2r_graph.references.answer.remarks import (
    APPENDIX,
    CALLS,
    NO_ANSWER,
    REMARK,
    broken_off,
)
from a2r_graph.references.answer.short import ASSIGNED, SHORT, itself, opening, truth
from a2r_graph.references.key.choices import word

_SEEN = 2_000  # characters of a line's end
_LINES = 64  # that are looked at from the beginning, and from the end
_LAST = 6  # lines that are read, remarks not counted
_HEADING = 40  # characters
_MOST_PARTS = 8

_FENCED = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
# An option that is read out, or alone on a line.
_OPTION = re.compile(r"[*_\s]*[(\[]?([A-Ja-j])[)\].:](?:\s|$|\*)")
_LETTER = re.compile(r"[*_\s(\[]*[A-J][)\]]?[*_\s.]*")
# The answer to a part of a question: (a), 2), Part 3:
_PART = re.compile(
    r"[*_]*(?:\uff08\d{1,2}\uff09(?=\s*)|\(?(?:[a-h]|[ivx]{1,4}|\d{1,2})\)"
    r"|(?:[Pp]art|[Qq]uestion|Q)\s?(?:\d{1,2}|[a-hA-H])[:.)])[*_]*(?:\s+|(?<=\uff09))"
)
# What a line says of an option: "B: incorrect".
_RIGHT = ("correct", "true", "right", "yes", "✅", "✓")
_WRONG = ("incorrect", "false", "wrong", "no", "not correct", "not true", "❌", "✗")
_VERDICT = re.compile(
    r"[*_\s-]*(?:option\s+)?[(\[]?([A-J])(?![a-z])[)\].:]?[*_]*\s*(?:.*?\b(?:is|:|-|–|→)\s*|)[*_]*"
    rf"({'|'.join((*_RIGHT, *_WRONG))})[*_.]*",
    re.IGNORECASE,
)
# An item that shows its work rather than a tip, or a step.
_WORKED = re.compile(
    r"=|\*\*|[$\\]|\b(?:so|therefore|thus|hence|total|answer|result|final)\b", re.IGNORECASE
)
_WORD = re.compile(r"\w")


def unstated(text: str) -> str | None:
    r"""Return the final answer of a text that states none behind a label.

    Args:
        text: A whole reply, of which the first and the last 64 lines are looked at.

    Returns:
        The answer in plain spelling; `None` where it is uncertain, as of a text that breaks
        off in the middle of a sentence.

    Example:
        >>> unstated("There are 3 boxes of 4.\nSo there are 12 apples.\nNote: not 13.")
        '12'
        >>> unstated("Yes. 17 has no divisors."), unstated("A: false\nB: true")
        ('Yes', 'B')
    """
    body = text.strip()
    fenced = "```" in body
    if fenced:
        body = _FENCED.sub("", body).strip()
    if not body or CALLS.match(body):
        return None
    lines = _lines(body)
    if broken_off(lines[-1]):
        return None
    return read_alone(lines[0], in_words=not fenced) if len(lines) == 1 else _several(lines)


def _lines(body: str) -> list[str]:
    """Return the lines of a text that count, their blanks collapsed."""
    lines = [line for line in body.split("\n") if line and not line.isspace()]
    if len(lines) > 2 * _LINES:
        lines = [*lines[:_LINES], *lines[-_LINES:]]
    lines = [_collapsed(line) for line in lines]
    for place, line in enumerate(lines):
        if place and len(line) <= _HEADING and APPENDIX.fullmatch(line):
            return lines[:place]
    return lines


def _collapsed(line: str) -> str:
    """Return the end of a line, with single blanks."""
    line = line.strip()
    if len(line) <= _SEEN and line.isascii() and "  " not in line and "\t" not in line:
        return line
    return " ".join(line[-_SEEN:].split())


def _several(lines: list[str]) -> str | None:
    """Read a reply of several lines."""
    for read in (_parts, _verdict, _assigned, _first):
        found = read(lines)
        if found:
            return found
    return _last(lines)


def _parts(lines: list[str]) -> str | None:
    """Return the answers to several parts of a question."""
    if len(lines) > _MOST_PARTS:
        return None
    answers = []
    for line in lines:
        part = _PART.match(line)
        answer = read_alone(line[part.end() :]) if part else None
        if answer is None:
            return None
        answers.append(answer)
    return ", ".join(answers)


def _verdict(lines: list[str]) -> str | None:
    """Return the option that alone is called right where they are gone through."""
    found = [match for line in lines if (match := _VERDICT.fullmatch(line))]
    right = [match[1].upper() for match in found if match[2].casefold() in _RIGHT]
    return right[0] if len(found) > 1 and len(right) == 1 else None


def _assigned(lines: list[str]) -> str | None:
    """Return variables with their values, if each line is one."""
    if not all(map(ASSIGNED.fullmatch, lines)):
        return None
    return ", ".join(line.rstrip(".,;") for line in lines)


def _first(lines: list[str]) -> str | None:
    """Return what a first line answers that the others only explain."""
    first = lines[0]
    if len(first) <= SHORT and word(first.strip("*_. ")):
        return opening(first) or itself(first)
    if _LETTER.fullmatch(first) and not _two(_LETTER.fullmatch(line) for line in lines):
        return itself(first)
    if len(first) <= 2 * SHORT and (found := truth(first)):
        return found
    option = _OPTION.match(first) if len(first) <= SHORT else None
    if option and option[1].isupper() and not _two(map(_OPTION.match, lines)):
        return option[1]
    return None


def _last(lines: list[str]) -> str | None:
    """Return what the last lines come to, else what the first one is."""
    looked = 0
    for line in reversed(lines):
        if line[0] == "|" or REMARK.match(line) or not _WORD.search(line):
            continue
        looked += 1
        if looked > _LAST:
            break
        if NO_ANSWER.search(line):
            return None
        if _OPTION.match(line) and _two(map(_OPTION.match, lines)):
            return None  # the options themselves, read out
        tip = BULLET.match(line) and not _WORKED.search(line)
        if tip and _two(map(BULLET.match, lines)):
            continue
        found = read_among(line)
        if found:
            return found
    first = lines[0]
    return opening(first) or (itself(first) if len(first) <= SHORT else None)


def _two(found: Iterator[object]) -> bool:
    """Whether more than one of several searches found something."""
    return any(found) and any(found)  # the second goes on where the first one stopped
