"""Samples of explorers, drawn by hypothesis or simulated."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st


@st.composite
def samples(draw: st.DrawFn, most: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Codes and verdicts of a few questions; the verdict goes by answer."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, most)))
    rows = st.lists(st.integers(-1, 3), min_size=shape[1], max_size=shape[1])
    codes = [draw(rows) for _ in range(shape[0])]
    answers = np.array(codes)
    return answers, answers == draw(st.integers(0, 3))


def leader(answers, right) -> bool:
    """The rule in plain Python: the verdict of the most frequent answer, on ties the
    earliest one's.
    """
    given = [a for a in answers if a >= 0]
    if not given:
        return False
    best = max(given.count(a) for a in given)
    first = next(a for a in given if given.count(a) == best)
    return bool(right[list(answers).index(first)])


def simulated(questions, n, p, wrong, seed=0) -> tuple[np.ndarray, np.ndarray]:
    """Explorers that give answer 0, the right one, with probability p, else one of
    `wrong` others, each as often.
    """
    rng = np.random.default_rng(seed)
    other = rng.integers(1, wrong + 1, (questions, n))
    answers = np.where(rng.random((questions, n)) < p, 0, other)
    return answers, answers == 0
