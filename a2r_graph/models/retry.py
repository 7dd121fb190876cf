"""One model call: its attempts, its failure, what it cost."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackManager
from langchain_core.globals import get_llm_cache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.errors import GraphBubbleUp
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from a2r_graph.context import A2RContext
from a2r_graph.models.clients import bind_to_loop
from a2r_graph.models.failures import RETRIED, UNSPENT, failure_of
from a2r_graph.models.resolve import DEFAULT_TEMPERATURE, Model, conversation_of
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
_LONGEST_WAIT = 30.0  # seconds between two attempts, unless the server asks for more


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
        model: Whom to ask.
        messages: The whole prompt.
        config: LangChain's, with the branch's tags and metadata.
        attempts: Tries in all. One, where a foreign client retries by itself.
        options: Sampling settings, for a chat model.
        stream: Whether tokens are passed on as they come. After the first there is no
            further try.
        extra: Further keywords of `ainvoke`: a graph's context.
    """
    watch = _Watch()
    try:
        runnable, retries_itself = await _ready(model, options, config, stream=stream)
    except Exception as error:  # noqa: BLE001  no client can be made: a wrong proxy, say
        return Reply(None, failure_of(error, model.runnable), NOTHING)
    if stream or model.chat is None:
        config = _watched(config, watch)
    spent: list[Usage] = []

    async def once() -> Any:  # noqa: ANN401  whatever a Runnable gives
        own: Any = list(messages)  # whoever adds to it does so for this try alone
        if model.is_graph:
            own = {"messages": own}
        try:
            return await runnable.ainvoke(own, config, **extra)
        except GraphBubbleUp:
            raise
        except Exception as error:
            spent.append(_usage_of_failure(error))
            raise

    def again(error: BaseException) -> bool:
        passing = failure_of(error)["kind"] in RETRIED
        return passing and not watch.streamed and (_retry_after(error) or 0) <= _PATIENCE

    retrying = AsyncRetrying(
        stop=stop_after_attempt(1 if retries_itself else attempts),
        retry=retry_if_exception(again),
        wait=_wait,
        reraise=True,
    )
    try:
        reply: object = await retrying(once)
    except GraphBubbleUp:
        raise  # an interrupt inside an explorer is no failure
    except Exception as error:  # noqa: BLE001  a branch never takes the run down
        found = failure_of(error, model.runnable)
        return Reply(None, found, _usage(model, spent, watch), watch.streamed)
    message = conversation_of(reply)
    spent.append({**tokens_of(getattr(message, "usage_metadata", None)), **_ONE_CALL})
    failure = _fault(model, reply, message, streamed=watch.streamed)
    return Reply(message, failure, _usage(model, spent, watch), watch.streamed)


def sampling(model: Model, settings: A2RContext, index: int) -> dict[str, Any]:
    """Return the settings of branch `index` as the model's own keywords."""
    chosen: dict[str, Any] = {"temperature": settings.temperature}
    if settings.temperature is None and _wants_temperature(model):
        chosen["temperature"] = DEFAULT_TEMPERATURE
    chosen["top_p"] = settings.top_p
    chosen[model.max_tokens_field()] = settings.max_tokens
    if settings.seed is not None and model.takes("seed"):
        chosen["seed"] = settings.seed + index
    return {name: value for name, value in chosen.items() if value is not None}


def _wants_temperature(model: Model) -> bool:
    """Whether nobody has set a temperature, and the model takes one."""
    chat = model.chat
    profile = getattr(chat, "profile", None) or {}
    return (
        chat is not None
        and model.says("temperature") is None
        and profile.get("temperature") is not False  # reasoning models refuse it
        and takes(chat, "temperature")
    )


async def _ready(
    model: Model, options: dict[str, Any], config: RunnableConfig, *, stream: bool
) -> tuple[Any, bool]:
    """Return what to invoke, and whether something below retries by itself."""
    chat = model.chat
    if chat is None:
        # Whoever calls models below may retry there: a graph, a chain, with_retry().
        return model.runnable, not isinstance(model.runnable, RunnableLambda)
    runnable: Any = model.runnable
    # None is a client's own default, which is seldom none.
    retries_itself = getattr(chat, "max_retries", 0) != 0
    if not stream and (chat.cache or (chat.cache is None and get_llm_cache())):
        # One cached answer n times would be a consensus of one.
        chat = chat.model_copy(update={"cache": False})
        runnable = _replace(runnable, chat)
    if hasattr(chat, "root_async_client"):
        retries_itself = False
        if not hasattr(chat, "count_prompt"):  # an endpoint of ours binds by itself
            runnable = _replace(runnable, await bind_to_loop(chat))
    if not stream and _would_stream(chat, config):
        # A consumer of `messages` switches each call to streaming: 20 times the CPU.
        options = {**options, "stream": False}
    return (runnable.bind(**options) if options else runnable), retries_itself


def _would_stream(chat: BaseChatModel, config: RunnableConfig) -> bool:
    """Whether LangChain would stream this call for a handler, and can be told not to."""
    callbacks: Any = config.get("callbacks")
    handlers = getattr(callbacks, "handlers", callbacks) or []
    return (
        getattr(chat, "streaming", None) is not True
        and any(_taps_streams(handler) for handler in handlers)
        and any(
            getattr(type(chat), name) is not getattr(BaseChatModel, name)
            for name in ("_stream", "_astream")
        )
        and takes(chat, "stream")
    )


def _taps_streams(handler: object) -> bool:
    """Whether LangChain streams for this handler: its mark for such is private."""
    return any("StreamingCallbackHandler" in cls.__name__ for cls in type(handler).__mro__)


def takes(chat: BaseChatModel, keyword: str) -> bool:
    """Whether a call of the model may have this keyword."""
    for name in ("_agenerate", "_generate"):
        method = getattr(type(chat), name)
        if method is not getattr(BaseChatModel, name):
            parameters = inspect.signature(method).parameters.values()
            return any(p.name == keyword or p.kind is p.VAR_KEYWORD for p in parameters)
    return True


def _replace(runnable: Any, chat: Any) -> Any:  # noqa: ANN401  any binding
    """Return `runnable` with its innermost model replaced."""
    if hasattr(runnable, "bound"):
        return runnable.model_copy(update={"bound": _replace(runnable.bound, chat)})
    return chat


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
    refused = failure_of(error)["kind"] in UNSPENT
    return {**(NOTHING if refused else UNKNOWN), **_ONE_CALL}


def _usage(model: Model, tries: list[Usage], watch: _Watch) -> Usage:
    """Add up the tries of a chat model, or what happened inside a graph."""
    retries = len(tries) - 1
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


def _wait(state: RetryCallState) -> float:
    """Return the seconds to wait: what the server asks for, else full jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = _retry_after(error)
    if asked is not None:
        return asked
    return wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT)(state)


def _retry_after(error: BaseException | None) -> float | None:
    """Return the seconds that the server asks for, if it does."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
