"""A value without the sentence, the clause, the remark and the words around it."""

from __future__ import annotations

import re

from a2r_graph.references.answer.languages import tail_off
from a2r_graph.references.answer.sentences import first_sentence
from a2r_graph.references.answer.words import CLAUSES, LEADS, REASONS, any_of

_SPACE = " \t:=\uff1a\u200b"

_QUOTED = re.compile(
    r"[\"\u201c\u00ab][^\"\u201c\u201d\u00ab\u00bb\n]{1,300}[\"\u201d\u00bb]"
    r"(?!\s{0,8}(?:is|are|and|or|,)\b)"
)
# A remark on the answer, up to its colon: "quite simple:".
_REMARK = re.compile(r"(?!yes|no|true|false)[a-z][a-z' ]{1,40}:\s+(?=\S)")
_LEADS = re.compile(
    r"(?:#{2,}\s*|" + any_of(*LEADS) + r"\b\s*[,:]?\s*"
    r"|\.{3}\s*|…\s*|≈\s*|~\s?(?=[\d$])|\\approx\s*)+",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    rf",\s{{1,4}}(?:but (?!only|not|if)|{any_of(*CLAUSES)}\b|{any_of(*REASONS)}\s)"
    rf"|\s(?:{any_of(*REASONS)}\s|--\s|[\u2013\u2014]\s(?!\d))"
    r"|(?<!\d)\s[\u2013\u2014]{1,2}\s|;\s",
    re.IGNORECASE,
)
# What says that it isn't so, where the verb comes last or before.
_DENIED = re.compile(
    any_of("ではありません", "ではない", "가 아닙니다", "이 아닙니다", "नहीं")
    + r"|^(?:ليست|ليس|не|nicht|no es|n'est pas)\s"
)
# What stands in brackets at the end ...
_ASIDE = re.compile(r"(.*\S)\s+\(([^()]*)\)[.*_]*", re.DOTALL)
# ... explains a value, ...
_EXPLAINS = re.compile(r"(?:see|as|from|shown|or|≈|approx|about|i\.e)\b", re.IGNORECASE)
# ... measures it, ...
_MEASURE = re.compile(r"[-+~≈$€£]?\s?\d[\d.,]*\s?(?:[%°a-zA-Z]|$)(?!.*\d{4}-)|0?\.\d+$")
_COUNT = re.compile(r"\d+$")
# ... or says in words what a number, an option or a yes is; "(mod 7)" belongs to it.
_MODULUS = re.compile(r"\s*(?:mod|base)\b")
_SPELT_OUT = re.compile(r"\d|^\W*(?:[A-J]|yes|no|true|false)\W*$", re.IGNORECASE)
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")


def trimmed(value: str) -> str:
    """Return a value without the sentence, the clause or the remark behind it.

    Args:
        value: What stands behind a label, in its dress.

    Returns:
        The value, still in its dress; empty if it is denied ("not 12").

    Example:
        >>> trimmed("72, which is the total."), trimmed("about 5 km (see above)")
        ('72', '5 km')
        >>> trimmed("St. Louis. It is old."), trimmed("No. 5")
        ('St. Louis', 'No. 5')
    """
    value = value.lstrip(_SPACE)
    quoted = _QUOTED.match(value)
    if quoted:
        return quoted[0]
    value = said(value)
    lead = _LEADS.match(value)
    value = tail_off(first_sentence(value[lead.end() :] if lead else value))
    if _DENIED.search(value):
        return ""
    clause = _CLAUSE.search(value)
    if clause and clause.start():
        value = value[: clause.start()]
    aside = _ASIDE.fullmatch(value) if "(" in value else None
    if aside and _is_beside(aside[2], aside[1]):
        value = aside[1]
    return value.strip()


def said(value: str) -> str:
    """Return what follows a remark on the answer.

    Example:
        >>> said("quite simple: 12"), said("yes: 12")
        ('12', 'yes: 12')
    """
    remark = _REMARK.match(value)
    return value[remark.end() :] if remark else value


def _is_beside(inside: str, value: str) -> bool:
    """Whether what stands in brackets behind a value is no part of it."""
    if _EXPLAINS.match(inside):
        return True
    if _MODULUS.match(inside):
        return False
    if _MEASURE.match(inside) and not _COUNT.match(inside):
        return True
    return bool(_SPELT_OUT.search(value) and _TWO_LETTERS.search(inside))
