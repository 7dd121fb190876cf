"""How far a run is, what it has spent, and where it has to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["explorer", "synthesizer", "monolith"]
ROLES: tuple[Role, ...] = ("explorer", "synthesizer", "monolith")
Dollars = Callable[[Role, Mapping[str, Any]], float | None]
"""From a call's role and record to what its tokens cost; None where it isn't known."""


@dataclass(frozen=True)
class Progress:
    """How far a run is; handed to `on_progress` after each call.

    Example:
        >>> from a2r_graph.evals.budget import Progress
        >>> Progress({"explorer": 6}, {"explorer": 8}, 1200, None, 0, 0, 2.0).tokens
        1200
    """

    done: dict[Role, int]
    """Calls that are on disk, by role; those of earlier starts and runs are among them."""
    total: dict[Role, int]
    tokens: int
    """Input and output of all that is done, as far as servers tell it."""
    dollars: float | None
    """What that costs; None where the price of one isn't known."""
    failed: int
    """Calls that came to nothing."""
    reused: int
    """Those of `done` that were there when this start began."""
    seconds: float
    """Since this start."""


@dataclass
class Meter:
    """Counts the calls of a run, and says when it has to stop."""

    total: dict[Role, int]
    max_tokens: int | None
    max_cost: float | None
    dollars: Dollars
    rented: frozenset[str]
    """Roles that run on rented GPUs, whose tokens cost nothing by themselves."""
    per_second: float
    """Dollars of these, while this start goes on."""
    before: float
    """Dollars of these, in earlier starts."""
    on_progress: Callable[[Progress], object] | None
    stopped: str | None = None
    """Which limit was reached, in words."""
    _done: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(ROLES, 0))
    _tokens: int = 0
    _spent: float = 0.0
    _unpriced: bool = False
    _failed: int = 0
    _reused: int = 0
    _began: float = field(default_factory=time.perf_counter)

    def count(self, role: Role, record: Mapping[str, Any], *, reused: bool) -> None:
        """Take up one call, as it came or as it was found on disk."""
        usage = record["usage"]
        told = [usage["input_tokens"], usage["output_tokens"]]
        self._done[role] += 1
        self._reused += reused
        self._tokens += sum(figure for figure in told if figure is not None)
        self._failed += record["error"] is not None
        dollars = self.dollars(role, record)
        if dollars is not None:
            self._spent += dollars
        elif None not in told and role not in self.rented:
            self._unpriced = True
        # A try that failed before tells nothing; it is one of many.
        silent = record["error"] is None and not usage["retries"] and None in told
        self._check(role, record["model"], silent=silent)
        if not reused:
            self.tell()

    def _check(self, role: Role, model: str, *, silent: bool) -> None:
        if self.max_tokens is not None:
            if self._tokens >= self.max_tokens:
                self.stopped = f"max_tokens: {self._tokens:,} of {self.max_tokens:,}"
            elif silent:
                self.stopped = f"max_tokens: {model} doesn't tell its tokens"
        if self.max_cost is not None:
            spent = self._dollars()
            if spent >= self.max_cost:
                self.stopped = f"max_cost: ${spent:.4g} of ${self.max_cost:.4g}"
            elif silent and role not in self.rented:
                self.stopped = f"max_cost: {model} doesn't tell its tokens"

    def _dollars(self) -> float:
        seconds = time.perf_counter() - self._began
        return self._spent + self.before + self.per_second * seconds

    def tell(self) -> None:
        """Hand the progress to whoever wants it."""
        if self.on_progress is None:
            return
        seconds = time.perf_counter() - self._began
        self.on_progress(
            Progress(
                dict(self._done),
                dict(self.total),
                self._tokens,
                None if self._unpriced else self._dollars(),
                self._failed,
                self._reused,
                seconds,
            )
        )
