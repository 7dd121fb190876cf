"""Which final answers of a question's samples are one, as codes for the metrics."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from a2r_graph.references import AnswerKey, answer_key, classes


def class_codes(
    samples: Sequence[Mapping[str, Any]], key: AnswerKey = answer_key
) -> list[int]:
    """Number the samples' final answers, those that a vote counts as one alike.

    Returns:
        A code a sample; -1: none.

    Raises:
        ValueError: The key failed on an answer, or can't be hashed.

    Example:
        >>> said = [{"status": "ok", "answer": text} for text in ("Rome", "Paris", "rome")]
        >>> class_codes(said, str.casefold), class_codes(said, str)
        ([0, 1, 0], [0, 1, 2])
    """
    class_of = classes(samples, key)  # type: ignore[arg-type]  # read back as plain data
    known: dict[Hashable, int] = {}
    return [
        known.setdefault(class_of[sample["answer"]], len(known))
        if sample["status"] == "ok" and sample["answer"] is not None
        else -1
        for sample in samples
    ]
