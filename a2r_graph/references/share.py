"""Shares of a budget, and the cut that fills one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2r_graph.references.render import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.state import Reference

ROUNDS = 8
_NEAR = 0.02  # a share filled up to this is well used


def fair_shares(sizes: Sequence[int], budget: int) -> list[int]:
    """Return each one's share: its size, or the same for all that are larger.

    Example:
        >>> fair_shares([10, 100, 100], 90)
        [10, 40, 40]
    """
    left, count = budget, len(sizes)
    level = max(sizes, default=0)
    for place, size in enumerate(sorted(sizes)):
        if size * (count - place) > left:
            level = max(0, left) // (count - place)
            break
        left -= size
    return [min(size, level) for size in sizes]


def leading(ranked: list[Reference], costs: Sequence[int], budget: int) -> list[Reference]:
    """Return the first ones that fit together; one too large for all is left out."""
    first: list[Reference] = []
    for reference, cost in zip(ranked, costs, strict=True):
        if cost <= budget:
            first.append(reference)
            budget -= cost
        elif first:
            break
    return first


class Cut:
    """The search for the longest cut of one text within its share.

    Proportional guesses, kept between the longest that fits and the shortest that
    doesn't; halving where guesses don't settle.
    """

    def __init__(self, text: str, share: int, size: int, bare: int) -> None:
        """Start from the whole text's size; `bare` is that of the delimiters."""
        self.text, self.share, self.bare = text, share, bare
        self.fits, self.over = -1, len(text)
        self.best, self.done, self.rounds = shorten(text, 0), False, 0
        self._guess(len(text), size)

    def _guess(self, keep: int, size: int) -> None:
        part = (self.share - self.bare) / max(1, size - self.bare)
        keep = int(keep * part * (1 - _NEAR / 2))
        if self.rounds > ROUNDS // 2:
            keep = (self.fits + self.over) // 2
        self.keep = max(self.fits + 1, min(self.over - 1, keep), 0)
        self.trial = shorten(self.text, self.keep)

    def learn(self, size: int) -> None:
        """Take the size of `trial` in tokens, and make the next one."""
        self.rounds += 1
        if size <= self.share:
            self.fits, self.best = self.keep, self.trial
        else:
            self.over = self.keep
        near = size <= self.share <= size * (1 + _NEAR) + 2
        self.done = near or self.over - self.fits <= 1
        if not self.done:
            self._guess(max(1, self.keep), size)
