r"""Whether two formulas are equal, by what math-verify stands on, and strictly.

Its own `parse` and `verify` take too much for equal: letters whatever their case, two
values closer than 1e-6, numbers in two bases, and more in the one order of their arguments
than in the other. So nothing is looked for in prose here; two numbers are compared by their
digits, whatever their size; and of all else `verify` has to say so in both orders.
"""

from __future__ import annotations

import functools
import importlib
import logging
import re
from fractions import Fraction
from typing import Any, NamedTuple

from a2r_graph.extras import install
from a2r_graph.references.key.glyphs import plain_glyphs

_LONGEST = 2000  # characters of a formula; sympy takes minutes over more
_SHORTEST = 6  # digits of a decimal that may stand for a number that rounds to it
_PLACES = 400  # of a decimal
_FIGURES = 25  # that two numbers have in common if they are equal
_COMMAND = re.compile(r"\\(?:begin|end)\{[a-z]{1,20}\}|\\[A-Za-z]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FUNCTIONS = (
    *("arcsin", "arccos", "arctan", "sin", "cos", "tan", "cot", "sec", "csc"),
    *("log", "ln", "exp", "sqrt", "pi", "min", "max", "gcd", "lcm"),
)
_BARE = re.compile(rf"(?<![A-Za-z\\])(?:{'|'.join(_FUNCTIONS)})(?![A-Za-z])")
_BINOMIAL = re.compile(r"\\[dt]?binom\s*+(\w)\s*+(\w)")
_ROOT = re.compile(r"\\sqrt\s*+\(([^()]*+)\)")
_NO_FORMULA = re.compile(
    r"[#?@\"'`]|^=|=$"  # a parser would read up to there
    r"|\d_"  # a number's base
    r"|\d\s+\d"  # two numbers
    r"|\d:\d|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}"  # a time, a date
)
_MARK = re.compile(r"\\?%|°|\^\{?\\circ\}?|\\\$|[€£¥₹]")
_UNIT = re.compile(
    r"(?:\\[,;: ]|[~\s]++)*(?:\\(?:text|mathrm|mbox)\s*+\{[^{}]*+\}|[A-Za-z°µΩ€$][\w/°·]*+)"
    r"(?:\^\{?-?\d\}?)?$"
)
_GLYPHS = str.maketrans(
    {
        "√": r"\sqrt ",
        "π": r"\pi ",
        "θ": r"\theta ",
        "∞": r"\infty ",
        "±": r"\pm ",
        "≤": r"\le ",
        "≥": r"\ge ",
        "≠": r"\ne ",
        "∈": r"\in ",
        "\N{UNION}": r"\cup ",
    }
)
_EXPONENT = re.compile(r"(?<=\d)[eE]([-+]?\d{1,3})(?![\w.])")
_POWER = re.compile(r"\*\*\s*+(\([^()]*+\)|-?[\w.]+)")


def is_formula(text: str) -> bool:
    """Whether a text can be read as mathematics, all of it: "red 3" isn't 3.

    Example:
        >>> is_formula("x^2 + sin(x)"), is_formula("red 3")
        (True, False)
    """
    if not text or len(text) > _LONGEST or _NO_FORMULA.search(text):
        return False
    bare = _COMMAND.sub(" ", _EXPONENT.sub("", plain_glyphs(text)))
    return all(word in _FUNCTIONS for word in _WORD.findall(bare))


def equal(one: str, other: str) -> bool:
    r"""Return whether two formulas are; may take for ever.

    Example:
        >>> equal(r"\sqrt{12}", r"2\sqrt{3}"), equal("2n + N", "2N + n")
        (True, False)
    """
    if _marks(one) != _marks(other):
        return False
    a, b = _parsed(one, other), _parsed(other, one)
    if a is None or b is None or _differ_in_kind(a, b) or _differ_in_case(a, b):
        return False
    if getattr(a, "is_number", False) and getattr(b, "is_number", False):
        return _same_number(a, b)
    verify = _libraries().verify
    # Its own limits are signals, which work in a main thread alone.
    options: dict[str, Any] = {"numeric_precision": 50, "timeout_seconds": None}
    options["allow_set_relation_comp"] = True
    return bool(verify(a, b, **options) and verify(b, a, **options))


def rounds_to(exact: Fraction | str, decimal: Fraction) -> bool:
    r"""Return whether a number, rounded to the digits of a decimal, is that decimal.

    Args:
        exact: A number, or a formula of one. One that a decimal can tell doesn't round.
        decimal: Six significant digits at least; a shorter one stands for itself alone.

    Example:
        >>> third = Fraction(1, 3)
        >>> rounds_to(third, Fraction("0.333333")), rounds_to(third, Fraction("0.333"))
        (True, False)
        >>> rounds_to(r"\sqrt{2}", Fraction("1.41421"))
        True
    """
    places = _places(decimal)
    if not places or (isinstance(exact, Fraction) and _places(exact) is not None):
        return False
    digits = abs(decimal.numerator) * 10**places // decimal.denominator
    if digits < 10 ** (_SHORTEST - 1):
        return False
    if isinstance(exact, str):
        number = _parsed(exact, exact)
        if number is None or not getattr(number, "is_number", False):
            return False
        figures = number.evalf(len(str(digits)) + _FIGURES)
        if not figures.is_Float:
            return False
        exact = Fraction(str(figures))
    return 2 * abs(exact - decimal) <= Fraction(1, 10**places)


