"""The final answer is read, and equal answers are written alike."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.references import extract_answer, normalise_answer

FRAGMENTS = [
    *("\\boxed{", "\\fbox{", "{", "}", "\\", "$", "**", "Answer:", "the answer is "),
    *("\n", " ", ".", "42", "1,000", "-", "#", "\\text{", "\u0665", "\0", "\ud800"),
]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{1} and then \boxed{2}. Not 3.", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\boxed{\boxed{3}}", "3"),
        (r"\fbox {7}", "7"),
        (r"\\boxed{5}", "5"),
        (r"\boxed{5!}", "5!"),
        (r"Answer: 8, or \boxed{9", "8, or \\boxed{9"),
        ("\\boxed{}\nAnswer: 8", "8"),
    ],
)
def test_the_last_balanced_box_counts(text: str, answer: str) -> None:
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: 1\nAnswer: 2\nNot 3", "2"),
        ("**Answer:** 42", "42"),
        ("**Final answer: 42**", "42"),
        ("ANSWER : 42", "42"),
        ("### Final Answer\n\n$$\n42\n$$", "42"),
        ("So the final answer is: 42", "42"),
        ("The answer is 3.14. It isn't 4.", "3.14"),
        ("The answer is **7**.", "7"),
        ("The answer is:\n\n**1,000**\n", "1000"),
        ("The answer is (B).", "B"),
        ("The correct answer is “Paris”!", "Paris"),
        ("I think the answer is Paris. Or 3 of them.", "Paris"),
        ("An answer is needed by 7", "7"),
        ("disanswer: 5 and 6", "6"),
    ],
)
def test_a_label_tells_the_answer(text: str, answer: str) -> None:
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("we get 5, then 6", "6"),
        ("it is 42.", "42"),
        ("x = -5", "-5"),
        ("5-3", "3"),
        ("about 50%", "50%"),
        ("it is 3/4", "3/4"),
        ("costs $1,250.50 in all", "1250.5"),
        ("(1,2)", "2"),
        ("It is 9:\n1. first\n2) second", "9"),
        ("1. first\n2. second", None),
        ("x2 and H2O and 2nd", None),
        ("I don't know.", None),
        ("", None),
    ],
)
def test_else_the_last_bare_number_counts(text: str, answer: str | None) -> None:
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ("1,000", "1000"),
        ("1{,}000", "1000"),
        ("1,2", "1,2"),
        ("+5", "5"),
        ("42.0", "42"),
        ("42.50", "42.5"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("073", "73"),
        (".5", "0.5"),
        ("$42", "42"),
        ("-$42", "-42"),
        ("\u22125", "-5"),
        ("$x+1$", "x+1"),
        (r"\(x\)", "x"),
        (r"\[x\]", "x"),
        ('**"$42$".**', "42"),
        ("`foo`", "foo"),
        (r"\text{yes}", "yes"),
        (r"5\text{ apples}", "5 apples"),
        (r"\dfrac{1}{2}", r"\frac{1}{2}"),
        (r"\left(1,\!2\right)", "(1,2)"),
        ("a  b\n c", "a b c"),
        (" ** ", None),
        ("", None),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_equal_answers_are_written_alike(raw: str, answer: str | None) -> None:
    assert normalise_answer(raw) == answer


@given(st.integers(), st.sampled_from(["{}", "{:,}", "{}.0", "{}.", " {} ", "${}$"]))
def test_a_whole_number_has_one_spelling(number: int, form: str) -> None:
    written = form.format(number)
    assert normalise_answer(written) == str(number)
    assert extract_answer(f"Answer: {written}") == str(number)
    assert extract_answer(rf"so \boxed{{{written}}}") == str(number)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=20))
def test_no_text_makes_it_raise(fragments: list[str]) -> None:
    answer = extract_answer("".join(fragments))
    assert answer is None or answer.strip()


@pytest.mark.parametrize(
    "unit",
    [
        *("\\boxed{", "\\boxed{}", "\\text{", "answer ", "Answer:", "the answer is . "),
        *("1,111", "1.", "1.\n", "9", "-", "$", "\\", "{", "}", " ", "\n", "*", "\\("),
    ],
)
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    def cost(size: int) -> float:
        text = "answer" + unit * (size // len(unit)) + "x"
        boxed = "\\boxed{" + text + "}"
        started = time.process_time()
        extract_answer(text)
        extract_answer(boxed)
        return time.process_time() - started

    # Ten times the text: a square would take a hundred times as long.
    assert cost(1_000_000) < 40 * max(cost(100_000), 0.02)
