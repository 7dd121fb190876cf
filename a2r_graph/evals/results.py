"""What an evaluation found: plain, typed, and the same in every report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

NO_QUESTION = "no question"
"""How the reason begins that a row of a file was left out for."""


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval, by a bootstrap over questions."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Spent:
    """What one role spent on a question, on average. `None` is unknown, never zero."""

    input_tokens: float | None
    output_tokens: float | None
    """With those of the thoughts."""
    reasoning_tokens: float | None
    cached_tokens: float | None
    """Those of `input_tokens` that the server had in its cache."""
    calls: float
    """Requests sent."""
    retries: float
    seconds: float | None
    """Wall-clock: of the slowest explorer, of the synthesizer, of both one after the
    other; under the load of the evaluation itself."""
    dollars: float | None = None
    questions: int = 0
    """How many questions these means are of: those whose tokens were told."""

    @property
    def tokens(self) -> float | None:
        """Input and output together."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class AtN:
    """Everything on the first `n` samples of each question, the very same for each line.

    Shares of questions, 0 to 1.
    """

    n: int
    pass_1: Interval
    """Mean share of right samples."""
    pass_n: Interval
    """One of the samples right."""
    cons: Interval
    """The majority of the samples right (self-consistency, Cons@N), as `create_a2r`
    votes: by the task's `answer_key`. Of an answer in several spellings the one that the
    vote shows is judged."""
    a2r: Interval
    """The synthesizer right, having read these samples."""
    gain: Interval
    """`a2r` minus `cons`, paired by question."""
    p_value: float
    """Two-sided exact McNemar test of A2R against Cons@N; 1.0 where they never differ."""
    rescued: int
    """Questions where A2R is right and the majority wrong."""
    broken: int
    """Questions where A2R is wrong and the majority right."""
    spent: dict[str, Spent]
    """By role: `explorer` (all n together), `synthesizer`, `total`."""
    failed_syntheses: int = 0
    """Questions without an answer of the synthesizer (cut off, empty, no room): counted
    as wrong, or as the majority under `fallback="majority"`."""
    cons_pooled: float | None = None
    """`cons` if all right answers were one: what those that `answer_key` keeps apart may
    cost the vote, at most."""


@dataclass(frozen=True)
class AtK:
    """What k samples would give, on average over all subsets of the samples there are."""

    k: int
    pass_k: float
    """One of k right: the unbiased estimator of Chen et al. 2021 (arXiv 2107.03374)."""
    cons_k: float
    """The majority of k right."""


@dataclass(frozen=True)
class Monolith:
    """One bigger model, asked once per question."""

    model: str
    accuracy: Interval
    gain: Interval
    """A2R at the largest n, minus this; paired by question."""
    p_value: float
    """Two-sided exact McNemar test of A2R against it."""
    spent: Spent
    cost_ratio: float | None
    """Dollars of A2R at the largest n, as a share of this model's."""
    token_ratio: float | None
    """Tokens of A2R at the largest n, as a multiple of this model's."""
    seconds_ratio: float | None
    """Seconds of A2R at the largest n, as a multiple of this model's."""


@dataclass(frozen=True)
class Diversity:
    """How much the explorers of one question differ; means over questions."""

    distinct_answers: float
    """Different final answers among the samples."""
    similarity: float
    """Mean pairwise similarity of the texts, 0 to 1, as near-duplicates are told."""
    effective_samples: float
    """n / (1 + (n - 1) x similarity): n where all differ, 1 where all are the same. Kish's
    design effect, with the similarity for the correlation."""
    questions: int
    """How many of the questions this was computed on."""


@dataclass(frozen=True)
class Orders:
    """A2R at the largest n, with the same references in other orders."""

    accuracies: list[float]
    """One per order; the first is the run's own."""
    unstable: float
    """Share of questions whose answer is right in one order and wrong in another; at a
    temperature above 0, by the chance of sampling too."""


