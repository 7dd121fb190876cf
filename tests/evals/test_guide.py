"""docs/evaluation.md says what is so, and its Python runs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from guides import blocks, guide, script
from typer.testing import CliRunner

from a2r_graph.cli.commands import app
from a2r_graph.extras import install

GUIDE = guide("evaluation.md")


def test_every_option_that_the_guide_names_is_there():
    told = CliRunner().invoke(app, ["eval", "--help"]).stdout
    told += CliRunner().invoke(app, ["eval", "show", "--help"]).stdout
    named = set(re.findall(r"--[a-z][a-z-]+", GUIDE))
    elsewhere = {"--solver", "--model"}  # Inspect's
    assert named - elsewhere <= {*re.findall(r"--[a-z][a-z-]+", told)}
    assert len(named) > 15


def test_the_results_are_between_their_marks():
    before, results, after = re.split(
        "<!-- (?:results: make results|end of results) -->", GUIDE
    )
    assert "SmolLM2-135M" in before
    assert "Cons@n" in results
    assert "Other people's figures" in after


@pytest.mark.slow
def test_the_guides_python_runs_on_the_embedded_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = script(*blocks(GUIDE))
    assert [row["n"] for row in names["rows"]] == [1, 2]
    assert names["results"].questions == 3


@pytest.mark.parametrize("name", ["evaluate", "load_task"])
def test_without_the_extra_it_says_what_to_install(name):
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['cloudpickle'] = None\n"
        f"from a2r_graph.evals import {name}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    said = done.stderr.splitlines()[-1:] or ["nothing"]
    if name == "load_task":  # which takes none of both
        assert said == ["nothing"]
    else:
        assert said[0].endswith(install("evals"))
