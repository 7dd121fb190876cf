"""From what is recorded of a run to its results."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from a2r_graph.evals.advice import advise
from a2r_graph.evals.budget import ROLES
from a2r_graph.evals.diversity import diversity
from a2r_graph.evals.examples import examples
from a2r_graph.evals.metrics import (
    cons,
    cons_curve,
    pass_1,
    pass_at,
    rescued_broken,
)
from a2r_graph.evals.outcomes import counts
from a2r_graph.evals.plan import Plan
from a2r_graph.evals.pricing import Pricing
from a2r_graph.evals.recorded import COLUMNS, Reader, Recorded
from a2r_graph.evals.results import (
    NO_QUESTION,
    AtK,
    AtN,
    Failures,
    LeftOut,
    Monolith,
    Orders,
    Results,
    Spent,
)
from a2r_graph.evals.uncertainty import interval, paired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures: TypeAlias = NDArray[np.float64]

    from a2r_graph.evals.store import Store


def results_of(store: Store, run: str, stopped: str | None = None) -> Results:
    """Return what a run on disk has found so far.

    Args:
        store: Where it is.
        run: Its id, the beginning of it, or `last`.
        stopped: What ended the start that has just been, if anything did.

    Raises:
        ValueError: There is no such run, or not one question of it is complete.
    """
    found, created, spec = store.find(run)
    plan = Plan(tuple(spec["ns"]), spec["orders"], spec["monolith"] is not None)
    asked = store.asked(found)
    pricing = Pricing.from_plain(spec["prices"])
    reader = Reader(store, found, spec, plan, pricing.dollars)
    recorded = reader.read(asked)
    skipped = [LeftOut(row, f"{NO_QUESTION}: {why}") for row, why in spec["skipped"]]
    left_out = [*skipped, *recorded.left_out]
    if not recorded.questions:
        raise ValueError(_nothing(found, recorded, left_out, stopped))
    pricing.fill(recorded, COLUMNS.index("dollars"), COLUMNS.index("output_tokens"))
    results = Results(
        run=found,
        task=spec["task"],
        source=spec["source"],
        created=created,
        explorers=spec["explorers"],
        synthesizer=spec["synthesizer"],
        settings=spec["settings"],
        versions=spec["versions"],
        questions=len(recorded.questions),
        wanted=len(asked) + len(spec["skipped"]),
        at=[at_n(recorded, i) for i in range(len(plan.ns))],
        curve=_curve(recorded),
        diversity=_diversity(recorded),
        truncated=recorded.cut / recorded.answers.size,
        sample=mean_spent(recorded.spent["explorer"].reshape(-1, len(COLUMNS))),
        unread=recorded.unread / recorded.answers.size,
        unverified=sum(map(len, recorded.unverified.values())),
        orders=_orders(recorded),
        monolith=_monolith(recorded, spec["monolith"]),
        failures=_failures(recorded),
        left_out=left_out,
        examples=examples(store, recorded, spec["keys"]),
        finished=recorded.unfinished == 0,
        stopped=stopped,
        command=spec.get("command"),
    )
    return replace(results, advice=advise(results))


def _nothing(
    run: str, recorded: Recorded, left_out: list[LeftOut], stopped: str | None
) -> str:
    if left_out:
        first = f"{left_out[0].question}: {left_out[0].reason}"
        return (
            f"run {run}: none of its questions can be counted; {len(left_out)} are left "
            f"out, the first is {first}"
        )
    why = f"; stopped by {stopped}" if stopped else ""
    return f"run {run}: not one of its {recorded.unfinished} questions is complete yet{why}"


def at_n(recorded: Recorded, i: int) -> AtN:
    """Return everything at the i-th number of explorers."""
    n = recorded.plan.ns[i]
    answers, right = recorded.answers[:, :n], recorded.right[:, :n]
    voting = recorded.right_answers[:, :n]
    a2r, majority = recorded.synthesized[:, i], recorded.majority(n)
    gain, p_value = paired(a2r, majority)
    rescued, broken = rescued_broken(a2r, majority)
    return AtN(
        n=n,
        pass_1=interval(pass_1(right)),
        pass_n=interval(np.asarray(right.any(axis=1))),
        cons=interval(majority),
        a2r=interval(a2r),
        gain=gain,
        p_value=p_value,
        rescued=rescued,
        broken=broken,
        spent=_spent(recorded, n, i),
        failed_syntheses=int(recorded.no_synthesis[i]),
        cons_pooled=float(cons(_pooled(answers, voting), voting).mean()),
    )


def _pooled(answers: NDArray[np.int64], right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the answers' codes with all right ones as one."""
    return np.where(right, 0, np.where(answers < 0, -1, answers + 1))


