"""What the figures of an evaluation say to do, in sentences.

The rules below are ours, each with its bound; every sentence names the figure that it
comes from. A sign that the settings already answer isn't told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from a2r_graph.evals.phrases import either, many, points, share
from a2r_graph.evals.report.figures import p_equals
from a2r_graph.evals.results import NO_QUESTION

if TYPE_CHECKING:
    from a2r_graph.evals.results import AtN, Interval, Monolith, Results

MOST = 6
"""Sentences, the verdict among them: who reads more?"""

_SIGNIFICANT = 0.05
_EASY = 0.95  # of the vote: from here on hardly anything is left to win
_HEADROOM = 0.05  # between Cons@N and Pass@N: what reading the samples can win at most
_SOME = 0.01  # of questions: as much as many a gain
_OFTEN = 0.05  # of samples or questions: a failing that costs points
_ALIKE = 1.5  # distinct answers of a question
_WIDE = 0.2  # of the gain's interval: ten points either way
_FEWEST = 6  # questions that differ: of five, the exact test can't reach 0.05
_CHEAPER = 1.0


def advise(results: Results) -> list[str]:
    """Return what to make of the results: the verdict, then what to change.

    Args:
        results: Of a run; its own `advice` isn't read.

    Returns:
        At most six sentences, most important first. The first says whether A2R beat the
        vote at the largest n.
    """
    if not results.at or not results.questions:
        return [_uncounted(results)]
    at = results.at[-1]
    sentences = [_verdict(results, at)]
    for rule in _RULES:
        sentences += rule(results, at)
    return sentences[:MOST]


def _uncounted(results: Results) -> str:
    return (
        f"None of {results.wanted} questions could be counted, so nothing can be said; "
        "--retry-failed asks again where a server, the network or a verifier failed."
    )


def outcome(at: AtN) -> int:
    """Return 1 where A2R beat the vote, -1 where it lost, 0 where that can't be told.

    Both have to say so: the bootstrap's interval and the exact test.
    """
    return _sign(at.gain, at.p_value)


def _sign(gain: Interval, p_value: float) -> int:
    if p_value >= _SIGNIFICANT or gain.low <= 0 <= gain.high:
        return 0
    return 1 if gain.low > 0 else -1


def _verdict(results: Results, at: AtN) -> str:
    said = {
        1: "A2R beat the vote",
        0: "A2R and the vote can't be told apart",
        -1: "A2R lost to the vote",
    }[outcome(at)]
    excludes = not at.gain.low <= 0 <= at.gain.high
    exact = " by the exact test, which decides" if excludes and not outcome(at) else ""
    return (
        f"At n = {at.n}, {said}: {points(at.gain)}, {p_equals(at.p_value)}{exact}, "
        f"{many(results.questions, 'question')}; A2R {share(at.a2r.value)}, vote "
        f"{share(at.cons.value)}, any sample {share(at.pass_n.value)}."
    )


def _unfinished(results: Results, _: AtN) -> Iterator[str]:
    if not results.finished:
        why = f" ({results.stopped})" if results.stopped else ""
        yield (
            f"The run isn't finished{why}: {results.questions} of {results.wanted} "
            "questions are counted; the same command goes on."
        )


def _left_out(results: Results, _: AtN) -> Iterator[str]:
    left_out = [one for one in results.left_out if not one.reason.startswith(NO_QUESTION)]
    if len(left_out) > _SOME * results.wanted:
        yield (
            f"{len(left_out)} of {results.wanted} questions are left out, which may "
            f"flatter one side (the first: {left_out[0].reason}); --retry-failed asks for "
            "them again."
        )


def _unverified(results: Results, _: AtN) -> Iterator[str]:
    if results.unverified:
        first = next(f.message for f in results.failures if f.kind == "unverified")
        yield (
            f"The verifier gave no verdict on {many(results.unverified, 'answer')} "
            f"(the first: {first}); they count as not right, though nobody knows: "
            "--retry-failed verifies them again, --verify-seconds gives it longer."
        )


def _none_right(results: Results, at: AtN) -> Iterator[str]:
    if not at.pass_n.value:
        yield (
            f"Not one of {many(results.questions * at.n, 'sample')} is right: before "
            "anything else look whether the right answers are what is compared (the answer "
            "column, --verifier), and whether answers are read as they are meant."
        )


def _breaks(results: Results, at: AtN) -> Iterator[str]:
    """Where it lost, or breaks more than it rescues."""
    if at.broken <= at.rescued:
        return
    ways = ["take a bigger or a trained synthesizer"]
    if "synthesizer_temperature" not in results.settings:
        ways.append("cool it (-c synthesizer_temperature=0.2)")
    if not results.settings.get("skip_on_consensus"):
        ways.append("keep it from unanimous votes (-c skip_on_consensus=true)")
    if not results.settings.get("keep_majority"):
        ways.append("leave it only those that nobody leads (-c keep_majority=true)")
    ways.append("stay with the vote, which costs no call more")
    yield (
        f"The synthesizer broke {at.broken} right majorities and rescued {at.rescued} "
        f"wrong ones: {either(ways)}; that a small untrained synthesizer loses to the "
        "vote is known (AggLM, arXiv 2509.06870)."
    )


def _no_synthesis(results: Results, at: AtN) -> Iterator[str]:
    if at.failed_syntheses <= _OFTEN * results.questions:
        return
    kinds = {one.kind for one in results.failures if one.role == "synthesizer"}
    ways = ["raise synthesizer_max_tokens"]
    if "context_overflow" in kinds:
        ways = ["lower synthesizer_max_tokens, or serve a longer window"]
    if results.settings.get("fallback") != "majority":
        ways.append("answer with the vote there (-c fallback=majority)")
    yield (
        f"{at.failed_syntheses} of {results.questions} questions got no answer from the "
        f"synthesizer: {either(ways)}."
    )


def _truncated(results: Results, _: AtN) -> Iterator[str]:
    cut = results.truncated
    if cut is not None and cut > _OFTEN:
        limit = results.settings.get("max_tokens")
        more = (
            f"-c max_tokens={2 * limit}" if isinstance(limit, int) else "-c max_tokens=..."
        )
        yield f"{share(cut)} of the samples were cut off: raise max_tokens ({more})."


def _monolith(results: Results, _: AtN) -> Iterator[str]:
    other = results.monolith
    if other is None:
        return
    sign = _sign(other.gain, other.p_value)
    cheaper = other.cost_ratio is not None and other.cost_ratio > _CHEAPER
    said = f"{points(other.gain)}, {p_equals(other.p_value)}{_times(other)}"
    if sign < 0:
        yield f"One call to {other.model} beat A2R: {said}; ask that instead."
    elif sign == 0 and cheaper:
        yield (
            f"One call to {other.model} costs less and can't be told apart from A2R: "
            f"{said}; ask that instead, or ask more questions."
        )


def _headroom(_: Results, at: AtN) -> Iterator[str]:
    left = at.pass_n.value - at.cons.value
    if at.cons.value >= _EASY:
        yield (
            f"The vote is right on {share(at.cons.value)} already, so there is hardly "
            "anything to win here: try harder questions, a cheaper explorer or a smaller n."
        )
    elif at.n > 1 and at.pass_n.value and left < _HEADROOM and outcome(at) < 1:
        yield (
            f"There is little to find in the samples: some sample is right on "
            f"{share(at.pass_n.value)}, the vote on {share(at.cons.value)}; a stronger "
            "explorer, or explorers that differ (several models, a higher temperature), "
            "would leave more."
        )


def _spellings(_: Results, at: AtN) -> Iterator[str]:
    """Where the vote may have lost to spelling alone."""
    pooled = at.cons_pooled
    if pooled is not None and pooled - at.cons.value >= _SOME:
        yield (
            f"Right answers are spelled differently: the vote could reach {share(pooled)} "
            "if all of them were one, so part of a gain may be spelling (answer_key says "
            "which answers are the same)."
        )


def _unread(results: Results, _: AtN) -> Iterator[str]:
    if results.unread is not None and results.unread > _OFTEN:
        yield (
            f"In {share(results.unread)} of the samples no final answer was found: they "
            "don't vote, and count as wrong unless a verifier of your own says otherwise; "
            "ask for a form that extract_answer reads, or give --extract-answer."
        )


def _diversity(results: Results, at: AtN) -> Iterator[str]:
    found = results.diversity
    alike = found is not None and found.distinct_answers < _ALIKE
    if found is None or not alike or at.n == 1 or at.cons.value >= _EASY:
        return
    warmth = results.settings.get("temperature")
    now = "" if warmth is None else f", now {warmth:g},"
    yield (
        f"The explorers hardly differ: {found.distinct_answers:.1f} distinct answers among "
        f"{at.n} samples; raise temperature{now} (-c temperature=1.0, say) or deal several "
        "models."
    )


def _orders(results: Results, _: AtN) -> Iterator[str]:
    found = results.orders
    if found is not None and found.unstable > _OFTEN:
        yield (
            f"With the references in another order, {share(found.unstable)} of the "
            "questions are answered otherwise, rightly or no longer; above temperature 0 a "
            "part of that is chance. Differences of that size between settings mean little."
        )


def _too_few(results: Results, at: AtN) -> Iterator[str]:
    """An interval's width goes with one by the root of the questions."""
    width, asked = at.gain.high - at.gain.low, results.questions
    differ = at.rescued + at.broken
    if width > _WIDE:
        yield (
            f"The gain's interval is {100 * width:.0f} points wide on "
            f"{many(asked, 'question')}; about {4 * asked} would halve it."
        )
    elif 0 < differ < _FEWEST:
        more = math.ceil(_FEWEST / differ * asked)
        yield (
            f"A2R and the vote differ on {differ} of {asked} questions, and under "
            f"{_FEWEST} no difference can reach p < {_SIGNIFICANT}: ask {more} or more."
        )


