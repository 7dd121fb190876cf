"""Votes are counted, and none gets lost."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from hypothesis import given
from references.strategies import make, many, shuffled

from a2r_graph.references import vote

if TYPE_CHECKING:
    from a2r_graph.state import Reference


@given(many())
def test_votes_add_up_to_the_answers_of_the_successes(refs: list[Reference]) -> None:
    voted = vote(refs)
    counted = [r for r in refs if r["status"] == "ok" and r["answer"] is not None]
    assert sum(voted.votes.values()) == len(counted)
    assert len(voted.references) == len(refs)


@given(many())
def test_each_answer_finds_its_own_votes(refs: list[Reference]) -> None:
    voted = vote(refs)
    for r in voted.references:
        if r["status"] == "ok" and r["answer"] is not None:
            same = [
                o
                for o in refs
                if o["status"] == "ok"
                and (o["answer"] or "").casefold() == r["answer"].casefold()
            ]
            assert voted.votes[r["answer"]] == len(same)


@given(many())
def test_the_order_of_arrival_and_the_inputs_do_not_change(
    refs: list[Reference],
) -> None:
    before = copy.deepcopy(refs)
    voted = vote(refs)
    assert refs == before
    mixed = shuffled(refs)
    again = vote(mixed)
    assert again == voted
    assert list(again.votes) == list(voted.votes)


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


def test_failed_references_and_unread_answers_have_no_vote() -> None:
    voted = vote([make(0, answer="1", ok=False), make(1)])
    assert (voted.votes, voted.majority) == ({}, None)
