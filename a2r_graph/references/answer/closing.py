"""What a sentence comes to that has no label: what it shows, or its last quantity."""

from __future__ import annotations

import re

from a2r_graph.references.answer.quantities import last_quantity, number_word
from a2r_graph.references.answer.remarks import without_lead
from a2r_graph.references.answer.short import ASSIGNED, itself
from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.answer.words import any_of

_FEW = 2  # words in bold that are a value with its unit

# "12, no, 13"
_TAKEN_BACK = re.compile(
    any_of(
        *(r"\bno[:,]", r"\bwait,", r"\bi mean,?", r"\bor rather,?", r"\bcorrection:"),
        *(r"\bbut it is actually", ", so we need"),
    )
    + r"\s+(?=\S)",
    re.IGNORECASE,
)
# "That leaves C."
_ONLY = re.compile(
    r"\b(?:only|leaves|remains is|must be)\s+(?:option\s+)?\(?([A-J])\)?(?![\w'])"
)
_CODE_LAST = re.compile(r"`([^`\n]{1,200})`\W*$")
_CODE = re.compile(r"`[^`\n]{1,200}`")
# An aside in brackets at the end; numbers alone there are a pair.
_ASIDE = re.compile(
    r"\s?(?<!\\)\((?=[^()]*[A-Za-z\u0400-\uffff])(?!\d+(?:,\d+)*\))[^()]*\)[.\s]*$"
)
_LISTED = re.compile(r"\b(?:is|are|was|were):\s+([^:\n]{1,120})$")  # "They are: a, b"
_QUOTED = re.compile(
    r"[\"\u201c\u00ab][^\"\u201c\u201d\u00ab\u00bb]{2,200}[\"\u201d\u00bb]"
)
_BOLD = re.compile(r"\*\*([^*\n]{1,60}(?<!:))\*\*(?!\s*:)")
_SAID_IN_BOLD = re.compile(
    r"(?:\b(?:is|are|was|were|be|of|by|as|called)|:|^)\s*\*\*([^*\n]{1,60}(?<!:))\*\*"
)


def comes_to(sentence: str) -> str | None:
    """Return the value that a sentence ends with, or that its verb leads to.

    Args:
        sentence: One sentence that has no label.

    Returns:
        The value in plain spelling; `None` if there is none.

    Example:
        >>> comes_to("So it weighs **5 kg**."), comes_to("That leaves (C).")
        ('5 kg', 'C')
        >>> comes_to("Use `ls -a`."), comes_to("It is 12, or rather, 13.")
        ('ls -a', '13')
    """
    while taken_back := _TAKEN_BACK.search(sentence):
        sentence = sentence[taken_back.end() :]
    bare = without_lead(sentence)
    found = None if ASSIGNED.match(bare) else itself(bare)
    if found:
        return found
    for form in (_ONLY, _CODE_LAST):
        shown = form.search(sentence)
        if shown:
            return spelling(shown[1])
    bare = _CODE.sub(" ", sentence) if "`" in sentence else sentence
    bare = (_ASIDE.sub("", bare) if "(" in bare else bare) or sentence
    bold = _in_bold(bare)
    if bold:
        return spelling(bold)
    listed = _LISTED.search(bare)
    if listed:
        return spelling(listed[1])
    bare = _QUOTED.sub(" ", bare) if '"' in bare or "\u201c" in bare else bare
    quantity = last_quantity(bare)
    return spelling(quantity) if quantity else number_word(bare)


def _in_bold(line: str) -> str | None:
    """Return what a line prints in bold, if that is a value or what it says."""
    bold = _BOLD.findall(line) if "**" in line else []
    if bold and any(map(str.isdigit, bold[-1])):
        return last_quantity(bold[-1]) if len(bold[-1].split()) > _FEW else str(bold[-1])
    said = _SAID_IN_BOLD.findall(line) if bold else []
    return str(said[-1]) if said else None
