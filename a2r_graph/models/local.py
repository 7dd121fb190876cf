"""The embedded model: llama.cpp beside this process, on loopback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from a2r_graph.models.download import check_extra, model_file
from a2r_graph.models.endpoint import ChatEndpoint
from a2r_graph.models.wire import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from a2r_graph.models.embedded import Endpoint

MAX_TOKENS = 512
"""Default length limit: a small model that loops would go on to the window's end."""


class ChatLocal(ChatEndpoint):
    """The embedded model, started at its first call and shared by the process.

    `path` names a GGUF file; without it `A2R_LOCAL_MODEL` does, else it is
    SmolLM2-135M-Instruct (Apache-2.0, 98 MB, downloaded once).
    An answer ends after 512 tokens unless `max_tokens` says otherwise.

    Example:
        >>> from a2r_graph import ChatLocal
        >>> ChatLocal().max_tokens
        512
    """

    path: str | None = None

    def __init__(self, path: str | None = None, **fields: Any) -> None:
        """Take `ChatOpenAI`'s fields; address and key are the embedded server's.

        Raises:
            ImportError: The extra `local` isn't installed.
        """
        check_extra(path)
        super().__init__(
            **{
                "model": "local",
                "max_tokens": MAX_TOKENS,
                **fields,
                "path": path,
                # Replaced as soon as the server listens.
                "base_url": "http://127.0.0.1/v1",
                "api_key": SecretStr("EMPTY"),
            }
        )

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    async def ready(self) -> None:
        """Start the server unless it runs; download the model unless it's there.

        Raises:
            ValueError: The model file is missing, truncated or no GGUF file.
            OSError: The model can't be downloaded: no network, no disk space.
            RuntimeError: llama.cpp ended before it was ready, for lack of memory say.
            ImportError: A system library isn't installed.
        """
        await self._serve()

    async def _serve(self) -> Endpoint:
        return await asyncio.to_thread(self._serve_here)

    def _serve_here(self) -> Endpoint:
        from a2r_graph.models.embedded import serve  # noqa: PLC0415

        # Asked each time, which costs little: a server that died is started again.
        return serve(model_file(self.path))

    async def _address(self) -> Address:
        at = await self._serve()
        key = {"authorization": f"Bearer {at.api_key}"}
        return Address(f"{at.url}/v1", key, trust_env=False)

    async def _is_at_work(self) -> bool:
        return True  # requests queue for its slots; one that dies breaks its connections

    async def context_window(self) -> int:
        """Return the tokens of one slot."""
        return (await self._serve()).window

    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens, by llama.cpp's `/tokenize`."""
        told = await asyncio.gather(
            *(
                self._post(
                    "/tokenize",
                    {"content": text, "add_special": False, "parse_special": True},
                )
                for text in texts
            )
        )
        return [len(answer["tokens"]) for answer in told]

    async def count_prompt(self, messages: Sequence[BaseMessage], **kwargs: Any) -> int:
        """Return the prompt's tokens, by llama.cpp's own chat template."""
        payload = self._get_request_payload(list(messages), **kwargs)
        body = {key: payload[key] for key in ("messages", "tools") if key in payload}
        told = await self._post("/v1/chat/completions/input_tokens", body)
        return int(told["input_tokens"])
