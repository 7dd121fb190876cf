"""Answers that are the same have one key, and no others."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.references import Marked, answer_key, extract_answer, joined
from a2r_graph.references.key.unit_table import WORDS

GROUPS = json.loads((Path(__file__).parent / "data" / "same.json").read_text("utf-8"))
REPLIES = (
    "**Final Answer:** {}",
    "### Final Answer\n\n{}",
    "Hence it is so.\n\n**Answer:** {}",
    "Answer: {}",
    "So the final answer is {}.",
)
# Kinds of which some spellings stay apart, and why.
APART = {
    "binomial": "nothing is worked out",
    "polynomial": "nothing is expanded",
    "dollars": "the euro is another unit of the same value",
    "length": "no unit is converted",
    "volume": "no unit is converted",
    "mass": "no unit is converted",
    "energy": "no unit is converted",
    "duration": "no unit is converted",
    "money": "no unit is converted",
    "date": "before Christ is another mark of the same value",
    "name with title": "a title is a part of the name",
    "undefined": "words of the same sense are words",
    "percent": "words of the same sense are words",
}


def classes(answers: list[str]) -> list[object]:
    keys = [answer_key(answer) for answer in answers]
    known = joined(keys)
    return [known[key] for key in keys]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["kind"])
def test_equal_answers_have_one_key(group: dict) -> None:
    found = classes([*group["same"], *group["other"]])[: len(group["same"])]
    if group["kind"] not in APART:
        assert len(set(found)) == 1, list(zip(group["same"], found, strict=True))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["kind"])
def test_different_answers_never_have_one_key(group: dict) -> None:
    found = classes([*group["same"], *group["other"]])
    here, there = found[: len(group["same"])], found[len(group["same"]) :]
    assert not set(here) & set(there)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["kind"])
def test_different_answers_stay_apart_through_their_replies(group: dict) -> None:
    texts = [*group["same"], *group["other"]]
    replies = [
        form.format(t) for t, form in zip(texts, itertools.cycle(REPLIES), strict=False)
    ]
    read = [extract_answer(reply) for reply in replies]
    found = classes([answer or "" for answer in read])
    here, there = found[: len(group["same"])], found[len(group["same"]) :]
    assert not (set(here) - {""}) & (set(there) - {""})


def test_at_most_a_few_equal_pairs_are_split() -> None:
    split = pairs = 0
    for group in GROUPS:
        found = classes([*group["same"], *group["other"]])[: len(group["same"])]
        both = list(itertools.combinations(found, 2))
        pairs += len(both)
        split += sum(a != b for a, b in both)
    assert split / pairs < 0.06


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mW", "5 MW"),
        ("CO", "Co"),
        ("Python 3.10", "Python 3.1"),
        ("v3.10", "v3.1"),
        ("0011", "11"),
        ("__init__", "init"),
        ("*.txt", ".txt"),
        ("5!", "5"),
        ("7%", "7"),
        ("20 °C", "20 °F"),
        ("$20", "20 €"),
        ("6.1e-18", "1.6e-19"),
        ("1011_2", "1011_3"),
        ("x = 3", "y = 3"),
        ("(3, 4)", "(4, 3)"),
        ("(2, 5)", "[2, 5)"),
        ("AB", "BA"),
        ("A and C", "A or C"),
        ("not C", "C"),
        ("at least 5", "5"),
        ("St. Louis", "St. Paul"),
        ("A. Einstein", "A. Fleming"),
        ("2n+N", "2N+n"),
        ("4 2", "42"),
        ("No", "None"),
        ("Yes, but only if x > 0", "Yes"),
        ("03/04/2024", "04/03/2024"),
        ("10-3", "7"),
        ("2^10", "1024"),
        ("config.yaml", "Config.yaml"),
        ("(1, 2) or (3, 4)", "(1, 2) and (3, 4)"),
        ("x > 0 or y > 0", "x > 0 and y > 0"),
        ("f(2) = 5", "f(3) = 5"),
        ("P(A) = 0.5", "P(B) = 0.5"),
        ("f'(x) = 2x", "f(x) = 2x"),
        ("(x, y) = (1, 2)", "(y, x) = (1, 2)"),
        ("x = y = 5", "x = z = 5"),
        (r"\sin x = 0.5", r"\cos x = 0.5"),
        ("2x + 3y = 6", "6"),
        ("-x = 5", "x = 5"),
        ("-x = 5", "5"),
        ("2x = 10", "10"),
        ("x^2 = 4", "4"),
        ("A: 1, B: 2", "A: 2, B: 1"),
        ("A: 1, B: 2", "A"),
        ("(A, B)", "(B, A)"),
        ("[A, B]", "[B, A]"),
        ("1, 0, 1", "0, 1, 1"),
        ("5×10", "50"),
        ("5×10", "10×5"),
        ("x_1 = 2, x_2 = 3", "x_1 = 3, x_2 = 2"),
        ("0.3...", "0.3"),
        ("5 J/(kg·K)", "5 J/kg·K"),
        ("5 Nm", "5 nm"),
        ("- seven", "7"),
        ("NO2", "No. 2"),
        ("1990s", "1990 s"),
        ("44 BC", "44"),
    ],
)
def test_what_is_not_the_same_stays_apart(one: str, other: str) -> None:
    assert len(set(classes([one, other]))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\sin x", r"\sin{x}"),
        (r"\sin x", "sin(x)"),
        (r"2\cos\theta", "2cos(θ)"),
        (r"2\cos\theta", "2cosθ"),
        (r"O(n\log n)", "O(n log n)"),
        ("πr^2", "r^2 π"),
        ("Na^+", "Na⁺"),
        ("5 J/(kg·K)", "5 J kg^-1 K^-1"),
        ("5 J/(kg K)", "5 joules per kilogram per kelvin"),
        ("5 Nm", "5 N·m"),
        ("$5 per hour", "$5/hour"),
        ("7 (seven)", "7"),
        ("7 days (seven)", "7 days"),
        ("2 + 3 = 5", "5"),
        ("m + n = 293", "293"),
        ("f(2) = 5", "5"),
        ("(x, y) = (1, 2)", "y = 2, x = 1"),
        ("(A, C)", "A and C"),
        ("x < 1 or x > 2", "(-∞, 1) ∪ (2, ∞)"),
        ("2 > x > 1", "1 < x < 2"),
        ("No. 5", "#5"),
    ],
)
def test_what_is_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert len(set(classes([one, other]))) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "5①",
        "(5①)",
        "1①12",
        "①/②",
        "$**",
        ".**",
        "x + " + "*".join(["10^400"] * 12),  # more digits than Python writes out
        "1/" + "9" * 390 + " or x",
        "((((((((((1, 2), 3), 4), 5), 6), 7), 8), 9), 10), 11)",
    ],
)
def test_no_answer_raises(answer: str) -> None:
    assert hash(answer_key(answer)) is not None


@pytest.mark.parametrize(
    "part",
    ["V", "IX, ", r"\begin{pmatrix}", "1, ", "(", "(1, ", "x = ", "A, ", "±", " or ", "√("],
)
def test_what_repeats_takes_time_in_proportion(part: str) -> None:
    """A pattern that tries everything would take longer than the test run may."""
    for end in ("", "!", "§"):
        answer_key(part * (390 // len(part)) + end)


@pytest.mark.parametrize(("symbol", "words"), WORDS.items())
def test_a_number_with_a_unit_is_one_in_words_and_symbol(symbol: str, words: str) -> None:
    keys = {answer_key(f"5 {name}") for name in (symbol, *words.split())}
    assert len(keys) == 1
    assert isinstance(keys.pop(), Marked)


def test_a_value_without_a_unit_joins_it_only_where_one_is_known() -> None:
    bare, days, hours = map(answer_key, ("7", "7 days", "7 hours"))
    assert isinstance(days, Marked)
    assert joined([bare, days]) == {bare: days, days: days}
    assert joined([bare, days, hours]) == {bare: bare, days: days, hours: hours}
    assert joined([bare]) == {bare: bare}


def test_a_number_is_its_exact_fraction() -> None:
    assert answer_key("0.1") == Fraction(1, 10)
    assert answer_key("0.333") != answer_key("1/3")
    assert answer_key("1e400") != answer_key("1e401")


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_a_fraction_is_one_however_it_is_written(over: int, under: int) -> None:
    forms = (
        f"{over}/{under}",
        rf"\frac{{{over}}}{{{under}}}",
        rf"$\dfrac{{{over}}}{{{under}}}$",
    )
    assert {answer_key(form) for form in forms} == {Fraction(over, under)}


@given(st.text(max_size=60))
def test_any_text_has_a_key_that_can_be_hashed(text: str) -> None:
    assert hash(answer_key(text)) == hash(answer_key(text))
    assert answer_key(text) == answer_key(text)


ANSWERS = [
    "7",
    "7 days",
    "7 hours",
    "x = 7",
    "y = 7",
    "8",
    "yes",
    "B",
    "B. Paris",
    "(A, B)",
]


@given(st.permutations([*ANSWERS, "AB", "(B, A)", "Paris", "5 m", "5"]), st.integers(0, 15))
def test_classes_do_not_hang_on_the_order(answers: list[str], count: int) -> None:
    chosen = answers[:count]
    known = joined(map(answer_key, chosen))
    again = joined(map(answer_key, sorted(chosen)))
    assert known == again


@given(st.lists(st.sampled_from(ANSWERS)))
def test_a_class_is_a_key_that_is_there(answers: list[str]) -> None:
    keys = [answer_key(answer) for answer in answers]
    assert set(joined(keys).values()) <= set(keys)
    assert joined(keys).keys() == set(keys)


def test_options_are_told_by_their_letters_where_one_is_a_letter_alone() -> None:
    letter, city, more = map(answer_key, ("B", "B. Paris", "B. Paris, France"))
    assert set(joined([letter, city, more]).values()) == {letter}
    assert len(set(classes(["A. Einstein", "A. Fleming"]))) == 2
