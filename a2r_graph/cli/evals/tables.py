"""What an evaluation found, as lines for a terminal or a file."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from a2r_graph.cli import text as words
from a2r_graph.evals.advice import outcome
from a2r_graph.evals.report import figures

if TYPE_CHECKING:
    from a2r_graph.evals.results import AtN, Interval, Monolith, Results

UNKNOWN = "unknown"
_WIDE = 80
_MOST_REASONS = 5
_VERDICT = {1: "green", 0: "yellow", -1: "red"}
_SHARES = ("pass_1", "cons", "a2r", "pass_n")


def report(results: Results) -> Text:
    """Return everything that `a2r eval` says of one run."""
    text = Text().append(f"{words.line(results.task)}, run {results.run}\n", "bold")
    text.append(_about(results) + "\n", "dim")
    for rows in (accuracy(results), _gains(results), _spent(results)):
        text.append("\n")
        add_table(text, rows)
    _add_paragraph(text, [wrapped(sentence) for sentence in _besides(results)])
    verdict, *advice = map(wrapped, results.advice or [""])
    style = _VERDICT[outcome(results.at[-1])]
    _add_paragraph(text, [verdict, *advice], style)
    _add_paragraph(text, _failures(results))
    return text


def _add_paragraph(text: Text, lines: Sequence[str], style: str | None = None) -> None:
    """Append lines, the first in `style`, with an empty one before."""
    for place, line in enumerate(lines):
        text.append("" if place else "\n")
        text.append(f"{line}\n", None if place else style)


def summary(every: Sequence[Results]) -> Text:
    """Return a line for each task, at its largest n."""
    head = ["task", "n", "Pass@1", "Cons@N", "A2R", "Pass@N", "A2R - Cons@N", "p"]
    rows = [head]
    for results in every:
        at = results.at[-1]
        shares = [_share(getattr(at, name)) for name in _SHARES]
        task = words.line(results.task, 30)
        gain = figures.points(at.gain.value) or UNKNOWN
        rows.append([task, str(at.n), *shares, gain, figures.p_value(at.p_value) or ""])
    text = Text().append("all tasks (%; difference in points)\n", "bold")
    add_table(text, rows, left=1)
    return text


def accuracy(results: Results) -> list[list[str]]:
    """Return the shares of right answers, a row for each n."""
    head = ["n", "Pass@1 %", "Cons@N %", "A2R %", "Pass@N %"]
    rows = [
        [str(at.n), *(with_interval(getattr(at, name)) for name in _SHARES)]
        for at in results.at
    ]
    return [head, *rows]


def with_interval(interval: Interval) -> str:
    """Return a share in percent, with its interval."""
    ends = figures.bounds(interval)
    return _share(interval) + (f" ({ends})" if ends else "")


def _share(interval: Interval) -> str:
    value = figures.known(interval.value)
    return UNKNOWN if value is None else f"{100 * value:.1f}"


def _about(results: Results) -> str:
    counted = words.plural(results.questions, "question")
    if results.questions < results.wanted:
        counted = f"{results.questions:,} of {words.plural(results.wanted, 'question')}"
    explorers = ", ".join(map(words.model, results.explorers))
    synthesizer = words.model(results.synthesizer)
    return f"{counted}; explorers {explorers}; synthesizer {synthesizer}"


def _gains(results: Results) -> list[list[str]]:
    head = ["n", "A2R - Cons@N, points", "p", "rescued", "broken"]
    rows = [
        [
            str(at.n),
            difference(at.gain),
            figures.p_value(at.p_value) or UNKNOWN,
            str(at.rescued),
            str(at.broken),
        ]
        for at in results.at
    ]
    return [head, *rows]


def difference(gain: Interval) -> str:
    """Return a difference in points, with its interval."""
    ends = figures.point_bounds(gain)
    return (figures.points(gain.value) or UNKNOWN) + (f" ({ends})" if ends else "")


def _spent(results: Results) -> list[list[str]]:
    head = ["n", "tokens/question", "explorers", "synthesizer", "cost/question", "time"]
    return [head, *([str(at.n), *_of(at)] for at in results.at)]


def _of(at: AtN) -> list[str]:
    total, roles = at.spent["total"], ("explorer", "synthesizer")
    return [
        known(total.tokens, figures.number),
        *(known(at.spent[role].tokens, figures.number) for role in roles),
        known(total.dollars, figures.dollars),
        known(total.seconds, figures.seconds),
    ]


def known(value: float | None, written: Callable[[float | None], str | None]) -> str:
    """Return a figure as it is written, or that nobody told it."""
    return written(value) or UNKNOWN


def _besides(results: Results) -> list[str]:
    said = []
    if results.orders:
        shares = ", ".join(f"{100 * share:.1f}" for share in results.orders.accuracies)
        unstable = figures.percent(results.orders.unstable)
        said.append(
            f"A2R with the references in other orders: {shares} %; right in one order "
            f"and wrong in another: {unstable} of the questions"
        )
    if results.monolith:
        said.append(_whole(results.monolith, results.at[-1].n))
    if results.at[-1].failed_syntheses:
        count = words.plural(results.at[-1].failed_syntheses, "question")
        said.append(f"no answer from the synthesizer: {count}")
    return said


def _whole(whole: Monolith, n: int) -> str:
    ratios = [
        f"{figures.times(ratio)} its {what}"
        for ratio, what in (
            (whole.token_ratio, "tokens"),
            (whole.cost_ratio, "cost"),
            (whole.seconds_ratio, "time"),
        )
        if figures.times(ratio)
    ]
    took = f", for {', '.join(ratios)}" if ratios else ""
    return (
        f"{words.model(whole.model)}, asked once: {with_interval(whole.accuracy)} %; A2R "
        f"at n = {n} minus that: {difference(whole.gain)} points, "
        f"{figures.p_equals(whole.p_value)}{took}"
    )


def _failures(results: Results) -> list[str]:
    lines = []
    for failed in results.failures:
        kind = failed.kind.replace("_", " ")
        what = "counted as wrong" if failed.counted else "question left out"
        of = f"{failed.count:,} of {failed.calls:,} calls"
        lines.append(
            f"failed: {failed.role}: {kind}, {of} ({what}): {words.line(failed.message)}"
        )
    reasons = Counter(one.reason for one in results.left_out)
    for reason, count in reasons.most_common(_MOST_REASONS):
        first = next(one.question for one in results.left_out if one.reason == reason)
        who = words.line(first, 40) + (f" and {count - 1:,} more" if count > 1 else "")
        lines.append(f"left out: {who}: {words.line(reason)}")
    if len(reasons) > _MOST_REASONS:
        lines.append(f"left out: for {len(reasons) - _MOST_REASONS:,} other reasons, more")
    return lines


def wrapped(sentence: str) -> str:
    """Return a sentence in lines that fit a screen."""
    return textwrap.fill(
        words.clean(sentence),
        _WIDE,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def add_table(text: Text, rows: Sequence[Sequence[str]], left: int = 0) -> None:
    """Append rows in columns, the first as their heading; `left` of them to the left."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for place, row in enumerate(rows):
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            padding = " " * (width - cell_len(cell))
            cells.append(cell + padding if column < left else padding + cell)
        line = "  ".join(cells).rstrip()
        text.append(line + "\n", None if place else "dim")
