"""Write the tables of docs/answers.md anew, from the cases of the tests.

    python docs/answers_table.py

A test compares them with the code.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from a2r_graph.references import answer_key, extract_answer, joined

PAGE = Path(__file__).parent / "answers.md"
DATA = Path(__file__).parent.parent / "tests" / "references" / "data"
LONGEST = 150  # characters of a reply in the table
SPELLINGS = 5


def read_table() -> str:
    """Return what is read: of each kind of reply the first one that is short."""
    rows = ["| kind | reply | read as |", "| --- | --- | --- |"]
    seen = set()
    for case in json.loads((DATA / "reading.json").read_text("utf-8")):
        if case["kind"] in seen or len(case["text"]) > LONGEST:
            continue
        seen.add(case["kind"])
        found = extract_answer(case["text"])
        read = "nothing" if found is None else code(found)
        rows.append(f"| {case['kind']} | {code(case['text'])} | {read} |")
    return "\n".join(rows)


def same_table() -> str:
    """Return what is one answer, and what isn't, by the classes that a vote makes of it."""
    rows = ["| kind | one answer | others |", "| --- | --- | --- |"]
    seen = set()
    for group in json.loads((DATA / "same.json").read_text("utf-8")):
        if group["kind"] in seen:
            continue
        seen.add(group["kind"])
        rows.append(row(group))
    return "\n".join(rows)


def row(group: dict[str, Any]) -> str:
    """Return the spellings of the first one's class, and the others of the group."""
    texts = [*group["same"], *group["other"]]
    class_of = joined(map(answer_key, texts))
    first = class_of[answer_key(texts[0])]
    one = [text for text in texts if class_of[answer_key(text)] == first][:SPELLINGS]
    others = [text for text in texts if class_of[answer_key(text)] != first]
    cells = (
        group["kind"],
        " ".join(map(code, one)),
        " ".join(map(code, others[-SPELLINGS:])),
    )
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """Return a text as a cell of a table takes it."""
    shown = text.replace("\n", " ⏎ ").replace("|", "\\|")
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def written(page: str) -> str:
    """Return `page` with both tables as the code has them."""
    for name, table in (("read", read_table()), ("same", same_table())):
        page = re.sub(
            rf"(<!-- {name} -->\n).*?(\n<!-- end -->)",
            lambda found, table=table: found[1] + table + found[2],
            page,
            flags=re.DOTALL,
        )
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
