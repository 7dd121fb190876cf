"""Where a sentence ends: not at an abbreviation, an initial or a decimal point."""

from __future__ import annotations

import re
from collections.abc import Iterator

from a2r_graph.references.answer.words import ABBREVIATIONS, MAY_END

_LONGEST_NAME = 200  # characters
_LONGEST_WORD = 24  # characters before a full stop that may be an abbreviation

_STOP = re.compile(
    r"(?<![.\s])[.!?](?=[\"'\u201d\u2019*_`)$\]]{0,4}(?:\s|$))|[。！？।]",
)
_NEW_SENTENCE = re.compile(
    r"(?:It|The|This|That|He|She|They|We|In|A|An|There|Its|His|Her)\s"
)
_LAST_WORD = re.compile(r"[\w.]+$")
# "B. Note that ..." is an option and a sentence, "B. Paris" and "J. K. Rowling" are one.
_OPTION = re.compile(r"\(?([A-J])\)?\.\s+(\S.*)", re.DOTALL)
_NAME_LIKE = re.compile(r"(?:[^\W\d_a-z][\w'-]*\.?\s*){1,3}[.*_`\"')]*$")
# Between sentences: behind a word, a number or a closing sign.
_BETWEEN = re.compile(
    r"(?<=[^\W\d_]{2}[.!?])[\"')*_]*\s+(?=[\"'(*_$\\]*[A-Z\d\u0400-\uffff])"
    r"|(?<=\d[.!?])\s+(?=[A-Z])"
    r"|(?<=[)\]%$*\"'\u201d][.!?])\s+(?=[A-Z])"
    r"|(?<=[。！？।])"
)


def first_sentence(text: str) -> str:
    """Return a text up to the end of its first sentence, without its full stop.

    Example:
        >>> first_sentence("St. Louis. It is old."), first_sentence("No. 5")
        ('St. Louis', 'No. 5')
    """
    text = text.strip()
    option = _OPTION.fullmatch(text)
    if option:
        name = first_sentence(option[2][:_LONGEST_NAME])
        return text if _NAME_LIKE.match(name) else option[1]
    for stop in _STOP.finditer(text):
        if not _goes_on(text, stop.start()):
            return text[: stop.start()]
    return text


def last_first(line: str) -> Iterator[str]:
    """Yield the sentences of a line, the last first.

    Example:
        >>> list(last_first("It has 3 sides. So it is a triangle."))
        ['So it is a triangle.', 'It has 3 sides.']
    """
    yield from (part.strip() for part in reversed(_BETWEEN.split(line)) if part.strip())


def _goes_on(text: str, at: int) -> bool:
    """Whether the sentence goes on behind the stop at a place."""
    stop, before, behind = text[at], text[at - 1 : at], text[at + 1 :]
    if text.count("(", 0, at) > text.count(")", 0, at):
        return True
    if stop == "!":  # 5!, or the end anyway
        return before.isdigit() or not behind
    rest = behind[:80].lstrip("*_`\"') ")
    word = _LAST_WORD.search(text, max(0, at - _LONGEST_WORD), at)
    if stop != "." or word is None or not rest:
        return False
    return _abbreviated(word[0], rest)


def _abbreviated(word: str, rest: str) -> bool:
    """Whether a word with a full stop is an abbreviation, by what follows it."""
    small = word.casefold()
    new_sentence = _NEW_SENTENCE.match(rest) is not None
    if small in ("no", "nr"):
        return rest[0].isdigit()
    if small in ABBREVIATIONS:
        return not (small in MAY_END and new_sentence)
    if len(word) == 1 and word.isalpha() and word.isupper():
        return rest[0].isupper() or rest[0].islower()  # an initial
    # U.S. dollar, but "... D.C. It has been"
    return "." in word and word.replace(".", "").isalpha() and not new_sentence
