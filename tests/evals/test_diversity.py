"""Explorers that say the same count as few."""

from __future__ import annotations

import random

import numpy as np
import pytest
from clock import PATIENCE
from hypothesis import given
from hypothesis import strategies as st
from references.strategies import make

from a2r_graph.evals import diversity as module
from a2r_graph.evals.diversity import diversity
from a2r_graph.references import collapse

WORDS = ["so", "we", "compute", "the", "sum", "and", "check", "that", "it", "is", "even"]


def prose(rng: random.Random, length: int) -> str:
    return " ".join(rng.choices(WORDS, k=length))[:length]


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  texts, no secrets


def test_the_same_text_from_all_counts_as_one_sample() -> None:
    found = diversity([["It is 4."] * 5], [[0] * 5])
    assert found is not None
    assert (found.distinct_answers, found.similarity, found.effective_samples) == (1, 1, 1)
    assert found.questions == 1


def test_texts_with_nothing_in_common_count_in_full() -> None:
    found = diversity([["aaa", "bbb", "ccc"]], [[0, 1, -1]])
    assert found is not None
    assert (found.distinct_answers, found.similarity, found.effective_samples) == (2, 0, 3)


def test_the_means_by_hand() -> None:
    # "abcd" and "abxy" share 2 of 4 letters: 2 * 2 / 8. So 2 / (1 + 0.5) samples. Of the
    # three texts of the other question two are the same: a third of the pairs.
    found = diversity([["abcd", "abxy"], ["aa", "aa", "zz"]], [[0, 1], [3, 3, -1]])
    assert found is not None
    assert found.distinct_answers == (2 + 1) / 2
    assert found.similarity == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert found.effective_samples == pytest.approx((2 / 1.5 + 3 / (1 + 2 / 3)) / 2)
    assert found.questions == 2


words = st.text("ab B", max_size=12) | st.text("z- ", max_size=5).map("wood{}work".format)


@given(words, words)
def test_similarity_is_what_near_duplicates_are_told_by(one: str, other: str) -> None:
    found = diversity([[one, other]], [[-1, -1]])
    assert found is not None
    references = [make(0, text=one), make(1, text=other)]
    say_the_same = collapse(references, 1e-6)[1]["duplicate_of"] == 0
    if found.similarity > 0 and say_the_same:
        below = collapse(references, found.similarity - 1e-6)
        assert below[1]["duplicate_of"] == 0
    if found.similarity < 1:
        above = collapse(references, found.similarity + 1e-6)
        assert above[1]["duplicate_of"] is None


@given(st.lists(st.lists(words, min_size=2, max_size=6), min_size=1, max_size=4))
def test_effective_samples_lie_between_one_and_all(texts: list[list[str]]) -> None:
    found = diversity(texts, [[0] * len(row) for row in texts])
    assert found is not None
    assert 0 <= found.similarity <= 1
    assert 1 <= found.effective_samples <= max(map(len, texts))
    assert found.questions == len(texts)


def test_failed_samples_are_left_out_and_lone_ones_have_no_diversity() -> None:
    texts = [[None, "abcd", None, "abxy"], [None, "alone"], []]
    answers = [[-1, 0, -1, 1], [-1, 0], []]
    found = diversity(texts, answers)
    assert found is not None
    assert (found.distinct_answers, found.similarity, found.questions) == (2, 0.5, 1)
    assert diversity([["alone"], []], [[0], []]) is None
    assert diversity([], []) is None


def test_only_so_many_questions_are_read_and_a_seed_chooses_them() -> None:
    rng = chance(1)
    texts = [[prose(rng, 60), prose(rng, 60)] for _ in range(60)]
    answers = np.zeros((60, 2), int)
    read: list[int] = []

    class Recorded(list):
        def __getitem__(self, index):
            read.append(index)
            return super().__getitem__(index)

    found = diversity(Recorded(texts), answers, at_most=9)
    assert found is not None
    assert (found.questions, len(set(read))) == (9, 9)
    assert diversity(texts, answers, at_most=9) == found
    assert diversity(texts, answers, at_most=9, seed=1) != found


def test_of_many_samples_random_pairs_stand_for_all() -> None:
    rng = chance(2)
    # Half of 200 samples say one thing, half another: 99 of 199 pairs are the same.
    row = [prose(rng, 5)] * 100 + ["###"] * 100
    texts = [chance(i).sample(row, 200) for i in range(100)]
    found = diversity(texts, [[0] * 200] * 100)
    assert found is not None
    assert found.similarity == pytest.approx(99 / 199, abs=4 * 0.5 / (100 * 120) ** 0.5)


def test_no_text_is_compared_with_itself() -> None:
    found = diversity([[chr(0x4E00 + i) for i in range(200)]] * 10, [[0] * 200] * 10)
    assert found is not None
    assert found.similarity == 0


def test_long_texts_are_compared_in_part_and_within_a_budget(monkeypatch) -> None:
    compared: list[tuple[int, int]] = []

    def cpdist(left, right, **_):
        compared.extend((len(a), len(b)) for a, b in zip(left, right, strict=True))
        return np.full(len(left), 0.5)

    monkeypatch.setattr(module, "cpdist", cpdist)
    texts = [["x" * 100_000] * 16] * 500
    found = diversity(texts, [[0] * 16] * 500)
    assert found is not None
    assert set(compared) == {(module._LONGEST, module._LONGEST)}
    assert len(compared) == found.questions * module._FEWEST_PAIRS
    assert found.questions > 50
    cells = sum(a * b for a, b in compared)
    assert cells <= module._CELLS * 1.02


@pytest.mark.slow
def test_ten_thousand_questions_of_long_samples_take_seconds() -> None:
    import time

    rng = chance(3)
    pool = [prose(rng, 2000) for _ in range(40)]
    texts = [rng.sample(pool, 16) for _ in range(10_000)]
    start = time.perf_counter()
    found = diversity(texts, np.zeros((10_000, 16), int), at_most=50)
    assert found is not None
    assert found.questions == 50
    assert 0.4 < found.similarity < 0.9
    assert time.perf_counter() - start < PATIENCE


def test_what_does_not_fit_together_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="texts is of 1 questions, answers of 2"):
        diversity([["a", "b"]], [[0, 0], [0, 0]])
    with pytest.raises(ValueError, match="at_most is 0"):
        diversity([["a", "b"]], [[0, 0]], at_most=0)
