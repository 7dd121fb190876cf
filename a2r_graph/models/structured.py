"""A synthesizer that fills a schema: `response_format`, as `create_agent` has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import RunnableSequence
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError
from typing_extensions import get_type_hints, is_typeddict

from a2r_graph.errors import ReplyError
from a2r_graph.models.resolve import Model, with_innermost
from a2r_graph.references import extract

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from a2r_graph.context import A2RContext

ResponseFormat: TypeAlias = type[Any] | Mapping[str, Any]
"""A pydantic model, a dataclass, a `TypedDict`, a JSON schema with a `title`, or a tool's.

Of an object, in any case.
"""

_EXCERPT = 200  # characters of a reply in an error
_WHY = 300


class UnfitError(ReplyError):
    """A reply that doesn't fit the schema."""

    def again(self) -> str:
        """Return what to tell the model."""
        return f"Your last reply was refused: {self}. Reply once more."


@dataclass(frozen=True)
class Format:
    """What the synthesizer fills, and how its replies are read."""

    wanted: type[Any] | None
    """What a reply becomes; None: a dict, of which only required keys are checked."""
    schema: dict[str, Any]
    """The JSON schema: of an object, with a title."""
    parsers: tuple[Runnable[Any, Any], ...] = (JsonOutputParser(),)
    """LangChain's, of the model's own way to structured output."""

    def __repr__(self) -> str:
        """Tell it from others of its name: this stands in the key of a cache."""
        return f"Format({self.schema!r})"

    @property
    def name(self) -> str:
        """The schema's name."""
        return str(self.schema["title"])

    @property
    def kind(self) -> Any:  # noqa: ANN401  a type
        """The type of what is read, as far as pydantic can show it."""
        return dict[str, Any] if self.wanted is None or _is_v1(self.wanted) else self.wanted

    @property
    def instruction(self) -> str:
        """The schema in words, for models whose servers don't show it to them."""
        schema = json.dumps(self.schema, ensure_ascii=False)
        return f"Answer with one JSON object that fits this JSON schema:\n{schema}"

    def read(self, message: BaseMessage) -> Any:  # noqa: ANN401  what the caller wants
        """Return what a reply holds, as the caller wants it.

        Raises:
            UnfitError: It doesn't fit.
            ReplyError: It was refused.
        """
        found = extract(message)
        if found.failure and found.failure["kind"] == "refused":
            raise ReplyError(found.failure["message"], _reply(message), "refused")
        if found.cut_off:
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
        if self.wanted is None:
            missing = [key for key in self.schema.get("required", ()) if key not in value]
            if missing:
                msg = f"{', '.join(missing)}: missing"
                raise ValueError(msg)
            return dict(value)
        if _is_v1(self.wanted):
            return self.wanted.parse_obj(value)
        # As JSON, whose types are what strict models, too, take enums and dates from.
        return TypeAdapter(self.wanted).validate_json(json.dumps(value))

    def _unfit(self, message: BaseMessage, why: str, kind: Any = None) -> UnfitError:  # noqa: ANN401  a literal
        said = _json_of(message)
        if len(said) > _EXCERPT:
            said = f"{said[:_EXCERPT]}…"
        text = f"the reply doesn't fit {self.name}: {why[:_WHY]}; it was {said!r}"
        return UnfitError(text, _reply(message), kind)


def _reply(message: BaseMessage) -> AIMessage | None:
    return message if isinstance(message, AIMessage) else None


def format_of(given: ResponseFormat | Format) -> Format:
    """Return the format that a caller names.

    Raises:
        TypeError: It is none.
        ValueError: Its JSON schema has no title, or isn't of an object.
    """
    if isinstance(given, Format):
        return given
    made = _of_a_schema(given) if isinstance(given, Mapping) else _of_a_class(given)
    for key, wanted in (("title", "a name"), ("properties", "what an object holds")):
        if not made.schema.get(key):
            what = "" if made.wanted is None else f"{made.wanted.__name__}: "
            msg = f"response_format: {what}the JSON schema has no {key!r}; add it: {wanted}"
            raise ValueError(msg)
    return made


def _of_a_schema(given: Mapping[str, Any]) -> Format:
    schema = _with_root(given)
    if "title" not in schema:
        with suppress(ValueError):  # it isn't a tool's either
            schema = convert_to_json_schema(schema)
    return Format(None, schema)


def _of_a_class(given: Any) -> Format:  # noqa: ANN401  checked here
    if _is_v1(given):
        return Format(given, convert_to_json_schema(given))
    is_dict = is_typeddict(given)
    if not isinstance(given, type) or not (
        is_dict or is_dataclass(given) or issubclass(given, BaseModel)
    ):
        msg = (
            f"response_format: {repr(given)[:_WHY]} is no schema; give a pydantic model, a "
            "dataclass, a TypedDict or a JSON schema"
        )
        if "Strategy" in type(given).__name__:  # LangChain's ToolStrategy, say
            msg += ", the strategy's own: how it is filled is the model's affair here"
        raise TypeError(msg)
    if is_dict and _is_langchains(given):
        return Format(None, convert_to_json_schema(given))
    try:
        schema = TypeAdapter(given).json_schema()
    except PydanticUserError:
        if not is_dict:
            raise
        return Format(None, convert_to_json_schema(given))  # typing's, on Python 3.11
    return Format(given, {"title": given.__name__, **_with_root(schema)})


def _with_root(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose root is no reference, as of a class that holds itself."""
    rest = dict(schema)
    name = str(rest.pop("$ref", "")).removeprefix("#/$defs/")
    return {**rest.get("$defs", {}).get(name, {}), **rest}


def _is_v1(given: object) -> bool:
    """Whether it is a model of pydantic's version 1, which Python 3.14 can't import."""
    if not isinstance(given, type) or issubclass(given, BaseModel):
        return False
    return hasattr(given, "parse_obj")


def _is_langchains(given: type[Any]) -> bool:
    """Whether a `TypedDict` has `Annotated[int, ..., "a description"]`, or a default."""
    try:
        hints = get_type_hints(given, include_extras=True).values()
    except NameError:  # names of a function: pydantic finds them
        return False
    extras = [getattr(hint, "__metadata__", ()) for hint in hints]
    return any(
        isinstance(extra, str) for _, *more in filter(None, extras) for extra in more
    )


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
    stand_ins = {"fallback": "majority", "skip_on_consensus": True, "keep_majority": True}
    for name, value in stand_ins.items():
        if getattr(settings, name) == value:
            msg = (
                f"{name}: {value!r} is not allowed with response_format: nobody would "
                "fill it"
            )
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
