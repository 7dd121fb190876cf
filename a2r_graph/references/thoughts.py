"""Where a thought ends: for whole texts, by the splitter of streams.

A thought stands at the reply's beginning. Further ones may follow: right behind it, or at
the beginning of a line of the answer. Where the chat template opened the thought, the reply
has a closing tag alone; where it was cut off, no closing one, and the thought would pass
for the answer.
"""

from __future__ import annotations

from typing import NamedTuple

from a2r_graph.references.channels import BEGIN
from a2r_graph.references.splitter import Splitter
from a2r_graph.references.tags import lone_closing


class Split(NamedTuple):
    """A reply's text, taken apart."""

    thought: str
    answer: str
    unclosed: bool
    """Whether it ends inside a thought."""


def split(text: str, *, thinking: bool | None = None, whole: bool = False) -> Split:
    """Return a whole text's thought and its answer.

    Args:
        text: As the server sent it.
        thinking: Whether the prompt ended inside a thought; None: nobody knows.
        whole: As for `Splitter.end`.

    Example:
        >>> split("<think>six sevens</think> 42")
        Split(thought='six sevens', answer='42', unclosed=False)
        >>> split("six sevens</think>42").answer
        '42'
        >>> split("Strip it at `</think>`.").answer
        'Strip it at `</think>`.'
    """
    start = 0
    if thinking is None:
        start, thinking = _thought_before(text)
    splitter = Splitter(thinking=thinking)
    thought, answer = splitter.take(text[start:])
    more, rest = splitter.end(whole=whole)
    return Split(text[:start] + thought + more, answer + rest, splitter.thinking)


def so_far(text: str) -> str:
    """Return what is known to be answer of a text that is still coming.

    Example:
        >>> so_far("<think>hm</think>It is 4"), so_far("<thi")
        ('It is 4', '')
    """
    start, thinking = _thought_before(text)
    return Splitter(thinking=thinking).take(text[start:])[1]


def closes_alone(text: str) -> bool:
    """Whether a whole text begins inside a thought that its prompt must have opened.

    Example:
        >>> closes_alone("six sevens</think>42"), closes_alone("<think>hm</think>42")
        (True, False)
    """
    return _thought_before(text)[1]


def _thought_before(text: str) -> tuple[int, bool]:
    """Return where a thought ends that the prompt opened, and whether there is one."""
    if BEGIN.match(text.lstrip()):
        return 0, False
    found = lone_closing(text)
    return (found.start(), True) if found else (0, False)
