"""Answers that mean the same are right, and no others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.evals import Question
from a2r_graph.evals.checker import Checker, Verdict
from a2r_graph.evals.functions import FileFunction
from a2r_graph.evals.verifiers import MathVerifier, load_verifier

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def _path_as_before(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])


def score(right: str, answer: str) -> float:
    return MathVerifier()(answer, Question("1", "?", right))


@pytest.mark.parametrize(
    ("right", "answer"),
    [
        ("1/2", "0.5"),
        ("1/3", "0.333333"),
        (r"\frac{1}{2}", "1/2"),
        ("x+1", "1+x"),
        ("(x+1)^2", "x^2+2x+1"),
        ("8", "2**3"),
        ("1024", "2**10"),
        ("1000", "1e3"),
        ("1000", "$1,000$"),
        ("120", "5!"),
        ("25", "025"),
        ("5", "x=5"),
        ("50%", r"50\%"),
        (r"2\sqrt{3}", r"\sqrt{12}"),
        (r"\{1,2\}", r"\{2,1\}"),
        ("(1,2)", "(1, 2)"),
        ("-5", "\u22125"),
        ("Paris", "paris"),
        ("B", r"\text{(B)}"),
    ],
)
def test_what_means_the_same_is_right(right, answer):
    assert score(right, answer) == 1.0


@pytest.mark.parametrize(
    ("right", "answer"),
    [
        ("2", "2**3"),
        ("ab", "ba"),
        ("no", "on"),
        ("red 3", "blue 3"),
        ("3", "1 2"),
        ("5", "5, 6"),
        ("5, 6", "5"),
        ("5", "5="),
        ("5", "5 ?"),
        ("5", "5 or 6"),
        ("5", "5!"),
        ("2", "2#3"),
        ("(1,2)", "(2,1)"),
        ("1.2", "1,2"),
        ("2021", "2024-01-02"),
        ("1/15", "2:30"),
        ("5", "-5"),
        ("0", ""),
        ("4", "9" * 5000),
    ],
)
def test_what_means_something_else_is_wrong(right, answer):
    assert score(right, answer) == 0.0


@given(st.integers(), st.integers())
def test_two_whole_numbers_are_equal_if_they_are(one, other):
    assert score(str(one), str(other)) == float(one == other)


@given(st.text(max_size=30))
def test_any_text_equals_itself_and_nothing_raises(text):
    assert score("42", text) in {0.0, 1.0}
    assert score(text, text.upper().lower()) in {0.0, 1.0}
    assert score(text, text) == 1.0


async def test_a_formula_that_takes_for_ever_is_stopped_by_the_checker():
    async with Checker(MathVerifier(), limit_s=1, workers=1) as checker:
        verdict = await checker.check("9^{9^{9^9}}+1", Question("1", "?", "10"))
        assert verdict == Verdict(None, "it took longer than 1 s")
        assert (await checker.check("1/2", Question("2", "?", "0.5"))).right


async def test_a_verifier_in_a_file_runs_in_the_process_with_what_lies_beside_it():
    verify = load_verifier(f"{DATA / 'my_verifier.py'}:verify")
    assert isinstance(verify, FileFunction)
    question = Question("1", "?", "3.14", {"tolerance": 0.01})
    async with Checker(verify, workers=1) as checker:
        assert await checker.check("3.1415", question) == Verdict(1.0)
        assert await checker.check("3.2", question) == Verdict(0.0)


async def test_a_verifier_in_the_working_folder_is_found_by_its_module(
    tmp_path, monkeypatch
):
    (tmp_path / "verifiers_of_mine.py").write_text("def always(answer, question): return 1")
    monkeypatch.chdir(tmp_path)
    verify = load_verifier("verifiers_of_mine:always")
    async with Checker(verify, workers=1) as checker:
        assert (await checker.check("x", Question("1", "?", "y"))).right


def test_a_function_is_taken_as_it_is():
    def verify(answer, question):
        return 1.0

    assert load_verifier(verify) is verify


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("json", "'package.module:function'"),
        (":verify", "'package.module:function'"),
        ("no_such_module:verify", "can't be loaded: ModuleNotFoundError"),
        ("json:no_such_function", "can't be loaded: AttributeError"),
        ("no_such_file.py:verify", "can't be loaded: FileNotFoundError"),
        (f"{DATA / 'my_verifier.py'}:missing", "can't be loaded: AttributeError"),
        (f"{DATA / 'my_verifier.py'}:one_argument", r"doesn't take \(answer, question\)"),
        (lambda answer: 1.0, r"doesn't take \(answer, question\)"),
        (42, r"doesn't take \(answer, question\)"),
    ],
)
def test_what_is_no_verifier_is_refused_in_words(given, error):
    with pytest.raises(ValueError, match=error):
        load_verifier(given)
