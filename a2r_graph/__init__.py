"""A2R (arXiv 2509.22044) for LangGraph: explore in parallel, then synthesize."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from a2r_graph.compose.chat_model import ChatA2R
    from a2r_graph.compose.middleware import A2RMiddleware
    from a2r_graph.compose.tool import create_a2r_tool
    from a2r_graph.context import A2RContext
    from a2r_graph.errors import (
        A2RError,
        BadReplyError,
        CutOffStreamError,
        EmptyReplyError,
        ExplorationError,
        ReplyError,
        SynthesisError,
    )
    from a2r_graph.graph import create_a2r
    from a2r_graph.models.local import ChatLocal
    from a2r_graph.models.vllm import ChatVLLM
    from a2r_graph.prompts import SYNTHESIS
    from a2r_graph.references import answer_key, extract_answer
    from a2r_graph.state import A2RInput, A2ROutput, A2RState, Reference, Report

__version__ = "0.1.0"

__all__ = [
    # the graph and its settings
    "create_a2r",
    "A2RContext",
    # in larger agents
    "create_a2r_tool",
    "A2RMiddleware",
    "ChatA2R",
    # state and report
    "A2RInput",
    "A2ROutput",
    "A2RState",
    "Reference",
    "Report",
    # models
    "ChatLocal",
    "ChatVLLM",
    # what may be replaced
    "SYNTHESIS",
    "extract_answer",
    "answer_key",
    # errors
    "A2RError",
    "ExplorationError",
    "SynthesisError",
    "ReplyError",
    "BadReplyError",
    "CutOffStreamError",
    "EmptyReplyError",
]

if not TYPE_CHECKING and find_spec("langchain") is None:
    # For `import *`. Asked for by its name, it says what to install.
    __all__.remove("A2RMiddleware")  # noqa: PYI056  no type checker reads this branch

_WHERE = {
    "create_a2r": "graph",
    "A2RContext": "context",
    "create_a2r_tool": "compose.tool",
    "A2RMiddleware": "compose.middleware",
    "ChatA2R": "compose.chat_model",
    "A2RInput": "state",
    "A2ROutput": "state",
    "A2RState": "state",
    "Reference": "state",
    "Report": "state",
    "ChatLocal": "models.local",
    "ChatVLLM": "models.vllm",
    "SYNTHESIS": "prompts",
    "extract_answer": "references",
    "answer_key": "references",
    "A2RError": "errors",
    "ExplorationError": "errors",
    "SynthesisError": "errors",
    "ReplyError": "errors",
    "BadReplyError": "errors",
    "CutOffStreamError": "errors",
    "EmptyReplyError": "errors",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Import a public name when it is first asked for.

    The command `a2r --help` needs no graph, and a graph needs no OpenAI client until it
    has a model of ours.
    """
    if name not in _WHERE:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "langchain":
            raise
        from a2r_graph.extras import install  # noqa: PLC0415  for the hint alone

        msg = f"{name} needs langchain: {install('langchain')}"
        raise ImportError(msg) from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted({*globals(), *__all__})
