"""From what is recorded of a run to its results."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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

    from a2r_graph.evals.store import Store

_MOST_LEFT_OUT = 1000


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
    reader = Reader(store, plan, spec["keys"], spec["verifier"], pricing.dollars)
    recorded = reader.read(asked)
    left_out = [*(LeftOut(*row) for row in spec["skipped"]), *recorded.left_out]
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
        orders=_orders(recorded),
        monolith=_monolith(recorded, spec["monolith"]),
        failures=_failures(recorded),
        left_out=left_out[:_MOST_LEFT_OUT],
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
    a2r, majority = recorded.synthesized[:, i], cons(answers, right)
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
    )


def _curve(recorded: Recorded) -> list[AtK]:
    answers, right = recorded.answers, recorded.right
    by_vote = cons_curve(answers, right).mean(axis=0)
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
    spent = recorded.spent
    samples = spent["explorer"][:, :n]
    explorer = samples.sum(axis=1)
    explorer[:, _SECONDS] = samples[:, :, _SECONDS].max(axis=1)  # all at once
    synthesizer = spent["synthesizer"][:, i]
    by_role = {
        "explorer": explorer,
        "synthesizer": synthesizer,
        "total": explorer + synthesizer,
    }
    return {role: mean_spent(figures) for role, figures in by_role.items()}


_SECONDS = COLUMNS.index("seconds")


def mean_spent(figures: NDArray[np.float64]) -> Spent:
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
    spent = mean_spent(recorded.spent["monolith"][:, 0])
    ours = _spent(recorded, recorded.plan.ns[-1], last)["total"]
    return Monolith(
        model=model,
        accuracy=interval(recorded.whole),
        gain=gain,
        p_value=p_value,
        spent=spent,
        cost_ratio=_ratio(ours.dollars, spent.dollars),
        token_ratio=_ratio(ours.tokens, spent.tokens),
        seconds_ratio=_ratio(ours.seconds, spent.seconds),
    )


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or not theirs else ours / theirs


def _failures(recorded: Recorded) -> list[Failures]:
    return [
        Failures(role, kind, len(said), recorded.calls[role], said[0], counts(kind))
        for role in ROLES
        for (its, kind), said in sorted(recorded.failures.items())
        if its == role
    ]
