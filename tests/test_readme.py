"""The README and the docs say what the code does."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

import a2r_graph

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_drawing_and_the_table_of_settings_are_the_codes_own():
    spec = importlib.util.spec_from_file_location("readme", ROOT / "docs" / "readme.py")
    readme = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(readme)
    assert readme.written(README) == README


@pytest.mark.slow
def test_the_agent_of_the_readme_runs(capsys, monkeypatch):
    monkeypatch.setattr("a2r_graph.models.local.MAX_TOKENS", 16)  # for a busy machine
    section = re.search(r"## In your agent\n(.*?)\n## ", README, re.DOTALL)[1]
    agent, forms, *_ = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    names = {}
    exec(agent, names)  # noqa: S102  what its readers run
    assert capsys.readouterr().out.strip()
    exec(forms, names)  # noqa: S102  what its readers run


def test_every_file_and_extra_that_the_readme_names_exists():
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for named in re.findall(r"a2r-graph\[([\w,]+)\]", README):
        assert set(named.split(",")) <= set(extras["optional-dependencies"])


def test_every_public_name_has_a_docstring_with_an_example():
    for name in a2r_graph.__all__:
        public = getattr(a2r_graph, name)
        if isinstance(public, str):
            continue
        assert public.__doc__, name
        assert ">>>" in public.__doc__, name
