"""`a2r eval list`, `show` and `compare`: what is on disk; nothing is asked."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from a2r_graph.cli import text as words
from a2r_graph.cli.evals import out, tables
from a2r_graph.cli.run import FAILED, WRONG, as_json, print_text, say
from a2r_graph.evals.assemble import results_of
from a2r_graph.evals.compare import compare
from a2r_graph.evals.evaluation import STORE
from a2r_graph.evals.overview import overview
from a2r_graph.evals.report import figures
from a2r_graph.evals.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from a2r_graph.evals.compare import Comparison, Difference, Side
    from a2r_graph.evals.overview import Listed


def list_runs(folder: Path, *, as_json: bool) -> int:
    """List the runs of `folder`."""
    if not (folder / STORE).exists():
        say(f"no runs in {folder} yet; a2r eval TASK makes one, --folder names another")
        if as_json:
            print_text("[]")
        return 0

    def listing(store: Store) -> None:
        every = overview(store)
        if as_json:
            _document([asdict(one) for one in every])
        elif every:
            text = Text()
            tables.add_table(text, [_HEAD, *map(_row, every)], left=len(_HEAD))
            out.show(text, color=True)

    return _reading(folder, listing)


_HEAD = ["run", "created", "n", "questions", "task", "models"]


def _row(run: Listed) -> list[str]:
    models = " -> ".join(
        [", ".join(map(words.model, run.explorers)), words.model(run.synthesizer)]
    )
    if run.monolith:
        models += f"; {words.model(run.monolith)}"
    return [
        run.run,
        run.created[:16].replace("T", " "),
        ",".join(map(str, run.ns)),
        f"{run.complete:,}/{run.wanted:,}",
        words.line(run.task, 40),
        models,
    ]


def show_run(  # noqa: PLR0913  the options
    folder: Path,
    run: str,
    *,
    html: Path | None,
    as_json: bool,
    as_markdown: bool,
    color: bool,
) -> int:
    """Show what is known of `run`."""
    if as_json and as_markdown:
        say("--json and --markdown: give one of them")
        return WRONG

    def showing(store: Store) -> None:
        results = results_of(store, run)
        if as_json or as_markdown:
            out.document(results, as_json=as_json)
        elif html is None:
            out.show(tables.report(results), color=color)
        if html is not None:
            out.write_page(html, [results])
            say(f"the page is {html}")

    return _reading(folder, showing)


def compare_runs(
    folder: Path, first: str, second: str, *, as_json: bool, color: bool
) -> int:
    """Compare two runs on the questions that both have."""

    def comparing(store: Store) -> None:
        found = compare(store, first, second)
        if as_json:
            _document(asdict(found))
        else:
            out.show(_compared(found), color=color)

    return _reading(folder, comparing)


def _reading(folder: Path, what: Callable[[Store], None]) -> int:
    """Do something with what is in `folder`; return the exit code."""
    if not (folder / STORE).exists():
        say(f"no runs in {folder}; a2r eval TASK makes one, --folder names another")
        return WRONG
    try:
        with Store(folder / STORE, write=False) as store:
            what(store)
    except ValueError as error:
        say(str(error))
        return WRONG
    except BrokenPipeError:
        raise  # whoever read our output left
    except OSError as error:
        say(f"{error.filename or folder}: {error.strerror}")
        return WRONG
    except sqlite3.Error as error:
        say(f"{folder / STORE}: {error}")
        return FAILED
    return 0


def _document(found: Any) -> None:  # noqa: ANN401  plain data
    print_text(as_json(_strict(found)))


def _strict(data: Any) -> Any:  # noqa: ANN401  plain data
    """Return `data` with None for a figure that JSON has no word for."""
    if isinstance(data, dict):
        return {key: _strict(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_strict(value) for value in data]
    return figures.known(data) if isinstance(data, float) else data


def _compared(found: Comparison) -> Text:
    """Return both runs side by side."""
    first, second = found.first, found.second
    rows = [["", first.run, second.run, f"{second.run} - {first.run}"]]
    rows += [
        [name, *(words.line(written(side), 40) for side in (first, second)), ""]
        for name, written in _ABOUT.items()
    ]
    for name, field, difference in (
        ("Pass@1 %", "pass_1", None),
        ("Cons@N %", "cons", found.cons),
        ("A2R %", "a2r", found.a2r),
        ("Pass@N %", "pass_n", None),
    ):
        shares = [tables.with_interval(getattr(side.at, field)) for side in (first, second)]
        rows.append([name, *shares, _points(difference)])
    for name, field, written, less in (
        ("tokens/question", "tokens", figures.number, found.tokens),
        ("cost/question", "dollars", figures.dollars, found.dollars),
        ("time/question", "seconds", figures.seconds, found.seconds),
    ):
        spent = [getattr(side.at.spent["total"], field) for side in (first, second)]
        both = [tables.known(figure, written) for figure in spent]
        rows.append([name, *both, _signed(less, written)])
    shared = words.plural(found.questions, "question")
    text = Text().append(f"on the {shared} that both runs have\n\n", "bold")
    tables.add_table(text, rows, left=4)
    text.append("\n" + tables.wrapped(_verdict(found)))
    for note in found.notes:
        text.append("\n" + tables.wrapped(f"- {note}"))
    return text


_ABOUT: dict[str, Callable[[Side], str]] = {
    "task": lambda side: side.task,
    "explorers": lambda side: ", ".join(map(words.model, side.explorers)),
    "synthesizer": lambda side: words.model(side.synthesizer),
    "n": lambda side: str(side.at.n),
}


def _points(found: Difference | None) -> str:
    if found is None:
        return ""
    return f"{tables.difference(found.gain)}, {figures.p_equals(found.p_value)}"


def _signed(value: float | None, written: Callable[[float | None], str | None]) -> str:
    if value is None:
        return tables.UNKNOWN
    sign = figures.MINUS if value < 0 else "+"
    return f"{sign}{written(abs(value))}"


def _verdict(found: Comparison) -> str:
    gain = found.a2r.gain
    sure = found.a2r.p_value < _SURE and not gain.low <= 0 <= gain.high
    said = f"A2R of {found.second.run} minus A2R of {found.first.run}: "
    said += f"{tables.difference(gain)} points, {figures.p_equals(found.a2r.p_value)}"
    return said + ("." if sure else ": they can't be told apart on these questions.")


_SURE = 0.05
