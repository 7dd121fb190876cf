"""A model of Inspect AI as a LangChain chat model, for the branches of A2R."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from inspect_ai.model import (
    ContentReasoning,
    GenerateConfig,
    Model,
    ModelOutput,
    ModelUsage,
    messages_from_openai,
)
from inspect_ai.util import LimitExceededError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from a2r_graph.references.finish import cut_off, meaning_of


class ChatInspect(BaseChatModel):
    """Asks a model of the evaluation, which logs, counts, limits and retries the call."""

    model: str
    """Its name."""
    asked: Any = Field(exclude=True, repr=False)
    """Itself."""
    seed: int | None = None
    max_retries: int | None = None  # Inspect's: A2R's own tries would multiply them
    exceeded: list[LimitExceededError] = Field(default_factory=list, exclude=True)
    """A limit of the sample that a call ran into: to A2R, a branch that failed."""
    # Set by the evaluation, so that A2R's own default stays away.
    temperature: ClassVar[str] = "the evaluation's"

    @classmethod
    def of(cls, model: Model) -> ChatInspect:
        """Return a chat model that asks `model`."""
        return cls(model=str(model), asked=model, seed=model.config.seed)

    @property
    def _llm_type(self) -> str:
        return "inspect"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        msg = "Inspect's models are asynchronous: use ainvoke"
        raise NotImplementedError(msg)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: object = None,
        **sampling: Any,
    ) -> ChatResult:
        del run_manager
        asked: Any = convert_to_openai_messages(messages)
        config = GenerateConfig(stop_seqs=stop, **sampling)
        try:
            output = await self.asked.generate(
                await messages_from_openai(asked),
                config=config,
                cache=False,  # one cached answer n times would be a consensus of one
            )
        except LimitExceededError as error:
            self.exceeded.append(error)
            raise
        return ChatResult(generations=[ChatGeneration(message=_message(output))])


def raise_exceeded(chats: Sequence[ChatInspect]) -> None:
    """Raise the limit that one of them ran into, if any did: it ends the sample."""
    for chat in chats:
        for error in chat.exceeded:
            raise error


def _message(output: ModelOutput) -> AIMessage:
    told = output.message
    blocks = told.content if isinstance(told.content, list) else []
    thoughts = [
        (block.summary or "") if block.redacted else block.reasoning
        for block in blocks
        if isinstance(block, ContentReasoning)
    ]
    thought = "\n".join(filter(None, thoughts))
    return AIMessage(
        told.text,
        additional_kwargs={"reasoning_content": thought} if thought else {},
        response_metadata={"finish_reason": _finish(output.stop_reason)},
        usage_metadata=_usage(output.usage),
    )


def _finish(stop_reason: str) -> str:
    """Return the finish reason of an OpenAI-shaped server."""
    if cut_off(stop_reason):
        return "length"
    return stop_reason if meaning_of(stop_reason) else "stop"


def _usage(told: ModelUsage | None) -> UsageMetadata | None:
    """Return LangChain's usage: its input holds what is cached, Inspect's doesn't."""
    if told is None:
        return None
    cached = told.input_tokens_cache_read
    read = told.input_tokens + (cached or 0) + (told.input_tokens_cache_write or 0)
    usage = UsageMetadata(
        input_tokens=read,
        output_tokens=told.output_tokens,
        total_tokens=read + told.output_tokens,
    )
    if cached is not None:
        usage["input_token_details"] = {"cache_read": cached}
    if told.reasoning_tokens is not None:
        usage["output_token_details"] = {"reasoning": told.reasoning_tokens}
    return usage
