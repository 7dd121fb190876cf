"""One turn of an agent: what its explorers propose, and how it is taken in the end."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware.types import (
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
)
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ToolMessage,
    messages_from_dict,
)
from langchain_core.runnables import Runnable, RunnableBinding
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.config import get_config
from langgraph.types import Command

from a2r_graph.context import A2RContext, settings_for
from a2r_graph.errors import BadReplyError, SynthesisError
from a2r_graph.events import tell
from a2r_graph.graph import wire
from a2r_graph.models.failures import failure_of
from a2r_graph.models.resolve import Model, resolve
from a2r_graph.models.retry import one_call, usage_of_failure
from a2r_graph.models.structured import UnfitError, refuse_stand_ins
from a2r_graph.nodes.outcome import Outcome
from a2r_graph.nodes.synthesis import UNREAD, answer_of, finished
from a2r_graph.nodes.synthesizer import options_of
from a2r_graph.state import (
    A2ROutput,
    A2RState,
    Reference,
    Report,
    Usage,
    apart_by_id,
)
from a2r_graph.usage import by_role

if TYPE_CHECKING:
    from a2r_graph.bridge import CompiledA2R
    from a2r_graph.prompts import Prompt
    from a2r_graph.references import AnswerKey


class _Explored(A2ROutput):
    """What the graph without its synthesizer gives."""

    prompt: list[dict[str, Any]]


class Turn:
    """The turn that a model request asks for.

    Args:
        request: The agent's.
        defaults: The settings, under those of the run's context.

    Raises:
        ValueError: A setting is wrong, or doesn't go with the agent's response format.
    """

    def __init__(self, request: ModelRequest[Any], defaults: A2RContext) -> None:
        """Check the settings."""
        self.request, self.defaults = request, defaults
        self.settings = settings_for(defaults, getattr(request.runtime, "context", None))
        if request.response_format is not None:
            refuse_stand_ins(self.settings)
        self._before = [request.system_message] if request.system_message else []
        self._asked_at = 0.0
        self._outcome = Outcome(None, str)

    @property
    def input(self) -> dict[str, Any]:
        """What the explorers' graph takes."""
        return {"messages": apart_by_id([*self._before, *self.request.messages])}

    def graph(
        self,
        explorers: tuple[Model, ...],
        prompt: Prompt,
        extract_answer: Callable[[str], object] | None,
        answer_key: AnswerKey,
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> CompiledA2R:
        """Return the graph whose explorers are asked as the agent asks its model."""
        (own,) = resolve("synthesizer", self.request.model)
        tools = [
            tool if isinstance(tool, dict) else convert_to_openai_tool(tool)
            for tool in self.request.tools
        ]
        schema = self.request.response_format is not None
        if schema and extract_answer:
            extract_answer = _reading(extract_answer)

        async def via(model: Runnable[Any, Any], messages: list[BaseMessage]) -> Any:  # noqa: ANN401  a message, or none
            chat, settings = _unbound(model)
            settings.pop("tools", None)  # bound by the agent
            proposing = self.request.override(
                model=chat,
                messages=messages[len(self._before) :],  # type: ignore[arg-type]  # any
                model_settings=settings,
            )
            return _proposal(await handler(proposing), schema=schema)

        def proposer(model: Model) -> Model:
            replicas = tuple(map(proposer, model.replicas))
            return replace(_with_tools(model, tools), via=via, replicas=replicas)

        self._outcome = Outcome(extract_answer, answer_key)
        own = _with_tools(own, tools, **self.request.model_settings)
        return wire(
            tuple(map(proposer, explorers)),
            own,
            prompt,
            extract_answer,
            self.defaults,
            answer_key=answer_key,
            schemas=(A2RState, _Explored),
            synthesize=False,
            any_conversation=True,
        ).compile()

    def synthesis(self, explored: dict[str, Any]) -> ModelRequest[Any] | None:
        """Return what the agent's own model is asked; None if nothing is."""
        report: Report = explored["a2r"]
        if "synthesis" in report:
            return None
        (own,) = resolve("synthesizer", self.request.model)
        tell("synthesis_started", report["run"], model=own.name, prompt=report["prompt"])
        self._asked_at = time.perf_counter()
        behind: list[Any] = messages_from_dict(explored["prompt"])
        return self.request.override(
            messages=[*self.request.messages, *behind],
            model_settings={
                **self.request.model_settings,
                **options_of(own, self.settings),
            },
        )

    def skipped(self, explored: dict[str, Any]) -> ExtendedModelResponse[Any]:
        """Return the turn that nobody had to synthesize."""
        message = explored["messages"][-1]
        message.name = _agents_name()
        return _taken(ModelResponse(result=[message]), explored["a2r"])

    def taken(
        self, explored: dict[str, Any], response: ModelResponse[Any]
    ) -> ExtendedModelResponse[Any]:
        """Return the turn as the agent's own model took it, with the report.

        Or the majority's proposal, where that is kept.
        """
        report, message = explored["a2r"], _answer_in(response)
        usage = one_call(getattr(message, "usage_metadata", None))
        about: Report = {"synthesis": "model", **UNREAD}
        if message is not None:
            answer, about = self._outcome.of(report, message, self.settings)
            if answer is not message:
                answer.name = _agents_name()
                response = ModelResponse(result=[answer])
        return _taken(response, self._report(report, usage, about))

    def failed(
        self, explored: dict[str, Any], error: Exception
    ) -> ExtendedModelResponse[Any]:
        """Return the majority's proposal in place of a turn that failed.

        Raises:
            SynthesisError: No fallback is wanted.
        """
        report, failure = explored["a2r"], failure_of(error, self.request.model)
        usage = usage_of_failure(error)
        if self.settings.fallback == "raise":
            # Not "from error": a client's text may hold its key.
            raise SynthesisError(report["references"], failure, usage) from None
        references, majority = report["references"], report["majority"]
        message = answer_of(references, majority, "majority", failure)
        message.name = _agents_name()
        about: Report = {"synthesis": "majority", **UNREAD}
        report = self._report(report, usage, about)
        return _taken(ModelResponse(result=[message]), report)

    def alone(
        self, response: ModelResponse[Any], references: list[Reference]
    ) -> ExtendedModelResponse[Any]:
        """Return the turn that the agent's own model took without references."""
        message = _answer_in(response)
        usage = one_call(getattr(message, "usage_metadata", None))
        report: Report = {
            "references": references,
            "votes": {},
            "majority": None,
            "spellings": {},
            "synthesis": "model",
            "prompt": None,
            **UNREAD,
            "usage": by_role((r["usage"] for r in references), usage),
        }
        if message is not None:
            _, about = self._outcome.of(report, message, self.settings)
            report |= about
        return _taken(response, report)

    def _report(self, report: Report, usage: Usage, about: Report) -> Report:
        return {**report, **finished(report, usage, self._asked_at), **about}


def _taken(response: ModelResponse[Any], report: Report) -> ExtendedModelResponse[Any]:
    return ExtendedModelResponse(response, Command(update={"a2r": report}))


def _proposal(response: ModelResponse[Any], *, schema: bool) -> AIMessage | None:
    """Return what an explorer proposes.

    Raises:
        UnfitError: The agent has refused it already: it doesn't fit the schema.
        BadReplyError: No model said it.
    """
    message = _answer_in(response)
    told = [one for one in response.result if isinstance(one, ToolMessage)]
    if schema and told and response.structured_response is None:
        msg = f"the reply doesn't fit the agent's response format: {told[0].text}"
        raise UnfitError(msg, message)
    if message is not None and message.id is None:
        # LangChain gives each reply of a model an id. A middleware that answers in its
        # stead, with an error say, has proposed nothing.
        msg = f"a middleware answered in the model's stead: {message.text}"
        raise BadReplyError(msg)
    return message


def _agents_name() -> str | None:
    """Return the agent's name, which it gives to its messages."""
    name = (get_config().get("metadata") or {}).get("lc_agent_name")
    return name if isinstance(name, str) else None


def _answer_in(response: ModelResponse[Any]) -> AIMessage | None:
    found = (message for message in response.result if isinstance(message, AIMessage))
    return next(found, None)


def _with_tools(model: Model, tools: list[dict[str, Any]], **settings: Any) -> Model:
    """Return a model whose prompts are counted with the agent's tools."""
    keywords = {**({"tools": tools} if tools else {}), **settings}
    if not keywords:
        return model
    return replace(model, runnable=model.runnable.bind(**keywords))


def _unbound(model: Runnable[Any, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the chat model itself, and what was bound to it."""
    bound: dict[str, Any] = {}
    while isinstance(model, RunnableBinding):
        bound = {**model.kwargs, **bound}
        model = model.bound
    return model, bound


def _reading(extract_answer: Callable[[str], object]) -> Callable[[str], object]:
    """Return a reader for whom a JSON object is one answer, however it is written."""

    def read(text: str) -> object:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return json.dumps(found, sort_keys=True, ensure_ascii=False)
        return extract_answer(text)

    return read
