"""What is no answer in a reply that has no label: remarks, talk, "I don't know"."""

from __future__ import annotations

import re

from a2r_graph.references.answer.words import (
    ARROWS,
    CONCLUSIONS,
    REMARKS,
    TALK,
    UNKNOWN,
    any_of,
)

# A line, or a sentence, that adds something to an answer already given.
REMARK = re.compile(rf"[\s>*_#(\[-]*{any_of(*REMARKS)}\b", re.IGNORECASE)
_REMARK_INSIDE = re.compile(
    r"(?<=[.!])\s{1,4}"
    + any_of(
        *("Check(?:ing)?", r"Verif\w+", "Note", "Proof", "Confidence", "Explanation"),
        "Reason(?:ing)?",
    )
    + r"\b(?:\s+that\b|\s*[:,]).*$"
)
# A heading behind which nothing but sources stands.
APPENDIX = re.compile(
    r"[#*_\s]*"
    r"(?:references|sources|bibliography|further reading|citations)[:*_\s]*",
    re.IGNORECASE,
)
# A reply that says that there is no answer, that is talk, or that calls a tool.
NO_ANSWER = re.compile(
    rf"\b(?:{any_of(*UNKNOWN)})",
    re.IGNORECASE,
)
TALKS = re.compile(any_of(*TALK), re.IGNORECASE)
CALLS = re.compile(r"[\[{\s]{0,8}\{\s*[\"']\w+[\"']\s*:|<tool_call|Action:")
# A sentence that supposes something, unless it concludes from it.
SUPPOSES = re.compile(
    any_of(
        *("if", "suppose", "assume", "many people", "some (?:people|students)"),
        *("(?:the|a) student", "hint"),
    )
    + r"\b(?![^.]*\bthen\b)",
    re.IGNORECASE,
)
# What stands before the value of a last sentence.
_LEAD = re.compile(
    rf"(?:{any_of(*CONCLUSIONS)}\b[,:：、،]?\s*|{any_of(*ARROWS)}\s*)+", re.IGNORECASE
)
# What is broken off in the middle of a sentence.
_UNFINISHED = re.compile(
    r"\b"
    + any_of(
        *("is", "are", "the", "an?", "of", "and", "or", "to", "which", "that", "with"),
        *("by", "for", "therefore", "equals"),
    )
    + r"\s*$|\s[=+]\s*$|[=,(\[]\s*$"
)


def without_remark(line: str) -> str:
    """Return a line without the remark behind its answer.

    Example:
        >>> without_remark("It is 12. Check: 3 x 4 = 12.")
        'It is 12.'
    """
    return _REMARK_INSIDE.sub("", line)


def without_lead(sentence: str) -> str:
    """Return a sentence without the words that lead to what it says.

    Example:
        >>> without_lead("So, it's 12."), without_lead("Twelve.")
        ('12.', 'Twelve.')
    """
    lead = _LEAD.match(sentence)
    return sentence[lead.end() :] if lead else sentence


def broken_off(line: str) -> bool:
    """Whether a line ends in the middle of a sentence or a formula.

    Example:
        >>> broken_off("and the total is"), broken_off("It is 12.")
        (True, False)
    """
    return line.count("{") > line.count("}") or _UNFINISHED.search(line[-40:]) is not None
