"""Models served by vLLM."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr, SecretStr

from a2r_graph.models.endpoint import ChatEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

DEFAULT_URL = "http://localhost:8000/v1"
"""Where `vllm serve` listens by itself."""


class ChatVLLM(ChatEndpoint):
    """A chat model on a vLLM server.

    The server's address and key come from `base_url` and `api_key`, else from
    `VLLM_BASE_URL` and `VLLM_API_KEY`. A server that is silent for 600 seconds, or
    takes no connection for 10, is given up.

    Example:
        >>> from a2r_graph import ChatVLLM
        >>> model = ChatVLLM(model="Qwen/Qwen3-4B", base_url="http://localhost:8000/v1")
        >>> model.model_name
        'Qwen/Qwen3-4B'
    """

    _window: int | None = PrivateAttr(default=None)

    def __init__(self, **fields: Any) -> None:
        """Take `ChatOpenAI`'s fields, with vLLM's defaults."""
        if not {"base_url", "openai_api_base"} & set(fields):
            fields["base_url"] = os.environ.get("VLLM_BASE_URL") or DEFAULT_URL
        if not {"api_key", "openai_api_key"} & set(fields):
            # vLLM asks for no key by default; the client insists on one.
            fields["api_key"] = SecretStr(os.environ.get("VLLM_API_KEY") or "EMPTY")
        if not {"timeout", "request_timeout"} & set(fields):
            from openai import Timeout  # noqa: PLC0415  heavy

            fields["timeout"] = Timeout(600, connect=10)
        super().__init__(**fields)

    @property
    def _llm_type(self) -> str:
        return "vllm"

    async def context_window(self) -> int:
        """Return the server's `max_model_len`, in tokens (asked once)."""
        if self._window is None:
            told = await self._post("/tokenize", self._tokenize(prompt=""))
            self._window = int(told["max_model_len"])
        return self._window

    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens, by the server's `/tokenize`."""
        told = await asyncio.gather(
            *(
                self._post(
                    "/tokenize", self._tokenize(prompt=text, add_special_tokens=False)
                )
                for text in texts
            )
        )
        return [int(answer["count"]) for answer in told]

    async def count_prompt(self, messages: Sequence[BaseMessage]) -> int:
        """Return the prompt's tokens, by the server's `/tokenize` and chat template."""
        body = self._tokenize(messages=self._payload(messages))
        return int((await self._post("/tokenize", body))["count"])

    def _tokenize(self, **body: Any) -> dict[str, Any]:
        return {"model": self.model_name, **body}
