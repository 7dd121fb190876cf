"""What models and servers wrote, made fit to be shown: all is seen, nothing acts."""

from __future__ import annotations

import re

_MARKER = "\n\n[\u2026 {left:,} characters left out; the JSON has them \u2026]\n\n"
_HEAD = 0.4  # the end holds the answer: more of it stays
_LONGEST = 160
_BREAKS = re.compile(r"\r\n?")
# Control characters but newline and tab, what turns the direction of the text around it,
# and halves of surrogate pairs, which no file in UTF-8 can hold.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    r"""Return `text` with what can't be seen, and could act, written as an escape.

    Example:
        >>> print(visible("a\x1b[31m b\u202ec \ud800"))
        a\x1b[31m b\u202ec \ud800
    """
    return _UNSEEN.sub(_escape, _BREAKS.sub("\n", text))


def line(text: str, longest: int = _LONGEST) -> str:
    """Return the beginning of `text` as one line of at most `longest` characters.

    Example:
        >>> line("one  two three", 9)
        'one two…'
    """
    head = " ".join(text[: 8 * longest].split())
    if len(head) <= longest and len(text) <= 8 * longest:
        return head
    return head[: longest - 1].rstrip() + "\u2026"


def model(name: str) -> str:
    """Return a model's name without the address where it is served."""
    return line(name.partition("@http")[0])


def excerpt(text: str, most: int) -> str:
    """Return `text`, or about `most` characters of its head and tail.

    Example:
        >>> print(excerpt("a" * 500 + "b" * 500, 10))
        aaaa
        <BLANKLINE>
        [… 990 characters left out; the JSON has them …]
        <BLANKLINE>
        bbbbbb
    """
    left = len(text) - most
    if left <= 0:
        return text
    head = int(most * _HEAD)
    return f"{text[:head]}{_MARKER.format(left=left)}{text[head + left :]}"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004  a byte
