"""Cons@k is what the vote of the product would do."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from evals.explorers import leader, samples, simulated
from hypothesis import given
from hypothesis import strategies as st
from references.strategies import make

from a2r_graph.evals.metrics import (
    cons,
    cons_at,
    cons_curve,
    pass_1,
)
from a2r_graph.references import vote


def test_cons_at_k_by_hand() -> None:
    # Answers b a a c, a is right.
    answers = np.array([[1, 0, 0, 2]])
    right = np.array([[False, True, True, False]])
    # Singles: two of four.
    assert cons_at(answers, right, 1).tolist() == [0.5]
    # Pairs: ba -> b (a tie, b is first), ba -> b, bc -> b, aa -> a, ac -> a, ac -> a.
    assert cons_at(answers, right, 2).tolist() == [0.5]
    # Triples: baa -> a, bac -> b (all alike, b is first), bac -> b, aac -> a.
    assert cons_at(answers, right, 3).tolist() == [0.5]
    # All: a has two.
    assert cons_at(answers, right, 4).tolist() == [1.0]
    assert cons(answers, right).tolist() == [True]


def test_no_answer_abstains_and_none_at_all_is_wrong() -> None:
    answers = np.array([[-1, -1, 4], [-1, -1, -1]])
    right = answers == 4
    assert cons(answers, right).tolist() == [True, False]
    # Pairs of the first: none, right, right.
    assert cons_at(answers, right, 2) == pytest.approx([2 / 3, 0])


def test_the_verdict_on_a_majority_is_that_of_its_earliest_sample() -> None:
    # One code, two verdicts: "paris" was refused and "Paris" was not.
    answers = np.array([[0, 0, 0], [0, 0, 0]])
    right = np.array([[False, True, True], [True, False, False]])
    assert cons(answers, right).tolist() == [False, True]
    # Pairs: 01, 02, 12, the first of each.
    assert cons_at(answers, right, 2) == pytest.approx([1 / 3, 2 / 3])


@given(st.lists(st.sampled_from(["Paris", "paris", "Rome", "1", None]), min_size=1))
def test_cons_at_n_is_the_vote_of_the_product(answers: list[str | None]) -> None:
    voted = vote([make(i, answer=answer) for i, answer in enumerate(answers)])
    keys = sorted({a.casefold() for a in answers if a is not None})
    codes = [-1 if a is None else keys.index(a.casefold()) for a in answers]
    for code, key in enumerate(keys):
        found = cons(np.array([codes]), np.array([codes]) == code)
        assert found.tolist() == [(voted.majority or "").casefold() == key]


@given(samples())
def test_cons_at_k_is_the_share_of_all_subsets(drawn) -> None:
    answers, right = drawn
    n = answers.shape[1]
    for k in range(1, n + 1):
        subsets = list(combinations(range(n), k))
        expected = [
            sum(leader(a[list(s)], r[list(s)]) for s in subsets) / len(subsets)
            for a, r in zip(answers, right, strict=True)
        ]
        assert cons_at(answers, right, k) == pytest.approx(expected)


@given(samples(), st.integers(0, 2**32 - 1))
def test_cons_at_one_is_pass_1_and_at_n_is_cons_at_n(drawn, seed: int) -> None:
    answers, right = drawn
    curve = cons_curve(answers, right, seed=seed, subsets=2)
    assert curve[:, 0].tolist() == pass_1(right).tolist()
    assert curve[:, -1].tolist() == cons(answers, right).tolist()
    assert curve.min() >= 0
    assert curve.max() <= 1


@given(samples(), st.integers(0, 2**32 - 1), st.integers(1, 100))
def test_the_curve_is_cons_at_each_k(drawn, seed: int, subsets: int) -> None:
    answers, right = drawn
    curve = cons_curve(answers, right, seed=seed, subsets=subsets)
    for k, column in enumerate(curve.T, 1):
        one = cons_at(answers, right, k, seed=seed, subsets=subsets)
        assert one.tolist() == column.tolist()


@given(samples(), st.permutations(range(4)))
def test_the_names_of_the_answers_do_not_matter(drawn, names: list[int]) -> None:
    answers, right = drawn
    renamed = np.where(answers < 0, -1, np.array(names)[answers] * 1000)
    assert cons_curve(renamed, right).tolist() == cons_curve(answers, right).tolist()


@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter(drawn, rng) -> None:
    answers, right = drawn
    order = list(range(len(answers)))
    rng.shuffle(order)
    for subsets in (3, 1000):
        curve = cons_curve(answers, right, subsets=subsets)
        mixed = cons_curve(answers[order], right[order], subsets=subsets)
        assert mixed.tolist() == curve[order].tolist()


@pytest.mark.parametrize("subsets", [40, comb(11, 5)])
def test_of_two_answers_cons_at_odd_k_is_a_binomial_tail(subsets: int) -> None:
    p = 0.6
    answers, right = simulated(3000, 11, p, 1, seed=2)
    curve = cons_curve(answers, right, subsets=subsets)
    for k in range(1, 12, 2):
        tail = sum(comb(k, i) * p**i * (1 - p) ** (k - i) for i in range(k // 2 + 1, k + 1))
        values = curve[:, k - 1]
        error = values.std() / len(values) ** 0.5
        assert values.mean() == pytest.approx(tail, abs=3.5 * error), k


def test_random_subsets_come_close_to_all_of_them() -> None:
    answers, right = simulated(200, 14, 0.4, 3, seed=3)
    every = cons_curve(answers, right, subsets=comb(14, 7))
    some = cons_curve(answers, right, subsets=500)
    assert 0 < np.abs(every - some).max() < 5 * 0.5 / 500**0.5
    again = cons_curve(answers, right, subsets=500)
    assert again.tolist() == some.tolist()
    assert cons_curve(answers, right, seed=1, subsets=500).tolist() != some.tolist()


def test_questions_in_several_portions_are_counted_as_in_one(monkeypatch) -> None:
    answers, right = simulated(23, 6, 0.4, 3)
    whole = cons_curve(answers, right)
    monkeypatch.setattr("a2r_graph.evals.majority._CELLS", 200)
    assert cons_curve(answers, right).tolist() == whole.tolist()


def test_4096_samples_take_little_memory() -> None:
    import tracemalloc

    answers = np.random.default_rng(0).integers(-1, 4096, (2, 4096))
    right = answers % 7 == 0
    tracemalloc.start()
    curve = cons_curve(answers, right, subsets=20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert curve[:, 0].tolist() == pass_1(right).tolist()
    assert curve[:, -1].tolist() == [
        leader(*pair) for pair in zip(answers, right, strict=True)
    ]
    assert peak < 30 * 2**20


@st.composite
def spelled(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers of a few questions, their spellings, and verdicts by spelling."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 7)))
    rows = st.lists(st.integers(-1, 7), min_size=shape[1], max_size=shape[1])
    spellings = np.array([draw(rows) for _ in range(shape[0])])
    answers = np.where(spellings < 0, -1, spellings // draw(st.sampled_from([2, 4, 8])))
    right = np.isin(spellings, draw(st.lists(st.integers(0, 7))))
    return answers, spellings, right


def shown(answers, spellings, right) -> bool:
    """The rule by the product's own vote: the verdict of the spelling that it shows."""
    refs = [
        make(i, answer=None if s < 0 else f"{a} {s}")
        for i, (a, s) in enumerate(zip(answers, spellings, strict=True))
    ]
    majority = vote(refs, lambda answer: answer.split()[0]).majority
    said = [r["answer"] for r in refs]
    return majority is not None and bool(right[said.index(majority)])


