"""From the calls on disk to arrays: one row a question, one column a sample."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2r_graph.evals.budget import Dollars, Role
from a2r_graph.evals.metrics import cons
from a2r_graph.evals.outcomes import counts, kind_of
from a2r_graph.evals.plan import Plan, synthesis_place
from a2r_graph.evals.results import LeftOut
from a2r_graph.evals.store import Asked, Store, Verdict, plain
from a2r_graph.references.finish import cut_off

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


class Reader:
    """Reads the calls of a run, question by question."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        keys: Mapping[Role, str],
        verifier: str,
        dollars: Dollars,
    ) -> None:
        """Read from `store` what stands under `keys`."""
        self._store, self._plan, self._keys = store, plan, keys
        self._verifier, self._dollars = verifier, dollars

    def read(self, asked: list[Asked]) -> Recorded:
        """Return what is there of these questions."""
        verdicts = self._store.verdicts(self._verifier, (one.key for one in asked))
        rows: list[_Row] = []
        recorded = _empty(self._plan)
        chosen = random.Random(0).sample(range(len(asked)), min(_READ, len(asked)))  # noqa: S311  no secret
        compared = set(chosen)
        for position, one in enumerate(asked):
            records = self._records(one.key)
            self._note(recorded, records)
            row = _row(records, self._plan, verdicts, one.key, self._dollars)
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
    right: list[bool]
    synthesized: list[bool]
    votes: list[bool]
    """Of each synthesis, whether it is the vote's answer, for want of one of its own."""
    whole: bool
    spent: dict[Role, list[list[float]]]
    cut: int
    unread: int
    no_synthesis: list[int]
    texts: list[str | None]


def _places(plan: Plan) -> dict[Role, list[int]]:
    return {
        "explorer": list(range(plan.ns[-1])),
        "synthesizer": [synthesis_place(n, order) for n, order in plan.syntheses],
        "monolith": [0] if plan.monolith else [],
    }


def _row(
    records: Mapping[Role, dict[int, tuple[Any, float]]],
    plan: Plan,
    verdicts: Mapping[tuple[str, str], Verdict],
    key: str,
    dollars: Dollars,
) -> _Row | str | None:
    """Return a question's row, why it is left out, or None while calls are missing."""
    found: dict[Role, list[Any]] = {}
    missing = False
    for role, places in _places(plan).items():
        there = [records[role][place][0] for place in places if place in records[role]]
        for record in there:
            if not counts(kind_of(record)):
                kind, message = kind_of(record), record["error"]["message"]
                return f"{role}: {kind}: {message}"
        missing = missing or len(there) < len(places)
        found[role] = there
    if missing:
        return None
    scores: dict[Role, list[bool]] = {}
    for role, there in found.items():
        scores[role] = []
        for record in there:
            verdict = _verdict(record, verdicts, key)
            if verdict is None:
                return None
            if verdict.score is None:
                return f"verifier: {verdict.error}"
            scores[role].append(verdict.score >= RIGHT)
    samples = found["explorer"]
    return _Row(
        _codes(samples),
        scores["explorer"],
        scores["synthesizer"],
        [record["synthesis"] != "model" for record in found["synthesizer"]],
        bool(scores["monolith"] and scores["monolith"][0]),
        {
            role: [_figures(role, r, dollars) for r in there]
            for role, there in found.items()
        },
        sum(_is_cut(record) for record in samples),
        sum(r["status"] == "ok" and r["answer"] is None for r in samples),
        [int(record["error"] is not None) for record in found["synthesizer"]],
        [r["text"] if r["status"] == "ok" else None for r in samples],
    )


def _verdict(
    record: Mapping[str, Any], verdicts: Mapping[tuple[str, str], Verdict], key: str
) -> Verdict | None:
    """Return what was said of a record's answer; none at all is wrong."""
    if record["answer"] is None:
        return Verdict(0.0, None)
    return verdicts.get((key, plain(record["answer"])))


def _codes(samples: list[Any]) -> list[int]:
    """Number the final answers: those that differ in case alone are one, as in a vote."""
    seen: dict[str, int] = {}
    return [
        -1
        if record["answer"] is None or record["status"] != "ok"
        else seen.setdefault(record["answer"].casefold(), len(seen))
        for record in samples
    ]


def _is_cut(record: Mapping[str, Any]) -> bool:
    return cut_off(record["finish_reason"]) or kind_of(record) == "truncated"


def _figures(role: Role, record: Mapping[str, Any], dollars: Dollars) -> list[float]:
    usage = record["usage"]
    told = [usage[name] for name in _FIGURES]
    told += [usage["calls"], usage["retries"], record["seconds"], dollars(role, record)]
    return [np.nan if figure is None else float(figure) for figure in told]


def _empty(plan: Plan) -> Recorded:
    return Recorded(
        plan,
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
    recorded.right = np.array([row.right for row in rows], np.bool_)
    recorded.synthesized = np.array([row.synthesized for row in rows], np.bool_)
    votes = np.array([row.votes for row in rows], np.bool_)
    for i, (n, _) in enumerate(recorded.plan.syntheses):
        # The vote's answer is as right as the vote is, whatever its spelling.
        by_vote = cons(recorded.answers[:, :n], recorded.right[:, :n])
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
    recorded.no_synthesis = np.sum([row.no_synthesis for row in rows], axis=0)
