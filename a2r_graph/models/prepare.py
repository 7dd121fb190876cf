"""From a model to what is invoked: one sample, one layer of retries, no cache."""

from __future__ import annotations

import inspect
from typing import Any

from langchain_core.globals import get_llm_cache
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig, RunnableLambda

from a2r_graph.context import A2RContext
from a2r_graph.models.clients import bind_to_loop
from a2r_graph.models.resolve import DEFAULT_TEMPERATURE, Model, with_innermost


def sampling(model: Model, settings: A2RContext, index: int) -> dict[str, Any]:
    """Return the settings of branch `index` as the model's own keywords."""
    chosen: dict[str, Any] = {"temperature": settings.temperature}
    if settings.temperature is None and _wants_temperature(model):
        chosen["temperature"] = DEFAULT_TEMPERATURE
    chosen["top_p"] = settings.top_p
    chosen[model.max_tokens_field()] = settings.max_tokens
    seed = model.says("seed") if settings.seed is None else settings.seed
    if seed is not None and model.takes("seed"):
        # One seed for all would be n times the same sample.
        chosen["seed"] = seed + index
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


async def prepare(
    model: Model, options: dict[str, Any], config: RunnableConfig, *, stream: bool
) -> Any:  # noqa: ANN401  a Runnable of any kind
    """Return what to invoke: without a cache, and without retries where that can be."""
    chat = model.chat
    if chat is None:
        return model.runnable
    runnable: Any = model.runnable
    if not stream and (chat.cache or (chat.cache is None and get_llm_cache())):
        # One cached answer n times would be a consensus of one.
        chat = chat.model_copy(update={"cache": False})
        runnable = with_innermost(runnable, chat)
    # An endpoint of ours binds by itself.
    if hasattr(chat, "root_async_client") and not hasattr(chat, "count_prompt"):
        runnable = with_innermost(runnable, await bind_to_loop(chat))
    if not stream and _would_stream(chat, config):
        # A consumer of `messages` switches each call to streaming: 20 times the CPU.
        options = {**options, "stream": False}
    return runnable.bind(**options) if options else runnable


def retries_itself(model: Model) -> bool:
    """Whether something below retries, and can't be told not to."""
    chat = model.chat
    if chat is None:
        # Whoever calls models below may do so: a graph, a chain, with_retry().
        return not isinstance(model.runnable, RunnableLambda)
    # None is a client's own default, which is seldom none.
    return not hasattr(chat, "root_async_client") and getattr(chat, "max_retries", 0) != 0


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