@given(spelled())
def test_of_an_answer_in_several_spellings_the_one_that_the_vote_shows_decides(drawn):
    answers, spellings, right = drawn
    n = answers.shape[1]
    for k in range(1, n + 1):
        subsets = [list(s) for s in combinations(range(n), k)]
        expected = [
            sum(shown(a[s], p[s], r[s]) for s in subsets) / len(subsets)
            for a, p, r in zip(answers, spellings, right, strict=True)
        ]
        found = cons_at(answers, right, k, spellings)
        assert found == pytest.approx(expected)
    assert cons(answers, right, spellings).tolist() == (found > 0).tolist()


def test_spellings_do_not_matter_where_an_answer_has_one_verdict() -> None:
    answers, right = simulated(50, 8, 0.4, 3)
    spellings = answers * 3 + np.random.default_rng(0).integers(0, 3, answers.shape)
    plain = cons_curve(answers, right, subsets=100)
    assert cons_curve(answers, right, spellings, subsets=100).tolist() == plain.tolist()
    # Counted all the same, they would give the same.
    from a2r_graph.evals import majority

    everything = np.arange(8)[np.newaxis]
    codes, finer = majority.numbered(answers), majority.numbered(spellings)
    both = [majority.shares(codes, right, everything, [3, 8], one) for one in (None, finer)]
    assert both[0].tolist() == both[1].tolist()
