"""One model call: its attempts, its failure, what it cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackManager
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from tenacity import AsyncRetrying, stop_after_attempt, wait_random_exponential

from a2r_graph.errors import EmptyReplyError
from a2r_graph.models.failures import RETRIED, failure_of, spent_nothing
from a2r_graph.models.prepare import prepare, retries_itself
from a2r_graph.models.resolve import Model, conversation_of
from a2r_graph.usage import NOTHING, UNKNOWN, add, tokens_of

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.outputs import LLMResult
    from tenacity import RetryCallState

    from a2r_graph.state import Failure, TokenUsage, Usage


class _Calls(TypedDict):
    calls: int
    retries: int


_ONE_CALL: _Calls = {"calls": 1, "retries": 0}
_PATIENCE = 600.0  # seconds; a server that asks for more is not asked again
_JITTER = wait_random_exponential(multiplier=0.5, max=30)  # seconds


@dataclass(frozen=True)
class Reply:
    """What a call came to; either `message` or `failure` is there."""

    message: BaseMessage | str | None
    failure: Failure | None
    usage: Usage
    streamed: bool = False


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


class _Turns:
    """Whose turn each try is: the model's, then that of its replicas, round and round."""

    def __init__(self, model: Model, watch: _Watch) -> None:
        self.models = (model, *model.replicas)
        self.watch = watch
        self._busy_until: dict[int, float] = {}

    def at(self, attempt: int) -> Model:
        """Return the model of a try, counted from 1."""
        return self.models[(attempt - 1) % len(self.models)]

    def note(self, attempt: int, error: BaseException) -> None:
        """Remember until when this try's server wants to be left alone."""
        seconds = _retry_after(error)
        if seconds is not None:
            place = (attempt - 1) % len(self.models)
            self._busy_until[place] = time.monotonic() + seconds

    def again(self, state: RetryCallState) -> bool:
        """Whether a failure may pass, and soon enough."""
        error = state.outcome.exception() if state.outcome else None
        if error is None or self.watch.streamed:
            return False
        if failure_of(error)["kind"] not in RETRIED:
            return False
        return self._asked_for(state) <= _PATIENCE

    def wait(self, state: RetryCallState) -> float:
        """Return the seconds to wait: what the next server asked for, else jitter."""
        return self._asked_for(state) or _JITTER(state)

    def _asked_for(self, state: RetryCallState) -> float:
        place = state.attempt_number % len(self.models)  # of the try to come
        return max(0.0, self._busy_until.get(place, 0.0) - time.monotonic())


async def ask(  # noqa: PLR0913  one call's inputs
    model: Model,
    messages: list[BaseMessage],
    config: RunnableConfig,
    *,
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
        attempts: Tries in all. One, where a foreign client retries by itself.
        options: Sampling settings, for a chat model.
        stream: Whether tokens are passed on as they come. After the first there is no
            further try.
        extra: Further keywords of `ainvoke`: a graph's context.
    """
    watch = _Watch()
    turns = _Turns(model, watch)
    if stream or model.chat is None:
        config = _watched(config, watch)
    spent: list[Usage] = []

    async def once(attempt: int) -> Any:  # noqa: ANN401  whatever a Runnable gives
        turn = turns.at(attempt)
        own: Any = list(messages)  # whoever adds to it does so for this try alone
        if turn.is_graph:
            own = {"messages": own}
        runnable = await prepare(turn, options, config, stream=stream)
        try:
            return await runnable.ainvoke(own, config, **extra)
        except GraphBubbleUp:
            raise
        except EmptyReplyError as error:
            return error.reply  # its usage and its thought are worth keeping
        except Exception as error:
            turns.note(attempt, error)
            spent.append(_usage_of_failure(error))
            raise

    retrying = AsyncRetrying(
        stop=stop_after_attempt(1 if retries_itself(model) else attempts),
        retry=turns.again,
        wait=turns.wait,
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                reply = await once(attempt.retry_state.attempt_number)
    except GraphBubbleUp:
        raise  # an interrupt inside an explorer is no failure
    except Exception as error:  # noqa: BLE001  a branch never takes the run down
        asked = [turn.runnable for turn in turns.models]
        found = failure_of(error, asked)
        return Reply(None, found, _usage(model, spent, watch), watch.streamed)
    message = conversation_of(reply)
    spent.append({**tokens_of(getattr(message, "usage_metadata", None)), **_ONE_CALL})
    failure = _fault(model, reply, message, streamed=watch.streamed)
    return Reply(message, failure, _usage(model, spent, watch), watch.streamed)


def _watched(config: RunnableConfig, watch: _Watch) -> RunnableConfig:
    callbacks = config.get("callbacks")
    if isinstance(callbacks, BaseCallbackManager):
        callbacks = callbacks.copy()
        callbacks.add_handler(watch, inherit=True)
    else:
        callbacks = [*(callbacks or []), watch]
    return {**config, "callbacks": callbacks}


def _usage_of_failure(error: Exception) -> Usage:
    """Return the usage of a failed try: nothing if refused, else unknown."""
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


def _retry_after(error: BaseException | None) -> float | None:
    """Return the seconds that the server asks for, if it does."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
