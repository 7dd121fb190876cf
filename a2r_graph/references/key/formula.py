"""The normal form of a formula: terms and factors in order, numbers exact.

Nothing is expanded or added up: `(x+1)^2` isn't `x^2+2x+1` here, nor `2^10` 1024. What is
brought to one form is what is the same as it is written: the order of terms and factors,
fractions, and square factors under a root.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction

from a2r_graph.references.key.products import (
    Factors,
    Number,
    Product,
    is_ten,
    key_of,
    multiply,
    one,
    over,
    plain,
    product_of,
    raised,
)

_LONGEST = 240  # characters; more is compared as text
_DEEPEST = 40
_SHORT = 2  # letters of a name that may be a variable
_FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh log ln lg "
    "exp sqrt cbrt binom gcd lcm max min det abs".split()
)
_CALLED = frozenset("fghP")  # names that are functions where brackets follow
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?|\.\d+)
            (?:_\(?(?P<base>\d{1,2})\)?(?!\d))?  # 1011_2
        |(?P<name>
            (?:sin|cos|tan|cot|log|ln)(?=[^\W\d_a-zA-Z])  # cosθ
            |[^\W\d_π]+|π  # πr: two names
        )
            (?:_(?:\((?P<long>[^()]{1,20})\)|(?P<sub>\w)))?
            (?P<prime>'*)
        |(?P<sign>\*\*|[-+*/^!()±∓√∞°\[\]|,])
    )\s*""",
    re.VERBOSE,
)
_KINDS = dict.fromkeys(("number", "base"), "number") | {"prime": "name"}
_BESIDE = frozenset(("name", "(", "√", "∞", "°"))  # what is a factor without a sign
_PLUS_OR_MINUS = frozenset("±∓")
_BETWEEN_TERMS = frozenset("+-±∓")


class _NoFormulaError(ValueError):
    pass


def formula(text: str) -> Hashable | None:
    """Return the normal form of a formula in plain notation; None if it is none.

    Example:
        >>> formula("1+2x+x^2") == formula("x**2 + 2*x + 1")
        True
        >>> formula("√(12)") == formula("2√3"), formula("2+n") == formula("2+N")
        (True, False)
    """
    if len(text) > _LONGEST:
        return None
    try:
        parser = _Parser(text)
        found = parser.sum(0)
    except (_NoFormulaError, ZeroDivisionError, OverflowError):
        return None
    if parser.ahead():
        return None
    return Fraction(found) if isinstance(found, int) else found


