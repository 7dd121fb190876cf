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
        ("B", "(B) Paris"),
        ("35", r"35\text{ cm}"),
        ("35 cm", "35"),
        ("3/2", "1 1/2"),
        (r"2\sqrt{3}", "2√3"),
        (r"\infty", "∞"),
        ("-5", "–5"),
        ("2021-03-04", "4 March 2021"),
        ("Yes", "Yes."),
        (r"x = \pm 5", "x=5 or x=-5"),
        ("-5, 5", "x = 5 or x = -5"),
        ("[2,5)", r"2 \le x < 5"),
        (
            r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
            r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        ),
        (
            r"\begin{pmatrix}x^2\\0\end{pmatrix}",
            r"\begin{pmatrix} x \cdot x \\ 0 \end{pmatrix}",
        ),
        (r"(\sqrt{12}, 2^3)", r"(2\sqrt{3}, 8)"),
        (r"\frac{6}{\sqrt{3}}", r"\sqrt{12}\text{ cm}"),
        ("x^2+2x+1", "(x+1)²"),
        (r"\sqrt{2}", "1.414214"),
        (r"\pi", "3.14159"),
        (r"2^{100}", "1267650600228229401496703205376"),
        (r"\sqrt{2}\sqrt{3}-\sqrt{6}", "0"),
        ("So he has 7 - 4 = 3 left.\n#### 3", "3"),
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
        ("1.2", "1, 2"),
        ("2021", "2024-01-02"),
        ("1/15", "2:30"),
        ("5", "-5"),
        ("0", ""),
        ("4", "9" * 5000),
        ("7", "7 %"),
        (r"7x", r"7x\%"),
        ("20 °C", "20 °F"),
        ("$20", "20 €"),
        ("12 km", "12 m"),
        (r"2\sqrt{3}\text{ cm}", r"2\sqrt{3}\text{ m}"),
        (r"\frac{6}{\sqrt{3}}\text{ m}", r"\sqrt{12}\text{ cm}"),
        ("1.6e-19", "6.1e-18"),
        ("1/2004!", "1/2006!"),
        ("e^{-21}", "e^{-20}"),
        ("0", "1/2006!"),
        ("0.1", "0.10000001"),
        ("299792.458", "299792.459"),
        ("1/3", "0.333"),
        (r"\sqrt{2}", "1.4142"),
        (r"2^{100}", "1267650600228229401496703205377"),
        ("1011_2", "1011_3"),
        ("5", "101_2"),
        ("5 mW", "5 MW"),
        ("CO", "Co"),
        ("2n+N", "2N+n"),
        ("e", "E"),
        (r"\{\sqrt{2}, 1\}", r"(\sqrt{2}, 1)"),
        ("x=5", "y=5"),
    ],
)
def test_what_means_something_else_is_wrong(right, answer):
    assert score(right, answer) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"2 \le x < 5", "[2,5)"),
        (r"2 \le x < y", "[2,y)"),
        ("x^2=4", "4"),
        ("y=2x", "2x"),
        ("x=y=3", "3"),
        ("1/3", "0.333333"),
        (r"(1, \sqrt{2})", r"1, \sqrt{2}"),
    ],
)
def test_a_verdict_is_the_same_whichever_of_the_two_is_the_right_one(one, other):
    assert score(one, other) == score(other, one)


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
