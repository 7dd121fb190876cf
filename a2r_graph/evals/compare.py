"""Two runs side by side, on the questions that both have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from a2r_graph.evals.assemble import at_n
from a2r_graph.evals.plan import Plan
from a2r_graph.evals.pricing import Pricing
from a2r_graph.evals.recorded import COLUMNS, OWN_KEY, Reader, Recorded
from a2r_graph.evals.results import AtN, Interval
from a2r_graph.evals.uncertainty import Paired, paired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from a2r_graph.evals.store import Store


@dataclass(frozen=True)
class Side:
    """One of the two runs."""

    run: str
    task: str
    explorers: list[str]
    synthesizer: str
    complete: int
    """Questions that this run has, of which both have `Comparison.questions`."""
    at: AtN
    """Its figures at its largest n, on the questions that both have."""


@dataclass(frozen=True)
class Difference:
    """The second run minus the first, paired by question."""

    gain: Interval
    p_value: float
    """Two-sided exact McNemar test."""


@dataclass(frozen=True)
class Comparison:
    """Two runs on the questions that both have, each at its largest n."""

    first: Side
    second: Side
    questions: int
    a2r: Difference
    cons: Difference
    tokens: float | None
    """Tokens of a question in the second run minus those in the first, on average."""
    dollars: float | None
    seconds: float | None
    notes: list[str]
    """In what the runs differ, so that the figures may not mean the same."""


def compare(store: Store, first: str, second: str) -> Comparison:
    """Compare two runs of a folder, question by question.

    Questions are the same where they were put in the same words and have the same right
    answer; those that are left out of either run are left out.

    Args:
        store: Where the runs are.
        first: The id of one, the beginning of it, or `last`.
        second: The other's.

    Raises:
        ValueError: There is no such run, or no complete question is in both.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from a2r_graph.evals import Question, Task, evaluate
        >>> from a2r_graph.evals.compare import compare
        >>> from a2r_graph.evals.store import Store
        >>> from langchain_core.language_models import FakeListChatModel
        >>> def same(answer: str, question: Question) -> float:
        ...     return float(answer == question.answer)
        >>> task = Task("mine", [Question("1", "What is 6 x 7?", "42")], verify=same)
        >>> models = [FakeListChatModel(responses=[f"Answer: {x}"]) for x in (41, 42)]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     one, other = (
        ...         evaluate(task, explorer=m, n=1, tag=t, folder=folder).run
        ...         for m, t in zip(models, "ab")
        ...     )
        ...     with Store(Path(folder) / "runs.sqlite") as store:
        ...         compare(store, one, other).a2r.gain.value
        1.0
    """
    runs = [_Read(store, run) for run in (first, second)]
    rows = [{one.key: i for i, one in enumerate(run.recorded.questions)} for run in runs]
    shared = [key for key in rows[0] if key in rows[1]]
    if not shared:
        raise ValueError(_nothing(runs))
    for run, places in zip(runs, rows, strict=True):
        run.recorded = _only(run.recorded, [places[key] for key in shared])
    left, right = runs
    tokens, dollars, seconds = _means(right.spent() - left.spent())
    return Comparison(
        first=left.side(),
        second=right.side(),
        questions=len(shared),
        a2r=_difference(paired(right.a2r, left.a2r)),
        cons=_difference(paired(right.majority, left.majority)),
        tokens=tokens,
        dollars=dollars,
        seconds=seconds,
        notes=_notes(left, right, len(shared)),
    )


class _Read:
    """A run, read from disk."""

    def __init__(self, store: Store, run: str) -> None:
        self.run, _, self.spec = store.find(run)
        spec = self.spec
        plan = Plan(tuple(spec["ns"]), spec["orders"], spec["monolith"] is not None)
        pricing = Pricing.from_plain(spec["prices"])
        reader = Reader(store, self.run, spec, plan, pricing.dollars)
        self.recorded = reader.read(store.asked(self.run))
        self.complete = len(self.recorded.questions)
        self.n, self._last = plan.ns[-1], len(plan.ns) - 1
        if self.complete:
            column, tokens = COLUMNS.index("dollars"), COLUMNS.index("output_tokens")
            pricing.fill(self.recorded, column, tokens)

    def side(self) -> Side:
        spec = self.spec
        about = (spec["task"], spec["explorers"], spec["synthesizer"])
        return Side(self.run, *about, self.complete, at_n(self.recorded, self._last))

    @property
    def key(self) -> str:
        return str(self.spec.get("answer_key", OWN_KEY))

    @property
    def a2r(self) -> NDArray[np.bool_]:
        return self.recorded.synthesized[:, self._last]

    @property
    def majority(self) -> NDArray[np.bool_]:
        return self.recorded.majority(self.n)

    def spent(self) -> NDArray[np.float64]:
        """Return (Q, 3): tokens, dollars and seconds of each question."""
        samples = self.recorded.spent["explorer"]
        synthesis = self.recorded.spent["synthesizer"][:, self._last]
        both = samples.sum(axis=1) + synthesis
        place = COLUMNS.index
        slowest = samples[:, :, place("seconds")].max(axis=1)
        tokens = both[:, place("input_tokens")] + both[:, place("output_tokens")]
        seconds = slowest + synthesis[:, place("seconds")]
        return np.stack([tokens, both[:, place("dollars")], seconds], axis=1)


def _only(recorded: Recorded, rows: list[int]) -> Recorded:
    """Return these rows of what is recorded, in this order."""
    return replace(
        recorded,
        answers=recorded.answers[rows],
        spellings=recorded.spellings[rows],
        right=recorded.right[rows],
        synthesized=recorded.synthesized[rows],
        whole=recorded.whole[rows],
        spent={role: figures[rows] for role, figures in recorded.spent.items()},
        questions=[recorded.questions[row] for row in rows],
    )


def _difference(found: Paired) -> Difference:
    return Difference(found.gain, found.p_value)


def _means(differences: NDArray[np.float64]) -> list[float | None]:
    """Return the mean of each column over the questions where both runs tell it."""
    columns = [column[~np.isnan(column)] for column in differences.T]
    return [float(known.mean()) if known.size else None for known in columns]


def _nothing(runs: list[_Read]) -> str:
    for run in runs:
        if not run.complete:
            return (
                f"run {run.run}: not one of its questions is complete; nothing to compare"
            )
    tasks = " and ".join(f"{run.run} ({run.spec['task']})" for run in runs)
    return (
        f"{tasks} share no question: nothing to compare; take two runs of one task, with "
        "the same seed and the same prompt"
    )


def _notes(first: _Read, second: _Read, shared: int) -> list[str]:
    notes = [
        f"{run.complete - shared} of the {run.complete} questions of {run.run} are not in "
        "the other run, and aren't counted here."
        for run in (first, second)
        if run.complete > shared
    ]
    if first.n != second.n:
        notes.append(
            f"The runs differ in n: {first.run} is shown at n = {first.n}, {second.run} at "
            f"n = {second.n}."
        )
    if first.spec["verifier"] != second.spec["verifier"]:
        notes.append("Their answers were verified by different verifiers.")
    if first.key != second.key:
        notes.append("What counts as the same answer differs (answer_key).")
    return notes
