"""How figures are written, alike in every report. What nobody knows is `None` here too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a2r_graph.evals.results import Interval

TO, MINUS, TIMES = "\u2013", "\u2212", "\u00d7"
_LEAST_P = 0.001
_CENT, _TEN, _HUNDRED, _THOUSAND, _MILLION = 0.01, 10, 100, 1_000, 1_000_000


def known(value: float | None) -> float | None:
    """Return `value` if it is a finite number, else None."""
    return None if value is None or not math.isfinite(value) else value


def percent(share: float | None) -> str | None:
    """Return a share as a percentage.

    Example:
        >>> percent(0.55)
        '55.0 %'
    """
    share = known(share)
    return None if share is None else f"{_fixed(100 * share)} %"


def bounds(interval: Interval) -> str | None:
    """Return the ends of an interval of shares, in percent."""
    low, high = known(interval.low), known(interval.high)
    return None if low is None or high is None else f"{100 * low:.1f}{TO}{100 * high:.1f}"


def with_bounds(interval: Interval) -> str | None:
    """Return a share with its interval.

    Example:
        >>> from a2r_graph.evals.results import Interval
        >>> with_bounds(Interval(0.55, 0.412, 0.68))
        '55.0 % (41.2\u201368.0)'
    """
    value, ends = percent(interval.value), bounds(interval)
    return value if value is None or ends is None else f"{value} ({ends})"


def points(difference: float | None) -> str | None:
    """Return a difference of two shares, in percentage points, with its sign."""
    difference = known(difference)
    return None if difference is None else _fixed(100 * difference, sign="+")


def point_bounds(interval: Interval) -> str | None:
    """Return the ends of an interval of differences, in percentage points."""
    low, high = points(interval.low), points(interval.high)
    return None if low is None or high is None else f"{low} to {high}"


def points_with_bounds(interval: Interval) -> str | None:
    """Return a difference with its interval.

    Example:
        >>> from a2r_graph.evals.results import Interval
        >>> points_with_bounds(Interval(0.05, -0.021, 0.12))
        '+5.0 points (\u22122.1 to +12.0)'
    """
    value, ends = points(interval.value), point_bounds(interval)
    if value is None:
        return None
    return f"{value} points" + ("" if ends is None else f" ({ends})")


def p_value(p: float | None) -> str | None:
    """Return the p value of a test, as every column and sentence has it.

    Example:
        >>> p_value(0.0312), p_value(0.00002)
        ('0.031', '< 0.001')
    """
    p = known(p)
    if p is None:
        return None
    return f"< {_LEAST_P}" if p < _LEAST_P else f"{p:.3f}"


def p_equals(p: float | None) -> str | None:
    """Return the p value as a sentence has it: `p = 0.031`, `p < 0.001`."""
    value = p_value(p)
    if value is None:
        return None
    return f"p {value}" if value.startswith("<") else f"p = {value}"


def number(value: float | None) -> str | None:
    """Return a count or a mean of counts.

    Example:
        >>> number(12345.6), number(9.25), number(8.0)
        ('12,346', '9.2', '8')
    """
    value = known(value)
    if value is None:
        return None
    whole = abs(value) >= _HUNDRED or value == round(value)
    return f"{value:,.0f}" if whole else f"{value:.1f}"


def dollars(value: float | None) -> str | None:
    """Return dollars, with as many digits as tell something.

    Example:
        >>> dollars(1234.5), dollars(0.5), dollars(0.0012), dollars(0.0)
        ('$1,234.50', '$0.50', '$0.0012', '$0')
    """
    value = known(value)
    if value is None:
        return None
    if value == 0:
        return "$0"
    digits = max(2, 1 - math.floor(math.log10(abs(value))))
    return f"${value:,.{digits}f}"


def seconds(value: float | None) -> str | None:
    """Return seconds.

    Example:
        >>> seconds(0.042), seconds(12.34), seconds(2345.0)
        ('0.042 s', '12.3 s', '2,345 s')
    """
    value = known(value)
    if value is None:
        return None
    if abs(value) >= _HUNDRED:
        return f"{value:,.0f} s"
    return f"{value:.1f} s" if abs(value) >= 1 or value == 0 else f"{value:.2g} s"


def times(ratio: float | None) -> str | None:
    """Return a ratio.

    Example:
        >>> times(0.714) == "0.71" + TIMES, times(12.3) == "12.3" + TIMES
        (True, True)
    """
    ratio = known(ratio)
    if ratio is None:
        return None
    return f"{ratio:.1f}{TIMES}" if ratio >= _TEN else f"{ratio:.2f}{TIMES}"


def plain(value: float | None) -> str | None:
    """Return a figure between 0 and some tens, with two decimals."""
    value = known(value)
    return None if value is None else f"{value:.2f}"


def short(value: float) -> str:
    """Return a figure as an axis shows it.

    Example:
        >>> short(0.0005), short(25.0), short(1500.0), short(2e6)
        ('0.0005', '25', '1.5k', '2M')
    """
    for unit, letter in ((_MILLION, "M"), (_THOUSAND, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g}{letter}"
    if 0 < abs(value) < _CENT:
        return f"{value:.12f}".rstrip("0").rstrip(".")  # not 5e-05
    return f"{value:g}"


def _fixed(value: float, sign: str = "") -> str:
    """Return one decimal, with a real minus, and no sign on what is zero."""
    rounded = round(value, 1)
    if rounded == 0:
        return "0.0"
    return f"{rounded:{sign}.1f}".replace("-", MINUS)
