"""Where results go: stdout, as text or as a document, and pages on disk."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from a2r_graph.cli.run import print_text
from a2r_graph.evals.report import as_html, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from a2r_graph.evals.results import Results

_PLAIN = str.maketrans({figures.MINUS: "-", figures.TO: "-", figures.TIMES: "x"})


def show(text: Text, *, color: bool) -> None:
    """Write lines to stdout, in signs that it can take."""
    try:
        text.plain.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text.plain = text.plain.translate(_PLAIN)
    text.rstrip()
    console = Console(no_color=None if color else True, highlight=False)
    console.print(text, soft_wrap=True)
    sys.stdout.flush()


def document(found: Results | Sequence[Results], *, as_json: bool) -> None:
    """Write JSON or Markdown to stdout: of one run an object, of several a list."""
    from a2r_graph.evals import report  # noqa: PLC0415  for documents only

    written = report.as_json if as_json else report.as_markdown
    print_text(written(found).rstrip("\n"))


def write_page(path: Path, every: Sequence[Results]) -> None:
    """Write the page of these results, whole or not at all.

    Raises:
        OSError: It can't be written; names the path.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(as_html(every), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        error.filename = str(path)
        raise


def page_of(folder: Path, every: Sequence[Results]) -> Path:
    """Return where the page of these runs belongs."""
    if len(every) == 1:
        return folder / f"{every[0].run}.html"
    runs = "-".join(results.run for results in every)
    return folder / f"all-{hashlib.sha256(runs.encode()).hexdigest()[:8]}.html"
