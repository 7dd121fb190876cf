"""A synthesizer that fills a schema: `response_format`, as `create_agent` has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableSequence
from pydantic import BaseModel, TypeAdapter, ValidationError
from typing_extensions import is_typeddict

from a2r_graph.errors import ReplyError
from a2r_graph.models.resolve import Model, with_innermost
from a2r_graph.references import extract

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from a2r_graph.context import A2RContext

ResponseFormat: TypeAlias = type[Any] | Mapping[str, Any]
"""A pydantic model, a dataclass, a `TypedDict`, or a JSON schema with a `title`."""

_EXCERPT = 200  # characters of a reply in an error
_WHY = 300
_CUT_OFF = {"length", "max_tokens"}


class UnfitError(ReplyError):
    """A reply that doesn't fit the schema."""

    def again(self) -> str:
        """Return what to tell the model."""
        return f"Your last reply was refused: {self}. Reply once more."


@dataclass(frozen=True)
class Format:
    """What the synthesizer fills, and how its replies are read."""

    wanted: ResponseFormat
    parsers: tuple[Runnable[Any, Any], ...] = ()
    """LangChain's, of the model's own way to structured output."""

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema, with a title."""
        if isinstance(self.wanted, Mapping):
            return dict(self.wanted)
        schema = TypeAdapter(self.wanted).json_schema()
        return {"title": self.name, **schema}

    @property
    def name(self) -> str:
        """The schema's name."""
        if isinstance(self.wanted, Mapping):
            return str(self.wanted["title"])
        return self.wanted.__name__

    @property
    def instruction(self) -> str:
        """The schema in words, for models whose servers don't show it to them."""
        schema = json.dumps(self.schema, ensure_ascii=False)
        return f"Answer with one JSON object that fits this JSON schema:\n{schema}"

    def read(self, message: BaseMessage) -> Any:  # noqa: ANN401  what the caller wants
        """Return what a reply holds, as the caller wants it.

        Raises:
            UnfitError: It doesn't fit.
        """
        finish = extract(message).finish_reason
        if (finish or "").lower() in _CUT_OFF:
            why = "it was cut off; raise synthesizer_max_tokens"
            raise self._unfit(message, why, "truncated")
        try:
            value: Any = message
            for parser in self.parsers:
                value = parser.invoke(value)
            return self._validated(value)
        except ValidationError as error:
            raise self._unfit(message, _in_words(error)) from None
        except (ValueError, TypeError) as error:  # a parser's, and what json raises
            why = str(error).partition("\n")[0]
            raise self._unfit(message, why) from None

    def _validated(self, value: Any) -> Any:  # noqa: ANN401  what the caller wants
        if not isinstance(value, Mapping):
            what = "it holds none" if value is None else f"it is a {type(value).__name__}"
            msg = f"{what}, not a JSON object"
            raise TypeError(msg)
        if not isinstance(self.wanted, Mapping):
            return TypeAdapter(self.wanted).validate_python(value)
        missing = [name for name in self.wanted.get("required", ()) if name not in value]
        if missing:
            msg = f"{', '.join(missing)}: missing"
            raise ValueError(msg)
        return dict(value)

    def _unfit(self, message: BaseMessage, why: str, kind: Any = None) -> UnfitError:  # noqa: ANN401  a literal
        said = _json_of(message)
        if len(said) > _EXCERPT:
            said = f"{said[:_EXCERPT]}…"
        text = f"the reply doesn't fit {self.name}: {why[:_WHY]}; it was {said!r}"
        reply = message if isinstance(message, AIMessage) else None
        return UnfitError(text, reply, kind)


def format_of(given: ResponseFormat) -> Format:
    """Return the format that a caller names.

    Raises:
        TypeError: It is none.
        ValueError: It is a JSON schema without a title, or not of an object.
    """
    if isinstance(given, Mapping):
        for key, wanted in (("title", "a name"), ("properties", "what it holds")):
            if not given.get(key):
                msg = f"response_format: the JSON schema has no {key!r}; add it: {wanted}"
                raise ValueError(msg)
        return Format(given)
    known = isinstance(given, type) and (
        issubclass(given, BaseModel) or is_dataclass(given) or is_typeddict(given)
    )
    if not known:
        msg = (
            f"response_format: {given!r} is no schema; give a pydantic model, a dataclass, "
            "a TypedDict or a JSON schema"
        )
        raise TypeError(msg)
    made = Format(given)
    _ = made.schema  # pydantic raises for what it has no schema of
    return made


def filling(model: Model, wanted: Format) -> Model:
    """Return `model` bound to the schema, in the way that its class does it.

    Raises:
        TypeError: It is no chat model, or one without structured output.
        ValueError: Tools are bound to it.
    """
    chat = model.chat
    if chat is None:
        msg = (
            f"response_format: the synthesizer {model.name} is no chat model; give the "
            "format to what it is made of (create_agent(response_format=...), say)"
        )
        raise TypeError(msg)
    if model.keywords.get("tools"):
        msg = (
            f"response_format: tools are bound to the synthesizer {model.name}; it can't "
            "both call them and fill a schema: bind none, or leave response_format out"
        )
        raise ValueError(msg)
    try:
        made = chat.with_structured_output(wanted.schema)
    except NotImplementedError:
        msg = f"response_format: {model.name} has no structured output; take another model"
        raise TypeError(msg) from None
    if not isinstance(made, RunnableSequence):
        msg = f"response_format: {model.name}: with_structured_output() gave no sequence"
        raise TypeError(msg)
    bound, *parsers = made.steps
    return replace(
        model,
        runnable=with_innermost(model.runnable, bound),
        format=replace(wanted, parsers=tuple(parsers)),
        replicas=tuple(filling(replica, wanted) for replica in model.replicas),
    )


def refuse_stand_ins(settings: A2RContext) -> None:
    """Refuse settings by which an answer could come from nobody who filled the schema.

    Raises:
        ValueError: It names the setting.
    """
    value = settings.fallback
    if value == "majority" or settings.skip_on_consensus:
        what = f"fallback: {value!r}" if value == "majority" else "skip_on_consensus: True"
        msg = f"{what} is not allowed with response_format: nobody would fill it"
        raise ValueError(msg)


def as_text(message: AIMessage) -> AIMessage:
    """Return a filled schema as an answer in JSON: no tool is called by it."""
    if not message.tool_calls:
        return message
    return message.model_copy(update={"content": _json_of(message), "tool_calls": []})


def _json_of(message: BaseMessage) -> str:
    calls = getattr(message, "tool_calls", None)
    return json.dumps(calls[0]["args"], ensure_ascii=False) if calls else str(message.text)


def _in_words(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'it'}: {problem['msg']}"
        for problem in problems
    )
