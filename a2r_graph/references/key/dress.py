"""What an answer is dressed in: markdown, mathematical delimiters, quotes, full stops."""

from __future__ import annotations

import re

from a2r_graph.references.key.glyphs import plain_glyphs
from a2r_graph.references.key.latex import plain_latex

TOKENS = re.compile(  # of models' templates, which leak into replies
    r"""<\|?/?(?:begin_of_box|end_of_box|im_end|im_start|eot_id|end_of_text|endoftext|eos|end
    |return|end_of_turn|answer|final_answer|final|pad)\|?>
    |</s>|<｜end▁of▁sentence｜>|\[(?:END|EOS|DONE)\]""",
    re.VERBOSE,
)
_FENCE = re.compile(r"\s*```[\w+#.-]*[ \t]*\n?(.*?)\n?```\s*", re.DOTALL)
_MATH = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$"))
_BOLD = re.compile(
    r"\*\*(?=\S)([^*]+(?:\*[^*]+)*)\*\*|\*(?=[^*\s])([^*\n]+)\*|_(?=[^_\s])([^_\n]+)_"
)
_STRAY = re.compile(r"(?<=[\w)\]}.!%°$`\"])\*\*$")
_QUOTES = {'"': '"', "'": "'", "`": "`"}
_LETTERS = set("ABCDEFGHIJ")
_FACTORIAL = 3  # characters of "(n!", up to which "!" ends no sentence
_ROUNDS = 8


def undress(answer: str) -> str:
    r"""Return an answer in plain notation, without what it is dressed in.

    Example:
        >>> undress(r"**$\boxed{42}$.**"), undress("`foo_bar()`"), undress("__init__")
        ('42', 'foo_bar()', '__init__')
    """
    text = (
        TOKENS.sub("", answer).strip() if "<" in answer or "[" in answer else answer.strip()
    )
    fence = _FENCE.fullmatch(text) if "```" in text else None
    if fence:
        return fence[1]
    text = plain_glyphs(text)
    text, quoted = _without_dress(text)
    if quoted or not ("\\" in text or "{" in text):
        return text
    return _without_dress(" ".join(plain_latex(text).split()))[0]


def _without_dress(text: str) -> tuple[str, bool]:
    quoted = False
    for _ in range(_ROUNDS):
        bare, code = outer(text)
        quoted = quoted or code
        if bare == text:
            break
        text = bare
    return text, quoted


def outer(text: str) -> tuple[str, bool]:
    """Take one dress off; say whether it was that of code."""
    text = text.strip()
    if not text[1:]:
        return text, False
    if text[0] in "*_":
        bold = _BOLD.fullmatch(text)
        if bold:
            return next(part for part in bold.groups() if part is not None), False
    if "**" in text:
        text = _STRAY.sub("", text) or text
    inner = _inside_math(text)
    if inner:
        return inner, False
    if _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        return text[1:-1], text[0] == "`"
    return _without_end(_without_lone_dollar(text)), False


def _inside_math(text: str) -> str:
    if text[0] not in "\\$":
        return ""
    for opening, closing in _MATH:
        if text.startswith(opening) and text.endswith(closing):
            inner = text[len(opening) : -len(closing)]
            if inner and opening not in inner and closing not in inner:
                return inner
    return ""


def _without_end(text: str) -> str:
    """Take off a full stop or the like; "5!" and "n!" are factorials."""
    before, last = text[-2:-1], text[-1:]
    if not before:
        return text
    if last in ".,;" and not text.endswith("...") and not before.isspace():
        return text[:-1]
    if last in "!?" and before.isalpha() and len(text) > _FACTORIAL:
        return text[:-1]
    return text


def _without_lone_dollar(text: str) -> str:
    """Take off a dollar sign that opens or closes mathematics, and is no money."""
    if text.count("$") != 1 or text == "$":
        return text
    before = text[-2]
    if before == " " and text[-3:-2].isdigit():  # 5 $
        return text
    if text[0] == "$" and (text[1:] in _LETTERS or text[1] in "\\("):
        return text[1:]
    return text[:-1] if text[-1] == "$" and not before.isalpha() else text
