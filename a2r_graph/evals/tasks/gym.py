"""Tasks of reasoning-gym: any of its generators, with its own verifier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from a2r_graph.evals.task import Question, Task, Verifier
from a2r_graph.evals.tasks import generate
from a2r_graph.references import Marked, answer_key, extract_answer

PROMPT = """\
{question}

Think it through step by step. Then write the final answer, and nothing else, between \
<answer> and </answer>, in exactly the form that is asked for."""
"""Ours; the tag is the one that users of reasoning-gym ask for."""

_OPEN, _CLOSE = "<answer>", "</answer>"
_LIMIT = 100


class UnknownGeneratorError(ValueError):
    """There is no generator of that name; `names` are those there are."""

    def __init__(self, name: str, names: list[str]) -> None:
        """Keep the names, to find near ones."""
        super().__init__(f"gym:{name}: unknown generator")
        self.names = names


def tagged(text: str) -> str | None:
    """Return what the last `<answer>` holds, as it stands; `None` without one.

    As in reasoning-gym's own evaluation, a reply without the tag has no answer.

    Example:
        >>> tagged("Reversed it is <answer>olleh</answer>.")
        'olleh'
        >>> tagged("It is olleh.") is None
        True
    """
    end = text.rfind(_CLOSE)
    start = text.rfind(_OPEN, 0, max(end, 0))
    if start < 0:
        return None
    return text[start + len(_OPEN) : end].strip() or None


def tagged_number(text: str) -> str | None:
    """Return the final answer of a text, as a plain number where it is one.

    For generators whose answers are all plain numbers, which their scorers compare as
    text. Small models often forget the tag; what their reply states is then read as
    everywhere in this package. Elsewhere only the tag counts: a stray last number would
    be one more vote against the majority. Explorers, synthesizer and the one bigger model
    are all read by the same function.

    Example:
        >>> tagged_number("<answer>x = 1,024.0</answer>"), tagged_number("The sum is 42.")
        ('1024', '42')
    """
    found = extract_answer(text)
    key = None if found is None else answer_key(found)
    value = key.value if isinstance(key, Marked) else key
    return str(value) if isinstance(value, Fraction) and value.denominator == 1 else found


def as_text(answer: str) -> str:
    """Return the key of an answer that has to have the form asked for: its text.

    Whatever the case, as where such answers are compared with the right one.

    Example:
        >>> as_text("[2, 1]") == as_text("[1, 2]")
        False
    """
    return answer.casefold()


@dataclass(frozen=True)
class GymVerifier:
    """A generator's own `score_answer`, on the entry made anew from its index.

    As in reasoning-gym's own evaluation, an answer on which that raises is wrong.

    Raises:
        RuntimeError: The entry made here isn't the question that was asked.
    """

    name: str
    size: int
    seed: int
    config: str
    """JSON."""
    exact: bool = False
    """Compare as text instead, whatever the case: its scorer takes anything for right."""
    answers_only: ClassVar[bool] = True

    def load(self) -> None:
        """Make the dataset, which may take seconds, before an answer waits for it."""
        generate.dataset(self.name, self.size, self.seed, self.config)

    def __call__(self, answer: str, question: Question, /) -> float:
        """Return the generator's score, 1.0 for a right answer."""
        made = generate.dataset(self.name, self.size, self.seed, self.config)
        entry = generate.entry(made, self.seed, question.metadata["index"])
        if entry["question"] != question.text:
            msg = (
                f"gym:{self.name} made another question {question.id} than was asked; "
                "verify with the version and in the way that made it (PYTHONHASHSEED=0)"
            )
            raise RuntimeError(msg)
        if self.exact:
            return float(as_text(answer) == as_text(str(entry["answer"])))
        try:
            return float(made.score_answer(answer, entry))
        except ImportError:
            raise
        except Exception:  # noqa: BLE001  some scorers take no answer that isn't well-formed
            return 0.0


def load_gym(
    name: str,
    *,
    limit: int | None,
    seed: int,
    config: Mapping[str, Any] | None,
    verifier: Verifier | None,
) -> Task:
    """Return a task of the generator `name`, made in a process of its own.

    Raises:
        UnknownGeneratorError: There is none of that name.
        ValueError: Its settings are refused, or it can't make that many questions.
        ImportError: reasoning-gym isn't installed.
    """
    size = _LIMIT if limit is None else limit
    settings = dict(config or {})
    for own, instead in (("size", "limit"), ("seed", "seed")):
        if own in settings:
            msg = f"config: {own!r} is not allowed there: give {instead}=..."
            raise ValueError(msg)
    try:
        as_json = json.dumps(settings, sort_keys=True)
    except TypeError as error:
        msg = f"config: {settings!r} is not allowed: plain JSON values only ({error})"
        raise ValueError(msg) from None
    told = generate.ask(name=name, size=size, seed=seed, config=settings)
    if "names" in told:
        raise UnknownGeneratorError(name, told["names"])
    if "error" in told:
        msg = (
            f"gym:{name} can't make {size} questions with config {as_json}: "
            f"{told['error']}; its settings are {told['settings']}"
        )
        raise ValueError(msg)
    with_config = f", config {as_json}" if settings else ""
    with_config += ", compared as text" if told["exact"] and not verifier else ""
    return Task(
        name=f"gym:{name}",
        questions=[
            Question(str(index), text, answer, {"index": index})
            for index, (text, answer) in enumerate(told["questions"])
        ],
        verify=verifier or GymVerifier(name, size, seed, as_json, told["exact"]),
        prompt=PROMPT,
        extract_answer=tagged_number if told["numbers"] else tagged,
        answer_key=answer_key if told["numbers"] else as_text,
        source=f"reasoning-gym {told['version']}, {name}, seed {seed}{with_config}",
    )
