"""Answers in words: what their case, articles and abbreviations come to."""

from __future__ import annotations

import re

_ABBREVIATED = {
    "dr": "doctor",
    "mr": "mister",
    "mrs": "mistress",
    "prof": "professor",
    "st": "saint",
    "ste": "sainte",
    "mt": "mount",
    "ft": "fort",
    "no": "number",
    "nr": "number",
    "vol": "volume",
    "fig": "figure",
    "vs": "versus",
}
_STATES = {
    "US": "united states",
    "USA": "united states",
    "UK": "united kingdom",
    "UAE": "united arab emirates",
    "EU": "european union",
    "UN": "united nations",
    "united states of america": "united states",
}
_DOTTED = re.compile(r"\b(?:[A-Z]\. ?)+[A-Z]\b(?:\. ?|$|(?= ))")
_NUMBERED = re.compile(  # No. 5, #5, number 5, but not NO2
    r"(?:[Nn][OoRr](?:\.\s*|\s+)|[Nn]umber\s+|[Nn]º\s*|\#\s*)(\d+)"
)
_LIFE = re.compile(r"\s*\((?:c\. ?)?\d{3,4}\s*-\s*(?:\d{2,4}|present)?\)$")
_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\w{2})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\.?")
_PROSE = re.compile(r"[\w\s.,;:'\"()&%/!?-]*", re.UNICODE)
_SUBSCRIPT = re.compile(r"(?<=[A-Za-z])_\(?(\d+)\)?")
_SPACE = re.compile(  # beside a sign
    r"\s+(?=[=+*/<>,:;(){}\[\]|&^≤≥≠≈→∈∪∩-])|(?<=[=+*/<>,:;(){}\[\]|&^≤≥≠≈→∈∪∩-])\s+"
)
_INNER_CAPITAL = re.compile(r"[^\W\d_][A-Z]")
_CODE = re.compile(  # a command with its options, a path, a formula, foo(, config.yaml
    r"""\\ | (?:^|\s)--?\w | \w/\w | _ | \d[A-Za-z] | [A-Za-z]\d | \w\(
    | [A-Za-z]{2}\.[A-Za-z] | \b(?:sin|cos|tan|log|ln|exp|sqrt)\b""",
    re.VERBOSE,
)
_VERSION = re.compile(r"(?:version|ver\.?|v\.?)\s*(?=\d)", re.IGNORECASE)
_POINTS = re.compile(r"\d+(?:\.\d+){2,}[\w-]*")
_BEFORE = re.compile(r"(?:on|in|at|option|choice|answer)\s+(?=\w)", re.IGNORECASE)
_DAYS = {
    day[:3]: day
    for day in "monday tuesday wednesday thursday friday saturday sunday".split()
}
_SHORT = 3  # letters below which case may tell: Co and CO


def text_key(text: str) -> str:
    """Return a text with what doesn't tell answers apart in one spelling.

    Case counts wherever it may tell: in code, in formulas, in short and mixed words.

    Example:
        >>> text_key("the U.S.") == text_key("United States")
        True
        >>> text_key("Dr. Smith") == text_key("Doctor Smith")
        True
        >>> text_key("CO") == text_key("Co"), text_key("__init__") == text_key("init")
        (False, False)
    """
    if "\n" in text:  # a block: its lines and indentation count
        return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
    text = " ".join(text.split())
    version = _VERSION.match(text)
    if version or _POINTS.fullmatch(text):
        return f"version {text[version.end() :] if version else text}"
    before = _BEFORE.match(text)
    if before:
        text = text[before.end() :].strip("() ")
    if not is_prose(text):
        text = _SPACE.sub("", text.replace("->", "→").replace("'", '"'))
        return _SUBSCRIPT.sub(r"\1", text) if "→" in text else text
    if text.isupper() and " " in text:
        text = text.casefold()
    text = _LIFE.sub("", text)
    text = _DOTTED.sub(_undotted, text)
    text = _NUMBERED.sub(r"number \1", text)
    text = _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text
    if text in _STATES:
        return _STATES[text]
    words = [_word(word) for word in text.split(" ")]
    whole = " ".join(words)
    return _STATES.get(whole) or _DAYS.get(whole, whole)


def is_prose(text: str) -> bool:
    """Whether a text is words, and not code, a formula or a name in which case tells."""
    if (
        _PROSE.fullmatch(text)
        and not _CODE.search(text)
        and any(len(word.split("-")[0]) >= _SHORT for word in _WORD.findall(text))
    ):
        return True
    known = _NUMBERED.fullmatch(text) or _DOTTED.fullmatch(text.removeprefix("the "))
    return known is not None


def _undotted(found: re.Match[str]) -> str:
    letters = found[0].replace(".", "").replace(" ", "")
    tail = " " if found[0].endswith(" ") else ""
    if letters.isupper() and letters in _STATES:
        return _STATES[letters] + tail
    return letters + tail


def _word(word: str) -> str:
    bare = word.strip(".,;:!?\"'()")
    folded = bare.casefold()
    if word.endswith(".") and folded in _ABBREVIATED:
        return _ABBREVIATED[folded]
    if folded in ("dr", "mr", "mrs", "prof", "mt", "st") and bare[:1].isupper():
        return _ABBREVIATED[folded]
    if bare in _STATES:
        return _STATES[bare]
    if _INNER_CAPITAL.search(bare) and not (bare.isupper() and len(bare) > _SHORT):
        return word.rstrip(".")  # McDonald, aB, NaCl, DNA: as it is
    return word.rstrip(".,;").casefold()
