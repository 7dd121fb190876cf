r"""LaTeX in plain notation: `\frac{1}{2}` as `(1)/(2)`, `\sqrt{3}` as `√(3)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta lambda mu nu xi pi rho "
    "sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Sigma Phi Psi Omega"
).split()
_GREEK = dict(zip(_GREEK_NAMES, "αβγδεεζηθλµνξπρστφφχψωΓΔΘΛΣΦΨΩ", strict=True))
_SIGNS = {
    **_GREEK,
    **dict.fromkeys(("times", "cdot", "ast"), "*"),
    **dict.fromkeys(("le", "leq", "leqslant"), "≤"),
    **dict.fromkeys(("ge", "geq", "geqslant"), "≥"),
    **dict.fromkeys(("ne", "neq"), "≠"),
    **dict.fromkeys(("approx", "simeq"), "≈"),
    **dict.fromkeys(("quad", "qquad", "hspace", "enspace", "thinspace"), " "),
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "displaystyle"), ""),
    **dict.fromkeys(("emptyset", "varnothing"), "∅"),
    **dict.fromkeys(("to", "rightarrow"), "→"),
    **dict.fromkeys(("ldots", "dots", "cdots"), "..."),
    **dict.fromkeys(("circ", "degree"), "°"),
    **dict.fromkeys(("lt",), "<"),
    **dict.fromkeys(("gt",), ">"),
    "pm": "±",
    "mp": "∓",
    "div": "/",
    "equiv": "≡",
    "in": "∈",
    "cup": "∪",
    "cap": "∩",
    "infty": "∞",
    "sqrt": "√",
    "langle": "⟨",
    "rangle": "⟩",
    "lbrace": "{",
    "rbrace": "}",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "colon": ":",
    "land": "∧",
    "lor": "∨",
    "lnot": "¬",
    "neg": "¬",
    "bmod": " mod ",
    "mod": " mod ",
    "lvert": "|",
    "rvert": "|",
    "mid": "|",
    "euro": "€",
    "pounds": "£",
}
_WRAPPER = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:rm|bf|it|sf|tt|bb|cal|frak)|boldsymbol|bm"
    r"|operatorname|ce|mbox|boxed|fbox|unit|SI|underline|displaystyle)\s*+\{([^{}]*+)\}"
)
_FRACTION = re.compile(r"\\[dtc]?frac\s*+(?:\{([^{}]*+)\}|(\w))\s*+(?:\{([^{}]*+)\}|(\w))")
_BINOMIAL = re.compile(r"\\[dt]?binom\s*+(?:\{([^{}]*+)\}|(\w))\s*+(?:\{([^{}]*+)\}|(\w))")
_CHOOSE = re.compile(r"\{([^{}]*?)\\choose([^{}]*+)\}")
_ROOT = re.compile(r"\\sqrt\s*+(?:\[([^\[\]]*+)\])?\s*+(?:\{([^{}]*+)\}|(\w))")
_MODULUS = re.compile(r"\\pmod\s*+(?:\{([^{}]*+)\}|(\w++))")
_SCRIPT = re.compile(r"([\^_])\s*+\{([^{}]*+)\}")
_MIXED = re.compile(
    r"(?<![\d.,)])(\d+)\s*+\\[dtc]?frac\s*+(?:\{(\d+)\}|(\d))(?:\{(\d+)\}|(\d))"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)(\s*+)")
_NAMES = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp gcd lcm max "
    "min det lim deg".split()
)
_GROUP = re.compile(r"(?<![\\\w])\{([^{},]*)(?<!\\)\}|(?<=[a-z])\{([^{},]*)(?<!\\)\}")
_OVER = re.compile(r"\{([^{}]*?)\\over(?![a-z])([^{}]*+)\}")
_SPACE = re.compile(r"\\[,;: ]|~")
_ESCAPED = re.compile(r"\\([%$#&_{}|])")
_MATRIX = re.compile(
    r"\\begin\{([pbvBV]?)(?:small)?(?:matrix|array)\}(?:\{[lcr|]*\})?"
    r"((?:[^\\]++|\\(?!begin\{|end\{))*)"  # what begins anew holds no matrix
    r"\\end\{[pbvBV]?(?:small)?(?:matrix|array)\}"
)
_MINERVA = re.compile(r"(?<=\d),\\!\s*(?=\d{3})")  # 11,\! 111
_DEPTH = 8
_SEAM = "\x00"  # ends a command's name: the text of \circ\text{C} isn't \circC


def plain_latex(text: str) -> str:
    r"""Return `text` without LaTeX's commands, as far as they are known.

    Example:
        >>> plain_latex(r"2\sqrt{3} \times 10^{-19}\text{ m}")
        '2√(3) *10^(-19) m'
    """
    text = text.replace("{,}", ",")
    if "\\" not in text:
        return _SCRIPT.sub(r"\1(\2)", text) if "{" in text else text
    text = _MINERVA.sub(",", text).replace("\\!", "")
    if "\\begin" in text:
        text = _MATRIX.sub(_matrix, text)
    text = _SPACE.sub(" ", _MIXED.sub(_mixed, text))
    text = _without_groups(text)
    text = _COMMAND.sub(_plain_command, text)
    text = _ESCAPED.sub(r"\1", text).replace(_SEAM, "")
    return text.replace("^(°)", "°").replace("^°", "°")


def _without_groups(text: str) -> str:
    """Write what commands make of groups, from the inside out."""
    forms = [form for form in _FORMS if form[0] in text]
    for _ in range(_DEPTH):
        before = text
        for _name, pattern, made in forms:
            text = pattern.sub(made, text)
        if text == before:
            break
    if "{" not in text:
        return text
    return _GROUP.sub(lambda found: f"({found[1] or found[2] or ''})", text)


def _plain_command(found: re.Match[str]) -> str:
    name = found[1]
    if name in _SIGNS:
        return _SIGNS[name]
    if name not in _NAMES:
        return found[0]
    # A function's name ends where a letter or a command stands beside it.
    before = found.string[max(0, found.start() - 1) : found.start()]
    after = found.string[found.end() : found.end() + 1]
    space = found[2] or (" " if after.isalpha() or after == "\\" else "")
    return f"{' ' if before.isalpha() else ''}{name}{space}"


def _fraction(found: re.Match[str]) -> str:
    over, under = found[1] or found[2], found[3] or found[4]
    return f"(({over or ''})/({under or ''}))"


def _mixed(found: re.Match[str]) -> str:
    return f"{found[1]} {found[2] or found[3]}/{found[4] or found[5]}"


def _binomial(found: re.Match[str]) -> str:
    return f"binom({found[1] or found[2]},{found[3] or found[4]})"


def _root(found: re.Match[str]) -> str:
    degree = f"[{found[1]}]" if found[1] else ""
    return f"√{degree}({found[2] or found[3]})"


def _matrix(found: re.Match[str]) -> str:
    """Write the rows as `matrix((1;2),(3;4))`; of one column, as a vector."""
    rows = [row.split("&") for row in found[2].split("\\\\") if row.strip()]
    if found[1] in ("v", "V"):
        return "det[" + "|".join(";".join(map(str.strip, row)) for row in rows) + "]"
    if all(len(row) == 1 for row in rows):
        return "(" + ", ".join(row[0].strip() for row in rows) + ")"
    return "matrix[" + "|".join(";".join(map(str.strip, row)) for row in rows) + "]"


_Made: TypeAlias = str | Callable[[re.Match[str]], str]
_FORMS: tuple[tuple[str, re.Pattern[str], _Made], ...] = (  # by what must be in the text
    ("{", _WRAPPER, f"{_SEAM}\\1"),
    ("over", _OVER, r"((\1)/(\2))"),
    ("binom", _BINOMIAL, _binomial),
    ("choose", _CHOOSE, r"binom(\1,\2)"),
    ("frac", _FRACTION, _fraction),
    ("sqrt", _ROOT, _root),
    ("pmod", _MODULUS, r" mod \1\2"),
    ("{", _SCRIPT, r"\1(\2)"),
)
