r"""Reading a box, as in `\boxed{42}`: with what belongs to it, or several in a sentence."""

from __future__ import annotations

import re

from a2r_graph.references.answer.anchors import Statement, in_code
from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.answer.value import stated, template

_LONGEST = 6_000  # characters in a box
_BACK = 300  # characters before a box in which one before it begins
_MOST = 64  # boxes that are one answer

_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_UNBRACED = re.compile(r"[ \t]*([-\w.,]{1,40})")
_OPENING = re.compile(r"[ \t]*\{")
# Between boxes that are one answer: "and", "or", a comma, in mathematics or outside.
_SPACE = r"(?:\\q?quad|\\[()\[\]]|[\s$()\[\].])"
_BETWEEN = re.compile(
    rf"{_SPACE}*+(?:[,;]|(?:\\text\{{\s?)?(?:,\s*)?(?:and|or)\s?\}}?|或|和|und|y|et|o|oder)?"
    rf"{_SPACE}*+(?:[a-z]\s*=\s*)?"
)
# What stands outside a box and belongs to its number: a sign, a unit, a power, a divisor.
_SIGN = re.compile(r"(?:[-\u2212]|\\pm)\s*$")
_UNIT = re.compile(
    r"\$?(\s?\\?%|\s?\^?\{?\\circ\}?(?:\s?\\text\{\s?[CF]\}|\s?[CF]\b)?|\s?°[CF]?"
    r"|\s?\\sqrt\{[^{}]{1,20}\}|\s?\\pi\b|\s?/\s?\d+|\s?\^\{?\w{1,4}\}?"
    r"|\s?\\text\{[^{}]{1,30}\})"
)


def read_box(text: str, anchor: re.Match[str]) -> Statement | None:
    r"""Read the box that begins at an anchor; `None` for an empty one, or one in code.

    Example:
        >>> from a2r_graph.references.answer.anchors import anchors
        >>> text = r"so -\boxed{12}\%"
        >>> read_box(text, next(anchors(text))).answer
        '-12%'
    """
    if in_code(text, anchor.start()):
        return None
    inside, end = _braced(text, anchor.end())
    answer = None if template(inside[: _LONGEST + 1]) else _boxed(inside)
    if answer is None:
        return None
    start, answers = anchor.start(), [answer]
    while len(answers) < _MOST and (earlier := _box_before(text, start)):
        start, before = earlier
        answers.insert(0, before)
    if len(set(answers)) > 1:
        answer = ", ".join(answers)
    else:
        answer = _with_neighbours(text, start, end, answer)
    return Statement(answer, start, end, closed=True)


def _boxed(inside: str) -> str | None:
    """Return the answer that stands in a box."""
    if len(inside) > _LONGEST:
        return None
    inside = inside.strip()
    if inside.count("$") == 1 and "\\$" not in inside:
        inside = inside.replace("$", "")
    return stated(inside) if "=" in inside else spelling(inside)


def _braced(text: str, at: int) -> tuple[str, int]:
    """Return what stands between braces (or bare) from a place on, and where it ends."""
    opening = _OPENING.match(text, at)
    if opening is None:
        bare = _UNBRACED.match(text, at)
        return (bare[1].rstrip(".,"), bare.end()) if bare else ("", at)
    start, depth = opening.end(), 0
    for brace in _BRACE.finditer(text, start - 1):
        depth += (brace[0] == "{") - (brace[0] == "}")
        if depth == 0:
            return text[start : brace.start()], brace.end()
    return "", len(text)


def _box_before(text: str, start: int) -> tuple[int, str] | None:
    """Return the box that ends close before a place, with nothing but "and" between."""
    at = text.rfind("\\boxed", max(0, start - _BACK), start)
    if at < 0 or in_code(text, at):
        return None
    inside, end = _braced(text, at + len("\\boxed"))
    if end > start or not _BETWEEN.fullmatch(text, end, start) or "\n\n" in text[end:start]:
        return None
    answer = _boxed(inside)
    return (at, answer) if answer else None


def _with_neighbours(text: str, start: int, end: int, answer: str) -> str:
    r"""Return a box's answer with its sign and unit: `-\boxed{12}`, `\boxed{12}\%`."""
    unit = _UNIT.match(text, end)
    if unit and any(map(str.isdigit, answer)):
        answer = f"{answer}{unit[1]}".replace("\\%", "%")
    if _SIGN.search(text[max(0, start - 6) : start]) and answer[0] not in "-\\":
        answer = f"-{answer}"
    return answer
