"""A model's window, and its tokens counted by itself where it can."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel, BaseLanguageModel

from a2r_graph.background import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from a2r_graph.models.resolve import Model

_BYTES_PER_TOKEN = 3  # few tokenizers need more; an estimate had better be high
_PER_MESSAGE = 8
_PER_IMAGE = 1024


@dataclass(frozen=True)
class Tokens:
    """Counts for one model. This class estimates; its kin know."""

    model: Any
    window: int | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    """What was bound to the model; tools are part of the prompt."""
    estimated = True

    async def texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens."""
        return [_estimate(text) for text in texts]

    async def prompt(self, messages: Sequence[BaseMessage]) -> int:
        """Return the tokens of a whole prompt, tools included."""
        size = sum(_PER_MESSAGE + _size(message) for message in messages)
        return size + _estimate(self._tools)

    def at_most(self, messages: Sequence[BaseMessage]) -> int:
        """Return what a prompt's tokens stay below: no tokenizer makes more than bytes."""
        texts = (f"{message.content}{_calls(message)}" for message in messages)
        return sum(_PER_MESSAGE + _bytes(text) for text in texts) + _bytes(self._tools)

    def estimate(self) -> Tokens:
        """Return a counter of the same prompts that asks nobody."""
        return Tokens(self.model, self.window, self.keywords)

    @property
    def _tools(self) -> str:
        """The schemas of the bound tools, as the model gets to see them, or about so."""
        return _json(self.keywords.get("tools"))


class OwnCounter(Tokens):
    """Counts by the model's own `get_num_tokens`."""

    estimated = False

    async def texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens."""
        return await in_thread(lambda: [self.model.get_num_tokens(text) for text in texts])

    async def prompt(self, messages: Sequence[BaseMessage]) -> int:
        """Return the tokens of a whole prompt, tools included."""
        count: int = await in_thread(
            self.model.get_num_tokens_from_messages, list(messages)
        )
        # LangChain's own counts the calls in the messages, and leaves schemas out.
        return count + (sum(await self.texts([self._tools])) if self._tools else 0)


class ServerCounter(Tokens):
    """Counts by the server's own tokenizer and chat template."""

    estimated = False

    async def texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens."""
        counts: list[int] = await self.model.count_texts(texts)
        return counts

    async def prompt(self, messages: Sequence[BaseMessage]) -> int:
        """Return the tokens of a whole prompt."""
        count: int = await self.model.count_prompt(messages, **self.keywords)
        return count


async def tokens_for(model: Model) -> Tokens:
    """Return the best counter there is for `model`, and its window."""
    chat = model.chat
    if hasattr(chat, "count_prompt"):
        asked = await asyncio.gather(*map(_asking, (model, *model.replicas)))
        # None of them: the call itself will tell what is wrong.
        return next((one for one in asked if one), Tokens(chat, None, model.keywords))
    if chat is None:
        return Tokens(chat)
    window = (getattr(chat, "profile", None) or {}).get("max_input_tokens")
    counter = OwnCounter if _counts_itself(chat) else Tokens
    return counter(chat, window, model.keywords)


async def _asking(model: Model) -> Tokens | None:
    """Return a counter that asks the model's server, if it answers."""
    chat: Any = model.chat
    try:
        window: int = await chat.context_window()
    except Exception:  # noqa: BLE001  it is another's turn, or the call's own
        return None
    return ServerCounter(chat, window, model.keywords)


def _counts_itself(model: BaseChatModel) -> bool:
    """Whether the model has a counter of its own that needs no network.

    LangChain's default is GPT-2's tokenizer, and langchain-openai's downloads one of
    OpenAI's whatever the model: both are another model's.
    """
    if model.custom_get_token_ids is not None:
        return True
    if any(cls.__module__.startswith("langchain_openai") for cls in type(model).__mro__):
        return False
    return any(
        getattr(type(model), name) is not getattr(BaseLanguageModel, name)
        for name in ("get_num_tokens", "get_token_ids", "get_num_tokens_from_messages")
    )


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _estimate(text: str) -> int:
    return math.ceil(_bytes(text) / _BYTES_PER_TOKEN)


def _json(value: object) -> str:
    """Return what is sent as JSON; nothing for nothing."""
    return json.dumps(value, ensure_ascii=False, default=str) if value else ""


def _calls(message: BaseMessage) -> str:
    """Return the tool calls of a message, which stand beside its content."""
    kinds = ("tool_calls", "invalid_tool_calls")
    return "".join(_json(getattr(message, kind, None)) for kind in kinds)


def _size(message: BaseMessage) -> int:
    calls = _estimate(_calls(message))
    if isinstance(message.content, str):
        return calls + _estimate(message.content)
    parts = (
        part if isinstance(part, str) else part.get("text") for part in message.content
    )
    return calls + sum(_PER_IMAGE if text is None else _estimate(text) for text in parts)
