"""The explorers: the fan-out, and one branch of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig
from langchain_core.utils.uuid import uuid7
from langgraph.runtime import Runtime
from langgraph.types import Send

from a2r_graph.context import A2RContext, settings_for
from a2r_graph.events import tell
from a2r_graph.models.failures import failure_of
from a2r_graph.models.prepare import sampling
from a2r_graph.models.retry import ask
from a2r_graph.models.structured import refuse_stand_ins
from a2r_graph.nodes.room import check_conversation, check_room
from a2r_graph.pregel import has_saver, read
from a2r_graph.references import (
    AnswerKey,
    answer_in,
    answer_key,
    complete_part,
    extract,
    written,
)
from a2r_graph.stage import below, invocation
from a2r_graph.state import A2RState, Branch, Failure, Reference, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from a2r_graph.models.resolve import Model
    from a2r_graph.models.retry import Reply
    from a2r_graph.prompts import Prompt
    from a2r_graph.stage import Stage


@dataclass(frozen=True)
class FanOut:
    """The edge from START: one `Send` for each branch of the first window."""

    explorers: tuple[Model, ...]
    synthesizer: Model
    prompt: Prompt
    defaults: A2RContext
    any_conversation: bool = False
    """Whether one without a user's question will do: a model's, say."""

    async def __call__(
        self, state: A2RState, config: RunnableConfig, runtime: Runtime[A2RContext]
    ) -> list[Send]:
        """Check what can be checked before a model is asked, then fan out.

        Raises:
            ValueError: A setting is wrong, the conversation asks nothing, or it is
                longer than a model's window.
        """
        settings = settings_for(self.defaults, runtime.context)
        if self.synthesizer.format:
            refuse_stand_ins(settings)
        if settings.review and not has_saver(config):
            msg = (
                "review: True needs a checkpointer, to go on from where it stops; give one "
                "to create_a2r, or to the graph around it"
            )
            raise ValueError(msg)
        messages = state.get("messages")
        if not messages or not self.any_conversation:
            messages = check_conversation(messages)
        for model in dict.fromkeys((*self.explorers, self.synthesizer)):
            if hasattr(model.chat, "ready"):
                await model.chat.ready()  # type: ignore[union-attr]  # an endpoint of ours
        await check_room(messages, settings, self.explorers, self.synthesizer, self.prompt)
        run = str(uuid7())
        invocation(config).begin(settings)
        return sends(run, window(0, settings))


def window(first: int, settings: A2RContext) -> range:
    """Return the branches of the window that begins with `first`."""
    return range(first, min(settings.n, first + (settings.window or settings.n)))


def sends(run: str, indices: Iterable[int]) -> list[Send]:
    """Return one `Send` for each branch."""
    branches: list[Branch] = [{"run": run, "index": index} for index in indices]
    return [Send("explorer", branch) for branch in branches]


@dataclass(frozen=True)
class Explorer:
    """One branch: ask its model, and end with a record whatever happens."""

    explorers: tuple[Model, ...]
    extract_answer: Callable[[str], object] | None
    defaults: A2RContext
    answer_key: AnswerKey = answer_key

    async def __call__(
        self, branch: Branch, config: RunnableConfig, runtime: Runtime[A2RContext]
    ) -> dict[str, Any]:
        """Return the branch's reference."""
        settings = settings_for(self.defaults, runtime.context)
        run = branch["run"]
        shared = invocation(config)
        async with shared.gate:
            stage = await shared.resumed(settings, run, config)
            reply, reference = await self._explore(branch, settings, config, runtime, stage)
            report: Report = {"run": run, "references": [reference]}
            if reference["status"] == "ok":
                stage.succeeded([branch["index"]])
            elif reply.stopped_by:
                report["stopped_by"] = reply.stopped_by
        _tell_end(run, reference)
        return {"a2r": report}

    async def _explore(
        self,
        branch: Branch,
        settings: A2RContext,
        config: RunnableConfig,
        runtime: Runtime[A2RContext],
        stage: Stage,
    ) -> tuple[Reply, Reference]:
        """Ask the branch's model."""
        index = branch["index"]
        model = self.explorers[index % len(self.explorers)]
        tell("explorer_started", branch["run"], index=index, model=model.name)
        started = time.perf_counter()
        reply = await ask(
            model,
            # In a payload each, every checkpoint would hold it n times.
            read(config, "messages"),
            _branch_config(config, model, index),
            stage=stage,
            attempts=settings.attempts,
            options=sampling(model, settings, index) if model.chat else {},
            stream=False,
            extra=context_below(model, runtime.context) if model.is_graph else {},
        )
        return reply, self.record(index, model, reply, time.perf_counter() - started)

    def record(self, index: int, model: Model, reply: Reply, seconds: float) -> Reference:
        """Return what a reply of branch `index` came to."""
        found = extract("" if reply.message is None else reply.message)
        failure, answer, text = reply.failure or found.failure, None, found.text
        if failure is None and found.calls:
            text = f"{text}\n{written(found.calls)}".lstrip()
            answer = None if self.extract_answer is None else answer_in(found.calls)
        elif failure is None:
            # Of a text that was cut off, what was complete by then has a vote.
            answer, failure = self._read(complete_part(text) if found.cut_off else text)
        reference: Reference = {
            "index": index,
            "model": model.name,
            "status": "failed" if failure else "ok",
            "error": failure,
            "text": text,
            "reasoning": found.reasoning,
            "answer": answer,
            "duplicate_of": None,
            "shown": None,
            "finish_reason": found.finish_reason,
            "usage": reply.usage,
            "seconds": round(seconds, 3),
        }
        if found.calls:
            reference["tool_calls"] = found.calls
        return reference

    def _read(self, text: str) -> tuple[str | None, Failure | None]:
        """Return the final answer, or the failure of one of the caller's functions."""
        if self.extract_answer is None or not text:
            return None, None
        asked = "extract_answer"
        try:
            found = self.extract_answer(text)
            answer = None if found is None else str(found)
            if answer is not None:
                asked = "answer_key"  # what fails here would end the vote of all
                hash(self.answer_key(answer))
        except Exception as error:  # noqa: BLE001  the caller's code
            # Its text may hold what the function was configured with.
            message = f"{asked}: {failure_of(error)['message']}"
            return None, {"kind": "error", "message": message}
        return answer, None


