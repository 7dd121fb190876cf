"""What the synthesizer gets, or the answer that stands in for its own."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, messages_to_dict

from a2r_graph.errors import SynthesisError
from a2r_graph.models.failures import redact
from a2r_graph.nodes.room import Composed, NoRoomError, compose
from a2r_graph.prompts import Prompt, PromptError
from a2r_graph.references import support, text_beside
from a2r_graph.references.finish import cut_off
from a2r_graph.state import (
    Failure,
    FailureKind,
    Reference,
    Report,
    SynthesisKind,
    Usage,
)
from a2r_graph.usage import by_role

if TYPE_CHECKING:
    from a2r_graph.context import A2RContext
    from a2r_graph.models.resolve import Model


UNREAD: Report = {"synthesis_answer": None, "note": None}
"""What a report says of a synthesis that nobody wrote, or that fills a schema."""


async def write_up(  # noqa: PLR0913  one step's inputs
    report: dict[str, Any],
    messages: list[AnyMessage],
    shown: list[Reference],
    *,
    settings: A2RContext,
    synthesizer: Model,
    prompt: Prompt,
) -> dict[str, Any]:
    """Return the state's update: the synthesizer's prompt, or an answer in its stead.

    Args:
        report: With `references`, `votes` and `majority`; it takes up how they are shown.
        messages: The conversation.
        shown: The references to show, in prompt order.
        settings: The run's.
        synthesizer: Whose window and tokenizer count.
        prompt: What is written around the references.

    Raises:
        SynthesisError: Not one reference fits, or the caller's prompt function failed,
            and no fallback is wanted.
    """
    added = {r["index"]: 1 for r in shown}  # by a person: no branch stands behind them
    try:
        composed = await compose(
            messages,
            shown,
            supports={**added, **support(report["references"])},
            votes=report["votes"],
            settings=settings,
            synthesizer=synthesizer,
            prompt=prompt,
        )
    except (NoRoomError, PromptError) as error:
        kind: FailureKind = "error"
        if isinstance(error, NoRoomError):
            kind = "context_overflow"
        failure: Failure = {"kind": kind, "message": redact(str(error))}
        if settings.fallback == "raise":
            raise SynthesisError(report["references"], failure) from None
        return {"messages": [stand_in(report, "majority", failure)]}
    return {"prompt": _take(report, composed)}


def _take(report: dict[str, Any], composed: Composed) -> list[dict[str, Any]]:
    """Note in the report how each reference is shown; return the prompt as data."""
    how = composed.fitted.shown
    report["references"] = [
        {**r, "shown": how.get(r["index"])} for r in report["references"]
    ]
    report["prompt"] = composed.size
    return messages_to_dict(composed.prompt)


def stand_in(
    report: dict[str, Any],
    synthesis: Literal["skipped", "majority"],
    failure: Failure | None = None,
) -> AIMessage:
    """Return the majority's answer; the report says that nobody synthesized."""
    report |= {"synthesis": synthesis, "prompt": None, **UNREAD}
    return answer_of(report["references"], report["majority"], synthesis, failure)


def answer_of(
    references: list[Reference],
    majority: str | None,
    synthesis: SynthesisKind,
    failure: Failure | None = None,
) -> AIMessage:
    """Return the majority's first text as the answer, marked as what it is.

    Where no final answer could be read, the text that most branches gave stands in. One
    that was cut off does so only if all were.
    """
    supports = support(references)
    good = [r for r in references if r["status"] == "ok" and r["answer"] == majority]
    best = max(
        good,
        key=lambda r: (
            not cut_off(r["finish_reason"]),
            supports.get(r["index"], 0),
            -r["index"],
        ),
    )
    marks = {"synthesis": synthesis, "reference": best["index"], "error": failure}
    calls = best.get("tool_calls", [])
    return AIMessage(
        text_beside(best["text"], calls),
        # Ids of their own: a server may number the calls of each reply alike.
        tool_calls=[
            {**call, "id": f"call_{uuid.uuid4().hex}", "type": "tool_call"}
            for call in calls
        ],
        id=str(uuid.uuid4()),
        response_metadata={"a2r": marks, "model_name": best["model"]},
    )


def finished(report: Report, usage: Usage, asked_at: float) -> Report:
    """Return what a report ends with, once the synthesizer has replied, or failed.

    Args:
        report: As reduce left it.
        usage: The synthesizer's.
        asked_at: When it was asked, by `time.perf_counter`.
    """
    seconds = {
        **report["seconds"],
        "synthesizer": round(time.perf_counter() - asked_at, 3),
        "total": since(report["run"], time.time()),
    }
    usages = by_role((r["usage"] for r in report["references"]), usage)
    return {"usage": usages, "seconds": seconds}


def since(run: str, now: float) -> float:
    """Return the seconds since the run began: its id, a UUIDv7, holds the time."""
    began = (uuid.UUID(run).int >> 80) / 1000
    return round(max(0.0, now - began), 3)
