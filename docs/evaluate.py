"""Evaluate SmolLM2-135M on the vLLM server of the tests, for `docs/evaluation.md`.

    make results

Five generators of reasoning-gym, 100 questions each, eight explorers. It writes the tables
between the marks in `docs/evaluation.md` and the picture of the page. What was asked stays
in `a2r-evals`: interrupted, it goes on from there.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from a2r_graph import ChatVLLM
from a2r_graph.evals import Results, evaluate, load_task
from a2r_graph.evals.budget import Progress
from a2r_graph.evals.report import as_html, as_json, as_markdown

HERE = Path(__file__).parent
COMMAND = "make results"
# Small enough for the model to be right now and then: of the generators' own sizes it
# answers hardly any.
TASKS = {
    "basic_arithmetic": {"max_terms": 2, "max_digits": 1},
    "chain_sum": {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 2},
    "products": {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1},
    "gcd": {"max_numbers": 2, "max_value": 30},
    "letter_counting": {"max_words": 5},
}
BEGIN, END = "<!-- results: make results -->\n", "<!-- end of results -->\n"


def model() -> ChatVLLM:
    """Return the tests' model; its template thinks unless it is told not to.

    No seed: vLLM's CPU build ends ("CPU Generator does not use offset") when the prompt
    of a request with one is read in parts.
    """
    return ChatVLLM(
        model=os.environ["A2R_TEST_VLLM_MODEL"],
        base_url=os.environ["A2R_TEST_VLLM_URL"],
        api_key=os.environ["A2R_TEST_VLLM_KEY"],
        extra_body={"chat_template_kwargs": {"enable_thinking": False}},
    )


def one(name: str) -> Results:
    """Evaluate one task, or go on with it."""

    def tell(progress: Progress) -> None:
        done, total = (sum(x.values()) for x in (progress.done, progress.total))
        if done % 90 == 0:
            print(f"{name}: {done} of {total}, {progress.seconds:.0f} s", file=sys.stderr)

    return evaluate(
        load_task(f"gym:{name}", limit=100, config=TASKS[name]),
        explorer=model(),
        n=[2, 4, 8],
        # At the server's own temperature, 1.0, a synthesizer this small babbles.
        context={
            "max_tokens": 160,
            "synthesizer_max_tokens": 160,
            "synthesizer_temperature": 0.2,
        },
        command=COMMAND,
        on_progress=tell,
    )


def write(every: list[Results]) -> None:
    """Write the tables, the page and its picture's data."""
    folder = Path("a2r-evals")
    (folder / "results.json").write_text(as_json(every))
    (folder / "results.html").write_text(as_html(every))
    guide = HERE / "evaluation.md"
    before, rest = guide.read_text().split(BEGIN)
    tables = as_markdown([replace(results, examples=[]) for results in every])
    guide.write_text(f"{before}{BEGIN}\n{tables}\n{END}{rest.split(END)[1]}")


def main() -> None:
    """Evaluate all tasks and write what was found."""
    write([one(name) for name in TASKS])


if __name__ == "__main__":
    main()
