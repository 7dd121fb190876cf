"""The commands and their options. LangGraph and the models are imported within."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from a2r_graph.cli.evals.commands import evals
from a2r_graph.cli.job import Job, Show, question_from, served_at, settings_from
from a2r_graph.cli.options import (
    DEFAULT_MODEL,
    BaseUrl,
    Context,
    Explorers,
    NoColor,
    Synthesizer,
)

app = typer.Typer(
    name="a2r",
    help="A2R: explore a question in parallel, then synthesize (arXiv 2509.22044).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # boxes would take half of the start-up time
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(evals, name="eval")

N = Annotated[
    str | None,
    typer.Option("--n", "-n", metavar="N", help="Explorer branches.  [default: 8]"),
]


def _version(wanted: bool) -> None:  # noqa: FBT001  as typer calls it
    if wanted:
        from a2r_graph import __version__  # noqa: PLC0415  only here

        typer.echo(f"a2r {__version__}")
        raise typer.Exit


@app.callback()
def _a2r(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    pass


@app.command()
def ask(  # noqa: PLR0913  one parameter for each option
    *,
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="The question; - reads stdin.")
    ],
    n: N = None,
    explorer: Explorers = None,
    synthesizer: Synthesizer = None,
    base_url: BaseUrl = None,
    context: Context = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print answer and report as JSON.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the answer alone.")
    ] = False,
    review: Annotated[
        bool,
        typer.Option(
            "--review",
            help="Look at the references before the synthesis: drop, edit, add to them."
            " On a terminal.",
        ),
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Ask N explorers QUESTION, and the synthesizer for the answer."""
    show: Show = "json" if as_json else "answer" if quiet else "progress"
    if review:
        context = [*(context or []), "review=true"]
    try:
        job = _job(explorer, synthesizer, base_url, context, n).calmed()
        job = replace(job, question=question_from(question), show=show, color=not no_color)
    except ValueError as error:
        raise _wrong(error) from None
    from a2r_graph.cli.run import run  # noqa: PLC0415  imports LangGraph

    raise typer.Exit(run(job))


@app.command()
def doctor(  # noqa: PLR0913  one parameter for each option
    *,
    n: N = None,
    explorer: Explorers = None,
    synthesizer: Synthesizer = None,
    base_url: BaseUrl = None,
    context: Context = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Reach each model, and say what is right and what will hurt a run.

    Each generates at most two replies of 64 tokens. Exit code: 0 all right, 1 something
    will hurt, 2 something doesn't work.
    """
    try:
        job = _job(explorer, synthesizer, base_url, context, n)
    except ValueError as error:
        raise _wrong(error) from None
    from a2r_graph.cli.doctor import doctor as run  # noqa: PLC0415  imports LangGraph

    show: Show = "json" if as_json else "progress"
    raise typer.Exit(run(replace(job, show=show, color=not no_color)))


def _job(
    explorer: list[str] | None,
    synthesizer: str | None,
    base_url: str | None,
    context: list[str] | None,
    n: str | None,
) -> Job:
    """Return what the shared options say, without a question."""
    settings = settings_from(context or [], n)
    explorers = served_at(base_url, explorer or [DEFAULT_MODEL])
    chosen = served_at(base_url, [synthesizer])[0] if synthesizer else explorers[0]
    return Job("", explorers, chosen, settings, base_url=base_url)


def _wrong(error: ValueError) -> typer.Exit:
    typer.echo(f"a2r: {error}", err=True)
    return typer.Exit(2)


@app.command()
def graph() -> None:
    """Print the graph as a Mermaid drawing; no model is started."""
    from a2r_graph import create_a2r  # noqa: PLC0415  imports LangGraph

    # The same for every model; this one needs no extra.
    typer.echo(
        create_a2r("vllm:any@http://localhost/v1").get_graph().draw_mermaid().rstrip()
    )
