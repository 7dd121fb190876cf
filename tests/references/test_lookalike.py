"""Texts that differ in what they say are never one; a noisy copy is."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from references.strategies import make

from a2r_graph.references import collapse

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = json.loads((Path(__file__).parent / "data/lookalikes.json").read_text("utf-8"))
SENTENCES = (Path(__file__).parent / "data/sentences.txt").read_text("utf-8").splitlines()


def are_one(one: str, other: str, threshold: float = 0.95) -> bool:
    collapsed = collapse([make(0, one), make(1, other)], threshold)
    return any(r["duplicate_of"] is not None for r in collapsed)


@pytest.mark.parametrize("threshold", [0.5, 0.95, 1.0])
@pytest.mark.parametrize("pair", PAIRS, ids=[pair["kind"] for pair in PAIRS])
def test_look_alikes_are_never_one(pair: dict[str, str], threshold: float) -> None:
    assert not are_one(pair["a"], pair["b"], threshold)
    assert not are_one(pair["b"], pair["a"], threshold)


SURE = [
    *("unit mass", "ml", "date", "not inserted", "yes/no", "code <=", "can\u2019t curly"),
    *("can't", "never", "and/or", "true", "case unit", "identifier", "quoted", "file"),
    *(
        "indentation in code",
        "case in code",
        "zh \u4e0d",
        "de nicht",
        "es no",
        "ru \u043d\u0435",
    ),
]


@pytest.mark.parametrize("kind", SURE)
def test_what_counts_counts_in_a_noisy_copy_too(kind: str) -> None:
    pair = next(pair for pair in PAIRS if pair["kind"] == kind)
    for seed in range(5):
        rng = random.Random(seed)  # noqa: S311
        text = prose(rng, 1_000)
        noisy = slipped(rng, text)
        assert are_one(f"{text}\n\n{pair['a']}\n", f"{noisy}\n\n{pair['a']}\n", 0.9)
        assert not are_one(f"{text}\n\n{pair['a']}\n", f"{noisy}\n\n{pair['b']}\n", 0.9)


def prose(rng: random.Random, size: int) -> str:
    text = ""
    while len(text) < size:
        text += rng.choice(SENTENCES) + " "
    return text[:size].rpartition(" ")[0]


def slipped(rng: random.Random, text: str, share: float = 0.025) -> str:
    """Return a text with letters of its prose changed, lost and doubled."""
    letters = list(text)
    small = [at for at, letter in enumerate(text) if letter.islower()]
    for at in rng.sample(small, max(1, round(len(text) * share))):
        letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
        letters[at] = rng.choice([letter, letter, "", letters[at] * 2])
    return "".join(letters)


def crossed(rng: random.Random, text: str) -> str:
    small = [at for at, letter in enumerate(text) if letter.islower()]
    hit = set(rng.sample(small, max(1, len(text) // 40)))
    return "".join("x" if at in hit else letter for at, letter in enumerate(text))


def respaced(rng: random.Random, text: str) -> str:
    return "".join(
        rng.choice("  \n\t") * rng.randint(1, 3) if c == " " else c for c in text
    )


def greeted(rng: random.Random, text: str) -> str:
    opening = ["Sure! ", "Certainly, here's the answer.\n\n", "Of course. ", "Hello! "]
    return rng.choice(opening) + text


def punctuated(rng: random.Random, text: str) -> str:
    return "".join(rng.choice([",", ";", " \u2013", ""]) if c == "," else c for c in text)


def shouted(rng: random.Random, text: str) -> str:
    return rng.choice([text.lower(), text.upper(), text.capitalize()])


@pytest.mark.parametrize(
    "noise", [slipped, crossed, respaced, greeted, punctuated, shouted]
)
def test_of_noisy_copies_at_least_19_of_20_are_found(
    noise: Callable[[random.Random, str], str],
) -> None:
    rng = random.Random(noise.__name__)  # noqa: S311
    tried = found = 0
    for size in (60, 120, 250, 500, 1_000, 2_000):
        for _ in range(50):
            text = prose(rng, size)
            found += are_one(text, noise(rng, text))
            tried += 1
    assert found >= 0.95 * tried


@pytest.mark.parametrize("size", [60, 400])
def test_a_changed_digit_is_never_noise(size: int) -> None:
    rng = random.Random(size)  # noqa: S311
    for _ in range(50):
        text = prose(rng, size) + " It was 1,250 of them."
        assert not are_one(text, slipped(rng, text).replace("1,250", "1,260"))


def test_equal_code_is_one_whatever_the_prose_around_it_looks_like() -> None:
    code = "```python\nfor x in xs:\n    print(X)\n```"
    one = f"Here the loop ends when the list is empty:\n\n{code}\n\nThat is all of it."
    other = one.replace("the loop ends", "the  loop\nends").replace("all of", "all  of")
    assert are_one(one, other)
    assert not are_one(one, other.replace("    print", "  print"))


@given(st.text(max_size=60), st.text(max_size=60))
def test_whether_two_texts_are_one_does_not_hang_on_which_comes_first(
    one: str, other: str
) -> None:
    assert are_one(one, other, 0.5) == are_one(other, one, 0.5)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "x",
            "a ",
            "\u4e0d\u662f",
            "'a ",
            '"a ',
            "`",
            "$a ",
            "(",
            "f(",
            "a=",
            "for in ",
            ";",
        ),
        *("\n  a", "\n```\n", "-", ". A", "a.b", "5 mg ", "\u2019"),
    ],
)
def test_a_megabyte_of_anything_is_compared_at_once(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    are_one(text, text[:500_000] + "z" + text[500_000:])
    assert time.process_time() - started < 10
