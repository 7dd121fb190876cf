"""What a text only supposes, and what it takes back."""

from __future__ import annotations

import re

from a2r_graph.references.answer.words import any_of

_BACK = 100  # characters before a statement that may say that it is supposed
_BEHIND = 200  # characters behind "wait" in which a mistake is owned up to

# A sentence, as yet unended, that supposes, or tells what somebody else says.
_SUPPOSED = re.compile(
    r"\b"
    + any_of(
        *("suppose", "supposing", r"assum\w+", "if", "whether", "students?(?:'s)?"),
        *("people", "they", "one might", "might think", "tempting", "initially"),
        *("at first", "guess(?:ed)?", "unless", "do you know", "not sure"),
    )
    + r"\b[^.!?\n]*$",
    re.IGNORECASE,
)
# A sentence that looks again at what was said, ...
_AGAIN = re.compile(
    r"(?:^|[.!?\n\u2026][ \t]{0,8}|\s[-\u2014]\s)(?:\*\*)?"
    + any_of(
        *("wait", "actually", "correction", "hold on", "hmm", "scratch that", "no[,:]"),
        *("oops", "sorry", "let me (?:re)?-?(?:check|calculate|compute|consider)"),
        *(
            "on second thought",
            "i made a",
            "(?:this|that|it) (?:is|was) wrong",
            "was wrong",
        ),
    ),
    re.IGNORECASE,
)
# ... and finds it wrong.
_MISTAKE = re.compile(
    r"\b"
    + any_of(
        *("wrong", "mistake", "error", "incorrect", "forgot", "should (?:be|have)"),
        *("instead", "oops", "sorry", "miss(?:ed|ing)", "no[,:]", "not right"),
        *("isn't", "scratch that", "correction", "on second thought"),
    )
    + r"\b",
    re.IGNORECASE,
)


def supposed(text: str, at: int) -> bool:
    """Whether a place stands in a sentence that only supposes, or quotes somebody.

    Example:
        >>> supposed("Suppose the answer is 12.", 12), supposed("So the answer is 12.", 7)
        (True, False)
    """
    return _SUPPOSED.search(text[max(0, at - _BACK) : at]) is not None


def corrected(text: str, at: int) -> int | None:
    """Return where a text goes on that takes back what it said before a place.

    Args:
        text: The whole text.
        at: The place.

    Returns:
        The end of the words that take it back; `None` for a text that only checks.

    Example:
        >>> corrected("It is 12. Wait, that's wrong: 13.", 0)
        14
        >>> corrected("It is 12. Wait, let me check: yes.", 0) is None
        True
    """
    found = _AGAIN.search(text, at)
    if found is None or not _MISTAKE.search(text, found.start(), found.end() + _BEHIND):
        return None
    return found.end()
