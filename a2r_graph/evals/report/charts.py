"""A chart of accuracies over cost, time or the number of samples, as SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

from a2r_graph.evals.report import svg
from a2r_graph.evals.report.labels import Box, along, around, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from a2r_graph.evals.report.axis import Axis
    from a2r_graph.evals.report.series import Kind

WIDTH, HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 24, 12, 48
_LETTER, _LINE = 8.8, 15  # of labels at their largest, bold, on a phone
_GAP = 9
_MARK, _CAP, _DOT = 6.5, 3.5, 6


@dataclass(frozen=True)
class Mark:
    """One point with its interval."""

    kind: Kind
    x: float
    y: float
    low: float
    high: float
    label: str
    """Stands beside it."""
    title: str
    """Appears when it is pointed at."""


@dataclass(frozen=True)
class Level:
    """An accuracy without a place on the horizontal axis: a line across."""

    kind: Kind
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """What is drawn, and on which axes."""

    ident: str
    """Of the picture within its page."""
    title: str
    text: str
    """The chart in words, for who doesn't see it."""
    x: Axis
    x_name: str
    x_tick: Callable[[float], str]
    y: Axis
    marks: Sequence[Mark]
    lines: Sequence[tuple[Kind, Sequence[tuple[float, float]]]] = ()
    levels: Sequence[Level] = field(default_factory=tuple)


def draw(chart: Chart) -> str:
    """Return the chart as SVG, for HTML."""
    root = svg.picture(chart.ident, WIDTH, HEIGHT, chart.title, chart.text)
    _grid(root, chart)
    for level in chart.levels:
        y = _y(chart, level.y)
        svg.add(
            root, "line", f"level {level.kind}", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y
        )
    for kind, points in chart.lines:
        path = " ".join(f"{_x(chart, x):.2f},{_y(chart, y):.2f}" for x, y in points)
        svg.add(root, "polyline", f"line {kind}", points=path)
    for mark in chart.marks:
        _whisker(root, chart, mark)
    for mark in chart.marks:
        spot = svg.marker(root, mark.kind, _x(chart, mark.x), _y(chart, mark.y))
        svg.write(spot, "title", mark.title)
    _labels(root, chart)
    return svg.html(root)


def _x(chart: Chart, value: float) -> float:
    return _LEFT + chart.x.at(value) * (WIDTH - _LEFT - _RIGHT)


def _y(chart: Chart, value: float) -> float:
    return HEIGHT - _BOTTOM - chart.y.at(value) * (HEIGHT - _TOP - _BOTTOM)


def _grid(root: svg.Element, chart: Chart) -> None:
    """Draw the ticks: lines across for accuracies, small ones for the other axis."""
    floor = HEIGHT - _BOTTOM
    for tick in chart.y.ticks:
        y = _y(chart, tick)
        svg.add(root, "line", "grid", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y)
        text = f"{100 * tick:.0f} %"
        svg.write(root, "text", text, "tick end", x=_LEFT - 6, y=y + 4)
    for tick in chart.x.ticks:
        x = _x(chart, tick)
        svg.add(root, "line", "axis", x1=x, x2=x, y1=floor, y2=floor + 4)
        svg.write(root, "text", chart.x_tick(tick), "tick middle", x=x, y=floor + 18)
    svg.add(root, "line", "axis", x1=_LEFT, x2=WIDTH - _RIGHT, y1=floor, y2=floor)
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    svg.write(root, "text", chart.x_name, "tick middle", x=middle, y=HEIGHT - 8)


def _whisker(root: svg.Element, chart: Chart, mark: Mark) -> None:
    x, low, high = _x(chart, mark.x), _y(chart, mark.low), _y(chart, mark.high)
    path = (
        f"M{x - _CAP:.2f} {low:.2f}h{2 * _CAP}M{x:.2f} {low:.2f}V{high:.2f}"
        f"M{x - _CAP:.2f} {high:.2f}h{2 * _CAP}"
    )
    svg.add(root, "path", f"whisker {mark.kind}", d=path)


def _labels(root: svg.Element, chart: Chart) -> None:
    """Write each label where it hides nothing."""
    words = [(mark.kind, mark.label) for mark in chart.marks if mark.label]
    wanted = [
        around(_spot(chart, mark, _GAP), _LETTER * len(mark.label), _LINE)
        for mark in chart.marks
        if mark.label
    ]
    for level in chart.levels:
        line = Box(_LEFT + _GAP, _y(chart, level.y) - 2, WIDTH - _LEFT - _RIGHT, 4)
        wanted.append(along(line, _LETTER * len(level.label), _LINE))
        words.append((level.kind, level.label))
    frame = Box(_LEFT, 0, WIDTH - _LEFT, HEIGHT - _BOTTOM)
    places = place(wanted, list(_drawn(chart)), frame)
    for (kind, text), box in zip(words, places, strict=True):
        middle, base = box.left + box.width / 2, box.top + box.height - 4
        svg.write(root, "text", text, f"label middle {kind}", x=middle, y=base)


def _spot(chart: Chart, mark: Mark, reach: float) -> Box:
    x, y = _x(chart, mark.x), _y(chart, mark.y)
    return Box(x - reach, y - reach, 2 * reach, 2 * reach)


def _drawn(chart: Chart) -> Iterable[Box]:
    """Return what labels should leave to be seen."""
    for mark in chart.marks:
        yield _spot(chart, mark, _MARK)
        top, bottom = _y(chart, mark.high), _y(chart, mark.low)
        yield Box(_x(chart, mark.x) - _CAP, top, 2 * _CAP, bottom - top)
    for _, points in chart.lines:
        places = [(_x(chart, x), _y(chart, y)) for x, y in points]
        for (x1, y1), (x2, y2) in pairwise(places):
            # Small boxes along it: one around a slanted line would take far too much.
            steps = max(1, int(hypot(x2 - x1, y2 - y1) / _DOT))
            for at in (i / steps for i in range(steps + 1)):
                x, y = x1 + at * (x2 - x1), y1 + at * (y2 - y1)
                yield Box(x - _DOT / 4, y - _DOT / 4, _DOT / 2, _DOT / 2)
