"""What is evaluated: questions, how they are put, and who says what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from a2r_graph.context import Settings
from a2r_graph.references import AnswerKey
from a2r_graph.references import answer_key as _answer_key
from a2r_graph.references import extract_answer as _extract_answer


@dataclass(frozen=True)
class Question:
    """One question with its right answer.

    Raises:
        TypeError: A field is no text.

    Example:
        >>> from a2r_graph.evals import Question
        >>> Question(id="1", text="What is 6 x 7?", answer="42").answer
        '42'
    """

    id: str
    """Its name in tables; no two of a task share one."""
    text: str
    answer: str
    """The right answer, for the verifier and for readers."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Plain data that the verifier needs besides."""

    def __post_init__(self) -> None:
        """Refuse what is no text: a number as it stands in a table, say."""
        for name in ("id", "text", "answer"):
            value = getattr(self, name)
            if not isinstance(value, str):
                msg = f"{name}: {value!r} is no text; give str({name})"
                raise TypeError(msg)


class Verifier(Protocol):
    """Says how right an answer is.

    It runs in a process of its own, under a time limit: it, and what it refers to, must
    be picklable by `cloudpickle`. One with an attribute `answers_only` that is true isn't
    called where no answer could be read: that is wrong, then.
    """

    def __call__(self, answer: str, question: Question, /) -> float:
        """Return 1.0 for a right answer, less for another.

        Args:
            answer: The final answer, as `Task.extract_answer` read it; where it read
                none, the whole reply.
            question: The question that it answers.
        """
        ...


@dataclass(frozen=True)
class Task:
    """Questions, how they are put, and how answers are verified.

    Example:
        >>> from a2r_graph.evals import Question, Task
        >>> def same(answer: str, question: Question) -> float:
        ...     return float(answer == question.answer)
        >>> task = Task("mine", [Question("1", "What is 6 x 7?", "42")], verify=same)
        >>> task.put(task.questions[0])
        [('user', 'What is 6 x 7?')]
    """

    name: str
    """What tables call it: `gym:chain_sum`, say."""
    questions: Sequence[Question]
    verify: Verifier
    prompt: str = "{question}"
    """What a model is asked, around `{question}`."""
    system: str | None = None
    """A system message before it."""
    extract_answer: Callable[[str], object] | None = _extract_answer
    """Reads the final answer out of a reply; as in `create_a2r`."""
    answer_key: AnswerKey = _answer_key
    """What counts as the same answer in a vote; as in `create_a2r`."""
    settings: Settings = field(default_factory=Settings)
    """Settings of `A2RContext` that suit the task; a run's own win."""
    source: str = ""
    """Where the questions come from, in a line: generator and seed, file, hub."""
    skipped: Sequence[tuple[str, str]] = ()
    """Rows that are no questions: where each stands (`line 3`), and what is wrong."""

    def put(self, question: Question) -> list[tuple[str, str]]:
        """Return the conversation that asks `question`, as `create_a2r` takes it."""
        asked = ("user", self.prompt.replace("{question}", question.text))
        return [asked] if self.system is None else [("system", self.system), asked]
