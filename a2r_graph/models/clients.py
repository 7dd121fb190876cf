"""One HTTP client for each event loop, closed when the loop ends.

langchain-openai caches its asynchronous client for the whole process, but the
connections in it belong to the loop that opened them: a second `asyncio.run` meets
"Event loop is closed". Retries are ours alone, so the client's are switched off.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx2
    from langchain_openai.chat_models.base import BaseChatOpenAI
    from openai import AsyncOpenAI

_Pools = dict[tuple[str, str, bool], tuple["httpx2.AsyncClient", "AsyncGenerator[None]"]]
_by_loop: dict[int, tuple[ref[asyncio.AbstractEventLoop], _Pools]] = {}


_Model = TypeVar("_Model", bound="BaseChatOpenAI")


async def bind_to_loop(
    model: _Model,
    *,
    trust_env: bool = True,
    **options: Any,
) -> _Model:
    """Return `model` with a client of the running loop that doesn't retry.

    Models of one address and one timeout share their connections.

    Args:
        model: Any `ChatOpenAI` or kin; it is not changed. An `http_async_client` that
            its user gave it is kept, connections and all.
        trust_env: Whether proxies named in the environment are used.
        **options: Of `AsyncOpenAI.with_options`, `base_url` and `api_key` say.
    """
    root: AsyncOpenAI = model.root_async_client
    if model.http_async_client is None and not model.openai_proxy:
        url = str(options.get("base_url", root.base_url))
        options["http_client"] = await _pool(url, root.timeout, trust_env=trust_env)
    client = root.with_options(max_retries=0, **options)
    return model.model_copy(
        update={"root_async_client": client, "async_client": client.chat.completions}
    )


async def _pool(url: str, timeout: Any, *, trust_env: bool) -> httpx2.AsyncClient:  # noqa: ANN401, ASYNC109  the client's own
    """Return the running loop's client for this address, made at its first use."""
    loop = asyncio.get_running_loop()
    known, pools = _by_loop.get(id(loop), (None, {}))
    if known is None or known() is not loop:  # or one that had this id before
        pools = {}
        _by_loop[id(loop)] = (ref(loop), pools)
    key = (url, repr(timeout), trust_env)
    if key not in pools:
        from openai import DefaultAsyncHttpxClient  # noqa: PLC0415  heavy

        http = DefaultAsyncHttpxClient(base_url=url, timeout=timeout, trust_env=trust_env)
        keeper = _close_at_the_end(id(loop), http)
        await anext(keeper)
        pools[key] = (http, keeper)
    return pools[key][0]


async def _close_at_the_end(loop: int, http: httpx2.AsyncClient) -> AsyncGenerator[None]:
    """Close `http` when the loop shuts its asynchronous generators down."""
    try:
        yield
    finally:
        _by_loop.pop(loop, None)
        await http.aclose()
