"""From a model's message to the answer part and the thought that led to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from a2r_graph.references.finish import Meaning, meaning_of, reason_in
from a2r_graph.references.tags import left_open
from a2r_graph.references.thoughts import Split, split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from a2r_graph.state import Failure, ProposedCall

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SPLIT_ALREADY = "openai-compatible"
"""The `model_provider` of our endpoints' messages, which come with their thought apart."""


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
    cut_off: bool = False
    """Whether a limit of tokens ended the text: it votes with what was complete by then."""
    inline: bool = False
    """Whether a thought, or a tag of one, stood in the text."""


def extract(message: object) -> Extracted:
    """Take a message apart: a chat message, or its text alone.

    Args:
        message: A LangChain message, or a `str`. Reasoning is found in content blocks,
            in `additional_kwargs`, and inline, in the forms of `tags` and `channels`.
    """
    content = message if isinstance(message, str) else getattr(message, "content", "")
    extra = _mapping(getattr(message, "additional_kwargs", None))
    metadata = _mapping(getattr(message, "response_metadata", None))
    finish = reason_in(metadata)
    meaning = meaning_of(finish)
    parts = _Parts()
    for key in ("reasoning_content", "reasoning"):
        parts.thoughts.append(_text_of(extra.get(key)))
    parts.refusals.append(_text_of(extra.get("refusal")))
    for block in [content] if isinstance(content, str) else content or []:
        parts.take(block)

    apart = any(part.strip() for part in parts.thoughts)
    apart = apart or metadata.get("model_provider") == SPLIT_ALREADY
    whole = "".join(parts.texts)
    found = _split(whole, apart=apart, ended=bool(finish) and meaning != "cut_off")
    text = found.answer
    if found.unclosed and meaning == "cut_off":
        text = ""  # what stands before a thought that was cut off is a mere preamble
    thoughts = (part for part in (*parts.thoughts, found.thought) if part.strip())
    text, reasoning = sanitise(text).strip(), sanitise("\n".join(thoughts)).strip()
    calls = _calls(message)
    failure = None
    if meaning == "broken_off" or (meaning == "refused" and text):
        failure = _ended_badly(str(finish), meaning)
    elif getattr(message, "invalid_tool_calls", None):
        failure = _unreadable(message)
    elif not text and not calls:
        failure = _failure(parts, finish, unclosed=found.unclosed, thought=bool(reasoning))
    return Extracted(
        text,
        reasoning or None,
        None if finish is None else sanitise(finish),
        failure,
        calls,
        meaning == "cut_off",
        found.answer != whole,
    )


def _split(text: str, *, apart: bool, ended: bool) -> Split:
    """Take the thought out of a text.

    Args:
        text: The message's.
        apart: Whether its server, or whoever asked it, tells thoughts apart.
        ended: Whether the server says that the reply is whole.
    """
    found = split(text, thinking=False if apart else None)
    if found.unclosed or ended:
        return found
    tag = left_open(found.answer)
    if tag is None:
        return found
    thought = f"{found.thought}\n{found.answer[tag.end() :]}"
    return Split(thought, found.answer[: tag.start()], unclosed=True)


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


def _ended_badly(finish: str, meaning: Meaning) -> Failure:
    told = f"(finish reason {sanitise(finish)!r})"
    if meaning == "refused":
        return {"kind": "refused", "message": f"a filter ended the reply {told}"}
    return {"kind": "server_error", "message": f"the server broke the reply off {told}"}


def _failure(
    parts: _Parts, finish: str | None, *, unclosed: bool, thought: bool
) -> Failure:
    meaning = meaning_of(finish)
    refusal = sanitise(" ".join(part for part in parts.refusals if part)).strip()
    if refusal or meaning == "refused":
        said = f": {refusal}" if refusal else f" (finish reason {finish!r})"
        return {"kind": "refused", "message": f"the model refused to answer{said}"}
    if unclosed or meaning == "cut_off":
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
