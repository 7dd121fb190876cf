"""Record `docs/ask.svg` and `docs/ask-dark.svg`: a real run of `a2r ask`.

    python docs/record.py

It asks the embedded model, with the extras `cli` and `local`, until a run comes that fits
on a screen and in which nothing was cut off at a limit of tokens; twenty times at most.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from a2r_graph.cli.commands import app
from a2r_graph.cli.live import LiveView
from a2r_graph.models.local import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style

    from a2r_graph.cli.job import Job
    from a2r_graph.state import Report

COMMAND = ["ask", "How many days are there in a week?"]
TRIES, COLUMNS, ROWS = 20, 80, 32
SIZE, CELL, LINE, MARGIN = 14, 8.4, 20, 16  # pixels; of a letter 0.6 of its size
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SCHEMES = {
    "ask.svg": {
        "ground": "#f6f8fa",
        "ink": "#1f2328",
        "dim": "#59636e",
        "green": "#116329",
        "yellow": "#7d4e00",
        "red": "#a40e26",
    },
    "ask-dark.svg": {
        "ground": "#151b23",
        "ink": "#f0f6fc",
        "dim": "#9198a1",
        "green": "#3fb950",
        "yellow": "#d29922",
        "red": "#ff7b72",
    },
}


ANSI = {1: "red", 2: "green", 3: "yellow"}  # the colours that the views draw in


class Recorded(LiveView):
    """The view of a terminal, as far as it stays on the screen."""

    def __init__(self, job: Job, n: int) -> None:
        """Begin with the command."""
        # To a file rich draws only what stays, which is what is recorded.
        console = Console(
            file=io.StringIO(), record=True, width=COLUMNS, height=ROWS, highlight=False
        )
        super().__init__(console, n, job.explorers, job.synthesizer)
        console.print(Text.assemble(("$ ", "dim"), f"a2r {shlex.join(COMMAND)}"))
        self.limit = job.settings.get("synthesizer_max_tokens", MAX_TOKENS)
        self.whole = False
        """Whether every model came to its end by itself."""

    def done(self, answer: str, report: Report) -> None:
        """Draw the end, and see whether it is one."""
        super().done(answer, report)
        written = report["usage"]["synthesizer"]["output_tokens"]
        ends = {one["finish_reason"] for one in report["references"]}
        self.whole = ends == {"stop"} and written is not None and written < self.limit

    def _stop(self) -> None:
        drawn = self._live is not None
        super()._stop()
        if drawn:
            self.console.line()  # as rich does it on a terminal

    def lines(self) -> list[Text]:
        """Return what the terminal shows, without the empty lines around it."""
        text = self.console.export_text(styles=True).strip("\n")
        lines = [Text.from_ansi(line) for line in text.split("\n")]
        for line in lines:
            line.rstrip()
        return lines


def drawn(lines: Sequence[Text], colors: dict[str, str]) -> str:
    """Return the lines as SVG that holds all it needs, cropped to them."""
    # Halves of a pixel would blur the edges.
    width = round(max(cell_len(line.plain) for line in lines) * CELL) + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    fills = [f".{name} {{ fill: {value} }}" for name, value in colors.items()]
    rows = [
        text
        for row, line in enumerate(lines)
        for text in _texts(line, MARGIN + row * LINE + SIZE)
    ]
    size = f'width="{width}" height="{height}"'
    box = f'viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} {size} role="img">',
            f"<title>a2r {escape(shlex.join(COMMAND), quote=False)}</title>",
            f"<style>text {{ font: {SIZE}px {FONTS} }} .bold {{ font-weight: bold }}",
            *fills,
            "</style>",
            f'<rect class="ground" {size} rx="6"/>',
            *rows,
            "</svg>\n",
        ]
    )


def _texts(line: Text, y: int) -> Iterator[str]:
    """Yield the words of a line where they stand, those in one style together."""
    cells = 0
    for text, style, _ in line.render(Console()):
        for found in re.finditer(r"\S+(?: \S+)*", text):
            x = MARGIN + (cells + cell_len(text[: found.start()])) * CELL
            # Whatever the font, each letter stands in its own column.
            length = f'textLength="{cell_len(found[0]) * CELL:g}"'
            yield (
                f'<text class="{_classes(style)}" x="{x:g}" y="{y}" {length}'
                f' lengthAdjust="spacingAndGlyphs">{escape(found[0], quote=False)}</text>'
            )
        cells += cell_len(text)


def _classes(style: Style | None) -> str:
    """Return what a style is called in the picture."""
    if style is None:
        return "ink"
    name = "dim" if style.dim else "ink"
    if style.color and style.color.number is not None:
        name = ANSI[style.color.number]
    return f"{name} bold" if style.bold else name


def main() -> int:
    """Ask until a run is whole, and write the pictures."""
    views: list[Recorded] = []

    def view_for(job: Job, n: int) -> Recorded:
        views.append(Recorded(job, n))
        return views[-1]

    for _ in range(TRIES):
        with patch("a2r_graph.cli.run.view_for", view_for):
            code = app(COMMAND, standalone_mode=False)
        if code:
            return int(code)
        lines = views[-1].lines()
        if views[-1].whole and len(lines) <= ROWS:
            break
    else:
        sys.exit(f"none of {TRIES} runs came to its end within {ROWS} lines; try again")
    for name, colors in SCHEMES.items():
        Path(__file__).with_name(name).write_text(drawn(lines, colors), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
