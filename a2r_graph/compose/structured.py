"""What LangChain's `with_structured_output` gives and tells beyond a schema's filling."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk, message_chunk_to_message
from langchain_core.utils.function_calling import convert_to_json_schema

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from a2r_graph.models.structured import Format, ResponseFormat


def told(given: ResponseFormat, wanted: Format) -> dict[str, Any]:
    """Return the schema as tracers are told any model's, where LangChain can tell it."""
    if not is_dataclass(given):  # of which it would make a function's
        with suppress(Exception):
            return convert_to_json_schema(given)  # type: ignore[arg-type]  # any mapping
    return wanted.schema


def with_raw(wanted: Format, message: BaseMessage) -> dict[str, Any]:
    """Return what an answer holds, beside the answer, which has been found to fit."""
    if isinstance(message, AIMessageChunk):
        message = message_chunk_to_message(message)
    return {"raw": message, "parsed": wanted.read(message), "parsing_error": None}
