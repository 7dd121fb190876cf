"""One evaluation: from a task and models to a run on disk and its results."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from a2r_graph.background import run_in_background
from a2r_graph.context import A2RContext, Settings
from a2r_graph.evals.assemble import results_of
from a2r_graph.evals.budget import Meter, Progress, Role
from a2r_graph.evals.calls import Calls
from a2r_graph.evals.checker import Checker
from a2r_graph.evals.identity import digest
from a2r_graph.evals.prepare import (
    asked_of,
    calls_of,
    check_positive,
    names_of,
    plan_of,
    spec_of,
    verifier_of,
)
from a2r_graph.evals.prices import GpuHour, Price
from a2r_graph.evals.pricing import Pricing
from a2r_graph.evals.results import Results
from a2r_graph.evals.run import Schedule
from a2r_graph.evals.store import Asked, Store
from a2r_graph.evals.task import Task
from a2r_graph.evals.tasks import load_task
from a2r_graph.models.failures import redact
from a2r_graph.models.resolve import ModelLike
from a2r_graph.prompts import SYNTHESIS, Prompt

FOLDER = "a2r-evals"
"""Where runs are kept, below the working folder."""

STORE = "runs.sqlite"

_VERIFIERS = 2  # processes: a verdict takes milliseconds, a process seconds to start


async def aevaluate(  # noqa: PLR0913  keyword-only options
    task: Task | str,
    *,
    explorer: ModelLike | Sequence[ModelLike],
    synthesizer: ModelLike | Sequence[ModelLike] | None = None,
    monolith: ModelLike | None = None,
    n: int | Sequence[int] = 8,
    orders: int = 1,
    context: A2RContext | Settings | None = None,
    prompt: Prompt = SYNTHESIS,
    prices: Mapping[Role, Price | GpuHour] | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    concurrency: int = 32,
    verify_seconds: float = 10.0,
    retry_failed: bool = False,
    folder: str | Path = FOLDER,
    tag: str | None = None,
    command: str | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Results:
    """Sample each question once, and compare Pass@1, Cons@N, Pass@N and A2R on that.

    Every call is on disk as it arrives. The same evaluation again goes on where the last
    one ended, whatever ended it, and asks nothing twice; with another synthesizer, other
    `orders` or a larger `n` it takes the samples that are there. Anything that samples
    depend on makes new ones: questions, models, prompts, settings, `tag`. A server's
    address isn't among it.

    Args:
        task: A `Task`, or the name of one, as `load_task` takes it.
        explorer: As in `create_a2r`.
        synthesizer: As in `create_a2r`.
        monolith: One bigger model, asked each question once, with the synthesizer's
            temperature and `max_tokens`.
        n: Explorers. Several: A2R at each of them, on the first so many samples.
        orders: In how many orders the synthesizer reads the samples of the largest n.
        context: Settings of `A2RContext`, but those that leave samples out (`quorum`,
            `deadline`, `window`, `confidence`) or wait for a person (`review`). The
            task's own are the defaults.
        prompt: The synthesizer's, as in `create_a2r`.
        prices: By role; where there is none, hosted models are looked up by their names.
        max_tokens: Stop when the run, with all its starts, has used so many tokens. Calls
            that are on their way then are waited for.
        max_cost: Stop when it has cost so many dollars, likewise.
        concurrency: Calls at a time. Times are measured under this load.
        verify_seconds: How long a verifier may take over one answer.
        retry_failed: Ask again where a server, the network or a verifier failed.
        folder: Where runs are kept.
        tag: Part of what samples depend on: another tag, other samples. Needed where a
            graph or function can't be told from a changed one.
        command: What repeats this on a command line, for the report to show.
        on_progress: Called after each call, on the event loop.

    Returns:
        The results, by then; `finished` tells whether a limit ended it before.

    Raises:
        ValueError: An argument is wrong, or not one question could be counted.
        ImportError: A package that it takes isn't installed.
        OutageError: 16 calls in a row failed, or all of them.
        RuntimeError: Another process asks for the same samples, or the verifier can't be
            loaded.
    """
    task = load_task(task) if isinstance(task, str) else task
    plan = plan_of(n, orders, monolith=monolith is not None)
    check_positive(max_tokens=max_tokens, max_cost=max_cost, concurrency=concurrency)
    calls = calls_of(task, explorer, synthesizer, monolith, context, prompt, plan, tag)
    pricing = Pricing.of(names_of(calls), prices or {})
    pricing.check(max_cost)
    asked = asked_of(task)
    verifier = verifier_of(task)
    spec = spec_of(task, calls, plan, pricing, verifier, concurrency)
    spec["command"] = None if command is None else redact(command)
    run = digest(
        *(task.name, [one.key for one in asked], spec["keys"]),
        *(plan.ns, plan.orders, verifier),
    )[:8]
    path = Path(folder) / STORE
    with Store(path) as store, _alone(path, digest(calls.explorer_key, asked[0].key)):
        store.begin(run, datetime.now(UTC).isoformat(timespec="milliseconds"), spec, asked)
        async with Checker(
            task.verify, limit_s=verify_seconds, workers=_VERIFIERS
        ) as checker:
            meter = Meter(
                *(plan.totals(len(asked)), max_tokens, max_cost),
                *(pricing.dollars, pricing.rented, pricing.per_second),
                *(_rent_before(store, pricing, calls, asked), on_progress),
            )
            await Schedule(
                *(task, asked, calls, plan, store, meter, checker, verifier, run),
                retry_failed=retry_failed,
                concurrency=concurrency,
            ).run()
        return results_of(store, run, meter.stopped)


def _rent_before(store: Store, pricing: Pricing, calls: Calls, asked: list[Asked]) -> float:
    """Return what rented GPUs cost in the earlier starts of a run."""
    questions = [one.key for one in asked]
    rented: list[Any] = sorted(pricing.rented)
    return pricing.rent({r: store.spans(calls.key(r), questions) for r in rented})


def evaluate(task: Task | str, **options: Any) -> Results:
    """Do what `aevaluate` does, from synchronous code; a notebook's cell is one.

    Example:
        >>> import tempfile
        >>> from a2r_graph.evals import Question, Task, evaluate
        >>> from langchain_core.language_models import FakeListChatModel
        >>> def same(answer: str, question: Question) -> float:
        ...     return float(answer == question.answer)
        >>> task = Task("mine", [Question("1", "What is 6 x 7?", "42")], verify=same)
        >>> small = FakeListChatModel(responses=["Answer: 42", "Answer: 41", "Answer: 41"])
        >>> big = FakeListChatModel(responses=["Answer: 42"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     results = evaluate(
        ...         task, explorer=small, synthesizer=big, n=3, folder=folder
        ...     )
        >>> at = results.at[0]
        >>> at.cons.value, at.a2r.value, at.rescued
        (0.0, 1.0, 1)
    """

    async def once() -> AsyncIterator[Results]:
        yield await aevaluate(task, **options)

    (results,) = run_in_background(once)
    found: Results = results
    return found


def stored(run: str = "last", folder: str | Path = FOLDER) -> Results:
    """Return what a run on disk has found so far; nothing is asked.

    Args:
        run: Its id, the beginning of one, or `last`, the one started last.
        folder: Where runs are kept.

    Raises:
        ValueError: There is no such run, or not one of its questions is complete.

    Example:
        >>> from a2r_graph.evals import stored
        >>> stored("last", folder="nowhere")
        Traceback (most recent call last):
        ...
        ValueError: nowhere: no runs are kept there
    """
    path = Path(folder) / STORE
    if not path.exists():
        msg = f"{folder}: no runs are kept there"
        raise ValueError(msg)
    with Store(path, write=False) as store:
        return results_of(store, run)


def _alone(path: Path, key: str) -> AbstractContextManager[Any]:
    """Hold a lock on these samples in the `with` block.

    Raises:
        RuntimeError: Another process has it.
    """
    lock = FileLock(path.with_name(f"{key[:8]}.lock"))
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        msg = (
            f"another process is asking for the same samples in {path.parent}; wait for "
            "it, or name another folder"
        )
        raise RuntimeError(msg) from None
