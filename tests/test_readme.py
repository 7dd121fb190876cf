"""The README and the docs say what the code does, and what they show runs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from vllm_like import VLLM, document

import a2r_graph

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SECTIONS = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
PYTHON = {
    title: code
    for title, text in SECTIONS
    for code in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
}
CONSOLE = "".join(re.findall(r"^```console\n(.*?)^```", README, re.DOTALL | re.MULTILINE))
COMMANDS = re.findall(
    r"^\$ (a2r .*?)(?: +#.*)?$", CONSOLE.replace("\\\n", " "), re.MULTILINE
)
SERVED = ("Qwen/Qwen3-4B", "Qwen/Qwen3-8B", "Qwen/Qwen3-32B")
A2R = f'a2r() {{ "{sys.executable}" -m a2r_graph.cli "$@"; }}\n'
BRIEF = " -c max_tokens=16 -c synthesizer_max_tokens=16"
PATIENCE = 300
"""Seconds for one of them: on a busy machine the embedded model is slow."""


@pytest.fixture
def address():
    """Return the address of a server of vLLM's shape, on loopback."""
    models = [{"id": name, "max_model_len": 32768} for name in SERVED]
    with VLLM(__v1__models=document({"data": models})) as server:
        yield server.url


def at(address, text):
    """Return the text with this address in place of its own."""
    return re.sub(r"http://localhost:\d+/v1", address, text)


def run(folder, address, *words):
    variables = {
        "PYTHONPATH": str(ROOT),
        "VLLM_BASE_URL": address,
        "OMP_THREAD_LIMIT": "1",  # beside others, faster than threads that wait in turn
    }
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("title", PYTHON)
def test_each_block_of_python_is_a_script_that_runs_and_prints(title, address, tmp_path):
    (tmp_path / "block.py").write_text(at(address, PYTHON[title]))
    done = run(tmp_path, address, sys.executable, "block.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs_as_it_is_typed(command, address, tmp_path):
    (tmp_path / "question.txt").write_text("How many days are there in a week?")
    (tmp_path / "questions.jsonl").write_text('{"question": "6 x 7?", "answer": "42"}\n')
    if command.startswith("a2r ask") and "vllm:" not in command:  # for a busy machine
        command = command.replace("a2r ask", "a2r ask" + BRIEF)
    done = run(tmp_path, address, "bash", "-c", A2R + at(address, command))
    if "--review" in command:  # by a person, whom tests/test_cli_review.py plays
        assert "a person is asked on a terminal" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if "--json" in command:
        assert json.loads(done.stdout)


def test_every_kind_of_command_and_every_section_with_python_was_found():
    assert len(PYTHON) == README.count("```python")
    assert len(COMMANDS) == README.count("\n$ a2r ")
    assert {command.split()[1] for command in COMMANDS} == {
        "ask",
        "doctor",
        "eval",
        "graph",
    }


def test_the_drawing_and_the_table_of_settings_are_the_codes_own():
    spec = importlib.util.spec_from_file_location("readme", ROOT / "docs" / "readme.py")
    readme = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(readme)
    assert readme.written(README) == README


def test_every_file_and_make_target_that_the_readme_names_exists():
    for linked in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / linked).exists(), linked
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README)) <= set(targets)


SHOWING = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.ipynb")]


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.name)
def test_what_installs_it_works_in_a_clone_and_says_when_it_will_from_an_index(path):
    text = path.read_text("utf-8").replace('\\"', '"')
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extras in re.findall(r'"\.\[([\w,]+)\]"', text):
        assert set(extras.split(",")) <= set(project["optional-dependencies"])
    for before, extras in re.findall(r"(.*\n.*)\ba2r-graph\[([\w,]+)\]", text):
        assert "once it is published" in before.lower().replace("\n", " ")
        assert f'pip install ".[{extras}]"' in text


def test_every_public_name_has_a_docstring_with_an_example():
    for name in a2r_graph.__all__:
        public = getattr(a2r_graph, name)
        if isinstance(public, str):
            continue
        assert public.__doc__, name
        assert ">>>" in public.__doc__, name
