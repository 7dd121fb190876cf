"""What vLLM and llama.cpp have in common: an OpenAI endpoint that tells more."""

from __future__ import annotations

import asyncio
import json
from abc import abstractmethod
from collections.abc import Awaitable, Mapping
from contextlib import aclosing
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI
from pydantic import Field, SecretStr

from a2r_graph.background import run_in_background
from a2r_graph.errors import BadReplyError, EmptyReplyError
from a2r_graph.models.clients import bind_to_loop
from a2r_graph.models.faults import explained, silent
from a2r_graph.models.streams import Reading
from a2r_graph.models.thoughts import CLOSING, reasoning_of, take_out
from a2r_graph.models.wire import Address, Patience, parsed, request
from a2r_graph.references import extract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

CONNECT, SILENCE = 10.0, 600.0
"""Seconds to wait for a connection, and between two bytes."""

SPELLS = 12
"""Silences of a server that is seen to generate, before a whole reply is given up."""

_COUNTING = 10.0  # seconds; a server that can't count by then is busy or stuck
_FIELDS = ("reasoning_content", "reasoning")  # older servers' name, newer ones'
_SNIPPET = 200
_OF_THE_CLIENT = ("extra_body", "extra_headers", "timeout")


def _patient() -> openai.Timeout:
    return openai.Timeout(SILENCE, connect=CONNECT)


