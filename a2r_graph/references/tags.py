"""The tags of thoughts: one table, and which tag in a text is one.

Tags in code and in quotations are words of the text. Replies in channels are read in
`channels`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from a2r_graph.references.quoted import Line, Walk

if TYPE_CHECKING:
    from collections.abc import Iterable


class Form:
    """How one kind of thought is marked."""

    def __init__(self, openings: Iterable[str], closings: Iterable[str]) -> None:
        """Take its tags."""
        self.openings, self.closings = tuple(openings), tuple(closings)
        self.begins = tuple(tag.lower() for tag in self.openings)
        self.opening = re.compile(_pattern(self.openings))
        self.closing = re.compile(_pattern(self.closings))
        self.tag = re.compile(_pattern((*self.openings, *self.closings)))

    def opens(self, tag: re.Match[str]) -> bool:
        """Whether a tag that was found is an opening one."""
        return self.opening.fullmatch(tag[0]) is not None


def _pattern(tags: tuple[str, ...]) -> str:
    """Return what matches one of them, those in angle brackets in any case.

    Each alternative begins with a plain character: such a search is fast.
    """
    each = (
        f"<(?ai:{re.escape(tag[1:])})" if tag[0] == "<" else re.escape(tag) for tag in tags
    )
    return "|".join(each) or "(?!)"


CHANNEL = "<|start|>assistant<|channel|>"

FORMS = (
    Form(("<think>", "<thinking>"), ("</think>", "</thinking>")),  # most models
    Form(("<thought>",), ("</thought>",)),  # Gemini at its OpenAI-shaped endpoint
    Form(("<reasoning>",), ("</reasoning>",)),
    Form(("[THINK]",), ("[/THINK]",)),  # Magistral
    Form(("<seed:think>",), ("</seed:think>",)),  # Seed-OSS
    Form(("<mm:think>",), ("</mm:think>",)),  # MiniMax-M3
    Form(("\u25c1think\u25b7",), ("\u25c1/think\u25b7",)),  # Kimi
    Form((), ("<channel|>",)),  # Gemma 4: the end of a channel that the prompt opened
    Form((), (f"<|end|>{CHANNEL}", CHANNEL)),  # gpt-oss, likewise
)
"""Pairs of tags, as servers without a parser for them send them."""

_FORMS = {tag.lower(): form for form in FORMS for tag in (*form.openings, *form.closings)}

ANY = Form(
    (tag for form in FORMS for tag in form.openings),
    (tag for form in FORMS for tag in form.closings),
)
LONGEST = max(map(len, (*ANY.openings, *ANY.closings)))

_CHANNELS = ("<|channel>", "<|channel|>analysis<|message|>")
_MOST = 64  # tags that are looked at: more are no thought's, and each costs its line
_SENTENCE_END = (".", "!", "?", "\u3002", "\uff01", "\uff1f", ")", "\u2026")
_SHOWS = tuple(":=|>-*+\u2022,(")
_OPENS = tuple("([{<=/|")
INDENT = 3  # spaces; more are code
ANNOUNCES = (":", "\uff1a")
_ABOVE = 300  # characters in which the end of the line above is looked for
_HINTS = ("</", "[/", "\u25c1/", "channel|")  # every closing tag has one
_EXPRESSION = re.compile(r"[.)\]}][*+]\??\Z")  # a regular one, as .*?
_GOES_ON = tuple(".,;:!?)]}'\"`")


def form_of(tag: str) -> Form:
    """Return the form that a tag is of."""
    return _FORMS[tag.lower()]


_FIRST = {tag[0] for tag in ANY.openings}


def lone_closing(text: str, form: Form = ANY) -> re.Match[str] | None:
    """Return the closing tag that ends a thought which `text` begins inside of, if any.

    It stands outside of code and quotations, and before any opening tag that does: at the
    beginning or the end of a line, or right behind the text before it.

    Example:
        >>> lone_closing("six sevens</think>42").start()
        10
        >>> lone_closing("To close a thought, write </think>. Then 42.") is None
        True
    """
    if not any(hint in text for hint in _HINTS):
        return None  # told at once
    walk = Walk(text)
    for number, found in enumerate(form.tag.finditer(text)):
        if number >= _MOST:
            return None
        line = Line.around(text, *found.span())
        if walk.fenced(found.start()) or line.quotes or line.indented:
            continue
        if form.opens(found):
            return None
        if _ends_thought(line, last=not text[found.end() :].strip()):
            return found
    return None


def _ends_thought(line: Line, *, last: bool) -> bool:
    """Whether a closing tag stands in its line as one does that closes.

    Args:
        line: Its line.
        last: Whether nothing follows.
    """
    before, after = line.before.rstrip(), line.after.strip()
    if not before:
        return True
    if before == line.before:
        shown = before.endswith(_OPENS) or _EXPRESSION.search(before)
        return not (shown or after.startswith(_GOES_ON))
    if not after:
        return not last and not before.endswith(_SHOWS)
    return before.endswith(_SENTENCE_END) and not after.startswith(_GOES_ON)


def left_open(text: str) -> re.Match[str] | None:
    r"""Return the opening tag of a thought that `text` ends inside of, if any.

    It begins a line, outside of code, and nothing closes it. One behind a line that ends in
    a colon is shown.

    Example:
        >>> left_open("Let me see.\n<think>six sev").start()
        12
    """
    if not any(sign in text for sign in _FIRST):
        return None  # told at once
    last: re.Match[str] | None = None
    walk, form = Walk(text), ANY
    for found in ANY.tag.finditer(text):
        if not ANY.opens(found):
            last = None if last and form.closing.fullmatch(found[0]) else last
        elif last is None and begins_block(text, found.start(), walk):
            last = found
            form = form_of(found[0])
    return last


def begins_block(text: str, place: int, walk: Walk) -> bool:
    """Whether a tag at `place` begins a line that isn't code, and isn't announced."""
    first = text.rfind("\n", max(0, place - INDENT - 1), place) + 1
    if text[first:place].strip(" ") or place - first > INDENT:
        return False
    above = text[max(0, first - _ABOVE) : first].rstrip()
    return not (above.endswith(ANNOUNCES) or walk.fenced(place))


def ends_inside(prompt: str) -> bool:
    r"""Whether a prompt ends inside a thought, which its chat template opened.

    Example:
        >>> ends_inside("<|im_start|>assistant\n<think>\n")
        True
        >>> ends_inside("<|im_start|>assistant\n<think>\n\n</think>\n\n")
        False
    """
    opening = max(prompt.rfind(tag) for tag in (*ANY.openings, *_CHANNELS))
    closing = max(prompt.rfind(tag) for tag in (*ANY.closings, "<|end|>"))
    return opening > closing