class _Parser:
    """Recursive descent over the tokens of a formula."""

    def __init__(self, text: str) -> None:
        self.tokens: list[re.Match[str]] = []
        self.kinds: list[str] = []  # "number", "name", or the sign itself
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise _NoFormulaError
            self.tokens.append(token)
            self.kinds.append(_KINDS.get(token.lastgroup or "") or token["sign"])
            at = token.end()
        self.kinds.append("")
        self.at = 0

    def ahead(self) -> str:
        """Return the kind of the next token; an empty one behind the last."""
        return self.kinds[self.at]

    def passed(self, *wanted: str) -> bool:
        """Pass the next token if it is one of these signs."""
        found = self.kinds[self.at] in wanted
        self.at += found
        return found

    def expect(self, wanted: str) -> None:
        if not self.passed(wanted):
            raise _NoFormulaError

    def sum(self, depth: int) -> Hashable:
        if depth > _DEEPEST:
            raise _NoFormulaError
        terms: list[Hashable] = []
        sign = self.ahead()
        if sign in _BETWEEN_TERMS:
            self.at += 1
        while True:
            term = key_of(self.product(depth, negative=sign == "-"))
            terms.append((sign, term) if sign in _PLUS_OR_MINUS else term)
            sign = self.ahead()
            if sign not in _BETWEEN_TERMS:
                break
            self.at += 1
        if len(terms) == 1:
            return terms[0]
        return ("+", *sorted(terms, key=repr))

    def product(self, depth: int, *, negative: bool) -> Product:
        scale: Number = -1 if negative else 1
        factors: Factors = {}
        counted = False  # whether a number came
        operator = "*"
        while True:
            part, powers = self.power(depth)
            if operator == "/":
                part, powers = over((part, powers))
            elif part != 1 and counted and not is_ten(part):
                # A product of numbers stays one: nothing is worked out.
                powers, part = {**powers, ("number", part): 1}, 1
            counted = counted or part != 1
            scale *= part
            multiply(factors, powers)
            if self.passed("*"):
                operator = "*"
            elif self.passed("/"):
                operator = "/"
            elif self.ahead() in _BESIDE and not self.behind_zero():
                operator = "*"
            else:  # Two numbers side by side are a version or a grid, no product.
                return scale, factors

    def behind_zero(self) -> bool:
        """Whether the last token is a bare zero: "0x2A" is no product."""
        return self.tokens[self.at - 1]["number"] == "0"

    def beside(self, depth: int) -> Product:
        """Read what stands side by side, as the argument in "sin 2x"."""
        scale, factors = self.power(depth + 1)
        factors = dict(factors)
        while self.ahead() in _BESIDE and self.tokens[self.at]["name"] not in _FUNCTIONS:
            part, powers = self.power(depth + 1)
            scale *= part
            multiply(factors, powers)
        return scale, factors

    def power(self, depth: int) -> Product:
        base = self.atom(depth)
        marks = 0
        while self.passed("!"):
            marks += 1
        if marks:  # n!! isn't (n!)!
            base = one(("!" * marks, key_of(base)))
        if not self.passed("^", "**"):
            return base
        negative = self.passed("-")
        self.passed("+")
        exponent = key_of(self.power(depth + 1)) if depth < _DEEPEST else None
        if isinstance(exponent, (int, Fraction)):
            return raised(base, -exponent if negative else exponent)
        return one(("^", key_of(base), negative, exponent))

    def atom(self, depth: int) -> Product:
        kind = self.ahead()
        if not kind:
            raise _NoFormulaError
        token = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return _number(token)
        if kind == "name":
            return self.name(token, depth)
        if kind == "(":
            inside = self.sum(depth + 1)
            self.expect(")")
            return product_of(inside)
        if kind == "√":
            degree: Hashable = 2
            if self.passed("["):
                degree = self.sum(depth + 1)
                self.expect("]")
            if not isinstance(degree, (int, Fraction)) or not degree:
                raise _NoFormulaError
            return raised(self.atom(depth + 1), 1 / Fraction(degree))
        if kind in ("∞", "°"):
            return one(kind)
        raise _NoFormulaError

    def name(self, token: re.Match[str], depth: int) -> Product:
        name, below = token["name"], token["long"] or token["sub"]
        if len(name) > 1 and name.casefold() in _FUNCTIONS:
            return self.function(name.casefold(), below, depth)
        if name == "pi":
            name = "π"
        if len(name) > _SHORT:
            raise _NoFormulaError
        whole = name + token["prime"]
        if name in _CALLED and self.passed("("):
            return one(("call", whole, below, *self.arguments(depth)))
        if name in _CALLED and self.ahead() == "^":
            raise _NoFormulaError  # f^(-1) is no power
        return one(("name", whole, below) if below else whole)

    def arguments(self, depth: int) -> list[Hashable]:
        """Read what is called with, up to the closing bracket."""
        found = [self.sum(depth + 1)]
        while self.passed(","):
            found.append(self.sum(depth + 1))
        self.expect(")")
        return found

    def function(self, name: str, below: str | None, depth: int) -> Product:
        power = self.atom(depth + 1) if self.passed("^") else None
        if self.passed("("):
            arguments = self.arguments(depth)
        else:
            arguments = [key_of(self.beside(depth))]
        if name in ("sqrt", "cbrt") and len(arguments) == 1:
            return raised(product_of(arguments[0]), Fraction(1, 2 if name == "sqrt" else 3))
        made = ("function", name, below, *arguments)
        return one(made) if power is None else one(("^", made, key_of(power)))


def _number(token: re.Match[str]) -> Product:
    digits = token["number"]
    if token["base"]:
        return one(("base", digits, token["base"]))
    if not digits.isdigit():
        return plain(Fraction(digits)), {}
    if digits[0] == "0" and len(digits) > 1:
        raise _NoFormulaError  # a code
    return int(digits), {}
