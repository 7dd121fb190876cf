"""Reading what a label leads to: "Answer: 12", "the answer is 12", "## Answer"."""

from __future__ import annotations

import re
from typing import NamedTuple

from a2r_graph.references.answer import languages
from a2r_graph.references.answer.anchors import Statement, in_code
from a2r_graph.references.answer.behind import behind
from a2r_graph.references.answer.doubts import supposed
from a2r_graph.references.answer.quantities import last_quantity
from a2r_graph.references.answer.spelling import is_value, spelling
from a2r_graph.references.answer.value import in_sentence, judged, later, stated
from a2r_graph.references.answer.words import any_of

_BACK = 40  # characters of the label's line before its noun
_SENTENCE = 30  # characters of an answer that may be a sentence

# An answer that isn't ours, or not yet.
_NOT_OURS = re.compile(
    r"\b"
    + any_of(
        *("wrong", "incorrect", "false", "bad", "common", "initial", "previous", "earlier"),
        *("intermediate", "tentative", "student'?s?", "their", "his", "her", "your first"),
        *("first", "another", "an?", "any", "no", "other", "each", "possible", "long"),
        *("full", "detailed", "alternative", "trial", "nonsensical", "multiple"),
    )
    + r"\W{1,5}$",
    re.IGNORECASE,
)
# What makes a weak noun firm.
_FIRM = re.compile(
    r"(?:correct|right|best|final|正确|richtige|correcta)\W{1,3}$", re.IGNORECASE
)
# What stands before "answer is": an article or an adjective, or nothing.
_BEFORE_VERB = re.compile(
    r"(?:\b"
    + any_of(
        *("the", "my", "our", "final", "correct", "right", "actual", "true", "overall"),
        *("numerical", "desired", "required", "calculated", "computed", "resulting"),
        *("best", "only", "short", "la", "el", "die", "das", "der", "le", "o", "a", "as"),
        *(
            "l'",
            "этот",
            "правильный",
            "наш",
            "finale?",
            "correcta",
            "richtige",
            "bonne",
            "certa",
        ),
        *("सही", "अंतिम", "最终", "所以", "因此", "正确", "故", "最終", "정답은", "최종"),
    )
    + r"\W{0,5}$|(?:^|[.:!\n*(])\W{0,6}$)",
    re.IGNORECASE,
)
# What stands before the noun of a heading, from its line's beginning.
_BEFORE_HEAD = re.compile(
    r"^[#>*_ \t]*(?:\d{1,2}[.)]\s*)?(?:the |my |our )?(?:final |correct )?"
    r"(?:die |la |le |el |a |o )?"
    r"(?:finale |最终|最終|(?:правильный|верный|итоговый) )?[*_]*$",
    re.IGNORECASE,
)
_CELL = re.compile(r"[\s*_]*\|\s*([^|\n]+?)\s*\|")
_BARE_VALUE = re.compile(
    r"[ \t*_]{1,4}(\(?[A-J]\)?[.]?|[-+$]?\d[\d.,]*%?)[*_]*[ \t]*(?=\n|$)"
)
# What choice (D) stands behind: "... which matches".
_LETTER = re.compile(r"\s*[(*_]*([A-J])[)*_]*\s*(?:[.!]|$)", re.MULTILINE)
_LEADS_TO = re.compile(
    r"\b"
    + any_of(
        *("is", "be", "to", "with", "matches", "gives", "means", "for", "hence", "so"),
        *("thus", "therefore", "at"),
    )
    + r"[,:]?\s+(?:the\s+)?$"
)
_VERB_LAST = re.compile(r"\s+(\S.{0,80}?)\s*(?:है|हैं|होगा|입니다|です)(?=[\s।.。]|$)")
_WOULD = re.compile(r"\b(?:would|could|might|may)\b", re.IGNORECASE)
_IF = re.compile(r"[^.\n]{0,400}\bif\b")
_DENIED = re.compile(r"n't\W*$")
# Figures where a comma is the decimal one.
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}),(\d{3})(?![\d,.]\d)")
_POINT_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.])(?:,\d+)?")


class Label(NamedTuple):
    """A noun that an answer may follow, and where it stands."""

    text: str
    """The whole text."""
    start: int
    end: int
    before: str
    """What its line has before it."""
    noun: str


_Found = tuple[str, int] | None
"""An answer and where its statement ends."""


