"""Where a text states its final answer: the last statement counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from a2r_graph.references.answer.anchors import Statement, anchors, in_code
from a2r_graph.references.answer.boxes import read_box
from a2r_graph.references.answer.labels import read_label
from a2r_graph.references.answer.options import read_pick, read_right
from a2r_graph.references.answer.spelling import is_value, spelling
from a2r_graph.references.answer.value import stated, template

_LONGEST = 4_000  # characters in a tag, or of JSON
_FEW = 6  # words of a last line that is an answer

_CLOSING_TAG = re.compile(r"</(?:final_)?answer>|\Z")
_SINGLE_QUOTED = re.compile(r"'([^'\n]{1,400})'")  # as Python prints it, not JSON


def statements(text: str) -> Iterator[Statement]:
    r"""Yield the statements of a final answer, the last first.

    Example:
        >>> [found.answer for found in statements("Answer: 12\nNo: the answer is 13.")]
        ['13', '12']
    """
    for anchor in anchors(text):
        made = _READERS[anchor.lastgroup or ""](text, anchor)
        if made is not None:
            yield made


def _read_hashes(text: str, anchor: re.Match[str]) -> Statement | None:
    """Read "#### 12"; words only on the last line, since headings look the same."""
    start, end = anchor.span()
    line = text[end:].partition("\n")[0]
    answer = stated(line.strip()) if line.strip() and not in_code(text, start) else None
    if answer is None:
        return None
    end += len(line)
    named = "nswer" not in line and len(answer.split()) <= _FEW and not text[end:].strip()
    if not (is_value(answer) or named):
        return None
    return Statement(answer, start, end, closed=end < len(text))


def _read_tag(text: str, anchor: re.Match[str]) -> Statement | None:
    """Read "<answer>12</answer>", and what a text that broke off has of it."""
    start = anchor.end()
    close = _CLOSING_TAG.search(text, start)
    if close is None or close.start() - start > _LONGEST or in_code(text, anchor.start()):
        return None
    inside = text[start : close.start()]
    if "answer>" in inside or template(inside):
        return None
    answer = _inside(inside)
    if answer is None:
        return None
    return Statement(answer, anchor.start(), close.end(), closed=bool(close[0]))


def _read_json(text: str, anchor: re.Match[str]) -> Statement | None:
    """Read what stands behind "answer" in JSON, or in Python's way to print it."""
    value = text[anchor.end() : anchor.end() + _LONGEST]
    at = anchor.end() + len(value) - len(value.lstrip())
    quoted = _SINGLE_QUOTED.match(text, at)
    if quoted:
        answer = None if template(quoted[1]) else spelling(quoted[1])
        end = quoted.end()
    else:
        answer, end = _json_value(text[at : at + _LONGEST])
        end += at
    if answer is None:
        return None
    return Statement(answer, anchor.start(), end, closed=bool(quoted) or end < len(text))


def _json_value(text: str) -> tuple[str | None, int]:
    """Return the answer that JSON holds, and where it ends."""
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False), end
    if isinstance(value, list) and all(isinstance(v, str | int | float) for v in value):
        value = ", ".join(map(str, value))
    elif isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, int | float):
        value = text[:end]  # as it is written
    if not isinstance(value, str) or template(value):
        return None, end
    return _inside(value), end


def _inside(text: str) -> str | None:
    """Return what a text states that is itself inside a statement."""
    inner = next(statements(text), None)
    return inner.answer if inner else spelling(text)


# By the groups of the anchors' pattern.
_READERS = {
    "box": read_box,
    "hashes": _read_hashes,
    "tag": _read_tag,
    "key": _read_json,
    "noun": read_label,
    "right": read_right,
    "pick": read_pick,
}
