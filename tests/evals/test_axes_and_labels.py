"""Axes hold what they are made for, and labels don't cover each other."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.evals.report.axis import amounts, counts, shares
from a2r_graph.evals.report.labels import Box, along, around, place

FRAME = Box(0, 0, 400, 300)
share = st.floats(0, 1)
amount = st.floats(1e-7, 1e9) | st.just(0.0)


def holds(axis, values):
    assert axis.ticks
    assert all(a < b for a, b in pairwise(axis.ticks))
    for value in [*values, *axis.ticks]:
        assert -1e-6 <= axis.at(value) <= 1 + 1e-6


@given(st.lists(share, max_size=9))
def test_an_axis_of_shares_holds_them_with_few_ticks_within_0_and_1(values):
    axis = shares(values)
    holds(axis, values)
    assert 0 <= axis.low < axis.high <= 1
    assert 2 <= len(axis.ticks) <= 8
    assert axis.high - axis.low >= 0.2 - 1e-9


@given(st.lists(amount, max_size=9))
def test_an_axis_of_amounts_holds_them_with_few_ticks(values):
    axis = amounts(values)
    holds(axis, values)
    assert 2 <= len(axis.ticks) <= 7


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9))
def test_an_axis_is_logarithmic_where_the_largest_is_over_20_times_the_smallest(values):
    assert amounts(values).log == (max(values) / min(values) > 20)


@given(st.integers(1, 5000))
def test_an_axis_of_counts_has_whole_numbers(most):
    axis = counts(most)
    holds(axis, range(1, most + 1, max(1, most // 20)))
    assert all(tick == int(tick) for tick in axis.ticks)
    assert len(axis.ticks) <= 10


@given(st.sets(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=12))
def test_labels_of_points_apart_cover_nothing_and_stay_within(spots):
    marks = [Box(60 * x, 50 * y, 14, 14) for x, y in spots]
    places = place([around(mark, 30, 15) for mark in marks], marks, FRAME)
    for one, other in combinations([*places, *marks], 2):
        assert one.shared(other) == pytest.approx(0)
    for box in places:
        assert box.shared(FRAME) == pytest.approx(box.width * box.height)


def test_labels_of_two_points_in_one_place_stand_on_either_side():
    marks = [Box(100, 100, 14, 14), Box(102, 100, 14, 14)]
    first, second = place([around(mark, 30, 15) for mark in marks], marks, FRAME)
    assert first.shared(second) == 0
    assert sum(box.shared(mark) for box in (first, second) for mark in marks) == 0


def test_the_label_of_a_line_moves_along_it_to_where_there_is_room():
    line, taken = Box(10, 100, 380, 4), Box(0, 60, 200, 100)
    (box,) = place([along(line, 60, 15)], [taken], FRAME)
    assert box.left >= 200
    assert box.shared(FRAME) == 60 * 15
