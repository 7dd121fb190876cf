"""From what a caller names to a task."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from a2r_graph.context import Settings
from a2r_graph.evals.functions import load_function
from a2r_graph.evals.task import Task, Verifier
from a2r_graph.evals.tasks.files import Fields, Rows
from a2r_graph.evals.tasks.gym import UnknownGeneratorError, load_gym
from a2r_graph.evals.tasks.ready import ANSWER_FIELDS, QUESTION_FIELDS, READY, SETTINGS
from a2r_graph.evals.tasks.rows import READERS, from_hub, read
from a2r_graph.evals.verifiers import MathVerifier, load_verifier
from a2r_graph.references import AnswerKey

_HUB, _GYM = "hf://", "gym:"


def load_task(  # noqa: PLR0913  keywords of a command
    spec: str | Path,
    *,
    path: str | Path | None = None,
    limit: int | None = None,
    seed: int = 42,
    config: Mapping[str, Any] | None = None,
    verifier: str | Verifier | None = None,
    extract_answer: str | Callable[[str], object] | None = None,
    answer_key: str | AnswerKey | None = None,
    question_field: str | None = None,
    answer_field: str | None = None,
    id_field: str | None = None,
    split: str | None = None,
) -> Task:
    """Return the task of that name, or that file's.

    Args:
        spec: `gym:NAME` or `NAME` for a generator of reasoning-gym; a file (`.jsonl`,
            `.json`, `.csv`, `.tsv`, `.parquet`) or `hf://owner/name[/config]` with a
            question and its answer in each row; or a ready task with its data,
            `aime2024=FILE`.
        path: The data of a ready task, instead of in `spec`.
        limit: Most questions: the generator's (100 without one), or the first rows.
        seed: Of the generator.
        config: Settings of the generator.
        verifier: Whose word counts: `package.module:function`, `file.py:function` or a
            function (answer, question) -> float. None: the generator's own, or
            `MathVerifier`.
        extract_answer: Reads the final answer out of a reply, named in the same ways:
            (text) -> answer, or None for none. None: the task's own.
        answer_key: What counts as the same answer in a vote, named in the same ways:
            (answer) -> what is equal for answers that are the same. None: the task's own.
        question_field: Column of the questions; `question`, or of a ready task `problem`.
        answer_field: Column of the answers; `answer`.
        id_field: Column of their names; `id` where there is one, else their line.
        split: Part of a dataset of the hub; `test`, or the only one.

    Returns:
        The task. An answer is right where the verifier returns 1: partial credit, as
        many generators give, isn't right. Rows that are no questions are in `skipped`;
        the others are all there.

    Raises:
        ValueError: The name is unknown (says the nearest), an argument is not allowed or
            says nothing here, or no row is a question; says which and why.
        ImportError: What the task needs isn't installed.

    Example:
        >>> from a2r_graph.evals.tasks import load_task
        >>> task = load_task("gym:chain_sum", limit=2, config={"max_terms": 2})
        >>> task.questions[0].text, task.questions[0].answer
        ('State the final answer to the following arithmetic problem: 4 + 3 =', '7')
    """
    if limit is not None and limit < 1:
        msg = f"limit: {limit!r} is not allowed: at least 1, or None"
        raise ValueError(msg)
    chosen = None if verifier is None else load_verifier(verifier)
    own: dict[str, Any] = {
        name: load_function(name, given, takes)
        for name, given, takes in (
            ("extract_answer", extract_answer, ["text"]),
            ("answer_key", answer_key, ["answer"]),
        )
        if given is not None
    }
    name, _, data = str(spec).partition("=")
    ready = READY.get(name)
    if ready is not None:
        data = str(path) if path is not None else data
        if not data:
            raise ValueError(ready.where(name))
    elif path is not None:
        msg = f"path: {str(path)!r} is not allowed with {str(spec)!r}: of ready tasks only"
        raise ValueError(msg)
    else:
        name, data = "", str(spec)
    if not _is_data(data):
        unfit = {
            "question_field": question_field,
            "answer_field": answer_field,
            "id_field": id_field,
            "split": split,
        }
        _refuse(data, "of files and datasets only", **unfit)
        task = _gym(data, limit=limit, seed=seed, config=config, verifier=chosen)
        return replace(task, **own)
    _refuse(data, "of generators only", config=config)
    if not data.startswith(_HUB):
        _refuse(data, "of datasets of the hub only", split=split)
    fields = Fields(
        (question_field,)
        if question_field
        else QUESTION_FIELDS
        if ready
        else ("question",),
        (answer_field,) if answer_field else ANSWER_FIELDS if ready else ("answer",),
        id_field,
        others=chosen is not None,
    )
    is_hub = data.startswith(_HUB)
    rows = from_hub(data.removeprefix(_HUB), split) if is_hub else read(Path(data))
    found = Rows(data, fields).take(rows, limit)
    return Task(
        name=name or (data.removeprefix(_HUB) if is_hub else Path(data).stem),
        questions=found.questions,
        verify=chosen or MathVerifier(),
        prompt=ready.prompt if ready else "{question}",
        settings=SETTINGS if ready else Settings(),
        source=data,
        skipped=found.skipped,
        **own,
    )


def task_names() -> list[str]:
    """Return the names of the ready tasks and, where it is installed, reasoning-gym's.

    Example:
        >>> task_names()[:3]
        ['aime2024', 'aime2025', 'beyondaime']
    """
    return [*READY, *(f"{_GYM}{name}" for name in _generators())]


def _generators() -> list[str]:
    if importlib.util.find_spec("reasoning_gym") is None:
        return []
    from a2r_graph.evals.tasks.generate import ask  # noqa: PLC0415  see there

    names: list[str] = ask()["names"]
    return names


def _is_data(data: str) -> bool:
    if data.startswith((_HUB, _GYM)):
        return data.startswith(_HUB)
    path = Path(data)
    return path.suffix.lower() in READERS or len(path.parts) > 1 or path.is_file()


def _gym(spec: str, **given: Any) -> Task:
    try:
        return load_gym(spec.removeprefix(_GYM), **given)
    except UnknownGeneratorError as error:
        names = [*READY, *error.names]
        asked = spec.removeprefix(_GYM).partition("=")[0].lower()
        near = difflib.get_close_matches(asked, names, 3, 0.5)
        hint = f"did you mean {', '.join(near)}? " if near else ""
        msg = (
            f"{spec}: unknown task; {hint}a task is a generator of reasoning-gym, a file, "
            f"hf://owner/name or one of {', '.join(READY)}"
        )
        raise ValueError(msg) from None
    except ImportError as error:
        if spec.startswith(_GYM):
            raise
        msg = f"{spec}: unknown task, unless it is a generator of reasoning-gym: {error}"
        raise ImportError(msg) from None


def _refuse(spec: str, whose: str, **given: object) -> None:
    for name, value in given.items():
        if value is not None:
            msg = f"{name}: {value!r} is not allowed with {spec!r}: {whose}"
            raise ValueError(msg)
