"""From arguments to what a run is: whom it asks, and what of it is kept."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import is_dataclass
from importlib.metadata import PackageNotFoundError, version
from types import FunctionType
from typing import Any

import cloudpickle

import a2r_graph
from a2r_graph.context import MAX_BRANCHES, A2RContext, Settings
from a2r_graph.evals.budget import ROLES, Role
from a2r_graph.evals.calls import Calls, Conversation
from a2r_graph.evals.identity import digest, named, without_address
from a2r_graph.evals.plan import MOST_ORDERS, Plan
from a2r_graph.evals.pricing import Pricing
from a2r_graph.evals.store import Asked
from a2r_graph.evals.task import Task
from a2r_graph.evals.verdicts import reads_replies
from a2r_graph.models.resolve import Model, resolve, roles
from a2r_graph.prompts import Prompt, check_key, check_prompt, refuse_asynchronous

_NOT_HERE = ("quorum", "deadline", "window", "confidence", "review")
_MADE_BY = ("reasoning-gym", "math-verify")


def plan_of(n: int | Sequence[int], orders: int, *, monolith: bool) -> Plan:
    """Return what to ask of each question.

    Raises:
        ValueError: `n` or `orders` is out of bounds.
    """
    given = list(n) if isinstance(n, (list, tuple, range)) else [n]
    ns: tuple[Any, ...] = tuple(given)
    if not ns:
        msg = "n: an empty sequence; give at least one number"
        raise ValueError(msg)
    for one in ns:
        if type(one) is not int or not 1 <= one <= MAX_BRANCHES:
            msg = f"n: {one!r} is not allowed: 1 to {MAX_BRANCHES}, or several such"
            raise ValueError(msg)
    ns = tuple(sorted(set(ns)))
    if not 1 <= orders <= MOST_ORDERS:
        msg = f"orders: {orders} is not allowed: 1 to {MOST_ORDERS}"
        raise ValueError(msg)
    return Plan(ns, orders, monolith)


def check_positive(**limits: float | None) -> None:
    """Refuse a limit that is set, and not above 0.

    Raises:
        ValueError: It names the argument.
    """
    for name, limit in limits.items():
        if limit is not None and limit <= 0:
            msg = f"{name}: {limit} is not allowed: give more than 0"
            raise ValueError(msg)


def asked_of(task: Task) -> list[Asked]:
    """Return the task's questions under their keys.

    Raises:
        ValueError: There is none, or two have one id.
    """
    if not task.questions:
        msg = f"questions: {task.name} has none; give at least one"
        raise ValueError(msg)
    ids = Counter(question.id for question in task.questions)
    (often, count), *_ = ids.most_common(1)
    if count > 1:
        msg = f"questions: {count} of {task.name} have the id {often!r}; give each its own"
        raise ValueError(msg)
    seen: Counter[str] = Counter()
    asked = []
    for question in task.questions:
        # The same text under two ids is two questions, each with samples of its own.
        key = _question_key(task.put(question), question.answer, 0)
        seen[key] += 1
        if again := seen[key] - 1:
            key = _question_key(task.put(question), question.answer, again)
        asked.append(Asked(key, question))
    return asked


def calls_of(  # noqa: PLR0913, PLR0917  the arguments of `aevaluate`
    task: Task,
    explorer: Any,  # noqa: ANN401  resolved here
    synthesizer: Any,  # noqa: ANN401  resolved here
    monolith: Any,  # noqa: ANN401  resolved here
    context: A2RContext | Settings | None,
    prompt: Prompt,
    plan: Plan,
    tag: str | None,
) -> Calls:
    """Return whom to ask, and how.

    Raises:
        ValueError: A setting, a model's name or the prompt is wrong.
        TypeError: A model is none, or the task's `answer_key` no function.
        ImportError: A model's package isn't installed.
    """
    own = context if isinstance(context, A2RContext) else A2RContext(**(context or {}))
    if refused := sorted(own.model_fields_set & {*_NOT_HERE, "n"}):
        msg = f"{refused[0]}: not in an evaluation's context: "
        msg += "give n=..." if refused[0] == "n" else "every sample is asked for, and kept"
        raise ValueError(msg)
    defaults = A2RContext().overlaid(A2RContext(**task.settings))
    settings = defaults.overlaid(own).overlaid(A2RContext(n=plan.ns[-1]))
    if settings.min_references > plan.ns[0]:
        msg = (
            f"min_references: {settings.min_references} is not allowed: at most the "
            f"smallest n, which is {plan.ns[0]}"
        )
        raise ValueError(msg)
    check_prompt(prompt)
    refuse_asynchronous(prompt=prompt, extract_answer=task.extract_answer)
    check_key(task.answer_key)
    explorers, chosen = roles(explorer, synthesizer)
    whole = None if monolith is None else resolve("monolith", monolith)[0]
    read, key = task.extract_answer, task.answer_key
    return Calls(explorers, chosen, whole, prompt, read, key, settings, tag)


def names_of(calls: Calls) -> dict[Role, list[str]]:
    """Return the models' names by role, without addresses."""
    models: tuple[Sequence[Model], ...] = (
        calls.explorers,
        (calls.synthesizer,),
        (calls.monolith,) if calls.monolith else (),
    )
    return {
        role: list(dict.fromkeys(without_address(model.name) for model in its))
        for role, its in zip(ROLES, models, strict=True)
    }


def spec_of(  # noqa: PLR0913, PLR0917  all that a run is
    task: Task,
    calls: Calls,
    plan: Plan,
    pricing: Pricing,
    verifier: str,
    concurrency: int,
) -> dict[str, Any]:
    """Return what is kept of a run beside its questions: plain data without secrets."""
    names = names_of(calls)
    settings = calls.settings.model_dump(exclude_defaults=True, exclude={"n"})
    return {
        "task": task.name,
        "source": task.source,
        "explorers": names["explorer"],
        "synthesizer": names["synthesizer"][0],
        "monolith": next(iter(names["monolith"]), None),
        "settings": {**settings, "concurrency": concurrency},
        "ns": plan.ns,
        "orders": plan.orders,
        "keys": {role: calls.key(role) for role in ROLES},
        "answer_key": named("answer_key", calls.answer_key, calls.tag),
        "verifier": verifier,
        "whole_replies": reads_replies(task.verify),
        "versions": _versions(),
        "skipped": [list(row) for row in task.skipped],
        "prices": pricing.plain(),
    }


def _versions() -> dict[str, str]:
    found = {"a2r-graph": a2r_graph.__version__, "python": platform.python_version()}
    for name in _MADE_BY:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def verifier_of(task: Task) -> str:
    """Return what tells this verifier from another: its code, and the libraries'."""
    verify = task.verify
    of_libraries = [version for name, version in _versions().items() if name in _MADE_BY]
    if is_dataclass(verify):
        told = f"{named('verify', type(verify), '')} {verify!r}"
    elif isinstance(verify, FunctionType) and not verify.__closure__:
        told = str(named("verify", verify, ""))
    else:
        told = cloudpickle.dumps(verify).hex()
    return digest(told, of_libraries)[:16]


def _question_key(conversation: Conversation, expected: str, again: int) -> str:
    """Return the key of a question as it is put, and of its right answer.

    Args:
        conversation: What is asked.
        expected: The right answer.
        again: How many questions before are the same.
    """
    return digest(list(map(list, conversation)), expected, again)
