"""What requests and replies hold beyond what langchain-openai makes of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.utils.function_calling import convert_to_openai_function

from a2r_graph.errors import BadReplyError, EmptyReplyError
from a2r_graph.references import extract

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

_FIELDS = ("reasoning_content", "reasoning")  # older servers' name, newer ones'
_SNIPPET = 200
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)


_OF_THE_CLIENT = ("extra_body", "extra_headers", "extra_query", "timeout")


def body_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's body as the server gets it."""
    body = {k: v for k, v in payload.items() if k not in _OF_THE_CLIENT}
    body |= payload.get("extra_body") or {}
    schema = body.get("response_format")
    if isinstance(schema, type):
        function = convert_to_openai_function(schema, strict=True)
        told = {"name": function["name"], "schema": function["parameters"]}
        body["response_format"] = {"type": "json_schema", "json_schema": told}
    return body


def result_of(
    reply: Any,  # noqa: ANN401  JSON
    where: str,
    read: Callable[[dict[str, Any]], ChatResult],
) -> ChatResult:
    """Read a completion.

    Raises:
        BadReplyError: It is none.
    """
    if not isinstance(reply, dict) or not reply.get("choices"):
        msg = f"{where} answered without choices: {json.dumps(reply)[:_SNIPPET]}"
        raise BadReplyError(msg)
    try:
        return read(reply)
    except _UNREADABLE as error:
        msg = f"{where} answered with a completion that can't be read: {error!r}"
        raise BadReplyError(msg) from error


def chunk_of(
    event: dict[str, Any],
    where: str,
    read: Callable[[dict[str, Any], type, None], ChatGenerationChunk | None],
) -> ChatGenerationChunk | None:
    """Read an event of a stream; None, if nothing is in it.

    Raises:
        BadReplyError: It is no part of a completion.
    """
    try:
        for choice in event.get("choices") or []:
            choice["delta"] = choice.get("delta") or {}  # the last one may have none
        chunk = read(event, AIMessageChunk, None)
    except _UNREADABLE as error:
        msg = f"{where}: an event that can't be read: {error!r}"
        raise BadReplyError(msg) from error
    if chunk is not None and not isinstance(chunk.message, AIMessageChunk):
        msg = f"{where}: an event of a {chunk.message.type}, not of an assistant"
        raise BadReplyError(msg)
    return chunk


def keep(message: BaseMessage, told: dict[str, Any]) -> None:
    """Put the reasoning, and a refusal, where LangChain looks for them.

    It does so only where the provider isn't "openai", which this one isn't.
    """
    message.response_metadata["model_provider"] = "openai-compatible"
    if told.get("refusal"):  # taken over from the client's own classes alone
        message.additional_kwargs["refusal"] = told["refusal"]
    for field in _FIELDS:
        if told.get(field):
            message.additional_kwargs["reasoning_content"] = told[field]
            return


def read_schema(message: BaseMessage, schema: object, whole: BaseMessage | None) -> None:
    """Put what answers a Pydantic class where LangChain's structured output looks."""
    if isinstance(schema, type) and whole is not None:
        with suppress(ValueError):  # whoever wants it says what is missing
            message.additional_kwargs["parsed"] = json.loads(whole.text)


def check(message: BaseMessage | None, where: str) -> None:
    """Raise if a whole reply holds neither an answer nor a tool call."""
    if not isinstance(message, AIMessage):
        return
    if isinstance(message.content, str) and message.content.strip():
        return  # its thought has been taken out
    failure = extract(message).failure
    if failure and not (message.tool_calls or message.invalid_tool_calls):
        msg = f"{where}: {failure['message']}"
        raise EmptyReplyError(msg, message, failure["kind"])
