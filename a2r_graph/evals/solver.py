"""A2R in Inspect AI: a solver, a model, and the vote on the same samples beside them.

`a2r_solver` is what tasks of one's own take. `--model a2r/vllm:Qwen/Qwen3-4B` is the same
for tasks that bring their own solver: A2R answers each of its calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Unpack

from a2r_graph.context import A2RContext, Settings
from a2r_graph.evals.identity import without_address
from a2r_graph.graph import create_a2r
from a2r_graph.models.resolve import ModelLike, resolve

try:
    from inspect_ai.model import Model, ModelOutput, get_model, model_roles
    from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer, stderr
    from inspect_ai.solver import Generate, Solver, TaskState, solver
except ImportError:
    _MSG = 'A2R in Inspect AI needs it: pip install "inspect_ai>=0.3.285"'
    raise ImportError(_MSG) from None

from a2r_graph.evals.chat_inspect import ChatInspect, raise_exceeded
from a2r_graph.evals.inspect_model import refuse, run


def a2r_solver(
    explorer: ModelLike | Sequence[ModelLike] | None = None,
    synthesizer: ModelLike | Sequence[ModelLike] | None = None,
    **settings: Unpack[Settings],
) -> Solver:
    """Answer each sample by A2R.

    Without models it takes those of the evaluation: the roles `explorer` (one or several)
    and `synthesizer`, as `--model-role` sets them, or else the task's model. Inspect then
    logs every call, counts its tokens, keeps its limits, and sets the sampling; so a
    `--seed` would make all samples the same: set `seed` here instead. Inspect's cache is
    never asked, which would give one sample n times.

    With models named here, one run of A2R is one call in Inspect's log, to the model
    `a2r/...`, with the tokens of all its calls; where a server doesn't tell them, none.

    The answer is the sample's output. The report is `state.output.metadata["a2r"]`; without
    its references it is `state.metadata["a2r"]`, too. A run that fails raises, so that
    `--fail-on-error` and `--retry-on-error` hold.

    On the command line it is `--solver a2r_graph/a2r -S n=16`.

    Args:
        explorer: As in `create_a2r`. None: of the evaluation.
        synthesizer: As in `create_a2r`. None: the first explorer, or of the evaluation.
        **settings: Any field of `A2RContext`: `n`, 8 unless set, and the rest.

    Raises:
        ValueError: A setting or a model's name is wrong, there is a synthesizer but no
            explorer, or, in a run, the task has tools.
        TypeError: A model is none.

    Example:
        >>> from inspect_ai import Task
        >>> from inspect_ai.dataset import Sample
        >>> from inspect_ai.scorer import match
        >>> from langchain_core.language_models import FakeListChatModel
        >>> from a2r_graph.evals.solver import a2r_solver, cons
        >>> small = FakeListChatModel(responses=["Answer: 42", "Answer: 41"])
        >>> task = Task(
        ...     dataset=[Sample("What is 6 x 7?", target="42")],
        ...     solver=a2r_solver(small, n=4),
        ...     scorer=[match(), cons(match())],
        ... )
    """
    given = {"explorer": explorer, "synthesizer": synthesizer}
    shown = {role: _shown(role, models) for role, models in given.items() if models}
    return _a2r(**shown, **settings)


@dataclass(frozen=True)
class _Shown:
    """Models of a role, which the log shows by their names: their fields may hold keys."""

    models: Any = field(repr=False)
    name: str


def _shown(role: str, models: Any) -> _Shown:  # noqa: ANN401  checked in `resolve`
    if isinstance(models, _Shown):
        return models
    names = dict.fromkeys(without_address(model.name) for model in resolve(role, models))
    return _Shown(models, "+".join(names))


@solver(name="a2r")
def _a2r(
    explorer: Any = None,  # noqa: ANN401  names on the command line, or _Shown
    synthesizer: Any = None,  # noqa: ANN401  the same
    **settings: Any,
) -> Solver:
    if explorer is not None:
        explorer = _shown("explorer", explorer)
        if synthesizer is not None:
            settings["synthesizer"] = _shown("synthesizer", synthesizer).models
        name = f"a2r/{explorer.name}"
        return _as_one(get_model(name, memoize=False, explorer=explorer.models, **settings))
    if synthesizer is not None:
        msg = (
            "synthesizer: given without an explorer; give both, or neither, and set the "
            "model roles explorer and synthesizer"
        )
        raise ValueError(msg)
    A2RContext().overlaid(A2RContext(**settings))  # what is wrong fails before the samples
    return _by_roles(settings)


def _as_one(model: Model) -> Solver:
    """Return a solver for which a run of A2R is one call."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate
        # Inspect's cache doesn't know A2R's settings.
        output = await model.generate(state.messages, state.tools, cache=False)
        return _answered(state, output)

    return solve


def _by_roles(settings: dict[str, Any]) -> Solver:
    """Return a solver that asks the evaluation's own models."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate
        refuse(state.tools)
        several = model_roles().get("explorer") or get_model(role="explorer")
        explorers = several if isinstance(several, list) else [several]
        chats = [ChatInspect.of(model) for model in explorers]
        chats.append(ChatInspect.of(get_model(role="synthesizer")))
        a2r = create_a2r(chats[:-1], chats[-1], **settings)
        try:
            output = await run(a2r, str(state.model), state.messages, {})
        finally:
            raise_exceeded(chats)
        return _answered(state, output)

    return solve


@scorer(metrics=[accuracy(), stderr()])
def cons(by: Scorer) -> Scorer:
    """Score the majority of the same samples by a scorer of one's own: Cons@N.

    What is scored is the text of the first explorer that gave the majority's answer; an
    empty text, where no answer could be read in any.

    Args:
        by: Reads `state.output`, as most scorers do.

    Example:
        >>> from inspect_ai.scorer import match
        >>> from a2r_graph.evals.solver import cons
        >>> scorers = [match(), cons(match())]
    """

    async def score(state: TaskState, target: Target) -> Score | None:
        report = (state.output.metadata or {})["a2r"]
        majority = report["majority"]
        voters = (
            reference["text"]
            for reference in report["references"]
            if reference["status"] == "ok" and reference["answer"] == majority is not None
        )
        voted = copy(state)
        voted.output = ModelOutput.from_content(state.output.model, next(voters, ""))
        return await by(voted, target)

    return score


def _answered(state: TaskState, output: ModelOutput) -> TaskState:
    state.output = output
    state.messages.append(output.message)
    report = (output.metadata or {})["a2r"]
    # The references are in the output already; here they would fill every table.
    state.metadata["a2r"] = {k: v for k, v in report.items() if k != "references"}
    return state
