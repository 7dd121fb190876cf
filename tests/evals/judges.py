"""Verifiers, apart from tests: a process that judges imports this module alone."""

from __future__ import annotations

import time

from evals.sums import same

from a2r_graph.evals import Question


def raises(answer: str, question: Question) -> float:
    if question.id == "sum 2":
        msg = "no idea"
        raise KeyError(msg)
    return same(answer, question)


def hangs(answer: str, question: Question) -> float:
    time.sleep(1000 if question.id == "sum 2" else 0)
    return same(answer, question)


def raises_on_41(answer: str, question: Question) -> float:
    if answer == "41":
        msg = "no idea"
        raise KeyError(msg)
    return same(answer, question)


def fails(answer: str, question: Question) -> float:
    msg = f"{question.id} is beyond me"
    raise KeyError(msg)


def in_words(answer: str, question: Question) -> float:
    return float("forty-two" in answer)
