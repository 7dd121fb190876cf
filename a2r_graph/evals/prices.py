"""Where prices come from: the command line, a file, or a library of list prices."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from a2r_graph.evals.cost import (
    GpuHour,
    Price,
    busy_seconds,
    check_dollars,
    dollars,
)
from a2r_graph.evals.list_prices import list_price

__all__ = [
    "GpuHour",
    "Price",
    "Prices",
    "busy_seconds",
    "dollars",
    "parse_gpu_hour",
    "parse_price",
    "prices_for",
    "read_prices",
]

ROLES = ("explorer", "synthesizer", "monolith")

_KEYS = (  # of a table by tokens, of one by GPU-hours: those needed, those known
    (("input", "output"), ("input", "output", "cached")),
    (("gpu_hour",), ("gpu_hour", "gpus")),
)

Prices: TypeAlias = Mapping[tuple[str, str], Price | GpuHour | None]
"""(role, model) -> what it costs; None is unknown."""


def prices_for(
    roles: Mapping[str, Iterable[str]],
    given: Mapping[str, Price | GpuHour],
    when: datetime | None = None,
) -> Prices:
    """Return what each model of each role costs.

    What is `given` for a role holds for all its models. Else a model that is named
    `provider:model` is looked up in `genai-prices`, as `list_price` says.

    Args:
        roles: Role -> its models' names.
        given: Role -> what the user says.
        when: When the calls were made. None: now.

    Raises:
        ValueError: `given` names what is no role.
        TypeError: What it gives is no price.
        ImportError: A hosted model is to be looked up, and `genai-prices` isn't installed.

    Example:
        >>> from a2r_graph.evals.prices import Price, prices_for
        >>> known = prices_for(
        ...     {"explorer": ["vllm:a", "vllm:b"]}, {"explorer": Price(1, 2)}
        ... )
        >>> known["explorer", "vllm:b"].output
        2
        >>> prices_for({"synthesizer": ["vllm:a"]}, {})
        {('synthesizer', 'vllm:a'): None}
    """
    if unknown := sorted(set(given) - set(ROLES)):
        msg = f"prices: {unknown[0]!r} is not a role: {', '.join(ROLES)}"
        raise ValueError(msg)
    for role, price in given.items():
        if not isinstance(price, (Price, GpuHour)):
            msg = f"prices: {price!r} of {role} is neither a Price nor a GpuHour"
            raise TypeError(msg)
    when = when or datetime.now(tz=UTC)
    return {
        (role, model): given[role] if role in given else list_price(model, when)
        for role, models in roles.items()
        for model in models
    }


def parse_price(text: str) -> dict[str, Price]:
    """Read ROLE=INPUT,OUTPUT[,CACHED], dollars per million tokens.

    Raises:
        ValueError: It isn't that.

    Example:
        >>> from a2r_graph.evals.prices import parse_price
        >>> parse_price("explorer=0.11,0.42")["explorer"].output
        0.42
    """
    roles, figures = _halves("--price", text, "ROLE=INPUT,OUTPUT[,CACHED]", "=0.11,0.42")
    numbers = [_number("--price", text, part) for part in figures.split(",")]
    if len(numbers) not in (2, 3):
        msg = (
            f"--price: {text!r} has {len(numbers)} figures: INPUT,OUTPUT or "
            "INPUT,OUTPUT,CACHED, dollars per million tokens"
        )
        raise ValueError(msg)
    price = _made("--price", text, Price, *numbers)
    return dict.fromkeys(roles, price)


def parse_gpu_hour(text: str) -> dict[str, GpuHour]:
    """Read ROLE=DOLLARS[xGPUS], dollars per GPU and hour.

    Roles that one server serves are named together, as in `explorer+synthesizer=2.5`.

    Raises:
        ValueError: It isn't that.

    Example:
        >>> from a2r_graph.evals.prices import parse_gpu_hour
        >>> parse_gpu_hour("explorer+synthesizer=2.5x4")["synthesizer"].gpus
        4
    """
    roles, figures = _halves("--gpu-hour", text, "ROLE=DOLLARS[xGPUS]", "=2.5x4")
    cost, times, gpus = figures.partition("x")
    number = _number("--gpu-hour", text, cost)
    count = int(gpus) if gpus.isascii() and gpus.isdecimal() else (gpus if times else 1)
    hour = _made("--gpu-hour", text, GpuHour, number, count, roles)
    return dict.fromkeys(roles, hour)


def read_prices(path: str | Path) -> dict[str, Price | GpuHour]:
    """Read a TOML or JSON file of prices by role.

    A role has `input`, `output` and perhaps `cached`, dollars per million tokens, or
    `gpu_hour`, dollars per GPU and hour, and perhaps `gpus`. Roles that one server
    serves are named together, as in `["explorer+synthesizer"]`.

    Raises:
        ValueError: The file can't be read, or what stands there is wrong; the message
            names the file, the key, the value and what would do.
    """
    path = Path(path)
    data = _loaded(path)
    if not isinstance(data, dict) or not data:
        msg = f"{path}: no prices: a table for each role, as in [explorer] input = 0.11"
        raise ValueError(msg)
    prices: dict[str, Price | GpuHour] = {}
    for key, table in data.items():
        roles = _roles(f"{path}: {key}", str(key))
        for role in roles:
            if role in prices:
                msg = f"{path}: {key}: {role} has a price already: one for each role"
                raise ValueError(msg)
        prices |= dict.fromkeys(roles, _of_table(f"{path}: {key}", table, roles))
    return prices


def _loaded(path: Path) -> Any:  # noqa: ANN401  checked by the caller
    loaders = {".toml": tomllib.loads, ".json": json.loads}
    loads = loaders.get(path.suffix.lower())
    if loads is None:
        msg = f"{path}: {path.suffix!r} is not a format of prices: .toml or .json"
        raise ValueError(msg)
    try:
        return loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        msg = f"{path}: can't be read: {error.strerror}"
    except UnicodeDecodeError:
        msg = f"{path}: not UTF-8: save it as that"
    except (ValueError, RecursionError) as error:  # tomllib's and json's are ValueErrors
        msg = f"{path}: no valid {path.suffix[1:].upper()}: {error}"
    raise ValueError(msg)


def _of_table(where: str, table: object, roles: tuple[str, ...]) -> Price | GpuHour:
    if not isinstance(table, dict):
        msg = f"{where}: {table!r} is no table: input and output, or gpu_hour"
        raise ValueError(msg)  # noqa: TRY004  a file's content, not a caller's type
    needed, known = _KEYS["gpu_hour" in table]
    for key in table:
        if key not in known:
            names = ", ".join(known)
            msg = f"{where}.{key}: {table[key]!r}: unknown key; known here are {names}"
            raise ValueError(msg)
    for key in needed:
        if key not in table:
            msg = f"{where}.{key}: missing: give input and output, or gpu_hour"
            raise ValueError(msg)
    try:
        if "gpu_hour" in table:
            check_dollars("gpu_hour", table["gpu_hour"], "dollars per GPU and hour")
            return GpuHour(table["gpu_hour"], table.get("gpus", 1), roles)
        return Price(table["input"], table["output"], table.get("cached"))
    except ValueError as error:
        msg = f"{where}.{error}"
        raise ValueError(msg) from None


def _halves(option: str, text: str, form: str, example: str) -> tuple[tuple[str, ...], str]:
    names, equals, figures = text.partition("=")
    if not equals:
        msg = f"{option}: {text!r} is not {form}, as in explorer{example}"
        raise ValueError(msg)
    return _roles(option, names), figures


def _roles(where: str, names: str) -> tuple[str, ...]:
    roles = tuple(name.strip() for name in names.split("+"))
    for role in roles:
        if role not in ROLES:
            msg = f"{where}: {role!r} is not a role: {', '.join(ROLES)}"
            raise ValueError(msg)
    return roles


def _number(option: str, text: str, part: str) -> float:
    try:
        return float(part)
    except ValueError:
        msg = f"{option}: {text!r}: {part!r} is not a number"
        raise ValueError(msg) from None


def _made(option: str, text: str, kind: Any, *figures: Any) -> Any:  # noqa: ANN401  either
    try:
        return kind(*figures)
    except ValueError as error:
        msg = f"{option}: {text!r}: {error}"
        raise ValueError(msg) from None
