"""From what a caller names to a model that a role can ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableBinding
from langgraph.pregel.protocol import PregelProtocol
from pydantic_core import to_json

from a2r_graph.extras import install

if TYPE_CHECKING:
    from a2r_graph.models.structured import Format

Via: TypeAlias = Callable[[Runnable[Any, Any], list[BaseMessage]], Awaitable[BaseMessage]]
"""From a chat model (with a call's settings bound to it) and a prompt to its reply."""

ModelLike: TypeAlias = str | Runnable[Any, Any]
"""`provider:model`, a chat model, any Runnable on messages, or a compiled graph."""

DEFAULT_TEMPERATURE = 0.8
"""Of explorers where nobody says: samples must differ. Ours; the paper gives none."""

_MAX_TOKENS_FIELDS = ("max_tokens", "max_output_tokens", "num_predict")


@dataclass(frozen=True, eq=False)  # models need not be hashable
class Model:
    """One model in one role, and what may be done with it."""

    runnable: Runnable[Any, Any]
    name: str
    replicas: tuple[Model, ...] = ()
    """The same model at other addresses, in the order in which they are tried."""
    format: Format | None = None
    """What its replies have to fit, if anything."""
    via: Via | None = None
    """Who asks it in our stead: an agent, say, that binds its tools."""

    def dealt(self, number: int) -> Model:
        """Return the model or one of its replicas, in turn; the others follow it."""
        all_ = (self, *self.replicas)
        place = number % len(all_)
        return replace(all_[place], replicas=(*all_[place + 1 :], *all_[:place]))

    @property
    def chat(self) -> BaseChatModel | None:
        """The chat model itself, without what was bound to it, or none."""
        inner: Any = self.runnable
        while isinstance(inner, RunnableBinding):
            inner = inner.bound
        return inner if isinstance(inner, BaseChatModel) else None

    @property
    def is_graph(self) -> bool:
        """Whether it is a compiled graph, which takes a state and a context."""
        return isinstance(self.runnable, PregelProtocol)

    @property
    def keywords(self) -> dict[str, Any]:
        """What was bound to it: tools, say."""
        bound: dict[str, Any] = {}
        inner: Any = self.runnable
        while isinstance(inner, RunnableBinding):
            bound = {**inner.kwargs, **bound}  # the outer one wins
            inner = inner.bound
        return bound

    def says(self, setting: str) -> Any:  # noqa: ANN401  any setting's value
        """Return a sampling setting that the model or its binding has, or none."""
        bound = self.keywords.get(setting)
        if bound is not None:
            return bound
        value = getattr(self.chat, setting, None)
        if value is None:
            value = (getattr(self.chat, "model_kwargs", None) or {}).get(setting)
        return value

    def max_tokens_field(self) -> str:
        """Return the name under which its provider takes `max_tokens`."""
        fields = type(self.chat).model_fields if self.chat else {}
        return next((name for name in _MAX_TOKENS_FIELDS if name in fields), "max_tokens")

    def takes(self, setting: str) -> bool:
        """Whether the model has a field of this name."""
        return self.chat is not None and setting in type(self.chat).model_fields


def resolve(role: str, given: ModelLike | Sequence[ModelLike]) -> tuple[Model, ...]:
    """Return the models of a role, in the order in which branches are dealt them.

    Raises:
        ValueError: A name isn't `provider:model`, its provider is unknown, or there
            is no model at all.
        TypeError: What was given can't be asked.
        ImportError: The provider's package isn't installed.
    """
    several = given if isinstance(given, (list, tuple)) else [given]
    if not several:
        msg = f"{role}: an empty sequence; name at least one model"
        raise ValueError(msg)
    models = [_resolve_one(role, one) for one in several]
    return tuple(
        replace(model, replicas=_replicas(model, models[place:] + models[:place]))
        for place, model in enumerate(models)
    )


def roles(explorer: Any, synthesizer: Any) -> tuple[tuple[Model, ...], Model]:  # noqa: ANN401  checked in `resolve`
    """Return the explorers, and the synthesizer: without one, the first explorer.

    Raises:
        ValueError: As `resolve`; or there are several synthesizers, not replicas of one.
        TypeError: As `resolve`.
        ImportError: As `resolve`.
    """
    explorers = resolve("explorer", explorer)
    if synthesizer is None:
        return explorers, explorers[0]
    chosen, *others = resolve("synthesizer", synthesizer)
    if len(others) != len(chosen.replicas):
        msg = f"synthesizer: {1 + len(others)} models; give one, or replicas of one"
        raise ValueError(msg)
    return explorers, chosen


def _replicas(model: Model, others: Sequence[Model]) -> tuple[Model, ...]:
    """Return those of `others` that are the same model at another address."""
    address = getattr(model.chat, "openai_api_base", None)
    if address is None:
        return ()
    alike = {
        other.chat.openai_api_base: other  # type: ignore[union-attr]  # of its class
        for other in reversed(others)
        if type(other.chat) is type(model.chat)
        and getattr(other.chat, "model_name", "") == getattr(model.chat, "model_name", None)
    }
    alike.pop(address, None)
    return tuple(reversed(alike.values()))


def _resolve_one(role: str, given: Any) -> Model:  # noqa: ANN401  checked here
    if isinstance(given, str):
        model = _from_name(role, given)
        # A name may hold an address, and that a password.
        name = f"vllm:{_name_of(model)}" if given.startswith("vllm:") else given
        return Model(model, name)
    if isinstance(given, Runnable):
        return Model(given, _name_of(given))
    msg = (
        f"{role}: {given!r} is not a model; give 'provider:model', a chat model, "
        "a Runnable or a compiled graph"
    )
    raise TypeError(msg)


def _name_of(runnable: Runnable[Any, Any]) -> str:
    chat = Model(runnable, "").chat
    for field in ("model_name", "model"):
        name = getattr(chat, field, None)
        if isinstance(name, str) and name:
            return name
    return str(runnable.get_name())


def _from_name(role: str, name: str) -> Runnable[Any, Any]:
    provider, colon, model = name.partition(":")
    if not colon or not provider or (not model and provider != "local"):
        msg = (
            f"{role}: {name!r} is not provider:model, "
            "as in 'vllm:Qwen/Qwen3-4B', 'local:' or 'openai:gpt-4o-mini'"
        )
        raise ValueError(msg)
    make = _OURS.get(provider)
    return make(model) if make else _from_langchain(role, name, provider)


def _local(model: str) -> BaseChatModel:
    from a2r_graph.models.local import ChatLocal  # noqa: PLC0415  heavy

    return ChatLocal(model or None)


def _vllm(model: str) -> BaseChatModel:
    from a2r_graph.models.vllm import ChatVLLM  # noqa: PLC0415  heavy

    # A model's name may hold an @, an address always has a scheme.
    name, at, url = model.partition("@http")
    return ChatVLLM(model=name, **({"base_url": f"http{url}"} if at else {}))


_OURS: Mapping[str, Callable[[str], BaseChatModel]] = {"local": _local, "vllm": _vllm}


def _from_langchain(role: str, name: str, provider: str) -> Runnable[Any, Any]:
    try:
        from langchain.chat_models import init_chat_model  # noqa: PLC0415  an extra
    except ImportError:
        msg = (
            f"{role}: {name!r}: only {_known()} come with this package; for other "
            f"providers: {install('langchain')}"
        )
        raise ImportError(msg) from None
    try:
        model = init_chat_model(name)
    except ValueError as error:
        if "Unsupported provider" not in str(error) and "infer" not in str(error):
            raise
        msg = (
            f"{role}: {name!r}: unknown provider {provider!r}; known are {_known()} "
            "and those of LangChain's init_chat_model"
        )
        raise ValueError(msg) from None
    if "max_retries" in type(model).model_fields:
        # Retries are made in one layer, ours.
        model = init_chat_model(name, max_retries=0)
    return model


def _known() -> str:
    return ", ".join(f"{provider!r}" for provider in _OURS)


def with_innermost(runnable: Any, made: Any) -> Any:  # noqa: ANN401  any binding
    """Return `runnable` with `made` in place of the model under its bindings."""
    if isinstance(runnable, RunnableBinding):
        return runnable.model_copy(update={"bound": with_innermost(runnable.bound, made)})
    return made


def conversation_of(reply: Any) -> BaseMessage | str | None:  # noqa: ANN401  any Runnable
    """Return the message, or the text, in whatever a Runnable gave."""
    if isinstance(reply, Mapping):
        filled = reply.get("structured_response")  # its last message may be a tool's
        if filled is not None:
            return to_json(filled, fallback=str).decode()
        reply = reply.get("messages")
    if isinstance(reply, (list, tuple)):
        reply = reply[-1] if reply else None
    return reply if isinstance(reply, (str, BaseMessage)) else None
