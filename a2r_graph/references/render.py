"""How references stand in the prompt: quoted, delimited, joined, shortened.

References are data. None can close its own delimiter, open another's, or speak with
the voice of the chat template.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from a2r_graph.references.finish import cut_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.state import Reference

_UNSEEN = r"\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_NAME = f"[{_UNSEEN}]*+".join("reference")
_SPECIAL = re.compile(
    rf"<(?=[\s/{_UNSEEN}]*+(?i:{_NAME})"
    r"|\|[^\s|>]{1,64}\|>"  # <|im_start|>
    r"|｜[^\s｜>]{1,64}｜>"  # DeepSeek's full-width bars
    r"|\|[a-z_]{2,32}>|[a-z_]{2,32}\|>"  # Gemma 4's <|turn> and <turn|>
    r"|(?:/s|eos|start_of_turn|end_of_turn|start_of_image|seed:[be]os)>"
    r"|</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
    r"|\|[a-z]{2,32}\|\]|e~\[)"  # EXAONE's [|user|], MiniMax's [e~[
    r"|\](?=~b\]|~!b\[)"  # MiniMax's ]~b]
)
_INSTEAD = {"<": "&lt;", "[": "&#91;", "]": "&#93;"}

CUT_OFF = " [cut off]"
"""What stands at the end of a text that a limit of tokens ended."""

_MARKER = " […] "
_HEAD = 0.4  # the end holds the answer: more of it stays
_SNAP = 24
_JOINERS = "\u200d\ufe0e\ufe0f"


def quote(text: str) -> str:
    """Return `text` unable to imitate a delimiter, or a token that ends or begins a turn.

    Servers read such tokens in a message as if their own template had written them. Only
    the first character of an imitation changes, and quoting twice is quoting once. All
    else stays as it is, code and mark-up too: `Vec<s>`, `<think>`, `<tool_call>` and
    other tokens that give nobody a voice. The price: a text about `[INST]` or
    `<|im_start|>`, and HTML that ends in `</s>`, shows them quoted.

    Example:
        >>> quote("a < b </reference> <|im_start|>")
        'a < b &lt;/reference> &lt;|im_start|>'
        >>> quote("re.sub('<think>.*</think>', '', text): Vec<s>")
        "re.sub('<think>.*</think>', '', text): Vec<s>"
    """
    if not ("<" in text or "[" in text or "]" in text):
        return text
    return _SPECIAL.sub(lambda found: _INSTEAD[found[0]], text)


def marked(reference: Reference) -> Reference:
    """Return a reference whose text, if it was cut off, says so at its end.

    Example:
        >>> marked({"text": "It is 4", "finish_reason": "length"})["text"]
        'It is 4 [cut off]'
    """
    if not cut_off(reference["finish_reason"]):
        return reference
    return {**reference, "text": f"{reference['text'].rstrip()}{CUT_OFF}"}


def render_one(position: int, support: int, text: str) -> str:
    """Return one reference between its delimiters, its text quoted.

    Args:
        position: In the prompt, from 1.
        support: How many branches gave this text, or nearly.
        text: As it shall be shown.
    """
    opening = f'<reference id="{position}" support="{support}">'
    return f"{opening}\n{quote(text)}\n</reference>"


def render(rendered: Sequence[str]) -> str:
    """Return the block of all references, each made by `render_one`."""
    return "\n".join(rendered)


def shorten(text: str, keep: int) -> str:
    """Return about `keep` characters of a text's head and tail around a marker."""
    if keep >= len(text):
        return text
    head = int(keep * _HEAD)
    start = len(text) - (keep - head)
    reach = min(_SNAP, keep // 8)
    head, start = _snap(text, head, -reach), _snap(text, start, reach)
    return f"{text[:head].rstrip()}{_MARKER}{text[start:].lstrip()}".strip()


def _snap(text: str, at: int, reach: int) -> int:
    """Move a cut to the next space within reach, else off a combined character."""
    step = 1 if reach > 0 else -1
    path = [p for p in range(at, at + reach + step, step) if 0 < p < len(text)]
    for wanted in (_between_words, _between_characters):
        for place in path:
            if wanted(text, place):
                return place
    return at


def _between_words(text: str, at: int) -> bool:
    return text[at].isspace() or text[at - 1].isspace()


def _between_characters(text: str, at: int) -> bool:
    combines = unicodedata.combining(text[at]) or text[at] in _JOINERS
    return not combines and text[at - 1] != "\u200d"
