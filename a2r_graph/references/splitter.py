"""A stream of text split into thought and answer, as its pieces come."""

from __future__ import annotations

import re

from a2r_graph.references.channels import BEGIN, BEGINNINGS, read_channels
from a2r_graph.references.quoted import Fences, opened
from a2r_graph.references.tags import (
    ANNOUNCES,
    ANY,
    CHANNEL,
    INDENT,
    LONGEST,
    Form,
    form_of,
    lone_closing,
)

_SPACE = re.compile(r"[\s\ufeff\u200b]*+")
_INDENT = re.compile(f" {{0,{INDENT}}}+")
_BEGINNINGS = tuple(tag.lower() for tag in (*ANY.openings, *ANY.closings, *BEGINNINGS))
_FIRST = re.compile("[<\\[\u25c1]")
_MOST = 16  # tags in one line that are looked at for being quoted
_AHEAD = 40  # characters in which the quotation must end


class Splitter:
    """Splits a stream of text into thought and answer, as the pieces come.

    Space before a tag and after the closing one is neither's. A thought that the prompt is
    believed to have opened is held back until a tag says so, and a reply in channels until
    its end: its last final one is the answer.

    Example:
        >>> splitter = Splitter(thinking=False)
        >>> [splitter.take(piece) for piece in ("<th", "ink>hm</thi", "nk>4", "2")]
        [('', ''), ('hm', ''), ('', '4'), ('', '2')]
    """

    def __init__(self, *, thinking: bool) -> None:
        """Begin inside a thought, or where one may begin."""
        self.thinking = thinking
        """Whether what has come ends inside a thought."""
        self.tagged = False
        """Whether a tag was found."""
        self._step = self._begin
        self._text, self._at = "", 0  # what has come, and how far it is read
        self._held: list[str] = []  # read, and not yet known for what it is
        self._believed: list[str] | None = [] if thinking else None
        self._thought: list[str] = []
        self._answer: list[str] = []
        self._form = ANY  # of the last thought
        self._blank = False  # whether it has yet to begin
        self._depth = 0  # of the thoughts within it
        self._line: list[str] = []  # what has come of the line under way
        self._looks = 0
        self._quotes: list[str] | None = None  # open before a tag whose line must end
        self._fences, self._announced, self._fresh = Fences(), False, True

    def take(self, piece: str) -> tuple[str, str]:
        """Return what is now known to be thought, and what to be answer."""
        return self._run(piece, last=False)

    def end(self, *, whole: bool = False) -> tuple[str, str]:
        """Return what was held back.

        Args:
            whole: The reply ended by itself. If no tag has said that the prompt opened a
                thought, there was none.
        """
        thought, answer = self._run("", last=True)
        believed, self._believed = self._believed, None
        if believed is None:
            return thought, answer
        self.thinking = not whole
        return ("", "".join(believed)) if whole else ("".join(believed), answer)

    def _run(self, piece: str, *, last: bool) -> tuple[str, str]:
        self._text, self._at = self._text[self._at :] + piece, 0
        while self._step(last=last):
            pass
        said = "".join(self._thought), "".join(self._answer)
        self._thought, self._answer = [], []
        return said

    # Each step reads on from `_at`, and returns whether there is another one.

    def _begin(self, *, last: bool) -> bool:
        """Read what stands before the text: space and tags."""
        space = _SPACE.match(self._text, self._at)
        assert space  # it matches nothing, too  # noqa: S101
        self._held.append(space[0])
        self._at = space.end()
        if not last and _grows(self._text[self._at : self._at + LONGEST], _BEGINNINGS):
            return False
        if BEGIN.match(self._text, self._at):
            self._tag()
            self._step = self._in_channels
        elif opening := ANY.opening.match(self._text, self._at):
            self._open(opening)
        elif closing := ANY.closing.match(self._text, self._at):
            self._close(closing)
        else:
            self._fresh, held = True, "".join(self._held)
            self._held = [] if self.tagged else [held]
            self._step = self._in_thought if self.thinking else self._in_answer
            self._say("".join(self._held))
            self._held = []
        return True

    def _in_thought(self, *, last: bool) -> bool:
        """Read to the end of the thought."""
        found = self._form.tag.search(self._text, self._at)
        if found is None:
            end = len(self._text)
            self._read_to(end if last else end - _overlap(self._text, self._at, self._form))
            return False
        self._read_to(found.start())
        if not self._form.opens(found):
            quoted = self._is_quoted(found, last=last)
            if quoted is None:
                return False
            if not quoted:
                self._close(found)
                return True
        elif self._blank:
            self._at = found.end()  # the same thought, opened twice
            return True
        elif self._form is not ANY and self._looks < _MOST:
            self._looks += 1
            self._depth += not opened("".join(self._line))
        self._read_to(found.end())
        return True

    def _is_quoted(self, found: re.Match[str], *, last: bool) -> bool | None:
        """Whether the thought quotes its closing tag; None: its line must come first."""
        if self._looks == _MOST:
            return False
        before = "".join(self._line) if self._quotes is None else ""
        quotes = opened(before) if self._quotes is None else self._quotes
        if quotes:
            ahead, line, _ = self._text[found.end() : found.end() + _AHEAD].partition("\n")
            if not (line or last or len(ahead) == _AHEAD):
                self._quotes = quotes
                return None
        self._quotes, self._looks = None, self._looks + 1
        return bool(quotes) and any(re.search(quote, ahead) for quote in quotes)

    def _in_nested(self, *, last: bool) -> bool:
        """Read the rest: where another thought was opened within, it closes there too."""
        self._held.append(self._text[self._at :])
        self._at = len(self._text)
        if not last:
            return False
        rest = "".join(self._held)
        while self._depth and (found := lone_closing(rest, self._form)):
            self._thought.append(rest[: found.start()])
            rest, self._depth = rest[found.end() :], self._depth - 1
        self._text, self._at, self._held = rest, 0, []
        self._step, self._depth = self._begin, 0
        return True

    def _in_channels(self, *, last: bool) -> bool:
        """Read the rest: only its end shows which channel is the last."""
        self.thinking = True
        self._held.append(self._text[self._at :])
        self._at = len(self._text)
        if last:
            thought, answer, self.thinking = read_channels("".join(self._held))
            self._held = []
            self._thought.append(thought)
            self._answer.append(answer)
        return False

    def _in_answer(self, *, last: bool) -> bool:
        """Read a line, or the rest where no thought was found."""
        if self._form is ANY:
            self._read_to(len(self._text))
            return False
        if self._fresh:
            indent = _INDENT.match(self._text, self._at)
            assert indent  # it matches nothing, too  # noqa: S101
            if not (self._fences.open or self._announced):
                if opening := self._form.opening.match(self._text, indent.end()):
                    self._open(opening)
                    return True
                head = self._text[indent.end() : indent.end() + LONGEST]
                if not last and _grows(head, self._form.begins):
                    return False
            self._fresh = False
        end = self._text.find("\n", self._at) + 1
        self._read_to(end or len(self._text))
        if not end:
            return False
        line = "".join(self._line)
        self._fences.line(line)
        if line.strip():
            self._announced = line.rstrip().endswith(ANNOUNCES)
        self._line, self._fresh = [], True
        return True

    def _tag(self) -> None:
        """Note a tag: it settles whether the prompt opened a thought."""
        self._thought += self._believed or []
        self.tagged, self._believed = True, None
        self._held, self._line, self._looks = [], [], 0

    def _open(self, opening: re.Match[str]) -> None:
        if self._form is not ANY:
            self._thought.append("\n")
        self._tag()
        self._blank = True
        self._form = form_of(opening[0])
        self._step, self._at = self._in_thought, opening.end()
        self.thinking = True

    def _close(self, closing: re.Match[str]) -> None:
        self._tag()
        self._form = form_of(closing[0])
        self._step = self._in_nested if self._depth else self._begin
        self._at, self.thinking = closing.end(), False
        if closing[0].endswith(CHANNEL):
            self._step, self._at = self._in_channels, closing.end() - len(CHANNEL)

    def _read_to(self, end: int) -> None:
        self._say(self._text[self._at : end])
        self._at = end

    def _say(self, text: str) -> None:
        """Pass text on as what it is, and note the line under way."""
        if self._step != self._in_thought:
            self._answer.append(text)
            self._line.append(text)
            return
        self._blank = self._blank and not text.strip()
        (self._thought if self._believed is None else self._believed).append(text)
        _, line, rest = text.rpartition("\n")
        if line:
            self._line, self._looks = [], 0
        self._line.append(rest)


def _grows(head: str, tags: tuple[str, ...]) -> bool:
    """Whether the beginning of a text may become that of a tag, or of another one."""
    head = head.lower()
    if head[1:2].isspace():
        return False  # no tag has space there
    return any(tag != head and tag.startswith(head) for tag in tags)


def _overlap(text: str, start: int, form: Form) -> int:
    """Return how much of the text's end may be the beginning of a tag."""
    tags = (*form.openings, *form.closings)
    for found in _FIRST.finditer(text, max(start, len(text) - LONGEST)):
        if _grows(text[found.start() :], tuple(tag.lower() for tag in tags)):
            return len(text) - found.start()
    return 0
