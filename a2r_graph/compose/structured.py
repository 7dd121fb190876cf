"""A schema to fill, as LangChain's `with_structured_output` takes it."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk, message_chunk_to_message
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel

from a2r_graph.models.structured import Format, format_of

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class Schema:
    """What `create_a2r` is asked to fill, and how the answer is read.

    Pydantic models and dataclasses are its own; of the rest (a `TypedDict`, a pydantic
    model of version 1, a tool's schema) LangChain makes a JSON schema.
    """

    def __init__(self, given: Any) -> None:  # noqa: ANN401  checked here
        """Take the schema.

        Raises:
            TypeError: It is none.
            ValueError: It is a JSON schema without a title.
        """
        self.given = given
        ours = isinstance(given, type) and (
            issubclass(given, BaseModel) or is_dataclass(given)
        )
        self.wanted: Any = given if ours else convert_to_json_schema(given)
        self.format: Format = format_of(self.wanted)
        # What tracers are shown; of a dataclass LangChain would make a function's.
        self.told: Any = self.format.schema if is_dataclass(given) else given

    def __repr__(self) -> str:
        """Tell it from others of its name: this stands in the key of a cache."""
        return f"Schema({self.format.schema!r})"

    def read(self, message: BaseMessage) -> Any:  # noqa: ANN401  what the caller wants
        """Return what an answer holds."""
        found = Format(self.wanted, (JsonOutputParser(),)).read(message)
        by_class = isinstance(self.given, type) and hasattr(self.given, "parse_obj")
        return self.given(**found) if by_class and isinstance(found, dict) else found

    def read_with_raw(self, message: BaseMessage) -> dict[str, Any]:
        """Return what an answer holds, beside the answer."""
        if isinstance(message, AIMessageChunk):
            message = message_chunk_to_message(message)
        raw: dict[str, Any] = {"raw": message, "parsed": None, "parsing_error": None}
        try:
            return {**raw, "parsed": self.read(message)}
        except Exception as error:  # noqa: BLE001  as LangChain has it
            return {**raw, "parsing_error": error}
