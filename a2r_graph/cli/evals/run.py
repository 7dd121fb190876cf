"""`a2r eval TASK`: from the options to runs on disk, tables and an exit code."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from a2r_graph.cli import text as words
from a2r_graph.cli.evals import out, tables
from a2r_graph.cli.evals.options import Given, asking, loading
from a2r_graph.cli.evals.progress import Watch, watch_for
from a2r_graph.cli.run import FAILED, INTERRUPTED, WRONG, leave_soon, refused, say
from a2r_graph.cli.servers import hints
from a2r_graph.evals.evaluation import aevaluate
from a2r_graph.evals.outcomes import OutageError
from a2r_graph.evals.tasks import load_task
from a2r_graph.models.resolve import resolve

if TYPE_CHECKING:
    from a2r_graph.evals.results import Results
    from a2r_graph.evals.task import Task

UNFINISHED = 3
_MOST_SKIPPED = 3


def run(given: Given) -> int:
    """Evaluate each task, show what was found, and return the exit code."""
    try:
        options = asking(given)
        keywords = loading(given)
    except (ValueError, ImportError) as error:
        say(str(error))
        return WRONG
    try:  # before tasks are loaded, which may take long
        for role in ("explorer", "synthesizer", "monolith"):
            if options[role]:
                resolve(role, options[role])
    except Exception as error:  # noqa: BLE001  others come again with their traceback
        return refused(error, making=True)
    try:
        tasks = [load_task(name, **keywords) for name in dict.fromkeys(given.tasks)]
    except (ValueError, ImportError) as error:
        say(str(error))
        return WRONG
    except (RuntimeError, OSError) as error:  # a child that died, a hub out of reach
        say(str(error))
        return FAILED
    return _Start(given, options).evaluate(tasks)


@dataclass
class _Start:
    """One start of the command."""

    given: Given
    options: dict[str, Any]
    every: list[Results] = field(default_factory=list)
    """What was found, in the order of the tasks."""
    unfinished: bool = False

    def evaluate(self, tasks: list[Task]) -> int:
        """Evaluate one after the other; the first that fails is the last."""
        code = 0
        if any(m.startswith("local:") for m in self.given.models):
            self._note("starting the embedded model ...")
        with asyncio.Runner() as runner:
            for task in tasks:
                self._tell_skipped(task)
                code = self._one(runner, task)
                if code:
                    break
        self._end(len(tasks))
        return code or (UNFINISHED if self.unfinished else 0)

    def _one(self, runner: asyncio.Runner, task: Task) -> int:
        """Evaluate one task; return an exit code other than 0 if that ends all."""
        watch = watch_for(task.name, quiet=self.given.quiet, color=not self.given.no_color)
        try:
            with watch:
                results = runner.run(self._followed(task, watch))
        except KeyboardInterrupt:
            say(f"{_kept(watch)}; the same command goes on from there")
            return INTERRUPTED
        except Exception as error:  # noqa: BLE001  what isn't expected comes again
            return self._failed(error, watch)
        self.every.append(results)
        self._show(results)
        return 0

    async def _followed(self, task: Task, watch: Watch) -> Results:
        async def ticks() -> None:
            while True:
                await asyncio.sleep(watch.every)
                watch.tick()

        ticking = asyncio.create_task(ticks())
        try:
            results = await aevaluate(task, **self.options, on_progress=watch.take)
            await asyncio.sleep(0)  # Ctrl-C while they were computed comes out here
        except asyncio.CancelledError:
            leave_soon()
            raise
        finally:
            ticking.cancel()
        return results

    def _failed(self, error: Exception, watch: Watch) -> int:
        """Say why there are no results, or raise what nobody expects."""
        if isinstance(error, OutageError):
            say(str(error))
            for hint in hints(str(error), self.given.models, self.given.base_url):
                say(hint)
            if any(model.startswith("vllm:") for model in self.given.models):
                say("a2r doctor, with the same models, tells what is wrong with a server")
            return FAILED
        if isinstance(error, sqlite3.Error):
            say(f"{self.given.folder}: {error}")
            return FAILED
        if type(error) is RuntimeError and (
            watch.progress is None or str(error).startswith("verify: ")
        ):  # another process is at it, or the verifier can't be loaded
            say(str(error))
            return FAILED
        if watch.progress is None:  # nothing was asked yet
            if isinstance(error, OSError) and error.filename:
                say(f"{error.filename}: {error.strerror}")
                return WRONG
            return refused(error, making=True)
        if type(error) is not ValueError:
            raise error
        say(str(error))  # not one question could be counted
        self.unfinished = _missing(watch) > 0
        return UNFINISHED if self.unfinished else FAILED

    def _show(self, results: Results) -> None:
        if not (self.given.as_json or self.given.as_markdown):
            out.show(tables.report(results), color=not self.given.no_color)
        if not results.finished:
            self.unfinished = True
            say(f"stopped: {results.stopped}; with another limit, the same command goes on")
        self._write([results])

    def _end(self, wanted: int) -> None:
        """Show what there is of all tasks."""
        if self.every and (self.given.as_json or self.given.as_markdown):
            found = self.every[0] if wanted == 1 else self.every
            out.document(found, as_json=self.given.as_json)
        if len(self.every) > 1:
            if not (self.given.as_json or self.given.as_markdown):
                out.show(tables.summary(self.every), color=not self.given.no_color)
            self._write(self.every)

    def _write(self, every: list[Results]) -> None:
        path = out.page_of(self.given.folder, every)
        try:
            out.write_page(path, every)
        except OSError as error:  # a full disk: what was found is told all the same
            say(f"the page could not be written: {path}: {error.strerror}")
        else:
            self._note(f"the page is {path}")

    def _tell_skipped(self, task: Task) -> None:
        if not task.skipped:
            return
        rows = [f"{where}: {problem}" for where, problem in task.skipped[:_MOST_SKIPPED]]
        if (more := len(task.skipped) - _MOST_SKIPPED) > 0:
            rows.append(f"and {more:,} more")
        count = words.plural(len(task.skipped), "row")
        said = "\n".join(f"  {words.line(row)}" for row in rows)
        self._note(f"{words.line(task.name)}: {count} left out\n{said}")

    def _note(self, text: str) -> None:
        if not self.given.quiet:
            say(text)


def _kept(watch: Watch) -> str:
    if watch.progress is None:
        return "stopped before the first call"
    done, total = (sum(x.values()) for x in (watch.progress.done, watch.progress.total))
    return f"stopped; {done:,} of {total:,} calls of {watch.task} are on disk"


def _missing(watch: Watch) -> int:
    progress = watch.progress
    return sum(progress.total.values()) - sum(progress.done.values()) if progress else 0
