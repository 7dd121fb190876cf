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

from a2r_graph.references.answer import spelling

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
    return spelling(answer) or ""


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


@dataclass(frozen=True)
class FileVerifier:
    """A function in a Python file of the user's, loaded in each process by its path."""

    path: str
    function: str
    digest: str = ""
    """Of the file's text, which tells it from what stood there before."""

    def load(self) -> None:
        """Run the file."""
        _run(self.path)

    def __call__(self, answer: str, question: Question, /) -> float:
        """Return what the function returns."""
        score: float = getattr(_run(self.path), self.function)(answer, question)
        return score


@functools.cache
def _run(path: str) -> Any:  # noqa: ANN401  a module of the user's
    folder = str(Path(path).parent)
    if folder not in sys.path:
        sys.path.append(folder)  # it may import what lies beside it
    spec = importlib.util.spec_from_file_location(f"_verifier_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        msg = f"{path} is no Python file"
        raise ImportError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


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
    if not isinstance(given, str):
        return _checked(repr(given), given)
    where, colon, name = given.rpartition(":")
    if not colon or not where or not name.isidentifier():
        msg = (
            f"verifier: {given!r} is not allowed: 'package.module:function', "
            "'path/to/file.py:function' or a function"
        )
        raise ValueError(msg)
    try:
        if where.endswith(".py"):
            path = str(Path(where).resolve(strict=True))
            _checked(given, getattr(_run(path), name))
            text = Path(path).read_bytes()
            return FileVerifier(path, name, hashlib.sha256(text).hexdigest()[:16])
        if (here := str(Path.cwd())) not in sys.path:
            sys.path.append(here)  # a command's own path hasn't it
        function: Verifier = getattr(importlib.import_module(where), name)
    except ValueError:
        raise
    except Exception as error:
        msg = f"verifier: {given!r} can't be loaded: {type(error).__name__}: {error}"
        raise ValueError(msg) from error
    return _checked(given, function)


def _checked(name: str, function: Any) -> Verifier:  # noqa: ANN401  checked here
    try:
        inspect.signature(function).bind("answer", None)
    except TypeError as error:
        msg = f"verifier: {name} doesn't take (answer, question): {error}"
        raise ValueError(msg) from None
    except ValueError:
        pass  # a builtin that doesn't say what it takes
    verifier: Verifier = function
    return verifier
