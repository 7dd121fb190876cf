"""The normal form of a formula: terms and factors in order, numbers exact.

Nothing is expanded or added up: `(x+1)^2` isn't `x^2+2x+1` here, nor `2^10` 1024. What is
brought to one form is what is the same as it is written: the order of terms and factors,
fractions, and square factors under a root.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction

_LONGEST = 240  # characters; more is compared as text
_DEEPEST = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)(?:_\(?(?P<base>\d{1,2})\)?(?!\d))?"
    r"|(?P<name>[^\W\d_]+)(?:_(?:\((?P<long>[^()]{1,20})\)|(?P<sub>\w)))?(?P<prime>'*)"
    r"|(?P<sign>\*\*|[-+*/^!()±∓√∞°\[\]|,]))\s*"
)
_FUNCTIONS = {
    *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh"),
    *("cosh", "tanh", "log", "ln", "lg", "exp", "sqrt", "binom", "gcd", "lcm", "max"),
    *("min", "cbrt", "det", "asin", "acos", "atan", "abs"),
}
_SHORT = 2  # letters of a name that may be a variable
_SQUARES = 10**6
_ONE = Fraction(1)

_Factors = dict[Hashable, Fraction]
_Product = tuple[Fraction, _Factors]


_FOLLOWS = ("name", "long", "sub", "prime", "(", "√", "∞", "°")


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
        return None if parser.at < len(parser.tokens) else found
    except (_NoFormulaError, ZeroDivisionError, OverflowError):
        return None


class _Parser:
    """Recursive descent over the tokens of a formula."""

    def __init__(self, text: str) -> None:
        self.tokens: list[re.Match[str]] = []
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None or token.end() == at:
                raise _NoFormulaError
            self.tokens.append(token)
            at = token.end()
        self.at = 0

    def peek(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return (token["sign"] or token.lastgroup or "") if token else ""

    def sign(self, *wanted: str) -> str:
        """Return the next token if it is one of these signs, and pass it."""
        if self.at < len(self.tokens) and self.tokens[self.at]["sign"] in wanted:
            self.at += 1
            return self.tokens[self.at - 1]["sign"]
        return ""

    def expect(self, wanted: str) -> None:
        if not self.sign(wanted):
            raise _NoFormulaError

    def after_zero(self) -> bool:
        """Whether the last token is a bare zero: "0x2A" is no product."""
        return self.tokens[self.at - 1]["number"] == "0"

    def sum(self, depth: int) -> Hashable:
        if depth > _DEEPEST:
            raise _NoFormulaError
        terms: list[Hashable] = []
        sign = self.sign("+", "-", "±", "∓")
        while True:
            term = _key(self.product(depth, negative=sign == "-"))
            terms.append((sign, term) if sign in ("±", "∓") and sign else term)
            sign = self.sign("+", "-", "±", "∓")
            if not sign:
                break
        if len(terms) == 1:
            return terms[0]
        return ("+", *sorted(terms, key=repr))

    def product(self, depth: int, *, negative: bool) -> _Product:
        scale, factors, counted = _ONE, _Factors(), False
        operator = "*"
        while True:
            part, powers = self.power(depth)
            if operator == "/":
                part, powers = 1 / part, {atom: -power for atom, power in powers.items()}
            elif part != 1 and counted and not _is_ten(part):
                # A product of numbers stays one: nothing is worked out.
                powers = {**powers, ("number", part): _ONE}
                part = _ONE
            counted = counted or part != 1
            scale *= part
            for atom, power in powers.items():
                factors[atom] = factors.get(atom, Fraction(0)) + power
            operator = self.sign("*", "/")
            if not operator:
                ahead = self.peek()
                # Two numbers side by side are a version or a grid, no product.
                if ahead in _FOLLOWS and not self.after_zero():
                    operator = "*"
                else:
                    break
        return (-scale if negative else scale), factors

    def beside(self, depth: int) -> _Product:
        """Read what stands side by side, as the argument in "sin 2x"."""
        scale, factors = self.power(depth + 1)
        while self.peek() in _FOLLOWS and self.tokens[self.at]["name"] not in _FUNCTIONS:
            part, powers = self.power(depth + 1)
            scale *= part
            factors = {
                atom: factors.get(atom, Fraction(0)) + powers.get(atom, Fraction(0))
                for atom in {**factors, **powers}
            }
        return scale, factors

    def power(self, depth: int) -> _Product:
        base = self.atom(depth)
        marks = 0
        while self.sign("!"):
            marks += 1
        if marks:  # n!! isn't (n!)!
            base = _ONE, {("!" * marks, _key(base)): _ONE}
        if not self.sign("^", "**"):
            return base
        negative = bool(self.sign("-"))
        self.sign("+")
        exponent = _key(self.power(depth + 1)) if depth < _DEEPEST else None
        if isinstance(exponent, Fraction):
            return _raised(base, -exponent if negative else exponent)
        return _ONE, {("^", _key(base), negative, exponent): _ONE}

    def atom(self, depth: int) -> _Product:
        if self.at >= len(self.tokens):
            raise _NoFormulaError
        token = self.tokens[self.at]
        self.at += 1
        if token["number"]:
            if token["base"]:
                return _one(("base", token["number"], token["base"]))
            if token["number"][0] == "0" and token["number"].isdigit() and len(token[0]) > 1:
                raise _NoFormulaError  # a code
            return Fraction(token["number"]), {}
        if token["name"]:
            return self.name(token, depth)
        if token["sign"] == "(":
            inside = self.sum(depth + 1)
            self.expect(")")
            return _product_of(inside)
        if token["sign"] == "√":
            degree: Hashable = Fraction(2)
            if self.sign("["):
                degree = self.sum(depth + 1)
                self.expect("]")
            if not isinstance(degree, Fraction) or not degree:
                raise _NoFormulaError
            return _raised(self.atom(depth + 1), 1 / degree)
        if token["sign"] in ("∞", "°"):
            return _one(token["sign"])
        raise _NoFormulaError

    def name(self, token: re.Match[str], depth: int) -> _Product:
        name, below = token["name"], token["long"] or token["sub"]
        if name.casefold() in _FUNCTIONS and len(name) > 1:
            return self.function(name.casefold(), below, depth)
        if name == "pi":
            name = "π"
        if len(name) > _SHORT:
            raise _NoFormulaError
        return _one(("name", name + token["prime"], below) if below else name + token["prime"])

    def function(self, name: str, below: str | None, depth: int) -> _Product:
        power = self.atom(depth + 1) if self.sign("^") else None
        if self.sign("("):
            arguments = [self.sum(depth + 1)]
            while self.sign(","):
                arguments.append(self.sum(depth + 1))
            self.expect(")")
        else:
            arguments = [_key(self.beside(depth))]
        if name in ("sqrt", "cbrt") and len(arguments) == 1:
            return _raised(_product_of(arguments[0]), Fraction(1, 2 if name == "sqrt" else 3))
        made = ("function", name, below, *arguments)
        return _one(made) if power is None else _one(("^", made, _key(power)))


def _one(atom: Hashable) -> _Product:
    return _ONE, {atom: _ONE}


def _is_ten(number: Fraction) -> bool:
    """Whether it is a power of ten, as in scientific notation."""
    digits = str(max(number.numerator, number.denominator))
    return 1 in (number.numerator, number.denominator) and not digits.strip("0").strip("1")


def _key(product: _Product) -> Hashable:
    scale, factors = product
    there: list[tuple[Hashable, Fraction]] = []
    for atom, power in factors.items():
        if isinstance(atom, tuple) and atom[0] == "root" and power.denominator == 1:
            # Of a square root, whole powers stand outside: 1/√2 is √2/2.
            scale *= Fraction(atom[1]) ** (power.numerator // 2)
            power = Fraction(power.numerator % 2)  # noqa: PLW2901
        if power:
            there.append((atom, power))
    if not there:
        return scale
    if scale == 1 and len(there) == 1 and there[0][1] == 1:
        return there[0][0]
    return ("*", scale, *sorted(there, key=repr))


def _product_of(key: Hashable) -> _Product:
    if isinstance(key, Fraction):
        return key, {}
    if isinstance(key, tuple) and key and key[0] == "*":
        return key[1], dict(key[2:])
    return _one(key)


def _raised(base: _Product, power: Fraction) -> _Product:
    scale, factors = base
    if not factors:
        return _number_raised(scale, power)
    if scale == 1 and len(factors) == 1:
        ((atom, own),) = factors.items()
        return _ONE, {atom: own * power}
    return _ONE, {("()", _key(base)): power}


def _number_raised(number: Fraction, power: Fraction) -> _Product:
    if power.denominator == 1:
        if number == 10 and abs(power) <= 400:  # noqa: PLR2004
            return number**power, {}
        if power == 1:
            return number, {}
        return _ONE, {("number", number): power}
    whole = number.numerator * number.denominator
    if power.denominator != 2 or not 0 < whole <= _SQUARES:  # noqa: PLR2004
        return _ONE, {("number", number): power}
    # n^(p/2): whole powers outside, what has no square factor under the root.
    outside, under = Fraction(1, number.denominator), whole
    for root in range(2, int(whole**0.5) + 1):
        while under % (root * root) == 0:
            under //= root * root
            outside *= root
        if root * root > under:
            break
    times = (power.numerator - 1) // 2
    if abs(times) > _DEEPEST:
        return _ONE, {("number", number): power}
    scale = outside * number**times
    return scale, {} if under == 1 else {("root", under): _ONE}
