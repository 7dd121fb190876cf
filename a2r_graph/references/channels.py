"""Replies in channels: the last final one is the answer, the others are thought.

gpt-oss writes `<|channel|>analysis<|message|>...<|end|>` and begins further messages with
`<|start|>assistant` (https://github.com/openai/harmony, `docs/format.md`). A server that
strips special tokens leaves `analysis...assistantfinal...` of it. Gemma 4 writes
`<|channel>thought`, a new line, `...<channel|>`, and its answer behind that.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from a2r_graph.references.quoted import Line, Walk

BEGIN = re.compile(
    r"(?:assistant)?<\|channel\|>|<\|start\|>assistant|<\|channel>|analysis(?=[^\W\d_a-z])"
)
STRIPPED = "analysis"
BEGINNINGS = (
    *("<|channel|>", "assistant<|channel|>", "<|start|>assistant", "<|channel>"),
    f"{STRIPPED}We",  # or another word
)

_HEADER = re.compile(
    r"\s*+(?:<\|start\|>[^<|]{0,128}|assistant)?"
    r"(?:<\|channel\|>\s*+(?P<name>\w{0,32}+)[^<]{0,128}+(?:<\|constrain\|>[^<]{0,64}+)?)?"
    r"<\|message\|>"
)
_END = re.compile(r"<\|(?:end|return|call)\|>|(?=<\|start\|>assistant)")
_GEMMA = re.compile(r"\s*+<\|channel>(?P<name>thought|analysis|final|\w{1,32}(?=\n))?\n?")
_GEMMA_END = re.compile(r"<channel\|>")
_NEXT = re.compile(r"\s*+(?:<\|start\|>|<\|channel\|>|\Z)")
_LEFT_OVER = ("<turn|>", "<eos>", "<|return|>", "<|end|>", "<|call|>")
_MOST = 64
"""Ends that are looked at for being quoted; quoting them is linear in their lines."""


class Channels(NamedTuple):
    """A reply in channels, taken apart."""

    thought: str
    answer: str
    unclosed: bool
    """Whether the answer has not begun."""


def read_channels(text: str) -> Channels:
    """Take a reply apart that begins with a channel.

    Args:
        text: Whole, or as far as it came.

    Example:
        >>> read_channels(
        ...     "<|channel|>analysis<|message|>six sevens<|end|>"
        ...     "<|start|>assistant<|channel|>final<|message|>42<|return|>"
        ... )
        Channels(thought='six sevens', answer='42', unclosed=False)
    """
    if text.lstrip().startswith(STRIPPED):
        return _stripped(text.lstrip().removeprefix(STRIPPED))
    is_gemma = _GEMMA.match(text) is not None
    header, end = (_GEMMA, _GEMMA_END) if is_gemma else (_HEADER, _END)
    thoughts: list[str] = []
    answer: str | None = None
    place, ends = 0, _Ends(text, end)
    while found := header.match(text, place):
        is_final = found["name"] == "final" or not (is_gemma or found["name"])
        stop, place = ends.behind(found.end(), is_answer=is_final and not is_gemma)
        content = text[found.end() : stop]
        if is_final:
            answer = content
        else:
            thoughts.append(content)
    rest = text[place:]
    if rest.strip() and not rest.lstrip().startswith(("<|start|>", "<|channel")):
        # Gemma's answer, or one whose header was stripped.
        answer = rest if answer is None else answer
    return Channels("\n".join(thoughts), _clean(answer or ""), answer is None)


def _stripped(text: str) -> Channels:
    thought, final, answer = text.rpartition("assistantfinal")
    return Channels(thought, answer, False) if final else Channels(answer, "", True)  # noqa: FBT003


class _Ends:
    """Finds where each channel ends."""

    def __init__(self, text: str, end: re.Pattern[str]) -> None:
        self._text, self._end, self._looks = text, end, 0

    def behind(self, start: int, *, is_answer: bool) -> tuple[int, int]:
        """Return where the content from `start` on ends, and what follows begins.

        An end that is quoted is the content's own.
        """
        walk = Walk(self._text, start)
        for found in self._end.finditer(self._text, start):
            if is_answer and not _NEXT.match(self._text, found.end()):
                continue
            if is_answer and walk.fenced(found.start()):
                continue
            if self._looks < _MOST:
                self._looks += 1
                if Line.around(self._text, *found.span()).quotes:
                    continue
            return found.span()
        return len(self._text), len(self._text)


def _clean(answer: str) -> str:
    """Return an answer without the tokens that end a turn."""
    text = answer.rstrip()
    for token in _LEFT_OVER:
        if text.endswith(token):
            return text.removesuffix(token)
    return answer
