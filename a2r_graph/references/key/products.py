"""Products in normal form: an exact number times powers of what is no number.

Whole numbers are of `int` and all others of `Fraction`, which is much faster than to have
fractions only; the two are equal, and have one hash, where they are one number.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import TypeAlias

Number: TypeAlias = int | Fraction
Factors: TypeAlias = dict[Hashable, Number]
Product: TypeAlias = tuple[Number, Factors]
"""A number, and the powers of the factors beside it."""

_TEN = 10
_LARGEST = 400  # power of ten that is worked out
_SQUARES = 10**6  # up to where square factors are looked for under a root
_LONGEST = 8_000  # bits of a number
_POWERS = 40  # of a root that are worked out


def plain(number: Number) -> Number:
    """Return a whole number as an `int`."""
    return number.numerator if number.denominator == 1 else number


def one(atom: Hashable) -> Product:
    """Return the product of one factor."""
    return 1, {atom: 1}


def over(product: Product) -> Product:
    """Return one divided by a product."""
    scale, factors = product
    return plain(1 / Fraction(scale)), {atom: -power for atom, power in factors.items()}


def multiply(factors: Factors, more: Factors) -> None:
    """Add the powers of more factors to those that are there."""
    for atom, power in more.items():
        factors[atom] = factors.get(atom, 0) + power


def is_ten(number: Number) -> bool:
    """Whether it is a power of ten, as in scientific notation."""
    if 1 not in (number.numerator, number.denominator):
        return False
    return not str(max(number.numerator, number.denominator)).strip("0").strip("1")


def key_of(product: Product) -> Hashable:
    """Return the normal form: the number, the factor, or both in order.

    Raises:
        OverflowError: The number is too long to be written out.
    """
    scale, factors = product
    there: list[tuple[Hashable, Number]] = []
    for atom, exact in factors.items():
        power = plain(exact)
        if isinstance(atom, tuple) and atom[0] == "root" and isinstance(power, int):
            # Of a square root, whole powers stand outside: 1/√2 is √2/2.
            scale *= Fraction(atom[1]) ** (power // 2)
            power %= 2
        if power:
            there.append((atom, power))
    scale = plain(scale)
    if scale.numerator.bit_length() + scale.denominator.bit_length() > _LONGEST:
        msg = "a number of thousands of digits"
        raise OverflowError(msg)
    if not there:
        return scale
    if len(there) > 1:
        there.sort(key=repr)
    elif scale == 1 and there[0][1] == 1:
        return there[0][0]
    return ("*", scale, *there)


def product_of(key: Hashable) -> Product:
    """Return the product of which this is the normal form."""
    if isinstance(key, (int, Fraction)):
        return key, {}
    if isinstance(key, tuple) and key and key[0] == "*":
        return key[1], dict(key[2:])
    return one(key)


def raised(base: Product, power: Number) -> Product:
    """Return a product to a power, which is worked out only for ten and square roots."""
    scale, factors = base
    if not factors:
        return _number_raised(scale, plain(power))
    if scale == 1 and len(factors) == 1:
        ((atom, own),) = factors.items()
        return 1, {atom: own * power}
    return 1, {("()", key_of(base)): power}


def _number_raised(number: Number, power: Number) -> Product:
    if power == 1:
        return number, {}
    if number == _TEN and isinstance(power, int) and abs(power) <= _LARGEST:
        return plain(Fraction(number) ** power), {}
    whole = number.numerator * number.denominator
    times = (power.numerator - 1) // 2
    is_root = power.denominator != 1 and (2 * power).denominator == 1
    if not is_root or not 0 < whole <= _SQUARES or abs(times) > _POWERS:
        return 1, {("number", number): power}
    # n^(p/2): whole powers outside, what has no square factor under the root.
    outside, under = Fraction(1, number.denominator), whole
    root = 2
    while root * root <= under:
        while under % (root * root) == 0:
            under //= root * root
            outside *= root
        root += 1
    scale = plain(outside * Fraction(number) ** times)
    return scale, {} if under == 1 else {("root", under): 1}
