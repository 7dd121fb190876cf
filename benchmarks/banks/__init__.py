"""The banks that `adaptive.py` replays: one recorded, one made up.

`smollm2-135m.jsonl` was written by `record_bank.py`: of each question its right answer,
and of each sample the final answer and the output tokens.
"""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from a2r_graph.references import vote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Sample = tuple[str | None, int]
"""The final answer and the output tokens."""
BANK = Path(__file__).parent / "smollm2-135m.jsonl"
MOST = 64
"""Samples of a question."""
NO_ANSWER = "(none)"


class Question(NamedTuple):
    """A question: its right answer, how samples are drawn, and those of the bank."""

    pass1: float
    truth: str
    draw: Callable[[random.Random], Sequence[Sample]]
    recorded: Sequence[Sample] = ()


def spelled(told: dict[str, Any]) -> tuple[str, list[str | None]]:
    """Return a question's right answer and its samples', those that are one alike."""
    said = [told["truth"], *told["answers"]]
    references: list[Any] = [
        {"index": place, "status": "ok", "answer": answer}
        for place, answer in enumerate(said)
    ]
    truth, *answers = (reference["answer"] for reference in vote(references).references)
    return str(truth), answers


def recorded() -> list[Question]:
    """Return the recorded bank; answers that are one in a vote are spelled alike."""
    found = []
    for told in map(json.loads, BANK.read_text("utf-8").splitlines()):
        truth, answers = spelled(told)
        samples = list(zip(answers, told["output_tokens"], strict=True))
        draw = partial(random.Random.sample, population=samples, k=len(samples))
        found.append(Question(answers.count(truth) / len(answers), truth, draw, samples))
    return found


def synthetic() -> list[Question]:
    """Return six questions each of accuracy 0.1, 0.15 ... 0.95; wrong answers spread."""
    rng = random.Random(2305)  # noqa: S311  no secret
    found = []
    for percent in sorted([*range(10, 100, 5)] * 6):
        slope = rng.uniform(0, 1.5)
        wrong = [place**-slope for place in range(1, rng.randint(4, 13))]
        rest = (1 - percent / 100) / sum(wrong)
        shares = [percent / 100, *(rest * weight for weight in wrong)]
        values = [(str(place), 1) for place in range(len(shares))]
        draw = partial(random.Random.choices, population=values, weights=shares, k=MOST)
        found.append(Question(percent / 100, "0", draw))
    return found


class Recorded(BaseChatModel):
    """Answers as the bank has it: branch i, whose seed is i, with sample i."""

    samples: list[Any]
    seed: int | None = None

    @property
    def _llm_type(self) -> str:
        return "recorded"

    def _generate(self, *_: Any, **options: Any) -> ChatResult:
        answer, tokens = self.samples[options.get("seed", 0)]
        usage = {"input_tokens": 1, "output_tokens": tokens, "total_tokens": 1 + tokens}
        message = AIMessage(answer or NO_ANSWER, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])


def read(text: str) -> str | None:
    """Return the final answer in a text of `Recorded`, which is all of it."""
    return None if text == NO_ANSWER else text
