"""How a final answer is written once it has been found."""

from __future__ import annotations

import re

from a2r_graph.references.key.choices import choice, choices, word
from a2r_graph.references.key.dress import TOKENS, outer
from a2r_graph.references.key.glyphs import plain_digits

_WHOLE = re.compile(
    r"\\{1,2}(?:boxed|fbox|text(?:bf|it|rm)?|math(?:rm|bf|it))\s*+\{((?:[^{}]|\{[^{}]*+\})*+)\}"
)
_LETTERED = re.compile(r"\\text(?:bf)?\s*+\{\s*\(?([A-J])\)?\s*\}(?:\\?\s|~).*", re.DOTALL)
_PLAIN = re.compile(
    r"([-+]?)(\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?:[ '\u2019\u00a0\u202f]\d{3})+"
    r"|\d{1,3}(?:\.\d{3}){2,}|\d*)(?:\.(\d+))?"
)
_GROUPED_COMMA = re.compile(r"([-+]?)(\d{1,3}(?:\.\d{3})+),(\d+)")
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle)(?![A-Za-z])|\\!")
_THIN = re.compile(r"(?<=\d)\\,(?=\d{3})|\{,\}(?=\d)|(?<=\d)\\ (?=\d{3})")
_INSIDE = re.compile(r"\$([^$\n]+)\$|\\\(\s*(.+?)\s*\\\)")
_LONE = re.compile(r"\(([-+]?[\d.]+)\)")
_STARS = re.compile(r"(?<!\w)\*\*(?=\S)|(?<=\S)\*\*(?!\w)")
_POINTER = re.compile(r"\*\*[a-z_]\w*$")  # **kwargs
_EMOJI = re.compile(r"^[\u2190-\u21ff\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\s]+|[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\s]+$")
_MARKED = re.compile(r"(==|~)(?=[^=~\s])([^=~]+)\1")
_ROUNDS = 8
_CODE = 4


def spelling(found: str) -> str | None:
    r"""Return a final answer in plain spelling; `None` for an empty one.

    Without its dress, a plain number without grouping and idle zeros, an option by its
    letter alone.

    Example:
        >>> spelling("**1,000.0**"), spelling(r"\dfrac12"), spelling("(B) Paris")
        ('1000', '\\frac12', 'B')
    """
    text = TOKENS.sub("", found) if "<" in found or "[" in found else found
    text = plain_digits(text).strip()
    if not text:
        return None
    kept = text
    if "\\" in text:
        text = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
        text = _LAYOUT.sub("", text)
        lettered = _LETTERED.fullmatch(text)
        if lettered:
            return lettered[1]
    if not text.isascii():
        text = _EMOJI.sub("", text) or text
    if "**" in text and "`" not in text and "\n" not in text and not _POINTER.match(text):
        text = _STARS.sub("", text) or text
    marked = _MARKED.fullmatch(text)
    text = _THIN.sub(",", marked[2] if marked else text)
    for _ in range(_ROUNDS):  # one dress lies under another: **"$42$".**
        bare, _code = outer(text)
        whole = _WHOLE.fullmatch(bare) if "\\" in bare else None
        bare = whole[1].strip() if whole else bare
        if bare == text:
            break
        text = bare
    if not text.strip("*_`$.,;: \"'"):
        return kept if kept in _SIGNS else None
    text = _plain(text)
    return text or None


_SIGNS = {"*", "**", "_", ";", ",", ".", ":", "`"}


def _plain(text: str) -> str:
    if "$" in text or "\\(" in text:
        text = _INSIDE.sub(lambda part: part[1] or part[2], text)
    if "\n" in text:
        return text
    text = " ".join(text.split()).replace("\\$", "$").replace("\\%", "%")
    several = choices(text)
    option = None if several else choice(text)
    if option and not option[1]:
        return option[0]
    if word(text):
        return re.match(r"[^\W\d_]+[\u0900-\u097f]*", text)[0]  # type: ignore[index]
    inside = _LONE.fullmatch(text)
    return plain_number(inside[1] if inside else text) or text


def plain_number(text: str) -> str | None:
    """Return a plain number without grouping and idle zeros; None if it is none.

    Example:
        >>> plain_number("1,234.50"), plain_number("004"), plain_number("0011")
        ('1234.5', '4', None)
    """
    other = _GROUPED_COMMA.fullmatch(text)
    if other:
        text = f"{other[1]}{other[2].replace('.', '')}.{other[3]}"
    found = _PLAIN.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    # By characters: a float would round, and int() refuses more than 4,300 digits.
    digits = re.sub(r"\D", "", found[2])
    if digits == found[2] and digits[:1] == "0" and len(digits) >= _CODE:
        return None  # a code
    whole, part = digits.lstrip("0") or "0", (found[3] or "").rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if found[1] == "-" and number != "0" else number
