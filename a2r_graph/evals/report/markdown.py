"""The report as Markdown, for docs and pull requests: the verdict, the tables, failures.

Every text that isn't ours is escaped or quoted as code, so that it makes no markup, no
link and no mention.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from a2r_graph.evals.report import figures, series, texts
from a2r_graph.evals.report.repeat import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from a2r_graph.evals.results import AtK, AtN, Results, Spent

_UNKNOWN = "unknown"
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&]")
_MENTION = re.compile(r"(?<!\w)@")
_FENCES = re.compile("`+")
_ALL, _MESSAGE = 16, 300

Row = list[str | None]
_BY_N = (
    *("n", "Pass@1", "Cons@n", "A2R@n", "Pass@n", "A2R less Cons@n", "p"),
    *("rescued", "broken", "no synthesis"),
)
_SPENT: dict[str, Callable[[Spent], str | None]] = {
    "input": lambda spent: figures.number(spent.input_tokens),
    "cached of it": lambda spent: figures.number(spent.cached_tokens),
    "output": lambda spent: figures.number(spent.output_tokens),
    "thoughts of it": lambda spent: figures.number(spent.reasoning_tokens),
    "tokens": lambda spent: figures.number(spent.tokens),
    "calls": lambda spent: figures.plain(spent.calls),
    "retries": lambda spent: figures.plain(spent.retries),
    "time": lambda spent: figures.seconds(spent.seconds),
    "dollars": lambda spent: figures.dollars(spent.dollars),
    "told of": lambda spent: figures.number(spent.questions),
}


def markdown(results: Sequence[Results]) -> str:
    """Return the report on these results, in their order."""
    if len(results) == 1:
        parts = list(_task(results[0], "##"))
    else:
        parts = [f"## {len(results)} tasks", _overview(results)]
        parts += [part for one in results for part in _task(one, "###")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _task(r: Results, heading: str) -> Iterable[str]:
    yield f"{heading} {escaped(texts.line(r.task))}"
    yield f"**{escaped(r.advice[0])}**" if r.advice else ""
    yield "\n".join(f"- {escaped(sentence)}" for sentence in r.advice[1:])
    yield _who(r)
    if r.at:
        yield _table(_BY_N, [_by_n(at) for at in r.at])
        yield _spent(r)
    if r.curve:
        curve = [[str(k.k), *map(figures.percent, (k.pass_k, k.cons_k))] for k in _ks(r)]
        yield _table(("k", "Pass@k", "Cons@k"), curve)
    yield _monolith(r)
    yield _samples(r)
    yield from _failures(r)
    besides = (
        ", with what chose the questions (`--limit`, `--seed` and the like) and prices"
    )
    missing = "" if r.command else f"{besides}, where they were given"
    yield f"To repeat it{missing}:\n\n```sh\n{_fenced(command(r))}\n```"


def _who(r: Results) -> str:
    explorers = " + ".join(code(texts.model(name)) for name in r.explorers)
    counted = f"{figures.number(r.questions)} of {figures.number(r.wanted)} questions"
    state = "" if r.finished else " Not finished: the same command goes on."
    if r.stopped:
        state = f" Stopped: {escaped(r.stopped)}.{state}"
    return (
        f"{explorers} explores, {code(texts.model(r.synthesizer))} synthesizes; {counted}"
        f" ({code(r.source or _UNKNOWN)}), run {code(r.run)} of {code(r.created)}.{state}"
        " Intervals: 95 %, by a bootstrap over questions."
    )


def _by_n(at: AtN) -> Row:
    shares = [figures.with_bounds(i) for i in (at.pass_1, at.cons, at.a2r, at.pass_n)]
    tested = [figures.points_with_bounds(at.gain), figures.p_value(at.p_value)]
    counted = [figures.number(c) for c in (at.rescued, at.broken, at.failed_syntheses)]
    return [str(at.n), *shares, *tested, *counted]


def _spent(r: Results) -> str:
    rows = [(str(at.n), role, spent) for at in r.at for role, spent in at.spent.items()]
    if r.monolith:
        rows.append(("", "monolith", r.monolith.spent))
    columns = {**_SPENT}
    if not series.knows_dollars([r]):
        del columns["dollars"]
    cells = [
        [n, role, *(get(spent) for get in columns.values())] for n, role, spent in rows
    ]
    return "Per question:\n\n" + _table(("n", "role", *columns), cells)


def _ks(r: Results) -> list[AtK]:
    """Return all of the curve, or where it is long its powers of two and the ends."""
    kept = {at.n for at in r.at} | {1, r.curve[-1].k}
    short = len(r.curve) <= _ALL
    return [k for k in r.curve if short or k.k in kept or k.k.bit_count() == 1]


def _monolith(r: Results) -> str:
    m = r.monolith
    if m is None:
        return ""
    ratios = [f"{_or_unknown(figures.times(m.token_ratio))} its tokens"]
    ratios.append(f"{_or_unknown(figures.times(m.seconds_ratio))} its time")
    if series.knows_dollars([r]):
        ratios.insert(0, f"{_or_unknown(figures.times(m.cost_ratio))} its dollars")
    return (
        f"{code(texts.model(m.model))}, asked once:"
        f" {_or_unknown(figures.with_bounds(m.accuracy))}. A2R less that:"
        f" {_or_unknown(figures.points_with_bounds(m.gain))},"
        f" {_or_unknown(figures.p_equals(m.p_value))}, at {', '.join(ratios)}."
    )


def _samples(r: Results) -> str:
    words = []
    if d := r.diversity:
        words.append(
            f"Samples: {_or_unknown(figures.plain(d.distinct_answers))} different answers,"
            f" similarity {_or_unknown(figures.plain(d.similarity))},"
            f" {_or_unknown(figures.plain(d.effective_samples))} effective samples"
            f" (means over {figures.number(d.questions)} questions)."
        )
    if r.orders:
        shares = ", ".join(_or_unknown(figures.percent(s)) for s in r.orders.accuracies)
        unstable = _or_unknown(figures.percent(r.orders.unstable))
        words.append(f"A2R by order of the references: {shares}; {unstable} unstable.")
    words.append(f"Cut off by max\\_tokens: {_or_unknown(figures.percent(r.truncated))}.")
    if r.unverified:
        words.append(
            f"Without a verdict: {figures.number(r.unverified)}, not right so far."
        )
    return " ".join(words)


def _failures(r: Results) -> Iterable[str]:
    if r.failures:
        rows: list[Row] = [
            [
                f.role,
                escaped(f.kind),
                f"{figures.number(f.count)} of {figures.number(f.calls)}",
                "wrong" if f.counted else "left out",
                code(texts.line(f.message, _MESSAGE)),
            ]
            for f in r.failures
        ]
        yield _table(("role", "failure", "calls", "counts as", "one of them"), rows)
    if r.left_out:
        reasons = series.by_reason(r.left_out)
        left = [
            [code(texts.line(why, _MESSAGE)), f"{n:,}", code(ids)]
            for why, n, ids in reasons
        ]
        yield _table(("left out because", "questions", "which"), left)


def _overview(results: Sequence[Results]) -> str:
    rows = [
        [
            escaped(texts.line(r.task)),
            figures.number(r.questions),
            *(_by_n(r.at[-1])[:-1] if r.at else [None] * (len(_BY_N) - 1)),
        ]
        for r in results
    ]
    return _table(("task", "questions", *_BY_N[:-1]), rows)


def _table(head: Iterable[str], rows: Iterable[Sequence[str | None]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *([_or_unknown(c) for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _or_unknown(text: str | None) -> str:
    return _UNKNOWN if text is None else text


def escaped(text: str) -> str:
    r"""Return a text of one line that Markdown shows as it is.

    Example:
        >>> print(escaped("a*b | <img> @who Pass@1"))
        a\*b \| \<img\> &#64;who Pass@1
    """
    plain = _MARKUP.sub(r"\\\g<0>", texts.visible(" ".join(text.split())))
    return _MENTION.sub("&#64;", plain)


def code(text: str) -> str:
    r"""Return a text as code of one line, also within a table.

    Example:
        >>> print(code("a `b` | c"))
        `` a `b` \| c ``
    """
    shown = texts.visible(" ".join(text.split())).replace("|", "\\|") or " "
    longest = max((len(run) for run in _FENCES.findall(shown)), default=0)
    fence, space = "`" * (longest + 1), " " if "`" in shown else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _fenced(text: str) -> str:
    """Return lines that can't close the block of code in which they stand."""
    return texts.visible(text).replace("```", "`\u200b``")
