"""What a run asks of each question."""

from __future__ import annotations

from dataclasses import dataclass

from a2r_graph.evals.budget import ROLES, Role

MOST_ORDERS = 100


def synthesis_place(n: int, order: int) -> int:
    """Return the place of a synthesis of the first `n` samples among a question's."""
    return n * MOST_ORDERS + order


@dataclass(frozen=True)
class Plan:
    """What a run asks of each question."""

    ns: tuple[int, ...]
    """Numbers of explorers, smallest first."""
    orders: int
    monolith: bool

    @property
    def syntheses(self) -> list[tuple[int, int]]:
        """Each (n, order) to be synthesized; other orders at the largest n alone."""
        largest = self.ns[-1]
        others = [(largest, order) for order in range(1, self.orders)]
        return [*((n, 0) for n in self.ns), *others]

    def totals(self, questions: int) -> dict[Role, int]:
        """Return the calls of the run by role."""
        each = (self.ns[-1], len(self.syntheses), int(self.monolith))
        return {role: count * questions for role, count in zip(ROLES, each, strict=True)}
