"""The budget is never exceeded, and it is used well and fairly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from references.strategies import make, many

from a2r_graph.references import Fitted, fit, render, render_one
from a2r_graph.references.share import fair_shares

if TYPE_CHECKING:
    from a2r_graph.state import Reference

Size = Callable[[str], int]


def merging(text: str) -> int:
    """Join neighbours as byte pair encoding does, dependent on where a run begins."""
    return sum((len(run) + 2) // 3 + (len(run) > 7) for run in re.findall(r"\w+|\W", text))


def superadditive(text: str) -> int:
    """Cost more together than apart."""
    return len(text) // 4 + (len(text) // 50) ** 2 // 40


TOKENIZERS: dict[str, Size] = {
    "quarters": lambda text: len(text) // 4,
    "words": lambda text: len(text.split()),
    "bytes": lambda text: len(text.encode("utf-8", "replace")),
    "merging": merging,
    "superadditive": superadditive,
    "crowded": lambda text: len(text) // 9 + 9 * text.count("</reference>") ** 2,
    "parity": lambda text: len(text) // 3 + 5 * (len(text) % 2),
}
TEXT = st.text(max_size=60) | st.builds(
    lambda unit, count: unit * count,
    st.sampled_from(["word ", "longerword", "\u05d0 ", "\U0001f600", "<reference", "\n"]),
    st.integers(0, 400),
)


class Counter:
    """An asynchronous counter that keeps what it was asked."""

    def __init__(self, size: Size = TOKENIZERS["quarters"]) -> None:
        self.size = size
        self.calls: list[list[str]] = []

    async def __call__(self, texts: Sequence[str]) -> list[int]:
        self.calls.append(list(texts))
        return [self.size(text) for text in texts]

    @property
    def asked(self) -> list[str]:
        return [text for call in self.calls for text in call]


def fitted(
    refs: Sequence[Reference],
    budget: int | None,
    count: Counter | None = None,
    supports: Mapping[int, int] | None = None,
) -> Fitted:
    return asyncio.run(fit(refs, supports or {}, budget, count or Counter()))


def shown(result: Fitted) -> list[int]:
    return [r["index"] for r in result.references]


@pytest.mark.parametrize("name", TOKENIZERS)
@given(refs=many(TEXT, 12), budget=st.integers(-5, 1500))
def test_the_budget_is_never_exceeded(
    name: str, refs: list[Reference], budget: int
) -> None:
    size = TOKENIZERS[name]
    result = fitted(refs, budget, Counter(size))
    assert size(result.block) == result.tokens <= max(budget, 0)
    assert sum(how["tokens"] for how in result.shown.values()) <= max(budget, 0)
    assert list(result.shown) == shown(result)


@given(refs=many(TEXT, 12), budget=st.none() | st.integers(0, 1500))
def test_the_block_is_made_of_the_texts_as_shown(
    refs: list[Reference], budget: int | None
) -> None:
    result = fitted(refs, budget, supports={0: 3})
    pieces = [
        render_one(place, 3 if r["index"] == 0 else 1, r["text"])
        for place, r in enumerate(result.references, 1)
    ]
    assert result.block == render(pieces)
    whole = {r["index"]: r["text"] for r in refs}
    for r in result.references:
        cut = result.shown[r["index"]]["cut"]
        assert cut == (r["text"] != whole[r["index"]])
        assert not cut or "[…]" in r["text"]
    assert fitted(refs, budget, supports={0: 3}) == result


@given(refs=many(TEXT, 12), budget=st.integers(30, 1500))
def test_the_prompt_order_is_kept_and_the_inputs_are_not_touched(
    refs: list[Reference], budget: int
) -> None:
    before = [dict(r) for r in refs]
    order = shown(fitted(refs, budget))
    assert order == sorted(order)
    assert [dict(r) for r in refs] == before


def test_without_a_budget_everything_is_whole() -> None:
    result = fitted([make(0, "a" * 9000), make(1, "b")], None)
    assert result.shown[0] == {"tokens": 2261, "cut": False}
    assert result.tokens == len(result.block) // 4


def test_short_ones_stay_whole_and_long_ones_are_cut_alike() -> None:
    texts = ["short", "long word " * 900, "longer word " * 1200]
    result = fitted([make(i, text) for i, text in enumerate(texts)], 1000)
    assert [how["cut"] for how in result.shown.values()] == [False, True, True]
    sizes = [how["tokens"] for how in result.shown.values()]
    assert abs(sizes[1] - sizes[2]) < 25
    assert result.references[1]["text"].startswith("long word")


@pytest.mark.parametrize("name", ["quarters", "words", "bytes", "merging"])
@pytest.mark.parametrize("budget", [900, 5000, 40_000])
def test_when_something_is_cut_the_budget_is_used_well(name: str, budget: int) -> None:
    text = "Some words of a text, with numbers 12 345 and more. " * 1500
    refs = [make(i, text[i:]) for i in range(8)]
    result = fitted(refs, budget, Counter(TOKENIZERS[name]))
    assert all(how["cut"] for how in result.shown.values())
    assert result.tokens >= 0.95 * budget


def test_the_least_supported_go_first() -> None:
    refs = [make(i, "word " * 400, a) for i, a in enumerate(["x", "y", "y", None, "z"])]
    result = fitted(refs, 240, supports={3: 5, 4: 2})
    assert shown(result) == [1, 3, 4]
    assert shown(fitted(refs, 160, supports={3: 5, 4: 2})) == [3, 4]
    assert shown(fitted(refs, 80, supports={3: 5, 4: 2})) == [3]


def test_of_equals_the_highest_index_goes_first() -> None:
    refs = [make(i, f"{i} " + "word " * 400) for i in (4, 1, 3, 0, 2)]
    assert shown(fitted(refs, 260)) == [1, 0, 2]


def test_ids_are_positions_among_those_shown() -> None:
    refs = [make(i, "word " * 400) for i in range(5)]
    result = fitted(refs, 260, supports={4: 9, 2: 8, 3: 7})
    assert shown(result) == [2, 3, 4]
    assert re.findall(r'id="(\d+)"', result.block) == ["1", "2", "3"]


@pytest.mark.parametrize("budget", [-1, 0, 1, 5, 10])
def test_a_tiny_budget_shows_nothing(budget: int) -> None:
    assert fitted([make(0, "word " * 400)], budget) == Fitted.none()


def test_a_text_too_long_for_a_useful_part_gives_way_to_a_short_one() -> None:
    assert shown(fitted([make(0, "word " * 400), make(1, "42")], 40)) == [1]


def test_nothing_to_show_needs_no_counting() -> None:
    count = Counter()
    assert fitted([], 100, count) == Fitted.none()
    assert fitted([make(0)], 0, count) == Fitted.none()
    assert count.calls == []


def test_no_text_is_counted_twice_and_calls_are_few() -> None:
    count = Counter()
    fitted([make(i, f"{i} " + "word " * (400 + i)) for i in range(50)], 6000, count)
    assert len(count.asked) == len(set(count.asked))
    assert len(count.calls) <= 12


def test_what_cannot_be_shown_is_not_counted() -> None:
    count = Counter()
    result = fitted([make(i, f"{i} " + "word " * 400) for i in range(4096)], 2000, count)
    assert len(shown(result)) > 10
    assert len(count.asked) < 400


@given(st.lists(st.integers(0, 500), max_size=10), st.integers(0, 3000))
def test_shares_are_fair(sizes: list[int], budget: int) -> None:
    shares = fair_shares(sizes, budget)
    assert sum(shares) <= budget
    cut = [share for size, share in zip(sizes, shares, strict=True) if share < size]
    assert len(set(cut)) <= 1
    assert all(share <= cut[0] for share in shares) if cut else shares == sizes
    assert not cut or budget - sum(shares) < len(sizes)
