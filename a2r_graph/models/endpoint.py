"""What vLLM and llama.cpp have in common: an OpenAI endpoint that tells more."""

from __future__ import annotations

import base64
import inspect
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import openai
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI
from pydantic import Field, PrivateAttr, SecretStr
from yarl import URL

from a2r_graph.background import run_in_background
from a2r_graph.models import patience as defaults
from a2r_graph.models import protocol
from a2r_graph.models.faults import silent
from a2r_graph.models.patience import Patience, watched
from a2r_graph.models.streams import Reading
from a2r_graph.models.thoughts import add_reasoning, reasoning_of
from a2r_graph.models.wire import (
    Address,
    check_address,
    events,
    parsed,
    request,
    without_credentials,
)
from a2r_graph.references.finish import meaning_of
from a2r_graph.references.tags import ANY
from a2r_graph.references.thoughts import closes_alone, split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

_COUNTING = 10.0  # seconds; a server that can't count by then is busy or stuck
_PATH = "/chat/completions"
_OWN = "connections are its own; see openai_proxy, SSL_CERT_FILE, HTTPS_PROXY"
_REFUSED = {
    "http_client": _OWN,
    "http_async_client": _OWN,
    "include_response_headers": "headers are not passed on",
    "use_responses_api": "it speaks the chat completions API",
    "max_retries": "it tries once; A2R has the setting attempts, and elsewhere there is "
    "with_retry()",
}

_Result = TypeVar("_Result")


