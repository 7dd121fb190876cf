"""Votes are counted, and none gets lost."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from references.strategies import make, many, shuffled

from a2r_graph.references import Marked, classes, vote

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from a2r_graph.state import Reference


def days(answer: str) -> Hashable:
    """Return a key that knows values with units and without: "7 days", "7", "7 km"."""
    value, _, unit = answer.casefold().partition(" ")
    return Marked(value, unit) if unit else value


KEYS: list[Callable[[str], Hashable]] = [str, str.casefold, len, days, lambda _: None]
keys = st.sampled_from(KEYS)
spelled = st.lists(st.sampled_from(["7", "7 days", "7 Days", "7 km", "8", "8 km", None]))


def of(answers: list[str | None]) -> list[Reference]:
    """Return references with these answers."""
    return [make(index, answer=answer) for index, answer in enumerate(answers)]


@given(many(), keys)
def test_votes_add_up_to_the_answers_of_the_successes(refs: list[Reference], key) -> None:
    voted = vote(refs, key)
    counted = [r for r in refs if r["status"] == "ok" and r["answer"] is not None]
    assert sum(voted.votes.values()) == len(counted)
    assert len(voted.references) == len(refs)


@given(many(), keys)
def test_each_answer_finds_its_own_votes(refs: list[Reference], key) -> None:
    voted = vote(refs, key)
    class_of = classes(refs, key)
    for r in voted.references:
        if r["status"] == "ok" and r["answer"] is not None:
            own = class_of[r["answer"]]
            same = [
                o
                for o in refs
                if o["status"] == "ok" and o["answer"] and class_of[o["answer"]] == own
            ]
            assert voted.votes[r["answer"]] == len(same)


@given(many(), keys)
def test_the_order_of_arrival_and_the_inputs_do_not_change(
    refs: list[Reference], key
) -> None:
    before = copy.deepcopy(refs)
    voted = vote(refs, key)
    assert refs == before
    mixed = shuffled(refs)
    again = vote(mixed, key)
    assert again == voted
    assert list(again.votes) == list(voted.votes)
    assert [[*x.items()] for x in again.spellings.values()] == [
        [*x.items()] for x in voted.spellings.values()
    ]


@given(spelled, st.randoms(use_true_random=False), keys)
def test_which_answers_are_one_depends_on_which_there_are_and_on_nothing_else(
    answers: list[str | None], rng, key
) -> None:
    found = classes(of(answers), key)
    again = rng.sample(answers, len(answers)) + answers
    mixed = classes(of(again), key)
    for one in found:
        for other in found:
            assert (found[one] == found[other]) == (mixed[one] == mixed[other])


@given(spelled, keys)
def test_an_answer_has_one_class_and_no_two_classes_are_shown_alike(
    answers: list[str | None], key
) -> None:
    refs = of(answers)
    class_of, voted = classes(refs, key), vote(refs, key)
    assert len(voted.votes) == len(set(class_of.values()))
    for before, after in zip(refs, voted.references, strict=True):
        if before["answer"] is not None:
            assert class_of[before["answer"]] == class_of[after["answer"]]


@given(spelled, keys)
def test_spellings_are_told_of_the_answers_that_have_several(
    answers: list[str | None], key
) -> None:
    refs = of(answers)
    voted = vote(refs, key)
    for shown, counts in voted.spellings.items():
        assert len(counts) > 1
        assert shown == next(iter(counts))
        assert sum(counts.values()) == voted.votes[shown]
        assert counts == {spelling: answers.count(spelling) for spelling in counts}
        assert list(counts.values()) == sorted(counts.values(), reverse=True)
    told = sum(len(counts) - 1 for counts in voted.spellings.values())
    assert len(voted.votes) + told == len({*answers} - {None})


def test_the_most_frequent_answer_and_then_the_earliest_stands_first() -> None:
    answers = ["b", "a", "a", "c", "b", None]
    voted = vote([make(i, answer=a) for i, a in enumerate(answers)])
    assert list(voted.votes.items()) == [("b", 2), ("a", 2), ("c", 1)]
    assert voted.majority == "b"


def test_case_does_not_split_a_vote_and_the_usual_spelling_wins() -> None:
    refs = [make(i, answer=a) for i, a in enumerate(["paris", "Paris", "Paris", "PARIS"])]
    voted = vote(refs)
    assert voted.votes == {"Paris": 4}
    assert [r["answer"] for r in voted.references] == ["Paris"] * 4
    assert voted.spellings == {"Paris": {"Paris": 2, "paris": 1, "PARIS": 1}}


def test_of_two_spellings_as_frequent_the_earliest_is_shown() -> None:
    voted = vote(of(["1/2", "0.5", "0.5", "1/2", "2"]), lambda answer: answer in "1/2 0.5")
    assert voted.votes == {"1/2": 5}
    voted = vote(of(["1/2", "0.5", "0.5", "1/2"]), lambda _: "half")
    assert voted.votes == {"1/2": 4}


def test_a_value_without_a_unit_joins_the_only_unit_that_was_named() -> None:
    assert vote(of(["7", "7 days", "7", "8"]), days).votes == {"7": 3, "8": 1}
    assert vote(of(["7", "7 days", "7 km"]), days).votes == {"7": 1, "7 days": 1, "7 km": 1}


def test_a_key_is_asked_once_a_spelling() -> None:
    asked: list[str] = []
    vote(of(["7", "8", "7", None, "7"]), lambda answer: asked.append(answer) or answer)
    assert asked == ["7", "8"]


def test_proposed_tool_calls_are_compared_as_they_stand() -> None:
    calls = ['find({"q": "Paris"})', 'find({"q": "paris"})', 'find({"q": "paris"})']
    refs = [{**one, "tool_calls": [{"name": "find"}]} for one in of(calls)]
    words = [make(3, answer="Paris"), make(4, answer="paris")]
    voted = vote([*refs, *words], str.casefold)  # type: ignore[list-item]  # a call's name is enough
    assert voted.votes == {calls[1]: 2, "Paris": 2, calls[0]: 1}


def broken(answer: str) -> Hashable:
    """Fail on words."""
    return int(answer)


def unhashable(answer: str) -> Hashable:
    """Return what no dictionary takes."""
    return [answer]  # type: ignore[return-value]  # that's the point


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (broken, "answer_key: ValueError for the answer 'seven': invalid literal"),
        (unhashable, "answer_key: TypeError for the answer '7': .*unhashable"),
    ],
)
def test_a_key_that_fails_is_told_with_its_answer(key, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        vote(of(["7", "seven"]), key)


def test_a_long_answer_is_cut_in_an_error() -> None:
    with pytest.raises(ValueError, match="answer_key") as raised:
        vote(of(["x" * 10_000]), unhashable)
    assert len(str(raised.value)) < 200


def test_failed_references_and_unread_answers_have_no_vote() -> None:
    voted = vote([make(0, answer="1", ok=False), make(1)])
    assert (voted.votes, voted.majority, voted.spellings) == ({}, None, {})
