"""Tasks out of rows: which are questions, and what is wrong with those that aren't."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from a2r_graph.evals.task import Question
from a2r_graph.evals.tasks.rows import Row

_FIRST = 3  # problems that an error quotes


@dataclass(frozen=True)
class Fields:
    """Which columns hold what."""

    question: Sequence[str] = ("question",)
    """The first of these that a row has; so for the others."""
    answer: Sequence[str] = ("answer",)
    id: str | None = None
    """None: `id` where a row has one, else its number."""
    others: bool = False
    """Whether the other columns go into a question's metadata, as a verifier of the
    user's may need them."""


@dataclass
class Rows:
    """The questions among some rows, and the rows that are none."""

    source: str
    """What errors call it."""
    fields: Fields
    questions: list[Question] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    _at: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, None] = field(default_factory=dict)

    def take(self, rows: Iterable[Row], limit: int | None) -> Rows:
        """Take in rows, until there are `limit` questions.

        Raises:
            ValueError: None of them is a question; says which column is missing, or what
                is wrong with the first.
        """
        for row in rows:
            if limit is not None and len(self.questions) >= limit:
                break
            try:
                self.questions.append(self._question(row))
            except _NotUsableError as error:
                self.skipped.append((f"line {row.number}", str(error)))
        if not self.questions:
            raise ValueError(self._why_none())
        return self

    def _question(self, row: Row) -> Question:
        if row.fields is None:
            raise _NotUsableError(row.problem)
        self._seen.update(dict.fromkeys(map(str, row.fields)))
        text = _text(row.fields, self.fields.question)
        answer = _text(row.fields, self.fields.answer)
        own = None
        if self.fields.id:
            own = _text(row.fields, [self.fields.id])
        elif not _is_empty(row.fields.get("id")):
            own = _text(row.fields, ["id"])
        name = own or str(row.number)
        if name in self._at:
            msg = f"id: {name!r} is that of line {self._at[name]} already; give it its own"
            raise _NotUsableError(msg)
        self._at[name] = row.number
        return Question(name, text, answer, self._others(row.fields))

    def _others(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if not self.fields.others:
            return {}
        used = {*self.fields.question, *self.fields.answer, self.fields.id or "id"}
        return {
            key: value for key, value in row.items() if key not in used and _plain(value)
        }

    def _why_none(self) -> str:
        for wanted, names in (
            ("question_field", self.fields.question),
            ("answer_field", self.fields.answer),
            ("id_field", [self.fields.id] if self.fields.id else []),
        ):
            if self._seen and names and not set(names) & set(self._seen):
                # By no likeness: "solution" is nearer to "question" than "problem" is.
                had = ", ".join(self._seen)
                option = f"{wanted} (--{wanted.replace('_', '-')})"
                said = f"{self.source}: no column {names[0]!r}; it has {had}: give {option}"
                odd = len(self._seen) == 1 and next((x for x in ";\t|" if x in had), None)
                return f"{said}, or save it with commas instead of {odd!r}" if odd else said
        if not self.skipped:
            return f"{self.source}: no questions in it"
        first = "; ".join(f"{where}: {why}" for where, why in self.skipped[:_FIRST])
        return f"{self.source}: none of {len(self.skipped)} rows is a question: {first}"


class _NotUsableError(ValueError):
    """A row is no question; says why."""


def _text(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the text, or the number, in the first of these columns that there is."""
    name = next((name for name in names if name in row), None)
    if name is None:
        msg = f"{names[0]}: missing; the row has {', '.join(map(str, row)) or 'nothing'}"
        raise _NotUsableError(msg)
    value = row[name]
    if _is_empty(value):
        msg = f"{name}: empty"
        raise _NotUsableError(msg)
    if not isinstance(value, (str, int, float)):
        msg = f"{name}: a {type(value).__name__}; a text or a number is wanted"
        raise _NotUsableError(msg)
    try:
        text = str(value).strip()  # digits beyond 4,300 are refused
        text.encode()
    except ValueError as error:
        msg = f"{name}: {error}"
        raise _NotUsableError(msg) from None
    return text


def _is_empty(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)  # what pandas writes for nothing
    return value is None or (isinstance(value, str) and not value.strip())


def _plain(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
