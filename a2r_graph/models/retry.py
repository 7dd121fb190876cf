"""One model call: its attempts, its failure, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackManager
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig, RunnableSequence
from langgraph.errors import GraphBubbleUp
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from a2r_graph.context import A2RContext
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
    context: object = None,
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
        context: What a graph is given for its own settings.
    """
    watch = _Watch()
    runnable, retries_itself = await _ready(model, options, stream=stream)
    given: Any = {"messages": messages} if model.is_graph else messages
    extra = {"context": context} if model.is_graph else {}
    if stream or model.chat is None:
        config = _watched(config, watch)
    spent: list[Usage] = []

    async def once() -> Any:  # noqa: ANN401  whatever a Runnable gives
        try:
            return await runnable.ainvoke(given, config, **extra)
        except GraphBubbleUp:
            raise
        except Exception as error:
            spent.append(_usage_of_failure(error))
            raise

    def again(error: BaseException) -> bool:
        return not watch.streamed and failure_of(error)["kind"] in RETRIED

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
    failure = None if message is not None else _no_message(model, reply)
    return Reply(message, failure, _usage(model, spent, watch), watch.streamed)


def sampling(model: Model, settings: A2RContext, index: int) -> dict[str, Any]:
    """Return the settings of branch `index` as the model's own keywords."""
    chosen: dict[str, Any] = {"temperature": settings.temperature}
    if settings.temperature is None and model.says("temperature") is None:
        chosen["temperature"] = DEFAULT_TEMPERATURE
    chosen["top_p"] = settings.top_p
    chosen[model.max_tokens_field()] = settings.max_tokens
    if settings.seed is not None and model.takes("seed"):
        chosen["seed"] = settings.seed + index
    return {name: value for name, value in chosen.items() if value is not None}


async def _ready(
    model: Model, options: dict[str, Any], *, stream: bool
) -> tuple[Any, bool]:
    """Return what to invoke, and whether a client below retries by itself."""
    chat = model.chat
    if chat is None:
        # Whoever calls models below may retry there: a graph, a chain, with_retry().
        inner = model.is_graph or hasattr(model.runnable, "max_attempt_number")
        return model.runnable, inner or isinstance(model.runnable, RunnableSequence)
    own_retries = bool(getattr(chat, "max_retries", 0))
    runnable: Any = model.runnable
    if hasattr(chat, "root_async_client"):
        from a2r_graph.models.clients import bind_to_loop  # noqa: PLC0415

        own_retries = False
        if not hasattr(chat, "count_prompt"):  # an endpoint of ours binds by itself
            runnable = _replace(runnable, await bind_to_loop(chat))  # type: ignore[arg-type]
    if not stream and _can_stream(chat) and getattr(chat, "streaming", None) is not True:
        # A consumer of `messages` would switch the call to streaming: 20 times the CPU.
        options = {**options, "stream": False}
    return (runnable.bind(**options) if options else runnable), own_retries


def _can_stream(chat: BaseChatModel) -> bool:
    return any(
        getattr(type(chat), name) is not getattr(BaseChatModel, name)
        for name in ("_stream", "_astream")
    )


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


def _no_message(model: Model, reply: object) -> Failure:
    what = f"{model.name} gave a {type(reply).__name__}, not a message"
    return {"kind": "bad_response", "message": what}


def _wait(state: RetryCallState) -> float:
    """Return the seconds to wait: what the server asks for, else full jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(asked.get("retry-after", "")))
    except ValueError:
        return wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT)(state)
