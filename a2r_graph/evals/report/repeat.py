"""The command that repeats a run."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a2r_graph.evals.results import Results

_OPTIONS = {"concurrency": "--concurrency"}  # settings of the evaluation, not of A2R


def command(results: Results) -> str:
    """Return what to type to make this run again, for a POSIX shell.

    As it was typed; of a run that was made from Python, what its settings come to.

    Args:
        results: Of the run.
    """
    if results.command:
        return results.command
    options = [("-e", explorer) for explorer in results.explorers]
    options.append(("-s", results.synthesizer))
    if results.at:
        options.append(("--n", ",".join(str(at.n) for at in results.at)))
    if results.orders:
        options.append(("--orders", str(len(results.orders.accuracies))))
    if results.monolith:
        options.append(("--monolith", results.monolith.model))
    for name, value in results.settings.items():
        if name in _OPTIONS:
            options.append((_OPTIONS[name], _written(value)))
        elif name != "n":
            options.append(("-c", f"{name}={_written(value)}"))
    words = [("a2r", "eval", results.task), *options]
    return " \\\n  ".join(shlex.join(line) for line in words)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
