"""From an exception to a kind of failure, in words that hold no secret."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from a2r_graph.errors import ReplyError

if TYPE_CHECKING:
    from a2r_graph.state import Failure, FailureKind

RETRIED: frozenset[FailureKind] = frozenset(
    {"rate_limited", "server_error", "connection", "timeout"}
)
"""The kinds that may pass: only these are asked again."""

_UNSPENT: frozenset[FailureKind] = frozenset(
    {"rate_limited", "bad_request", "context_overflow"}
)
_UNCONNECTED = {
    "ClientConnectorError",
    "ConnectError",
    "gaierror",
    "ConnectionRefusedError",
}

_MOST = 500
_FAR = 16_384
_PARTS = 200
_INSIDE = ("bound", "runnable", "steps", "first", "middle", "last", "fallbacks", "nodes")
OVERFLOW = re.compile(
    r"exceed_context_size|context[_ ]length|context size|maximum context"
    r"|max_model_len|maximum model length|prompt is too long|input is too long",
    re.IGNORECASE,
)
_SECRETS = (
    (re.compile(r"\b([a-zA-Z][\w+.-]{0,31}://)[^\s/@:]{0,256}:[^\s/@]{0,256}@"), r"\1***@"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"\b(?:sk|pk|hf|gsk|xai|lsv2)[-_][\w*-]{6,}|\bAIza[\w-]{20,}"), "***"),
    (re.compile(r"([?&]key=)[^\s&\"']+"), r"\1***"),
    (re.compile(r"(?i)(key provided:\s*)[^\s\"']+"), r"\1***"),
    (
        re.compile(
            r"(?i)((?:api[-_]?key|(?<!max_)token|secret|password)[\"']?\s*[=:]\s*[\"']?)"
            r"[^\s\"',;&)}]{6,}"
        ),
        r"\1***",
    ),
)
# By name, because the clients that raise them need not be installed.
_TIMEOUTS = {"APITimeoutError", "TimeoutException", "StreamChunkTimeoutError"}
_CONNECTIONS = {"APIConnectionError", "TransportError", "ClientConnectionError"}
_GARBAGE = {"APIResponseValidationError", "ContentTypeError"}
_PARSERS = (
    "langchain_openai.chat_models.base",
    "langchain_core.language_models.chat_models",
)
_CLIENT_ERROR, _TOO_MANY, _SERVER_ERROR = 400, 429, 500


def failure_of(error: BaseException, model: object = None) -> Failure:
    """Return the kind and the message of a failed model call.

    Args:
        error: What the model raised.
        model: The model, or several; their own keys are struck from the message.
    """
    text = redact(bounded(_words(error)), model)
    if len(text) > _MOST:  # cut after the secrets: half a key would pass unseen
        text = f"{text[:_MOST]}…"
    return {"kind": _kind(error), "message": text}


def spent_nothing(error: BaseException) -> bool:
    """Whether the server refused or wasn't reached, so that it generated nothing."""
    kind, cause = _kind(error), error
    if kind != "connection":
        return kind in _UNSPENT
    causes: list[BaseException] = []
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]  # or none
    # A connection that broke may have cost whatever the server had done by then.
    return any(cls.__name__ in _UNCONNECTED for one in causes for cls in type(one).__mro__)


def redact(text: str, model: object = None) -> str:
    """Return `text` without keys, tokens and passwords, `model`'s own first."""
    for secret in _secrets_of(model):
        text = text.replace(secret, "***")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that `error` tells of, or none."""
    response = getattr(error, "response", None)
    body = getattr(error, "body", None)
    told = (
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "status", None),
        body.get("code") if isinstance(body, dict) else None,
    )
    for status in told:
        # A reply that couldn't be parsed carries its 200: no error status.
        if isinstance(status, int) and status >= _CLIENT_ERROR:
            return status
    return None


def _kind(error: BaseException) -> FailureKind:  # noqa: PLR0911  one line a kind
    if isinstance(error, ReplyError):
        return error.kind
    names = {cls.__name__ for cls in type(error).__mro__}
    status = status_of(error)
    if "ContextOverflowError" in names or (
        status in {400, 413, 422} and OVERFLOW.search(bounded(str(error)))
    ):
        return "context_overflow"
    if status is not None:
        return _kind_of_status(status)
    if isinstance(error, TimeoutError) or names & _TIMEOUTS:
        return "timeout"
    if isinstance(error, ConnectionError | socket.gaierror) or names & _CONNECTIONS:
        return "connection"
    if isinstance(error, json.JSONDecodeError) or names & _GARBAGE:
        return "bad_response"
    if "APIError" in names:  # an error object in the middle of a stream
        return "server_error"
    if _raised_by(error, _PARSERS) and not isinstance(error, NotImplementedError):
        return "bad_response"  # no choices, a null where none may be
    return "error"


def _kind_of_status(status: int) -> FailureKind:
    if status == _TOO_MANY:
        return "rate_limited"
    return "server_error" if status >= _SERVER_ERROR else "bad_request"


def _raised_by(error: BaseException, modules: tuple[str, ...]) -> bool:
    """Whether the innermost frame of the traceback is in one of `modules`."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    name = frame.tb_frame.f_globals.get("__name__", "") if frame else ""
    return str(name).startswith(modules)


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (json.JSONDecodeError, IndexError, KeyError)):
        text = f"{type(error).__name__}: {text}"
    return text


def bounded(text: str) -> str:
    """Return what may matter of a text of megabytes, and no half of a word at its end."""
    if len(text) <= _FAR:
        return text
    return text[:_FAR].rpartition(" ")[0] or text[:_FAR]


def _secrets_of(model: object) -> list[str]:
    """Return the secret values in the fields of a model, or of what it is made of."""
    found, seen = [], set[int]()
    todo = list(model) if isinstance(model, list) else [model]
    while todo and len(seen) < _PARTS:
        part = todo.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, BaseModel):
            values = [getattr(part, name, None) for name in type(part).model_fields]
            found += [v.get_secret_value() for v in values if isinstance(v, SecretStr)]
        for name in _INSIDE:
            inner = getattr(part, name, None)
            several = list(inner.values()) if isinstance(inner, dict) else inner
            todo += several if isinstance(several, list) else [several]
    return sorted((s for s in found if len(s) > len("EMPTY")), key=len, reverse=True)
