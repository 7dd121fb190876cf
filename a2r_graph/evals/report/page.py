"""The report as one page of HTML: no script, no network, nothing but itself.

Every text that isn't ours is escaped, and made visible where it can't be seen; styles are
allowed by the hash of our own sheet alone, so that what a model wrote can't even colour.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from a2r_graph.evals.report import figures, plots, series, svg, texts
from a2r_graph.evals.report.repeat import command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from a2r_graph.evals.results import Interval, Results

_HERE = Path(__file__).parent
_UNKNOWN = Markup('<abbr class="unknown" title="unknown">\N{EN DASH}</abbr>')
_TEXTS = 16_000_000  # characters of examples in a page: what opens and scrolls well
_LEAST, _MOST = 2_000, 40_000  # of them in one text
_MESSAGE = 600
_SURE = 0.05


def page(results: Sequence[Results]) -> str:
    """Return the page for these results, in their order."""
    css = (_HERE / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            results=results,
            css=Markup(css),  # noqa: S704  our own file
            csp=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none';"
            " form-action 'none'",
            most=_share_of_texts(results),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bounds": figures.bounds,
        "dollars": figures.dollars,
        "known": figures.known,
        "line": texts.line,
        "number": figures.number,
        "p_equals": figures.p_equals,
        "p_value": figures.p_value,
        "percent": figures.percent,
        "plain": figures.plain,
        "point_bounds": figures.point_bounds,
        "points": figures.points,
        "points_with_bounds": figures.points_with_bounds,
        "seconds": figures.seconds,
        "times": figures.times,
        "with_bounds": figures.with_bounds,
    }
    environment.globals |= {
        "against": _drawn(plots.against),
        "breakdown": _drawn(plots.breakdown),
        "by_reason": series.by_reason,
        "by_samples": _drawn(plots.by_samples),
        "command": command,
        "compared": series.compared,
        "cost_unit": series.cost_unit,
        "excerpt": texts.excerpt,
        "key_figures": series.key_figures,
        "knows_dollars": series.knows_dollars,
        "message_length": _MESSAGE,
        "model": texts.model,
        "strip": _strip,
        "swatch": _drawn(svg.swatch),
        "tone": _tone,
    }
    return environment


def _finalize(value: object) -> object:
    """Return what stands in the page for a value; every value goes through here."""
    if value is None:
        return _UNKNOWN
    if isinstance(value, str) and not isinstance(value, Markup):
        return texts.visible(value)
    return value


def _drawn(draw: Callable[..., str | None]) -> Callable[..., Markup | None]:
    """Return `draw` with its picture marked as HTML: `svg` has escaped what is in it."""

    def drawn(*args: object, **options: bool) -> Markup | None:
        picture = draw(*args, **options)
        return None if picture is None else Markup(picture)  # noqa: S704  escaped by svg

    return drawn


def _strip(kind: str, share: Interval) -> Markup | None:
    ends = [figures.known(end) for end in (share.value, share.low, share.high)]
    value, low, high = (0.0 if end is None else min(1.0, max(0.0, end)) for end in ends)
    if None in ends:
        return Markup()
    return Markup(svg.strip(kind, value, low, high))  # noqa: S704  numbers alone


def _tone(results: Results) -> str:
    """Return whether A2R did better than the vote, worse, or neither for sure."""
    if not results.at or not results.at[-1].p_value < _SURE:
        return "open"
    return "good" if results.at[-1].gain.value > 0 else "bad"


def _share_of_texts(results: Sequence[Results]) -> int:
    """Return how long one text may be, so that all together the page still opens."""
    examples = [example for one in results for example in one.examples]
    count = sum(3 + len(example.samples) for example in examples)
    return max(_LEAST, min(_MOST, _TEXTS // max(1, count)))
