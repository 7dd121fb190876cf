"""The majorities of many subsets of the samples, counted at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.integer]

_CELLS = 2**18  # of counts at a time: 2 MiB, about what a core's cache holds


def numbered(answers: Codes) -> NDArray[np.intp]:
    """Number each question's answers from 1 up without gaps; 0 is none.

    Example:
        >>> numbered(np.array([[7, -1, 7, 3]]))
        array([[2, 0, 2, 1]])
    """
    order = np.argsort(answers, axis=1, kind="stable")
    ranked = np.take_along_axis(answers, order, axis=1)
    new = ranked >= 0
    new[:, 1:] &= ranked[:, 1:] != ranked[:, :-1]
    codes = np.empty(answers.shape, np.intp)
    np.put_along_axis(codes, order, np.cumsum(new, axis=1), axis=1)
    return codes


def shares(
    codes: NDArray[np.intp],
    right: Bools,
    orders: NDArray[np.intp],
    ks: Sequence[int],
    spellings: NDArray[np.intp] | None = None,
) -> Floats:
    """Return by question the share of `orders` whose first k have a right majority.

    On a tie the answer with the lowest index leads. Its verdict is that of its most
    frequent spelling in the subset, on a tie of the one with the lowest index.

    Example:
        >>> codes, right = np.array([[2, 1, 1]]), np.array([[False, True, True]])
        >>> shares(codes, right, np.array([[0, 1, 2], [2, 1, 0]]), [2, 3])
        array([[0.5, 1. ]])

    Args:
        codes: The answers as `numbered` has them.
        right: The verdicts.
        orders: A row of indices each, to take samples by.
        ks: How many to take; a column each in what is returned.
        spellings: The same answers with a code for each spelling, as `numbered` has
            them. None: the verdict is that of an answer's first sample in the subset.
    """
    # One number ranks an answer: its count in the high bits, in the low ones how early its
    # first sample stands. A vote only raises its answer's rank, so that the leader is the
    # highest rank there was.
    questions, samples = right.shape
    one = 1 << samples.bit_length()
    votes = np.where(codes > 0, one, 0)
    early = np.where(codes > 0, np.arange(samples, 0, -1), 0)
    verdicts = np.pad(right[:, ::-1], ((0, 0), (1, 0)))  # by `early`; 0: no answer
    by_early = np.pad(codes[:, ::-1], ((0, 0), (1, 0)))
    width = int((codes if spellings is None else spellings).max(initial=0)) + 1
    step = max(1, _CELLS // (len(orders) * width))
    wanted = {k: column for column, k in enumerate(ks)}
    found = np.empty((questions, len(ks)))
    for start in range(0, questions, step):
        some = slice(start, start + step)
        leader = np.zeros((len(right[some]), len(orders)), np.intp)
        ranks = np.zeros(leader.size * width, np.intp)
        if spellings is not None:
            finer, best = np.zeros_like(ranks), np.zeros_like(ranks)
        base = np.arange(0, ranks.size, width).reshape(leader.shape)
        for k, picked in enumerate(orders[:, : max(ks)].T, 1):
            cells = base + codes[some, picked]
            sample = early[some, picked], votes[some, picked], one
            np.maximum(leader, _raised(ranks, cells, *sample), out=leader)
            if spellings is not None:
                rank = _raised(finer, base + spellings[some, picked], *sample)
                best[cells] = np.maximum(best[cells], rank)
            if k in wanted:
                first = leader & (one - 1)
                if spellings is not None:
                    leading = np.take_along_axis(by_early[some], first, axis=1)
                    first = best[base + leading] & (one - 1)
                verdict = np.take_along_axis(verdicts[some], first, axis=1)
                found[some, wanted[k]] = verdict.mean(axis=1)
    return found


def _raised(
    ranks: NDArray[np.intp],
    cells: NDArray[np.intp],
    early: NDArray[np.intp],
    vote: NDArray[np.intp],
    one: int,
) -> NDArray[np.intp]:
    """Count a sample in each of `cells`, and return their ranks by now."""
    rank = ranks[cells]
    raised: NDArray[np.intp] = np.maximum(rank, (rank & -one) | early) + vote
    ranks[cells] = raised
    return raised


def mixed(codes: NDArray[np.intp], right: Bools) -> Bools:
    """Return by question whether an answer was found right and wrong, by its spelling.

    Example:
        >>> codes = np.array([[1, 1, 0], [1, 2, 0]])
        >>> mixed(codes, np.array([[True, False, False], [True, False, False]]))
        array([ True, False])
    """
    width = int(codes.max(initial=0)) + 1
    cells = np.arange(len(codes))[:, np.newaxis] * width + codes
    counted, good = (
        np.bincount(some.ravel(), minlength=len(codes) * width)
        for some in (cells, cells[right])
    )
    both = ((good > 0) & (good < counted)).reshape(-1, width)
    return np.asarray(both[:, 1:].any(axis=1))
