"""Records `docs/ask.svg`: a real run of `a2r ask` on the embedded model.

Run it as `python docs/record.py`, with the extras `cli` and `local` installed.
"""

from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from a2r_graph.cli.job import Job
from a2r_graph.cli.live import LiveView
from a2r_graph.cli.run import run

QUESTION = "How many days are there in a week?"
CALM = {"synthesizer_temperature": 0.2, "synthesizer_max_tokens": 64}  # as `make demo`
MODEL, N = "local:", 8
TARGET = Path(__file__).parent / "ask.svg"


def main() -> int:
    """Ask, and write what the terminal shows at the end."""
    # To a file rich draws only what stays on the screen, which is what is recorded.
    console = Console(file=io.StringIO(), record=True, width=80, highlight=False)
    options = " ".join(f"-c {name}={value}" for name, value in CALM.items())
    command = Text.assemble(("$ ", "dim"), f"a2r ask {options} {shlex.quote(QUESTION)}")
    console.print(command, Text(), sep="\n")
    view = LiveView(console, N, [MODEL], MODEL)
    code = run(Job(QUESTION, [MODEL], MODEL, {"n": N, **CALM}), view)
    if code == 0:
        console.save_svg(str(TARGET), title="a2r ask", unique_id="a2r")
        # The picture needs no font from the network: every browser has a monospace.
        svg = TARGET.read_text("utf-8")
        head, _, rest = svg.partition("<style>")
        style, _, body = rest.partition("</style>")
        faces = style.rfind("}", 0, style.index(".a2r-matrix")) + 1
        TARGET.write_text(f"{head}<style>{style[faces:]}</style>{body}", "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
