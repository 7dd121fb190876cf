"""One axis of a chart: its range, its ticks, and where a value lies on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDE = 20  # from this ratio of largest to smallest an axis is logarithmic
_MOST = 6
_LEAST_SPAN = 0.2  # of shares: a chart of two points shouldn't look like a cliff
_FEW = 10
_ROOM = 1.15  # a logarithmic axis goes this much beyond its values


@dataclass(frozen=True)
class Axis:
    """A range of values on a line from 0 to 1."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Return where `value` lies: 0 at the low end, 1 at the high one.

        Example:
            >>> Axis(1, 100, (1, 10, 100), log=True).at(10)
            0.5
        """
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)


def amounts(values: Iterable[float]) -> Axis:
    """Return an axis for amounts of 0 and more: from 0, or logarithmic if they range far.

    Example:
        >>> amounts([3.0, 9.0])
        Axis(low=0.0, high=10.0, ticks=(0.0, 2.0, 4.0, 6.0, 8.0, 10.0), log=False)
        >>> amounts([1.0, 90.0]).ticks
        (1.0, 3.0, 10.0, 30.0, 100.0)
    """
    some = list(values)
    least, most = min(some, default=0.0), max(some, default=0.0)
    if least > 0 and most / least > _WIDE:
        return _logarithmic(least, most)
    if most <= 0:
        return Axis(0.0, 1.0, (0.0, 1.0))
    step = _step(most / (_MOST - 1))
    count = math.ceil(round(most / step, 9))
    ticks = tuple(round(step * i, 12) for i in range(count + 1))
    return Axis(0.0, ticks[-1], ticks)


def shares(values: Iterable[float]) -> Axis:
    """Return an axis for shares: around them, within 0 and 1, never less than 0.2 wide.

    Example:
        >>> shares([0.52, 0.61]).ticks
        (0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
    """
    some = [min(1.0, max(0.0, value)) for value in values]
    low, high = min(some, default=0.0), max(some, default=1.0)
    lack = max(0.0, _LEAST_SPAN - (high - low)) / 2
    low = max(0.0, min(low - lack, 1.0 - _LEAST_SPAN))
    high = min(1.0, max(high + lack, low + _LEAST_SPAN))
    step = next(s for s in (0.05, 0.1, 0.2) if (high - low) / s <= _MOST - 1)
    first, last = math.floor(round(low / step, 9)), math.ceil(round(high / step, 9))
    ticks = tuple(round(step * i, 12) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def counts(most: int) -> Axis:
    """Return an axis for 1 to `most`: ticks at whole numbers, or at powers of two.

    Example:
        >>> counts(4).ticks, counts(16).ticks, counts(64).ticks
        ((1, 2, 3, 4), (1, 4, 8, 12, 16), (1, 2, 4, 8, 16, 32, 64))
    """
    if most > _WIDE:
        powers = [2**i for i in range(most.bit_length())]
        every = math.ceil(len(powers) / (_MOST + 1))
        return Axis(1, most, tuple(powers[::every]), log=True)
    step = 1 if most <= _FEW else 4
    ticks = tuple(sorted({1, *range(step, most + 1, step)}))
    return Axis(1 if most > 1 else 0, max(most, 2), ticks)


def _logarithmic(least: float, most: float) -> Axis:
    """Return an axis with ticks at 1, 2 and 5 of each power of ten, or at fewer."""
    low, high = least / _ROOM, most * _ROOM
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for digits in ((1, 2, 5), (1, 3), (1,)):
        every = [float(f"{digit}e{decade}") for decade in decades for digit in digits]
        ticks = [tick for tick in every if low <= tick <= high]
        if len(ticks) <= _MOST:
            break
    return Axis(low, high, tuple(ticks[:: math.ceil(len(ticks) / _MOST)]), log=True)


def _step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))
