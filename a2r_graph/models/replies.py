"""What an endpoint's reply holds beyond what langchain-openai makes of it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage

from a2r_graph.errors import BadReplyError, EmptyReplyError
from a2r_graph.references import extract

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult

_FIELDS = ("reasoning_content", "reasoning")  # older servers' name, newer ones'
_SNIPPET = 200


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
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        msg = f"{where} answered with a completion that can't be read: {error!r}"
        raise BadReplyError(msg) from error


def keep_reasoning(message: BaseMessage, told: dict[str, Any]) -> None:
    """Put the reasoning where LangChain looks for it.

    It does so only where the provider isn't "openai", which this one isn't.
    """
    message.response_metadata["model_provider"] = "openai-compatible"
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
