"""docs/compose.md runs as it stands, in order, on the embedded model."""

from __future__ import annotations

import difflib

import guides
import pytest
from guides import blocks, guide, sections

from a2r_graph import ChatLocal, create_a2r

GUIDE = guide("compose.md")
SECTIONS = sections(GUIDE)
FORMS = ("Node", "Tool", "Middleware", "Model", "Nested")
AGENT = blocks(GUIDE)[0]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_changes_at_most_three_lines_of_the_agent(form):
    lines = difflib.ndiff(AGENT.splitlines(), blocks(SECTIONS[form])[0].splitlines())
    assert sum(line.startswith("+") for line in lines) <= 3


@pytest.fixture
def brief(monkeypatch):
    guides.brief(monkeypatch)


@pytest.mark.slow
@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("form", FORMS)
def test_each_form_runs_on_the_embedded_model(form, capsys):
    names: dict[str, object] = {}
    for block in blocks(SECTIONS[form]):
        exec(block, names)  # noqa: S102  what its readers run
    assert capsys.readouterr().out.strip()


@pytest.mark.slow
@pytest.mark.usefixtures("brief")
def test_the_rest_of_the_guide_runs_on_the_embedded_model(capsys):
    names: dict[str, object] = {"create_a2r": create_a2r, "model": ChatLocal()}
    rest = "".join(text for title, text in SECTIONS.items() if title not in FORMS)
    for block in blocks(rest):
        if "response_format" in block:  # whose JSON isn't to be cut off, digits and all
            names["model"] = ChatLocal(max_tokens=128)
        exec(block, names)  # noqa: S102  what its readers run
    assert "total=" in capsys.readouterr().out
