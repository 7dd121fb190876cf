"""How far an evaluation is, on stderr: live on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Self

from a2r_graph.cli import text as words
from a2r_graph.evals.report import figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

    from a2r_graph.evals.budget import Progress, Role

_LOOKED_BACK = 30.0
"""Seconds over which a rate is taken."""
_APART = 0.5
"""Seconds between two marks of them."""
_LEAST = 1.0
"""Seconds from which a rate tells something."""
_MINUTE, _HOUR = 60, 3600


class _Mark(NamedTuple):
    """How much had been asked for at a moment."""

    at: float
    calls: int
    tokens: int


class Pace:
    """How fast a run goes. What was there when it began isn't counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin when the run begins."""
        self._clock = clock
        self._marks = deque([_Mark(clock(), 0, 0)])
        self._last: Progress | None = None
        self._tokens = 0

    def take(self, progress: Progress) -> None:
        """Take up how far the run is."""
        before = self._last
        if before is not None and before.reused == progress.reused:
            self._tokens += progress.tokens - before.tokens
        self._last = progress
        now = self._clock()
        if now - self._marks[-1].at >= _APART:
            self._marks.append(self._mark(now))
        while len(self._marks) > 1 and now - self._marks[1].at > _LOOKED_BACK:
            self._marks.popleft()

    def _mark(self, now: float) -> _Mark:
        done = self._last
        calls = sum(done.done.values()) - done.reused if done else 0
        return _Mark(now, calls, self._tokens)

    def rates(self) -> tuple[float, float]:
        """Return calls and tokens per second, of late."""
        now, since = self._mark(self._clock()), self._marks[0]
        seconds = max(now.at - since.at, _LEAST)
        return (now.calls - since.calls) / seconds, (now.tokens - since.tokens) / seconds

    def left(self) -> float | None:
        """Return the seconds that are left, or None if nobody can tell yet."""
        if self._last is None:
            return None
        calls = sum(self._last.total.values()) - sum(self._last.done.values())
        rate = self.rates()[0]
        if not calls:
            return 0.0
        return calls / rate if rate else None


class Watch:
    """Shows nothing; the others are told the same."""

    every = 10.0
    """Seconds between two ticks."""

    def __init__(self, task: str) -> None:
        """Begin before the first call."""
        self.task = words.line(task)
        self.pace = Pace()
        self.progress: Progress | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal in order, also when a run was broken off."""

    def take(self, progress: Progress) -> None:
        """Take up how far the run is."""
        self.progress = progress
        self.pace.take(progress)

    def tick(self) -> None:
        """Do what is to be done now and then."""

    def roles(self) -> list[tuple[Role, int, int]]:
        """Return what is done of how many calls, by role."""
        if self.progress is None:
            return []
        done, total = self.progress.done, self.progress.total
        return [(role, done[role], of) for role, of in total.items() if of]

    def spent(self, *, over: bool = False) -> str:
        """Return rate, tokens, cost, time left and failures in a line.

        Args:
            over: Whether this start has ended: then the time it took.
        """
        if self.progress is None:
            return "starting"
        calls, tokens = self.pace.rates()
        cost = figures.dollars(self.progress.dollars) or "unknown"
        parts = [
            f"{calls:,.1f} calls/s, {tokens:,.0f} tokens/s",
            f"{self.progress.tokens:,} tokens",
            f"cost {cost}",
            f"took {span(self.progress.seconds)}"
            if over
            else f"{span(self.pace.left())} left",
        ]
        if self.progress.failed:
            parts.append(f"{self.progress.failed:,} failed")
        return "; ".join(parts)


class Lines(Watch):
    """A line every ten seconds, without control characters, and one at the end."""

    def tick(self, *, over: bool = False) -> None:
        """Write a line."""
        parts = [
            f"{role} {done:,}/{of:,} ({_percent(done, of)})"
            for role, done, of in self.roles()
        ]
        said = "; ".join([*parts, self.spent(over=over)])
        sys.stderr.write(f"{self.task}: {said}\n")
        sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        """Write the last line."""
        if self.progress is not None:
            self.tick(over=True)


class LiveBars(Watch):
    """A bar for each role, and what it costs below."""

    def __init__(self, task: str, console: Console) -> None:
        """Begin with nothing on the screen."""
        from rich.live import Live  # noqa: PLC0415  for terminals only

        super().__init__(task)
        self._over = False
        self._live = Live(
            self, console=console, refresh_per_second=4, redirect_stdout=False
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing; what was drawn last stays."""
        self._over = True
        self._live.stop()

    def __rich__(self) -> RenderableType:
        """Draw it as it stands now; in rich's own thread, so of what is only replaced."""
        from rich.console import Group  # noqa: PLC0415  as above
        from rich.progress_bar import ProgressBar  # noqa: PLC0415  as above
        from rich.table import Table  # noqa: PLC0415  as above
        from rich.text import Text  # noqa: PLC0415  as above

        table = Table.grid(padding=(0, 1))
        for role, done, of in self.roles():
            bar = ProgressBar(total=of, completed=done, width=30)
            counted = f"{done:,}/{of:,}"
            table.add_row(Text(role), bar, Text(counted), Text(_percent(done, of)))
        return Group(
            Text(self.task, "bold"), table, Text(self.spent(over=self._over), "dim")
        )


def watch_for(task: str, *, quiet: bool, color: bool) -> Watch:
    """Return how `task` is watched, for what is wanted and where it goes."""
    if quiet:
        return Watch(task)
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415  for terminals only

        console = Console(stderr=True, no_color=None if color else True, highlight=False)
        if not console.is_dumb_terminal:
            return LiveBars(task, console)
    return Lines(task)


def span(seconds: float | None) -> str:
    """Return a time that is left, as a person reads it.

    Example:
        >>> span(42.4), span(150.0), span(7300.0), span(None)
        ('42 s', '2 min 30 s', '2 h 1 min', '? s')
    """
    if seconds is None:
        return "? s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR:,} h {whole % _HOUR // _MINUTE} min"


def _percent(done: int, of: int) -> str:
    return f"{100 * done // of} %"
