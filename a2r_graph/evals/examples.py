"""Questions where A2R and the majority part ways, to be read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Literal

from a2r_graph.evals.budget import Role
from a2r_graph.evals.plan import synthesis_place
from a2r_graph.evals.recorded import Recorded
from a2r_graph.evals.results import Example, Sample
from a2r_graph.evals.store import Store
from a2r_graph.references import vote

MOST = 50


def examples(store: Store, recorded: Recorded, keys: Mapping[Role, str]) -> list[Example]:
    """Return at most 50 rescued and 50 broken questions, at the largest n."""
    last = len(recorded.plan.ns) - 1
    a2r = recorded.synthesized[:, last]
    majority = recorded.majority(recorded.plan.ns[-1])
    found: list[Example] = []
    kinds: dict[Literal["rescued", "broken"], bool] = {"rescued": True, "broken": False}
    for kind, ours in kinds.items():
        rows = (i for i in range(len(a2r)) if a2r[i] == ours and majority[i] != ours)
        found += [_example(store, recorded, keys, i, kind) for i in islice(rows, MOST)]
    return found


def _example(
    store: Store,
    recorded: Recorded,
    keys: Mapping[Role, str],
    row: int,
    kind: Literal["rescued", "broken"],
) -> Example:
    asked, n = recorded.questions[row], recorded.plan.ns[-1]
    records = [store.call(keys["explorer"], asked.key, index) for index in range(n)]
    references = [record for record in records if record]
    place = synthesis_place(n, 0)
    synthesis = store.call(keys["synthesizer"], asked.key, place) or {}
    both = zip(references, recorded.answers[row].tolist(), strict=True)
    codes = {record["answer"]: code for record, code in both if code >= 0}
    voted = vote(references, codes.__getitem__)  # type: ignore[arg-type]  # read back as plain data
    return Example(
        kind=kind,
        id=asked.question.id,
        question=asked.question.text,
        expected=asked.question.answer,
        votes=voted.votes,
        majority=voted.majority,
        samples=[
            Sample(
                index=record["index"],
                model=record["model"],
                answer=record["answer"],
                text=record["text"],
                right=bool(right),
                error=record["error"]
                and f"{record['error']['kind']}: {record['error']['message']}",
            )
            for record, right in zip(references, recorded.right[row], strict=True)
        ],
        prompt=synthesis.get("prompt", ""),
        text=synthesis.get("text", ""),
        answer=synthesis.get("answer"),
    )
