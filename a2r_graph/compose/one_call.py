"""A run of A2R as one model call: nobody outside hears the calls within it."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.runtime import get_runtime

from a2r_graph.errors import SynthesisError
from a2r_graph.stage import below

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping

    from langchain_core.runnables import RunnableConfig

_KEPT = ("configurable", "metadata", "tags", "max_concurrency", "recursion_limit")
_PASSED_ON = ("model_provider", "output_version")  # each chunk has it, merged or not


def apart(asked: Any) -> tuple[Context, RunnableConfig]:  # noqa: ANN401  plain data
    """Return a context without listeners to run in, and the config that is left.

    To whoever calls the model it is one call, told of as one: handlers and tracers that
    saw the calls within it too would count each token twice, and a parent's `messages`
    stream would show each twice. What else a parent graph gives stays: its checkpointer,
    its place in it, its stream of progress.

    Args:
        asked: What the call is about. LangGraph numbers the graphs that one node calls,
            and after a crash gives each number its checkpoints back: in a batch, whose
            calls don't always come in the same order, those of another question.
    """
    around: RunnableConfig = var_child_runnable_config.get() or {}
    with suppress(KeyError):  # in a branch of another A2R: its caller's limits
        around = below(around)
    config: Any = {key: value for key, value in around.items() if key in _KEPT}
    if place := config.get("configurable", {}).get("checkpoint_ns"):
        digest = hashlib.sha256(repr(asked).encode("utf-8", "replace")).digest()
        own = int.from_bytes(digest[:8])  # LangGraph takes numbers for no node's name
        named = {"checkpoint_ns": f"{place}|{own}"}
        config["configurable"] = {**config["configurable"], **named}
    return copy_context().run(_without_listeners), config


def _without_listeners() -> Context:
    from langchain_core.tracers import context as tracers  # noqa: PLC0415  langsmith
    from langsmith import tracing_context  # noqa: PLC0415  takes its time to import

    var_child_runnable_config.set(None)
    # What get_usage_metadata_callback() and its like leave, each in a variable of its
    # own; LangChain has no public way to them.
    hooks: list[Any] = [variable for variable, *_ in tracers._configure_hooks]  # noqa: SLF001  see above
    for variable in (*hooks, tracers.tracing_v2_callback_var):
        if variable.get() is not None:
            variable.set(None)
    with tracing_context(enabled=False, parent=False):
        return copy_context()


def context_around() -> Any:  # noqa: ANN401  whatever a parent graph has
    """Return the context of the graph around, if there is one."""
    try:
        return getattr(get_runtime(), "context", None)
    except RuntimeError:
        return None


async def follow(
    events: AsyncIterator[Any], context: Context
) -> AsyncGenerator[tuple[str, Any], None]:
    """Yield a graph's events, which come about in `context`."""
    queue: asyncio.Queue[Any] = asyncio.Queue()

    async def pump() -> None:
        try:
            async for event in events:
                queue.put_nowait(event)
        finally:
            queue.put_nowait(None)

    # A generator's own context is its consumer's: only a task has another one.
    running = asyncio.create_task(pump(), context=context)
    try:
        while (event := await queue.get()) is not None:
            yield event
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def follow_blocking(
    events: Iterator[Any], context: Context
) -> Generator[tuple[str, Any], None, None]:
    """Yield a graph's events, which come about in `context`."""
    try:
        while True:
            try:
                event = context.run(next, events)
            except StopIteration:
                return
            yield event
    finally:
        context.run(events.close)  # type: ignore[attr-defined]  # a generator


def message_of(result: dict[str, Any], name: str) -> AIMessage:
    """Return a run's answer as one model's reply, with the usage of all its calls.

    Raises:
        RuntimeError: The run has paused for a person's word.
    """
    report: dict[str, Any] = result.get("a2r") or {}
    if "synthesis" not in report:
        msg = (
            "a model below asked a person (interrupt), and a chat model can't pause; "
            "use create_a2r as a node of a graph with a checkpointer"
        )
        raise RuntimeError(msg)
    answer: AIMessage = result["messages"][-1]
    told = dict(answer.response_metadata)
    if report["synthesis"] != "model":  # the marks of a stand-in
        marks = told.get("a2r") or {}
        report = {**marks, **report}
        told["finish_reason"] = next(
            r["finish_reason"]
            for r in report["references"]
            if r["index"] == marks["reference"]
        )
    told |= {"model_name": name, "a2r": report}
    update = {"id": None, "usage_metadata": usage_of(report), "response_metadata": told}
    return answer.model_copy(update=update)


def usage_of(report: Mapping[str, Any]) -> UsageMetadata | None:
    """Return the tokens of all calls as LangChain has them; None if they are unknown."""
    total = report["usage"]["total"]
    read, written = total["input_tokens"], total["output_tokens"]
    if read is None or written is None:
        return None
    usage = UsageMetadata(
        input_tokens=read, output_tokens=written, total_tokens=read + written
    )
    if total["cached_tokens"] is not None:
        usage["input_token_details"] = {"cache_read": total["cached_tokens"]}
    if total["reasoning_tokens"] is not None:
        usage["output_token_details"] = {"reasoning": total["reasoning_tokens"]}
    return usage


class Chunks:
    """Makes one model's chunks of a run's `messages` and `values`."""

    def __init__(self, name: str, *, live: bool) -> None:
        """Begin before the first event.

        Args:
            name: The model's.
            live: Whether the synthesizer's tokens are the answer's: those of a chain or a
                graph may be anything's on the way to it.
        """
        self.name, self.live = name, live
        self.streamed = False
        self.result: dict[str, Any] = {}

    def take(self, mode: str, payload: Any) -> ChatGenerationChunk | None:  # noqa: ANN401  by mode
        """Return the chunk that an event makes, if it makes one."""
        if mode == "values":
            self.result = payload
            return None
        token, about = payload
        ours = self.live and about.get("langgraph_node") == "synthesizer"
        if not ours or not isinstance(token, AIMessageChunk):
            return None
        if not (token.content or token.tool_call_chunks or token.additional_kwargs):
            return None  # usage and the like: the last chunk has it, of all calls
        self.streamed = True
        told = {k: v for k, v in token.response_metadata.items() if k in _PASSED_ON}
        update = {
            "id": None,
            "usage_metadata": None,
            "response_metadata": told,
            "chunk_position": None,
        }
        return ChatGenerationChunk(message=token.model_copy(update=update))

    def last(self) -> ChatGenerationChunk:
        """Return the last chunk: usage and report, and an answer that hasn't streamed.

        Raises:
            SynthesisError: The answer broke off, and what stands in for it can't take
                back what has been streamed.
        """
        whole = message_of(self.result, self.name)
        report = whole.response_metadata["a2r"]
        fields = {**dict(whole), "type": "AIMessageChunk", "chunk_position": "last"}
        if self.streamed and report["synthesis"] != "model":
            spent = report["usage"]["synthesizer"]
            raise SynthesisError(report["references"], report["error"], spent)
        if self.streamed:
            fields |= {"content": "", "additional_kwargs": {}}
            fields |= {"tool_calls": [], "invalid_tool_calls": []}
        return ChatGenerationChunk(message=AIMessageChunk(**fields))
