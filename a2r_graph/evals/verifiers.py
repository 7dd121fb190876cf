"""Verifiers for questions of one's own: mathematics, or a function of the user's."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import inspect
import logging
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2r_graph.references import normalise_answer

if TYPE_CHECKING:
    from a2r_graph.evals.task import Question, Verifier

_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FUNCTIONS = {
    *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan"),
    *("log", "ln", "exp", "sqrt", "pi", "min", "max", "gcd", "lcm", "mod"),
}
_NO_FORMULA = re.compile(
    r"[#&?;~@\"'`]|^=|=$"  # a parser would read up to there
    r"|\d\s+\d"  # two numbers
    r"|\d:\d|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}"  # a time, a date
)
_EXPONENT = re.compile(r"(?<=\d)[eE]([-+]?\d{1,3})(?![\w.])")
_WHOLE = re.compile(r"-?\d+")
_POWER = re.compile(r"\*\*\s*(\([^()]*\)|-?[\w.]+)")
_LONGEST = 2000  # characters of a formula; sympy takes minutes over more


@dataclass(frozen=True)
class MathVerifier:
    r"""Equal as text, as a number, or as mathematics (by `math-verify`).

    Text is compared in its normal form (`normalise_answer`), whatever its case. Only what
    holds no words is read as mathematics, where decimals count to six places; there is
    no time limit in it: `Checker` has one.

    Example:
        >>> from a2r_graph.evals import Question
        >>> MathVerifier()(r"\frac{1}{2}", Question("1", "3/6 = ?", "0.5"))
        1.0
        >>> MathVerifier()("blue 3", Question("2", "Which bus?", "red 3"))
        0.0
    """

    def load(self) -> None:
        """Import math-verify, which takes half a second.

        Raises:
            ImportError: It isn't installed.
        """
        _math_verify()

    def __call__(self, answer: str, question: Question, /) -> float:
        """Return 1.0 if `answer` equals the question's, else 0.0."""
        # As GSM8K writes it, an explanation comes first.
        given, right = _normal(answer), _normal(question.answer.rpartition("#### ")[2])
        if given.casefold() == right.casefold():
            return 1.0
        if not _is_formula(given) or not _is_formula(right):
            return 0.0
        if _WHOLE.fullmatch(given) and _WHOLE.fullmatch(right):
            return 0.0  # two whole numbers, spelled in their one way
        return float(_equal(_latex(right), _latex(given)))


def _normal(answer: str) -> str:
    # "5!" is a factorial.
    return normalise_answer(answer, punctuation=".,;") or ""


def _is_formula(text: str) -> bool:
    """Whether `text` can be read as mathematics, all of it: "red 3" isn't 3."""
    if not text or len(text) > _LONGEST or _NO_FORMULA.search(text):
        return False
    bare = _COMMAND.sub(" ", _EXPONENT.sub("", text))
    return all(word in _FUNCTIONS for word in _WORD.findall(bare))


def _latex(text: str) -> str:
    text = _EXPONENT.sub(r"*10^{\1}", text)
    return "$" + _POWER.sub(r"^{\1}", text).replace("*", r" \cdot ") + "$"


def _equal(right: str, given: str) -> bool:
    parse, verify = _math_verify()
    # Its own limits are signals, which work in a main thread alone.
    gold = parse(right, parsing_timeout=None)
    return bool(verify(gold, parse(given, parsing_timeout=None), timeout_seconds=None))


@functools.cache
def _math_verify() -> tuple[Any, Any]:
    try:
        module = importlib.import_module("math_verify")
    except ImportError:
        msg = 'verify: math-verify is not installed: pip install "a2r-graph[evals]"'
        raise ImportError(msg) from None
    # It warns of the limits that it isn't given.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    return module.parse, module.verify


def load_verifier(given: str | Verifier) -> Verifier:
    """Return the verifier that `package.module:function` or `file.py:function` names.

    Args:
        given: Such a name, or a function, which is returned as it is.

    Raises:
        ValueError: There is none, it can't be imported, or it doesn't take an answer and
            a question; says which.

    Example:
        >>> load_verifier("operator:eq").__name__
        'eq'
    """
    return load_function("verifier", given, ["answer", "question"])
