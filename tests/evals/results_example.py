"""Results as a run might find them, simulated from a seed; no model was asked."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

from a2r_graph.evals.report.figures import p_equals
from a2r_graph.evals.results import (
    AtK,
    AtN,
    Diversity,
    Example,
    Failures,
    Interval,
    LeftOut,
    Monolith,
    Orders,
    Results,
    Sample,
    Spent,
)

EXPLORER = "vllm:Qwen/Qwen3-4B"
SYNTHESIZER = "vllm:Qwen/Qwen3-8B"
MONOLITH = "openai:gpt-5-mini"
_TEXT = "I multiply step by step, the ones first and then the tens, and add what I have. "
_FAILURES = [
    Failures("explorer", "truncated", 21, 976, "cut off at 2048 tokens", counted=True),
    Failures("explorer", "timeout", 9, 976, "no whole reply in 120 s", counted=False),
    Failures("synthesizer", "empty", 1, 366, "an empty reply", counted=True),
]
_LEFT_OUT = [
    LeftOut("products-17", "8 of 8 explorers failed: timeout"),
    LeftOut("products-63", "the verifier took longer than 5 s"),
]


@dataclass(frozen=True)
class _Asked:
    """One simulated question: its samples' answers, and A2R's at each n."""

    expected: str
    samples: list[str]
    synthesized: dict[int, str]
    monolith: bool

    def majority(self, n: int) -> str:
        return Counter(self.samples[:n]).most_common(1)[0][0]


def example(questions: int = 120, ns: tuple[int, ...] = (2, 4, 8), **changes) -> Results:
    """Return results of a run with everything in it; `changes` replaces fields."""
    return replace(_simulated(questions, ns), **changes)


@cache
def _simulated(questions: int, ns: tuple[int, ...]) -> Results:
    asked = _ask(questions, ns)
    at = [_at(asked, n) for n in ns]
    last = at[-1]
    bigger = _mean([float(q.monolith) for q in asked])
    gains = [(q.synthesized[ns[-1]] == q.expected) - float(q.monolith) for q in asked]
    spent = Spent(412.0, 1830.5, 1502.25, 0.0, 1.0, 0.01, 21.7, 0.00376, questions)
    return Results(
        run="2b7e4c91",
        task="gym:products",
        source=f"reasoning-gym products, seed 1, {questions + 2} questions",
        created="2026-02-14T09:26:53+00:00",
        explorers=[EXPLORER],
        synthesizer=SYNTHESIZER,
        settings={"n": ns[-1], "temperature": 0.8, "max_tokens": 2048, "concurrency": 32},
        versions={"a2r-graph": "0.4.0", "python": "3.11.7", "reasoning-gym": "0.1.25"},
        questions=questions,
        wanted=questions + 2,
        at=at,
        curve=[_curve(asked, k) for k in range(1, ns[-1] + 1)],
        diversity=Diversity(3.4, 0.613, 1.51, questions),
        truncated=0.022,
        orders=Orders(
            [last.a2r.value, last.a2r.value - 0.025, last.a2r.value - 0.05], 0.0833
        ),
        monolith=Monolith(
            MONOLITH,
            bigger,
            _mean(gains, -1.0),
            _mcnemar(gains.count(1.0), gains.count(-1.0)),
            spent,
            cost_ratio=last.spent["total"].dollars / 0.00376,
            token_ratio=last.spent["total"].tokens / spent.tokens,
            seconds_ratio=last.spent["total"].seconds / 21.7,
        ),
        failures=[
            Failures(
                "explorer", "truncated", 21, 976, "cut off at 2048 tokens", counted=True
            ),
            Failures(
                "explorer", "timeout", 9, 976, "no whole reply in 120 s", counted=False
            ),
            Failures("synthesizer", "empty", 1, 366, "an empty reply", counted=True),
        ],
        left_out=[
            LeftOut("products-17", "8 of 8 explorers failed: timeout"),
            LeftOut("products-63", "the verifier took longer than 5 s"),
        ],
        examples=_examples(asked, ns[-1]),
        advice=[
            _verdict(last),
            "From n = 4 to n = 8 the vote hardly gained: n = 4 may be enough.",
            "2.2 % of the samples were cut off: raise max_tokens above 2048.",
        ],
    )


def huge(ns: tuple[int, ...] = (2, 4, 8, 16)) -> Results:
    """Return results of 10,000 questions with 100 examples of 16 samples of 2 kB."""
    filler = (_TEXT * 30)[:2000]
    samples = [
        Sample(i, EXPLORER, str(i), f"{i}: {filler}", i % 3 == 0, None) for i in range(16)
    ]
    examples = [
        Example(
            kind="rescued" if i < 50 else "broken",
            id=f"products-{i}",
            question=f"{i}: what is 17 times {i}? {filler[:300]}",
            expected=str(17 * i),
            votes={str(j): 1 for j in range(16)},
            majority="3",
            samples=samples,
            prompt=f"{filler}\n" * 16,
            text=filler,
            answer=str(17 * i),
        )
        for i in range(100)
    ]
    small = example(60, ns)
    return replace(
        small,
        questions=9_990,
        wanted=10_000,
        examples=examples,
        left_out=[LeftOut(f"products-{i}", "no answer in time") for i in range(10)],
    )


def bare() -> Results:
    """Return results of a server that told no usage, and nothing but the one n."""
    spent = Spent(None, None, None, None, 4.0, 0.0, None)
    last = replace(
        _at(_ask(30, (4,)), 4),
        spent=dict.fromkeys(("explorer", "synthesizer", "total"), spent),
    )
    return example(
        30,
        (4,),
        at=[last],
        diversity=None,
        truncated=None,
        orders=None,
        monolith=None,
        failures=[],
        left_out=[],
        examples=[],
        advice=["A2R did not beat the vote."],
    )


def _ask(questions: int, ns: tuple[int, ...]) -> list[_Asked]:
    dice = random.Random(7)  # noqa: S311  repeatable
    asked = []
    for _ in range(questions):
        right = str(dice.randrange(100, 9_000))
        wrong = [str(int(right) + d) for d in (-10, 10, 100, 1)]
        skill, habit = dice.betavariate(1.1, 1.3), dice.choice(wrong)
        samples = [
            right
            if dice.random() < skill
            else (habit if dice.random() < 0.5 else dice.choice(wrong))
            for _ in range(ns[-1])
        ]
        synthesized = {}
        for n in ns:
            votes = Counter(samples[:n])
            chance = 0.97 * (votes[right] / n) ** 0.2 if votes[right] else 0.03
            leading = votes.most_common(1)[0][0]
            other = habit if leading == right else leading
            synthesized[n] = right if dice.random() < chance else other
        asked.append(
            _Asked(right, samples, synthesized, dice.random() < 0.3 + 0.65 * skill)
        )
    return asked


def _at(asked: list[_Asked], n: int) -> AtN:
    one = [sum(s == q.expected for s in q.samples[:n]) / n for q in asked]
    some = [float(q.expected in q.samples[:n]) for q in asked]
    cons = [float(q.majority(n) == q.expected) for q in asked]
    a2r = [float(q.synthesized[n] == q.expected) for q in asked]
    gains = [x - y for x, y in zip(a2r, cons, strict=True)]
    rescued, broken = gains.count(1.0), gains.count(-1.0)
    tokens, reads, count = (96.0, 803.5, 690.25, 80.0), 310.0 + 118.5 * n, len(asked)
    seconds, dollars = 9 + 2.2 * math.log2(n), 0.000261 * n
    read = [n * t for t in tokens]
    explorer = Spent(*read, 1.02 * n, 0.02 * n, seconds, dollars, count)
    dollars = 0.00041 + reads * 1e-7
    synthesizer = Spent(reads, 655.0, 512.5, 128.0, 1.01, 0.01, 8.25, dollars, count)
    names = Spent.__dataclass_fields__
    added = {name: getattr(explorer, name) + getattr(synthesizer, name) for name in names}
    return AtN(
        n=n,
        pass_1=_mean(one),
        pass_n=_mean(some),
        cons=_mean(cons),
        a2r=_mean(a2r),
        gain=_mean(gains, -1.0),
        p_value=_mcnemar(rescued, broken),
        rescued=rescued,
        broken=broken,
        spent={
            "explorer": explorer,
            "synthesizer": synthesizer,
            "total": Spent(**{**added, "questions": len(asked)}),
        },
        failed_syntheses=1 if n == 8 else 0,
    )


def _curve(asked: list[_Asked], k: int) -> AtK:
    """Return the mean over some of the subsets of k samples."""
    size, dice = len(asked[0].samples), random.Random(k)  # noqa: S311  repeatable
    subsets = {tuple(sorted(dice.sample(range(size), k))) for _ in range(60)}
    some = cons = 0
    for q in asked:
        for subset in subsets:
            drawn = [q.samples[i] for i in subset]
            some += q.expected in drawn
            cons += Counter(drawn).most_common(1)[0][0] == q.expected
    total = len(asked) * len(subsets)
    return AtK(k, some / total, cons / total)


def _mean(values: list[float], floor: float = 0.0) -> Interval:
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    half = 1.96 * deviation / math.sqrt(len(values))
    return Interval(mean, max(floor, mean - half), min(1.0, mean + half))


def _mcnemar(rescued: int, broken: int) -> float:
    both = rescued + broken
    tail = sum(math.comb(both, i) for i in range(min(rescued, broken) + 1))
    return min(1.0, 2 * tail / 2**both)


def _verdict(at: AtN) -> str:
    gain, p = 100 * at.gain.value, p_equals(at.p_value)
    if at.p_value >= 0.05:
        return f"A2R and the vote of {at.n} samples can't be told apart ({p})."
    better = "beat" if gain > 0 else "lost to"
    return f"A2R {better} the vote of the same {at.n} samples by {abs(gain):.1f} points."


def _examples(asked: list[_Asked], n: int) -> list[Example]:
    found = []
    for i, q in enumerate(asked):
        a2r, majority = q.synthesized[n], q.majority(n)
        if (a2r == q.expected) == (majority == q.expected):
            continue
        samples = [
            Sample(j, EXPLORER, s, f"{_TEXT * 3}\n\nAnswer: {s}", s == q.expected, None)
            for j, s in enumerate(q.samples)
        ]
        samples[-1] = replace(samples[-1], answer=None, text="", right=False)
        samples[-1] = replace(samples[-1], error="truncated: cut off at 2048 tokens")
        references = "\n".join(
            f'<reference id="{s.index}" support="1">\n{s.text}\n</reference>'
            for s in samples
        )
        found.append(
            Example(
                kind="rescued" if a2r == q.expected else "broken",
                id=f"products-{i}",
                question=f"What is the product of two numbers that make {q.expected}?",
                expected=q.expected,
                votes=dict(Counter(q.samples).most_common()),
                majority=majority,
                samples=samples,
                prompt=f"Any, all or none of these may be right.\n{references}",
                text=f"Attempts 1 and 3 forgot to carry. {_TEXT}\n\nAnswer: {a2r}",
                answer=a2r,
            )
        )
    return found