def read_label(text: str, anchor: re.Match[str]) -> Statement | None:
    """Read what the noun at an anchor leads to; `None` if it is no label.

    Example:
        >>> from a2r_graph.references.answer.anchors import anchors
        >>> for text in ("**Answer:** 12", "La respuesta es 12.", "no answer: 12"):
        ...     read_label(text, next(anchors(text)))
        Statement(answer='12', start=2, end=14, closed=False)
        Statement(answer='12', start=3, end=19, closed=False)
    """
    start, end = anchor.span()
    line = max(text.rfind("\n", 0, start) + 1, start - _BACK)
    label = Label(text, start, end, text[line:start], anchor["noun"])
    if not _is_label(label):
        return None
    for read in (_cell, _separated, _verb, _heading, _bare, _option, _verb_last):
        found = read(label)
        if found is None:
            continue
        answer, stop = found
        weak = languages.WEAK.fullmatch(label.noun) and not _FIRM.search(label.before)
        if weak and not is_value(answer):
            return None
        return Statement(answer, start, stop, closed=bool(text[stop:].strip()))
    return None


def _is_label(label: Label) -> bool:
    """Whether a noun stands for the answer itself."""
    text, _, end, before, noun = label
    if noun.isascii() and (text[end : end + 1].isalpha() or before[-1:].isalnum()):
        return False  # a part of a word
    if languages.ENGLISH.fullmatch(noun) and _NOT_OURS.search(before):
        return False
    if noun.casefold() in ("options", "choices") and not _FIRM.search(before):
        return False  # they are read out
    if in_code(text, label.start):
        return False
    heads_its_line = text[end : end + 1] in ":\uff1a" and not before.strip("#*_ ")
    return heads_its_line or not supposed(text, label.start)


def _cell(label: Label) -> _Found:
    """Read a table's row: "| Answer | 12 |"."""
    if "|" not in label.before:
        return None
    cell = _CELL.match(label.text, label.end)
    if cell is None or not set(cell[1]) - set("-: "):
        return None
    answer = stated(cell[1])
    return (answer, cell.end()) if answer else None


def _separated(label: Label) -> _Found:
    """Read "Answer: 12", and "Answer - 12" at the beginning of a line."""
    found = languages.SEPARATOR.match(label.text, label.end)
    if found is None:
        return None
    dash = "-" in found[0].strip() or "\u2013" in found[0] or "\u2014" in found[0]
    if dash and not _BEFORE_HEAD.match(label.before):
        return None
    return _led_to(label, found.end())


def _verb(label: Label) -> _Found:
    """Read "the answer is 12"."""
    text = label.text
    found = languages.VERB.match(text, label.end)
    if found is None:
        return None
    if label.noun.isascii() and not _BEFORE_VERB.search(label.before):
        return None
    line = text[found.end() : found.end() + 200].split("\n", 1)[0]
    if judged(line) or _DENIED.search(found[0]):
        return None
    if _WOULD.search(found[0]) and _IF.match(text, found.end()):
        return None
    return _led_to(label, found.end())


def _heading(label: Label) -> _Found:
    """Read what follows a line that is "## Answer"."""
    found = languages.HEAD.match(label.text, label.end)
    if found is None or not _BEFORE_HEAD.match(label.before):
        return None
    return _led_to(label, found.end())


def _bare(label: Label) -> _Found:
    """Read a line that is "Answer 12"."""
    found = _BARE_VALUE.match(label.text, label.end)
    if found is None or not _BEFORE_HEAD.match(label.before):
        return None
    answer = stated(found[1])
    return (answer, found.end()) if answer else None


def _option(label: Label) -> _Found:
    """Read "which is choice (D)"."""
    if not languages.OPTION.fullmatch(label.noun):
        return None
    found = _LETTER.match(label.text, label.end)
    if found is None or not _LEADS_TO.search(label.before):
        return None
    return found[1], found.end()


def _verb_last(label: Label) -> _Found:
    """Read what stands between a label and its verb, where the verb comes last."""
    if label.noun.isascii():
        return None
    found = _VERB_LAST.match(label.text, label.end)
    answer = stated(found[1]) if found else None
    return (answer, found.end()) if found and answer else None


def _led_to(label: Label, at: int) -> _Found:
    """Read the value that begins at a place, or what a sentence there says."""
    value, end = behind(label.text, at)
    if not value or later(value):
        return None
    if languages.COMMA.fullmatch(label.noun):
        value = _DECIMAL_COMMA.sub(r"\1.\2", _POINT_GROUPS.sub(_english, value))
    answer = stated(value)
    if answer is None:
        return None
    if " " in answer or len(answer) > _SENTENCE or "\n" in label.text[at:end]:
        said = in_sentence(answer)
        if said is not None:
            return (_value_of(said) or answer), end
    return answer, end


def _english(number: re.Match[str]) -> str:
    return number[0].replace(".", "").replace(",", ".")


def _value_of(said: str) -> str | None:
    """Return the value in what stands behind a sentence's verb."""
    answer = stated(said)
    if answer is not None and is_value(answer):
        return answer
    quantity = last_quantity(said)
    return spelling(quantity) if quantity else None
