"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_MODEL = "local:"

Explorers = Annotated[
    list[str] | None,
    typer.Option(
        "--explorer",
        "-e",
        metavar="PROVIDER:MODEL",
        help="Model of the explorers; several are dealt round-robin."
        "  [default: local:, the embedded model]",
    ),
]
Synthesizer = Annotated[
    str | None,
    typer.Option(
        "--synthesizer",
        "-s",
        metavar="PROVIDER:MODEL",
        help="Model of the synthesizer.  [default: the first explorer's]",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where vllm: models are served, http://HOST:PORT/v1."),
]
Context = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        "-c",
        metavar="KEY=VALUE",
        help="A setting of A2RContext, max_tokens=256 say.",
    ),
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colors; as NO_COLOR=1 does.")]
