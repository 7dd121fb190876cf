"""The report's reducer: a run starts clean, its parts add up."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.state import merge_report


def reference(index: int, text: str = "") -> dict:
    return {"index": index, "text": text}


def test_an_update_of_another_run_starts_a_new_report():
    old = {
        "run": "1",
        "references": [reference(0)],
        "votes": {"4": 1},
        "synthesis": "model",
    }
    assert merge_report(old, {"run": "2", "references": [reference(3)]}) == {
        "run": "2",
        "references": [reference(3)],
    }


def test_an_update_without_a_run_belongs_to_the_present_one():
    assert merge_report({"run": "1", "votes": {}}, {"majority": "4"}) == {
        "run": "1",
        "votes": {},
        "majority": "4",
    }


def test_nothing_merged_with_nothing_is_an_empty_report():
    assert merge_report(None, None) == {}
    assert merge_report({"run": "1"}, {}) == {"run": "1"}


def test_a_branch_that_ran_again_replaces_its_record():
    merged = merge_report(
        {"run": "1", "references": [reference(0, "old"), reference(1)]},
        {"run": "1", "references": [reference(0, "new")]},
    )
    assert merged["references"] == [reference(0, "new"), reference(1)]


@given(st.permutations(range(12)))
def test_references_stand_in_branch_order_whatever_the_order_of_arrival(order):
    report = None
    for index in order:
        report = merge_report(report, {"run": "1", "references": [reference(index)]})
    assert [r["index"] for r in report["references"]] == list(range(12))


@given(st.lists(st.integers(0, 9), max_size=9, unique=True), st.integers(0, 9))
def test_neither_side_of_a_merge_is_changed(indices, further):
    current = {"run": "1", "references": [reference(i) for i in sorted(indices)]}
    update = {"run": "1", "references": [reference(further, "new")]}
    before = copy.deepcopy((current, update))
    merge_report(current, update)
    assert (current, update) == before
