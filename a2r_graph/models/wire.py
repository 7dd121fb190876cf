"""JSON and events to and from an endpoint, by aiohttp.

A call of the OpenAI client costs 2 to 4 ms of CPU, most of it in its HTTP client and its
response models; one by aiohttp a tenth of that (`benchmarks/client.md`).
"""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from a2r_graph.errors import BadReplyError
from a2r_graph.models.clients import session_for
from a2r_graph.models.faults import refused, silent, unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from types import TracebackType

    from a2r_graph.models.patience import Patience

_ERROR, _SERVER_ERROR = 400, 500
_SNIPPET = 200
_FRAMING = 0.1  # seconds


@dataclass(frozen=True)
class Address:
    """Where an endpoint is, and what it wants to be told with each request.

    Attributes:
        url: Its `base_url`, which mostly ends in `/v1`; without credentials, and without
            a slash at its end.
        headers: Authorization, and whatever else.
        query: Parameters of each request's URL.
        proxy: The proxy to go through, if one is named.
        trust_env: Whether, else, those named in the environment are used.
    """

    url: str
    headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    query: Mapping[str, Any] = field(default_factory=dict)
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True

    @property
    def root(self) -> Address:
        """The server itself, without `/v1`: vLLM has its own paths there."""
        return replace(self, url=self.url.removesuffix("/v1"))


def check_address(url: str) -> None:
    """Refuse what is no address.

    Raises:
        ValueError: It has no scheme or no host.
    """
    try:
        found = URL(url)
        good = found.scheme in {"http", "https"} and bool(found.host)
    except ValueError:
        good = False
    if not good:
        shown = url.rpartition("@")[2]  # no password
        msg = f"base_url: {shown!r} is no address, as http://localhost:8000/v1 is"
        raise ValueError(msg)


def without_credentials(url: str) -> str:
    """Return an address as it may be shown, and as failures name it."""
    return str(URL(url).with_user(None)).rstrip("/")


async def request(
    at: Address,
    path: str,
    body: Mapping[str, Any] | None,
    patience: Patience,
) -> bytes:
    """Post `body` as JSON, or get where it is None; return the reply's body.

    Raises:
        openai.APIStatusError: The server refused: LangChain's kin of it, by status.
        openai.APITimeoutError: It took no connection, or was silent for too long.
        openai.APIConnectionError: It wasn't reached, or the connection broke.
        BadReplyError: What answered doesn't speak HTTP.
    """
    session = await session_for(at.url, proxy=at.proxy, trust_env=at.trust_env)
    where = at.url + path
    with _InWords(where, patience):
        async with session.request(**_asking(at, where, body, patience)) as response:
            content = await response.read()
    if response.status >= _ERROR:
        raise refused(where, response.status, response.headers, content)
    return content


async def events(
    at: Address, path: str, body: Mapping[str, Any], patience: Patience
) -> AsyncIterator[dict[str, Any]]:
    """Post `body` as JSON, and yield the events that come back, up to `[DONE]`.

    Raises:
        BadReplyError: Also what is no stream of events.
        openai.APIError: As `request`; also for an error in the middle.
    """
    session = await session_for(at.url, proxy=at.proxy, trust_env=at.trust_env)
    where = at.url + path
    with _InWords(where, patience):
        async with session.request(**_asking(at, where, body, patience)) as response:
            if response.status >= _ERROR:
                content = await response.read()
                raise refused(where, response.status, response.headers, content)
            if "event-stream" not in response.headers.get("content-type", ""):
                content = await response.read()
                parsed(content, where)
                msg = f"{where} answered with no stream but {_start(content)!r}"
                raise BadReplyError(msg)
            async for value in _values(response.content):
                if value == b"[DONE]":
                    # What is left, the end of the framing, lets the connection be kept.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_FRAMING):
                            await response.content.read()
                    return
                yield _event(value, where)


async def _values(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield what stands behind `data:`, line by line."""
    rest = b""
    async for data in content.iter_any():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if value := _value(line):
                yield value
    if value := _value(rest):  # a last line without an end
        yield value


def _value(line: bytes) -> bytes:
    name, _, value = line.partition(b":")
    return value.strip() if name == b"data" else b""


def parsed(content: bytes, where: str) -> Any:  # noqa: ANN401  whatever it holds
    """Return a reply's JSON.

    Raises:
        BadReplyError: It is none: a proxy's HTML, say.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        start = _start(content)
        msg = f"{where} answered with no JSON but {start!r}; is a proxy in between?"
        raise BadReplyError(msg) from None


def _event(value: bytes, where: str) -> dict[str, Any]:
    event = parsed(value, where)
    if not isinstance(event, dict):
        msg = f"{where}: an event holds no object but {_start(value)!r}"
        raise BadReplyError(msg)
    error = event.get("error")
    if event.get("object") == "error":  # an older server's way
        error = event
    if error:
        code: Any = error.get("code") if isinstance(error, dict) else None
        known = isinstance(code, int) and code >= _ERROR
        raise refused(where, code if known else _SERVER_ERROR, {}, value)
    return event


def _start(content: bytes) -> str:
    return " ".join(content[:_SNIPPET].decode(errors="replace").split())


def _asking(
    at: Address, where: str, body: Mapping[str, Any] | None, patience: Patience
) -> dict[str, Any]:
    """Return aiohttp's keywords."""
    headers = {"content-type": "application/json"}
    for name, value in at.headers.items():
        if isinstance(value, str):
            headers[name.lower()] = value
        else:  # the OpenAI client's way to leave one out
            headers.pop(name.lower(), None)
    return {
        "method": "GET" if body is None else "POST",
        "url": where,
        # From a buffer, or aiohttp warns of bodies above a megabyte.
        "data": None
        if body is None
        else io.BytesIO(json.dumps(body, allow_nan=False).encode()),
        "params": at.query or None,
        "headers": headers,
        "timeout": aiohttp.ClientTimeout(
            sock_connect=patience.connect, sock_read=patience.silence
        ),
    }


class _InWords:
    """Tells what goes wrong inside by OpenAI's errors."""

    def __init__(self, where: str, patience: Patience) -> None:
        self.where = where
        self.patience = patience

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        where, patience = self.where, self.patience
        match error:
            case aiohttp.ConnectionTimeoutError():
                why = f"took no connection within {patience.connect or 0:g} s"
                raise silent(where, why) from error
            case aiohttp.ServerTimeoutError():
                why = f"sent nothing for {patience.silence or 0:g} s"
                raise silent(where, why) from error
            case aiohttp.ServerDisconnectedError():
                raise unreachable(where, "closed the connection without a reply") from error
            case aiohttp.TooManyRedirects():
                raise unreachable(where, "redirects again and again") from error
            case aiohttp.InvalidURL():  # which would be shown, a proxy's password and all
                why = "leads to what is no address: a wrong proxy or redirect"
                raise unreachable(where, why) from None
            case aiohttp.ClientHttpProxyError():
                why = f"the proxy answered {error.status} {error.message}"
                raise unreachable(where, why) from error
            case aiohttp.ClientResponseError():
                msg = f"{where}: what answers there doesn't speak HTTP ({error.message})"
                raise BadReplyError(msg) from error
            case aiohttp.ClientError() | OSError():
                raise unreachable(where, error) from error
