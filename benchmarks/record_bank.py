"""Record a bank: questions of graded difficulty, 64 sampled answers to each.

`adaptive.py` replays it. Recording takes minutes of a real vLLM server, so it is done
once and the bank is kept; without a server this only tells what the bank holds.

    python tests/vllm/serve.py --run benchmarks/record_bank.py
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
from banks import BANK, MOST, spelled

from a2r_graph.references import extract_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[random.Random, int], tuple[str, str, str]]

TEMPERATURE = 0.8  # what explorers get where nobody says
TOKENS = 48
AT_ONCE = 3  # questions; each is one request with all its samples
PER_KIND = 10
SHOTS = 3
LONGEST = 24  # characters that are kept of an answer that is none

CAPITALS = (
    *(("France", "Paris"), ("Italy", "Rome"), ("Australia", "Canberra")),
    *(("Japan", "Tokyo"), ("Egypt", "Cairo"), ("Canada", "Ottawa")),
    *(("Turkey", "Ankara"), ("Kenya", "Nairobi"), ("Brazil", "Brasilia")),
    *(("Mongolia", "Ulaanbaatar"), ("Germany", "Berlin"), ("Peru", "Lima")),
    ("Portugal", "Lisbon"),
)


class Question(NamedTuple):
    """What is asked, the worked answer, and its end."""

    text: str
    worked: str
    truth: str


def sums(low: int, high: int) -> Maker:
    """Return a maker of sums of two numbers."""

    def make(rng: random.Random, _: int) -> tuple[str, str, str]:
        a, b = rng.sample(range(low, high), 2)
        return f"What is {a} + {b}?", f"{a} + {b} = {a + b}.", str(a + b)

    return make


def three(rng: random.Random, _: int) -> tuple[str, str, str]:
    """Make a sum of three numbers."""
    a, b, c = rng.sample(range(2, 16), 3)
    worked = f"{a} + {b} = {a + b}, and {a + b} + {c} = {a + b + c}."
    return f"What is {a} + {b} + {c}?", worked, str(a + b + c)


def products(low: int, high: int) -> Maker:
    """Return a maker of products."""

    def make(rng: random.Random, _: int) -> tuple[str, str, str]:
        a, b = rng.sample(range(low, high), 2)
        return f"What is {a} x {b}?", f"{a} x {b} = {a * b}.", str(a * b)

    return make


def difference(rng: random.Random, _: int) -> tuple[str, str, str]:
    """Make a difference of two numbers."""
    b, a = sorted(rng.sample(range(2, 21), 2))
    return f"What is {a} - {b}?", f"{a} - {b} = {a - b}.", str(a - b)


def larger(rng: random.Random, _: int) -> tuple[str, str, str]:
    """Make a comparison."""
    a, b = rng.sample(range(10, 100), 2)
    worked = f"{max(a, b)} is larger than {min(a, b)}."
    return f"Which number is larger, {a} or {b}?", worked, str(max(a, b))


def even(rng: random.Random, place: int) -> tuple[str, str, str]:
    """Make a question of parity; even and odd take turns."""
    a = 2 * rng.randint(5, 49) + place % 2
    what = ("even", "odd")[a % 2]
    truth = ("yes", "no")[a % 2]
    return f"Is {a} an even number?", f"{a} ends in {a % 10}, which is {what}.", truth


def after(rng: random.Random, _: int) -> tuple[str, str, str]:
    """Make a question for the successor."""
    a = rng.randint(20, 2_000)
    return f"Which number comes after {a}?", f"After {a} comes {a + 1}.", str(a + 1)


def weeks(_: random.Random, place: int) -> tuple[str, str, str]:
    """Make a question for the days of some weeks."""
    count = place + 2
    worked = f"A week has 7 days, and 7 x {count} = {7 * count}."
    return f"How many days are {count} weeks?", worked, str(7 * count)


def capital(_: random.Random, place: int) -> tuple[str, str, str]:
    """Make a question for a capital."""
    country, city = CAPITALS[place]
    worked = f"The capital of {country} is {city}."
    return f"What is the capital of {country}?", worked, city


def story(rng: random.Random, _: int) -> tuple[str, str, str]:
    """Make a sum in words."""
    a, b = rng.sample(range(2, 13), 2)
    text = f"Tom has {a} apples and buys {b} more. How many has he now?"
    return text, f"{a} + {b} = {a + b}.", str(a + b)


def reverse(rng: random.Random, _: int) -> tuple[str, str, str]:
    """Make a question for digits in reverse order."""
    digits = "".join(map(str, rng.sample(range(1, 10), 3)))
    return f"Reverse the digits {digits}.", f"It is {digits[::-1]}.", digits[::-1]


KINDS: dict[str, Maker] = {
    "sum, one digit": sums(1, 10),
    "sum, two digits": sums(11, 100),
    "sum, three terms": three,
    "product, one digit": products(2, 10),
    "product, up to 25": products(6, 26),
    "difference": difference,
    "larger of two": larger,
    "even or odd": even,
    "number after": after,
    "days of weeks": weeks,
    "capital": capital,
    "sum in words": story,
    "digits reversed": reverse,
}


def questions(maker: Maker, seed: str) -> list[Question]:
    """Return different questions of one kind: those to ask, then the examples."""
    rng = random.Random(seed)  # noqa: S311  no secret
    found: dict[str, Question] = {}
    while len(found) < PER_KIND + SHOTS:
        one = Question(*maker(rng, len(found)))
        found.setdefault(one.text, one)
    return list(found.values())


def prompt_of(question: Question, shots: list[Question]) -> str:
    """Return the prompt: each example is a turn, in the model's own chat format."""
    turns = "".join(
        f"<|im_start|>user\n{shot.text}<|im_end|>\n"
        f"<|im_start|>assistant\n{shot.worked} Answer: {shot.truth}<|im_end|>\n"
        for shot in shots
    )
    return f"{turns}<|im_start|>user\n{question.text}<|im_end|>\n<|im_start|>assistant\n"


