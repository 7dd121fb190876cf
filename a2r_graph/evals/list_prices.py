"""List prices of hosted models, from the library `genai-prices`.

Its prices come with the package: what is cited is its version. It fetches newer ones only
where a program starts its `UpdatePrices`, which nothing here does.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from a2r_graph.evals.cost import Price, dollars
from a2r_graph.extras import install

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

_OURS = {"vllm", "local"}
_THEIRS = {
    "azure_openai": "azure",
    "azure_ai": "azure",
}  # LangChain's name -> the library's
_PROBE = (2000, 1000, 500)  # tokens: input, output, those of the input that were cached


def list_price(model: str, when: datetime) -> Price | None:
    """Return what a hosted model costs by the list, or None where that isn't known.

    The price is that of the day `when` (UTC), for ordinary requests: no batches, no
    priority. It is None where the library doesn't know the provider or the model, where
    the price differs by the hour, and where it isn't one by input, cached and output
    tokens alone. Where long prompts cost more, it holds up to that length
    (`Price.up_to`). The library finds a model by patterns (a dated name, say);
    `Price.source` tells which it found.

    Args:
        model: `provider:model`, as LangChain's `init_chat_model` takes it. Without a
            provider nothing is looked up: anybody may serve a model of that name. A
            server of one's own under `openai:` goes by OpenAI's list, where that has a
            model of its name: give its price.
        when: When the calls were made.

    Raises:
        ImportError: `genai-prices` isn't installed.

    Example:
        >>> from datetime import UTC, datetime
        >>> from a2r_graph.evals.list_prices import list_price
        >>> when = datetime(2026, 1, 1, tzinfo=UTC)
        >>> list_price("openai:gpt-4o-mini", when)
        Price(input=0.15, output=0.6, cached=0.075, ...)
        >>> list_price("vllm:gpt-4o-mini", when) is None
        True
    """
    provider, _, name = model.partition(":")
    if not name or provider in _OURS:
        return None
    midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [midnight + timedelta(hours=hour) for hour in range(24)]
    found = [_look_up(_THEIRS.get(provider, provider), name, hour) for hour in hours]
    first = found[0]
    if first is None or any(one != first for one in found):
        return None
    return first


def _look_up(provider: str, name: str, when: datetime) -> Price | None:
    try:
        import genai_prices  # noqa: PLC0415  an extra; 0.3 s
    except ImportError:
        msg = (
            f"the price of {provider}:{name} is to be looked up by genai-prices: "
            f"{install('evals')}; or give it with --price"
        )
        raise ImportError(msg) from None
    read, written, cached = _PROBE
    usage = genai_prices.Usage(
        input_tokens=read,
        output_tokens=written,
        cache_read_tokens=cached,
        output_reasoning_tokens=written // 2,
    )
    try:
        told = genai_prices.calc_price(
            usage, name, provider_id=provider, genai_request_timestamp=when
        )
    except LookupError:
        return None
    source = f"genai-prices {genai_prices.__version__}, {told.provider.id}/{told.model.id}"
    price = _price(told, f"{source}, {when.date()}")
    # What a Price can't hold (dollars per request, a price of thoughts) shows in the sum.
    ours = dollars(price, *_PROBE)
    same = ours is not None and math.isclose(ours, float(told.total_price), rel_tol=1e-9)
    return price if same else None


def _price(told: PriceCalculation, source: str) -> Price | None:
    prices = told.model_price
    figures = [prices.input_mtok, prices.output_mtok, prices.cache_read_mtok]
    starts = [tier.start for figure in figures for tier in getattr(figure, "tiers", ())]
    read, written, cached = map(_base, figures)
    if read is None or written is None:
        return None
    try:
        return Price(read, written, cached, min(starts, default=None), source)
    except ValueError:  # an error of the list: what is cached costs more, say
        return None


def _base(figure: Any) -> float | None:  # noqa: ANN401  a Decimal, tiers of them, or None
    base = getattr(figure, "base", figure)
    return float(base) if isinstance(base, Decimal) else None
