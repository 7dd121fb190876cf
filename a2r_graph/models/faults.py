"""An endpoint's refusals, as LangChain's errors, in words that a user can act on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from langchain_openai.chat_models import base

from a2r_graph.models.failures import OVERFLOW, bounded

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_STATUS: dict[int, type[openai.APIStatusError]] = {
    400: base.OpenAIInvalidRequestError,
    401: base.OpenAIAuthenticationError,
    403: base.OpenAIPermissionDeniedError,
    404: base.OpenAIModelNotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: base.OpenAIRateLimitError,
}
_REJECTED = {400, 413, 422}
_UNAUTHORIZED, _NOT_FOUND, _SERVER_ERROR = 401, 404, 500
_SNIPPET = 200


def refused(
    url: str, status: int, headers: Mapping[str, str], body: bytes
) -> openai.APIStatusError:
    """Return the error of an HTTP status above 399.

    Args:
        url: What was asked, without credentials.
        status: The HTTP status.
        headers: The reply's, `Retry-After` among them.
        body: The reply's.
    """
    request = httpx2.Request("POST", url)
    plain = {k: v for k, v in headers.items() if k.lower() != "content-encoding"}
    response = httpx2.Response(status, headers=plain, content=body, request=request)
    document = _json(body)
    error = document.get("error", document) if isinstance(document, dict) else document
    said = _said(error, response)
    words = f"{url} answered {status}: {said}{_hint(status, said)}"
    if status in _REJECTED and OVERFLOW.search(said):
        return base.OpenAIContextOverflowError(words, response=response, body=error)
    default = openai.APIStatusError
    if status >= _SERVER_ERROR:
        default = base.OpenAIAPIError
    return _BY_STATUS.get(status, default)(words, response=response, body=error)


def unreachable(url: str, why: object) -> openai.APIConnectionError:
    """Return the error of a connection that wasn't made, or that broke."""
    request = httpx2.Request("POST", url)
    return base.OpenAIConnectionError(message=f"{url}: {why}", request=request)


def silent(url: str, why: str) -> openai.APITimeoutError:
    """Return the error of a server that kept us waiting."""
    error = base.OpenAITimeoutError(httpx2.Request("POST", url))
    error.message = f"{url}: {why}"
    error.args = (error.message,)  # the client's own words name neither
    return error


def _json(body: bytes) -> Any:  # noqa: ANN401  whatever a server sends
    try:
        return json.loads(body)
    except ValueError:
        return None


def _said(body: object, response: httpx2.Response) -> str:
    """Return the server's own words: vLLM's, a gateway's, or the start of a page."""
    if "html" in response.headers.get("content-type", ""):
        return "an HTML page, so not from the model's server; is a proxy in between?"
    while isinstance(body, dict):
        found = (body.get(key) for key in ("message", "detail", "error"))
        body = next((value for value in found if value), None)
    if isinstance(body, str) and body:
        return bounded(body)
    text = " ".join(response.text.split())
    return (text[:_SNIPPET] or response.reason_phrase).rstrip(".") or "no reason given"


def _hint(status: int, said: str) -> str:
    if status == _UNAUTHORIZED:
        return "; is the key (api_key) the server's?"
    # A model that isn't there is named; a path that isn't, is not.
    if status == _NOT_FOUND and "model" not in said.lower():
        return "; a base_url mostly ends in /v1, as http://localhost:8000/v1 does"
    return ""
