"""The words around an answer that don't change it: hedges, reasons, fixed phrases."""

from __future__ import annotations

import re

_HEDGE = re.compile(
    r"""(?:
        (?:approximately|approx\.?|about|around|roughly|circa|ca\.|nearly|exactly|only|just
        |simply|precisely|equal\ to|equals|therefore|thus|so|hence|it\ is|it's|we\ get
        |i\.e\.|namely|a\ total\ of|the\ number|the\ value
        |ungefähr|etwa|environ|aproximadamente|примерно|около|约|大约|約|およそ|약)
        (?!\w)[\s,:]*
        |[≈≃=]\s*
        |~\s?(?=[\d$-])
    )+""",
    re.IGNORECASE | re.VERBOSE,
)
_REASON = re.compile(r",?\s+(?:because|since)\s.*", re.DOTALL)
_IN_A_YEAR = re.compile(  # the year 1999, on 5 May
    r"(?:the\s+)?year\s+(?=\d{3,4}\b)|(?:in|on|at|by)\s+(?=\d)", re.IGNORECASE
)
_SUFFIX = re.compile(r",\s+(?=(?:Jr|Sr|Inc|Ltd|II|III)\b)")  # of a name
_ASIDE = re.compile(r"(.*?\S)\s*\(([^()]*)\)")
_RESTATED = re.compile(r"(?:approx\w*\.?|about|around|roughly|i\.e\.|≈|~|=)", re.IGNORECASE)
_SAID = {
    **dict.fromkeys(("empty set", "the empty set", "{}", "{ }"), "∅"),
    **dict.fromkeys(("no solutions", "there is no solution"), "no solution"),
    **dict.fromkeys(("there are no solutions", "no real solutions"), "no solution"),
    **dict.fromkeys(("infinity", "+∞", "+infinity", "positive infinity", "infinite"), "∞"),
    **dict.fromkeys(("-infinity", "minus infinity", "negative infinity"), "-∞"),
}


def one_wording(text: str) -> str:
    """Return what is said in several ways in one of them.

    Example:
        >>> one_wording("Infinity"), one_wording("John Smith, Jr.")
        ('∞', 'John Smith Jr.')
    """
    said = _SAID.get(text.casefold())
    if said:
        return said
    return _SUFFIX.sub(" ", text) if ", " in text else text


def unhedged(text: str) -> str:
    """Return an answer without the words before it and the reason behind it.

    Example:
        >>> unhedged("approximately 5"), unhedged("5, because 2 + 3 = 5")
        ('5', '5')
    """
    if "because" in text or "since" in text:
        text = _REASON.sub("", text)
    if found := _IN_A_YEAR.match(text):
        text = text[found.end() :]
    found = _HEDGE.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def aside(text: str) -> tuple[str, str] | None:
    """Return an answer, and what stands in brackets behind it.

    Example:
        >>> aside("1/2 (0.5)"), aside("f(x)(y")
        (('1/2', '0.5'), None)
    """
    found = _ASIDE.fullmatch(text) if text[-1:] == ")" else None
    return (found[1], found[2]) if found else None


def is_restated(text: str) -> bool:
    """Whether an aside says the same in another way: "approximately 0.33"."""
    return _RESTATED.match(text) is not None
