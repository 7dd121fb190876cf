"""Thoughts that a server left in the answer's text, told apart from it.

A server without a reasoning parser sends `<think>...</think>` inline. Where the chat
template opens the thought, the reply has no opening tag; where it was cut off, no closing
one, and the thought would pass for the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

OPENING, CLOSING = "<think>", "</think>"


def reasoning_of(message: BaseMessage) -> str:
    """Return the reasoning that stands beside the text, or an empty text."""
    return str(message.additional_kwargs.get("reasoning_content") or "")


def begins_with_thought(text: str) -> bool:
    """Whether the first thing in a text is the opening tag."""
    return text.lstrip().startswith(OPENING)


def split(text: str, *, thinking: bool) -> tuple[str, str]:
    """Return a whole text's thought and its answer.

    Args:
        text: As the server sent it.
        thinking: Whether the prompt ended inside a thought.

    Example:
        >>> split("<think>six sevens</think> 42", thinking=False)
        ('six sevens', '42')
    """
    splitter = Splitter(thinking=thinking)
    (thought, answer), (more, rest) = splitter.take(text), splitter.end()
    return thought + more, answer + rest


class Splitter:
    """Splits a stream of text into thought and answer, as the pieces come.

    Space before a tag and after the closing one is neither's.

    Example:
        >>> splitter = Splitter(thinking=False)
        >>> [splitter.take(piece) for piece in ("<th", "ink>hm</thi", "nk>4", "2")]
        [('', ''), ('hm', ''), ('', '4'), ('', '2')]
    """

    def __init__(self, *, thinking: bool) -> None:
        """Begin inside a thought, or where one may begin."""
        self.thinking = thinking
        self._begun = False  # whether an opening tag can't come any more
        self._fresh = False  # whether the answer after a thought has yet to begin
        self._held = ""

    def take(self, piece: str) -> tuple[str, str]:
        """Return what is now known to be thought, and what to be answer."""
        if not self._begun:
            self._held += piece
            begun = self._held.lstrip()
            if OPENING.startswith(begun) and begun != OPENING:
                return "", ""  # nothing but space or half a tag, so far
            self._begun, piece = True, self._let_go()
            if begun.startswith(OPENING):
                self.thinking, piece = True, begun.removeprefix(OPENING)
        if not self.thinking:
            return "", self._answer(piece)
        head, tag, rest = (self._let_go() + piece).partition(CLOSING)
        if tag:
            self.thinking, self._fresh = False, True
            return head, self._answer(rest)
        keep = _overlap(head)
        self._held = head[len(head) - keep :]
        return head[: len(head) - keep], ""

    def end(self) -> tuple[str, str]:
        """Return what was held back in case it became a tag."""
        held = self._let_go()
        return (held, "") if self.thinking else ("", held)

    def _answer(self, piece: str) -> str:
        if self._fresh:
            piece = piece.lstrip()
            self._fresh = not piece
        return piece

    def _let_go(self) -> str:
        held, self._held = self._held, ""
        return held


def _overlap(text: str) -> int:
    """Return how much of the text's end may be the beginning of the closing tag."""
    longest = min(len(text), len(CLOSING) - 1)
    return next((n for n in range(longest, 0, -1) if CLOSING.startswith(text[-n:])), 0)
