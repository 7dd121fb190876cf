"""What vLLM and llama.cpp have in common: an OpenAI endpoint that tells more."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from langchain_openai import ChatOpenAI

from a2r_graph.models.clients import bind_to_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import openai
    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

_COUNTING = 30.0  # seconds; a server that can't count by then is asked no more
_FIELDS = ("reasoning_content", "reasoning")  # older servers' name, newer ones'


class ChatEndpoint(ChatOpenAI):
    """A `ChatOpenAI` that keeps the reasoning, and knows its window and tokenizer.

    langchain-openai drops the reasoning of servers other than OpenAI's; here it
    stands in `additional_kwargs["reasoning_content"]`, where LangChain's
    `content_blocks` finds it. The two methods overridden for that are private there:
    `tests/models` holds them.
    """

    stream_usage: bool | None = True

    @abstractmethod
    async def context_window(self) -> int:
        """Return the most tokens of prompt and answer together."""

    @abstractmethod
    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens, by the server's own tokenizer."""

    @abstractmethod
    async def count_prompt(self, messages: Sequence[BaseMessage]) -> int:
        """Return the tokens of the whole prompt, by the server's own chat template."""

    async def ready(self) -> None:
        """Do what must be done before the first call. Here: nothing."""

    async def _bound(self) -> ChatOpenAI:
        """Return this model with a client of the running loop."""
        return await bind_to_loop(self)

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post JSON to a path beside `/v1`, with this model's key and timeouts."""
        client: openai.AsyncOpenAI = (await self._bound()).root_async_client
        url = str(client.base_url).rstrip("/").removesuffix("/v1") + path
        answer: Any = await client.post(
            url, body=body, cast_to=object, options={"timeout": _COUNTING}
        )
        return dict(answer)

    def _payload(self, messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
        """Return messages as a completion request would carry them."""
        payload: list[dict[str, Any]] = self._get_request_payload(list(messages))[
            "messages"
        ]
        return payload

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        bound = await self._bound()
        # Not `super()`: that would be this model, without the loop's client.
        return await ChatOpenAI._agenerate(bound, messages, stop, run_manager, **kwargs)  # noqa: SLF001

    async def _astream(
        self, *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        bound = await self._bound()
        async for chunk in ChatOpenAI._astream(bound, *args, **kwargs):  # noqa: SLF001  so here
            yield chunk

    def _create_chat_result(
        self,
        response: dict[str, Any] | openai.BaseModel,
        generation_info: dict[str, Any] | None = None,
    ) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        answer = response if isinstance(response, dict) else response.model_dump()
        for generation, choice in zip(result.generations, answer["choices"], strict=True):
            _keep_reasoning(generation.message, choice["message"])
        return result

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        if made is not None and chunk.get("choices"):
            _keep_reasoning(made.message, chunk["choices"][0].get("delta") or {})
        return made


def _keep_reasoning(message: BaseMessage, told: dict[str, Any]) -> None:
    """Put the reasoning where LangChain looks for it.

    It does so only where the provider isn't "openai", which this one isn't.
    """
    message.response_metadata["model_provider"] = "openai-compatible"
    for field in _FIELDS:
        if told.get(field):
            message.additional_kwargs["reasoning_content"] = told[field]
            return
