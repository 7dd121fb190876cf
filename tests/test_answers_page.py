"""The page on final answers says what the code does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "answers.md").read_text("utf-8")


def test_its_tables_are_those_of_the_tests_cases():
    spec = importlib.util.spec_from_file_location(
        "answers_table", DOCS / "answers_table.py"
    )
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    assert table.written(PAGE) == PAGE


def test_its_example_prints_what_it_shows(capsys):
    code, shown = re.findall(r"```(?:python)?\n(.*?)```", PAGE, re.DOTALL)[:2]
    exec(compile(code, "docs/answers.md", "exec"), {"__name__": "__main__"})  # noqa: S102  ours
    assert capsys.readouterr().out == shown
