"""The runs of a folder at a glance, by counting on disk; no record is read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2r_graph.evals.plan import Plan, synthesis_place

if TYPE_CHECKING:
    from a2r_graph.evals.budget import Role
    from a2r_graph.evals.store import Store

_COMPLETE = """
select q.position from questions q join calls c on c.question = q.key
where q.run = ? and c.key = ? and c.place in ({places})
group by q.position having count(*) = ?
"""


@dataclass(frozen=True)
class Listed:
    """One run."""

    run: str
    created: str
    task: str
    explorers: list[str]
    synthesizer: str
    monolith: str | None
    ns: list[int]
    complete: int
    """Questions of which every call is on disk, failed ones among them."""
    wanted: int
    """Questions of the task."""


def overview(store: Store) -> list[Listed]:
    """Return the runs of `store`, the latest last."""
    uri = f"{Path(store.path).resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, timeout=60, uri=True)) as db:
        return [_listed(db, *row) for row in store.runs()]


def _listed(db: sqlite3.Connection, run: str, created: str, spec: dict[str, Any]) -> Listed:
    plan = Plan(tuple(spec["ns"]), spec["orders"], spec["monolith"] is not None)
    places: dict[Role, list[int]] = {
        "explorer": list(range(plan.ns[-1])),
        "synthesizer": [synthesis_place(n, order) for n, order in plan.syntheses],
        "monolith": [0] if plan.monolith else [],
    }
    complete: set[int] | None = None
    for role, wanted in places.items():
        if not wanted:
            continue
        query = _COMPLETE.format(places=", ".join(map(str, wanted)))  # our own numbers
        found = {
            row[0] for row in db.execute(query, (run, spec["keys"][role], len(wanted)))
        }
        complete = found if complete is None else complete & found
    count = "select count(*) from questions where run = ?"
    (questions,) = db.execute(count, (run,)).fetchone()
    return Listed(
        run=run,
        created=created,
        task=spec["task"],
        explorers=spec["explorers"],
        synthesizer=spec["synthesizer"],
        monolith=spec["monolith"],
        ns=list(plan.ns),
        complete=len(complete or ()),
        wanted=questions + len(spec["skipped"]),
    )
