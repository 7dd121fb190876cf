"""Read the recorded bank anew: which votes change, and Cons@N before and after.

The bank holds, of each sample, the final answer as it was read when it was recorded, not
the whole reply. "Before" counts them as they stand, up to case; "after" reads
each once more and counts by `answer_key`.

    python benchmarks/rereading.py [--output benchmarks/rereading.md]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from banks import BANK, MOST

from a2r_graph.references import answer_key, extract_answer, joined

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def before(answers: Sequence[str | None], truth: str) -> tuple[Counter[str], bool]:
    """Return the votes up to case, and whether the leader is right."""
    votes = Counter(answer.casefold() for answer in answers if answer)
    leader = votes.most_common(1)
    return votes, bool(leader) and leader[0][0] == truth.casefold()


def after(
    answers: Sequence[str | None], truth: str
) -> tuple[Counter[Hashable], bool, list[str | None]]:
    """Return the votes by key, whether the leader is right, and the answers as read."""
    found = [answer and extract_answer(f"Answer: {answer}") for answer in answers]
    class_of = joined(
        [*(answer_key(answer) for answer in found if answer), answer_key(truth)]
    )
    votes = Counter(class_of[answer_key(answer)] for answer in found if answer)
    leader = votes.most_common(1)
    return votes, bool(leader) and leader[0][0] == class_of[answer_key(truth)], found


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/rereading.md"))
    options = parser.parse_args()
    told = [json.loads(line) for line in BANK.read_text("utf-8").splitlines()]
    rows = ["| kind | questions | votes changed | Cons@64 before | after |"]
    rows.append("| --- | ---: | ---: | ---: | ---: |")
    totals = [0, 0, 0, 0]
    changes: Counter[tuple[str, str]] = Counter()
    for kind in dict.fromkeys(one["kind"] for one in told):
        mine = [one for one in told if one["kind"] == kind]
        figures = [len(mine), 0, 0, 0]
        for one in mine:
            was, was_right = before(one["answers"], one["truth"])
            now, now_right, read = after(one["answers"], one["truth"])
            for old, new in zip(one["answers"], read, strict=True):
                if old and old != new:
                    changes[old, str(new)] += 1
            figures[1] += sorted(was.values()) != sorted(now.values())
            figures[2] += was_right
            figures[3] += now_right
        rows.append(row(kind, figures))
        totals = [a + b for a, b in zip(totals, figures, strict=True)]
    rows.append(row("all", totals))
    about = (
        f"{len(told)} questions, {MOST} samples each of SmolLM2-135M-Instruct with a few "
        "examples that fix the form of the answer. A vote has changed where its counts are "
        "others."
    )
    total = sum(len(one["answers"]) for one in told)
    lines = [
        "# The recorded bank, read anew",
        "",
        about,
        "",
        *rows,
        "",
        f"Of {total:,} answers {changes.total():,} are read otherwise:",
        "",
        "| as recorded | read anew | times |",
        "| --- | --- | ---: |",
        *(
            f"| `{shown(old)}` | `{shown(new)}` | {times} |"
            for (old, new), times in changes.most_common(12)
        ),
        "",
        "Written by `python benchmarks/rereading.py`.",
        "",
    ]
    options.output.write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write("\n".join(lines))


def row(kind: str, figures: Sequence[int]) -> str:
    """Return a row of the table."""
    count, changed, was, now = figures
    return f"| {kind} | {count} | {changed} | {was / count:.1%} | {now / count:.1%} |"


def shown(text: str) -> str:
    """Return a text as a cell takes it."""
    return text.replace("|", "\\|").replace("`", "'").replace("\n", " ")


if __name__ == "__main__":
    main()
