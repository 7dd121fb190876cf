"""Models served by vLLM."""

from __future__ import annotations

import asyncio
import json
import os
import re
from typing import TYPE_CHECKING, Any

import openai
from pydantic import Field, PrivateAttr, SecretStr

from a2r_graph.errors import BadReplyError
from a2r_graph.models.endpoint import ChatEndpoint
from a2r_graph.models.patience import Patience
from a2r_graph.models.wire import request
from a2r_graph.references.tags import ends_inside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import LangSmithParams
    from langchain_core.messages import BaseMessage

DEFAULT_URL = "http://localhost:8000/v1"
"""Where `vllm serve` listens by itself."""

_LOOK = 10.0  # seconds between two looks at a server that may be stuck
_BRIEF = Patience(10.0, 10.0)
_DONE = re.compile(
    r"^vllm:(?:prompt|generation)_tokens_total(?:\{.*\})? (\S+)$", re.MULTILINE
)


class ChatVLLM(ChatEndpoint):
    """A chat model on a vLLM server: `ChatOpenAI`, and what it lacks there.

    Reasoning is kept, from servers with a reasoning parser and without, in
    `content_blocks` and never in `content`. Usage is there, streamed or whole. Exact
    counts come from the server's own tokenizer and chat template.

    The server's address and key come from `base_url` and `api_key`, else from
    `VLLM_BASE_URL` and `VLLM_API_KEY`, else it is `http://localhost:8000/v1`.

    Patience: 10 seconds for a connection, 600 for silence between bytes. A whole reply
    may take longer while the server's `/metrics` shows that it generates, at most two
    hours. A `timeout` of yours (seconds, or an `openai.Timeout`) is taken literally.

    The fields below are vLLM's own sampling options; they may also be given to a single
    call, or bound. Anything else that vLLM takes goes into `extra_body`.

    It tries once (`max_retries` is refused): A2R retries by its setting `attempts`,
    elsewhere there is `with_retry()`. Connections are its own, by aiohttp; proxies and
    certificates come from `openai_proxy` and the environment.

    Raises, when asked:
        EmptyReplyError: No answer, or a thought that `max_tokens` cut off.
        CutOffStreamError: A stream without an end.
        BadReplyError: Not JSON, or no choices.
        ContextOverflowError: LangChain's; prompt and `max_tokens` exceed the window.
        openai.APIError: LangChain's kin of it, for whatever else was refused.

    Example:
        >>> from a2r_graph import ChatVLLM
        >>> model = ChatVLLM(
        ...     model="Qwen/Qwen3-4B", temperature=0.6, top_k=20, thinking_token_budget=4096
        ... )
        >>> model.openai_api_base
        'http://localhost:8000/v1'
    """

    top_k: int | None = Field(default=None, ge=-1)
    """Sample among this many likeliest tokens; -1 and 0 are all."""
    min_p: float | None = Field(default=None, ge=0, le=1)
    """Least probability of a token, relative to the likeliest."""
    repetition_penalty: float | None = Field(default=None, gt=0)
    """Above 1: tokens of prompt and answer become less likely."""
    chat_template_kwargs: dict[str, Any] | None = None
    """Keywords of the chat template: `{"enable_thinking": False}`, say."""
    thinking_token_budget: int | None = Field(default=None, ge=-1)
    """Tokens after which the server ends the thought; -1 is no limit. Needs a
    reasoning parser."""
    priority: int | None = None
    """Lower is served earlier, where the server schedules by priority."""
    structured_outputs: dict[str, Any] | None = None
    """One of `json`, `regex`, `choice`, `grammar`, `structural_tag`."""

    _windows: dict[str, int] = PrivateAttr(default_factory=dict)
    _opening: dict[str, bool | None] = PrivateAttr(default_factory=dict)

    def __init__(self, **fields: Any) -> None:
        """Take `ChatOpenAI`'s fields and those above.

        Raises:
            ValueError: A field is wrong, or the address is none.
        """
        if not {"base_url", "openai_api_base"} & set(fields):
            fields["base_url"] = os.environ.get("VLLM_BASE_URL") or DEFAULT_URL
        if not {"api_key", "openai_api_key"} & set(fields):
            # vLLM asks for no key by default; the client insists on one.
            key = os.environ.get("VLLM_API_KEY", "").strip()  # a file's last newline
            fields["api_key"] = SecretStr(key or "EMPTY")
        super().__init__(**fields)

    @property
    def _llm_type(self) -> str:
        return "vllm"

    def _get_ls_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        params = super()._get_ls_params(stop, **kwargs)
        params["ls_provider"] = self._llm_type  # not OpenAI, by whose prices it would go
        return params

    async def context_window(self) -> int:
        """Return the server's `max_model_len`, in tokens (asked once).

        Raises:
            openai.APIError: The server can't be reached, or refuses.
            ValueError: It doesn't serve this model, or doesn't tell.
        """
        if self.model_name not in self._windows:
            window = (await self._served()).get(self.model_name)
            if window is None:  # a router that lists names alone, if those
                window = (await self._tokenize(prompt="")).get("max_model_len")
            if not isinstance(window, int):
                msg = f"{self.model_name!r}: the server tells no max_model_len"
                raise ValueError(msg)
            self._windows[self.model_name] = window
        return self._windows[self.model_name]

    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens, by the server's tokenizer: one request each, at once.

        Raises:
            openai.APIError: The server can't be reached, or refuses.
        """
        told = await asyncio.gather(
            *(self._tokenize(prompt=text, add_special_tokens=False) for text in texts)
        )
        return [_count(answer) for answer in told]

    async def count_prompt(self, messages: Sequence[BaseMessage], **kwargs: Any) -> int:
        """Return the prompt's tokens, by the server's chat template.

        Args:
            messages: The prompt.
            **kwargs: Keywords of the call that are part of the prompt: `tools`,
                `chat_template_kwargs`.

        Raises:
            openai.APIError: The server can't be reached, or refuses.
        """
        payload = self._get_request_payload(list(messages), **kwargs)
        _, body = await self._addressed(payload)
        prompt = {key: body[key] for key in _OF_THE_PROMPT if key in body}
        return _count(await self._tokenize(**{**prompt, **_template_of(body)}))

    async def _served(self) -> dict[str, int | None]:
        """Return the windows of the models that the server lists, by name."""
        try:
            models = (await self._post("/v1/models", None))["data"]
            return {model["id"]: model.get("max_model_len") for model in models}
        except (openai.APIStatusError, KeyError, TypeError, AttributeError):
            return {}  # a gateway without such a list

    async def _tokenize(self, **body: Any) -> dict[str, Any]:
        told = await self._post("/tokenize", {"model": self.model_name, **body})
        if not isinstance(told, dict):
            msg = f"/tokenize answered with a JSON {type(told).__name__}, not an object"
            raise BadReplyError(msg)
        return told

    async def _opens_thought(self, body: Mapping[str, Any]) -> bool | None:
        template = _template_of(body)
        key = json.dumps(template, sort_keys=True, default=str)
        if key not in self._opening:
            try:
                self._opening[key] = await self._ask_template(template)
            except openai.APIError:
                return None  # busy or away: it may tell the next time
        return self._opening[key]

    async def _ask_template(self, template: Mapping[str, Any]) -> bool | None:
        question = {"messages": [{"role": "user", "content": "?"}]}
        try:
            told = await self._tokenize(**question, **template, return_token_strs=True)
            prompt = "".join(told["token_strs"])
        except (openai.BadRequestError, openai.NotFoundError, BadReplyError):
            return None  # a gateway without that path, mostly
        except (KeyError, TypeError):
            return None
        return ends_inside(prompt)

    async def _is_at_work(self) -> bool:
        before = await self._tokens_done()
        if before is None:
            return False
        await asyncio.sleep(_LOOK)
        after = await self._tokens_done()
        return after is not None and after > before

    async def _tokens_done(self) -> float | None:
        """Return the tokens that the server has read and written since its start."""
        at = (await self._address()).root
        try:
            content = await request(at, "/metrics", None, _BRIEF)
        except (openai.APIError, BadReplyError):
            return None
        counts = _DONE.findall(content.decode(errors="replace"))
        try:
            return sum(map(float, counts)) if counts else None
        except ValueError:
            return None

    @property
    def _default_params(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in _OPTIONS}
        return {**super()._default_params, **_set(own)}

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
        unset = [name for name in _OPTIONS if name in payload and payload[name] is None]
        for name in unset:
            del payload[name]
        return payload


def _count(told: Mapping[str, Any]) -> int:
    if not isinstance(told.get("count"), int):
        msg = "/tokenize answered without a count"
        raise BadReplyError(msg)
    return int(told["count"])


def _set(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _template_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request says to the chat template, as `/tokenize` takes it.

    vLLM passes these on to the template by itself for a completion alone (0.32:
    `ChatCompletionRequest.build_chat_params`).
    """
    said = {
        k: body[k] for k in ("reasoning_effort", "documents") if body.get(k) is not None
    }
    if "reasoning_effort" in said:
        said["enable_thinking"] = said["reasoning_effort"] != "none"
    said |= body.get("chat_template_kwargs") or {}
    return {"chat_template_kwargs": said} if said else {}


_OF_THE_PROMPT = (
    "messages",
    "tools",
    "chat_template",
    "add_generation_prompt",
    "continue_final_message",
    "add_special_tokens",
    "mm_processor_kwargs",
)
_OPTIONS = (
    "top_k",
    "min_p",
    "repetition_penalty",
    "chat_template_kwargs",
    "thinking_token_budget",
    "priority",
    "structured_outputs",
)
