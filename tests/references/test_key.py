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
    replies = [form.format(t) for t, form in zip(texts, itertools.cycle(REPLIES), strict=False)]
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
    ],
)
def test_what_is_not_the_same_stays_apart(one: str, other: str) -> None:
    assert len(set(classes([one, other]))) == 2


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
    forms = (f"{over}/{under}", rf"\frac{{{over}}}{{{under}}}", rf"$\dfrac{{{over}}}{{{under}}}$")
    assert {answer_key(form) for form in forms} == {Fraction(over, under)}


@given(st.text(max_size=60))
def test_any_text_has_a_key_that_can_be_hashed(text: str) -> None:
    assert hash(answer_key(text)) == hash(answer_key(text))
    assert answer_key(text) == answer_key(text)


@given(st.lists(st.sampled_from(["7", "7 days", "x = 7", "7 m", "8", "yes", "B", "B. Paris"])))
def test_classes_do_not_hang_on_the_order(answers: list[str]) -> None:
    forth, back = classes(answers), classes(answers[::-1])[::-1]
    assert forth == back
