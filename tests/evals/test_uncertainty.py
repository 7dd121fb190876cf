"""Intervals cover the truth as often as they say, and p-values are McNemar's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from a2r_graph.evals.metrics import cons, pass_1, pass_at
from a2r_graph.evals.uncertainty import interval, paired


def verdicts(right: int, of: int) -> np.ndarray:
    return np.arange(of) < right


@pytest.mark.parametrize(
    ("right", "of"), [(4, 5), (1, 30), (17, 30), (29, 30), (300, 1000)]
)
def test_for_shares_it_is_the_interval_of_jeffreys(right: int, of: int) -> None:
    found = interval(verdicts(right, of), resamples=200_000)
    exact = stats.beta.ppf([0.025, 0.975], right + 0.5, of - right + 0.5)
    assert found.value == right / of
    assert [found.low, found.high] == pytest.approx(exact.tolist(), abs=0.003)


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_on_hundreds_of_questions_it_is_the_bootstrap_of_scipy(method: str) -> None:
    rng = np.random.default_rng(5)
    values = rng.binomial(8, rng.beta(1, 2, 600)) / 8
    theirs = stats.bootstrap((values,), np.mean, method=method, rng=rng).confidence_interval
    found = interval(values)
    width = theirs.high - theirs.low
    assert found.low == pytest.approx(theirs.low, abs=0.05 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.05 * width)


def test_the_paired_interval_is_the_bootstrap_of_scipy_too() -> None:
    rng = np.random.default_rng(6)
    first, second = rng.random((2, 800)) < [[0.6], [0.5]]
    theirs = stats.bootstrap(
        (first.astype(float), second.astype(float)),
        lambda a, b, axis: (a - b).mean(axis=axis),
        paired=True,
        rng=rng,
    ).confidence_interval
    gain = paired(first, second).gain
    assert gain.value == pytest.approx(first.mean() - second.mean())
    assert [gain.low, gain.high] == pytest.approx([theirs.low, theirs.high], abs=0.005)


def test_all_right_or_all_wrong_still_has_a_width() -> None:
    five = interval(verdicts(5, 5))
    assert (five.value, five.high) == (1.0, 1.0)
    assert five.low == pytest.approx(stats.beta.ppf(0.025, 5.5, 0.5), abs=0.01)
    none = interval(verdicts(0, 5))
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(1 - five.low, abs=0.02)
    alike = interval(np.full(5, 0.5))
    assert alike.low < 0.45
    assert alike.high > 0.55
    many = interval(verdicts(1000, 1000))
    assert 0.996 < many.low < 0.999


def test_two_that_never_differ_have_no_gain_and_a_p_value_of_one() -> None:
    both = paired(verdicts(3, 5), verdicts(3, 5))
    assert (both.gain.value, both.p_value) == (0.0, 1.0)
    assert -0.5 < both.gain.low < -0.1
    assert 0.1 < both.gain.high < 0.5


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9))
def test_the_p_value_is_that_of_the_binomial_test(gained, lost, alike) -> None:
    first = np.repeat([True, False, True], [gained, lost, alike])
    second = np.repeat([False, True, True], [gained, lost, alike])
    if gained + lost + alike:
        p_value = paired(first, second, resamples=10).p_value
        exact = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
        assert p_value == pytest.approx(exact)


def test_the_p_value_by_hand() -> None:
    # Five differ, all one way: 2 * (1/2)^5.
    assert paired(verdicts(5, 9), verdicts(0, 9)).p_value == 0.0625
    # One against four: 2 * (1 + 5) / 2^5.
    first, second = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]], bool)
    assert paired(first, second).p_value == 0.375


def test_the_p_value_of_ten_thousand_differences_is_exact() -> None:
    p_value = paired(verdicts(5150, 10_000), ~verdicts(5150, 10_000)).p_value
    assert p_value == pytest.approx(stats.binomtest(5150, 10_000).pvalue)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.randoms())
def test_it_holds_the_mean_within_the_bounds_in_any_order(values, rng) -> None:
    found = interval(np.array(values), resamples=200)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value == pytest.approx(sum(values) / len(values))
    rng.shuffle(values)
    assert interval(np.array(values), resamples=200) == found


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_turned_round_the_gain_is_its_negative(pairs) -> None:
    first, second = np.array(pairs).T
    one, other = (paired(*p, resamples=4000) for p in ((first, second), (second, first)))
    assert one.p_value == other.p_value
    assert one.gain.value == -other.gain.value
    assert -1 <= one.gain.low <= one.gain.value <= one.gain.high <= 1
    assert one.gain.low == pytest.approx(-other.gain.high, abs=0.1)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random(50)
    assert interval(values) == interval(values)
    assert interval(values) != interval(values, seed=1)


def test_ten_thousand_distinct_values_are_drawn_in_portions() -> None:
    values = np.random.default_rng(0).random(10_000)
    found = interval(values, resamples=1000)
    error = 1.96 * values.std() / 100
    assert found.low == pytest.approx(found.value - error, abs=0.1 * error)
    assert found.high == pytest.approx(found.value + error, abs=0.1 * error)


@pytest.mark.parametrize("questions", [5, 30, 100])
@pytest.mark.parametrize("metric", ["pass@1", "pass@4", "cons@5", "gain"])
def test_it_covers_the_truth_of_known_explorers_as_often_as_it_says(
    metric: str, questions: int
) -> None:
    # Each question is easy or hard, as often: p = 0.9 or 0.3, and one wrong answer, so
    # that Cons@5 is a binomial tail.
    p = np.array([0.9, 0.3])
    majority = stats.binom.sf(2, 5, p).mean()
    truth = {
        "pass@1": p.mean(),
        "pass@4": (1 - (1 - p) ** 4).mean(),
        "cons@5": majority,
        "gain": 0.7 - majority,  # a synthesizer that is right on 70 % of all questions
    }[metric]
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(600):
        right = rng.random((questions, 5)) < rng.choice(p, (questions, 1))
        vote = cons(np.where(right, 0, 1), right)
        if metric == "gain":
            found = paired(rng.random(questions) < 0.7, vote, resamples=999).gain
        else:
            values = {"pass@1": pass_1(right), "pass@4": pass_at(right, 4), "cons@5": vote}
            found = interval(values[metric], resamples=999)
        covered.append(found.low <= truth <= found.high)
    # Three standard errors are 0.027 of 600; few questions leave few different means.
    assert 0.92 < np.mean(covered) <= (1.0 if questions == 5 else 0.98)


def test_what_has_no_mean_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no mean without questions"):
        interval(np.array([]))
    with pytest.raises(ValueError, match=r"values holds nan; .* each must be 0.0 to 1.0"):
        interval(np.array([0.5, np.nan]))
    with pytest.raises(ValueError, match=r"holds 1.5"):
        interval(np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match=r"shape \(2,\), second bool of \(3,\)"):
        paired(np.ones(2, bool), np.ones(3, bool))
    with pytest.raises(ValueError, match="first is float64"):
        paired(np.ones(2), np.ones(2, bool))
    with pytest.raises(ValueError, match="no mean without questions"):
        paired(np.ones(0, bool), np.ones(0, bool))
