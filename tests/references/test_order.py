"""The order in the prompt hangs on the references alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from references.strategies import make, many, shuffled

from a2r_graph.references import arrange, collapse, support, vote
from a2r_graph.references.order import by_support

if TYPE_CHECKING:
    from a2r_graph.state import Reference

Order = Literal["support", "shuffle", "index"]
ORDERS: list[Order] = ["support", "shuffle", "index"]


def indices(
    refs: list[Reference],
    order: Order,
    seed: int | None = None,
    per_answer: int | None = None,
) -> list[int]:
    shown = arrange(refs, order=order, seed=seed, per_answer=per_answer)
    return [r["index"] for r in shown]


def example() -> list[Reference]:
    rows = [("p", "1"), ("q", "2"), ("r", "2"), ("r", "2"), ("s", None), ("s", None)]
    return collapse([make(i, t, a) for i, (t, a) in enumerate(rows)], 1.0)


def test_support_ranks_by_votes_then_by_cluster_then_by_index() -> None:
    assert indices(example(), "support") == [2, 1, 4, 0]
    assert indices(example(), "index") == [0, 1, 2, 4]


def test_a_shuffle_is_the_same_for_the_same_seed() -> None:
    refs = [make(i, str(i)) for i in range(20)]
    assert indices(refs, "shuffle", 7) == indices(refs, "shuffle", 7)
    assert indices(refs, "shuffle", 7) != indices(refs, "shuffle", 8)
    assert indices(refs, "shuffle") == indices(refs, "shuffle", 0)
    assert sorted(indices(refs, "shuffle")) == list(range(20))


def test_per_answer_keeps_the_best_supported_and_every_unread_answer() -> None:
    assert indices(example(), "index", per_answer=1) == [0, 2, 4]
    unread = [make(i, str(i)) for i in range(3)]
    assert indices(unread, "index", per_answer=1) == [0, 1, 2]


@pytest.mark.parametrize("order", ORDERS)
@given(refs=many(), per_answer=st.none() | st.integers(1, 3))
def test_the_order_of_arrival_does_not_matter(
    order: Order, refs: list[Reference], per_answer: int | None
) -> None:
    collapsed = collapse(vote(refs).references, 0.95)
    mixed = shuffled(collapsed)
    expected = indices(collapsed, order, 5, per_answer)
    assert indices(mixed, order, 5, per_answer) == expected


@given(many())
def test_representatives_are_shown_and_nothing_else(refs: list[Reference]) -> None:
    collapsed = collapse(vote(refs).references, 0.95)
    assert sorted(indices(collapsed, "support")) == list(support(collapsed))


@given(many())
def test_what_ranks_last_by_support_is_what_goes_first(refs: list[Reference]) -> None:
    collapsed = collapse(vote(refs).references, 0.95)
    shown = arrange(collapsed, order="support", seed=None, per_answer=None)
    assert by_support(shown, support(collapsed)) == shown
