"""Sums as a task, and explorers that know them by chance; the same in every process."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from a2r_graph.evals import Question, Task


def same(answer: str, question: Question) -> float:
    """Say whether an answer is the right one, literally."""
    return float(answer == question.answer)


def sums(count: int, **options: Any) -> Task:
    """Return `count` sums of two."""
    questions = [
        Question(f"sum {i}", f"What is {i} + {i + 3}?", str(2 * i + 3))
        for i in range(count)
    ]
    return Task("sums", questions, **{"verify": same, **options})


def reply(conversation: str, seed: object, known: float = 0.5) -> str:
    """Answer a sum, rightly with the chance `known`; by its text and the seed alone."""
    terms = re.search(r"(\d+) \+ (\d+)", conversation)
    assert terms
    right = int(terms[1]) + int(terms[2])
    lot = int(hashlib.sha256(f"{conversation} {seed}".encode()).hexdigest(), 16)
    luck, other = (lot % 1000) / 1000, lot // 1000 % 3
    return f"Answer: {right if luck < known else right + 1 + other}"


def essence(results: Any) -> dict[str, Any]:
    """Return what must not depend on how often a run was interrupted."""
    told = results.as_dict()
    del told["created"]
    del told["sample"]["seconds"]
    for at in told["at"]:
        for spent in at["spent"].values():
            del spent["seconds"]
    return told


def main(url: str, folder: Path, found: Path) -> None:
    """Evaluate on a server, and write what was found."""
    from a2r_graph.evals import evaluate

    results = evaluate(
        sums(20),
        explorer=f"vllm:m@{url}",
        n=[2, 4],
        orders=2,
        context={"seed": 1000, "attempts": 1},
        concurrency=8,
        folder=folder,
    )
    found.write_text(json.dumps(essence(results)))
