"""Every generator of reasoning-gym is a task, the same in every process."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.evals import load_task
from a2r_graph.evals.checker import Checker, Verdict
from a2r_graph.evals.tasks import generate
from a2r_graph.evals.tasks.gym import tagged, tagged_number
from a2r_graph.extras import install


@pytest.mark.slow
def test_questions_are_the_same_whatever_the_callers_hashes(monkeypatch):
    # This generator writes its answer in the order of a set.
    one = load_task("gym:word_ladder", limit=3)
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert load_task("word_ladder", limit=3).questions == one.questions
    assert one.source.startswith("reasoning-gym ")
    assert one.source.endswith(", word_ladder, seed 42")
    assert "reasoning_gym" not in sys.modules


@pytest.mark.usefixtures("measured")
async def test_its_own_verifier_judges_in_another_process():
    task = load_task("gym:prime_factorization", limit=2)
    question = task.questions[0]
    async with Checker(task.verify, workers=1) as checker:
        assert await checker.check(question.answer, question) == Verdict(1.0)
        # The library's scorer raises there, and counts that as wrong.
        assert await checker.check("no such answer", question) == Verdict(0.0)


async def test_a_scorer_that_takes_anything_is_not_believed():
    task = load_task("gym:game_of_life_halting", limit=3)
    assert task.source.endswith(", compared as text")
    (first, *_) = task.questions
    async with Checker(task.verify, workers=1) as checker:
        assert await checker.check(first.answer.lower(), first) == Verdict(1.0)
        assert await checker.check("no such answer", first) == Verdict(0.0)


async def test_a_question_that_was_made_otherwise_is_not_judged():
    task = load_task("gym:chain_sum", limit=1)
    other = replace(task.questions[0], text="Another?")
    async with Checker(task.verify, workers=1) as checker:
        verdict = await checker.check(other.answer, other)
    assert verdict.score is None
    assert verdict.error is not None
    assert "made another question 0 than was asked" in verdict.error


@pytest.mark.usefixtures("measured")
def test_settings_of_the_generator_are_passed_on_and_said():
    config = {"min_terms": 2, "max_terms": 2, "max_digits": 1, "min_digits": 1}
    task = load_task("gym:chain_sum", limit=2, config=config, seed=43)
    other = load_task("gym:chain_sum", limit=2, config=config)
    assert task.questions != other.questions
    assert '"max_digits": 1' in task.source
    assert "seed 43" in task.source
    assert json.loads(json.dumps(task.questions[1].metadata)) == {"index": 1}


def test_several_generators_may_be_one_task():
    config = {"datasets": [{"name": "chain_sum"}, {"name": "gcd", "weight": 2}]}
    assert len(load_task("gym:composite", limit=4, config=config).questions) == 4


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"min_trems": 2}, "min_trems.*; its settings are min_terms, "),
        ({"min_terms": 5, "max_terms": 2}, "AssertionError.*its settings are"),
        ({"size": 5}, "config: 'size' is not allowed there: give limit"),
        ({"seed": 5}, "config: 'seed' is not allowed there: give seed"),
        ({"min_terms": object()}, "plain JSON values only"),
    ],
)
def test_settings_that_are_not_allowed_are_refused_in_words(config, error):
    with pytest.raises(ValueError, match=error):
        load_task("gym:chain_sum", limit=1, config=config)


def test_without_reasoning_gym_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=f"gym: .*{re.escape(install('evals'))}"):
        load_task("gym:chain_sum")
    with pytest.raises(ImportError, match="chain_sm: unknown task, unless"):
        load_task("chain_sm")


def test_what_an_entry_draws_from_global_states_depends_on_its_index_alone():
    import numpy as np

    class Drawing:
        def __getitem__(self, index):
            return {"drawn": (random.random(), np.random.random())}  # noqa: NPY002, S311

    one = generate.entry(Drawing(), 42, 7)
    other = generate.entry(Drawing(), 42, 8)
    assert generate.entry(Drawing(), 42, 7) == one
    assert all(a != b for a, b in zip(one["drawn"], other["drawn"], strict=True))


EVERY = """
import contextlib, io, json, sys
from a2r_graph.evals.tasks import generate
told = {}
with contextlib.redirect_stdout(io.StringIO()):
    for name in generate.names():
        if name != "composite":
            told[name] = generate._made(name, 3, 42, {})
json.dump(told, sys.stdout)
"""


@pytest.mark.slow
def test_every_generator_makes_the_same_questions_in_every_process():
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", EVERY],
            env=os.environ | {"PYTHONHASHSEED": "0"},
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    one, other = (json.loads(run.communicate()[0]) for run in runs)
    assert len(one) > 100
    assert one == other
    for name, told in one.items():
        assert "error" not in told, name
        assert len(told["questions"]) == 3
        assert all(text.strip() and answer for text, answer in told["questions"]), name
    assert [name for name, told in one.items() if told["exact"]] == ["game_of_life_halting"]
    assert one["chain_sum"]["numbers"]
    assert not one["spell_backward"]["numbers"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>olleh</answer>", "olleh"),
        ("<answer>one</answer> no: <answer>\n two\nlines \n</answer> ok", "two\nlines"),
        ("<answer> <answer>42</answer>", "42"),
        ("<answer>42", None),
        ("</answer>42<answer>", None),
        ("<answer> </answer>", None),
        ("The answer is 42.", None),
    ],
)
def test_the_answer_is_what_the_last_tag_holds(text, answer):
    assert tagged(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>1,024.0</answer> of 7", "1024"),
        ("<answer>17 + 5 = 22</answer>", "22"),
        ("<answer>none</answer> so 7", "none"),
        ("<answer>22 apples</answer>", "22"),
        ("<answer>-2.50</answer>", "-2.5"),
        ("The sum is 42.", "42"),
        ("I don't know.", None),
    ],
)
def test_a_number_is_read_where_the_tag_was_forgotten(text, answer):
    assert tagged_number(text) == answer


@given(st.text(), st.text())
def test_a_tag_is_found_in_any_text(before, inside):
    text = f"{before}<answer>{inside}</answer>"
    if "<answer>" not in inside and "</answer>" not in inside:
        assert tagged(text) == (inside.strip() or None)
