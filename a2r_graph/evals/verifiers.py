"""Verifiers for questions of one's own: mathematics, or a function of the user's."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from a2r_graph.evals import formulas
from a2r_graph.evals.functions import load_function
from a2r_graph.references.answer import spelling
from a2r_graph.references.key import Marked, answer_key, joined

if TYPE_CHECKING:
    from a2r_graph.evals.task import Question, Verifier

_OF_WORDS = frozenset({"choice", "choices", "date", "colon", "range", "base", "chemical"})
_SYNTAX = frozenset({"set", "(", "[", ")", "]", "matrix", "det", "∞"})


@dataclass(frozen=True)
class MathVerifier:
    r"""Equal as the vote has it, or as mathematics (by `math-verify`).

    What `answer_key` knows as values, dates or the letters of options is right if it is
    one answer in a vote. Formulas are compared by `math-verify` besides, strictly: units,
    capitals, brackets and number bases count, and numbers are equal to the last digit,
    but for a decimal of six digits or more, which may be what an endless one rounds to.
    There is no time limit in it: `Checker` has one.

    Example:
        >>> from a2r_graph.evals import Question
        >>> MathVerifier()(r"\frac{1}{2}", Question("1", "3/6 = ?", "0.5"))
        1.0
        >>> MathVerifier()("(x + 1)^2", Question("2", "Expand it", "x^2 + 2x + 1"))
        1.0
        >>> MathVerifier()("7 %", Question("3", "How many?", "7"))
        0.0
    """

    rules: int = 2
    """Raised when other answers become right, so that old verdicts aren't taken."""
    answers_only: ClassVar[bool] = True
    """It isn't asked where no answer could be read."""

    def load(self) -> None:
        """Import math-verify, which takes half a second.

        Raises:
            ImportError: It isn't installed.
        """
        formulas.load()

    def __call__(self, answer: str, question: Question, /) -> float:
        """Return 1.0 if `answer` equals the question's, else 0.0."""
        # As GSM8K writes it, an explanation comes first.
        return float(same(answer, question.answer.rpartition("#### ")[2]))


def same(given: str, right: str) -> bool:
    r"""Return whether two answers are the same; where that is uncertain, they aren't.

    Example:
        >>> same("x = 5 or x = -5", r"x = \pm 5"), same("20 °F", "20 °C")
        (True, False)
    """
    keys = [answer_key(given), answer_key(right)]
    known = joined(keys)
    if known[keys[0]] == known[keys[1]]:
        return True
    a, b = (key.value if isinstance(key, Marked) else key for key in keys)
    if len({key.mark for key in keys if isinstance(key, Marked)}) > 1:
        return False  # two units
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return formulas.rounds_to(a, b) or formulas.rounds_to(b, a)
    if _is_plain(a) and _is_plain(b):
        return False
    texts = [_formula_of(text, key) for text, key in zip((given, right), keys, strict=True)]
    if not all(map(formulas.is_formula, texts)):
        return False
    decimals = [
        (other, key)
        for other, key in zip(reversed(texts), (a, b), strict=True)
        if isinstance(key, Fraction)
    ]
    return any(formulas.rounds_to(*pair) for pair in decimals) or formulas.equal(*texts)


def _is_plain(key: Hashable) -> bool:
    """Whether a key is known for what it is, so that another key is another answer."""
    if isinstance(key, Marked):
        return _is_plain(key.value)
    if isinstance(key, tuple) and key:
        return key[0] in _OF_WORDS or all(
            part in _SYNTAX or _is_plain(part) for part in key
        )
    return isinstance(key, Fraction)


def _formula_of(text: str, key: Hashable) -> str:
    """Return an answer's text without its dress, and without the unit that the key has."""
    bare = spelling(text) or ""
    has_unit = isinstance(key, Marked) and isinstance(key.mark, tuple)
    return formulas.without_unit(bare) if has_unit else bare


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
