"""From a model's message to the answer part and the thought that led to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from a2r_graph.state import Failure, ProposedCall

_TAG = re.compile(r"<(/?)(?i:think(?:ing)?)>")
# In the middle of a line it's a word of the answer.
_OPENING = re.compile(r"^[^\S\n]*<think(?:ing)?>", re.IGNORECASE | re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_REFUSED = {"content_filter", "refusal", "safety", "prohibited_content"}
CUT_OFF = {"length", "max_tokens", "max_output_tokens"}


class Extracted(NamedTuple):
    """What one message holds."""

    text: str
    """The answer part; empty if there is none."""
    reasoning: str | None
    finish_reason: str | None
    failure: Failure | None
    """Why there is no answer part; `None` if there is one, or a tool call."""
    calls: list[ProposedCall]
    """The tool calls that it proposes."""


def extract(message: object) -> Extracted:
    """Take a message apart: a chat message, or its text alone.

    Args:
        message: A LangChain message, or a `str`. Reasoning is found in content blocks,
            in `additional_kwargs`, and inline between `<think>` tags.
    """
    content = message if isinstance(message, str) else getattr(message, "content", "")
    extra = _mapping(getattr(message, "additional_kwargs", None))
    finish = _finish_reason(_mapping(getattr(message, "response_metadata", None)))
    parts = _Parts()
    for key in ("reasoning_content", "reasoning"):
        parts.thoughts.append(_text_of(extra.get(key)))
    parts.refusals.append(_text_of(extra.get("refusal")))
    for block in [content] if isinstance(content, str) else content or []:
        parts.take(block)

    text, thought, unclosed = "".join(parts.texts), "", False
    if not any(part.strip() for part in parts.thoughts):
        text, thought, unclosed = _split_thought(text)  # else tags are words of the answer
    reasoning = "\n".join(part for part in (*parts.thoughts, thought) if part.strip())
    text, reasoning = sanitise(text).strip(), sanitise(reasoning).strip()
    reason = (finish or "").lower()
    if unclosed and reason in CUT_OFF:
        text = ""  # what stands before a thought that was cut off is a mere preamble
    calls = _calls(message)
    failure = None
    if getattr(message, "invalid_tool_calls", None):
        failure = _unreadable(message)
    elif not text and not calls:
        failure = _failure(parts, reason, unclosed=unclosed, thought=bool(reasoning))
    return Extracted(text, reasoning or None, finish, failure, calls)


def sanitise(text: str) -> str:
    """Return `text` as UTF-8, JSON and PostgreSQL take it.

    Control characters other than tabs and line ends are dropped (a terminal would obey
    them), and half of a surrogate pair becomes U+FFFD.

    Example:
        >>> sanitise("a" + chr(0) + "b" + chr(0xD800)) == "ab" + chr(0xFFFD)
        True
    """
    text = _CONTROLS.sub("", text)
    try:
        text.encode()
    except UnicodeEncodeError:
        units = text.encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace")  # joins whole pairs
    return text


def _calls(message: object) -> list[ProposedCall]:
    """Return a message's tool calls as plain data, each with an id."""
    return [
        {"name": call["name"], "args": call["args"], "id": call["id"] or f"call_{place}"}
        for place, call in enumerate(getattr(message, "tool_calls", None) or ())
    ]


def _unreadable(message: object) -> Failure:
    names = [str(call.get("name")) for call in message.invalid_tool_calls]  # type: ignore[attr-defined]  # it has some
    what = f"the arguments of the tool call {', '.join(names)} are no JSON object"
    return {"kind": "bad_response", "message": sanitise(what)}


class _Parts:
    """The texts of a message's blocks, by kind."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.refusals: list[str] = []

    def take(self, block: object) -> None:
        if isinstance(block, str):
            self.texts.append(block)
            return
        fields = _mapping(block)
        kind = fields.get("type")
        if kind in ("text", "output_text"):
            self.texts.append(_text_of(fields.get("text")))
        elif kind in ("reasoning", "thinking"):
            for key in ("reasoning", "thinking", "summary", "content"):
                self.thoughts.append(_text_of(fields.get(key)))
        elif kind == "refusal":
            # A refusal without words is one too.
            self.refusals.append(_text_of(fields.get("refusal")) or "no reason given")


def _split_thought(text: str) -> tuple[str, str, bool]:
    """Return the answer part, the thought, and whether the thought is unclosed."""
    tags = [(tag.end(), tag[1]) for tag in _TAG.finditer(text)]
    if not tags:
        return text, "", False
    end = max((end for end, closing in tags if closing), default=0)
    thought, rest = _TAG.sub("", text[:end]), text[end:]
    opening = _OPENING.search(rest)
    if opening:
        return rest[: opening.start()], thought + rest[opening.end() :], True
    return rest, thought, False


def _finish_reason(metadata: Mapping[str, object]) -> str | None:
    incomplete = _mapping(metadata.get("incomplete_details")).get("reason")
    names = ("finish_reason", "stop_reason", "done_reason")
    for found in (*(metadata.get(name) for name in names), incomplete):
        if isinstance(found, str) and found:
            return sanitise(found)
    return None


def _failure(parts: _Parts, reason: str, *, unclosed: bool, thought: bool) -> Failure:
    refusal = sanitise(" ".join(part for part in parts.refusals if part)).strip()
    if refusal or reason in _REFUSED:
        said = f": {refusal}" if refusal else f" (finish reason {reason!r})"
        return {"kind": "refused", "message": f"the model refused to answer{said}"}
    if unclosed or reason in CUT_OFF:
        message = "cut off before the answer began; raise max_tokens"
        return {"kind": "truncated", "message": message}
    message = "the reply holds no text; raise max_tokens, or ask for a plain answer"
    if thought:
        message = (
            "all of the reply is reasoning: the model stopped inside its thought, or the "
            "server's reasoning parser isn't this model's"
        )
    return {"kind": "empty", "message": message}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text_of(value: object) -> str:
    """Return a text, or the texts of a list of blocks."""
    if isinstance(value, str):
        return value
    blocks: Iterable[object] = value if isinstance(value, list) else ()
    texts = (b if isinstance(b, str) else _mapping(b).get("text") for b in blocks)
    return "\n".join(text for text in texts if isinstance(text, str))
