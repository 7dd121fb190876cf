"""What the synthesizer's reply comes to: read, held against the vote, followed or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from a2r_graph.nodes.synthesis import answer_of
from a2r_graph.references import answer_in, complete_part, extract, leader, spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.messages import AIMessage

    from a2r_graph.context import A2RContext
    from a2r_graph.references import AnswerKey
    from a2r_graph.state import Report

_SHOWN = 60  # characters of an answer in a note


@dataclass(frozen=True)
class Outcome:
    """How a reply is held against the vote: as the vote was counted."""

    extract_answer: Callable[[str], object] | None
    answer_key: AnswerKey

    def of(
        self, report: Report, message: AIMessage, settings: A2RContext
    ) -> tuple[AIMessage, Report]:
        """Return the answer, and what the report says of it.

        Args:
            report: As it was when the synthesizer was asked.
            message: Its reply, without a thought in its content.
            settings: The run's; with `keep_majority` a reply may be set aside.
        """
        answer, text = self._read(report, message)
        note = _note(report, answer)
        about: Report = {"synthesis": "model", "synthesis_answer": answer, "note": note}
        leading = leader(report["votes"])
        if not settings.keep_majority or leading in {None, answer} or _chosen(report):
            return message, about
        about |= {"synthesis": "kept", "note": f"{note}: the vote's answer is kept"}
        kept = answer_of(report["references"], leading, "kept")
        return kept, {**about, "set_aside": text}

    def _read(self, report: Report, message: AIMessage) -> tuple[str | None, str]:
        """Return a reply's final answer as the votes spell it, and all that it says."""
        found = extract(message)
        votes, key, read = report["votes"], self.answer_key, self.extract_answer
        if read is None:
            return None, found.text
        if found.calls:
            called = answer_in(found.calls)
            return called, f"{found.text}\n{called}".lstrip()
        try:
            answer = read(complete_part(found.text) if found.cut_off else found.text)
            final = None if answer is None else spelled(str(answer), votes, key)
        except Exception:  # noqa: BLE001  the caller's code: the explorers' records tell
            return None, found.text
        return final, found.text


def _chosen(report: Report) -> bool:
    """Whether a person has changed what the synthesizer read."""
    return any((report.get("review") or {}).values())


def _note(report: Report, answer: str | None) -> str | None:
    """Return how an answer differs from the vote, in a line; None if it doesn't."""
    votes = report["votes"]
    leads = leader(votes) or (report["majority"] if answer is not None else None)
    if leads is None or leads == answer:
        return None
    succeeded = sum(reference["status"] == "ok" for reference in report["references"])
    said = "no final answer could be read in the synthesis"
    if answer is not None:
        said = f"the synthesis {_line(answer)}"
    return f"the vote says {_line(leads)}, {votes[leads]} of {succeeded}; {said}"


def _line(answer: str) -> str:
    words = " ".join(answer.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 3]}..."
