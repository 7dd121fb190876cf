"""Sharing a budget of tokens fairly among references.

Tokenizers aren't additive: every figure here is counted, none is added up on trust.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from a2r_graph.references.order import by_support
from a2r_graph.references.render import marked, render, render_one
from a2r_graph.references.share import ROUNDS, Cut, fair_shares, leading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from a2r_graph.state import Reference, Shown

Count: TypeAlias = Callable[[Sequence[str]], Awaitable[Sequence[int]]]
"""From texts to their sizes in tokens, by the synthesizer's own tokenizer."""

_USEFUL = 64  # tokens of a text below which a part of it says too little
_LETTERS_PER_TOKEN = 16  # more than any tokenizer packs into one, on the average


class Fitted(NamedTuple):
    """What the synthesizer gets to see."""

    block: str
    """All references shown, quoted and delimited."""
    references: list[Reference]
    """Those shown, in order, with the text as shown: perhaps cut, not quoted."""
    shown: dict[int, Shown]
    """Index -> tokens with delimiters, and whether the text was cut."""
    tokens: int
    """Of `block`."""

    @classmethod
    def none(cls) -> Fitted:
        """Return that nothing is shown."""
        return cls("", [], {}, 0)


async def fit(
    references: Sequence[Reference],
    supports: Mapping[int, int],
    budget: int | None,
    count: Count,
) -> Fitted:
    """Show as much of the references as the budget takes.

    Short ones stay whole, long ones lose their middle, those that a limit of tokens ended
    say so, and where a useful part of each
    is too much, the least supported are dropped.

    Args:
        references: In prompt order.
        supports: The size of each one's cluster, by index; 1 where it is missing.
        budget: In tokens, delimiters included; `None` is no bound.
        count: Counts tokens. No text is counted twice.

    Returns:
        What is shown; nothing, if not even one reference fits usefully.
    """
    counts = _Counts(count)
    if not references or (budget is not None and budget < 1):
        return Fitted.none()
    references = [marked(reference) for reference in references]
    if budget is None:
        return await _assemble(references, references, supports, counts)
    ranked = by_support(references, supports)
    bare = (await counts([_piece(1, 1, "")]))[0]
    ranked = await _affordable(references, ranked, supports, budget, bare, counts)
    goal, tries = budget, 0
    while ranked:
        kept = {r["index"] for r in ranked}
        chosen = [r for r in references if r["index"] in kept]
        texts = await _share(chosen, supports, goal, bare, counts)
        fitted = await _assemble(chosen, texts, supports, counts)
        over = _size(fitted) - budget
        if over <= 0:
            return fitted
        goal, tries = goal - over, tries + 1
        if tries >= ROUNDS or goal <= 0:
            ranked = ranked[: len(ranked) - 1 - len(ranked) // 8]
            goal, tries = budget, 0
    return Fitted.none()


class _Counts:
    """Counts each text once."""

    def __init__(self, count: Count) -> None:
        self.count = count
        self.known: dict[str, int] = {}

    async def __call__(self, texts: Sequence[str]) -> list[int]:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, await self.count(new), strict=True))
        return [self.known[text] for text in texts]


def _piece(position: int, support: int, text: str) -> str:
    return render_one(position, support, text) + "\n"  # what joins it to the next


def _pieces(texts: Sequence[Reference], supports: Mapping[int, int]) -> list[str]:
    return [
        _piece(position, supports.get(r["index"], 1), r["text"])
        for position, r in enumerate(texts, 1)
    ]


def _size(fitted: Fitted) -> int:
    return max(fitted.tokens, sum(how["tokens"] for how in fitted.shown.values()))


async def _assemble(
    wholes: Sequence[Reference],
    texts: Sequence[Reference],
    supports: Mapping[int, int],
    counts: _Counts,
) -> Fitted:
    pieces = _pieces(texts, supports)
    block = render([piece[:-1] for piece in pieces])
    *sizes, tokens = await counts([*pieces, block])
    shown: dict[int, Shown] = {
        text["index"]: {"tokens": size, "cut": text["text"] != whole["text"]}
        for text, whole, size in zip(texts, wholes, sizes, strict=True)
    }
    return Fitted(block, list(texts), shown, tokens)


async def _affordable(  # noqa: PLR0913, PLR0917  one step's inputs
    references: Sequence[Reference],
    ranked: list[Reference],
    supports: Mapping[int, int],
    budget: int,
    bare: int,
    counts: _Counts,
) -> list[Reference]:
    """Return the best supported of which a useful part each fits."""
    least = [min(len(r["text"]) // _LETTERS_PER_TOKEN, _USEFUL) + bare for r in ranked]
    # What can't be shown isn't counted either: counting may be a request per text.
    ranked = leading(ranked, least, budget)
    kept = {r["index"] for r in ranked}
    possible = [r for r in references if r["index"] in kept]
    sizes = await counts(_pieces(possible, supports))
    size = {r["index"]: n for r, n in zip(possible, sizes, strict=True)}
    useful = [min(size[r["index"]], _USEFUL + bare) for r in ranked]
    return leading(ranked, useful, budget)


async def _share(
    chosen: list[Reference],
    supports: Mapping[int, int],
    goal: int,
    bare: int,
    counts: _Counts,
) -> list[Reference]:
    """Return the references with texts cut to their shares."""
    sizes = await counts(_pieces(chosen, supports))
    shares = fair_shares(sizes, goal)
    cuts = {
        place: Cut(chosen[place]["text"], share, size, bare)
        for place, (size, share) in enumerate(zip(sizes, shares, strict=True))
        if size > share
    }
    for _ in range(ROUNDS):
        open_cuts = {place: cut for place, cut in cuts.items() if not cut.done}
        trials = [
            _piece(place + 1, supports.get(chosen[place]["index"], 1), cut.trial)
            for place, cut in open_cuts.items()
        ]
        for cut, size in zip(open_cuts.values(), await counts(trials), strict=True):
            cut.learn(size)
    return [
        {**r, "text": cuts[place].best} if place in cuts else r
        for place, r in enumerate(chosen)
    ]