class ChatEndpoint(ChatOpenAI):
    """A `ChatOpenAI` that keeps the reasoning, and knows its window and tokenizer.

    langchain-openai drops the reasoning of servers other than OpenAI's; here it
    stands in `additional_kwargs["reasoning_content"]`, where LangChain's
    `content_blocks` finds it. Requests go by aiohttp, at a fraction of the OpenAI
    client's CPU; messages, tools and replies are still langchain-openai's to convert, by
    methods that are private there: `tests/models` holds them.
    """

    stream_usage: bool | None = True
    request_timeout: float | tuple[float, float] | Any | None = Field(
        default_factory=lambda: (defaults.CONNECT, defaults.SILENCE), alias="timeout"
    )

    _credentials: SecretStr | None = PrivateAttr(default=None)
    _parses: bool = PrivateAttr(default=False)
    """Whether the server was seen to tell thoughts apart by itself."""
    _opens: bool = PrivateAttr(default=False)
    """Whether a reply was seen to begin inside a thought, of a server that can't tell."""

    def __init__(self, **fields: Any) -> None:
        """Take `ChatOpenAI`'s fields.

        Raises:
            ValueError: A field is wrong, or can't be had here.
        """
        for name in filter(fields.get, _REFUSED):
            msg = f"{name}: not with {type(self).__name__}: {_REFUSED[name]}"
            raise ValueError(msg)
        url = str(fields.pop("openai_api_base", None) or fields.get("base_url"))
        check_address(url)
        address = URL(url)
        super().__init__(**{**fields, "base_url": without_credentials(url)})
        if address.user is not None:  # no part of what is shown, logged or saved
            self._credentials = SecretStr(f"{address.user}:{address.password or ''}")

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

    def get_num_tokens(self, text: str) -> int:
        """Return a text's tokens, by `count_texts`."""
        return sum(_now(lambda: self.count_texts([text])))

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Any] | None = None,
        **_: Any,
    ) -> int:
        """Return a prompt's tokens, by `count_prompt`."""
        shown = {"tools": [convert_to_openai_tool(tool) for tool in tools]} if tools else {}
        return _now(lambda: self.count_prompt(messages, **shown))

    async def ready(self) -> None:
        """Do what must be done before the first call. Here: nothing."""

    async def _address(self) -> Address:
        """Return where the server is."""
        key: Any = self.openai_api_key
        if callable(key):
            key = key()
        if inspect.isawaitable(key):
            key = await key
        if isinstance(key, SecretStr):
            key = key.get_secret_value()
        authorization = f"Bearer {key}"
        if self._credentials:
            pair = self._credentials.get_secret_value().encode()
            authorization = f"Basic {base64.b64encode(pair).decode()}"
        headers = {"authorization": authorization, **(self.default_headers or {})}
        query = {**(self.default_query or {})}
        return Address(str(self.openai_api_base), headers, query, self.openai_proxy)

    async def _opens_thought(self, body: Mapping[str, Any]) -> bool | None:
        """Whether the prompt of this request ends inside a thought; None: can't tell."""
        del body
        return None

    async def _is_at_work(self) -> bool:
        """Whether a server that hasn't answered yet is known to generate."""
        return False

    async def _post(self, path: str, body: Mapping[str, Any] | None) -> Any:  # noqa: ANN401  JSON
        """Post JSON (get, if there is none) to a path beside `/v1`."""
        at = (await self._address()).root
        patience = Patience.of(self.request_timeout).at_most(_COUNTING)
        return parsed(await request(at, path, body, patience), at.url + path)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager  # for streams, which this isn't
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        at, body = await self._addressed(payload)
        where = at.url + _PATH
        content = await self._complete(at, body, payload)
        result = protocol.result_of(parsed(content, where), where, self._create_chat_result)
        for generation in result.generations:
            message = generation.message
            await self._take_thought_out(message, body)
            generation.text = str(message.text)
            protocol.read_schema(message, payload.get("response_format"), message)
        if len(result.generations) == 1:
            protocol.check(result.generations[0].message, where)
        return result

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if self._should_stream_usage(stream_usage, **kwargs):
            options = kwargs.get("stream_options") or {}
            kwargs["stream_options"] = {**options, "include_usage": True}
        kwargs["stream"] = True
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        at, body = await self._addressed(payload)
        where, reading = at.url + _PATH, Reading(parsed=self._parses)
        patience = Patience.of(payload.get("timeout", self.request_timeout))
        read = self._convert_chunk_to_generation_chunk
        try:
            async with aclosing(events(at, _PATH, body, patience)) as told:  # type: ignore[type-var]  # a generator
                async for event in told:
                    chunk = protocol.chunk_of(event, where, read)
                    if chunk is None:
                        continue
                    if reading.must_begin(chunk):
                        reading.begin(thinking=await self._begins_inside(body))
                    reading.take(chunk)
                    schema = payload.get("response_format")
                    if schema and (chunk.generation_info or {}).get("finish_reason"):
                        protocol.read_schema(chunk.message, schema, reading.reply())
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        except openai.APIConnectionError as error:
            if reading.finish is None:  # else all has come, but a usage perhaps
                raise reading.broken(error, where) from error
        self._parses = reading.parsed
        self._opens = self._opens or reading.closed_alone
        if reading.finish is None:
            raise reading.no_end(where)
        protocol.check(reading.reply(), where)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        return _now(lambda: self._agenerate(messages, stop, **kwargs))

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

    async def _addressed(
        self, payload: Mapping[str, Any]
    ) -> tuple[Address, dict[str, Any]]:
        """Return where a request goes, and its body as the server gets it."""
        at = await self._address()
        headers = {**at.headers, **(payload.get("extra_headers") or {})}
        query = {**at.query, **(payload.get("extra_query") or {})}
        return replace(at, headers=headers, query=query), protocol.body_of(payload)

    async def _complete(
        self, at: Address, body: Mapping[str, Any], payload: Mapping[str, Any]
    ) -> bytes:
        """Fetch a whole completion; a server that is seen to generate isn't silent."""
        patience = Patience.of(payload.get("timeout", self.request_timeout))
        if "timeout" in payload or "request_timeout" in self.model_fields_set:
            return await request(at, _PATH, body, patience)
        ours = Patience(patience.connect, None)
        try:
            return await watched(request(at, _PATH, body, ours), self._is_at_work)
        except TimeoutError:
            why = f"sent nothing for {patience.silence:g} s, nor is it seen to generate"
            raise silent(at.url + _PATH, why) from None

    async def _take_thought_out(
        self, message: BaseMessage, body: Mapping[str, Any]
    ) -> None:
        """Move an inline thought from the text to where reasoning stands."""
        text = message.content
        if reasoning_of(message):
            self._parses = True
        if not isinstance(text, str):
            return
        finish = meaning_of(message.response_metadata.get("finish_reason"))
        inside: bool | None = False
        # Only then could it matter, and the server is asked.
        if not self._parses and (finish == "cut_off" or ANY.closing.search(text)):
            inside = await self._begins_inside(body)
        if inside is None:
            self._opens = closes_alone(text)
        found = split(text, thinking=inside, whole=not finish)
        message.content = found.answer
        add_reasoning(message, found.thought)

    async def _begins_inside(self, body: Mapping[str, Any]) -> bool | None:
        """Whether a reply begins inside a thought; None: nobody knows."""
        opens = await self._opens_thought(body)
        return True if opens is None and self._opens else opens

    def _create_chat_result(
        self,
        response: dict[str, Any] | openai.BaseModel,
        generation_info: dict[str, Any] | None = None,
    ) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        answer = response if isinstance(response, dict) else response.model_dump()
        for generation, choice in zip(result.generations, answer["choices"], strict=True):
            protocol.keep(generation.message, choice["message"])
            finish = choice.get("finish_reason")
            generation.message.response_metadata["finish_reason"] = finish
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
            protocol.keep(made.message, chunk["choices"][0].get("delta") or {})
        return made


def _now(call: Callable[[], Awaitable[_Result]]) -> _Result:
    """Return what an asynchronous call gives, to a caller that can't wait for it."""

    async def once() -> AsyncIterator[_Result]:
        yield await call()

    result: _Result
    (result,) = run_in_background(once)
    return result
