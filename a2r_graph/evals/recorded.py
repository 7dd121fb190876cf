"""From the calls on disk to arrays: one row a question, one column a sample."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2r_graph.evals.budget import Dollars, Role
from a2r_graph.evals.classes import class_codes
from a2r_graph.evals.identity import named
from a2r_graph.evals.metrics import cons
from a2r_graph.evals.outcomes import counts, kind_of
from a2r_graph.evals.plan import Plan, synthesis_place
from a2r_graph.evals.results import LeftOut
from a2r_graph.evals.store import Asked, Store, Verdict
from a2r_graph.evals.verdicts import Said, check_verifier, unknown
from a2r_graph.references import answer_key
from a2r_graph.references.extract import CUT_OFF

OWN_KEY = str(named("answer_key", answer_key, None))
"""By this name runs tell that they counted answers by the package's own key."""

RIGHT = 1 - 1e-9
"""The score from which an answer is right; partial credit isn't."""

_READ = 500  # questions whose texts are compared with each other
_FIGURES = ("input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens")
COLUMNS = (*_FIGURES, "calls", "retries", "seconds", "dollars")
"""What a call spent, in this order; NaN is unknown."""


@dataclass
class Recorded:
    """The complete questions of a run: those that every figure counts."""

    plan: Plan
    answers: NDArray[np.int64]
    """(Q, N): the samples' final answers, as codes within a question; -1 is none."""
    spellings: NDArray[np.int64]
    """(Q, N): the same, with a code for each spelling."""
    right: NDArray[np.bool_]
    """(Q, N): whether a sample's answer is right."""
    synthesized: NDArray[np.bool_]
    """(Q, number of syntheses): whether a synthesis is right."""
    whole: NDArray[np.bool_]
    """(Q,): whether the monolith is right."""
    spent: dict[Role, NDArray[np.float64]]
    """(Q, calls of the role, len(COLUMNS))."""
    questions: list[Asked]
    cut: int = 0
    """Samples that `max_tokens` cut off."""
    unread: int = 0
    """Samples that succeeded without a final answer."""
    unverified: dict[Role, list[str]] = field(default_factory=dict)
    """Why there is no verdict, for each reply that counts and has none."""
    no_synthesis: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """By synthesis: how many gave no answer of the synthesizer's own."""
    left_out: list[LeftOut] = field(default_factory=list)
    unfinished: int = 0
    """Questions that calls are missing of."""
    failures: dict[tuple[Role, str], list[str]] = field(default_factory=dict)
    """By role and kind: a message for each call that came to nothing."""
    calls: dict[Role, int] = field(default_factory=dict)
    busy: dict[Role, list[tuple[float, float]]] = field(default_factory=dict)
    """Beginning and end of each call, in seconds since 1970."""
    tokens: dict[Role, int] = field(default_factory=dict)
    """Output tokens of all calls of a role, as far as told."""
    texts: list[tuple[list[str | None], list[int]]] = field(default_factory=list)
    """Of some questions: the samples' texts, and the codes of their final answers."""

    @property
    def right_answers(self) -> NDArray[np.bool_]:
        """(Q, N): as `right`, of samples that vote: a reply without an answer doesn't."""
        return self.right & (self.answers >= 0)

    def majority(self, n: int) -> NDArray[np.bool_]:
        """Return (Q,): whether the majority of the first n samples is right."""
        right = self.right_answers[:, :n]
        return cons(self.answers[:, :n], right, self.spellings[:, :n])


