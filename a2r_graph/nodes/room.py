"""The prompt against the window: before the explorers, and around the references."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage

from a2r_graph.models.tokens import tokens_for
from a2r_graph.prompts import Prompt, PromptError, write_prompt
from a2r_graph.references import Fitted, fit, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from a2r_graph.context import A2RContext
    from a2r_graph.models.resolve import Model
    from a2r_graph.models.tokens import Tokens
    from a2r_graph.state import PromptSize, Reference

_LEAST = 64  # tokens of references; with less there is nothing to synthesize
_SAFE = 512  # tokens that a chat template and our instructions stay below
_AGAIN = 256  # tokens in which a structured reply is refused
_ROUNDS = 8


class TooLongError(ValueError):
    """The conversation alone is longer than a model's window."""


class NoRoomError(ValueError):
    """Not one reference fits beside the conversation."""


class Composed(NamedTuple):
    """The synthesizer's prompt behind the conversation."""

    prompt: list[BaseMessage]
    fitted: Fitted
    size: PromptSize


def check_conversation(messages: Sequence[AnyMessage] | None) -> list[AnyMessage]:
    """Return the conversation, or say what it lacks.

    Raises:
        ValueError: There is no user message with something in it.
    """
    if not messages:
        msg = "messages: missing or empty; give at least one user message"
        raise ValueError(msg)
    users = [m for m in messages if isinstance(m, HumanMessage)]
    if not users:
        kinds = ", ".join(m.type for m in messages)
        msg = f"messages: no user message among {len(messages)} ({kinds}); add one"
        raise ValueError(msg)
    if not any(_says_something(m) for m in users):
        msg = "messages: every user message is empty; write a question"
        raise ValueError(msg)
    return list(messages)


def _says_something(message: HumanMessage) -> bool:
    content = message.content
    if isinstance(content, str):
        return bool(content.strip())
    return any(
        bool(part.strip())
        if isinstance(part, str)
        # A block that isn't text (an image, say) is a question too.
        else part.get("type") != "text" or bool(str(part.get("text", "")).strip())
        for part in content
    )


async def check_room(
    messages: list[AnyMessage],
    settings: A2RContext,
    explorers: Sequence[Model],
    synthesizer: Model,
    prompt: Prompt,
) -> None:
    """Refuse a conversation that doesn't fit a window, where windows are known.

    Raises:
        TooLongError: It names the model and both token counts.
    """
    models = [*dict.fromkeys(explorers), synthesizer]
    # At once: a server that doesn't answer takes its time for each.
    *counters, tokens = await asyncio.gather(*map(tokens_for, models))
    for model, counter in zip(models, counters, strict=False):
        limit = settings.max_tokens or model.says(model.max_tokens_field())
        await _check_one(model, counter, messages, int(limit or 1))
    behind = (
        write_prompt(prompt, references=[], fields=_fields(messages, {}, Fitted.none(), 0))
        if isinstance(prompt, str)
        else []
    )
    reserved = _reserve(tokens, settings, synthesizer) + _LEAST
    await _check_one(synthesizer, tokens, [*messages, *behind], reserved)


async def _check_one(
    model: Model, tokens: Tokens, messages: Sequence[BaseMessage], answer: int
) -> None:
    window = tokens.window
    if window is None:
        return
    if tokens.at_most(messages) + _SAFE + answer <= window:
        return  # most conversations need no counting
    try:
        count = await tokens.prompt(messages)
    except Exception:  # noqa: BLE001  a gateway that passes completions alone: estimate
        tokens = tokens.estimate()
        count = await tokens.prompt(messages)
    if count + answer > window:
        about = "about " if tokens.estimated else ""
        tools = " with the model's tools" if tokens.keywords.get("tools") else ""
        msg = (
            f"messages: the question{tools} is {about}{count:,} tokens long for "
            f"{model.name}, whose window is {window:,} tokens, {answer:,} of them for what "
            "follows; shorten it, lower max_tokens or take a model with a larger window"
        )
        raise TooLongError(msg)


