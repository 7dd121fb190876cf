"""Is it worth it? Pass@1, Cons@N, Pass@N and A2R on the same samples (`[evals]`)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from a2r_graph.extras import install

if TYPE_CHECKING:
    from a2r_graph.evals.budget import Progress
    from a2r_graph.evals.evaluation import aevaluate, evaluate, stored
    from a2r_graph.evals.outcomes import OutageError
    from a2r_graph.evals.prices import GpuHour, Price
    from a2r_graph.evals.report import as_html, as_json, as_markdown
    from a2r_graph.evals.results import Results
    from a2r_graph.evals.task import Question, Task, Verifier
    from a2r_graph.evals.tasks import load_task

__all__ = [
    # one evaluation
    "evaluate",
    "aevaluate",
    "stored",
    "Results",
    "Progress",
    "OutageError",
    # what is evaluated
    "Task",
    "Question",
    "Verifier",
    "load_task",
    # what it costs
    "Price",
    "GpuHour",
    # reports
    "as_html",
    "as_markdown",
    "as_json",
]

_WHERE = {
    "evaluate": "evaluation",
    "aevaluate": "evaluation",
    "stored": "evaluation",
    "Results": "results",
    "Progress": "budget",
    "Price": "prices",
    "GpuHour": "prices",
    "as_html": "report",
    "as_markdown": "report",
    "as_json": "report",
    "OutageError": "outcomes",
    "Task": "task",
    "Question": "task",
    "Verifier": "task",
    "load_task": "tasks",
}
_NEEDED = {"cloudpickle", "filelock", "genai_prices", "jinja2", "numpy"}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Import a public name when it is first asked for: verifiers need no models."""
    if name not in _WHERE:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        msg = f"{name} needs {error.name}: {install('evals')}"
        raise ImportError(msg) from None
    globals()[name] = found
    return found
