"""The run live on a terminal, drawn by rich. Model output is never taken as markup."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.live import Live
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from a2r_graph.cli import text as words
from a2r_graph.cli.views import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from a2r_graph.state import Report

_AROUND = 9
"""Lines of the screen that aren't rows of explorers."""


class Explorers:
    """The table of the branches: all of them if they fit, else the last to end."""

    def __init__(self, n: int, models: list[str], height: int) -> None:
        """Begin with no branch started."""
        self.n = n
        self.models = models
        self.room = max(3, height - _AROUND)
        self.started: dict[int, tuple[str, float]] = {}
        self.ended: dict[int, Mapping[str, Any]] = {}
        self.ok = self.stopped = 0

    def take(self, event: Mapping[str, Any]) -> None:
        """Take a branch's event."""
        if event["event"] == "explorer_started":
            self.started[event["index"]] = (event["model"], time.monotonic())
        else:
            self.ended[event["index"]] = event
            self.ok += event["event"] == "explorer_ended"
            self.stopped += _stopped(event)

    def __rich__(self) -> RenderableType:
        """Draw it as it stands now."""
        # Drawn in rich's own thread: take copies, which the interpreter makes at once.
        started, ended = dict(self.started), list(self.ended.values())
        done = len(ended)
        rows: dict[int, Mapping[str, Any] | None] = {}
        if self.n <= self.room:
            rows = dict.fromkeys(sorted(started))
        else:
            ended = [event for event in ended if not _stopped(event)]
        rows |= {event["index"]: event for event in ended[-self.room :]}
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        table.add_column("branch", justify="right", width=6)
        if len(set(self.models)) > 1:
            table.add_column("model", no_wrap=True, max_width=24)
        table.add_column("status", width=7)
        table.add_column("time", justify="right", width=8)
        table.add_column("tokens", justify="right", width=6)
        table.add_column("answer", no_wrap=True, ratio=1)
        for index, event in rows.items():
            model, since = started[index]
            cells = _row(event) if event else _running(since)
            if len(set(self.models)) > 1:
                cells.insert(0, Text(words.model(model)))
            table.add_row(Text(str(index)), *cells)
        return Group(self._counts(len(started), done), Text(), table)

    def _counts(self, started: int, ended: int) -> Text:
        models = ", ".join(map(words.model, dict.fromkeys(self.models)))
        failed, running = ended - self.ok - self.stopped, started - ended
        told = (
            (self.ok, "ok"),
            (failed, "failed"),
            (self.stopped, "stopped"),
            (running, "running"),
        )
        said = ", ".join(f"{count} {what}" for count, what in told if count)
        if self.n > self.room:
            said += f"; shown: the last {self.room} to end"
        name = words.plural(self.n, "explorer")
        if started < self.n:
            name = f"{started} of {name}"
        return Text.assemble((name, "bold"), f" ({models})  ", (said, "dim"))


def _stopped(event: Mapping[str, Any]) -> bool:
    return event["event"] == "explorer_failed" and words.ended(event["error"]) == "stopped"


def _row(event: Mapping[str, Any]) -> list[Text]:
    tokens = words.figure(event["usage"]["output_tokens"])
    if event["event"] == "explorer_failed":
        ended = words.ended(event["error"])
        style = "red" if ended == "failed" else "dim"
        status, last = Text(ended, style), Text(words.why(event["error"]), style)
    else:
        status, last = Text("ok", "green"), Text(words.read(event["answer"]))
    last.overflow = "ellipsis"
    return [status, Text(words.time(event["seconds"])), Text(tokens), last]


def _running(since: float) -> list[Text]:
    seconds = f"{time.monotonic() - since:.0f} s"
    return [Text(cell, style="dim") for cell in ("running", seconds, "", "")]


class Answer:
    """The answer as it comes; of a long one the end, until it is all there."""

    def __init__(self) -> None:
        """Begin before the first token."""
        self.text = ""
        self.whole = False
        self.since = time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as many of its last lines as the screen takes."""
        if not self.text:
            if not self.whole:
                waited = time.monotonic() - self.since
                yield Text(f"synthesizing, {waited:.0f} s", style="dim")
            return
        lines = console.render_lines(Text(words.clean(self.text)), options, pad=False)
        for line in lines if self.whole else lines[-max(3, console.height - 3) :]:
            yield from line
            yield Segment.line()


class LiveView(View):
    """Rows of explorers as they end, the votes, the answer as it comes, the usage."""

    def __init__(
        self, console: Console, n: int, explorers: list[str], synthesizer: str
    ) -> None:
        """Begin with nothing on the screen."""
        self.console = console
        self.explorers = Explorers(n, explorers, console.height)
        self.synthesizer = synthesizer
        self.answer = Answer()
        self._live: Live | None = None

    def __exit__(self, *_: object) -> None:
        """Stop drawing; what was drawn last stays."""
        self._stop()

    def event(self, event: Mapping[str, Any]) -> None:
        """Draw a branch's start and end, the votes, the synthesizer's start."""
        match event["event"]:
            case "explorer_started" | "explorer_ended" | "explorer_failed":
                self.explorers.take(event)
                self._draw(self.explorers)
            case "reduced":
                self._stop()
                self._votes(event)
            case "synthesis_skipped":
                self._print(Text(words.skipped(event), style="dim"))
            case "synthesis_started":
                self._title(f"answer by {words.model(self.synthesizer)}")
                self.answer = Answer()
                self._draw(self.answer)

    def answering(self, text: str) -> None:
        """Draw the answer as far as it is known."""
        self.answer.text = text

    def done(self, answer: str, report: Report) -> None:
        """Draw the whole answer, usage and time."""
        kept = report["synthesis"] == "kept"
        if self._live is None:
            self._title("answer")
            self._draw(self.answer)
        self.answer.text = (report["set_aside"] if kept else answer).strip()
        self.answer.whole = True
        self._stop()
        if note := report["note"]:
            self._print(Text(), Text(words.clean(note), style="yellow"))
        if kept:
            self._title("answer by the vote")
            self._print(Text(words.clean(answer.strip())))
        self._print(Text(), Text(words.summary(report), style="dim"))

    def _votes(self, event: Mapping[str, Any]) -> None:
        counted = words.votes(event["votes"], self.explorers.ok)
        line = Text("votes  ", style="dim")
        for place, vote in enumerate(counted or ["none"]):
            leads = place == 0 and event["majority"] is not None
            line.append("" if place == 0 else ", ", style="not dim")
            line.append(vote, style="not dim bold" if leads else "not dim")
        self._print(Text(), line)
        for said in filter(None, (words.spellings(event), words.shown(event))):
            self._print(Text(said, style="dim"))

    def _title(self, title: str) -> None:
        self._print(Text(), Rule(Text(title, style="dim"), align="left", style="dim"))

    def _draw(self, what: RenderableType) -> None:
        if self._live is None:
            self._live = Live(what, console=self.console, refresh_per_second=8)
            self._live.start(refresh=True)

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _print(self, *what: RenderableType) -> None:
        for one in what:
            self.console.print(one)
