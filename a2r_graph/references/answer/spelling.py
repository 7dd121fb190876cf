"""How a final answer is written once it has been found."""

from __future__ import annotations

import re

from a2r_graph.references.key.choices import choice, choices, word
from a2r_graph.references.key.dress import TOKENS, outer
from a2r_graph.references.key.glyphs import plain_digits

_ROUNDS = 8  # of dress that is taken off
_CODE = 4  # digits that are a code if they begin with a nought
_LONGEST_VALUE = 60  # characters
_FEW = 6  # words

# Answers that are nothing but a sign, of code or of punctuation.
_SIGNS = frozenset(("*", "**", "_", ";", ",", ".", ":", "`"))

# LaTeX that is only dress: a box or a font around all of it, layout, an option's letter.
_WHOLE = re.compile(
    r"\\{1,2}(?:boxed|fbox|text(?:bf|it|rm)?|math(?:rm|bf|it))\s*+"
    r"\{((?:[^{}]++|\{[^{}]*+\})*)\}"
)
_MINERVA = re.compile(r"(?<=\d),\\!\s*(?=\d{3})")  # 11,\! 111
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle)(?![A-Za-z])|\\!")
_LETTERED = re.compile(r"\\text(?:bf)?\s*+\{\s*\(?([A-J])\)?\s*\}(?:\\?\s|~).*", re.DOTALL)
_INSIDE = re.compile(r"\$([^$\n]+)\$|\\\(((?:[^\\\n]++|\\(?![()]))+)\\\)")
# Between the groups of a number's digits.
_THIN = re.compile(r"(?<=\d)\\,(?=\d{3})|\{,\}(?=\d)|(?<=\d)\\ (?=\d{3})")

# Markdown inside a text: bold, but not `**kwargs`; marked or struck through as a whole.
_STARS = re.compile(r"(?<!\w)\*\*(?=\S)|(?<=\S)\*\*(?!\w)")
_POINTER = re.compile(r"\*\*[a-z_]\w*$")
_MARKED = re.compile(r"(==|~)(?=[^=~\s])([^=~]+)\1")
_PICTURES = "\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\\s"
_EMOJI = re.compile(rf"^[\u2190-\u21ff{_PICTURES}]+|(?<![{_PICTURES}])[{_PICTURES}]+$")

# Typographic quotes around all of it.
_QUOTED = re.compile(
    r"[\u201c\u201e\u00ab]([^\u201c-\u201e\u00ab\u00bb]+)[\u201c\u201d\u00bb]"
)

# A number, with its digits in groups by commas (by thousands, or as in India), blanks,
# apostrophes or full stops, or ungrouped.
_NUMBER = re.compile(
    r"([-+]?)"
    r"(\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?:[ '\u2019\u00a0\u202f]\d{3})+"
    r"|\d{1,3}(?:\.\d{3}){2,}|\d*)(?:\.(\d+))?"
)
_COMMA_LAST = re.compile(r"([-+]?)(\d{1,3}(?:\.\d{3})+),(\d+)")
_IN_BRACKETS = re.compile(r"\(([-+]?[\d.]+)\)")
_FIRST_WORD = re.compile(r"[^\W\d_]+[\u0900-\u097f]*")


def spelling(found: str) -> str | None:
    r"""Return a final answer in plain spelling; `None` for an empty one.

    Without its dress, a plain number without grouping and idle zeros, an option by its
    letter alone.

    Args:
        found: The answer as it stands in a text.

    Example:
        >>> spelling("**1,000.0**"), spelling(r"\dfrac12"), spelling("(B) Paris")
        ('1000', '\\frac12', 'B')
        >>> spelling(r"\text{(C)}\ 42"), spelling("**"), spelling(" \n ")
        ('C', '**', None)
    """
    text = TOKENS.sub("", found) if "<" in found or "[" in found else found
    text = plain_digits(text).strip()
    sign = text if text in _SIGNS else None
    if "\\" in text:
        text = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
        text = _LAYOUT.sub("", _MINERVA.sub(",", text))
        lettered = _LETTERED.fullmatch(text)
        if lettered:
            return lettered[1]
    text = _undressed(_unmarked(text))
    if not text.strip("*_`$.,;: \"'"):
        return sign
    return _plain(text) or None


def _unmarked(text: str) -> str:
    """Return a text without emoji and quotes around it and markdown inside."""
    if not text.isascii():
        text = _EMOJI.sub("", text) or text
        quoted = _QUOTED.fullmatch(text)
        text = quoted[1] if quoted else text
    if "**" in text and "`" not in text and "\n" not in text and not _POINTER.match(text):
        text = _STARS.sub("", text) or text
    marked = _MARKED.fullmatch(text)
    return _THIN.sub(",", marked[2] if marked else text)


def _undressed(text: str) -> str:
    """Return a text without what is around all of it, one under another: **"$42$".**."""
    for _ in range(_ROUNDS):
        bare, _code = outer(text)
        whole = _WHOLE.fullmatch(bare) if "\\" in bare else None
        bare = whole[1].strip() if whole else bare
        if bare == text:
            break
        text = bare
    return text


def _plain(text: str) -> str:
    if "$" in text or "\\(" in text:
        text = _INSIDE.sub(lambda part: part[1] or part[2].strip(), text)
    if "\n" in text:
        return text
    text = " ".join(text.split()).replace("\\$", "$").replace("\\%", "%")
    option = None if choices(text) else choice(text)
    if option and not option[1]:
        return option[0]
    first = _FIRST_WORD.match(text)
    if first and word(text):
        return first[0]
    inside = _IN_BRACKETS.fullmatch(text)
    return plain_number(inside[1] if inside else text) or text


def plain_number(text: str) -> str | None:
    """Return a plain number without grouping and idle zeros; `None` if it is none.

    Example:
        >>> plain_number("1,234.50"), plain_number("004"), plain_number("0011")
        ('1234.5', '4', None)
    """
    other = _COMMA_LAST.fullmatch(text)
    if other:
        text = f"{other[1]}{other[2].replace('.', '')}.{other[3]}"
    found = _NUMBER.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    # By characters: a float would round, and int() refuses more than 4,300 digits.
    digits = re.sub(r"\D", "", found[2])
    if digits == found[2] and digits[:1] == "0" and len(digits) >= _CODE:
        return None
    whole, part = digits.lstrip("0") or "0", (found[3] or "").rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if found[1] == "-" and number != "0" else number


def is_value(answer: str) -> bool:
    """Whether an answer is a number, an option or the like, rather than words.

    Example:
        >>> is_value("B"), is_value("12 km"), is_value("a matter of taste")
        (True, True, False)
    """
    if plain_number(answer) or choices(answer) or choice(answer) or word(answer):
        return True
    if len(answer) > _LONGEST_VALUE or len(answer.split()) > _FEW:
        return False
    return any(map(str.isdigit, answer))