class Reader:
    """Reads the calls of a run, question by question."""

    def __init__(
        self,
        store: Store,
        run: str,
        spec: Mapping[str, Any],
        plan: Plan,
        dollars: Dollars,
    ) -> None:
        """Read from `store` what a run of this `spec` has."""
        self._store, self._plan, self._dollars = store, plan, dollars
        self._keys: Mapping[Role, str] = spec["keys"]
        self._verifier: str = spec["verifier"]
        self._whole: bool = spec.get("whole_replies", False)  # not of older runs
        self._classes = store.classes(run)
        self._own_key = spec.get("answer_key", OWN_KEY) == OWN_KEY

    def read(self, asked: list[Asked]) -> Recorded:
        """Return what is there of these questions.

        Raises:
            ValueError: The verifier failed on whatever it was given.
        """
        verdicts = self._store.verdicts(self._verifier, (one.key for one in asked))
        check_verifier(verdicts)
        rows: list[_Row] = []
        recorded = _empty(self._plan)
        chosen = random.Random(0).sample(range(len(asked)), min(_READ, len(asked)))  # noqa: S311  no secret
        compared = set(chosen)
        for position, one in enumerate(asked):
            records = self._records(one.key)
            self._note(recorded, records)
            row = self._row(records, Said(verdicts, one.key, self._whole))
            if isinstance(row, str):
                recorded.left_out.append(LeftOut(one.question.id, row))
            elif row is None:
                recorded.unfinished += 1
            else:
                rows.append(row)
                recorded.questions.append(one)
                if position in compared:
                    recorded.texts.append((row.texts, row.answers))
                row.texts = []
        _fill(recorded, rows)
        return recorded

    def _row(
        self,
        records: Mapping[Role, dict[int, tuple[Any, float]]],
        said: Said,
    ) -> _Row | str | None:
        """Return a question's row, why it is left out, or None while calls are missing."""
        found: dict[Role, list[Any]] = {}
        missing = False
        for role, places in _places(self._plan).items():
            there = [records[role][place][0] for place in places if place in records[role]]
            for record in there:
                if not counts(kind_of(record)):
                    kind, message = kind_of(record), record["error"]["message"]
                    return f"{role}: {kind}: {message}"
            missing = missing or len(there) < len(places)
            found[role] = there
        samples = found["explorer"]
        codes = self._codes(said.question, samples)
        if isinstance(codes, str):
            return codes
        if missing or codes is None:
            return None
        every: dict[Role, list[Verdict]] = {}
        for role, there in found.items():
            verdicts = [said.of(record) for record in there]
            every[role] = [verdict for verdict in verdicts if verdict is not None]
            if len(every[role]) < len(there):
                return None
        if (reason := unknown(found, every)) is not None:
            return f"verifier: {reason}"
        scores = {
            role: [v.score is not None and v.score >= RIGHT for v in verdicts]
            for role, verdicts in every.items()
        }
        return _Row(
            codes,
            class_codes(samples, str),
            scores["explorer"],
            scores["synthesizer"],
            [record["synthesis"] != "model" for record in found["synthesizer"]],
            bool(scores["monolith"] and scores["monolith"][0]),
            {
                role: [_figures(role, r, self._dollars) for r in there]
                for role, there in found.items()
            },
            sum(_is_cut(record) for record in samples),
            sum(r["status"] == "ok" and r["answer"] is None for r in samples),
            {
                role: [str(v.error) for v in verdicts if v.score is None]
                for role, verdicts in every.items()
            },
            [int(record["error"] is not None) for record in found["synthesizer"]],
            [r["text"] if r["status"] == "ok" else None for r in samples],
        )

    def _codes(self, key: str, samples: list[Any]) -> list[int] | str | None:
        """Return which answers are one, why that can't be told, or None if nobody said."""
        if found := self._classes.get(key):
            return found.error or found.codes
        # An older run, say: it counted by the package's own key, which is at hand.
        return class_codes(samples) if self._own_key else None

    def _records(self, question: str) -> dict[Role, dict[int, tuple[Any, float]]]:
        return {role: self._store.calls(key, question) for role, key in self._keys.items()}

    def _note(
        self, recorded: Recorded, records: Mapping[Role, dict[int, tuple[Any, float]]]
    ) -> None:
        """Take up what is told of all calls, also of questions that don't count."""
        wanted = _places(self._plan)
        for role, by_place in records.items():
            for place, (record, began) in by_place.items():
                if place not in wanted[role]:
                    continue  # another run's, of more samples say
                recorded.calls[role] = recorded.calls.get(role, 0) + 1
                if record["seconds"]:
                    span = (began, began + record["seconds"])
                    recorded.busy.setdefault(role, []).append(span)
                told = record["usage"]["output_tokens"] or 0
                recorded.tokens[role] = recorded.tokens.get(role, 0) + told
                if kind := kind_of(record):
                    said = recorded.failures.setdefault((role, kind), [])
                    said.append(record["error"]["message"])


@dataclass
class _Row:
    """One complete question."""

    answers: list[int]
    spellings: list[int]
    right: list[bool]
    synthesized: list[bool]
    votes: list[bool]
    """Of each synthesis, whether it is the vote's answer, for want of one of its own."""
    whole: bool
    spent: dict[Role, list[list[float]]]
    cut: int
    unread: int
    unverified: dict[Role, list[str]]
    no_synthesis: list[int]
    texts: list[str | None]


def _places(plan: Plan) -> dict[Role, list[int]]:
    return {
        "explorer": list(range(plan.ns[-1])),
        "synthesizer": [synthesis_place(n, order) for n, order in plan.syntheses],
        "monolith": [0] if plan.monolith else [],
    }


def _is_cut(record: Mapping[str, Any]) -> bool:
    reason = str(record["finish_reason"]).lower()
    return reason in CUT_OFF or kind_of(record) == "truncated"


def _figures(role: Role, record: Mapping[str, Any], dollars: Dollars) -> list[float]:
    usage = record["usage"]
    told = [usage[name] for name in _FIGURES]
    told += [usage["calls"], usage["retries"], record["seconds"], dollars(role, record)]
    return [np.nan if figure is None else float(figure) for figure in told]


def _empty(plan: Plan) -> Recorded:
    return Recorded(
        plan,
        np.zeros((0, plan.ns[-1]), np.int64),
        np.zeros((0, plan.ns[-1]), np.int64),
        np.zeros((0, plan.ns[-1]), np.bool_),
        np.zeros((0, len(plan.syntheses)), np.bool_),
        np.zeros(0, np.bool_),
        {},
        [],
    )


def _fill(recorded: Recorded, rows: list[_Row]) -> None:
    if not rows:
        return
    recorded.answers = np.array([row.answers for row in rows], np.int64)
    recorded.spellings = np.array([row.spellings for row in rows], np.int64)
    recorded.right = np.array([row.right for row in rows], np.bool_)
    recorded.synthesized = np.array([row.synthesized for row in rows], np.bool_)
    votes = np.array([row.votes for row in rows], np.bool_)
    for i, (n, _) in enumerate(recorded.plan.syntheses):
        # The vote's answer is as right as the vote is, whatever its spelling.
        by_vote = recorded.majority(n)
        recorded.synthesized[:, i] = np.where(
            votes[:, i], by_vote, recorded.synthesized[:, i]
        )
    recorded.whole = np.array([row.whole for row in rows], np.bool_)
    recorded.spent = {
        role: np.array([row.spent[role] for row in rows], np.float64)
        for role in rows[0].spent
        if rows[0].spent[role]
    }
    recorded.cut = sum(row.cut for row in rows)
    recorded.unread = sum(row.unread for row in rows)
    for row in rows:
        for role, errors in row.unverified.items():
            recorded.unverified.setdefault(role, []).extend(errors)
    recorded.no_synthesis = np.sum([row.no_synthesis for row in rows], axis=0)
