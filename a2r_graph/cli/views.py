"""How a run is shown: not at all, in plain lines, or live on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from a2r_graph.cli import text as words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from a2r_graph.cli.job import Job
    from a2r_graph.state import Report


class View:
    """Shows nothing; the others are told the same."""

    def __enter__(self) -> Self:
        """Begin; nothing is on the screen yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal in order, also when a run was broken off."""

    def event(self, event: Mapping[str, Any]) -> None:
        """Take one of the graph's progress events."""

    def answering(self, text: str) -> None:
        """Take the whole answer, as far as it is known."""

    def done(self, answer: str, report: Report) -> None:
        """Take the final answer and the report."""


class PlainView(View):
    """Lines on stderr as things happen; the answer on stdout, alone."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self._ok = 0

    def event(self, event: Mapping[str, Any]) -> None:
        """Write a line for a branch's end, and for the votes."""
        match event["event"]:
            case "explorer_ended" | "explorer_failed":
                self._tell(self._branch(event))
            case "reduced":
                counted = ", ".join(words.votes(event["votes"], self._ok)) or "none"
                self._tell(f"votes: {counted}", words.spellings(event), words.shown(event))
            case "synthesis_skipped":
                self._tell(words.skipped(event))

    def _branch(self, event: Mapping[str, Any]) -> str:
        who = f"explorer {event['index']} ({words.model(event['model'])})"
        took = words.time(event["seconds"])
        if event["event"] == "explorer_failed":
            ended = words.ended(event["error"])
            return f"{who}: {ended}, {took}, {words.why(event['error'])}"
        self._ok += 1
        tokens = words.figure(event["usage"]["output_tokens"])
        answer = words.read(event["answer"])
        return f"{who}: ok, {took}, {tokens} tokens, answer {answer}"

    def done(self, answer: str, report: Report) -> None:
        """Write the answer, and what else there is to say."""
        self._tell(words.clean(report["note"] or ""), words.summary(report))
        sys.stdout.write(f"{words.clean(answer.strip())}\n")
        sys.stdout.flush()

    def _tell(self, *lines: str) -> None:
        sys.stderr.write("".join(f"{line}\n" for line in lines if line))
        sys.stderr.flush()


def view_for(job: Job, n: int) -> View:
    """Return the view of `n` branches for what is wanted and where it goes."""
    if job.show != "progress":
        return View()
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415  for terminals only

        from a2r_graph.cli.live import LiveView  # noqa: PLC0415

        console = Console(no_color=None if job.color else True, highlight=False)
        if not console.is_dumb_terminal:
            return LiveView(console, n, job.explorers, job.synthesizer)
    return PlainView()
