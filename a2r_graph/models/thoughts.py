"""Thoughts that a server left in the answer's text: found, and taken out.

A server without a reasoning parser sends `<think>...</think>` inline. Where the chat
template opens the thought, the reply has no opening tag; where it was cut off, no closing
one, and the thought would pass for the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2r_graph.references import extract

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

OPENING, CLOSING = "<think>", "</think>"


def take_out(message: BaseMessage, *, thinking: bool) -> None:
    """Move an inline thought from a whole reply's text to where reasoning stands.

    Args:
        message: The reply; one whose reasoning the server has parsed is left alone.
        thinking: Whether the prompt ended inside a thought.
    """
    text = message.content
    if not isinstance(text, str) or reasoning_of(message):
        return
    finish = message.response_metadata.get("finish_reason")
    if thinking and CLOSING not in text and finish == "length":
        text = OPENING + text
    if not text.lstrip().startswith(OPENING) and CLOSING not in text:
        return
    found = extract(text)
    message.content = found.text
    if found.reasoning:
        message.additional_kwargs["reasoning_content"] = found.reasoning


def reasoning_of(message: BaseMessage) -> str:
    """Return the reasoning that stands beside the text, or an empty text."""
    return str(message.additional_kwargs.get("reasoning_content") or "")


class Splitter:
    """Splits a stream of text into thought and answer, as the pieces come.

    Example:
        >>> splitter = Splitter(thinking=False)
        >>> [splitter.take(piece) for piece in ("<th", "ink>hm</thi", "nk>4", "2")]
        [('', ''), ('hm', ''), ('', '4'), ('', '2')]
    """

    def __init__(self, *, thinking: bool) -> None:
        """Begin inside a thought, or where one may begin."""
        self._mark: str | None = CLOSING if thinking else OPENING
        self._held = ""

    def take(self, piece: str) -> tuple[str, str]:
        """Return what is now known to be thought, and what to be answer."""
        thought = ""
        if self._mark == OPENING:
            self._held += piece
            begun = self._held.lstrip()
            if OPENING.startswith(begun):  # or nothing but space, so far
                if begun != OPENING:
                    return "", ""
            elif not begun.startswith(OPENING):
                self._mark = None
                return "", self._let_go()
            self._mark, self._held, piece = CLOSING, "", begun.removeprefix(OPENING)
        if self._mark == CLOSING:
            head, tag, rest = (self._held + piece).partition(CLOSING)
            if not tag:
                keep = _overlap(head)
                self._held = head[len(head) - keep :]
                return head[: len(head) - keep], ""
            self._mark, self._held = None, ""
            thought, piece = head, rest
        return thought, piece

    def end(self) -> tuple[str, str]:
        """Return what was held back in case it became a tag."""
        held = self._let_go()
        return (held, "") if self._mark == CLOSING else ("", held)

    @property
    def thinking(self) -> bool:
        """Whether the thought hasn't ended."""
        return self._mark == CLOSING

    def _let_go(self) -> str:
        held, self._held = self._held, ""
        return held


def _overlap(text: str) -> int:
    """Return how much of the text's end may be the beginning of the closing tag."""
    longest = min(len(text), len(CLOSING) - 1)
    return next((n for n in range(longest, 0, -1) if CLOSING.startswith(text[-n:])), 0)
