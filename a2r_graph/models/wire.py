"""JSON to and from an endpoint, by aiohttp.

A call of the OpenAI client costs 2 to 4 ms of CPU, most of it in its HTTP client and its
response models; one by aiohttp a tenth of that (`benchmarks/client.md`).
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from a2r_graph.errors import BadReplyError
from a2r_graph.models.clients import session_for
from a2r_graph.models.faults import refused, silent, unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

_ERROR = 400
_SNIPPET = 200


@dataclass(frozen=True)
class Address:
    """Where an endpoint is, and what it wants to be told with each request.

    Attributes:
        url: Its `base_url`, which mostly ends in `/v1`; perhaps with a password.
        api_key: Sent as a bearer token, unless `headers` or the URL authorize.
        headers: Further ones.
        trust_env: Whether proxies named in the environment are used.
    """

    url: str
    api_key: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    trust_env: bool = True

    @property
    def shown(self) -> str:
        """The URL without credentials."""
        return str(_without_credentials(self.url)).rstrip("/")

    @property
    def root(self) -> Address:
        """The server itself, without `/v1`: vLLM has its own paths there."""
        url = self.url.rstrip("/").removesuffix("/v1")
        return Address(url, self.api_key, self.headers, self.trust_env)


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for a connection, and between two bytes; None: for ever."""

    connect: float | None
    silence: float | None


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
        msg = f"base_url: {url!r} is no address, as http://localhost:8000/v1 is"
        raise ValueError(msg)


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
    session = await session_for(at.url, trust_env=at.trust_env)
    url = _without_credentials(at.url.rstrip("/") + path)
    where = str(url)
    try:
        async with session.request(
            "GET" if body is None else "POST",
            url,
            # From a buffer, or aiohttp warns of bodies above a megabyte.
            data=None if body is None else io.BytesIO(json.dumps(body).encode()),
            headers=_headers(at),
            timeout=aiohttp.ClientTimeout(
                sock_connect=patience.connect, sock_read=patience.silence
            ),
        ) as response:
            content = await response.read()
    except aiohttp.ConnectionTimeoutError:
        why = f"took no connection within {patience.connect:g} s"
        raise silent(where, why) from None
    except aiohttp.ServerTimeoutError:
        raise silent(where, f"sent nothing for {patience.silence:g} s") from None
    except aiohttp.ClientResponseError as error:
        msg = f"{where}: what answers there doesn't speak HTTP ({error.message})"
        raise BadReplyError(msg) from error
    except aiohttp.ServerDisconnectedError as error:
        raise unreachable(where, "closed the connection without a reply") from error
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable(where, error) from error
    if response.status >= _ERROR:
        raise refused(where, response.status, response.headers, content)
    return content


def parsed(content: bytes, at: Address) -> Any:  # noqa: ANN401  whatever it holds
    """Return a reply's JSON.

    Raises:
        BadReplyError: It is none: a proxy's HTML, say.
    """
    try:
        return json.loads(content)
    except ValueError:
        text = " ".join(content[:_SNIPPET].decode(errors="replace").split())
        msg = f"{at.shown} answered with no JSON but {text!r}; is a proxy in between?"
        raise BadReplyError(msg) from None


def _headers(at: Address) -> dict[str, str]:
    headers = {"content-type": "application/json", "accept": "application/json"}
    url = URL(at.url)
    if url.user is not None:
        pair = f"{url.user}:{url.password or ''}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    elif at.api_key:
        headers["authorization"] = f"Bearer {at.api_key}"
    return headers | {name.lower(): value for name, value in at.headers.items()}


def _without_credentials(url: str) -> URL:
    return URL(url).with_user(None)
