"""Pass@1, Pass@k and Cons@k of recorded samples, for each question.

Arrays have a row per question and a column per sample, by index. `answers` holds a code
for each final answer, by question: answers that `vote` counts as one share a code, and
-1 is no answer, which abstains. `right` holds the verdicts; no answer is never right.
`spellings` holds codes likewise, one for each spelling: where the verdict on an answer
hangs on its spelling, the one that the vote shows decides, its most frequent.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from a2r_graph.evals.majority import Bools, Codes, Floats, mixed, numbered, shares


def pass_1(right: Bools) -> Floats:
    """Return Pass@1: the share of each question's samples that are right.

    Example:
        >>> pass_1(np.array([[True, False, True, False]]))
        array([0.5])
    """
    _check(right)
    found: Floats = right.mean(axis=1)
    return found


def pass_at(right: Bools, k: int) -> Floats:
    """Return Pass@k: the chance that one of k samples is right.

    The unbiased estimator of Chen et al. 2021 (arXiv 2107.03374): the share of all
    subsets of k samples that hold a right one.

    Example:
        >>> pass_at(np.array([[True, False, False, False]]), 2)
        array([0.5])
    """
    _check(right, k)
    samples = right.shape[1]
    # Of c right ones, none is drawn with C(n-c, k) / C(n, k), which is the product over
    # i = n, n-1, ..., n-c+1 of 1 - k/i: exactly 0 from i = k on, and nothing overflows.
    left = np.arange(samples, 0, -1)
    missed = np.cumprod(1 - k / left)
    chance = np.concatenate([[0.0], 1 - missed])
    found: Floats = chance[right.sum(axis=1)]
    return found


def cons(answers: Codes, right: Bools, spellings: Codes | None = None) -> Bools:
    """Return Cons@N: whether the majority answer of all samples is right.

    As `a2r_graph.references.vote` has it: on a tie, the answer with the lowest index
    leads. Its verdict is that of its most frequent spelling, or without `spellings` of the
    first sample that gave it; no answer isn't right.

    Example:
        >>> right = np.array([[False, True, True, False], [False, True, False, True]])
        >>> cons(np.array([[0, 1, 1, -1], [0, 1, 0, 1]]), right)
        array([ True, False])
    """
    codes = _codes(answers, right)
    samples = right.shape[1]
    everything = np.arange(samples)[np.newaxis]
    return _shares(codes, right, everything, [samples], spellings)[:, 0] > 0


def cons_at(  # noqa: PLR0913  keyword-only options
    answers: Codes,
    right: Bools,
    k: int,
    spellings: Codes | None = None,
    *,
    seed: int = 0,
    subsets: int = 500,
) -> Floats:
    """Return Cons@k: the share of the subsets of k samples whose majority is right.

    Example:
        >>> cons_at(np.array([[0, 1, 1]]), np.array([[False, True, True]]), 2).round(3)
        array([0.333])

    Args:
        answers: Codes of the answers.
        right: The verdicts.
        k: Samples in a subset, 1 to N; at N this is `cons`, at 1 `pass_1`.
        spellings: Codes of the answers' spellings.
        seed: Of the subsets.
        subsets: All subsets are counted where there are at most so many (and at k = 1);
            else so many random ones, the same for all questions.
    """
    _check(right, k)
    return _cons(answers, right, [k], spellings, seed, subsets)[:, 0]


def cons_curve(
    answers: Codes,
    right: Bools,
    spellings: Codes | None = None,
    *,
    seed: int = 0,
    subsets: int = 500,
) -> Floats:
    """Return `cons_at` of every k from 1 to N, a column each, for the price of one.

    A random subset of k + 1 is one of k and a sample more.

    Example:
        >>> right = np.array([[False, True, True]])
        >>> cons_curve(np.array([[0, 1, 1]]), right).round(3)
        array([[0.667, 0.333, 1.   ]])
    """
    _check(right)
    ks = range(1, right.shape[1] + 1)
    return _cons(answers, right, ks, spellings, seed, subsets)


def rescued_broken(a2r: Bools, cons: Bools) -> tuple[int, int]:
    """Return how many questions A2R gets right and the majority wrong, and vice versa.

    Example:
        >>> a2r = np.array([True, True, False])
        >>> rescued_broken(a2r, np.array([False, False, True]))
        (2, 1)
    """
    if a2r.shape != cons.shape:
        msg = f"a2r is of shape {a2r.shape}, cons of {cons.shape}; both: one per question"
        raise ValueError(msg)
    return int((a2r & ~cons).sum()), int((cons & ~a2r).sum())


def _check(right: Bools, k: int = 1) -> None:
    if right.ndim != 2 or right.shape[1] < 1 or right.dtype != np.bool_:  # noqa: PLR2004  rows, columns
        msg = (
            f"right is {right.dtype} of shape {right.shape}; it must be bool with a row "
            "per question and a column per sample, one at least"
        )
        raise ValueError(msg)
    if not 1 <= k <= right.shape[1]:
        msg = f"k is {k}; with {right.shape[1]} samples it can be 1 to {right.shape[1]}"
        raise ValueError(msg)


def _codes(answers: Codes, right: Bools) -> NDArray[np.intp]:
    """Check the answers, and number them anew."""
    _check(right)
    if answers.shape != right.shape:
        msg = f"answers is of shape {answers.shape}, right of {right.shape}"
        raise ValueError(msg)
    if (wrong := np.argwhere(right & (answers < 0))).size:
        question, sample = wrong[0].tolist()
        msg = (
            f"right[{question}, {sample}] is True, but answers[{question}, {sample}] is "
            f"{answers[question, sample]}, no answer; that can't be right"
        )
        raise ValueError(msg)
    return numbered(answers)


def _shares(
    codes: NDArray[np.intp],
    right: Bools,
    orders: NDArray[np.intp],
    ks: Sequence[int],
    spellings: Codes | None,
) -> Floats:
    found = shares(codes, right, orders, ks)
    # Counting spellings too takes twice as long, and mostly they have one verdict.
    if spellings is not None and (rows := mixed(codes, right)).any():
        finer = numbered(spellings[rows])
        found[rows] = shares(codes[rows], right[rows], orders, ks, finer)
    return found


def _cons(  # noqa: PLR0913, PLR0917  of `cons_at` and `cons_curve`
    answers: Codes,
    right: Bools,
    ks: Sequence[int],
    spellings: Codes | None,
    seed: int,
    subsets: int,
) -> Floats:
    if subsets < 1:
        msg = f"subsets is {subsets}; at least 1"
        raise ValueError(msg)
    codes = _codes(answers, right)
    samples = right.shape[1]
    curve = np.empty((len(right), len(ks)))
    drawn: dict[int, int] = {}
    for column, k in enumerate(ks):
        if k == 1:
            curve[:, column] = pass_1(right)
        elif k == samples or (samples <= subsets and comb(samples, k) <= subsets):
            every = np.array(list(combinations(range(samples), k)))
            curve[:, [column]] = _shares(codes, right, every, [k], spellings)
        else:
            drawn[k] = column
    if drawn:
        numbers = np.tile(np.arange(samples), (subsets, 1))
        orders = np.random.default_rng(seed).permuted(numbers, axis=1)
        found = _shares(codes, right, orders, list(drawn), spellings)
        curve[:, list(drawn.values())] = found
    return curve
