"""The three calls of an evaluation: a sample, a synthesis of samples, a monolith's reply.

They are what the graph's nodes do, on the same code, without a graph around each: the
samples come from the store.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NotRequired, cast

from langchain_core.messages import (
    AnyMessage,
    convert_to_messages,
    messages_from_dict,
)
from langchain_core.runnables import RunnableConfig
from typing_extensions import TypedDict

from a2r_graph.background import in_thread
from a2r_graph.context import A2RContext
from a2r_graph.errors import SynthesisError
from a2r_graph.evals.budget import Role
from a2r_graph.evals.identity import digest, identity, named
from a2r_graph.models.prepare import sampling
from a2r_graph.models.resolve import Model
from a2r_graph.models.retry import Reply, ask
from a2r_graph.nodes.explorer import Explorer, context_below
from a2r_graph.nodes.outcome import Outcome
from a2r_graph.nodes.reduce import reduced
from a2r_graph.nodes.synthesis import stand_in, write_up
from a2r_graph.nodes.synthesizer import answered, options_of
from a2r_graph.prompts import Prompt
from a2r_graph.references import AnswerKey
from a2r_graph.state import Failure, Reference, Report, SynthesisKind, Usage
from a2r_graph.usage import NOTHING

Conversation = Sequence[tuple[str, str]]

_FORMAT = 2
"""Of samples, syntheses and replies: raised when a change of this package makes other ones
of the same settings, so that no run holds both."""

_OTHER_ORDERS = 1_000_000  # seeds that nobody sets


class Synthesis(TypedDict):
    """What came of one synthesis; what a `Reference` calls by the same name is that."""

    model: str
    status: Literal["ok", "failed"]
    error: Failure | None
    text: str
    answer: str | None
    synthesis: SynthesisKind
    finish_reason: str | None
    usage: Usage
    seconds: float
    prompt: NotRequired[str]
    """What the synthesizer read after the conversation."""


@dataclass(frozen=True)
class Calls:
    """Whom an evaluation asks, and how."""

    explorers: tuple[Model, ...]
    synthesizer: Model
    monolith: Model | None
    prompt: Prompt
    extract_answer: Callable[[str], object] | None
    answer_key: AnswerKey
    settings: A2RContext
    tag: str | None = None

    @cached_property
    def explorer_key(self) -> str:
        """What the samples depend on, beside the question."""
        names = ("temperature", "top_p", "max_tokens", "seed")
        return digest(
            "explorer",
            [identity("explorer", model, self.tag) for model in self.explorers],
            {name: getattr(self.settings, name) for name in names},
            named("extract_answer", self.extract_answer, self.tag),
            self.tag,
            _FORMAT,
        )

    @cached_property
    def synthesizer_key(self) -> str:
        """What the syntheses depend on: the samples', the vote, the synthesizer's settings.

        The samples don't depend on the vote: they are kept as they were read.
        """
        names = (
            *("synthesizer_temperature", "synthesizer_max_tokens", "reference_tokens"),
            *("near_duplicate", "per_answer", "order", "seed", "min_references"),
            *("skip_on_consensus", "fallback"),
        )
        return digest(
            "synthesizer",
            self.explorer_key,
            identity("synthesizer", self.synthesizer, self.tag),
            {name: getattr(self.settings, name) for name in names},
            named("prompt", self.prompt, self.tag),
            named("answer_key", self.answer_key, self.tag),
            # Where it isn't set, the syntheses of before hold.
            *(["keep_majority"] if self.settings.keep_majority else []),
        )

    @cached_property
    def monolith_key(self) -> str:
        """What the monolith's replies depend on."""
        names = ("synthesizer_temperature", "synthesizer_max_tokens")
        return digest(
            "monolith",
            None
            if self.monolith is None
            else identity("monolith", self.monolith, self.tag),
            {name: getattr(self.settings, name) for name in names},
            named("extract_answer", self.extract_answer, self.tag),
            self.tag,
            _FORMAT,
        )

    def key(self, role: Role) -> str:
        """Return what the calls of a role depend on, beside the question."""
        return {
            "explorer": self.explorer_key,
            "synthesizer": self.synthesizer_key,
            "monolith": self.monolith_key,
        }[role]

    async def ready(self) -> None:
        """Start what has to be started, before any clock runs."""
        models = [*self.explorers, self.synthesizer]
        for model in [*models, *([self.monolith] if self.monolith else [])]:
            if hasattr(model.chat, "ready"):
                await model.chat.ready()  # type: ignore[union-attr]  # an endpoint of ours

    async def sample(self, conversation: Conversation, index: int) -> Reference:
        """Ask the explorer of branch `index`."""
        model = self.explorers[index % len(self.explorers)]
        options = sampling(model, self.settings, index) if model.chat else {}
        return await self._asked("explorer", model, conversation, options, index)

    async def whole(self, conversation: Conversation) -> Reference:
        """Ask the monolith, with the synthesizer's settings: both have the last word."""
        model = self.monolith
        assert model is not None  # noqa: S101  nobody asks for one that isn't there
        options = options_of(model, self.settings) if model.chat else {}
        return await self._asked("monolith", model, conversation, options, 0)

    async def _asked(
        self,
        role: Role,
        model: Model,
        conversation: Conversation,
        options: dict[str, Any],
        index: int,
    ) -> Reference:
        messages: Any = convert_to_messages(conversation)
        reply, seconds = await self._ask(role, model, messages, options)
        explorer = Explorer((model,), self.extract_answer, self.settings)
        return explorer.record(index, model, reply, seconds)

    async def synthesis(
        self, conversation: Conversation, references: list[Reference], order: int
    ) -> Synthesis:
        """Synthesize these samples, whatever there is of them.

        Args:
            conversation: The question, as the explorers had it.
            references: The samples, in branch order.
            order: 0 is the run's own order; others are shuffled, each by its number.
        """
        settings = self.settings
        if order:
            shuffled = {"order": "shuffle", "seed": _OTHER_ORDERS + order}
            settings = settings.model_copy(update=shuffled)
        started = time.perf_counter()
        messages: Any = convert_to_messages(conversation)
        voted, shown = await in_thread(reduced, references, settings, self.answer_key)
        good = [r for r in references if r["status"] == "ok"]
        report: dict[str, Any] = {
            "references": voted.references,
            "votes": voted.votes,
            "majority": voted.majority,
        }
        model = self.synthesizer.dealt(order)
        if len(good) < settings.min_references:
            failure: Failure = {
                "kind": "empty",
                "message": f"{len(good)} samples to read, min_references is "
                f"{settings.min_references}",
            }
            return self._stood_in(model, "", failure, "model")
        if settings.skip_on_consensus and voted.votes == {voted.majority: len(good)}:
            text = str(stand_in(report, "skipped").content)
            return self._stood_in(model, text, None, "skipped")
        try:
            update = await write_up(
                report,
                messages,
                shown,
                settings=settings,
                synthesizer=self.synthesizer,
                prompt=self.prompt,
            )
        except SynthesisError as error:
            return self._stood_in(model, "", error.failure, "model")
        if "messages" in update:
            text = str(update["messages"][0].content)
            failed = update["messages"][0].response_metadata["a2r"]["error"]
            return self._stood_in(model, text, failed, "majority")
        prompt = messages_from_dict(update["prompt"])
        done = await self._synthesized(model, messages, prompt, report, settings)
        done["seconds"] = round(time.perf_counter() - started, 3)  # as its user waits
        return done

    async def _synthesized(
        self,
        model: Model,
        messages: list[AnyMessage],
        prompt: Sequence[Any],
        report: dict[str, Any],
        settings: A2RContext,
    ) -> Synthesis:
        """Ask the synthesizer."""
        options = options_of(model, settings) if model.chat else {}
        asked = [*messages, *prompt]
        reply, seconds = await self._ask("synthesizer", model, asked, options)
        message, failure = answered(reply)
        explorer = Explorer((model,), self.extract_answer, settings)
        record = explorer.record(0, model, reply, seconds)
        done: Synthesis = {
            "model": model.name,
            "status": record["status"],
            "error": record["error"] or failure,
            "text": record["text"],
            "answer": record["answer"],
            "synthesis": "model",
            "finish_reason": record["finish_reason"],
            "usage": record["usage"],
            "seconds": record["seconds"],
            "prompt": "\n\n".join(str(one.text) for one in prompt),
        }
        if message is None and settings.fallback == "majority":
            done["text"] = str(stand_in(report, "majority", failure).content)
            done |= {"answer": report["majority"], "synthesis": "majority"}
        elif message is not None and settings.keep_majority:
            outcome = Outcome(self.extract_answer, self.answer_key)
            message, about = outcome.of(cast("Report", report), message, settings)
            if about["synthesis"] == "kept":
                done |= {"answer": report["majority"], "synthesis": "kept"}
                done["text"] = str(message.content)
        return done

    def _stood_in(
        self,
        model: Model,
        text: str,
        failure: Failure | None,
        synthesis: SynthesisKind,
    ) -> Synthesis:
        """Return the record of a synthesis that asked nobody."""
        found = self.extract_answer(text) if text and self.extract_answer else None
        return {
            "model": model.name,
            "status": "failed" if failure else "ok",
            "error": failure,
            "text": text,
            "answer": None if found is None else str(found),
            "synthesis": synthesis,
            "finish_reason": None,
            "usage": NOTHING,
            "seconds": 0.0,
        }

    async def _ask(
        self, role: Role, model: Model, messages: list[Any], options: dict[str, Any]
    ) -> tuple[Reply, float]:
        config: RunnableConfig = {
            "tags": [f"a2r:{role}"],
            "metadata": {"a2r_role": role},
            "run_name": role,
        }
        started = time.perf_counter()
        reply = await ask(
            model,
            messages,
            config,
            attempts=self.settings.attempts,
            options=options,
            stream=False,
            extra=context_below(model, None) if model.is_graph else {},
        )
        return reply, time.perf_counter() - started
