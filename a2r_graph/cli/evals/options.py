"""What the options of `a2r eval` ask for: keywords of `load_task` and of `aevaluate`."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2r_graph.cli.job import served_at, settings_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from a2r_graph.evals.prices import GpuHour, Price


@dataclass(frozen=True)
class Given:
    """The options of one call, as they were typed."""

    tasks: list[str]
    explorer: list[str]
    synthesizer: str | None
    monolith: str | None
    n: str
    orders: int
    limit: int | None
    seed: int
    config: list[str] | None
    verifier: str | None
    extract_answer: str | None
    answer_key: str | None
    question_field: str | None
    answer_field: str | None
    id_field: str | None
    split: str | None
    base_url: str | None
    context: list[str] | None
    prompt: Path | None
    price: list[str] | None
    gpu_hour: list[str] | None
    prices: Path | None
    max_tokens: int | None
    max_cost: float | None
    concurrency: int
    verify_seconds: float
    retry_failed: bool
    tag: str | None
    folder: Path
    as_json: bool
    as_markdown: bool
    quiet: bool
    no_color: bool

    @property
    def models(self) -> list[str]:
        """The models of all roles, each once."""
        last = (self.synthesizer, self.monolith)
        return list(dict.fromkeys([*self.explorer, *filter(None, last)]))


_LOADING = (
    *("limit", "seed", "verifier", "extract_answer", "answer_key"),
    *("question_field", "answer_field", "id_field", "split"),
)
_ASKING = (
    *("orders", "max_tokens", "max_cost", "concurrency", "verify_seconds"),
    *("retry_failed", "tag", "folder"),
)


def loading(given: Given) -> dict[str, Any]:
    """Return the keywords of `load_task`.

    Raises:
        ValueError: A pair isn't KEY=VALUE.
    """
    options = {name: getattr(given, name) for name in _LOADING}
    return options | {"config": _config(given.config) if given.config else None}


def asking(given: Given) -> dict[str, Any]:
    """Return the keywords of `aevaluate`.

    Raises:
        ValueError: An option is wrong, as far as that can be told without a model.
    """
    if given.as_json and given.as_markdown:
        msg = "--json and --markdown: give one of them"
        raise ValueError(msg)
    options = {name: getattr(given, name) for name in _ASKING}
    served = _served(given)
    options |= {
        "explorer": [served[name] for name in given.explorer],
        "synthesizer": served.get(given.synthesizer or ""),
        "monolith": served.get(given.monolith or ""),
        "n": numbers(given.n),
        "context": settings_from(given.context or [], None),
        "prices": _prices(given),
        "command": shlex.join(["a2r", *sys.argv[1:]]),
    }
    if given.prompt is not None:
        options["prompt"] = _text(given.prompt)
    return options


def numbers(text: str) -> list[int]:
    """Return N, or several with commas between them.

    Raises:
        ValueError: It isn't that.
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        msg = f"--n: {text!r} is no whole number, nor several as in 2,4,8"
        raise ValueError(msg) from None


def _served(given: Given) -> dict[str, str]:
    """Return each model with the address of vLLM's, if one was given."""
    ours = [name for name in given.models if name.startswith("vllm:")] or given.models
    at = dict(zip(ours, served_at(given.base_url, ours), strict=True))
    return {name: at.get(name, name) for name in given.models}


def _config(pairs: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            msg = f"--config: {pair!r} is not KEY=VALUE, as in max_terms=3"
            raise ValueError(msg)
        if key in found:
            msg = f"--config: {key} is given twice, the second time as {value}"
            raise ValueError(msg)
        try:
            found[key] = json.loads(value)
        except (ValueError, RecursionError):
            found[key] = value
    return found


def _prices(given: Given) -> dict[str, Price | GpuHour]:
    """Return the prices by role; the command line wins over the file."""
    from a2r_graph.evals.prices import (  # noqa: PLC0415  imports pydantic
        parse_gpu_hour,
        parse_price,
        read_prices,
    )

    said: dict[str, Price | GpuHour] = {}
    given_each: list[tuple[str, Mapping[str, Price | GpuHour]]] = [
        *((text, parse_price(text)) for text in given.price or []),
        *((text, parse_gpu_hour(text)) for text in given.gpu_hour or []),
    ]
    for text, prices in given_each:
        if twice := sorted(said.keys() & prices.keys()):
            msg = f"{text!r}: {twice[0]} has a price already: one, by --price or --gpu-hour"
            raise ValueError(msg)
        said |= prices
    return {**(read_prices(given.prices) if given.prices else {}), **said}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"--prompt: {path} can't be read: {error.strerror}"
    except UnicodeDecodeError:
        msg = f"--prompt: {path} is not UTF-8: save it as that"
    raise ValueError(msg)
