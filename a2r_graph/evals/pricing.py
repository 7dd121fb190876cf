"""The prices of one run: of its calls as they come, and of its rented time at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from a2r_graph.evals.budget import Role
from a2r_graph.evals.identity import without_address
from a2r_graph.evals.prices import (
    GpuHour,
    Price,
    Prices,
    busy_seconds,
    dollars,
    prices_for,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from a2r_graph.evals.recorded import Recorded


@dataclass(frozen=True)
class Pricing:
    """What each model of each role costs."""

    prices: Prices

    @classmethod
    def of(
        cls, names: Mapping[Role, list[str]], given: Mapping[Role, Price | GpuHour]
    ) -> Pricing:
        """Return the prices of these models: as given, else as they are known.

        Raises:
            ImportError: A hosted model is to be looked up, and `genai-prices` isn't there.
        """
        plain = {str(role): price for role, price in given.items()}
        return cls(prices_for({str(role): its for role, its in names.items()}, plain))

    def check(self, max_cost: float | None) -> None:
        """Refuse a limit that can't be kept.

        Raises:
            ValueError: A model's price isn't known.
        """
        unknown = [key for key, price in self.prices.items() if price is None]
        if max_cost is not None and unknown:
            role, model = unknown[0]
            msg = (
                f"max_cost: no price is known for the {role} {model}; give one for its role"
            )
            raise ValueError(msg)

    def dollars(self, role: Role, record: Mapping[str, Any]) -> float | None:
        """Return what the tokens of one call cost; of rented time, nothing is told yet."""
        if not record["usage"]["calls"]:
            return 0.0  # nobody was asked
        price = self.prices.get((role, without_address(record["model"])))
        if not isinstance(price, Price):
            return None
        usage = record["usage"]
        tokens = (usage["input_tokens"], usage["output_tokens"], usage["cached_tokens"])
        return dollars(price, *tokens)

    @property
    def rented(self) -> frozenset[str]:
        """The roles that run on rented GPUs."""
        return frozenset(role for hour in self._rented() for role in hour.roles)

    @property
    def per_second(self) -> float:
        """Dollars that rented GPUs cost while a run goes on."""
        return sum(hour.second for hour in self._rented())

    def rent(self, spans: Mapping[Role, list[tuple[float, float]]]) -> float:
        """Return the dollars of rented GPUs for the time in which calls ran.

        Args:
            spans: Beginning and end of calls by role, in seconds.
        """
        by_role: Mapping[Any, list[tuple[float, float]]] = spans
        return sum(
            hour.second
            * busy_seconds(span for role in hour.roles for span in by_role.get(role, ()))
            for hour in self._rented()
        )

    def fill(self, recorded: Recorded, column: int, tokens: int) -> None:
        """Put dollars to the calls of roles that run on rented GPUs.

        Args:
            recorded: The run.
            column: Of the dollars, among a call's figures.
            tokens: Column of the output tokens, by which the busy time is shared out.
        """
        for hour in self._rented():
            roles: list[Any] = list(hour.roles)
            busy = busy_seconds(
                span for role in roles for span in recorded.busy.get(role, ())
            )
            of_all = sum(recorded.tokens.get(role, 0) for role in roles)
            for role in roles:
                if role not in recorded.spent:
                    continue
                figures: NDArray[np.float64] = recorded.spent[role]
                rate = hour.second * busy / of_all if of_all else np.nan
                figures[:, :, column] = figures[:, :, tokens] * rate

    def _rented(self) -> set[GpuHour]:
        """Return the rented servers, each once, with the roles that they serve."""
        served = {
            (role, price)
            for (role, _), price in self.prices.items()
            if isinstance(price, GpuHour)
        }
        return {
            GpuHour(hour.dollars, hour.gpus, hour.roles or (role,)) for role, hour in served
        }

    def plain(self) -> list[list[Any]]:
        """Return plain data, for `from_plain`."""
        return [
            [*key, None if price is None else asdict(price)]
            for key, price in self.prices.items()
        ]

    @classmethod
    def from_plain(cls, rows: list[list[Any]]) -> Pricing:
        """Return what `plain` gave."""
        return cls({(role, model): _price(fields) for role, model, fields in rows})


def _price(fields: dict[str, Any] | None) -> Price | GpuHour | None:
    if fields is None:
        return None
    if "roles" in fields:
        return GpuHour(fields["dollars"], fields["gpus"], tuple(fields["roles"]))
    return Price(**fields)
