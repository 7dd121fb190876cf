r"""Reading the final answer out of a text, as a person does.

A text that states its answer: `statements` goes through the `anchors` (a box, a label, a
tag), the last first, and has each read (`boxes`, `labels`, `options`); `doubts` tells what
is only supposed or taken back; `behind` finds what stands behind a label, and `value` reads
it (`trimming`, `sentences`). Else `unstated` reads its `lines`: what one is by itself
(`short`), or what its sentence comes to (`closing`, `quantities`, `amounts`, `neighbours`),
without `remarks`. Whatever was found, `spelling` writes plainly. Words are in `languages`
and `words`.

Every pattern is bounded or unambiguous, so that a megabyte takes linear time.
"""

from __future__ import annotations

import re

from a2r_graph.references.answer.anchors import Statement
from a2r_graph.references.answer.doubts import corrected
from a2r_graph.references.answer.spelling import is_value, spelling
from a2r_graph.references.answer.statements import statements
from a2r_graph.references.answer.unstated import unstated
from a2r_graph.references.key.choices import word

__all__ = ["complete_part", "extract_answer", "spelling"]

# A box between tokens, as one family of models prints it.
_BOX_TOKENS = re.compile(r"<\|begin_of_box\|>([^<]{0,2000})<\|end_of_box\|>")
# A question that a model goes on with by itself, and what it then answers.
_NEXT_QUESTION = re.compile(
    r"\n[ \t]*(?:\*\*|#+ )?"
    r"(?:Question|Problem|Q|Human|User|Instruction|Exercise|Input)\s*\d*\s*[:.]"
)
_ASKS = re.compile(r"\?|\n[ \t]*(?:A|Answer|Solution|Assistant|####)\b")
# Where the model's turn ended, if more was printed.
_TURN = re.compile(
    r"<\|(?:im_end|eot_id|endoftext|end_of_text|end)\|>|<end_of_turn>|</s>|<eos>"
)
# Dress of the whole text: HTML, a fence around all of it.
_MARKUP = re.compile(
    r"</?(?:b|strong|i|em|p|br|span|u|mark|font|div)(?:\s[^<>]{0,80})?/?>", re.IGNORECASE
)
_FENCED = re.compile(
    r"\s*```(?:text|markdown|md|plaintext|txt)?[ \t]*\n(.*?)\n?```\s*", re.DOTALL
)


# "A:" is a label behind "Q:", or before a number; among "B:" and others it is an option.
_ANSWERED = re.compile(r"(?:(?<=\n)|\A)[ \t]*A:(?=\s*[-+$€£]?\d)|(?<=\n)[ \t]*A:(?=.)")
_OPTION_B = re.compile(r"^[ \t]*B[:.)]", re.MULTILINE)
# What says that there is no answer.
_NO_ANSWERS = frozenset(
    (
        *("not sure", "no idea", "n/a", "none given", "no answer", "blank", "tbd", "todo"),
        *("idk", "don't know", "i don't know", "i do not know", "no final answer"),
    )
)


def extract_answer(text: str) -> str | None:
    r"""Return the final answer that a text states, plainly spelled; `None` if it has none.

    The last statement counts, whatever its form: `\boxed{...}`, "the answer is X",
    "Answer: X" (in the ten commonest languages), `#### X`, `<answer>X</answer>`, an
    `"answer"` in JSON, a table's row, "option B is correct". What a label leads to (a code
    block, a list) counts as a whole. Without a statement, a reply of one short line is
    its own answer; of a longer one it is the last whole quantity. Where it is uncertain,
    it is `None`.

    Example:
        >>> from a2r_graph import extract_answer
        >>> extract_answer("We get 6 x 7, so **Answer:** 42.0")
        '42'
        >>> extract_answer(r"Thus $\boxed{\dfrac{1}{2}}$.")
        '\\frac{1}{2}'
        >>> extract_answer("(B)"), extract_answer("It departs at 14:30.")
        ('B', '14:30')
        >>> extract_answer("I don't know.") is None
        True
    """
    text = _prepared(text)
    asked = _NEXT_QUESTION.search(text) if "\n" in text else None
    if asked and asked.start() and _ASKS.search(text, asked.end()):
        # A model that goes on with a question of its own has answered ours before it.
        found = _read(text[: asked.start()])
        if found is not None:
            return found
    found = _read(text)
    if found is not None and found.strip("[]<>(). ").casefold() in _NO_ANSWERS:
        return None
    return found


def complete_part(text: str) -> str:
    r"""Return a text that was cut off, up to the end of its last complete statement.

    A box that was closed is complete, and so is a label's line that something follows.

    Example:
        >>> complete_part("Answer: 12\nLet me che")
        'Answer: 12'
        >>> complete_part("First 12 boxes, then 12 x 14 = 168, now add the 3")
        ''
    """
    for statement in statements(text):
        if statement.closed:
            return text[: statement.end]
    return ""


def _prepared(text: str) -> str:
    if "<|begin_of_box|>" in text:
        text = _BOX_TOKENS.sub(r"\\boxed{\1}", text)
    if "<" in text:
        turn = _TURN.search(text)
        if turn and text[: turn.start()].strip():
            text = text[: turn.start()]
        if "`" not in text:
            text = _MARKUP.sub("", text)
    if "```" in text and (whole := _FENCED.fullmatch(text)):
        text = whole[1]
    if "A:" in text and not _OPTION_B.search(text):
        text = _ANSWERED.sub("Answer:", text)
    return text


def _read(text: str) -> str | None:
    for statement in statements(text):
        return _unless_corrected(text, statement)
    return unstated(text)


def _unless_corrected(text: str, statement: Statement) -> str:
    """Return a statement's answer, or the value of its kind that corrects it."""
    answer = statement.answer
    at = corrected(text, statement.start)
    later = unstated(text[at:].lstrip(", ")) if at is not None else None
    if later is None or bool(word(later)) != bool(word(answer)):
        return answer
    return answer if is_value(answer) and not is_value(later) else later
