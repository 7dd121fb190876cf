"""`a2r doctor` on the command line: the findings as lines or JSON, and an exit code."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from a2r_graph import A2RContext
from a2r_graph.cli import text as words
from a2r_graph.cli.run import as_json, leave_soon, print_text, refused, say
from a2r_graph.cli.servers import servers
from a2r_graph.doctor import Examined, examine, subjects
from a2r_graph.models.resolve import resolve

if TYPE_CHECKING:
    from a2r_graph.cli.job import Job
    from a2r_graph.doctor.checkup import Subject

_CODES = {"ok": 0, "warning": 1, "error": 2}
_COLORS = {"ok": "green", "warning": "yellow", "error": "red"}
_LONGEST = 1000


def doctor(job: Job) -> int:
    """Examine the models of `job`, show what was found, and return the exit code."""
    try:
        settings = A2RContext().overlaid(A2RContext(**job.settings))
        explorers = resolve("explorer", job.explorers)
        synthesizer = resolve("synthesizer", job.synthesizer)[0]
        told_by = {s.url: s.told_by for s in servers(job.models, job.base_url)}
        models = subjects(explorers, synthesizer, settings, told_by)
    except Exception as error:  # noqa: BLE001  others come again with their traceback
        return refused(error, making=True)
    if job.show == "json":
        every = asyncio.run(_examined(models, None))
        document = {"models": list(map(asdict, every)), "exit_code": _code(every)}
        print_text(as_json(document))
        return _code(every)
    if job.embedded:
        say("starting the embedded model ...")
    console = Console(no_color=None if job.color else True, highlight=False)
    return _code(asyncio.run(_examined(models, console)))


async def _examined(models: list[Subject], console: Console | None) -> list[Examined]:
    """Examine all at once; show each in its turn, as soon as it is there."""
    tasks = [asyncio.create_task(examine(model)) for model in models]
    every: list[Examined] = []
    try:
        for task in tasks:
            every.append(await task)
            if console:
                _show(every[-1], console, first=len(every) == 1)
    except asyncio.CancelledError:
        leave_soon()
        raise
    return every


def _show(examined: Examined, console: Console, *, first: bool) -> None:
    """Print a heading, and a line for each finding, however long."""
    where = f" at {examined.url}" if examined.url else ""
    heading = words.line(f"{examined.role}: {examined.model}{where}", _LONGEST)
    lines = Text("" if first else "\n").append(heading, "bold")
    for finding in examined.findings:
        message = words.line(finding.message, _LONGEST)
        lines.append("\n").append(f"{finding.level:<8}", _COLORS[finding.level])
        lines.append(f" {finding.check:<10} {message}")
    console.print(lines, soft_wrap=True)


def _code(every: list[Examined]) -> int:
    levels = (finding.level for examined in every for finding in examined.findings)
    return max((_CODES[level] for level in levels), default=0)
