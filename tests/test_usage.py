"""Tokens add up, and what is unknown stays unknown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.usage import NOTHING, UNKNOWN, add, by_role, tokens_of

FIGURES = ("input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens")
usages = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(FIGURES, st.none() | st.integers(0, 10**9))
        | dict.fromkeys(("calls", "retries"), st.integers(0, 99))
    )
)


@given(usages)
def test_a_sum_is_exact_or_unknown_and_never_a_part(several):
    total = add(several)
    for figure in FIGURES:
        told = [usage[figure] for usage in several]
        assert total[figure] == (None if None in told else sum(told))
    assert total["calls"] == sum(usage["calls"] for usage in several)
    assert total["retries"] == sum(usage["retries"] for usage in several)


@given(usages)
def test_the_order_of_adding_changes_nothing(several):
    assert add(several) == add(reversed(several))


def test_no_calls_add_up_to_nothing():
    assert add([]) == NOTHING


def test_a_reply_without_figures_is_unknown():
    assert tokens_of(None) == UNKNOWN
    assert tokens_of({}) == UNKNOWN


def test_details_that_the_server_leaves_out_are_unknown_not_zero():
    told = tokens_of({"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})
    assert told == {
        "input_tokens": 3,
        "output_tokens": 4,
        "reasoning_tokens": None,
        "cached_tokens": None,
    }


def test_details_that_are_zero_are_zero():
    told = tokens_of(
        {
            "input_tokens": 3,
            "output_tokens": 4,
            "total_tokens": 7,
            "input_token_details": {"cache_read": 0},
            "output_token_details": {"reasoning": 0},
        }
    )
    assert (told["reasoning_tokens"], told["cached_tokens"]) == (0, 0)


def test_the_total_is_both_roles_together():
    one = {**NOTHING, "input_tokens": 5, "calls": 1}
    roles = by_role([one, one], one)
    assert roles["explorer"]["input_tokens"] == 10
    assert roles["synthesizer"]["calls"] == 1
    assert (roles["total"]["input_tokens"], roles["total"]["calls"]) == (15, 3)
