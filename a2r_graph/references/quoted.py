"""What of a text is a quotation or code: a tag in it is a word, not a mark."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"[ \t]*+(`{3,}+|~{3,}+)(.*)", re.DOTALL)
_BACKTICKS = re.compile(r"`++")
_PREFIX = re.compile(r"[^\w]?[rbfuRBFU]")
_PAIRS = {"\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb", "\u300c": "\u300d"}
_INDENTED = re.compile(r" {0,3}\t| {4}")


class Fences:
    """Follows a text line by line through its fenced blocks of code.

    Example:
        >>> fences = Fences()
        >>> for line in ("Look:", "```python", "print()"):
        ...     fences.line(line)
        >>> fences.open
        '```'
    """

    def __init__(self) -> None:
        """Begin outside."""
        self.open = ""
        """The marks that opened the block, or nothing outside of one."""

    def line(self, line: str) -> None:
        """Take the next line, whole."""
        found = _FENCE.match(line)
        if found is None:
            return
        marks, rest = found[1], found[2]
        if not self.open:
            if marks[0] != "`" or "`" not in rest:  # else code within the line
                self.open = marks
        elif marks.startswith(self.open) and not rest.strip():
            self.open = ""


class Walk:
    """Goes forward through a text, and knows at each place whether it is fenced code."""

    def __init__(self, text: str, start: int = 0) -> None:
        """Begin at `start`."""
        self._text, self._at, self._fences = text, start, Fences()

    def fenced(self, place: int) -> bool:
        """Whether `place`, which must not lie before the last one, is in fenced code."""
        while (end := self._text.find("\n", self._at, place)) >= 0:
            self._fences.line(self._text[self._at : end])
            self._at = end + 1
        return bool(self._fences.open)


class Line(NamedTuple):
    """The line around a tag."""

    before: str
    after: str

    @classmethod
    def around(cls, text: str, start: int, end: int) -> Line:
        """Return the line of `text` around what stands from `start` to `end`."""
        stop = text.find("\n", end)
        first = text.rfind("\n", 0, start) + 1
        return cls(text[first:start], text[end : len(text) if stop < 0 else stop])

    @property
    def indented(self) -> bool:
        """Whether it is indented like a block of code."""
        return bool(_INDENTED.match(self.before))

    @property
    def quotes(self) -> bool:
        """Whether the tag is quoted in its line, or code within it.

        Example:
            >>> Line("write `", "` at the end").quotes, Line("it's 42", "42").quotes
            (True, False)
        """
        return any(re.search(closing, self.after) for closing in opened(self.before))


def opened(before: str) -> list[str]:
    """Return what would close the quotations open at the end of a line's beginning.

    Each is a regular expression.

    Example:
        >>> opened('He said "no", and then "')
        ['"']
    """
    closings = []
    if run := _open_run(before):
        closings.append(f"(?<!`)`{{{run}}}(?!`)")
    if _is_open('"', before):
        closings.append('"')
    if _is_open("'", before):
        closings.append(r"'(?![^\W_])")
    closings += [
        closing
        for opening, closing in _PAIRS.items()
        if before.rfind(opening) > before.rfind(closing)
    ]
    return closings


def _open_run(before: str) -> int:
    """Return the length of the backticks that are open at the end, or 0."""
    run = 0
    for found in _BACKTICKS.finditer(before):
        length = len(found[0])
        if not run:
            run = length
        elif run == length:
            run = 0
    return run


def _is_open(mark: str, before: str) -> bool:
    """Whether a straight quotation mark is open.

    Behind a letter or a digit (5", users') it opens nothing, but for the prefixes of
    Python's strings; between two it is an apostrophe.
    """
    is_open, place = False, before.find(mark)
    while place >= 0:
        behind, ahead = before[max(0, place - 2) : place], before[place + 1 : place + 2]
        in_word = behind[-1:].isalnum() and not _PREFIX.fullmatch(behind)
        if not is_open:
            is_open = not in_word and behind[-1:] != "\\"
        elif not (in_word and ahead.isalnum()) and behind[-1:] != "\\":
            is_open = False
        place = before.find(mark, place + 1)
    return is_open
