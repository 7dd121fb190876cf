"""The reduce node: vote, collapse, arrange and fit the references."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.runtime import Runtime
from langgraph.types import Send

from a2r_graph.background import in_thread
from a2r_graph.context import A2RContext, settings_for
from a2r_graph.errors import ExplorationError
from a2r_graph.events import tell
from a2r_graph.nodes.explorer import sends, window
from a2r_graph.nodes.synthesis import since, stand_in, write_up
from a2r_graph.prompts import Prompt
from a2r_graph.references import (
    AnswerKey,
    answer_key,
    arrange,
    collapse,
    posterior,
    vote,
)
from a2r_graph.stage import Invocation, invocation
from a2r_graph.state import (
    A2RState,
    Reference,
    Report,
    StoppedBy,
)
from a2r_graph.usage import NOTHING, by_role

if TYPE_CHECKING:
    from a2r_graph.models.resolve import Model
    from a2r_graph.references import Votes


@dataclass(frozen=True)
class Reduce:
    """From all references to the synthesizer's prompt, or to the answer itself."""

    synthesizer: Model
    prompt: Prompt
    defaults: A2RContext
    answer_key: AnswerKey = answer_key

    async def __call__(
        self, state: A2RState, config: RunnableConfig, runtime: Runtime[A2RContext]
    ) -> dict[str, Any]:
        """Return the prompt and what the report knows by now.

        Before the last window there is no prompt yet, but the votes so far.

        Raises:
            ExplorationError: Fewer branches than `min_references` succeeded.
            ValueError: The caller's key fails on an answer that it took before.
            SynthesisError: Not one reference fits into the synthesizer's window, or the
                caller's prompt function failed.
        """
        arrived, started = time.time(), time.perf_counter()
        settings = settings_for(self.defaults, runtime.context)
        run, references = state["a2r"]["run"], state["a2r"]["references"]
        good = [r for r in references if r["status"] == "ok"]
        stopped_by = _stopped_by(state["a2r"], len(good), settings, invocation(config))
        if stopped_by is None:
            voted = await in_thread(vote, references, self.answer_key)
            if not _sure(voted, len(good), settings):
                following = window(len(references), settings)
                return {
                    "a2r": _between(run, len(references), voted),
                    "window": [*following],
                }
            stopped_by = "confidence"
        if len(good) < settings.min_references:
            raise ExplorationError(references, settings.min_references)
        # Thousands of long texts take seconds: not on the event loop.
        voted, shown = await in_thread(reduced, references, settings, self.answer_key)
        report: dict[str, Any] = {
            "references": voted.references,
            "votes": voted.votes,
            "majority": voted.majority,
            "spellings": voted.spellings,
            "stopped_by": stopped_by,
            "usage": by_role((r["usage"] for r in references), NOTHING),
            "seconds": {"explorer": since(run, arrived)},
            "cost": None,
        }
        update: dict[str, Any] = {"a2r": report}
        if settings.skip_on_consensus and _agree(good, voted):
            update["messages"] = [stand_in(report, "skipped")]
        else:
            update |= await write_up(
                report,
                state["messages"],
                shown,
                settings=settings,
                synthesizer=self.synthesizer,
                prompt=self.prompt,
            )
            if settings.review and "prompt" in update:
                report["review"] = None
        _tell(run, report)
        seconds = report["seconds"]
        seconds["reduce"] = round(time.perf_counter() - started, 3)
        if "messages" in update:
            seconds |= {"synthesizer": 0.0, "total": since(run, time.time())}
        return update


def _after_reduce(state: A2RState) -> str | list[Send]:
    """Return where the run goes on: the next window, a person, the synthesizer, its end.

    By the state alone, so that a state that somebody has updated goes on as well.
    """
    report = state["a2r"]
    if "synthesis" in report:
        return "__end__"
    if report.get("review", "unasked") is None:
        return "review"
    if "stopped_by" in report:
        return "synthesizer"
    return sends(report["run"], state["window"])


async def _after_reduce_async(state: A2RState) -> str | list[Send]:
    return _after_reduce(state)


# Alone, the synchronous one would wait for a thread of the event loop's; the other one
# would leave `update_state` without an edge to follow.
after_reduce = RunnableLambda(_after_reduce, _after_reduce_async, name="after_reduce")


def _stopped_by(
    report: Report, succeeded: int, settings: A2RContext, shared: Invocation
) -> StoppedBy | None:
    """Return what has ended the exploring, or None: the votes are to tell."""
    references = report["references"]
    if "stopped_by" in report:  # branches were cancelled
        return report["stopped_by"]
    if len(references) >= settings.n:
        return "all"
    if settings.quorum is not None and succeeded >= settings.quorum:
        return "quorum"
    if shared.stage and (over := shared.stage.check()):
        return over
    return "all" if settings.confidence is None else None


def _sure(voted: Votes, succeeded: int, settings: A2RContext) -> bool:
    """Whether more samples would hardly change the vote."""
    if settings.confidence is None or succeeded < settings.min_references:
        return False
    return posterior(voted.votes) >= settings.confidence


def _between(run: str, explored: int, voted: Votes) -> dict[str, Any]:
    """Return the report's part between two windows."""
    # The references stay as they came: what is still to come may spell them otherwise.
    report = {k: v for k, v in voted._asdict().items() if k != "references"}
    tell("window_ended", run, explored=explored, **report)
    return report


def reduced(
    references: list[Reference], settings: A2RContext, key: AnswerKey = answer_key
) -> tuple[Votes, list[Reference]]:
    """Return the votes with all references, and those to show, in prompt order.

    Raises:
        ValueError: The key fails on an answer.
    """
    voted = vote(references, key)
    collapsed = collapse(voted.references, settings.near_duplicate)
    return voted._replace(references=collapsed), arranged(collapsed, settings)


def arranged(references: list[Reference], settings: A2RContext) -> list[Reference]:
    """Return the representatives in prompt order."""
    return arrange(
        references,
        order=settings.order,
        seed=settings.seed,
        per_answer=settings.per_answer,
    )


def _agree(good: list[Reference], voted: Votes) -> bool:
    return voted.votes == {voted.majority: len(good)}


def _tell(run: str, report: dict[str, Any]) -> None:
    references: list[Reference] = report["references"]
    tell(
        "reduced",
        run,
        explored=len(references),
        stopped_by=report["stopped_by"],
        votes=report["votes"],
        majority=report["majority"],
        spellings=report["spellings"],
        shown=sum(r["shown"] is not None for r in references),
        duplicates=sum(r["duplicate_of"] is not None for r in references),
    )
    if "synthesis" in report:
        tell("synthesis_skipped", run, synthesis=report["synthesis"])
