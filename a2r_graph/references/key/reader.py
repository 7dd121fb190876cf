"""How what stands inside another value is read."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from a2r_graph.references.key.text import text_key


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads items, sides and what is in brackets, each a level deeper."""

    value: Callable[[str, int], Hashable | None]
    """Returns the key of a value at a depth; None for a text."""
    depth: int
    """How deep the text stands that is being read; nought is the outermost."""

    def inner(self, text: str) -> Hashable | None:
        """Return the key of a value; None for a text."""
        return self.value(text.strip(), self.depth + 1)

    def item(self, text: str) -> Hashable:
        """Return the key of a value or a text."""
        found = self.inner(text)
        return text_key(text.strip()) if found is None else found
