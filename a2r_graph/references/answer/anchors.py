"""Where a statement of a final answer may begin in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from a2r_graph.references.answer import languages

_END = 480  # characters at a text's end that are looked at first
_AROUND = 24  # characters around a part of an anchor that the anchor may have
_PARTS_TRIED = 200
_ANCHORS_TRIED = 64

# The groups' names are those of the readers (statements.py).
_ANCHOR = re.compile(
    r"(?P<box>\\{1,2}(?:boxed|fbox)(?![A-Za-z]))"
    r"|(?P<hashes>^####(?!#))"
    r"|(?P<tag><(?:final_)?answer>)"
    r"|(?P<key>[\"'](?:final_?|correct_?)?(?:[Aa]nswer|choice|solution|result)[\"']\s*:)"
    rf"|(?<![A-Za-z\"'])(?<![A-Za-z]_)(?P<noun>{languages.NOUNS})"
    r"|(?P<right>\bis\s+(?:also\s+|therefore\s+)?(?:the\s+)?(?:correct|right|best)\b)"
    r"|(?P<pick>\b(?:[Cc]hoose|[Pp]ick|[Ss]elect|go with|going with|opt for)\b"
    r"|[故应]?选[择项]?)",
    re.MULTILINE,
)


class Statement(NamedTuple):
    """A final answer, and where its statement stands in the text."""

    answer: str
    """In plain spelling."""
    start: int
    end: int
    closed: bool
    """Whether more text than the answer's own line or box follows, or it can't grow."""


def anchors(text: str) -> Iterator[re.Match[str]]:
    """Yield where a statement may begin, the last first.

    The end of the text is looked at first, since most answers stand there. What makes it
    quick is that strings are searched before patterns: most texts hold few of the parts.
    Behind an answer other options may be gone through at length, hence dozens are tried.
    """
    end = max(0, len(text) - _END)
    low, parts, found = len(text) + 1, 0, 0
    for start, stop in ((end, len(text)), (0, end + _AROUND)):
        for at, part in _parts(text, start, min(stop, len(text))):
            parts += 1
            if parts > _PARTS_TRIED:
                return
            around = at + len(part) + _AROUND
            for anchor in _ANCHOR.finditer(text, max(0, at - _AROUND), around):
                if anchor.start() <= at < anchor.end() and anchor.start() < low:
                    low, found = anchor.start(), found + 1
                    yield anchor
            if found >= _ANCHORS_TRIED:
                return
        if not end:
            return


def _parts(text: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    """Yield the parts of anchors between two places, the last first."""
    window = text[start:stop]
    small = window.lower()
    if len(small) != len(window):  # one letter, the Turkish I with a dot, becomes two
        small = window
    others = () if window.isascii() else languages.OTHER_PARTS
    known = (*languages.ASCII_PARTS, *others)
    places = {part: small.rfind(part) for part in known if part in small}
    while places:
        part = max(places, key=places.__getitem__)
        at = places[part]
        yield start + at, part
        places[part] = small.rfind(part, 0, at + len(part) - 1)
        if places[part] < 0:
            del places[part]


def in_code(text: str, at: int) -> bool:
    """Whether a place in a text lies in a fence or between backticks.

    Example:
        >>> in_code("by `Answer: 5`", 4), in_code("by `x`, Answer: 5", 8)
        (True, False)
    """
    if "`" not in text:
        return False
    if text.count("```", 0, at) % 2:
        return True
    start = text.rfind("\n", 0, at) + 1
    return text.count("`", start, at) % 2 == 1
