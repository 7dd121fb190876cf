"""The report that people look at: `Results` as a page of HTML, as Markdown, as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from a2r_graph.evals.report import plain
from a2r_graph.evals.report.markdown import markdown
from a2r_graph.evals.report.page import page
from a2r_graph.evals.results import Results

__all__ = ["as_html", "as_json", "as_markdown", "from_json"]


def as_html(results: Results | Sequence[Results]) -> str:
    """Return one self-contained page: no script, no network, light and dark, for print.

    It is valid UTF-8, whatever the models wrote. Texts of examples longer than 40,000
    characters, or less where there are many, are shortened; `as_json` has all of them.

    Args:
        results: Of one run, or of several: then a table over them comes first.

    Raises:
        ValueError: There are no results.

    Example:
        >>> from a2r_graph.evals.results import Results
        >>> none = Results("1", "mine", "", "", [], "", {}, {}, 0, 0, [], [], None, None)
        >>> as_html(none).splitlines()[0]
        '<!DOCTYPE html>'
    """
    return page(_several(results))


def as_markdown(results: Results | Sequence[Results]) -> str:
    """Return the verdict, the tables and the failures as Markdown, without examples.

    Args:
        results: Of one run, or of several: then a table over them comes first.

    Raises:
        ValueError: There are no results.

    Example:
        >>> from a2r_graph.evals.results import Results
        >>> none = Results("1", "mine", "", "", [], "", {}, {}, 0, 0, [], [], None, None)
        >>> as_markdown(none).splitlines()[0]
        '## mine'
    """
    return markdown(_several(results))


def as_json(results: Results | Sequence[Results]) -> str:
    """Return strict JSON: an object for one run, a list for several.

    Args:
        results: Of one run, or of several.

    Example:
        >>> from a2r_graph.evals.results import Results
        >>> none = Results("1", "mine", "", "", [], "", {}, {}, 0, 0, [], [], None, None)
        >>> from_json(as_json(none)) == [none]
        True
    """
    return plain.dumped(results)


def from_json(text: str) -> list[Results]:
    """Return what `as_json` wrote, always as a list.

    Args:
        text: JSON of one run or of several.

    Raises:
        ValueError: It is no JSON, or holds something else than results.

    Example:
        >>> from_json("[]")
        []
    """
    return plain.loaded(text)


def _several(results: Results | Sequence[Results]) -> list[Results]:
    several = [results] if isinstance(results, Results) else list(results)
    if not several:
        msg = "results: there are none; give at least one run's"
        raise ValueError(msg)
    return several
