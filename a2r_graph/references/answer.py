r"""Reading the final answer out of a text, and writing equal answers alike.

Every pattern is bounded or unambiguous, so that a megabyte takes linear time.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BRACE = re.compile(r"\\{1,2}(?:boxed|fbox)\s*+\{|\\.|[{}]", re.DOTALL)
_LABEL = re.compile(
    r"(?:[\s*_`]{0,8}(?:[:\uff1a](?!:)|(?P<verb>(?:[Ii]s|IS)\b:?))"
    r"|(?P<head>[*_ \t]{0,8}$))",
    re.MULTILINE,
)
_BEFORE_VERB = re.compile(r"\b(?:the|my|our|final|correct)\W{1,5}$", re.IGNORECASE)
_BEFORE_HEAD = re.compile(r"^[#*_ \t]*(?:final[ \t])?$", re.IGNORECASE | re.MULTILINE)
_SENTENCE_END = re.compile(r"[.。](?=[\"'\u201d\u2019*_`)$]{0,4}(?:\s|$))")
_NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?\$?\d+(?:,\d{3}(?!\d))*(?:\.\d+)?(?:[eE][-+]?\d+|/\d+)?%?(\w?)"
)
_LIST_MARKER = re.compile(r"\d+[.)]\s+")
_PLAIN = re.compile(r"([-+]?)\$?([-+]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d+))?")
_WRAPPER = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\s*+\{([^{}]*+)\}")
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle)(?![A-Za-z])|\\[!,]")
_QUOTES = {'"': '"', "'": "'", "“": "”", "\u2018": "\u2019", "«": "»"}
_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"))

_MENTIONS_TRIED = 64
_LONGEST = 1000  # characters of an answer behind a label; more is no final answer


def extract_answer(text: str) -> str | None:
    r"""Return the final answer that a text states, normalised; `None` if it has none.

    The last `\boxed{...}` counts most; then the last "final answer is X" or
    "Answer: X"; then the last bare number. It reads English and mathematics; for
    anything else give `create_a2r` a function of your own.

    Example:
        >>> from a2r_graph import extract_answer
        >>> extract_answer("We get 6 x 7, so **Answer:** 42.0")
        '42'
        >>> extract_answer(r"Thus $\boxed{\dfrac{1}{2}}$.")
        '\\frac{1}{2}'
        >>> extract_answer("I don't know.") is None
        True
    """
    return _boxed(text) or _labelled(text) or _last_number(text)


def complete_part(text: str) -> str:
    """Return a text up to the end of its last complete statement, or nothing."""
    ends = [text.rfind(end) + len(end) for end in ("}", ". ", "\n") if end in text]
    return text[: max(ends, default=0)]


def normalise_answer(answer: str, *, punctuation: str = ".,;!?") -> str | None:
    """Return one spelling for answers that mean the same; `None` for an empty one.

    Args:
        answer: As the text has it, with its mathematical and markdown dress.
        punctuation: What is dropped at the end.

    Example:
        >>> normalise_answer("**$1,000.0$**")
        '1000'
    """
    answer = answer.replace("\u2212", "-").replace("{,}", ",")
    answer = answer.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    answer = answer.replace("\\$", "$").replace("\\%", "%")
    answer = _LAYOUT.sub("", answer)
    for _ in range(8):  # one dress lies under another: **"$42$".**
        bare = _undress(answer, punctuation)
        if bare == answer:
            break
        answer = bare
    answer = " ".join(answer.split())
    return _canonical(answer) or None


def _undress(answer: str, punctuation: str) -> str:
    answer = _WRAPPER.sub(r"\1", answer).strip().strip("*_`").strip()
    answer = answer.rstrip(punctuation)
    for opening, closing in _PAIRS:
        if answer.startswith(opening) and opening not in answer[2:]:
            answer = answer[2:].removesuffix(closing)
    inner = answer.strip("$")
    if "$" not in inner:
        answer = inner
    if len(answer) > 1 and _QUOTES.get(answer[0]) == answer[-1]:
        answer = answer[1:-1]
    if len(answer) == len("(B)") and answer[0] + answer[2] == "()":
        answer = answer[1]  # the letter of a choice
    return answer


def _canonical(answer: str) -> str:
    plain = _PLAIN.fullmatch(answer)
    if plain is None or not (plain[3] or plain[4]) or (plain[1] and plain[2]):
        return answer
    # By characters: a float would round, and int() refuses more than 4,300 digits.
    whole = plain[3].replace(",", "").lstrip("0") or "0"
    part = (plain[4] or "").rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if "-" in plain[1] + plain[2] and number != "0" else number


def _boxed(text: str) -> str | None:
    if "boxed" not in text and "fbox" not in text:
        return None
    opened: list[int | None] = []
    last = (-1, -1)
    for token in _BRACE.finditer(text):
        if token[0] == "}":
            start = opened.pop() if opened else None
            if start is not None and start > last[0] and token.start() > start:
                last = (start, token.start())
        elif token[0].endswith("{") and token[0] != "\\{":
            opened.append(token.end() if len(token[0]) > 1 else None)
    # "5!" in a box is a factorial.
    return normalise_answer(text[slice(*last)], punctuation=".,;")


def _labelled(text: str) -> str | None:
    for start, end in _mentions(text):
        label = _LABEL.match(text, end)
        before = text[max(0, start - 32) : start]
        if label is None or before[-1:].isalnum():
            continue
        if label["verb"] and not _BEFORE_VERB.search(before):
            continue
        if label["head"] is not None and not _BEFORE_HEAD.match(before.rpartition("\n")[2]):
            continue
        found = _after_label(text[label.end() : label.end() + _LONGEST])
        if found:
            return found
    return None


def _mentions(text: str) -> Iterator[tuple[int, int]]:
    """Yield where "answer" stands, the last first; str.rfind is what makes it quick."""
    end = len(text)
    for _ in range(_MENTIONS_TRIED):
        found = max(text.rfind("nswer", 0, end), text.rfind("NSWER", 0, end))
        if found < 1:
            return
        if text[found - 1] in "Aa":
            yield found - 1, found + len("nswer")
        end = found


def _after_label(behind: str) -> str | None:
    """Return the rest of the line; if that is empty, the next one that isn't."""
    for line in behind.split("\n"):
        rest = line.strip().strip("*_`$").strip()
        if rest:
            whole = line.strip().lstrip("*_`: ")
            end = _SENTENCE_END.search(whole)
            return normalise_answer(whole[: end.start()] if end else whole)
    return None


def _last_number(text: str) -> str | None:
    for raw in reversed(text.strip().splitlines()):
        line = raw.strip()
        marker = _LIST_MARKER.match(line)
        numbers = _NUMBER.finditer(line, marker.end() if marker else 0)
        bare = deque((m[0] for m in numbers if not m[1]), 1)
        if bare:
            return normalise_answer(bare[0])
    return None
