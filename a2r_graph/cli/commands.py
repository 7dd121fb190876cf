"""The commands and their options. LangGraph and the models are imported within."""

from __future__ import annotations

from typing import Annotated

import typer

from a2r_graph.cli.job import Job, Show, question_from, served_at, settings_from

DEFAULT_MODEL = "local:"

app = typer.Typer(
    name="a2r",
    help="A2R: explore a question in parallel, then synthesize (arXiv 2509.22044).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # boxes would take half of the start-up time
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    n: Annotated[
        str | None,
        typer.Option("--n", "-n", metavar="N", help="Explorer branches.  [default: 8]"),
    ] = None,
    explorer: Annotated[
        list[str] | None,
        typer.Option(
            "--explorer",
            "-e",
            metavar="PROVIDER:MODEL",
            help="Model of the explorers; several are dealt round-robin."
            "  [default: local:, the embedded model]",
        ),
    ] = None,
    synthesizer: Annotated[
        str | None,
        typer.Option(
            "--synthesizer",
            "-s",
            metavar="PROVIDER:MODEL",
            help="Model of the synthesizer.  [default: the first explorer's]",
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where vllm: models are served, http://HOST:PORT/v1."
        ),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            "-c",
            metavar="KEY=VALUE",
            help="A setting of A2RContext, max_tokens=256 say.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print answer and report as JSON.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the answer alone.")
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colors; as NO_COLOR=1 does.")
    ] = False,
) -> None:
    """Ask N explorers QUESTION, and the synthesizer for the answer."""
    try:
        settings = settings_from(context or [], n)
        explorers = served_at(base_url, explorer or [DEFAULT_MODEL])
        chosen = served_at(base_url, [synthesizer])[0] if synthesizer else explorers[0]
        text = question_from(question)
    except ValueError as error:
        typer.echo(f"a2r: {error}", err=True)
        raise typer.Exit(2) from None
    from a2r_graph.cli.run import run  # noqa: PLC0415  imports LangGraph

    show: Show = "json" if as_json else "answer" if quiet else "progress"
    job = Job(text, explorers, chosen, settings, show=show, color=not no_color)
    raise typer.Exit(run(job))


@app.command()
def graph() -> None:
    """Print the graph as a Mermaid drawing; no model is started."""
    from a2r_graph import create_a2r  # noqa: PLC0415  imports LangGraph

    typer.echo(create_a2r(DEFAULT_MODEL).get_graph().draw_mermaid().rstrip())
