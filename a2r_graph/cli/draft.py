"""What a person makes of the references: a state, and the commands that change it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from a2r_graph.cli import text as words
from a2r_graph.references import sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMMANDS = {
    "keep": ("keep 0 2-4", "show the synthesizer these alone; keep all: every one"),
    "drop": ("drop 1", "leave this one out"),
    "order": ("order 2 0", "put these first, in this order"),
    "edit": ("edit 1", "change its text in your editor ($VISUAL or $EDITOR)"),
    "add": ("add TEXT", "add a reference; without TEXT, in your editor"),
    "guide": ("guide TEXT", "tell the synthesizer TEXT besides; or in your editor"),
    "show": ("show 1", "print it whole; without a number, the list again"),
    "undo": ("undo", "take the last change back"),
    "quit": ("quit", "leave; nothing is synthesized"),
    "?": ("?", "print this"),
}
"""Name -> an example, and what it does. The first letter will do."""
TAKES_NOTHING = {"undo", "quit", "?"}
_MOST_DIGITS = 6


class Command(NamedTuple):
    """One line of the person's, taken apart."""

    name: str
    """One of `COMMANDS`, or "go"."""
    rest: str = ""


@dataclass(frozen=True)
class Item:
    """One reference that can be shown."""

    number: int
    text: str
    about: Mapping[str, Any] | None = None
    """As the graph offers it; None for one that the person added."""

    @property
    def edited(self) -> bool:
        """Whether the synthesizer reads another text than the explorer wrote."""
        return self.about is not None and self.text != self.about["text"]


@dataclass(frozen=True)
class Draft:
    """What the synthesizer will read, as far as the person has come."""

    items: Mapping[int, Item]
    """By number: the branch's index; those added are numbered on."""
    chosen: tuple[int, ...]
    """The numbers of those to show, in this order."""
    suggested: tuple[int, ...]
    """What would be shown if nobody had looked."""
    following: int
    """The number of the next one that is added."""
    guidance: str | None = None

    @classmethod
    def of(cls, offered: Iterable[Mapping[str, Any]], branches: int) -> Self:
        """Begin with what the graph's interrupt offers, of so many branches."""
        items = {one["index"]: Item(one["index"], one["text"], one) for one in offered}
        shown = (n for n, item in items.items() if item.about and item.about["shown"])
        suggested = tuple(shown) or tuple(items)
        return cls(items, suggested, suggested, branches)

    @property
    def listed(self) -> list[Item]:
        """All items: those chosen first, in their order."""
        rest = [number for number in self.items if number not in self.chosen]
        return [self.items[number] for number in (*self.chosen, *rest)]

    def keep(self, numbers: list[int]) -> Self:
        """Choose these alone; those chosen already stay in their order."""
        return replace(
            self, chosen=tuple(i.number for i in self.listed if i.number in numbers)
        )

    def drop(self, numbers: list[int]) -> Self:
        """Leave these out.

        Raises:
            ValueError: None would be left.
        """
        chosen = tuple(number for number in self.chosen if number not in numbers)
        if not chosen:
            msg = "one reference has to stay; quit leaves without a synthesis"
            raise ValueError(msg)
        return replace(self, chosen=chosen)

    def order(self, numbers: list[int]) -> Self:
        """Put these first; one that was left out is chosen with that."""
        rest = tuple(number for number in self.chosen if number not in numbers)
        return replace(self, chosen=(*numbers, *rest))

    def edit(self, number: int, text: str) -> Self:
        """Change a text, and choose it.

        Raises:
            ValueError: Nothing is left of it.
        """
        item, text = self.items[number], _something(text)
        if text.splitlines() != item.text.strip().splitlines():
            item = replace(item, text=text)
        chosen = self.chosen if number in self.chosen else (*self.chosen, number)
        return replace(self, items={**self.items, number: item}, chosen=chosen)

    def add(self, text: str) -> Self:
        """Add a text behind the others.

        Raises:
            ValueError: There is nothing in it.
        """
        number = self.following
        items = {**self.items, number: Item(number, _something(text))}
        chosen = (*self.chosen, number)
        return replace(self, items=items, chosen=chosen, following=number + 1)

    def guide(self, text: str) -> Self:
        """Set the guidance; nothing takes it back."""
        return replace(self, guidance=sanitise(text).strip() or None)

    def answer(self) -> dict[str, Any]:
        """Return what the graph is resumed with."""
        references: list[dict[str, Any]] = []
        for item in (self.items[number] for number in self.chosen):
            one: dict[str, Any] = {} if item.about is None else {"index": item.number}
            if item.about is None or item.edited:
                one["text"] = item.text
            references.append(one)
        changed = self.chosen != self.suggested or any("text" in one for one in references)
        return {"references": references if changed else None, "guidance": self.guidance}

    def numbers(self, text: str) -> list[int]:
        """Return the numbers that `text` names ("1 3", "2-4", "all"), each once.

        Raises:
            ValueError: It names none, or what isn't there.
        """
        if text.strip() == "all":
            return list(self.items)
        found: list[int] = []
        for word in text.replace(",", " ").split():
            parts = re.fullmatch(r"(\d+)(?:-(\d+))?", word, re.ASCII)
            if parts is None or max(map(len, word.split("-"))) > _MOST_DIGITS:
                msg = f"{words.line(word, 40)!r} is no number of a reference"
                raise ValueError(msg)
            first, last = int(parts[1]), int(parts[2] or parts[1])
            # Of a range those that are there: some branches failed, or are collapsed.
            several = [number for number in self.items if first <= number <= last]
            if not several:
                known = words.line(", ".join(map(str, self.items)), 60)
                msg = f"there is no reference {word}; there are {known}"
                raise ValueError(msg)
            found += sorted(several)
        if not found:
            msg = "which ones? Name them by number, 0 2-4 say"
            raise ValueError(msg)
        return list(dict.fromkeys(found))


def command(line: str) -> Command:
    """Take a line apart: a command by its name or the beginning of it, and the rest.

    Raises:
        ValueError: It is no command, or one that takes nothing is given something.

    Example:
        >>> command("d 2")
        Command(name='drop', rest='2')
        >>> command("").name
        'go'
    """
    word, _, rest = sanitise(line).strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    if not word:
        return Command("go")
    word = {"help": "?", "q": "quit"}.get(word, word)
    name = next((name for name in COMMANDS if name.startswith(word)), None)
    if name is None:
        msg = f"{words.line(word, 40)!r} is no command; ? explains them"
        raise ValueError(msg)
    if rest and name in TAKES_NOTHING:
        msg = f"{name} takes nothing else, not {words.line(rest, 40)!r}"
        raise ValueError(msg)
    return Command(name, rest)


def _something(text: str) -> str:
    text = sanitise(text).strip()
    if not text:
        msg = "there is no text in it; nothing was changed"
        raise ValueError(msg)
    return text
