"""The final answer in what stands behind a label, or what else that says."""

from __future__ import annotations

import re

from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.answer.trimming import said, trimmed
from a2r_graph.references.answer.words import any_of

_DRESS = " \t*_:=\uff1a`\u200b'\""
_FEW = 4  # words

# What stands for an answer to come.
_ANSWER = any_of(
    *("answer", "result", "value", "solution", "number", "letter", "choice", "option"),
    "expression",
)
_TEMPLATE = re.compile(
    any_of(
        r"[\[<({]?(?:your|the|final|my|correct)?[ _]?(?:final[ _])?"
        rf"{_ANSWER}(?: here| goes here| only)?[\])}}>]?",
        r"[\[<](?=[a-z _]*(?:answer|value|number|here|your|insert|result|letter))"
        r"[a-z _]{3,40}[\]>]",
        r"\\?text\{.{0,20}answer.{0,20}\}",
        "(?:insert|put|write|enter|fill).{0,30}",
        *(r"[.…]{2,}", r"\\ldots", r"\\dots", "X{2,}", "#+", r"\?+", "_+"),
    ),
    re.IGNORECASE,
)
# The way there, not the answer.
_LATER = re.compile(
    any_of(
        *(r"let'?s\b", r"let (?:us|me)\b", "first,", r"step \d"),
        r"we (?:need|have|can|know|start|must|will)\b",
        *("see (?:above|below)", "as (?:above|stated|shown)"),
        r"to (?:find|solve|get|determine|answer|compute|calculate)\b",
    ),
    re.IGNORECASE,
)
# What may follow "the answer is" without being it: a denial, a verdict, a place, "to ...".
_NOT_IT = r"(?i:not)\s+(?=[-\d$\\(\"'*A-Z]|(?:the|an?|in|just|only|simply)\b)|n't\b"
_PLACES = (
    *("based on", "given (?:above|at|in|below)", "above", "below", "at the top", "in the"),
    any_of(
        *("stated", "shown", "presented", "written", "found", "provided", "explained"),
        *("derived", "calculated", "obtained", "discussed", "justified"),
    )
    + r"\b(?: (?:above|at|in|below|here|by|as))?",
    *(r"there\b", r"here\b"),
)
_VERDICTS = (
    *(r"neither\b", r"(?:in)?correct\b", r"right\b(?! angle| triangle)", r"wrong\b"),
    *(r"true\s+(?:that|to)", "unclear", "unknown yet", "helpful", r"clear\b", "obvious"),
    *(r"simple\b", "straightforward", "consistent", "reasonable", "plausible"),
    *("confirmed", "verified", r"complete\b", r"final\b", r"what\b"),
    r"(?:too |very |quite |also )?(?:easy|hard|long|short|good|great|nice|close)\b",
    *("supposed", "expected", "required", "needed", "dependent", "depends", "determined"),
    *("missing", "ambiguous", "unsatisfactory", r"off\b", "same as", "ready", "up to you"),
    *("yours", "in agreement", "supported", r"sound\b"),
)
_JUDGEMENT = re.compile(
    rf"{_NOT_IT}|(?i:{any_of(*_VERDICTS, *_PLACES)})|to (?:be )?\w+",
)
_SENTENCE = re.compile(
    any_of(
        *("the", "it", "there", "she", "he", "they", "we", "this", "that", "so", "thus"),
        *("each", "in", "an?", "both", "its", "their", "his", "her"),
    )
    + r"\s.*?\b"
    + any_of(
        *("is", "are", "was", "were", "takes?", "costs?", "has", "have", "had", "needs?"),
        *("equals?", "weighs?", "gives?", "pays?", "earns?", "makes?", "must be", "will"),
        *("can", "gets?", "comes? to", "amounts? to", "receives?", "travels?", "contains?"),
    )
    + r"\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_BOLD = re.compile(r"\*\*([^*\n]{1,60})\*\*")
_SAID_IN_BOLD = re.compile(r"\b(?:is|are|was|were|be|by|as|called)\s\*\*([^*\n]{1,60})\*\*")
# A sum that is shown: one side with a number before "=", or several sides.
_EQUATION = re.compile(r"[^=<>≤≥≠]*[\d)]\s*=\s*[^=]+|(?:[^=<>]+=){2,}[^=]+")
_SUM = re.compile(r"\d\s*[-+*/×x÷]\s*\d")


def stated(value: str) -> str | None:
    r"""Return the final answer in what stands behind a label; `None` if there is none.

    Example:
        >>> stated("**12**, because 3 x 4 = 12"), stated("3 x 4 = 12"), stated("<answer>")
        ('12', '12', None)
    """
    if value.startswith("```"):  # a block: it counts as it stands
        inside = value[3:-3].strip("\n")
        return spelling(inside) if inside.strip() else None
    if template(value):
        return None
    found = spelling(_in_bold(trimmed(value)))
    return None if found is None or template(found) else _last_side(found)


def template(text: str) -> bool:
    """Whether a text stands for the answer to come.

    Example:
        >>> template("your answer"), template("[insert number]"), template("42")
        (True, True, False)
    """
    return _TEMPLATE.fullmatch(text.strip().strip("*_`$ ").strip()) is not None


def judged(value: str) -> bool:
    """Whether what follows "is" says something of the answer instead of giving it.

    Example:
        >>> judged("correct."), judged("not 7"), judged("12")
        (True, True, False)
    """
    return _JUDGEMENT.match(said(value.lstrip(_DRESS))) is not None


def later(value: str) -> bool:
    """Whether what follows a label is the way to the answer.

    Example:
        >>> later("Let me work it out."), later("correct")
        (True, False)
    """
    return _LATER.match(value) is not None


def in_sentence(value: str) -> str | None:
    """Return what a whole sentence says behind its verb; `None` if it is no sentence.

    Example:
        >>> in_sentence("The train takes 3 hours"), in_sentence("3 hours")
        ('3 hours', None)
    """
    found = _SENTENCE.fullmatch(value)
    return found[1] if found else None


def _in_bold(value: str) -> str:
    """Return what a sentence prints in bold, if that is a value or what it says."""
    if "**" not in value or len(value.split()) <= _FEW:
        return value
    bold, in_bold = _BOLD.findall(value), _SAID_IN_BOLD.findall(value)
    if bold and any(map(str.isdigit, bold[-1])):
        return str(bold[-1])
    return str(in_bold[-1]) if in_bold else value


def _last_side(value: str) -> str:
    """Return where a sum that is shown ends: "3 x 3 = 9" is 9."""
    if "=" not in value or "\n" in value or not _EQUATION.fullmatch(value):
        return value
    *sides, last = value.split("=")
    if re.search(r"\d", last) and any(map(_SUM.search, sides)):
        return spelling(last.strip()) or value
    return value