async def sample(session: aiohttp.ClientSession, url: str, prompt: str) -> dict[str, Any]:
    """Return the prompt's tokens, and each sample as its final answer and its tokens."""
    body = {
        "model": os.environ["A2R_TEST_VLLM_MODEL"],
        "prompt": prompt,
        "n": MOST,
        "temperature": TEMPERATURE,
        "max_tokens": TOKENS,
        "stop": ["\n"],
        "return_token_ids": True,
    }
    async with session.post(f"{url}/completions", json=body) as response:
        response.raise_for_status()
        told = await response.json()
    answers = [extract_answer(choice["text"]) for choice in told["choices"]]
    return {
        "input_tokens": told["usage"]["prompt_tokens"],
        "answers": [answer and answer[:LONGEST] for answer in answers],
        "output_tokens": [len(choice["token_ids"]) for choice in told["choices"]],
    }


async def record(url: str, key: str) -> list[dict[str, Any]]:
    """Ask every question and return the bank's records."""
    gate = asyncio.Semaphore(AT_ONCE)
    headers = {"authorization": f"Bearer {key}"}
    patience = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(headers=headers, timeout=patience) as session:

        async def one(
            kind: str, question: Question, shots: list[Question]
        ) -> dict[str, Any]:
            async with gate:
                found = await sample(session, url, prompt_of(question, shots))
            about = {"kind": kind, "question": question.text, "truth": question.truth}
            print(".", end="", flush=True)
            return {**about, **found}

        made = {kind: questions(maker, kind) for kind, maker in KINDS.items()}
        return await asyncio.gather(
            *(
                one(kind, question, all_of[PER_KIND:])
                for kind, all_of in made.items()
                for question in all_of[:PER_KIND]
            )
        )


def spread(records: list[dict[str, Any]]) -> str:
    """Return what the bank holds: Pass@1 and the share of right majorities by kind."""
    lines = []
    for kind in dict.fromkeys(record["kind"] for record in records):
        single, right = [], 0
        for one in (record for record in records if record["kind"] == kind):
            truth, answers = spelled(one)
            votes = Counter(answer for answer in answers if answer)
            single.append(votes[truth] / len(answers))
            right += bool(votes) and votes.most_common(1)[0][0] == truth
        low, mean, high = min(single), sum(single) / len(single), max(single)
        lines.append(
            f"{kind:20} Pass@1 {mean:.2f} ({low:.2f} to {high:.2f}), "
            f"majority right {right} of {len(single)}"
        )
    return "\n".join(lines)


def main() -> None:
    """Record the bank where there is a server; say what it holds."""
    if url := os.environ.get("A2R_TEST_VLLM_URL"):
        started = time.perf_counter()
        key = os.environ.get("A2R_TEST_VLLM_KEY") or "EMPTY"
        records = asyncio.run(record(url.rstrip("/"), key))
        lines = (json.dumps(one, separators=(",", ":")) for one in records)
        BANK.write_text("\n".join([*lines, ""]), encoding="utf-8")
        print(f"\n{len(records)} questions in {time.perf_counter() - started:.0f} s")
    print(spread([json.loads(line) for line in BANK.read_text("utf-8").splitlines()]))


if __name__ == "__main__":
    main()
