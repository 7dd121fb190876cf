"""Time reading and keying a final answer, and how the time grows with the text.

    python benchmarks/reading.py [--output benchmarks/reading.md]

Processor time of one thread. The first table is of replies of 2,000 characters; the second
has texts of one repeated piece, where what isn't linear shows.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from a2r_graph.references import complete_part, extract_answer
from a2r_graph.references import key as keys

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 2_000
ROUNDS = 300
PROSE = (
    "the value of each side is then found by adding two terms and we note that the total "
    "number of apples in both boxes equals twice what he had before"
)
ENDS = {
    "a label": "\nThe answer is 42.",
    "a label, LaTeX": "\n**Answer:** \\(\\frac{3}{4}\\)",
    "a box with a formula": "\nThus $\\boxed{x^2+2x+1}$.",
    "a letter": "\n(B) Paris",
    "no statement": "\nSo there are 42 of them.",
    "no answer": "\nHe went home and thought about it for a while.",
}
PIECES = (
    *(
        "a",
        "1",
        " ",
        "\n",
        "{",
        "}",
        "$",
        "\\(",
        "(1, ",
        "1,2",
        "1.",
        "2^",
        "**1** ",
        "`",
        "```\n",
    ),
    *(
        "answer ",
        "Answer: ",
        "The answer is ",
        "\\boxed{",
        "\\boxed{1}",
        "<answer>",
        "#### 1\n",
    ),
    *(
        '"answer": ',
        "option B is correct ",
        "| Answer | ",
        "result = ",
        "答案是",
        "Ответ: ",
        "½",
    ),
    *(
        "\\frac{",
        "\\begin{pmatrix}",
        "1 and ",
        "May 1, ",
        "is not ",
        "1 = 1 ",
        "x > 5 ",
        "- a\n",
    ),
)
SIZES = (10_000, 100_000, 1_000_000)


def reply(rng: random.Random, end: str) -> str:
    """Return a worked solution of `LENGTH` characters that ends so."""
    text = ""
    while len(text) < LENGTH - len(end):
        a, b = rng.randint(1, 99), rng.randint(1, 99)
        text += f"{' '.join(rng.choices(PROSE.split(), k=12))}. So {a} + {b} = {a + b}.\n"
    return text[: LENGTH - len(end)] + end


def timed(function: Callable[[str], object], text: str) -> float:
    """Return the processor seconds of one call."""
    started = time.process_time()
    function(text)
    return time.process_time() - started


def replies() -> list[str]:
    """Return the rows of replies."""
    rng = random.Random(0)  # noqa: S311  no secret
    key = keys._key.__wrapped__  # without its cache  # noqa: SLF001  to be measured
    rows = []
    for name, end in ENDS.items():
        texts = [reply(rng, end) for _ in range(ROUNDS)]
        read = sorted(timed(extract_answer, text) for text in texts)
        answers = [answer for text in texts if (answer := extract_answer(text))]
        keyed = sorted(timed(key, answer) for answer in answers) or [0.0]
        both = [read[len(read) // 2] * 1e6, keyed[len(keyed) // 2] * 1e6]
        worst = (read[int(len(read) * 0.95)] + keyed[int(len(keyed) * 0.95)]) * 1e6
        rows.append(
            f"| {name} | {both[0]:.0f} | {both[1]:.0f} | {sum(both):.0f} | {worst:.0f} |"
        )
    return rows


def growth() -> list[str]:
    """Return the rows of pieces: microseconds a character, and the growth of the time."""
    rows = []
    for piece in PIECES:
        for name, function in (("read", extract_answer), ("complete part", complete_part)):
            spent = []
            for size in SIZES:
                text = f"So {piece * (size // len(piece))} x"
                spent.append(max(timed(function, text), 1e-5))
            shown = " | ".join(f"{seconds * 1e3:.1f}" for seconds in spent)
            rows.append(
                f"| `{piece.strip() or repr(piece)[1:-1]}` | {name} | {shown} | "
                f"{spent[-1] / SIZES[-1] * 1e6:.2f} |"
            )
    return rows


def main() -> None:
    """Print the tables and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/reading.md"))
    options = parser.parse_args()
    heads = " | ".join(f"{size // 1000:,} kB, ms" for size in SIZES)
    about = (
        f"Processor time of one thread, Python {platform.python_version()}, "
        f"{os.cpu_count()} CPUs. Replies of {LENGTH:,} characters, median of {ROUNDS}; the "
        "key without its cache."
    )
    lines = [
        "# Reading and keying",
        "",
        about,
        "",
        "| the reply ends with | read, µs | key, µs | both, µs | both at p95, µs |",
        "| --- | ---: | ---: | ---: | ---: |",
        *replies(),
        "",
        "Texts of one piece, repeated:",
        "",
        f"| piece | | {heads} | µs a character at 1 MB |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        *growth(),
        "",
        "Written by `python benchmarks/reading.py`.",
        "",
    ]
    options.output.write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