def _branch_config(config: RunnableConfig, model: Model, index: int) -> RunnableConfig:
    """Name the branch for tracing; keep its tokens out of the `messages` stream."""
    tags = [*(config.get("tags") or []), "a2r:explorer"]
    streams = getattr(model.chat, "streaming", None) is True  # as its maker wants it
    if model.via or not streams:
        tags.append("nostream")
    metadata = {**(config.get("metadata") or {}), "a2r_role": "explorer"}
    metadata["a2r_branch"] = index
    return {
        **below(config),
        "tags": tags,
        "metadata": metadata,
        "run_name": f"explorer {index}",
    }


def context_below(model: Model, context: object) -> dict[str, A2RContext]:
    """Return the context argument for a graph that is asked, if it needs one.

    A run's settings are this graph's: an A2R below has its own. An empty context is
    falsy to LangGraph, which would hand down ours; ours with nothing set isn't. A
    parent's context of another type goes down by itself.
    """
    ours = isinstance(context, A2RContext)
    schema = getattr(model.runnable, "context_schema", None)
    return {"context": A2RContext()} if ours or schema is A2RContext else {}


def _tell_end(run: str, reference: Reference) -> None:
    about = {key: reference[key] for key in ("index", "model", "seconds", "usage")}
    if reference["error"]:
        tell("explorer_failed", run, **about, error=reference["error"])
    else:
        tell("explorer_ended", run, **about, answer=reference["answer"])