def _curve(recorded: Recorded) -> list[AtK]:
    right = recorded.right
    voting, spellings = recorded.right_answers, recorded.spellings
    by_vote = cons_curve(recorded.answers, voting, spellings).mean(axis=0)
    return [
        AtK(k, float(pass_at(right, k).mean()), float(by_vote[k - 1]))
        for k in _ks(recorded.plan.ns[-1])
    ]


def _ks(n: int) -> list[int]:
    """Return 1 to n; of many, those that a curve needs."""
    every = range(1, n + 1)
    if n <= 64:  # noqa: PLR2004  more points than a page has room for
        return list(every)
    return sorted({round(k) for k in np.geomspace(1, n, 64)})


def _spent(recorded: Recorded, n: int, i: int) -> dict[str, Spent]:
    by_role = _by_role(recorded, n, i)
    return {role: mean_spent(figures) for role, figures in by_role.items()}


def _by_role(recorded: Recorded, n: int, i: int) -> dict[str, Figures]:
    """Return what each role spent on each question at the i-th number of explorers, n."""
    spent = recorded.spent
    samples = spent["explorer"][:, :n]
    explorer = samples.sum(axis=1)
    explorer[:, _SECONDS] = samples[:, :, _SECONDS].max(axis=1)  # all at once
    synthesizer = spent["synthesizer"][:, i]
    return {
        "explorer": explorer,
        "synthesizer": synthesizer,
        "total": explorer + synthesizer,
    }


_SECONDS = COLUMNS.index("seconds")


def mean_spent(figures: Figures) -> Spent:
    """Return the means of (Q, len(COLUMNS)) figures, over those that are known."""
    with warnings.catch_warnings():  # a column that nobody told is none, not an error
        warnings.simplefilter("ignore", RuntimeWarning)
        means = np.nanmean(figures, axis=0)
    told = {
        name: None if np.isnan(mean) else float(mean)
        for name, mean in zip(COLUMNS, means, strict=True)
    }
    known = int((~np.isnan(figures[:, :2]).any(axis=1)).sum())
    return Spent(**told, questions=known)  # type: ignore[arg-type]  # calls are always known


def _diversity(recorded: Recorded) -> Any:  # noqa: ANN401  as there
    if not recorded.texts:
        return None
    texts, answers = zip(*recorded.texts, strict=True)
    return diversity(list(texts), list(answers))


def _orders(recorded: Recorded) -> Orders | None:
    if recorded.plan.orders == 1:
        return None
    first = len(recorded.plan.ns) - 1  # the run's own order at the largest n
    by_order = recorded.synthesized[:, first:]
    unstable = by_order.any(axis=1) & ~by_order.all(axis=1)
    return Orders([float(x) for x in by_order.mean(axis=0)], float(unstable.mean()))


def _monolith(recorded: Recorded, model: str | None) -> Monolith | None:
    if model is None:
        return None
    last = len(recorded.plan.ns) - 1
    gain, p_value = paired(recorded.synthesized[:, last], recorded.whole)
    theirs = recorded.spent["monolith"][:, 0]
    total = _by_role(recorded, recorded.plan.ns[-1], last)["total"]
    return Monolith(
        model=model,
        accuracy=interval(recorded.whole),
        gain=gain,
        p_value=p_value,
        spent=mean_spent(theirs),
        cost_ratio=_ratio(total, theirs, ["dollars"]),
        token_ratio=_ratio(total, theirs, ["input_tokens", "output_tokens"]),
        seconds_ratio=_ratio(total, theirs, ["seconds"]),
    )


def _ratio(ours: Figures, theirs: Figures, names: list[str]) -> float | None:
    """Return a ratio of sums, over the questions of which both are known."""
    columns = [COLUMNS.index(name) for name in names]
    both = [figures[:, columns].sum(axis=1) for figures in (ours, theirs)]
    known = ~np.isnan(both[0] + both[1])
    whole, part = (float(figures[known].sum()) for figures in both)
    return whole / part if part else None


def _failures(recorded: Recorded) -> list[Failures]:
    return [
        Failures(role, kind, len(said), recorded.calls[role], said[0], counts(kind))
        for role in ROLES
        for (its, kind), said in sorted(recorded.failures.items())
        if its == role
    ] + [
        Failures(role, "unverified", len(said), recorded.calls[role], said[0], counted=True)
        for role, said in recorded.unverified.items()
        if said
    ]
