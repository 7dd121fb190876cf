"""Results as JSON that any reader takes, and back."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from a2r_graph.evals.results import Results

if TYPE_CHECKING:
    from collections.abc import Sequence


def dumped(results: Results | Sequence[Results]) -> str:
    """Return strict JSON, in ASCII: NaN is null, half a surrogate pair is an escape."""
    data: object
    if isinstance(results, Results):
        data = results.as_dict()
    else:
        data = [each.as_dict() for each in results]
    return json.dumps(_finite(data), indent=2, allow_nan=False, default=str)


def loaded(text: str) -> list[Results]:
    """Return the results in JSON of one or several, as `dumped` writes it.

    Raises:
        ValueError: It is no JSON, or holds something else.
    """
    data = json.loads(text)
    several = data if isinstance(data, list) else [data]
    return TypeAdapter(list[Results]).validate_python(several)


def _finite(data: Any) -> Any:  # noqa: ANN401  plain data
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {str(key): _finite(value) for key, value in data.items()}
    return [_finite(value) for value in data] if isinstance(data, list | tuple) else data