@dataclass(frozen=True)
class Failures:
    """Calls of one role that came to nothing, by kind (see the report of `create_a2r`).

    A kind of the evaluation's own is "unverified": the verifier raised, hung or died on
    the answer, which counts as not right.
    """

    role: Literal["explorer", "synthesizer", "monolith"]
    kind: str
    count: int
    calls: int
    """Of how many."""
    message: str
    """One of them, in words."""
    counted: bool
    """True: the model's own failing, counted as wrong. False: the server's or the
    network's; its question is left out, until `--retry-failed`."""


@dataclass(frozen=True)
class LeftOut:
    """A question that no figure counts, and why."""

    question: str
    """Its id."""
    reason: str


@dataclass(frozen=True)
class Sample:
    """One explorer's answer to a question, as an example shows it."""

    index: int
    model: str
    answer: str | None
    text: str
    right: bool
    error: str | None
    """Kind and message, for one that failed."""


@dataclass(frozen=True)
class Example:
    """A question where A2R and the majority part ways, to be read."""

    kind: Literal["rescued", "broken"]
    id: str
    question: str
    expected: str
    votes: dict[str, int]
    majority: str | None
    samples: list[Sample]
    prompt: str
    """What the synthesizer read after the conversation."""
    text: str
    """What it wrote."""
    answer: str | None
    """The final answer in it."""


@dataclass(frozen=True, repr=False)
class Results:
    """What a run found.

    `dataclasses.asdict` of it is JSON; `rows()` is what `pandas.DataFrame` takes.
    """

    run: str
    """The run's id."""
    task: str
    source: str
    """Where the questions come from."""
    created: str
    """When the run began, ISO 8601, UTC."""
    explorers: list[str]
    synthesizer: str
    settings: dict[str, Any]
    """Every setting that isn't A2R's default, and `concurrency`."""
    versions: dict[str, str]
    """Of a2r-graph and Python, and of what made or verified the questions."""
    questions: int
    """How many the figures count."""
    wanted: int
    """How many there are in the task."""
    at: list[AtN]
    """By n, smallest first."""
    curve: list[AtK]
    """k from 1 to the largest n."""
    diversity: Diversity | None
    truncated: float | None
    """Share of samples that were cut off by `max_tokens`."""
    sample: Spent | None = None
    """What one sample alone spends: Pass@1's share. Seconds are its own."""
    unread: float | None = None
    """Share of samples that succeeded, and in which no final answer could be read."""
    unverified: int = 0
    """Replies of every role on which the verifier raised, hung or died. They count as not
    right, though nobody knows; `failures` has them by role, as "unverified"."""
    orders: Orders | None = None
    monolith: Monolith | None = None
    failures: list[Failures] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    """At most 50 of each kind; `AtN.rescued` and `AtN.broken` count all."""
    advice: list[str] = field(default_factory=list)
    """What to change, in sentences; the first says whether A2R beat the vote."""
    finished: bool = True
    """Whether every call was made; else the same command goes on."""
    stopped: str | None = None
    """What ended it before: a limit of tokens or dollars."""
    command: str | None = None
    """What repeats it on a command line, where that is known."""

    def __repr__(self) -> str:
        """Show the verdict; everything would fill screens."""
        verdict = f": {self.advice[0]}" if self.advice else ""
        return f"<Results of run {self.run}, {self.task}{verdict}>"

    def rows(self) -> list[dict[str, Any]]:
        """Return one flat row per n, for a table or `pandas.DataFrame`."""
        return [_row(self, at) for at in self.at]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)


def _row(results: Results, at: AtN) -> dict[str, Any]:
    row: dict[str, Any] = {"run": results.run, "task": results.task, "n": at.n}
    row["questions"] = results.questions
    for name in ("pass_1", "pass_n", "cons", "a2r", "gain"):
        interval: Interval = getattr(at, name)
        row |= {
            name: interval.value,
            f"{name}_low": interval.low,
            f"{name}_high": interval.high,
        }
    for name in ("p_value", "rescued", "broken", "failed_syntheses", "cons_pooled"):
        row[name] = getattr(at, name)
    for role, spent in at.spent.items():
        row |= {f"{role}_{name}": value for name, value in asdict(spent).items()}
    return row