async def compose(  # noqa: PLR0913  one step's inputs
    messages: list[AnyMessage],
    references: list[Reference],
    *,
    supports: Mapping[int, int],
    votes: Mapping[str, int],
    settings: A2RContext,
    synthesizer: Model,
    prompt: Prompt,
) -> Composed:
    """Write the synthesizer's prompt with as much of the references as fits.

    Prompt, references and the answer's `max_tokens` together stay within the window,
    counted by the synthesizer's own tokenizer where it has one.

    Args:
        messages: The conversation.
        references: Those to show, in prompt order.
        supports: Reference index -> branches that it stands for.
        votes: Final answer -> count.
        settings: The run's.
        synthesizer: Whose window and tokenizer count.
        prompt: What is written around the references.

    Raises:
        NoRoomError: Not one reference fits.
        PromptError: The caller's prompt function failed.
    """
    tokens = await tokens_for(synthesizer)
    write = partial(_write, prompt, messages, votes, sum(supports.values()))
    fill = partial(_fill, messages, references, supports, settings, synthesizer, write)
    try:
        return await fill(tokens)
    except (NoRoomError, PromptError):
        raise
    except Exception:  # noqa: BLE001  its tokenizer can't be reached: estimate
        return await fill(tokens.estimate())


async def _fill(  # noqa: PLR0913, PLR0917  one step's inputs
    messages: list[AnyMessage],
    references: list[Reference],
    supports: Mapping[int, int],
    settings: A2RContext,
    synthesizer: Model,
    write: Callable[[Fitted], list[BaseMessage]],
    tokens: Tokens,
) -> Composed:
    room = (
        None
        if tokens.window is None
        else tokens.window - _reserve(tokens, settings, synthesizer)
    )
    budget, left = settings.reference_tokens, 0
    if room is not None:
        empty = write(Fitted.none())
        left = room - await tokens.prompt([*messages, *empty])
        budget = left if budget is None else min(budget, left)
    for _ in range(_ROUNDS):
        fitted = await fit(references, supports, budget, tokens.texts)
        if not fitted.references:
            break
        behind = write(fitted)
        total = await tokens.prompt([*messages, *behind])
        if room is None or total <= room:
            size: PromptSize = {
                "prompt_tokens": total,
                "reference_tokens": fitted.tokens,
                "window": tokens.window,
                "estimated": tokens.estimated,
            }
            return Composed(behind, fitted, size)
        # Tokens don't add up exactly, and a caller's prompt may show a text twice.
        share = fitted.tokens * left // max(1, total - room + left)
        budget = min(share, fitted.tokens - 1)
    msg = (
        f"no reference fits: {max(budget or 0, 0):,} tokens are left for "
        f"{len(references)} references (window {tokens.window or 'unknown'}, "
        f"reference_tokens {settings.reference_tokens or 'unset'}); "
        "raise reference_tokens, or lower synthesizer_max_tokens"
    )
    raise NoRoomError(msg)


def _reserve(tokens: Tokens, settings: A2RContext, synthesizer: Model) -> int:
    """Return the tokens kept free for the answer: a quarter where nobody says."""
    told = settings.synthesizer_max_tokens
    told = told or synthesizer.says(synthesizer.max_tokens_field())
    answer = int(told) if told else (tokens.window or 0) // 4
    return answer + (_AGAIN if synthesizer.format else 0)


def _write(
    prompt: Prompt,
    messages: Sequence[BaseMessage],
    votes: Mapping[str, int],
    ran: int,
    fitted: Fitted,
) -> list[BaseMessage]:
    fields = _fields(messages, votes, fitted, ran)
    return write_prompt(prompt, references=fitted.references, fields=fields)


def question_in(messages: Sequence[BaseMessage]) -> str:
    """Return the text of the last user message."""
    users = [m for m in messages if isinstance(m, HumanMessage)]
    return str(users[-1].text) if users else ""


def _fields(
    messages: Sequence[BaseMessage],
    votes: Mapping[str, int],
    fitted: Fitted,
    ran: int,
) -> dict[str, str]:
    # Answers are what models wrote, as references are.
    quoted = {quote(answer): count for answer, count in votes.items()}
    return {
        "references": fitted.block,
        "count": str(len(fitted.references)),
        "n": str(ran),
        "question": question_in(messages),
        "votes": ", ".join(f"{answer} ({count})" for answer, count in quoted.items()),
        "majority": next(iter(quoted), ""),
    }
