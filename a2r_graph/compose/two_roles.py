"""What a chat model of two roles is, and what it tells of itself; not how it is asked."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

from a2r_graph.background import run_in_background
from a2r_graph.models.resolve import DEFAULT_TEMPERATURE, Model, roles
from a2r_graph.models.tokens import Tokens, tokens_for
from a2r_graph.prompts import SYNTHESIS
from a2r_graph.references import answer_key as _answer_key
from a2r_graph.references import extract_answer as _extract_answer


class TwoRoles(BaseChatModel):
    """The fields of `ChatA2R`; models stand there resolved, without what names may hold."""

    explorer: Any
    synthesizer: Any = None
    prompt: Any = SYNTHESIS
    extract_answer: Any = _extract_answer
    answer_key: Any = _answer_key
    settings: dict[str, Any] = Field(default_factory=dict)
    """The settings that were given; the others have their defaults."""
    stop: list[str] | None = None
    streaming: bool = False
    """Whether `invoke` streams too, for handlers that take tokens."""

    _mark: str = PrivateAttr(default_factory=lambda: str(uuid4()))

    @property
    def temperature(self) -> float:
        """The explorers' sampling temperature; an A2R around leaves it as it is."""
        told = self.settings.get("temperature")
        told = self.models()[0][0].says("temperature") if told is None else told
        return DEFAULT_TEMPERATURE if told is None else float(told)

    @property
    def max_tokens(self) -> int | None:
        """Most tokens of one explorer, if set."""
        return self.settings.get("max_tokens")

    def models(self) -> tuple[tuple[Model, ...], Model]:
        """Return the explorers and the synthesizer.

        Raises:
            ValueError: There are several synthesizers, and not replicas of one.
        """
        return roles(self.explorer, self.synthesizer)

    def get_num_tokens(self, text: str) -> int:
        """Return a text's tokens, as A2R counts: by the synthesizer, else an estimate."""

        async def count(tokens: Tokens) -> int:
            return sum(await tokens.texts([text]))

        return self._counted(count)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Return a prompt's tokens, as A2R counts: by the synthesizer, else an estimate."""

        async def count(tokens: Tokens) -> int:
            shown = [convert_to_openai_tool(tool) for tool in tools or ()]
            keywords = {**tokens.keywords, **({"tools": shown} if shown else {})}
            return await replace(tokens, keywords=keywords).prompt(messages)

        return self._counted(count)

    def _counted(self, count: Callable[[Tokens], Awaitable[int]]) -> int:
        async def counting() -> AsyncIterator[int]:
            synthesizer = self.models()[1]
            if hasattr(synthesizer.chat, "ready"):
                await synthesizer.chat.ready()  # type: ignore[union-attr]  # an endpoint
            yield await count(await tokens_for(synthesizer))

        (counted,) = run_in_background(counting)
        return int(counted)

    @property
    def told_name(self) -> str:
        """The name by which its calls are counted: of both roles' models."""
        explorers, synthesizer = self.models()
        names = dict.fromkeys(model.name for model in (*explorers, synthesizer))
        return f"a2r:{'+'.join(names)}"

    @property
    def _llm_type(self) -> str:
        return "a2r"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """What tells this model from others, for LangChain's cache of answers."""
        explorers, synthesizer = self.models()
        prompt, extract, key = (
            _opaque(given, self._mark) if callable(given) else given
            for given in (self.prompt, self.extract_answer, self.answer_key)
        )
        return {
            "explorer": [_identity(model, self._mark) for model in explorers],
            "synthesizer": _identity(synthesizer, self._mark),
            "prompt": prompt,
            "extract_answer": extract,
            "answer_key": key,
            "settings": {**self.settings, "stop": self.stop},
        }

    def _get_ls_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        stop = self.stop if stop is None else stop
        told = super()._get_ls_params(stop=stop, **kwargs)
        return {"ls_model_name": self.told_name, **told}

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show names and settings: models may show their keys."""
        explorers, synthesizer = self.models()
        yield "explorer", [model.name for model in explorers]
        yield "synthesizer", synthesizer.name
        yield from self.settings.items()


def _identity(model: Model, mark: str) -> dict[str, Any]:
    """Return what tells a model from others: a cached answer is another's else.

    Args:
        model: Any model.
        mark: Of whoever asks; stands for what can't be told by its fields.
    """
    if model.chat is None:
        return {"name": model.name, "is": _opaque(model.runnable, mark)}
    return {"class": str(type(model.chat)), **model.chat.asdict(), **model.keywords}


def _opaque(thing: object, mark: str) -> str:
    """Return what tells a function, or anything else of its kind, from others."""
    name = str(getattr(thing, "__qualname__", type(thing).__qualname__))
    module = str(getattr(thing, "__module__", ""))
    if getattr(sys.modules.get(module), name, None) is thing:
        return f"{module}.{name}"  # the same in every process
    return f"{module}.{name} {id(thing)} {mark}"
