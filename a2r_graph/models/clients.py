"""One HTTP client for each event loop, closed when the loop ends.

langchain-openai caches its asynchronous client for the whole process, but the
connections in it belong to the loop that opened them: a second `asyncio.run` meets
"Event loop is closed". Retries are ours alone, so the client's are switched off.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from langchain_openai.chat_models.base import BaseChatOpenAI
    from openai import AsyncOpenAI

_Clients = dict[tuple["AsyncOpenAI", str], tuple["AsyncOpenAI", "AsyncGenerator[None]"]]
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Clients] = WeakKeyDictionary()


async def bind_to_loop(
    model: BaseChatOpenAI,
    *,
    trust_env: bool = True,
    **options: Any,
) -> BaseChatOpenAI:
    """Return `model` with a client of the running loop that doesn't retry.

    Args:
        model: Any `ChatOpenAI` or kin; it is not changed. An `http_async_client` that
            its user gave it is kept, connections and all.
        trust_env: Whether proxies named in the environment are used.
        **options: Of `AsyncOpenAI.with_options`, `base_url` and `api_key` say.
    """
    root: AsyncOpenAI = model.root_async_client
    clients = _by_loop.setdefault(asyncio.get_running_loop(), {})
    key = (root, str(options.get("base_url", root.base_url)))
    if key not in clients:
        if model.http_async_client is None:
            from openai import DefaultAsyncHttpxClient  # noqa: PLC0415  heavy

            options["http_client"] = DefaultAsyncHttpxClient(
                base_url=options.get("base_url", root.base_url),
                timeout=root.timeout,
                trust_env=trust_env,
            )
        client = root.with_options(max_retries=0, **options)
        keeper = _close_at_the_end(client if "http_client" in options else None)
        await anext(keeper)
        clients[key] = (client, keeper)
    client = clients[key][0]
    return model.model_copy(
        update={"root_async_client": client, "async_client": client.chat.completions}
    )


async def _close_at_the_end(client: AsyncOpenAI | None) -> AsyncGenerator[None]:
    """Close `client` when the loop shuts its asynchronous generators down."""
    try:
        yield
    finally:
        if client is not None:
            await client.close()
