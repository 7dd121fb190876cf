"""What calls cost; a figure that nobody told makes the dollars unknown.

Hosted models are paid by the token (`Price`), one's own GPUs by the hour (`GpuHour`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

_MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens.

    Raises:
        ValueError: A price is no number of 0 or more, or what is cached costs more than
            what isn't.

    Example:
        >>> from a2r_graph.evals.cost import Price
        >>> Price(0.25, 2, 0.025).cached
        0.025
    """

    input: float
    output: float
    """Thoughts are output."""
    cached: float | None = None
    """Of input that the server had in its cache. None: the same as `input`."""
    up_to: int | None = None
    """Input tokens of one call from which it costs more; the dollars of such a call are
    unknown. None: one price for all."""
    source: str = field(default="given", compare=False)
    """Where it comes from, for a report to cite."""

    def __post_init__(self) -> None:
        """Check the figures."""
        for name in ("input", "output", "cached"):
            value = getattr(self, name)
            if value is not None or name != "cached":
                check_dollars(name, value, "dollars per million tokens")
        if self.cached is not None and self.cached > self.input:
            msg = (
                f"cached: {self.cached} is not allowed: at most input, which is "
                f"{self.input} (the order is INPUT,OUTPUT,CACHED)"
            )
            raise ValueError(msg)


@dataclass(frozen=True)
class GpuHour:
    """One's own server: what a token costs depends on how many come out of an hour.

    The dollars of the busy time (`busy_seconds`) are shared out by output tokens. Decoding
    takes a pass through the model for each of them, while a prompt is read thousands of
    tokens at a time, and from the cache where explorers share it; so output is what time
    goes by. Idle hours are in no question's share.

    Raises:
        ValueError: A figure is out of bounds.

    Example:
        >>> from a2r_graph.evals.cost import GpuHour
        >>> GpuHour(2.5, gpus=2).second
        0.00138...
    """

    dollars: float
    """Of one GPU for one hour."""
    gpus: int = 1
    roles: tuple[str, ...] = ()
    """Whom these GPUs serve. Their intervals and tokens are counted together: an hour in
    which two roles ran is paid once."""

    def __post_init__(self) -> None:
        """Check the figures."""
        check_dollars("dollars", self.dollars, "dollars per GPU and hour")
        if type(self.gpus) is not int or self.gpus < 1:
            msg = f"gpus: {self.gpus!r} is not allowed: a whole number, 1 or more"
            raise ValueError(msg)

    @property
    def second(self) -> float:
        """Dollars of one second of all GPUs."""
        return self.dollars * self.gpus / 3600


def dollars(
    price: Price | None,
    input_tokens: int | None,
    output_tokens: int | None,
    cached_tokens: int | None,
) -> float | None:
    """Return what one call cost, or None where a figure is unknown that it takes.

    Args:
        price: None is unknown.
        input_tokens: With those that were cached.
        output_tokens: With those of the thoughts.
        cached_tokens: Those of `input_tokens` that the server had in its cache. Unknown,
            all count as not cached: an upper bound, since caches only make it cheaper.
            What writing to a cache costs (Anthropic) is in no usage, and isn't counted.

    Example:
        >>> from a2r_graph.evals.cost import Price, dollars
        >>> price = Price(input=1, output=4, cached=0.1)
        >>> dollars(price, 1000, 500, 0), dollars(price, 1000, 500, 1000)
        (0.003, 0.0021)
        >>> dollars(price, 1000, None, 0) is None
        True
    """
    if price is None or (price.up_to is not None and (input_tokens or 0) > price.up_to):
        return None
    read = _part(price.input, input_tokens)
    written = _part(price.output, output_tokens)
    if read is None or written is None:
        return None
    if price.cached is not None and input_tokens is not None:
        cached = min(cached_tokens or 0, input_tokens)
        read += cached * (price.cached - price.input)
    return (read + written) / _MILLION


def _part(price: float, tokens: int | None) -> float | None:
    if price == 0:
        return 0.0  # what is free is so however many there were
    return None if tokens is None else price * tokens


def busy_seconds(intervals: Iterable[tuple[float, float]]) -> float:
    """Return the seconds in which at least one call ran.

    Args:
        intervals: Start and end of each call, in seconds of one clock. One that ends
            before it starts (a clock was set) counts nothing.

    Example:
        >>> from a2r_graph.evals.cost import busy_seconds
        >>> busy_seconds([(0, 10), (5, 12), (20, 21)])
        13.0
    """
    busy, reached = 0.0, -math.inf
    for start, end in sorted(intervals):
        busy += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return busy


def check_dollars(name: str, value: object, unit: str) -> None:
    """Refuse what is no number of 0 or more (True is an int to Python)."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf:  # type: ignore[operator]  # it is a number
        msg = f"{name}: {value!r} is not allowed: {unit}, 0 or more"
        raise ValueError(msg)
