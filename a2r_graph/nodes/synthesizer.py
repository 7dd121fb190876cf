"""The synthesizer node: reason again, with the references at hand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.messages import AIMessage, messages_from_dict
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from a2r_graph.context import A2RContext, settings_for
from a2r_graph.errors import SynthesisError
from a2r_graph.events import tell
from a2r_graph.models.retry import Reply, ask
from a2r_graph.models.structured import as_text
from a2r_graph.nodes.explorer import context_below
from a2r_graph.nodes.outcome import Outcome
from a2r_graph.nodes.synthesis import UNREAD, answer_of, finished
from a2r_graph.references import extract
from a2r_graph.stage import below
from a2r_graph.state import A2RState, Failure, Report

if TYPE_CHECKING:
    from a2r_graph.models.resolve import Model


@dataclass(frozen=True)
class Synthesizer:
    """One call to the synthesizer, or the majority's answer in its stead."""

    synthesizer: Model
    defaults: A2RContext
    outcome: Outcome

    async def __call__(
        self, state: A2RState, config: RunnableConfig, runtime: Runtime[A2RContext]
    ) -> dict[str, Any]:
        """Return the answer, and the rest of the report.

        Raises:
            SynthesisError: No answer after all attempts, and no fallback is wanted.
        """
        settings = settings_for(self.defaults, runtime.context)
        report = state["a2r"]
        model = self.synthesizer.dealt(UUID(report["run"]).int)
        tell(
            "synthesis_started",
            report["run"],
            model=model.name,
            prompt=report["prompt"],
        )
        # What may be refused and asked for again, or set aside, no stream could take back.
        streams = model.format is None and not settings.keep_majority
        started = time.perf_counter()
        reply = await ask(
            model,
            [*state["messages"], *messages_from_dict(state["prompt"])],
            _role_config(config, streams=streams),
            attempts=settings.attempts,
            options=options_of(model, settings) if model.chat else {},
            stream=streams,
            extra=context_below(model, runtime.context) if model.is_graph else {},
        )
        message, failure = answered(reply)
        if message is None:
            failure = failure or {"kind": "empty", "message": "no answer"}
            if settings.fallback == "raise":
                raise SynthesisError(report["references"], failure, reply.usage)
            message = answer_of(
                report["references"], report["majority"], "majority", failure
            )
            about: Report = {"synthesis": "majority", **UNREAD}
        elif model.format:
            about = {"synthesis": "model", **UNREAD}
        else:
            message, about = self.outcome.of(report, message, settings)
        done: Report = {**finished(report, reply.usage, started), **about}
        update: dict[str, Any] = {"messages": [message], "a2r": done, "prompt": []}
        if model.format:
            update |= {
                "messages": [as_text(message)],
                "structured_response": reply.structured,
            }
        return update


def answered(reply: Reply) -> tuple[AIMessage | None, Failure | None]:
    """Return the answer as one message, or why there is none."""
    if reply.message is None or reply.failure:
        return None, reply.failure
    found = extract(reply.message)
    message = reply.message
    if not isinstance(message, AIMessage):
        text = found.text
        message = AIMessage(text, id=getattr(message, "id", None))
    if found.failure:
        return None, found.failure
    if found.inline:
        # A thought stood in the content: there it would reach the next turn's prompt.
        kept = {**message.additional_kwargs, "reasoning_content": found.reasoning or ""}
        update = {"content": _without_thought(message, found.text)}
        message = message.model_copy(update={**update, "additional_kwargs": kept})
    return message, None


def _without_thought(message: AIMessage, text: str) -> str | list[Any]:
    """Return a message's content with `text` in place of its own."""
    if isinstance(message.content, str):
        return text
    others = [
        block
        for block in message.content
        if isinstance(block, dict) and block.get("type") not in {"text", "output_text"}
    ]
    return [*others, {"type": "text", "text": text}]


def options_of(model: Model, settings: A2RContext) -> dict[str, Any]:
    """Return the synthesizer's settings as the model's own keywords."""
    chosen = {
        "temperature": settings.synthesizer_temperature,
        model.max_tokens_field(): settings.synthesizer_max_tokens,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _role_config(config: RunnableConfig, *, streams: bool) -> RunnableConfig:
    tags = [*(config.get("tags") or []), "a2r:synthesizer"]
    if not streams:
        tags.append("nostream")
    metadata = {**(config.get("metadata") or {}), "a2r_role": "synthesizer"}
    named: RunnableConfig = {"tags": tags, "metadata": metadata, "run_name": "synthesizer"}
    return {**below(config), **named}
