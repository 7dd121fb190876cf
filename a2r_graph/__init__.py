"""A2R (arXiv 2509.22044) for LangGraph: explore in parallel, then synthesize."""

from typing import TYPE_CHECKING, Any

from a2r_graph.context import A2RContext
from a2r_graph.errors import A2RError, ExplorationError, SynthesisError
from a2r_graph.graph import create_a2r
from a2r_graph.prompts import SYNTHESIS
from a2r_graph.references import extract_answer
from a2r_graph.state import A2RInput, A2ROutput, A2RState, Reference, Report

if TYPE_CHECKING:
    from a2r_graph.models.local import ChatLocal
    from a2r_graph.models.vllm import ChatVLLM

__version__ = "0.1.0"

__all__ = [
    # the graph and its settings
    "create_a2r",
    "A2RContext",
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
    # errors
    "A2RError",
    "ExplorationError",
    "SynthesisError",
]

_MODELS = {"ChatLocal": "local", "ChatVLLM": "vllm"}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Import the chat models when they are asked for: they bring OpenAI's client."""
    if name in _MODELS:
        from importlib import import_module  # noqa: PLC0415  light start

        return getattr(import_module(f"a2r_graph.models.{_MODELS[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
