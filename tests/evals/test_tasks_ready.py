"""Ready tasks bring prompt and settings; their data is the user's."""

from __future__ import annotations

import json

import pytest

from a2r_graph import A2RContext
from a2r_graph.evals import load_task
from a2r_graph.evals.tasks import task_names
from a2r_graph.evals.tasks.ready import READY


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"problem": "What is 6 x 7?", "answer": 42}))
    return path


@pytest.mark.parametrize("name", READY)
def test_it_puts_a_problem_of_the_users_with_settings_that_are_allowed(name, data):
    task = load_task(f"{name}={data}")
    assert task.name == name
    ((role, text),) = task.put(task.questions[0])
    assert role == "user"
    assert text.startswith("What is 6 x 7?")
    assert r"\boxed{}" in text
    assert A2RContext(**task.settings).max_tokens == 32_768
    assert task.extract_answer is not None
    assert task.extract_answer(r"So it is $\boxed{42}$.") == "42"


def test_its_data_may_be_an_argument_and_its_columns_may_have_other_names(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("q,a\n?,1\n")
    task = load_task("aime2024", path=path, question_field="q", answer_field="a")
    assert task.questions[0].text == "?"


@pytest.mark.parametrize("name", READY)
def test_without_data_it_says_where_that_is(name):
    with pytest.raises(ValueError, match=f"{name}: its .* '{name}=hf://{READY[name].hub}'"):
        load_task(name)


def test_it_is_among_the_names():
    assert task_names()[: len(READY)] == list(READY)


def test_a_path_for_another_task_is_refused(data):
    with pytest.raises(ValueError, match=r"path: .* of ready tasks only"):
        load_task("gym:chain_sum", path=data)


@pytest.mark.parametrize(
    ("spec", "given", "error"),
    [
        ("mine.jsonl", {"config": {"a": 1}}, "config: .* of generators only"),
        ("mine.jsonl", {"split": "test"}, "split: 'test' .* of datasets of the hub only"),
        ("chain_sum", {"id_field": "x"}, "id_field: 'x' .* of files and datasets only"),
        ("chain_sum", {"limit": 0}, "limit: 0 is not allowed"),
    ],
)
def test_an_argument_that_says_nothing_is_refused(spec, given, error):
    with pytest.raises(ValueError, match=error):
        load_task(spec, **given)


@pytest.mark.parametrize(
    ("spec", "near"),
    [
        ("chainsum", "chain_sum"),
        ("gym:Sudok", "sudoku"),
        ("aime2023=mine.jsonl.gz", "aime2024"),
    ],
)
def test_an_unknown_name_gets_the_nearest(spec, near):
    with pytest.raises(ValueError, match=f"unknown task; did you mean .*{near}"):
        load_task(spec)
