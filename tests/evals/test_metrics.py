"""Pass@1 and Pass@k are what they are called."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from evals.explorers import samples, simulated
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.evals.metrics import (
    cons,
    cons_at,
    cons_curve,
    pass_1,
    pass_at,
    rescued_broken,
)


def test_pass_at_k_by_hand() -> None:
    # Four samples, two of them right. Of the 6 pairs one, the wrong two, has none right;
    # of the 4 triples every one has.
    right = np.array([[True, False, False, True]])
    assert pass_1(right).tolist() == [0.5]
    assert pass_at(right, 1).tolist() == [0.5]
    assert pass_at(right, 2) == pytest.approx([5 / 6])
    assert pass_at(right, 3).tolist() == [1.0]
    assert pass_at(right, 4).tolist() == [1.0]


def test_rescued_and_broken_are_counted_by_question() -> None:
    a2r = np.array([True, True, False, False, True])
    majority = np.array([True, False, True, True, False])
    assert rescued_broken(a2r, majority) == (2, 2)
    assert rescued_broken(a2r, np.zeros(5, bool)) == (3, 0)
    assert rescued_broken(a2r, np.ones(5, bool)) == (0, 2)


@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter_to_pass_at_k(drawn, rng) -> None:
    _, right = drawn
    order = list(range(right.shape[1]))
    rng.shuffle(order)
    for k in range(1, right.shape[1] + 1):
        assert pass_at(right[:, order], k).tolist() == pass_at(right, k).tolist()


@given(samples())
def test_pass_at_k_is_the_share_of_all_subsets_with_a_right_one(drawn) -> None:
    _, right = drawn
    n = right.shape[1]
    for k in range(1, n + 1):
        subsets = [list(s) for s in combinations(range(n), k)]
        expected = [sum(row[s].any() for s in subsets) / len(subsets) for row in right]
        assert pass_at(right, k) == pytest.approx(expected)


@given(samples(), st.integers(1, 7))
def test_pass_at_k_grows_with_k_and_bounds_cons_at_k(drawn, k: int) -> None:
    answers, right = drawn
    k = min(k, right.shape[1])
    assert (pass_at(right, k) >= pass_at(right, max(1, k - 1)) - 1e-12).all()
    assert (cons_at(answers, right, k) <= pass_at(right, k) + 1e-12).all()
    assert (pass_at(right, k) >= pass_1(right) - 1e-12).all()


@pytest.mark.parametrize("k", [1, 2, 1000, 4000, 4095, 4096])
def test_pass_at_k_of_4096_samples_is_exact(k: int) -> None:
    n = 4096
    counts = [0, 1, 2, 96, 97, 2048, 4095, 4096]
    right = np.arange(n) < np.array(counts)[:, np.newaxis]
    found = pass_at(right, k)
    exact = [float(1 - Fraction(comb(n - c, k), comb(n, k))) for c in counts]
    assert found == pytest.approx(exact, rel=1e-11, abs=0)
    assert found[0] == 0
    assert found[-1] == 1
    assert found[counts.index(97)] == 1 or k < 4000


def test_the_estimates_are_unbiased_on_explorers_of_known_accuracy() -> None:
    p, wrong = 0.4, 3
    answers, right = simulated(6000, 8, p, wrong, seed=1)
    q = 1 - p
    truth = {
        # Three samples: all right, two right, or one right, first, and the wrong differ.
        "cons@3": p**3 + 3 * p**2 * q + p * q**2 * (1 - 1 / wrong),
        "pass@1": p,
        "pass@3": 1 - q**3,
        "pass@8": 1 - q**8,
    }
    found = {
        "cons@3": cons_at(answers, right, 3),
        "pass@1": pass_1(right),
        "pass@3": pass_at(right, 3),
        "pass@8": pass_at(right, 8),
    }
    for name, values in found.items():
        error = values.std() / len(values) ** 0.5
        assert values.mean() == pytest.approx(truth[name], abs=3.5 * error), name
        assert error < 0.007


def test_no_questions_give_no_values() -> None:
    answers, right = np.empty((0, 4), int), np.empty((0, 4), bool)
    assert cons_curve(answers, right).shape == (0, 4)
    assert [v.shape for v in (pass_1(right), pass_at(right, 2), cons(answers, right))] == [
        (0,),
        (0,),
        (0,),
    ]


def test_what_cannot_be_counted_is_refused_in_words() -> None:
    answers, right = np.array([[0, -1]]), np.array([[True, False]])
    with pytest.raises(ValueError, match="k is 3; with 2 samples it can be 1 to 2"):
        pass_at(right, 3)
    with pytest.raises(ValueError, match="k is 0"):
        cons_at(answers, right, 0)
    with pytest.raises(ValueError, match=r"answers\[0, 1\] is -1, no answer"):
        cons(answers, np.array([[True, True]]))
    with pytest.raises(ValueError, match=r"shape \(1, 2\), right of \(2, 2\)"):
        cons(answers, np.array([[True, False]] * 2))
    with pytest.raises(ValueError, match="right is float64 of shape"):
        pass_1(np.array([[0.5]]))
    with pytest.raises(ValueError, match=r"bool of shape \(3, 0\)"):
        pass_1(np.empty((3, 0), bool))
    with pytest.raises(ValueError, match="subsets is 0"):
        cons_curve(answers, right, subsets=0)
    with pytest.raises(ValueError, match=r"a2r is of shape \(1,\), cons of \(2,\)"):
        rescued_broken(np.ones(1, bool), np.ones(2, bool))
