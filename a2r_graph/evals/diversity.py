"""How much the explorers of one question differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from a2r_graph.evals.results import Diversity
from a2r_graph.references.dedupe import normalised

# Comparing two texts costs a cell for each pair of their characters; a core does some
# 5 * 10**10 a second.
_CELLS = 25 * 10**10
_LONGEST = 20_000  # characters; of a longer text the first so many are compared
_MOST_PAIRS = 120  # all of 16 samples
_FEWEST_PAIRS = 8


def diversity(
    texts: Sequence[Sequence[str | None]],
    answers: Sequence[Sequence[int]] | NDArray[np.integer],
    *,
    seed: int = 0,
    at_most: int = 500,
) -> Diversity | None:
    """Return how much the samples of a question differ, on average over questions.

    Similarity is what `a2r_graph.references.collapse` tells near-duplicates by, whatever
    they say. It is taken on random questions and, where there are many or long samples,
    on random pairs of them, so that it takes seconds.

    Example:
        >>> same = diversity([["It is 4.", "It is 4."]], [[0, 0]])
        >>> same.similarity, same.effective_samples
        (1.0, 1.0)

    Args:
        texts: The samples' texts by question; `None` for one that failed. Only those of
            the chosen questions are read.
        answers: Codes of their final answers, as the metrics take them; -1: none.
        seed: Of the choice.
        at_most: Questions to look at. Those with fewer than two texts don't count.

    Returns:
        The means, or `None` where no question has two texts.
    """
    if len(texts) != len(answers):
        msg = f"texts is of {len(texts)} questions, answers of {len(answers)}"
        raise ValueError(msg)
    if at_most < 1:
        msg = f"at_most is {at_most}; at least 1"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    allowance = _CELLS // max(1, min(at_most, len(texts)))
    found: list[_Found] = []
    spent = 0
    for question in rng.permutation(len(texts)).tolist():
        if len(found) == at_most or spent > _CELLS:
            break
        cut = [text[:_LONGEST] for text in texts[question] if text is not None]
        if len(cut) > 1:
            distinct = len({int(code) for code in answers[question] if code >= 0})
            similarity, cells = _similarity(list(map(normalised, cut)), allowance, rng)
            found.append(_Found(distinct, similarity, _effective(len(cut), similarity)))
            spent += cells
    if not found:
        return None
    return Diversity(
        distinct_answers=fmean(each.distinct_answers for each in found),
        similarity=fmean(each.similarity for each in found),
        effective_samples=fmean(each.effective_samples for each in found),
        questions=len(found),
    )


class _Found(NamedTuple):
    distinct_answers: int
    similarity: float
    effective_samples: float


def _similarity(
    texts: list[str], allowance: int, rng: np.random.Generator
) -> tuple[float, int]:
    """Return the mean similarity of pairs, and the cells that it cost."""
    count = len(texts)
    length = sum(map(len, texts)) / count
    most = allowance / max(1.0, length * length)
    limit = int(min(_MOST_PAIRS, max(_FEWEST_PAIRS, most)))
    if count * (count - 1) // 2 <= limit:
        pairs = list(combinations(texts, 2))
    else:
        one = rng.integers(count, size=limit)
        other = (one + rng.integers(1, count, size=limit)) % count
        pairs = [(texts[i], texts[j]) for i, j in zip(one, other, strict=True)]
    left, right = zip(*pairs, strict=True)
    similar = cpdist(
        left, right, scorer=Indel.normalized_similarity, dtype=np.float64, workers=-1
    )
    return float(similar.mean()), sum(len(a) * len(b) for a, b in pairs)


def _effective(count: int, similarity: float) -> float:
    return count / (1 + (count - 1) * similarity)