class ChatEndpoint(ChatOpenAI):
    """A `ChatOpenAI` that keeps the reasoning, and knows its window and tokenizer.

    langchain-openai drops the reasoning of servers other than OpenAI's; here it
    stands in `additional_kwargs["reasoning_content"]`, where LangChain's
    `content_blocks` finds it. Whole replies are fetched by aiohttp, which takes a
    fraction of the OpenAI client's CPU; what only that client can do (response formats,
    a client of the caller's) goes through it. The methods overridden for that are
    private there: `tests/models` holds them.

    Raises, when asked:
        EmptyReplyError: No answer, or a thought that was cut off.
        CutOffStreamError: A stream without an end.
        BadReplyError: Not JSON, or no choices.
        ContextOverflowError: LangChain's, as its other errors are.
    """

    stream_usage: bool | None = True
    request_timeout: float | tuple[float, float] | Any | None = Field(
        default_factory=_patient, alias="timeout"
    )
    # The client's timeouts tell of silence; a queue on a busy server isn't one.
    stream_chunk_timeout: float | None = None

    def __init__(self, **fields: Any) -> None:
        """Take `ChatOpenAI`'s fields.

        Raises:
            ValueError: A field is wrong.
        """
        if fields.get("http_client") is not None:
            msg = "http_client: give http_async_client, which serves both ways of calling"
            raise ValueError(msg)
        super().__init__(**fields)

    @abstractmethod
    async def context_window(self) -> int:
        """Return the most tokens of prompt and answer together."""

    @abstractmethod
    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens, by the server's own tokenizer."""

    @abstractmethod
    async def count_prompt(self, messages: Sequence[BaseMessage], **kwargs: Any) -> int:
        """Return the tokens of the whole prompt, by the server's own chat template.

        Args:
            messages: The prompt.
            **kwargs: Keywords of the call that are part of the prompt: tools, say.
        """

    async def ready(self) -> None:
        """Do what must be done before the first call. Here: nothing."""

    async def _address(self) -> Address:
        """Return where the server is."""
        key = self.openai_api_key
        return Address(
            str(self.root_async_client.base_url),
            key.get_secret_value() if isinstance(key, SecretStr) else "",
            self.default_headers or {},
        )

    async def _opens_thought(self, template: Mapping[str, Any]) -> bool:
        """Whether the chat template, with these keywords, ends inside a thought."""
        del template
        return False

    async def _is_at_work(self) -> bool:
        """Whether a server that hasn't answered yet is known to generate."""
        return False

    async def _bound(self) -> ChatOpenAI:
        """Return this model with an OpenAI client of the running loop."""
        at = await self._address()
        options: dict[str, Any] = {"base_url": at.url}
        if at.api_key:
            options["api_key"] = at.api_key
        return await bind_to_loop(self, trust_env=at.trust_env, **options)

    async def _post(self, path: str, body: Mapping[str, Any] | None) -> Any:  # noqa: ANN401  JSON
        """Post JSON (get, if there is none) to a path beside `/v1`."""
        at = (await self._address()).root
        own = _patience(self.request_timeout)
        patience = Patience(*(min(s or _COUNTING, _COUNTING) for s in astuple(own)))
        return parsed(await request(at, path, body, patience), at)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        at = await self._address()
        if self._is_plain(payload):
            result = self._result_of(await self._complete(at, payload), at)
        else:
            bound = await self._bound()
            try:
                # Not `super()`: that would be this model, without the loop's client.
                result = await ChatOpenAI._agenerate(  # noqa: SLF001  as said
                    bound, messages, stop, run_manager, **kwargs
                )
            except openai.APIError as error:
                raise explained(error, at.shown) from error
        for generation in result.generations:
            await self._take_thought_out(generation.message, payload)
        if len(result.generations) == 1:
            _check(result.generations[0].message, at.shown)
        return result

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        bound, at = await self._bound(), await self._address()
        reading = Reading()
        stream = ChatOpenAI._astream(bound, messages, stop, **kwargs)  # noqa: SLF001  so here
        try:
            async with aclosing(stream) as chunks:  # type: ignore[type-var]  # a generator
                async for chunk in chunks:
                    if reading.is_text_of_unknown_kind(chunk):
                        payload = self._get_request_payload([], **kwargs)
                        template = _template_of(payload)
                        reading.begin(thinking=await self._opens_thought(template))
                    reading.take(chunk)
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        except (openai.APIError, httpx2.TransportError) as error:
            raise reading.broken(error, at.shown) from error
        if reading.finish is None:
            raise reading.cut_off(at.shown, "ended without a finish reason")
        _check(reading.reply(), at.shown)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager

        async def whole() -> AsyncIterator[ChatResult]:
            yield await self._agenerate(messages, stop, **kwargs)

        result: ChatResult
        (result,) = run_in_background(whole)
        return result

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in run_in_background(lambda: self._astream(messages, stop, **kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _is_plain(self, payload: Mapping[str, Any]) -> bool:
        """Whether a request needs nothing that only the OpenAI client can do."""
        return not (
            self.http_async_client
            or self.openai_proxy
            or self.default_query
            or self.include_response_headers
            or callable(self.openai_api_key)
            or {"response_format", "extra_query"} & payload.keys()
            or self._use_responses_api(dict(payload))
        )

    async def _complete(self, at: Address, payload: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
        """Fetch a whole completion; a server that is seen to generate isn't silent."""
        body = {k: v for k, v in payload.items() if k not in _OF_THE_CLIENT}
        body |= payload.get("extra_body") or {}
        headers = {**at.headers, **(payload.get("extra_headers") or {})}
        at = Address(at.url, at.api_key, headers, at.trust_env)
        path = "/chat/completions"
        patience = _patience(payload.get("timeout", self.request_timeout))
        if "timeout" in payload or "request_timeout" in self.model_fields_set:
            return parsed(await request(at, path, body, patience), at)
        ours = Patience(patience.connect, None)
        try:
            asking = request(at, path, body, ours)
            return parsed(await self._watched(asking, patience.silence or SILENCE), at)
        except TimeoutError:
            why = f"sent nothing for {patience.silence:g} s, nor is it seen to generate"
            raise silent(at.shown + path, why) from None

    async def _watched(self, asking: Awaitable[bytes], silence: float) -> bytes:
        """Await a reply as long as the server is at work.

        Raises:
            TimeoutError: It isn't.
        """
        loop, watching = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        async with asyncio.timeout(None) as limit:

            async def watch() -> None:
                for _ in range(SPELLS - 1):
                    if not await self._is_at_work():
                        break
                    await asyncio.sleep(silence)
                limit.reschedule(loop.time())

            # A timer, since few calls last so long: a task for each would cost more.
            begin = loop.call_later(
                silence, lambda: watching.add(loop.create_task(watch()))
            )
            try:
                return await asking
            finally:
                begin.cancel()
                for task in watching:
                    task.cancel()

    def _result_of(self, reply: Any, at: Address) -> ChatResult:  # noqa: ANN401  JSON
        if not isinstance(reply, dict) or not reply.get("choices"):
            said = json.dumps(reply)[:_SNIPPET]
            msg = f"{at.shown} answered without choices: {said}"
            raise BadReplyError(msg)
        try:
            return self._create_chat_result(reply)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            msg = f"{at.shown} answered with a completion that can't be read: {error!r}"
            raise BadReplyError(msg) from error

    async def _take_thought_out(
        self, message: BaseMessage, payload: Mapping[str, Any]
    ) -> None:
        thinking = (
            message.response_metadata.get("finish_reason") == "length"
            and isinstance(message.content, str)
            and CLOSING not in message.content
            and not reasoning_of(message)
            and await self._opens_thought(_template_of(payload))
        )
        take_out(message, thinking=thinking)

    def _create_chat_result(
        self,
        response: dict[str, Any] | openai.BaseModel,
        generation_info: dict[str, Any] | None = None,
    ) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        answer = (
            response if isinstance(response, dict) else response.model_dump(warnings=False)
        )
        for generation, choice in zip(result.generations, answer["choices"], strict=True):
            message, told = generation.message, choice["message"]
            _keep_reasoning(message, told)
            message.response_metadata["finish_reason"] = choice.get("finish_reason")
            if told.get("refusal"):  # taken over from the client's own classes alone
                message.additional_kwargs["refusal"] = told["refusal"]
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


def _check(message: BaseMessage | None, where: str) -> None:
    """Raise if a whole reply holds neither an answer nor a tool call."""
    if not isinstance(message, AIMessage):
        return
    if isinstance(message.content, str) and message.content.strip():
        return  # its thought has been taken out
    failure = extract(message).failure
    if failure and not (message.tool_calls or message.invalid_tool_calls):
        msg = f"{where}: {failure['message']}"
        raise EmptyReplyError(msg, message, failure["kind"])


def _template_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a request says to the chat template."""
    return (payload.get("extra_body") or {}).get("chat_template_kwargs") or {}


def _patience(timeout: Any) -> Patience:  # noqa: ANN401  as many forms as the client takes
    if isinstance(timeout, openai.Timeout):
        return Patience(timeout.connect, timeout.read)
    if isinstance(timeout, tuple):
        return Patience(timeout[0], timeout[1])
    return Patience(timeout, timeout)
