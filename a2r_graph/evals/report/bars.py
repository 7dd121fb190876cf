"""Bars of two roles, end to end: what each took of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from a2r_graph.evals.report import svg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDTH, _ROW, _BAR = 420, 34, 18
_LEFT, _RIGHT, _TOP = 78, 76, 4


@dataclass(frozen=True)
class Bar:
    """One bar: its parts by role, in order."""

    name: str
    parts: Sequence[tuple[str, float]]

    @property
    def whole(self) -> float:
        """All parts together."""
        return sum(value for _, value in self.parts)


def draw(
    ident: str, title: str, bars: Sequence[Bar], written: Callable[[float], str | None]
) -> str:
    """Return bars as SVG, each with its whole written at its end.

    Args:
        ident: Of the picture within its page.
        title: What is shown.
        bars: From the top.
        written: How an amount is written.
    """
    words = "; ".join(f"{bar.name}: {_in_words(bar, written)}" for bar in bars)
    root = svg.picture(ident, _WIDTH, 2 * _TOP + _ROW * len(bars), title, words)
    most = max((bar.whole for bar in bars), default=0.0) or 1.0
    for i, bar in enumerate(bars):
        top = _TOP + i * _ROW + (_ROW - _BAR) / 2
        base, left = top + _BAR - 4, float(_LEFT)
        svg.write(root, "text", bar.name, "tick end", x=_LEFT - 8, y=base)
        for role, value in bar.parts:
            width = value / most * (_WIDTH - _LEFT - _RIGHT)
            part = _part(root, role, left, top, width)
            svg.write(part, "title", f"{bar.name}, {role}: {written(value)}")
            left += width
        svg.write(root, "text", written(bar.whole) or "", "tick", x=left + 6, y=base)
    return svg.html(root)


def _part(
    root: svg.Element, role: str, left: float, top: float, width: float
) -> svg.Element:
    """Draw one part; the synthesizer's is striped, for who sees no colours."""
    box = svg.add(root, "rect", f"bar {role}", x=left, y=top, width=width, height=_BAR)
    if role == "synthesizer":
        steps = range(4, int(width + _BAR), 6)
        stripes = " ".join(_stripe(left, top, width, step) for step in steps)
        svg.add(root, "path", "stripe", d=stripes)
    return box


def _stripe(left: float, top: float, width: float, step: float) -> str:
    """Return one slanted line through a part, cut where the part ends."""
    begin = max(0.0, step - width)
    end = min(step, _BAR)
    x1, y1 = left + step - begin, top + begin
    return f"M{x1:.2f} {y1:.2f}L{left + step - end:.2f} {top + end:.2f}"


def _in_words(bar: Bar, written: Callable[[float], str | None]) -> str:
    parts = ", ".join(f"{role} {written(value)}" for role, value in bar.parts)
    return f"{written(bar.whole)} ({parts})"
