"""Formulas, with a unit behind them, and chemical ones."""

from __future__ import annotations

import re
from collections.abc import Hashable

from a2r_graph.references.key.formula import formula
from a2r_graph.references.key.marks import Marked
from a2r_graph.references.key.text import is_prose
from a2r_graph.references.key.units import unit

_SIGN = re.compile(r"[*^π√∞]|\)/\(")  # of a formula, not of prose
_WITH_UNIT = re.compile(  # 5π cm, 30°
    r"(.*[\d)πe∞])\s+([^\W\d_°(].*|°.*)|(.*\S)\s*(°.{0,3})"
)
_CHEMICAL = re.compile(  # H2O, Na+, SO4^(2-); two letters at least, or a charge
    r"""(?:\(?[A-Z][a-z]?\)?(?:_?\(?\d{1,3}\)?)?){1,24}?
    (?: (?<=.{3}) | (?P<charge>\^?\(?\d?[-+]\)? | \^\(?[-+]\d\)?) )""",
    re.VERBOSE,
)
_NO_CHARGE = str.maketrans("", "", "^()")
_SUBSCRIPT = re.compile(r"_\(?(\d+)\)?")


def expression(text: str) -> Hashable | None:
    """Return a formula of mathematics or chemistry.

    Example:
        >>> expression("2*x") == expression("x*2"), expression("H_2O") == expression("H2O")
        (True, True)
        >>> expression("two times x")
    """
    if not _SIGN.search(text) and is_prose(text):
        return None
    with_unit = _WITH_UNIT.fullmatch(text)
    if with_unit:
        value = formula(with_unit[1] or with_unit[3])
        counted = unit(with_unit[2] or with_unit[4])
        if value is not None and counted is not None:
            return Marked(value, counted)
    return _chemical(text) or formula(text)


def _chemical(text: str) -> Hashable | None:
    found = _CHEMICAL.fullmatch(text)
    if found is None or not (found["charge"] or any(map(str.isdigit, text))):
        return None
    charge = found["charge"] or ""
    bare = text[: len(text) - len(charge)]
    return (
        "chemical",
        _SUBSCRIPT.sub(r"\1", bare),
        "".join(sorted(charge.translate(_NO_CHARGE))),
    )
