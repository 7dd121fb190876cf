"""Texts that are one are collapsed; different answers never are."""

from __future__ import annotations

import random
import time
from operator import eq
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel
from references.strategies import BASE, make, many, shuffled

from a2r_graph.references import collapse, support, vote

if TYPE_CHECKING:
    from a2r_graph.state import Reference

THRESHOLDS = st.sampled_from([0.5, 0.9, 0.95, 1.0])


def duplicates(*texts: str, threshold: float = 0.95) -> list[int | None]:
    refs = [make(i, text) for i, text in enumerate(texts)]
    return [r["duplicate_of"] for r in collapse(refs, threshold)]


def words(seed: int, size: int, letters: str = "abcdefghij") -> str:
    rng = random.Random(seed)  # noqa: S311
    return " ".join("".join(rng.choices(letters, k=5)) for _ in range(size))


@given(many(), THRESHOLDS)
def test_a_duplicate_points_to_a_representative_of_the_same_answer(
    refs: list[Reference], threshold: float
) -> None:
    collapsed = collapse(vote(refs).references, threshold)
    by_index = {r["index"]: r for r in collapsed}
    for r in collapsed:
        if r["duplicate_of"] is None:
            continue
        original = by_index[r["duplicate_of"]]
        assert r["status"] == original["status"] == "ok"
        assert r["answer"] == original["answer"]
        assert original["duplicate_of"] is None


@given(many(), THRESHOLDS)
def test_no_reference_is_lost_from_the_clusters(
    refs: list[Reference], threshold: float
) -> None:
    sizes = support(collapse(refs, threshold))
    assert sum(sizes.values()) == sum(r["status"] == "ok" for r in refs)


@given(many(), THRESHOLDS)
def test_the_order_of_arrival_does_not_matter(
    refs: list[Reference], threshold: float
) -> None:
    mixed = shuffled(refs)
    assert collapse(mixed, threshold) == collapse(refs, threshold)


@given(many())
def test_what_is_collapsed_is_as_alike_as_asked(refs: list[Reference]) -> None:
    texts = {r["index"]: " ".join(r["text"].casefold().split()) for r in refs}
    for r in collapse(refs, 0.9):
        if r["duplicate_of"] is not None and texts[r["index"]].isascii():
            other = texts[r["duplicate_of"]]
            assert Indel.normalized_similarity(texts[r["index"]], other) >= 0.9


def test_equality_looks_past_case_and_space_but_not_past_exponents() -> None:
    assert duplicates("A  b\n", "a B", threshold=1.0) == [None, 0]
    assert duplicates("e\u0301", "\u00e9", threshold=1.0) == [None, 0]
    assert duplicates("5\u00b2", "52", threshold=1.0) == [None, None]


def test_near_texts_are_one_from_the_threshold_on() -> None:
    near = BASE.replace("quick", "quikc").replace("sleeps", "slepes")
    assert duplicates(BASE, near, threshold=0.99) == [None, None]
    assert duplicates(BASE, near, threshold=0.95) == [None, 0]
    assert duplicates(BASE, BASE + "!", threshold=1.0) == [None, None]


def test_the_most_frequent_of_like_texts_represents_them() -> None:
    assert duplicates(BASE, BASE + "!", BASE + "!") == [1, None, 1]
    assert duplicates(BASE, BASE + "!") == [None, 0]


@pytest.mark.parametrize("place", range(4))
def test_the_text_that_differs_least_from_the_others_represents_them(place: int) -> None:
    texts = [BASE.replace(word, word + "q") for word in ("quick", "jumps", "sleeps")]
    texts.insert(place, BASE)
    expected: list[int | None] = [place] * 4
    expected[place] = None
    assert duplicates(*texts) == expected


@given(st.permutations(range(6)))
def test_the_representative_does_not_hang_on_the_branches_order(order: list[int]) -> None:
    texts = [BASE.replace(word, word + "q") for word in ("quick", "jumps", "sleeps")]
    texts += [BASE, BASE, "another text"]
    found = duplicates(*(texts[at] for at in order))
    shown = {
        texts[at] for at, original in zip(order, found, strict=True) if original is None
    }
    assert shown == {BASE, "another text"}


def test_no_chain_of_small_differences_joins_two_texts() -> None:
    words_of = BASE.split()
    steps = [" ".join([w + "q" for w in words_of[:n]] + words_of[n:]) for n in range(16)]
    found = duplicates(*steps, threshold=0.98)
    for step, original in zip(steps, found, strict=True):
        if original is not None:
            assert Indel.normalized_similarity(step, steps[original]) >= 0.98
    assert found.count(None) > 2


def test_a_failed_reference_stays_as_it_is() -> None:
    refs = [make(0, "same"), make(1, "same", ok=False)]
    assert [r["duplicate_of"] for r in collapse(refs, 0.9)] == [None, None]
    assert support(collapse(refs, 0.9)) == {0: 1}


def test_an_unread_answer_is_not_the_same_as_a_read_one() -> None:
    refs = [
        make(0, "same"),
        make(1, "same", "1"),
        make(2, "same"),
        make(3, "same", "1"),
    ]
    assert [r["duplicate_of"] for r in collapse(refs, 0.9)] == [None, None, 0, 1]


@pytest.mark.parametrize("length", [30, 300, 1500])
@pytest.mark.parametrize("joint", [" ", ""])
def test_near_duplicates_are_found_among_hundreds(length: int, joint: str) -> None:
    rng = random.Random(3)  # noqa: S311
    texts = [words(seed, length).replace(" ", joint) for seed in range(150)]
    for place in range(150):
        text = list(texts[place])
        for at in rng.sample(range(len(text)), len(text) // 40):
            text[at] = "x" if text[at] != " " else " "
        texts.append("".join(text))
    found = duplicates(*texts)
    clusters = [at if original is None else original for at, original in enumerate(found)]
    assert len(set(clusters[:150])) == 150
    right = sum(map(eq, clusters[:150], clusters[150:]))
    assert right >= 149


def test_texts_made_to_look_alike_do_not_take_minutes() -> None:
    texts = [words(seed, 20_000, "ab") for seed in range(60)]
    started = time.process_time()
    duplicates(*texts)
    assert time.process_time() - started < 20


@given(st.text(st.characters(), max_size=20))
def test_any_text_can_be_collapsed(text: str) -> None:
    assert duplicates(text, text + "\ud800", text)[2] == 0