def _places(number: Fraction) -> int | None:
    """Return its decimal places; None if they are endless."""
    return next((p for p in range(_PLACES) if 10**p % number.denominator == 0), None)


def without_unit(text: str) -> str:
    r"""Return a text that ends in a unit without that.

    Example:
        >>> without_unit(r"2\sqrt{3}\text{ cm}^2"), without_unit("2 π m/s")
        ('2\\sqrt{3}', '2 π')
    """
    return _UNIT.sub("", text)


def _parsed(text: str, other: str) -> Any:  # noqa: ANN401  an expression of sympy's
    """Return what a formula is, as sympy has it; None if it can't be read."""
    libraries = _libraries()
    latex = _EXPONENT.sub(r" \\cdot 10^{\1}", _MARK.sub("", _latex(text)))
    latex = _ROOT.sub(r"\\sqrt{\1}", _BARE.sub(r"\\\g<0>", latex))
    latex = _POWER.sub(r"^{\1}", latex).replace("*", r" \cdot ")
    try:
        found = libraries.parse(latex, complex=libraries.is_complex(f"{text} {other}"))
        floats = {f: libraries.rational(str(f)) for f in found.atoms(libraries.decimal)}
        return found.xreplace(floats)
    except Exception:  # noqa: BLE001  antlr's and sympy's, of many kinds
        return None


def _latex(text: str) -> str:
    """Return a formula with commands for its glyphs."""
    return _BINOMIAL.sub(r"\\binom{\1}{\2}", plain_glyphs(text).translate(_GLYPHS))


def _marks(text: str) -> list[str]:
    return sorted(mark.strip("\\^{}") for mark in _MARK.findall(plain_glyphs(text)))


def _same_number(a: Any, b: Any) -> bool:  # noqa: ANN401  expressions of sympy's
    if a == b:
        return True
    if a == 0 or b == 0:  # what cancels has no digits to compare
        return bool((a - b).equals(0))
    x, y = (number.evalf(_FIGURES + 10) for number in (a, b))
    if not (x.is_finite and y.is_finite):
        return False
    apart = max(abs(x), abs(y)) * _libraries().rational(1, 10**_FIGURES)
    # Whole numbers may be longer than that; what can't be told is equal so far.
    return bool(abs(x - y) <= apart) and (a - b).equals(0) is not False


def _differ_in_kind(a: Any, b: Any) -> bool:  # noqa: ANN401  expressions of sympy's
    """Whether one is in order and the other isn't: (1, 2) and {1, 2}."""
    ordered, unordered = _libraries().ordered, _libraries().unordered
    return any(
        isinstance(one, ordered) and isinstance(other, unordered)
        for one, other in ((a, b), (b, a))
    )


def _differ_in_case(a: Any, b: Any) -> bool:  # noqa: ANN401  expressions of sympy's
    """Whether a name of one is a name of the other in capitals: n and N, e and E."""
    e = _libraries().e
    ours, theirs = (
        {str(symbol) for symbol in one.free_symbols} | ({"e"} if one.has(e) else set())
        for one in (a, b)
    )
    lower = {name.casefold() for name in theirs - ours}
    return any(name.casefold() in lower for name in ours - theirs)


class _Libraries(NamedTuple):
    """What is taken of math-verify and of what it stands on."""

    parse: Any
    is_complex: Any
    verify: Any
    rational: Any
    decimal: Any
    ordered: tuple[Any, ...]
    unordered: Any
    e: Any


def load() -> None:
    """Import math-verify, which takes half a second.

    Raises:
        ImportError: It isn't installed.
    """
    _libraries()


@functools.cache
def _libraries() -> _Libraries:
    try:
        grader = importlib.import_module("math_verify.grader")
        latex = importlib.import_module("latex2sympy2_extended")
        converter = importlib.import_module("latex2sympy2_extended.latex2sympy2")
    except ImportError:
        msg = f"verify: math-verify is not installed: {install('evals')}"
        raise ImportError(msg) from None
    sympy = importlib.import_module("sympy")
    # It warns of the limits that it isn't given.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    as_written = converter.ConversionConfig(lowercase_symbols=False)
    # Units would be taken off, though they tell answers apart.
    repaired = latex.NormalizationConfig(
        units=False, malformed_operators=True, nits=True, boxed="none"
    )

    def parse(text: str, *, complex: bool) -> Any:  # noqa: ANN401, A002  sympy's
        return latex.latex2sympy(
            text,
            is_real=not complex,
            normalization_config=repaired,
            conversion_config=as_written,
        )

    return _Libraries(
        parse,
        grader.should_treat_as_complex,
        grader.verify,
        sympy.Rational,
        sympy.Float,
        (sympy.Interval, sympy.Tuple),
        sympy.FiniteSet,
        sympy.E,
    )
