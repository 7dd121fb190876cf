"""HTTP clients of each event loop, closed when the loop ends.

langchain-openai caches its asynchronous client for the whole process, but the
connections in it belong to the loop that opened them: a second `asyncio.run` meets
"Event loop is closed". Retries are ours alone, so the client's are switched off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import getproxies, proxy_bypass
from weakref import ref

from yarl import URL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp
    import httpx2
    from langchain_openai.chat_models.base import BaseChatOpenAI
    from openai import AsyncOpenAI

CONNECTIONS = 1000
"""Most at a time to one address; further requests queue, as in OpenAI's client."""

_IDLE = 4.0  # seconds; vLLM closes an idle connection after 5

_Clients = dict[Hashable, tuple[Any, "AsyncGenerator[None]"]]
_by_loop: dict[int, tuple[ref[asyncio.AbstractEventLoop], _Clients]] = {}


_Model = TypeVar("_Model", bound="BaseChatOpenAI")
_Client = TypeVar("_Client")


async def bind_to_loop(model: _Model) -> _Model:
    """Return `model` with a client of the running loop that doesn't retry.

    Models of one address and one timeout share their connections.

    Args:
        model: Any `ChatOpenAI` or kin; it is not changed. An `http_async_client` that
            its user gave it is kept, connections and all.
    """
    root: AsyncOpenAI = model.root_async_client
    options: dict[str, Any] = {}
    if model.http_async_client is None and not model.openai_proxy:
        options["http_client"] = await _pool(str(root.base_url), root.timeout)
    client = root.with_options(max_retries=0, **options)
    return model.model_copy(
        update={"root_async_client": client, "async_client": client.chat.completions}
    )


def without_retries(model: Any) -> Any:  # noqa: ANN401  any chat model
    """Return `model` for a synchronous call; a `ChatOpenAI` or kin doesn't retry."""
    root = getattr(model, "root_client", None)
    if root is None or hasattr(model, "count_prompt"):
        return model
    client = root.with_options(max_retries=0)
    return model.model_copy(
        update={"root_client": client, "client": client.chat.completions}
    )


async def session_for(
    url: str, *, proxy: str | None = None, trust_env: bool = True
) -> aiohttp.ClientSession:
    """Return the running loop's aiohttp session for an address.

    Args:
        url: The address, or anything that begins with it.
        proxy: The proxy to go through, if one is named.
        trust_env: Whether, else, those named in the environment are used.
    """
    import aiohttp  # noqa: PLC0415  only where a model of ours is asked

    origin = URL(url).origin()

    def make() -> aiohttp.ClientSession:
        # Here and not by aiohttp's `trust_env`, which looks it up with each request.
        through = proxy or (_proxy_for(origin) if trust_env else None)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=_IDLE)
        return aiohttp.ClientSession(
            connector=connector, proxy=through, cookie_jar=aiohttp.DummyCookieJar()
        )

    key = ("aiohttp", origin, proxy, trust_env)
    return await _kept(key, make, lambda made: made.close())


async def _pool(url: str, timeout: Any) -> httpx2.AsyncClient:  # noqa: ANN401, ASYNC109  the client's own
    """Return the running loop's httpx2 client for an address and a timeout."""

    def make() -> httpx2.AsyncClient:
        from openai import DefaultAsyncHttpxClient  # noqa: PLC0415  heavy

        return DefaultAsyncHttpxClient(base_url=url, timeout=timeout)

    key = ("httpx2", url, repr(timeout))
    return await _kept(key, make, lambda made: made.aclose())


async def _kept(
    key: Hashable,
    make: Callable[[], _Client],
    close: Callable[[_Client], Awaitable[None]],
) -> _Client:
    """Return the running loop's client of this key, made at its first use."""
    loop = asyncio.get_running_loop()
    known, clients = _by_loop.get(id(loop), (None, {}))
    if known is None or known() is not loop:  # or one that had this id before
        _forget_the_dead()
        clients = {}
        _by_loop[id(loop)] = (ref(loop), clients)
    if key not in clients:
        client = make()
        keeper = _close_at_the_end(id(loop), client, close)
        clients[key] = (client, keeper)
        await anext(keeper)
    made: _Client = clients[key][0]
    return made


def _forget_the_dead() -> None:
    """Let go of loops that ended without shutting their generators down."""
    for key, (known, _) in list(_by_loop.items()):
        loop = known()
        if loop is None or loop.is_closed():
            del _by_loop[key]


async def _close_at_the_end(
    loop: int, client: _Client, close: Callable[[_Client], Awaitable[None]]
) -> AsyncGenerator[None]:
    """Close `client` when the loop shuts its asynchronous generators down."""
    try:
        yield
    finally:
        _by_loop.pop(loop, None)
        await close(client)


def _proxy_for(origin: URL) -> str | None:
    host = origin.host or ""
    proxies = {} if proxy_bypass(host) else getproxies()
    found = proxies.get(origin.scheme) or proxies.get("all")
    return f"http://{found}" if found and "://" not in found else found
