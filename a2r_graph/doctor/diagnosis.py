"""What `a2r doctor` makes of a server's replies: pure, no request is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from a2r_graph.references.finish import cut_off, meaning_of
from a2r_graph.references.thoughts import split
from a2r_graph.usage import UNKNOWN

if TYPE_CHECKING:
    from a2r_graph.state import TokenUsage

Level = Literal["ok", "warning", "error"]
Reply: TypeAlias = Mapping[str, Any]
"""A whole completion, as JSON."""

ANSWER = 1024
"""Tokens taken for an explorer's answer where `max_tokens` is unset."""

_THOUGHT = 1024  # tokens; few thoughts are done in less
_MOST_NAMES = 12


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    check: str
    """What was looked at, in a word."""
    message: str
    """In plain words, with figures; where something is wrong, what to do."""


@dataclass(frozen=True)
class Load:
    """What a run asks of one model, by its settings."""

    explorers: int
    """Branches that it is dealt; 0: it is no explorer."""
    max_tokens: int | None
    """Of one explorer; None: whatever the window leaves."""
    references: int = 0
    """References that it reads; 0: it is no synthesizer."""
    reference: int | None = None
    """Tokens of the longest that may come; None: explorers have no limit."""
    answer: int | None = None
    """Most tokens of the synthesis; None: a quarter of the window is kept free."""
    reference_tokens: int | None = None
    """Budget for all references, if one is set."""


def listed(listing: object, name: str, url: str, took: str) -> list[Finding]:
    """Say what the list of models is, and whether `name` is in it."""
    data = listing.get("data") if isinstance(listing, Mapping) else None
    if not isinstance(data, list):
        text = f"{url}: JSON, but no list of models; is that an OpenAI API?"
        return [Finding("error", "reach", text)]
    served = [str(one["id"]) for one in data if isinstance(one, dict) and "id" in one]
    reached = Finding("ok", "reach", f"{url}: {plural(len(served), 'model')}, {took}")
    if name in served:
        return [reached, Finding("ok", "model", f"{name!r} is served")]
    shown = ", ".join(map(repr, served[:_MOST_NAMES])) or "none"
    more = f" and {len(served) - _MOST_NAMES} more" if len(served) > _MOST_NAMES else ""
    text = f"{name!r} is not served there; served: {shown}{more}"
    return [reached, Finding("error", "model", text)]


def usage(calls: Mapping[str, TokenUsage], *, cached: bool) -> list[Finding]:
    """Say which calls told their tokens.

    Args:
        calls: "whole" and "streamed", as far as they succeeded -> their tokens.
        cached: Whether the server is one that can tell cached tokens.
    """
    if not calls:
        return []
    missing = [kind for kind, told in calls.items() if told["output_tokens"] is None]
    if missing:
        text = (
            f"no token counts with a {' nor a '.join(missing)} reply: the report will "
            "have none; does a gateway in front drop them?"
        )
        return [Finding("warning", "usage", text)]
    if cached and all(told["cached_tokens"] is None for told in calls.values()):
        text = (
            "tokens are counted, but not those from the prefix cache; start the server "
            "with --enable-prompt-tokens-details"
        )
        return [Finding("warning", "usage", text)]
    kinds = " and ".join(calls)
    more = ", cached ones too" if cached else ""
    return [Finding("ok", "usage", f"tokens are counted{more} ({kinds})")]


def tokens_in(reply: Reply) -> TokenUsage:
    """Return the tokens that a whole reply tells of."""
    counts = _mapping(reply.get("usage"))
    cached = _mapping(counts.get("prompt_tokens_details")).get("cached_tokens")
    return {
        **UNKNOWN,
        "output_tokens": counts.get("completion_tokens"),
        "cached_tokens": cached,
    }


def answered(reply: Reply, seconds: float) -> Finding:
    """Say what a whole reply was, of a model that may think."""
    choice = reply["choices"][0]
    message = choice["message"]
    tokens = tokens_in(reply)["output_tokens"]
    took = f"{'' if tokens is None else f'{tokens} tokens in '}{seconds:.1f} s"
    if message.get("content") or message.get("tool_calls"):
        return Finding("ok", "call", f"answers, {took}")
    if cut_off(choice.get("finish_reason")):
        return Finding("ok", "call", f"answers, {took}, too few for more than a thought")
    if _reasoning(message):
        return Finding("ok", "call", f"answers, {took}, with nothing but a thought")
    text = f"an empty reply, {took}: is the chat template this model's (--chat-template)?"
    return Finding("warning", "call", text)


def reasoning(load: Load, reply: Reply, *, opened: bool) -> list[Finding]:
    """Say where a whole reply's thought stands, and whether there is room for one.

    Args:
        load: What a run asks of the model.
        reply: As the server sent it, not as our models read it.
        opened: Whether the chat template opens a thought.
    """
    choice = reply["choices"][0]
    message = choice["message"]
    content, thought = message.get("content"), _reasoning(message)
    text = content if isinstance(content, str) else ""
    tagged = split(text, thinking=opened or None, whole=True).answer != text
    if not (tagged or opened or thought):
        return [Finding("ok", "reasoning", "no thought before the answer")]
    if tagged or not thought:
        text = (
            "the thought comes within the answer's text, so where it ends is guessed; "
            "start the server with a --reasoning-parser, qwen3 or deepseek_r1 say"
        )
        finding = Finding("warning", "reasoning", text)
    elif not content and meaning_of(choice.get("finish_reason")) is None:
        text = (
            "the reply is all thought and no answer: the model stopped inside its "
            "thought, or the --reasoning-parser is another model's"
        )
        finding = Finding("warning", "reasoning", text)
    else:
        finding = Finding("ok", "reasoning", "the server tells thought and answer apart")
    return [finding, *_cut_off(load)]


def _cut_off(load: Load) -> list[Finding]:
    """Warn of limits that few thoughts stay below."""
    limits = [("max_tokens", load.max_tokens)] if load.explorers else []
    limits += [("synthesizer_max_tokens", load.answer)] if load.references else []
    return [
        Finding(
            "warning",
            "reasoning",
            f"the model thinks, and {name} {limit:,} cuts thoughts off before the answer "
            f"(failures of kind truncated); set at least {_THOUGHT:,}",
        )
        for name, limit in limits
        if limit and limit < _THOUGHT
    ]


def _reasoning(message: Mapping[str, Any]) -> object:
    return message.get("reasoning") or message.get("reasoning_content")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def plural(number: int, word: str) -> str:
    """Return a count with its word."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
