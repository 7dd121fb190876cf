"""One run on the command line: from the options to an exit code."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from a2r_graph import A2RContext, A2RError, create_a2r
from a2r_graph.cli.servers import hints
from a2r_graph.cli.text import bounded, clean
from a2r_graph.cli.views import View, view_for
from a2r_graph.models.failures import failure_of, redact
from a2r_graph.references.thoughts import so_far

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

    from a2r_graph.cli.job import Job

FAILED, WRONG, INTERRUPTED = 1, 2, 130
_PATIENCE = 2.0
"""Seconds that a cancelled run may take to end by itself."""


def run(job: Job, view: View | None = None) -> int:
    """Run `job`, show it in `view` or as it asks for, and return the exit code."""
    try:
        settings = A2RContext().overlaid(A2RContext(**job.settings))
        graph = _graph(job, review=settings.review)
    except Exception as error:  # noqa: BLE001  others come again with their traceback
        return refused(error, making=True)
    view = view or view_for(job, settings.n)
    if job.embedded and job.show == "progress":
        tell_of_download()
        say("starting the embedded model ...")
    following = Following(graph, view)
    try:
        with view, asyncio.Runner() as runner:
            values = _to_its_end(runner, following, job)
    except A2RError as error:
        return _failed(error, job)
    except BrokenPipeError:
        raise  # whoever read our output left: no failure of the run
    except Exception as error:
        if following.exploring:
            raise
        return refused(error)
    if values is None:
        say("nothing was synthesized")
        return INTERRUPTED
    answer: AIMessage = values["messages"][-1]
    if job.show == "json":
        print_text(as_json({"answer": str(answer.text), "a2r": values["a2r"]}))
    elif job.show == "answer":
        print_text(clean(str(answer.text)))
    return 0


def _graph(job: Job, *, review: bool) -> Any:  # noqa: ANN401  LangGraph's
    """Make the graph; with a review, one that can stop and go on.

    Raises:
        ValueError: A review is wanted and nobody can be asked, or a name is wrong.
    """
    if review:
        _needs_a_person(job)
    saver = InMemorySaver() if review else None
    return create_a2r(job.explorers, job.synthesizer, checkpointer=saver, **job.settings)


def _needs_a_person(job: Job) -> None:
    problem = {"json": "--json was given", "answer": "--quiet was given"}.get(job.show)
    for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout)):
        if problem is None and not stream.isatty():
            problem = f"{name} is none"
    if problem:
        msg = (
            f"review: a person is asked on a terminal, but {problem}; run it there, "
            "QUESTION in the arguments, or answer the interrupt of create_a2r's graph"
        )
        raise ValueError(msg)


def _to_its_end(
    runner: asyncio.Runner, following: Following, job: Job
) -> dict[str, Any] | None:
    """Run, asking the person where the graph stops; return the last state.

    None: the person left.
    """
    values = runner.run(following.follow({"messages": [("user", job.question)]}))
    while stops := values.get("__interrupt__"):
        from a2r_graph.cli.review import reviewed  # noqa: PLC0415  for terminals only

        offered, branches = stops[0].value["references"], values["a2r"]["references"]
        if problem := stops[0].value.get("problem"):
            say(problem)  # of the choice before
        # The loop stands still meanwhile: Ctrl-C at the prompt is an ordinary one.
        answer = reviewed(offered, len(branches), color=job.color)
        if answer is None:
            return None
        values = runner.run(following.follow(Command(resume=answer)))
    following.view.done(str(values["messages"][-1].text), values["a2r"])
    return values


class Following:
    """Follows a run's stream and tells the view."""

    def __init__(self, graph: Any, view: View) -> None:  # noqa: ANN401  LangGraph's
        """Begin before the first event."""
        self.graph = graph
        self.view = view
        self.exploring = False
        """Whether any model has been asked by now."""
        self._id: str | None = None
        self._text = ""

    async def follow(self, given: object) -> dict[str, Any]:
        """Run the graph on `given`, as far as it goes; return the last state."""
        values: dict[str, Any] = {}
        try:
            async for mode, payload in self.graph.astream(
                given,
                {"configurable": {"thread_id": "1"}},
                stream_mode=["custom", "messages", "values"],
            ):
                if mode == "values":
                    values = payload
                elif mode == "custom":
                    self.exploring = True
                    self.view.event(payload)
                elif payload[1].get("langgraph_node") == "synthesizer":
                    self.view.answering(self._so_far(payload[0]))
        except asyncio.CancelledError:
            leave_soon()
            raise
        return values

    def _so_far(self, message: BaseMessage) -> str:
        """Return the answer as far as it is known, without the thought before it."""
        if message.id != self._id:  # the fallback's answer in place of a broken one
            self._id, self._text = message.id, ""
        self._text += str(message.text)
        return so_far(self._text).strip()


def tell_of_download() -> None:
    """Say it if the embedded model has to be fetched first, which takes its time."""
    log = logging.getLogger("a2r_graph.models.download")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("a2r: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def leave_soon() -> None:
    """See to it that an interrupted run ends promptly, also amid a download."""
    embedded = sys.modules.get("a2r_graph.models.embedded")
    if embedded:
        embedded.stop_all()
    timer = threading.Timer(_PATIENCE, os._exit, (INTERRUPTED,))
    timer.daemon = True
    timer.start()


def refused(error: Exception, *, making: bool = False) -> int:
    """Say why no model was asked, or raise what nobody expects.

    Args:
        error: What was raised before the first explorer started.
        making: Whether that was in making the models.
    """
    failure = failure_of(error)
    kind = failure["kind"]
    if type(error) in (ValueError, ImportError, ModuleNotFoundError):
        say(str(error))
        return WRONG
    if kind != "error":  # a server that can't be reached, a wrong key
        say(f"{kind.replace('_', ' ')}: {failure['message']}")
        return FAILED
    if type(error).__name__ == "DownloadError" or str(error).startswith("llama.cpp"):
        say(str(error))
        return FAILED
    if making and type(error).__module__ != "builtins":
        # A provider's own: no key, say. Pydantic's would show what was given.
        problems = getattr(error, "errors", None)
        text = "; ".join(p["msg"] for p in problems()) if problems else str(error)
        say(text)
        return WRONG
    raise error


def _failed(error: A2RError, job: Job) -> int:
    """Say why the run has no answer; with `--json`, on stdout too."""
    say(str(error))
    for hint in hints(str(error), job.models, job.base_url):
        say(hint)
    if any(m.startswith("vllm:") for m in job.models):
        say("a2r doctor, with the same options, tells what is wrong with a server")
    if job.show == "json":
        about = {"type": type(error).__name__, "message": str(error)}
        print_text(as_json({"error": about, "a2r": {"references": error.references}}))
    return FAILED


def say(text: str) -> None:
    """Write to stderr, without secrets."""
    sys.stderr.write(f"a2r: {bounded(redact(text))}\n")
    sys.stderr.flush()


def print_text(text: str) -> None:
    """Write to stdout, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def as_json(document: dict[str, Any]) -> str:
    """Return ASCII, which every terminal and every locale takes."""
    return json.dumps(document, indent=2)
