"""`a2r ask --review`: the references on the terminal, and what shall become of them."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from a2r_graph.cli import text as words
from a2r_graph.cli.draft import COMMANDS, Command, Draft, Item, command
from a2r_graph.cli.editor import edited

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPT = "review> "
_INDENT = 4
_MOST_LINES = 6
_ANSWER = 60


def reviewed(
    offered: list[dict[str, Any]], branches: int, *, color: bool
) -> dict[str, Any] | None:
    """Return what a person at the terminal makes of the references; None: they left.

    Args:
        offered: The references of the graph's interrupt.
        branches: How many explorers ran.
        color: Whether the terminal shall have any.
    """
    console = Console(no_color=None if color else True, highlight=False)
    draft = Session(console, reader()).ask(Draft.of(offered, branches))
    return None if draft is None else draft.answer()


class Session:
    """Asks until the person goes on or leaves."""

    def __init__(
        self,
        console: Console,
        read: Callable[[str], str],
        edit: Callable[[str], str] = edited,
    ) -> None:
        """Begin; `read` shows a prompt and returns a line."""
        self.console = console
        self.read = read
        self.edit = edit
        self.drafts: list[Draft] = []
        """What was made so far; the last one counts."""

    def ask(self, draft: Draft) -> Draft | None:
        """Return what the person makes of `draft`; None: they left."""
        self.drafts = [draft]
        self._list()
        names = ", ".join(name for name in COMMANDS if name != "?")
        self._dim(f"Enter goes on. Else: {names}; ? explains them.")
        try:
            while (asked := self._next()) is not None and asked.name != "quit":
                if asked.name == "go":
                    return self.drafts[-1]
                try:
                    self._do(*asked)
                except ValueError as error:
                    self._wrong(error)
        except (EOFError, KeyboardInterrupt):
            self.console.print()
        return None

    def _next(self) -> Command:
        while True:
            try:
                return command(self.read(PROMPT))
            except ValueError as error:
                self._wrong(error)

    def _do(self, name: str, rest: str) -> None:
        draft = self.drafts[-1]
        match name:
            case "?":
                self._help()
            case "show" if rest:
                self._show(draft.numbers(rest))
            case "show":
                self._list()
            case "undo":
                if len(self.drafts) == 1:
                    msg = "there is nothing to take back"
                    raise ValueError(msg)
                self.drafts.pop()
                self._status()
            case _:
                self.drafts.append(self._changed(draft, name, rest))
                self._status()

    def _changed(self, draft: Draft, name: str, rest: str) -> Draft:
        match name:
            case "add":
                return draft.add(rest or self.edit(""))
            case "guide":
                return draft.guide(rest or self.edit(draft.guidance or ""))
            case "edit":
                number, *others = draft.numbers(rest)
                if others:
                    msg = "edit takes one number"
                    raise ValueError(msg)
                return draft.edit(number, self.edit(draft.items[number].text))
        changed: Draft = getattr(draft, name)(draft.numbers(rest))
        return changed

    def _list(self) -> None:
        """Print all, long texts shortened: few in more lines than many."""
        draft = self.drafts[-1]
        title = Rule(Text("references", style="dim"), align="left", style="dim")
        self.console.print(Text(), title)
        room = self.console.height // max(1, len(draft.items)) - 2
        for item in draft.listed:
            self.console.print(_heading(item, chosen=item.number in draft.chosen))
            self._text(item, max(1, min(_MOST_LINES, room)))
        self._status()

    def _show(self, numbers: list[int]) -> None:
        draft = self.drafts[-1]
        for number in numbers:
            item = draft.items[number]
            self.console.print(_heading(item, chosen=number in draft.chosen))
            self._text(item, None)

    def _text(self, item: Item, most: int | None) -> None:
        text, rest = words.clean(item.text), ""
        if most:
            width = max(1, self.console.width - _INDENT)
            # More than these characters don't fit into the lines, whatever they are.
            beginning = Text(text[: width * (most + 1)]).wrap(self.console, width)
            if len(beginning) > most or len(text) > width * (most + 1):
                text = "\n".join(line.plain for line in beginning[:most])
                rest = f"... (show {item.number})"
        for part, style in ((text, ""), (rest, "dim")):
            if part:
                self.console.print(
                    Padding(Text(part, style), (0, 0, 0, _INDENT), expand=False)
                )

    def _status(self) -> None:
        """Print in a line what the synthesizer will read."""
        draft = self.drafts[-1]
        named = ", ".join(_named(draft.items[number]) for number in draft.chosen)
        self.console.print(Text.assemble(("to the synthesizer  ", "dim"), named))
        if draft.guidance:
            said = words.line(draft.guidance)
            self.console.print(Text.assemble(("guidance  ", "dim"), said))

    def _help(self) -> None:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column()
        table.add_row(Text("Enter"), Text("go on to the synthesis"))
        for example, meaning in COMMANDS.values():
            table.add_row(Text(example), Text(meaning))
        self.console.print(table)
        self._dim("The first letter of a command will do.")

    def _dim(self, line: str) -> None:
        self.console.print(Text(line, style="dim"))

    def _wrong(self, error: ValueError) -> None:
        self.console.print(Text(words.bounded(str(error)), style="red"))


def reader() -> Callable[[str], str]:
    """Return `input`, with line editing where there is any.

    What was typed ahead, while the explorers ran, is thrown away: an Enter among it
    would go on unseen.
    """
    with suppress(ImportError):  # Windows has neither
        import readline  # noqa: F401, PLC0415  makes `input` edit lines

    with suppress(ImportError):
        import termios  # noqa: PLC0415  see above

        with suppress(termios.error):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
    return input


def _heading(item: Item, *, chosen: bool) -> Text:
    about: dict[str, Any] = dict(item.about or {})
    parts = ["your own"]
    if about:
        answer = "no final answer"
        if about["answer"] is not None:
            answer = f"answer {words.line(about['answer'], _ANSWER)}"
        parts = [answer, f"support {about['support']}", words.model(about["model"])]
    if item.edited:
        parts.append("edited")
    if not chosen:
        parts.append("left out")
    style = "bold" if chosen else "dim"
    return Text.assemble((f"{item.number:>2}  ", style), (", ".join(parts), style))


def _named(item: Item) -> str:
    if item.about is None:
        return f"{item.number} (your own)"
    return f"{item.number} (edited)" if item.edited else str(item.number)