def _is_priced(at: AtN) -> bool:
    """Whether what is cached could change a cost."""
    return any(spent.dollars is not None for spent in at.spent.values())


def _cache(results: Results, at: AtN) -> Iterator[str]:
    if (
        not _is_priced(at)
        or at.n == 1
        or not all(name.startswith("vllm:") for name in results.explorers)
    ):
        return
    cached = at.spent["explorer"].cached_tokens if "explorer" in at.spent else 0.0
    if cached is None:
        yield (
            "vLLM didn't tell how many input tokens came from its prefix cache: start it "
            "with --enable-prompt-tokens-details, so that costs count them."
        )
    elif cached == 0 and "explorer" in at.spent:
        yield (
            f"No input token of {at.n} explorers came from vLLM's prefix cache, though "
            "they share their prompt: start it with --enable-prefix-caching (prompts under "
            "a block, 16 tokens, are never cached)."
        )


_RULES: tuple[Callable[[Results, AtN], Iterator[str]], ...] = (
    _unfinished,
    _left_out,
    _unverified,
    _none_right,
    _breaks,
    _spellings,
    _no_synthesis,
    _truncated,
    _unread,
    _monolith,
    _headroom,
    _diversity,
    _too_few,
    _orders,
    _cache,
)


def _times(other: Monolith) -> str:
    if other.cost_ratio is not None:
        return f", A2R at {other.cost_ratio:.2g} times its dollars"
    if other.token_ratio is not None:
        return f", A2R at {other.token_ratio:.2g} times its tokens"
    return ""
