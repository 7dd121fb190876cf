"""What the options ask for, checked as far as that needs no model."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace
from typing import Any, Literal

from a2r_graph.cli.options import DEFAULT_MODEL

Show = Literal["progress", "answer", "json"]


_SMALL = {
    "keep_majority": True,
    "synthesizer_temperature": 0.2,
    "max_tokens": 256,
    "synthesizer_max_tokens": 128,
}
"""How the default embedded model is asked where nobody says otherwise: it wanders, and is
too small to beat its own vote (docs/demo.md)."""


@dataclass(frozen=True)
class Job:
    """One call of `a2r ask`."""

    question: str
    explorers: list[str]
    synthesizer: str
    settings: dict[str, Any]
    show: Show = "progress"
    color: bool = True
    base_url: str | None = None
    """Where models are asked that were named without an address."""

    @property
    def embedded(self) -> bool:
        """Whether the embedded model has to be started."""
        return any(model.startswith("local:") for model in self.models)

    def calmed(self) -> Job:
        """Return the job with the settings that the default embedded model needs."""
        if self.synthesizer != DEFAULT_MODEL or os.environ.get("A2R_LOCAL_MODEL"):
            return self
        return replace(self, settings={**_SMALL, **self.settings})

    @property
    def models(self) -> list[str]:
        """The models of both roles, each once."""
        return list(dict.fromkeys([*self.explorers, self.synthesizer]))


def settings_from(pairs: list[str], n: str | None) -> dict[str, Any]:
    """Return the run's settings as the options say; A2RContext checks them.

    Raises:
        ValueError: A pair isn't KEY=VALUE, or a setting is given twice.
    """
    settings: dict[str, Any] = {}
    for pair in [*pairs, *([] if n is None else [f"n={n}"])]:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            msg = f"--context: {pair!r} is not KEY=VALUE, as in temperature=0.6"
            raise ValueError(msg)
        if key in settings:
            msg = f"{key} is given twice, the second time as {value}"
            raise ValueError(msg)
        try:
            settings[key] = json.loads(value)
        except (ValueError, RecursionError):
            settings[key] = value
    return settings


def served_at(url: str | None, models: list[str]) -> list[str]:
    """Return the models' names with the address of those that vLLM serves.

    Raises:
        ValueError: It isn't an address, or a model isn't served by vLLM.
    """
    if url is None:
        return models
    if not url.startswith(("http://", "https://")):
        shown = url.rpartition("@")[2]  # no password
        msg = f"--base-url: {shown!r} is no address, as http://localhost:8000/v1 is"
        raise ValueError(msg)
    for model in models:
        if not model.startswith("vllm:"):
            msg = f"--base-url: is for vllm: models, {model!r} is none"
            raise ValueError(msg)
    return [model if "@http" in model else f"{model}@{url}" for model in models]


def question_from(given: str) -> str:
    """Return the question, from stdin if it is "-", as valid text.

    Raises:
        ValueError: It is empty.
    """
    if given == "-":
        text = sys.stdin.buffer.read().decode("utf-8-sig", "replace")
    else:
        # Bytes of the command line that aren't UTF-8 come as lone surrogates.
        text = given.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not text.strip():
        where = " on stdin" if given == "-" else ""
        msg = f"the question{where} is empty"
        raise ValueError(msg)
    return text.strip()
