"""The charts of one task: which figures, on which axes, in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2r_graph.evals.report import axis, bars, figures
from a2r_graph.evals.report.charts import Chart, Level, Mark, draw
from a2r_graph.evals.report.series import compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.evals.report.series import Figure, Kind, Unit
    from a2r_graph.evals.results import AtK, Interval, Results, Spent

_NAMES: dict[Unit, str] = {
    "dollars": "Dollars per question",
    "tokens": "Tokens per question",
    "seconds": "Seconds per question",
}
_WRITTEN = {
    "dollars": figures.dollars,
    "tokens": figures.number,
    "seconds": figures.seconds,
}
_ROLES = ("explorer", "synthesizer")


def against(results: Results, unit: Unit, ident: str) -> str | None:
    """Return the chart of accuracy against cost or time; None where nothing is known."""
    shown = [figure for figure in compared(results) if _finite(figure.accuracy)]
    amounts = [(figure, _amount(figure, unit)) for figure in shown]
    placed = [(figure, amount) for figure, amount in amounts if amount is not None]
    if all(figure.kind == "pass1" for figure, _ in placed):
        return None
    marks = [_mark(figure, amount, unit) for figure, amount in placed]
    joined: tuple[Kind, ...] = ("cons", "a2r")
    lines = [(kind, [(m.x, m.y) for m in marks if m.kind == kind]) for kind in joined]
    unplaced = [figure for figure, amount in amounts if amount is None]
    levels = [Level(f.kind, f.accuracy.value, f.name) for f in unplaced if f.n in {1, None}]
    x = axis.amounts(mark.x for mark in marks)
    return draw(
        Chart(
            ident=ident,
            title=f"Accuracy against {_NAMES[unit].lower()}",
            text="; ".join(mark.title for mark in marks),
            x=x,
            x_name=_NAMES[unit] + (", logarithmic" if x.log else ""),
            x_tick=_dollar_tick if unit == "dollars" else figures.short,
            y=axis.shares([e for f in shown for e in _ends(f.accuracy)]),
            marks=marks,
            lines=lines,
            levels=levels,
        )
    )


def by_samples(results: Results, ident: str) -> str | None:
    """Return the chart of Pass@k, Cons@k and A2R by the number of samples."""
    curve = [at for at in results.curve if figures.known(at.pass_k + at.cons_k) is not None]
    if not curve:
        return None
    marks = [
        Mark("a2r", at.n, *_ends(at.a2r), label="", title=_title(f"A2R@{at.n}", at.a2r))
        for at in results.at
        if _finite(at.a2r)
    ]
    one = results.monolith
    levels = [Level("monolith", one.accuracy.value, "Monolith")] if one else []
    shares = [share for at in curve for share in (at.pass_k, at.cons_k)]
    shares += [end for mark in marks for end in (mark.low, mark.high)]
    x = axis.counts(max(at.k for at in curve))
    return draw(
        Chart(
            ident=ident,
            title="Accuracy by number of samples",
            text="; ".join(_at_k(at.k, at.pass_k, at.cons_k) for at in _few(curve)),
            x=x,
            x_name="Samples per question" + (", logarithmic" if x.log else ""),
            x_tick=figures.short,
            y=axis.shares(shares + [level.y for level in levels]),
            marks=marks,
            lines=[
                ("passn", [(at.k, at.pass_k) for at in curve]),
                ("cons", [(at.k, at.cons_k) for at in curve]),
                ("a2r", [(mark.x, mark.y) for mark in marks]),
            ],
            levels=levels,
        )
    )


def breakdown(results: Results, unit: Unit, ident: str) -> str | None:
    """Return the bars of what each role took; None where some of it isn't known."""
    rows = []
    for at in results.at:
        parts = [(role, _amount(at.spent.get(role), unit)) for role in _ROLES]
        rows.append((f"n = {at.n}", parts))
    if results.monolith:
        rows.append(("Monolith", [("monolith", _amount(results.monolith.spent, unit))]))
    told = [
        bars.Bar(name, [(role, value) for role, value in parts if value is not None])
        for name, parts in rows
        if all(value is not None for _, value in parts)
    ]
    if not told:
        return None
    return bars.draw(ident, _NAMES[unit], told, _WRITTEN[unit])


def _mark(figure: Figure, x: float, unit: Unit) -> Mark:
    label = figure.name if figure.kind in {"pass1", "monolith"} else str(figure.n)
    share = figure.accuracy
    title = f"{_title(figure.name, share)}, {_in_unit(x, unit)}"
    return Mark(figure.kind, x, *_ends(share), label, title)


def _title(name: str, share: Interval) -> str:
    return f"{name}: {figures.with_bounds(share)}"


def _in_unit(x: float, unit: Unit) -> str:
    return f"{_WRITTEN[unit](x)}" + (" tokens" if unit == "tokens" else "")


def _at_k(k: int, some: float, most: float) -> str:
    return f"k = {k}: Pass@k {figures.percent(some)}, Cons@k {figures.percent(most)}"


def _few(rows: Sequence[AtK]) -> Sequence[AtK]:
    """Return at most about sixteen of the rows, the last one among them."""
    return rows[:: -max(1, len(rows) // 16)][::-1]


def _amount(of: Figure | Spent | None, unit: Unit) -> float | None:
    return None if of is None else figures.known(getattr(of, unit))


def _ends(share: Interval) -> tuple[float, float, float]:
    return share.value, share.low, share.high


def _finite(share: Interval) -> bool:
    return all(figures.known(end) is not None for end in _ends(share))


def _dollar_tick(value: float) -> str:
    return f"${figures.short(value)}"
