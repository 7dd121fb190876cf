"""One model call: its attempts, its failure, what it cost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackManager
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableBinding, RunnableConfig, RunnableLambda
from langgraph.errors import GraphBubbleUp

from a2r_graph.errors import EmptyReplyError, ReplyError
from a2r_graph.models.failures import RETRIED, spent_nothing
from a2r_graph.models.prepare import prepare
from a2r_graph.models.resolve import Model, conversation_of
from a2r_graph.models.structured import UnfitError
from a2r_graph.models.turns import Turns
from a2r_graph.references.finish import meaning_of, reason_in
from a2r_graph.stage import Stage, StageOver
from a2r_graph.usage import NOTHING, UNKNOWN, add, tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.outputs import LLMResult

    from a2r_graph.models.resolve import Via
    from a2r_graph.state import Failure, StoppedBy, TokenUsage, Usage


class _Calls(TypedDict):
    calls: int
    retries: int


_ONE_CALL: _Calls = {"calls": 1, "retries": 0}


@dataclass(frozen=True)
class Reply:
    """What a call came to; either `message` or `failure` is there."""

    message: BaseMessage | str | None
    failure: Failure | None
    usage: Usage
    streamed: bool = False
    stopped_by: StoppedBy | None = None
    """What ended the stage before the call was at its end."""
    structured: Any = None
    """What the message holds, for a model with a format."""


class _Watch(AsyncCallbackHandler):
    """Sees the calls below: whether tokens streamed and, in a graph, their usage."""

    # Without this the handler's coroutines would be queued behind the event loop's
    # other work; they only count.
    run_inline = True

    def __init__(self) -> None:
        self.streamed = False
        self.calls = 0
        self.usages: list[TokenUsage] = []

    async def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.calls += 1

    async def on_llm_new_token(self, *_: Any, **__: Any) -> None:
        self.streamed = True

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        del run_id
        for generation in response.generations[0]:
            message = getattr(generation, "message", None)
            self.usages.append(tokens_of(getattr(message, "usage_metadata", None)))


@dataclass
class _Call:
    """One call: what is asked, and what its tries have come to."""

    turns: Turns
    watch: _Watch
    messages: Sequence[BaseMessage]
    config: RunnableConfig
    options: dict[str, Any]
    stream: bool
    extra: dict[str, Any]
    spent: list[Usage] = field(default_factory=list)
    structured: Any = None
    refused: UnfitError | None = None

    async def attempt(self, number: int) -> Any:  # noqa: ANN401  whatever a Runnable gives
        """Try, for the `number`th time."""
        turn = self.turns.at(number)
        own: Any = list(self.messages)  # whoever adds to it does so for this try alone
        if self.refused:
            own.append(HumanMessage(self.refused.again()))
        if turn.is_graph:
            own = {"messages": own}
        runnable = await prepare(turn, self.options, self.config, stream=self.stream)
        if turn.via:
            runnable = _through(turn.via, runnable)
        try:
            given = await runnable.ainvoke(own, self.config, **self.extra)
            _check_end(conversation_of(given))
            if turn.format:
                self.structured = turn.format.read(given)
            return given  # noqa: TRY300  beside what it is checked by
        except GraphBubbleUp:
            raise
        except asyncio.CancelledError:
            self.spent.append({**UNKNOWN, **_ONE_CALL})
            raise
        except Exception as error:
            if isinstance(error, EmptyReplyError) and error.kind not in RETRIED:
                return error.reply  # its usage and its thought are worth keeping
            self.spent.append(usage_of_failure(error))
            self.turns.note(number, error)
            self.turns.final = self.watch.streamed
            self.refused = error if isinstance(error, UnfitError) else None
            raise

    def reply(self, model: Model, given: object) -> Reply:
        """Return what came as a reply, if it is one."""
        message = conversation_of(given)
        self.spent.append(one_call(getattr(message, "usage_metadata", None)))
        failure = _fault(model, given, message, streamed=self.watch.streamed)
        usage, streamed = self.usage(model), self.watch.streamed
        return Reply(message, failure, usage, streamed, structured=self.structured)

    def usage(self, model: Model) -> Usage:
        """Return the usage of all tries."""
        return _usage(model, self.spent, self.watch)


async def ask(  # noqa: PLR0913  one call's inputs
    model: Model,
    messages: Sequence[BaseMessage],
    config: RunnableConfig,
    *,
    stage: Stage | None = None,
    attempts: int,
    options: dict[str, Any],
    stream: bool,
    extra: dict[str, Any],
) -> Reply:
    """Ask `model`, again if need be; a failure is a record, not an exception.

    Args:
        model: Whom to ask; a further try goes to its next replica.
        messages: The whole prompt.
        config: LangChain's, with the branch's tags and metadata.
        stage: Breaks the call off when it is over; no try waits for longer than it
            lasts. None: nothing does.
        attempts: Tries in all. One, where a foreign client retries by itself.
        options: Sampling settings, for a chat model.
        stream: Whether tokens are passed on as they come. After the first there is no
            further try.
        extra: Further keywords of `ainvoke`: a graph's context.
    """
    watch = _Watch()
    stage = stage or Stage()
    turns = Turns(model, stage)
    if stream or model.chat is None:
        config = _watched(config, watch)
    call = _Call(turns, watch, messages, config, options, stream, extra)
    stopped_by: StoppedBy | None = None
    try:
        async with stage.limit():
            async for attempt in turns.tries(attempts):
                with attempt:
                    given = await call.attempt(attempt.retry_state.attempt_number)
    except GraphBubbleUp:
        raise  # an interrupt inside an explorer is no failure
    except StageOver as over:
        failure, stopped_by = turns.broken_off(over), over.by
    except Exception as error:  # noqa: BLE001  a branch never takes the run down
        failure = turns.given_up(error)
    else:
        return call.reply(model, given)
    return Reply(None, failure, call.usage(model), watch.streamed, stopped_by)


def _through(via: Via, runnable: Any) -> Any:  # noqa: ANN401  a Runnable
    """Return what asks `via`, with the callbacks and tags that were bound to the model."""
    through: Any = RunnableLambda(partial(via, runnable))
    while isinstance(runnable, RunnableBinding):
        through = through.with_config(runnable.config)
        runnable = runnable.bound
    return through


def _watched(config: RunnableConfig, watch: _Watch) -> RunnableConfig:
    callbacks = config.get("callbacks")
    if isinstance(callbacks, BaseCallbackManager):
        callbacks = callbacks.copy()
        callbacks.add_handler(watch, inherit=True)
    else:
        callbacks = [*(callbacks or []), watch]
    return {**config, "callbacks": callbacks}


def _check_end(message: BaseMessage | str | None) -> None:
    """Raise if the server broke the reply off, as its finish reason says.

    Raises:
        ReplyError: Of the kind `"server_error"`, which may pass.
    """
    reason = reason_in(getattr(message, "response_metadata", None) or {})
    if meaning_of(reason) == "broken_off":
        msg = f"the server broke the reply off (finish reason {reason!r})"
        reply = message if isinstance(message, AIMessage) else None
        raise ReplyError(msg, reply, "server_error")


def one_call(metadata: UsageMetadata | None) -> Usage:
    """Return the usage of one call that came to a reply."""
    return {**tokens_of(metadata), **_ONE_CALL}


def usage_of_failure(error: Exception) -> Usage:
    """Return the usage of a failed try: nothing if refused, else unknown if not told."""
    if isinstance(error, ReplyError) and error.reply:
        return one_call(error.reply.usage_metadata)
    return {**(NOTHING if spent_nothing(error) else UNKNOWN), **_ONE_CALL}


def _usage(model: Model, tries: list[Usage], watch: _Watch) -> Usage:
    """Add up the tries of a chat model, or what happened inside a graph."""
    retries = max(0, len(tries) - 1)  # none, where no client could be made
    if model.chat is not None:
        return {**add(tries), "retries": retries}
    inner: list[Usage] = [{**usage, **_ONE_CALL} for usage in watch.usages]
    # A call that never ended, or a Runnable that told of none: unknown.
    missing = max(watch.calls, len(tries)) - len(inner)
    inner += [{**UNKNOWN, **_ONE_CALL}] * missing
    return {**add(inner), "retries": retries}


def _fault(
    model: Model, reply: object, message: BaseMessage | str | None, *, streamed: bool
) -> Failure | None:
    """Return why a reply is none, if so."""
    if message is None:
        what = f"{model.name} gave a {type(reply).__name__}, not a message"
        return {"kind": "bad_response", "message": what}
    chat = model.chat
    streamed = streamed or getattr(chat, "streaming", None) is True
    if streamed and hasattr(chat, "root_async_client") and isinstance(message, BaseMessage):
        told = message.response_metadata
        # OpenAI's other API tells a status instead.
        if not told.get("finish_reason") and not told.get("status"):
            cut = "the stream ended without a finish reason: the text may be cut off"
            return {"kind": "truncated", "message": cut}
    return None
