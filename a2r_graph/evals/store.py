"""Every call of an evaluation on disk, as it arrives.

One SQLite file holds all runs of a folder. A call stands under what it depends on (the
models, their settings, the question as it was put, its place), not under its run: runs
that have these in common share it, and nobody pays for it twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from a2r_graph.evals.task import Question

_FORMAT = 1
_SCHEMA = """
create table if not exists runs (
    id text primary key, created text not null, started text not null, spec text not null
) strict;
create table if not exists questions (
    run text not null, position integer not null, key text not null, id text not null,
    question text not null, answer text not null, metadata text not null,
    primary key (run, position)
) strict, without rowid;
create table if not exists calls (
    key text not null, question text not null, place integer not null,
    record text not null, began real not null,
    primary key (key, question, place)
) strict;
create table if not exists verdicts (
    verifier text not null, question text not null, answer text not null,
    score real, error text,
    primary key (verifier, question, answer)
) strict;
create table if not exists classes (
    run text not null, question text not null, codes text, error text,
    primary key (run, question)
) strict;
"""


class Asked(NamedTuple):
    """A question of a run, under the key of its calls."""

    key: str
    question: Question


class Verdict(NamedTuple):
    """What a verifier said of an answer: a score, or why there is none."""

    score: float | None
    error: str | None


class Classes(NamedTuple):
    """Which final answers of a question's samples are one, or why that can't be told."""

    codes: list[int] | None
    """Of each sample, as the metrics take them."""
    error: str | None


class Store(AbstractContextManager["Store"]):
    """The runs and calls of one folder.

    Raises:
        ValueError: The file isn't a store, or a later version wrote it.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        """Open the store at `path`; make it if need be, and if it is to be written."""
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        mode = "rwc" if write else "ro"
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        # One connection; the loop's thread and the caller's may take turns.
        self._db = sqlite3.connect(uri, timeout=60, check_same_thread=False, uri=True)
        try:
            if write:
                # A killed process loses nothing; a machine without power, its last calls.
                self._db.execute("pragma journal_mode = wal")
                self._db.execute("pragma synchronous = normal")
            self._check(write=write)
        except sqlite3.OperationalError:  # locked, say: nothing is wrong with the file
            self._db.close()
            raise
        except sqlite3.DatabaseError as error:
            self._db.close()
            msg = f"{path}: {error}; name another folder, or move the file away"
            raise ValueError(msg) from None
        except ValueError:
            self._db.close()
            raise

    def _check(self, *, write: bool) -> None:
        (found,) = self._db.execute("pragma user_version").fetchone()
        if found > _FORMAT:
            msg = (
                f"{self.path}: made by a newer a2r-graph (format {found}, known is "
                f"{_FORMAT}); update, or name another folder"
            )
            raise ValueError(msg)
        if write or found < _FORMAT:
            with self._db:
                self._db.executescript(_SCHEMA)  # a table may be newer than the file
        if found < _FORMAT:
            with self._db:
                self._db.execute(f"pragma user_version = {_FORMAT}")

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._db.close()

    # runs

    def begin(
        self, run: str, started: str, spec: dict[str, Any], asked: list[Asked]
    ) -> None:
        """Note a run and its questions; of one that is there already, the spec alone."""
        with self._db:
            self._db.execute(
                "insert into runs values (?, ?, ?, ?) on conflict do update"
                " set started = excluded.started, spec = excluded.spec",
                (run, started, started, _text(spec)),
            )
            self._db.executemany(
                "insert or ignore into questions values (?, ?, ?, ?, ?, ?, ?)",
                (
                    (run, i, key, q.id, plain(q.text), plain(q.answer), _text(q.metadata))
                    for i, (key, q) in enumerate(asked)
                ),
            )

    def runs(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return id, creation and spec of each run, the one started last at the end."""
        rows = self._db.execute("select id, created, spec from runs order by started, id")
        return [(run, created, json.loads(spec)) for run, created, spec in rows]

    def find(self, run: str) -> tuple[str, str, dict[str, Any]]:
        """Return a run by its id, its beginning, or `last`.

        Raises:
            ValueError: There is none, or there are several.
        """
        every = self.runs()
        if run == "last" and every:
            return every[-1]
        found = [one for one in every if one[0].startswith(run) and run]
        if len(found) == 1:
            return found[0]
        known = ", ".join(one[0] for one in (found or every)[-10:])
        what = "several runs begin so" if found else "no such run"
        there = f"there are {known}" if known else "there is none yet"
        msg = f"{run!r}: {what} in {self.path}; {there}"
        raise ValueError(msg)

    def asked(self, run: str) -> list[Asked]:
        """Return a run's questions, in their order."""
        rows = self._db.execute(
            "select key, id, question, answer, metadata from questions"
            " where run = ? order by position",
            (run,),
        )
        return [
            Asked(key, Question(name, text, answer, json.loads(metadata)))
            for key, name, text, answer, metadata in rows
        ]

    # calls

    def save(
        self, key: str, question: str, place: int, record: object, began: float
    ) -> None:
        """Put a call on disk; at its place nothing but a failure may be replaced.

        Args:
            key: What the call depends on, beside the question.
            question: The key of the question as it was put.
            place: Which of the calls of this key: the sample, say.
            record: Plain data.
            began: When it was asked, in seconds since 1970.
        """
        with self._db:
            self._db.execute(
                "insert into calls values (?, ?, ?, ?, ?) on conflict do update"
                " set record = excluded.record, began = excluded.began"
                " where calls.record ->> '$.error.kind' is not null",
                (key, question, place, _text(record), began),
            )

    def call(self, key: str, question: str, place: int) -> dict[str, Any] | None:
        """Return the record of one call, if it is there."""
        found = self._db.execute(
            "select record from calls where key = ? and question = ? and place = ?",
            (key, question, place),
        ).fetchone()
        return None if found is None else json.loads(found[0])

    def calls(self, key: str, question: str) -> dict[int, tuple[Any, float]]:
        """Return record and beginning of each call of a question, by place."""
        rows = self._db.execute(
            "select place, record, began from calls where key = ? and question = ?"
            " order by place",
            (key, question),
        )
        return {place: (json.loads(record), began) for place, record, began in rows}

    def spans(self, key: str, questions: Iterable[str]) -> list[tuple[float, float]]:
        """Return beginning and end of the calls of these questions, in seconds."""
        wanted = set(questions)
        rows = self._db.execute(
            "select question, began, record ->> '$.seconds' from calls where key = ?",
            (key,),
        )
        return [(at, at + seconds) for name, at, seconds in rows if name in wanted]

    # which answers are one

    def classify(self, run: str, question: str, found: Classes) -> None:
        """Put on disk which answers to a question a run counts as one."""
        codes = None if found.codes is None else _text(found.codes)
        with self._db:
            self._db.execute(
                "insert or replace into classes values (?, ?, ?, ?)",
                (run, question, codes, None if found.error is None else plain(found.error)),
            )

    def classes(self, run: str) -> dict[str, Classes]:
        """Return what `classify` was given, by question."""
        try:
            rows = self._db.execute(
                "select question, codes, error from classes where run = ?", (run,)
            ).fetchall()
        except sqlite3.OperationalError:  # an older file, which is only read
            return {}
        return {
            question: Classes(codes and json.loads(codes), error)
            for question, codes, error in rows
        }

    # verdicts

    def judge(self, verifier: str, question: str, answer: str, verdict: Verdict) -> None:
        """Put a verdict on disk."""
        with self._db:
            self._db.execute(
                "insert or replace into verdicts values (?, ?, ?, ?, ?)",
                (verifier, question, plain(answer), *verdict),
            )

    def verdicts(
        self, verifier: str, questions: Iterable[str]
    ) -> dict[tuple[str, str], Verdict]:
        """Return what `verifier` said of the answers to `questions`."""
        wanted = set(questions)
        rows: Iterator[tuple[str, str, float | None, str | None]] = self._db.execute(
            "select question, answer, score, error from verdicts where verifier = ?",
            (verifier,),
        )
        return {
            (question, answer): Verdict(score, error)
            for question, answer, score, error in rows
            if question in wanted
        }


def _text(data: object) -> str:
    return json.dumps(data, separators=(",", ":"))  # lone surrogates come out escaped


def plain(text: str) -> str:
    """Return what SQLite can hold: a lone surrogate isn't valid text."""
    return text.encode("utf-8", "replace").decode()
