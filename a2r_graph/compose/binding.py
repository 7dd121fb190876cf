"""From one call's keywords to the graph that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from a2r_graph.compose.one_call import context_around
from a2r_graph.context import A2RContext, settings_for
from a2r_graph.graph import structured, wire
from a2r_graph.models.resolve import Model, resolve, with_innermost
from a2r_graph.prompts import check_key, check_prompt, refuse_asynchronous
from a2r_graph.state import A2ROutput, A2RState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import Runnable

    from a2r_graph.compose.two_roles import TwoRoles

SCHEMA = "a2r_schema"
"""The keyword by which a call asks for a schema to be filled."""

_LANGCHAINS = {"stream", "ls_structured_output_format", "structured_output_format"}
"""Keywords that LangChain passes along and means for itself."""

_AROUND = "it is the graph's around it"
_NOT_HERE = {
    "checkpointer": _AROUND,
    "store": _AROUND,
    "response_format": "use with_structured_output()",
}


def graph_for(model: TwoRoles, stop: list[str] | None, options: dict[str, Any]) -> Any:  # noqa: ANN401  a compiled graph
    """Return the graph for one call: 2 ms, beside which a model takes long.

    Args:
        model: Whose call it is.
        stop: The call's.
        options: Its other keywords.

    Raises:
        ValueError: One of them is unknown, or a setting is wrong.
        TypeError: A model can't be bound.
        NotImplementedError: A model has no tool calling.
    """
    left = {k: v for k, v in options.items() if k not in _LANGCHAINS}
    own = {name: left.pop(name) for name in [*left] if name in A2RContext.model_fields}
    defaults = _defaults({**model.settings, **own})
    tools, schema = left.pop("tools", None), left.pop(SCHEMA, None)
    if left and tools is None:
        msg = (
            f"{', '.join(left)}: no keyword of ChatA2R, which takes stop and the settings "
            f"{', '.join(A2RContext.model_fields)}; a model's own belong to the models: "
            "explorer=model.bind(...)"
        )
        raise ValueError(msg)
    stop = model.stop if stop is None else stop

    def bound(role: str, *models: Model) -> tuple[Model, ...]:
        if tools is not None:
            models = tuple(Model(_with_tools(role, m, tools, left), "") for m in models)
        if stop:
            models = tuple(Model(_with_stop(role, m, stop), "") for m in models)
        return resolve(role, [m.runnable for m in models])

    explorers, synthesizer = model.models()
    explorers = bound("explorer", *explorers)
    if model.synthesizer is None:
        synthesizer = explorers[0]
    else:
        synthesizer = bound("synthesizer", synthesizer, *synthesizer.replicas)[0]
    prompt, schemas = model.prompt, (A2RState, A2ROutput)
    check_prompt(prompt)
    refuse_asynchronous(prompt=prompt, extract_answer=model.extract_answer)
    check_key(model.answer_key)
    if schema:
        made = structured(synthesizer, prompt, defaults, schema)
        synthesizer, prompt, schemas = made
    return wire(
        explorers,
        synthesizer,
        prompt,
        model.extract_answer,
        defaults,
        answer_key=model.answer_key,
        schemas=schemas,
        any_conversation=True,
    ).compile()


def _defaults(settings: dict[str, Any]) -> A2RContext:
    """Return the settings of a graph.

    Raises:
        ValueError: One is wrong, or isn't a chat model's.
    """
    for name in filter(settings.__contains__, _NOT_HERE):
        msg = f"{name}: not with ChatA2R: {_NOT_HERE[name]}"
        raise ValueError(msg)
    refuse_review(settings.get("review"))
    return A2RContext().overlaid(A2RContext(**settings))


def context_below() -> dict[str, Any]:
    """Return the context argument: a parent graph's own goes down by itself."""
    around = context_around()
    if isinstance(around, A2RContext):  # an A2R's settings are its own
        return {"context": A2RContext()}
    refuse_review(settings_for(A2RContext(), around).review)
    return {}


def refuse_review(wanted: object) -> None:
    """Refuse to wait for a person.

    Raises:
        ValueError: That is wanted.
    """
    if wanted:
        msg = (
            "review: True is not allowed: a chat model can't pause for a person (a retry "
            "or a fallback around it would swallow the pause); use create_a2r as a node"
        )
        raise ValueError(msg)


def shown(tool: Any, *, strict: bool | None) -> Any:  # noqa: ANN401  whatever is a tool
    """Return a tool as plain data, but for what only its own kind can tell.

    `strict` is part of that data: a model's own `bind_tools` leaves what has the form of
    a request as it is.
    """
    if isinstance(tool, dict) or getattr(tool, "extras", None):
        return tool
    return convert_to_openai_tool(tool, strict=strict)


def _with_tools(
    role: str, model: Model, tools: Sequence[Any], options: dict[str, Any]
) -> Runnable[Any, Any]:
    """Return the model with tools bound to it, by its own `bind_tools`.

    Raises:
        TypeError: It is no chat model.
        ValueError: It has tools already.
        NotImplementedError: It has no tool calling.
    """
    chat = model.chat
    if chat is None:
        msg = (
            f"bind_tools: the {role} {model.name} is no chat model; for agents with tools "
            "of their own use create_a2r(explorer=agent) as a node of a graph"
        )
        raise TypeError(msg)
    if model.keywords.get("tools"):
        msg = f"bind_tools: the {role} {model.name} has tools bound to it; bind them here"
        raise ValueError(msg)
    try:
        bound = chat.bind_tools(tools, **options)
    except NotImplementedError:
        msg = f"bind_tools: the {role} {model.name} has no tool calling; take another model"
        raise NotImplementedError(msg) from None
    made: Runnable[Any, Any] = with_innermost(model.runnable, bound)
    return made


def _with_stop(role: str, model: Model, stop: list[str]) -> Runnable[Any, Any]:
    """Return the model bound to stop where one of these texts comes.

    Raises:
        TypeError: It is no chat model.
    """
    if model.chat is None:
        msg = f"stop: the {role} {model.name} is no chat model, and wouldn't obey"
        raise TypeError(msg)
    return model.runnable.bind(stop=stop)
