"""Where labels stand beside their points, so that they can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Box:
    """A rectangle in a chart's units; y grows downwards."""

    left: float
    top: float
    width: float
    height: float

    def shared(self, other: Box) -> float:
        """Return the area that both cover."""
        width = min(self.left + self.width, other.left + other.width)
        height = min(self.top + self.height, other.top + other.height)
        wide, high = width - max(self.left, other.left), height - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0


def around(spot: Box, width: float, height: float) -> list[Box]:
    """Return places for a label of this size around `spot`.

    Beside it comes first: intervals go up and down from there.
    """
    right, left = spot.left + spot.width, spot.left - width
    below, above = spot.top + spot.height, spot.top - height
    middle = spot.top + (spot.height - height) / 2
    near, far = right - spot.width / 3, left + spot.width / 3
    corners = [(x, y) for x in (near, far) for y in (above, below)]
    sides = [(x, middle + step) for step in (0, -height, height) for x in (right, left)]
    return [Box(x, y, width, height) for x, y in [*sides[:2], *corners, *sides[2:]]]


def along(line: Box, width: float, height: float) -> list[Box]:
    """Return places for a label of this size above and below a level line."""
    steps = int((line.width - width) // 12)
    spots = [line.left + 12 * step for step in range(max(1, steps + 1))]
    sides = (line.top - height, line.top + line.height)
    return [Box(x, y, width, height) for y in sides for x in spots]


def place(wanted: Sequence[Sequence[Box]], taken: Iterable[Box], frame: Box) -> list[Box]:
    """Return a place for each label, in the order in which they are given.

    A label takes the first of its places that is inside `frame` and free; if none is, the
    one that hides least.

    Args:
        wanted: The places that would do for each label, best first.
        taken: What they should not hide: markers, intervals, lines.
        frame: Where they have to be.

    Example:
        >>> frame, marker = Box(0, 0, 100, 100), Box(45, 45, 10, 10)
        >>> [box.left for box in place([around(marker, 20, 10)] * 2, [marker], frame)]
        [55, 25]
    """
    drawn, places = list(taken), list[Box]()
    for boxes in wanted:
        places.append(min(boxes, key=lambda box: _cost(box, drawn, places, frame)))
    return places


def _cost(box: Box, drawn: Iterable[Box], places: Iterable[Box], frame: Box) -> float:
    """Return the area hidden; of other labels, or hanging out of the frame, is worse."""
    outside = box.width * box.height - box.shared(frame)
    words = sum(box.shared(other) for other in places)
    # Rounded, so that no error of the last digit sends a label elsewhere.
    return round(10 * (outside + words) + sum(box.shared(other) for other in drawn), 6)
