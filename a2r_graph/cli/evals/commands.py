"""The commands of `a2r eval` and their options. What they do is imported within."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from a2r_graph.cli.evals.options import Given
from a2r_graph.cli.options import (
    DEFAULT_MODEL,
    BaseUrl,
    Context,
    Explorers,
    NoColor,
    Synthesizer,
)
from a2r_graph.extras import install


class _TaskFirst(TyperGroup):
    """A first word that is no command is a task: `eval TASK` is `eval run TASK`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  typer's own click
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  typer's own click
        """Show the options of `run` here, and the other commands below."""
        formatter.write_usage(ctx.command_path, "TASK... [OPTIONS] | COMMAND ...")
        self.format_help_text(ctx, formatter)
        self.commands["run"].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


evals = typer.Typer(
    cls=_TaskFirst,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Is it worth it? Pass@1, Cons@N, Pass@N and A2R on the same samples of TASK.

    A TASK is a generator of reasoning-gym (gym:chain_sum), a file with questions and
    answers (.jsonl, .csv, .parquet), hf://OWNER/NAME, or a ready one with its data
    (aime2024=FILE). Every call is on disk as it arrives: the same command goes on where
    it was stopped, and asks nothing twice. A page with everything is FOLDER/RUN.html.

    Exit code: 0; 1 for a run that failed (no server, say); 2 for a wrong call; 3 when
    --max-tokens or --max-cost ended it before its end; 130 after Ctrl-C.""",
)

Folder = Annotated[
    Path,
    typer.Option(metavar="DIR", envvar="A2R_EVALS", help="Where runs are kept."),
]
Run = Annotated[
    str, typer.Argument(metavar="RUN", help="Its id, the beginning of it, or last.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print it as Markdown.")]
Strings = list[str] | None

FOLDER = Path("a2r-evals")


@evals.command("run")
def _run(  # noqa: PLR0913  one parameter for each option
    *,
    tasks: Annotated[
        list[str],
        typer.Argument(metavar="TASK...", help="What to ask; several, one by one."),
    ],
    explorer: Explorers = None,
    synthesizer: Synthesizer = None,
    monolith: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER:MODEL", help="One bigger model, asked once, to compare with."
        ),
    ] = None,
    n: Annotated[
        str,
        typer.Option(
            "--n", "-n", metavar="N[,N...]", help="Explorers; of several, A2R at each."
        ),
    ] = "8",
    orders: Annotated[
        int,
        typer.Option(metavar="COUNT", help="Orders in which the synthesizer reads them."),
    ] = 1,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT",
            help="Most questions.  [default: 100 of a generator, all of a file]",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="SEED", help="Of a generator's questions.")
    ] = 42,
    config: Annotated[
        Strings,
        typer.Option(metavar="KEY=VALUE", help="A setting of the generator, max_terms=3."),
    ] = None,
    verifier: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="Who says whether an answer is right.  [default: the generator, or"
            " math-verify]",
        ),
    ] = None,
    extract_answer: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="Reads the final answer out of a reply, for the vote and the verifier.",
        ),
    ] = None,
    answer_key: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="What counts as the same answer in a vote: equal values of it.",
        ),
    ] = None,
    question_field: Annotated[
        str | None, typer.Option(metavar="F", help="Column of a file's questions.")
    ] = None,
    answer_field: Annotated[
        str | None, typer.Option(metavar="F", help="Column of its answers.")
    ] = None,
    id_field: Annotated[
        str | None, typer.Option(metavar="F", help="Column of its names of questions.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="S", help="Part of a dataset of hf://.")
    ] = None,
    base_url: BaseUrl = None,
    context: Context = None,
    prompt: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The synthesizer's prompt: a text with {references}."
        ),
    ] = None,
    price: Annotated[
        Strings,
        typer.Option(
            metavar="ROLE=IN,OUT[,CACHED]",
            help="Dollars per million tokens; ROLE is explorer, synthesizer or monolith.",
        ),
    ] = None,
    gpu_hour: Annotated[
        Strings,
        typer.Option(
            metavar="ROLE=DOLLARS[xGPUS]",
            help="Dollars per GPU and hour; a server of two: explorer+synthesizer=2.5x4.",
        ),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prices by role, TOML or JSON.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT", help="Stop a task that has used so many, all starts together."
        ),
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(metavar="DOLLARS", help="Stop a task that has cost so much."),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(metavar="COUNT", help="Calls at a time.")
    ] = 32,
    verify_seconds: Annotated[
        float, typer.Option(metavar="SECONDS", help="For the verifier, on one answer.")
    ] = 10.0,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed",
            help="Ask again where a server, the network or a verifier failed.",
        ),
    ] = False,
    tag: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Another tag, other samples."),
    ] = None,
    folder: Folder = FOLDER,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Evaluate TASK; the word `run` may be left out."""
    given = dict(locals())
    given["explorer"] = explorer or [DEFAULT_MODEL]
    _leave("run", "run", Given(**given))


@evals.command("list")
def _list(*, folder: Folder = FOLDER, as_json: AsJson = False) -> None:
    """List the runs of a folder, the latest last."""
    _leave("runs", "list_runs", folder, as_json=as_json)


@evals.command("show")
def _show(  # noqa: PLR0913  one parameter for each option
    *,
    run: Run,
    folder: Folder = FOLDER,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the page to FILE.")
    ] = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    no_color: NoColor = False,
) -> None:
    """Show what RUN has found so far."""
    form = {"html": html, "as_json": as_json, "as_markdown": as_markdown}
    _leave("runs", "show_run", folder, run, **form, color=not no_color)


@evals.command("compare")
def _compare(
    *,
    first: Run,
    second: Run,
    folder: Folder = FOLDER,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Compare two runs, on the questions that both have."""
    options = {"as_json": as_json, "color": not no_color}
    _leave("runs", "compare_runs", folder, first, second, **options)


def _leave(module: str, name: str, *arguments: object, **options: object) -> None:
    """Do it, and exit with its code."""
    try:
        found = importlib.import_module(f"a2r_graph.cli.evals.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("a2r_graph"):
            raise
        needed = f"a2r eval needs {error.name}: {install('cli,evals')}"
        typer.echo(f"a2r: {needed}", err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(getattr(found, name)(*arguments, **options))
