"""What of a call is verified, and under what its verdict stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from a2r_graph.evals.budget import Role
from a2r_graph.evals.store import Verdict, plain
from a2r_graph.evals.task import Verifier


class Judged(NamedTuple):
    """What a verifier is given of a call."""

    key: str
    """Under which its verdict stands, beside the question: an answer's is itself."""
    text: str


def reads_replies(verify: Verifier) -> bool:
    """Whether a verifier is given the whole reply where no answer could be read.

    A user's own is: it may see more than `extract_answer` did. One that says
    `answers_only` isn't: to it, no answer is wrong.

    Example:
        >>> from a2r_graph.evals.verifiers import MathVerifier
        >>> reads_replies(MathVerifier()), reads_replies(lambda answer, question: 1.0)
        (False, True)
    """
    return not getattr(verify, "answers_only", False)


def judged(record: Mapping[str, Any], *, whole: bool) -> Judged | None:
    """Return what a verifier is given of a record; None is nothing, which is wrong.

    Args:
        record: Of a sample, a synthesis or the monolith.
        whole: Whether the verifier is given replies in which no answer could be read.

    Example:
        >>> judged({"answer": "42", "text": "It is 42."}, whole=True)
        Judged(key='42', text='42')
        >>> silent = {"answer": None, "text": "Forty-two", "status": "ok"}
        >>> judged(silent, whole=True).text, judged(silent, whole=False)
        ('Forty-two', None)
    """
    if record["answer"] is not None:
        answer = plain(record["answer"])
        return Judged(answer, answer)
    text = plain(record["text"])
    if not whole or record["status"] != "ok" or not text.strip():
        return None
    # Replies may be long, and no two are the same: what stands on disk is a hash.
    return Judged(f"reply {hashlib.sha256(text.encode()).hexdigest()}", text)


NOTHING = Verdict(0.0, None)
"""On a reply in which there is nothing to verify: it is wrong."""


class Said(NamedTuple):
    """What a verifier said of one question's replies."""

    verdicts: Mapping[tuple[str, str], Verdict]
    question: str
    """Its key."""
    whole: bool
    """As in `judged`."""

    def of(self, record: Mapping[str, Any]) -> Verdict | None:
        """Return the verdict on a record; None while it is missing."""
        given = judged(record, whole=self.whole)
        return NOTHING if given is None else self.verdicts.get((self.question, given.key))


def unknown(
    found: Mapping[Role, list[Any]], verdicts: Mapping[Role, list[Verdict]]
) -> str | None:
    """Return why nothing is known of a question: the verifier failed on all its answers.

    One that failed on a part of them works on this question; the answers that it failed on
    count as not right, and are told of.

    Args:
        found: The question's records by role.
        verdicts: On each of them.
    """
    failed = None
    for role, records in found.items():
        for record, verdict in zip(records, verdicts[role], strict=True):
            if verdict.score is not None and verdict is not NOTHING:
                return None
            if verdict.score is None and record["answer"] is not None:
                failed = failed or verdict.error
    return failed


def check_verifier(verdicts: Mapping[tuple[str, str], Verdict]) -> None:
    """Refuse to count what a verifier has no word on at all: that isn't 0 %.

    Raises:
        ValueError: It failed on whatever it was given; says how.
    """
    if verdicts and all(verdict.score is None for verdict in verdicts.values()):
        first = next(iter(verdicts.values())).error
        msg = (
            f"verifier: it gave no verdict on any of {len(verdicts)} answers, so nothing "
            f"can be counted; on the first: {first}"
        )
        raise ValueError(msg)
