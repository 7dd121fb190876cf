"""What `a2r doctor` looks at: each model of a run once, with what the run needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from a2r_graph.doctor.checkup import Subject, any_model, server
from a2r_graph.doctor.diagnosis import Finding, Load
from a2r_graph.models.failures import redact
from a2r_graph.models.prepare import sampling
from a2r_graph.models.vllm import ChatVLLM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from a2r_graph.context import A2RContext
    from a2r_graph.models.resolve import Model

_MOST_TOKENS = 64
"""Of each of our calls."""


@dataclass(frozen=True)
class Examined:
    """What was found with one model."""

    role: str
    """"explorer", "synthesizer" or "explorer and synthesizer"."""
    model: str
    url: str | None
    """Where vLLM serves it, without credentials; None for other models."""
    findings: tuple[Finding, ...]


def subjects(
    explorers: Sequence[Model],
    synthesizer: Model,
    settings: A2RContext,
    told_by: Mapping[str, str] = MappingProxyType({}),
) -> list[Subject]:
    """Return each model of both roles once, with what a run asks of it.

    Args:
        explorers: In the order in which branches are dealt them.
        synthesizer: Perhaps one of them.
        settings: The run's.
        told_by: A server's address -> which option names it.
    """
    places = range(max(settings.n, len(explorers)))  # one that is left over may step in
    dealt = [_key(explorers[place % len(explorers)]) for place in places]
    models = {_key(model): model for model in (*explorers, synthesizer)}
    limits = [limit for one in explorers if (limit := _answer(one, settings))]
    longest = max(limits) if len(limits) == len(explorers) else None
    found = []
    for key, model in models.items():
        reads = key == _key(synthesizer)
        told = settings.synthesizer_max_tokens or model.says(model.max_tokens_field())
        load = Load(
            explorers=dealt.count(key),
            max_tokens=_limit(model, settings),
            references=settings.n if reads else 0,
            reference=longest,
            answer=int(told) if told else None,
            reference_tokens=settings.reference_tokens,
        )
        roles = ["explorer"] if load.explorers else []
        roles += ["synthesizer"] if reads else []
        options = _options(model, settings, load)
        named = told_by.get(str(key[1]), "--base-url")
        found.append(Subject(model, " and ".join(roles), load, options, named))
    return found


async def examine(subject: Subject) -> Examined:
    """Ask one model, for at most two short replies, and say what was found."""
    model, url = subject.model, None
    if isinstance(model.chat, ChatVLLM):
        url = (await model.chat._address()).url  # noqa: SLF001  of a class of ours
        findings = await server(subject, model.chat)
    else:
        findings = await any_model(subject)
    # Also what a server says of itself may hold what it was told.
    clean = (Finding(f.level, f.check, redact(f.message, model.chat)) for f in findings)
    return Examined(subject.role, model.name, url, tuple(clean))


def _key(model: Model) -> tuple[str, Any]:
    return model.name, getattr(model.chat, "openai_api_base", None)


def _limit(model: Model, settings: A2RContext) -> int | None:
    told = settings.max_tokens or model.says(model.max_tokens_field())
    return int(told) if told else None


def _answer(model: Model, settings: A2RContext) -> int | None:
    """Return the most tokens that an explorer's answer may have beside its thought."""
    limit, thought = _limit(model, settings), model.says("thinking_token_budget")
    if limit is None or not isinstance(thought, int):
        return limit
    return max(1, limit - max(0, thought))


def _options(model: Model, settings: A2RContext, load: Load) -> dict[str, Any]:
    """Return the keywords that a run sends, so that one that is refused is found."""
    told = load.max_tokens if load.explorers else load.answer
    most = min(told or _MOST_TOKENS, _MOST_TOKENS)
    if load.explorers:
        return sampling(model, settings.model_copy(update={"max_tokens": most}), 0)
    options: dict[str, Any] = {model.max_tokens_field(): most}
    if settings.synthesizer_temperature is not None:
        options["temperature"] = settings.synthesizer_temperature
    return options
