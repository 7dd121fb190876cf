"""What the charts and the key figures show, read off the results in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from a2r_graph.evals.report.figures import known
from a2r_graph.evals.report.texts import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.evals.results import Interval, LeftOut, Results, Spent

_IDS = 50
_NAMES = {
    "pass1": "Pass@1",
    "cons": "Cons",
    "a2r": "A2R",
    "passn": "Pass",
    "monolith": "Monolith",
}

Kind = Literal["pass1", "cons", "a2r", "passn", "monolith"]
Unit = Literal["dollars", "tokens", "seconds"]


@dataclass(frozen=True)
class Figure:
    """One accuracy, and what a question costs that way."""

    kind: Kind
    name: str
    meaning: str
    n: int | None
    accuracy: Interval
    dollars: float | None
    tokens: float | None
    seconds: float | None


def key_figures(results: Results) -> list[Figure]:
    """Return the accuracies at the largest n, and the monolith's."""
    if not results.at:
        return []
    at = results.at[-1]
    n, explored, whole = at.n, at.spent.get("explorer"), at.spent.get("total")
    figures = [
        _one_sample(results),
        _figure("cons", "the majority of the samples", n, at.cons, explored),
        _figure("a2r", "the synthesizer", n, at.a2r, whole),
        _figure("passn", "one of the samples right", n, at.pass_n, explored),
    ]
    return figures + _monolith(results)


def compared(results: Results) -> list[Figure]:
    """Return what is set against cost and time: a sample, the votes, A2R, the monolith."""
    if not results.at:
        return []
    figures = [_one_sample(results)]
    for at in results.at:
        spent = at.spent.get("explorer")
        figures.append(_figure("cons", "the majority", at.n, at.cons, spent))
    for at in results.at:
        spent = at.spent.get("total")
        figures.append(_figure("a2r", "the synthesizer", at.n, at.a2r, spent))
    return figures + _monolith(results)


def cost_unit(figures: Sequence[Figure]) -> Unit:
    """Return dollars, or tokens where the dollars of one aren't known."""
    return "dollars" if all(known(f.dollars) is not None for f in figures) else "tokens"


def knows_dollars(results: Sequence[Results]) -> bool:
    """Return whether the dollars of anything are known, so that they are worth a column."""
    spent = [s for one in results for at in one.at for s in at.spent.values()]
    spent += [one.monolith.spent for one in results if one.monolith]
    return any(known(s.dollars) is not None for s in spent)


def by_reason(left_out: Sequence[LeftOut]) -> list[tuple[str, int, str]]:
    """Return each reason, how many questions it left out, and the first of them.

    Example:
        >>> from a2r_graph.evals.results import LeftOut
        >>> by_reason([LeftOut("1", "timeout"), LeftOut("7", "timeout")])
        [('timeout', 2, '1, 7')]
    """
    reasons: dict[str, list[str]] = {}
    for question in left_out:
        reasons.setdefault(question.reason, []).append(question.question)
    return [(why, len(ids), _some(ids)) for why, ids in reasons.items()]


def _some(ids: Sequence[str]) -> str:
    shown = ", ".join(line(name) for name in ids[:_IDS])
    more = len(ids) - _IDS
    return f"{shown}, and {more:,} more: the JSON has them" if more > 0 else shown


def _one_sample(results: Results) -> Figure:
    """Return Pass@1, at the mean cost of one of the samples."""
    return _figure("pass1", "one sample", None, results.at[-1].pass_1, results.sample)


def _monolith(results: Results) -> list[Figure]:
    one = results.monolith
    if one is None:
        return []
    meaning = "one bigger model, asked once"
    return [_figure("monolith", meaning, None, one.accuracy, one.spent)]


def _figure(
    kind: Kind, meaning: str, n: int | None, accuracy: Interval, spent: Spent | None
) -> Figure:
    name = f"{_NAMES[kind]}@{n}" if n else _NAMES[kind]
    cost = (spent.dollars, spent.tokens, spent.seconds) if spent else (None, None, None)
    return Figure(kind, name, meaning, n, accuracy, *cost)
