"""Rows of a file or of a hub's dataset, one by one; a bad one is marked, none is lost.

Of a file no more than one row is in memory, and of a row that is too long only its
beginning.
"""

from __future__ import annotations

import csv
import functools
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

LONGEST = 10_000_000
"""Bytes of a row; a question that long fits no model's window."""
_WHOLE = 256_000_000
"""Bytes of a JSON file, which is read at once."""
_TOO_LONG = f"longer than {LONGEST // 1_000_000} MB; leave it out, or split it"


class Row(NamedTuple):
    """One row, or what is wrong with it."""

    number: int
    """From 1: the line of a text file, the row of anything else."""
    fields: Mapping[str, Any] | None
    problem: str = ""


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a JSONL, JSON, CSV, TSV or Parquet file.

    Raises:
        ValueError: The file doesn't exist, isn't of these kinds, or isn't what its name
            says.
        ImportError: It is a Parquet file, and pyarrow isn't installed.
    """
    if (reader := READERS.get(path.suffix.lower())) is None:
        msg = f"{path}: unknown kind of file; known are {', '.join(READERS)}"
        raise ValueError(msg)
    if not path.is_file():
        msg = f"{path}: no such file"
        raise ValueError(msg)
    return reader(path)


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in _numbered(file):
            if line is None:
                yield Row(number, None, _TOO_LONG)
            elif line.strip(b"\xef\xbb\xbf \t\r\n"):
                yield _row_of(number, line)


def _row_of(number: int, line: bytes) -> Row:
    try:
        fields = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return Row(number, None, _not_utf8(line[error.start]))
    except (ValueError, RecursionError) as error:
        return Row(number, None, f"no JSON: {error}")
    return _checked(number, fields)


def _checked(number: int, fields: object) -> Row:
    if isinstance(fields, dict):
        return Row(number, fields)
    kind = type(fields).__name__
    return Row(number, None, f'a {kind}, not an object: {{"question": ...}} is wanted')


def _not_utf8(byte: int) -> str:
    return f"not UTF-8 (byte 0x{byte:02x}); save the file as UTF-8"


def _numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines; `None` for one that is too long, which is passed over."""
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST)
            yield number, None
        else:
            yield number, line


def _json(path: Path) -> Iterator[Row]:
    if (size := path.stat().st_size) > _WHOLE:
        msg = f"{path}: {size:,} bytes are too many for .json; save it as .jsonl"
        raise ValueError(msg)
    raw = path.read_bytes()
    try:
        rows = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        msg = f"{path}: {_not_utf8(raw[error.start])}"
        raise ValueError(msg) from None
    except (ValueError, RecursionError) as error:
        msg = f"{path}: no JSON: {error}; with an object in each line, name it .jsonl"
        raise ValueError(msg) from None
    if not isinstance(rows, list):
        msg = f"{path}: a {type(rows).__name__}; a list of objects is wanted"
        raise ValueError(msg)  # noqa: TRY004  the file's content is wrong, no argument
    for number, fields in enumerate(rows, 1):
        yield _checked(number, fields)


def _csv(path: Path, delimiter: str = ",") -> Iterator[Row]:
    with path.open("rb") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] | None = None
        while True:
            lines.begin()
            try:
                values = _next(reader)
                row = header and _fields(lines.first, header, values)
            except StopIteration:
                break
            except csv.Error as error:
                row = Row(lines.first, None, f"no CSV: {error}; check its quotes")
                # A quote that isn't closed takes what follows with it: only its own
                # line is bad.
                lines.back()
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield from lines.passed_over()
            if row:
                yield row
            elif header is None:
                header = values
        yield from lines.passed_over()


def _next(reader: Iterator[list[str]]) -> list[str]:
    before = csv.field_size_limit(LONGEST)  # everybody's: it is put back
    try:
        return next(reader)
    finally:
        csv.field_size_limit(before)


def _fields(number: int, header: list[str], values: list[str]) -> Row | None:
    if not any(values):
        return None
    try:
        "".join(values).encode()
    except UnicodeEncodeError as error:
        return Row(number, None, _not_utf8(ord(error.object[error.start]) - 0xDC00))
    if len(values) != len(header):
        problem = (
            f"{len(values)} fields, where the header has {len(header)}; check its quotes"
        )
        return Row(number, None, problem)
    return Row(number, dict(zip(header, values, strict=True)))


class _Lines:
    """Decoded lines for a CSV reader, which may go back to the second of a row."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._numbered = _numbered(file)
        self._long: list[Row] = []
        self._number = self.first = 0
        self._fresh = True
        self._second = 0  # where the row's second line begins

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            _, line = next(self._numbered)
            self._number += 1
            if line is not None:
                break
            self._long.append(Row(self._number, None, _TOO_LONG))
        if self._fresh:
            self._fresh = False
            self.first, self._second = self._number, self._file.tell()
        if self._number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        return line.decode("utf-8", "surrogateescape")

    def begin(self) -> None:
        """Take the next line for the first of a row."""
        self._fresh = True

    def back(self) -> None:
        """Go back to the second line of the row."""
        self._file.seek(self._second)
        self._numbered = _numbered(self._file)
        self._number = self.first
        self._long = [row for row in self._long if row.number <= self.first]

    def passed_over(self) -> list[Row]:
        """Return the lines that were too long since this was asked last."""
        long, self._long = self._long, []
        return long


def _parquet(path: Path) -> Iterator[Row]:
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        msg = f"{path}: for Parquet files: pip install pyarrow"
        raise ImportError(msg) from None
    try:
        with parquet.ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=64)
            rows = (row for batch in batches for row in batch.to_pylist())
            for number, fields in enumerate(rows, 1):
                yield Row(number, fields)
    except (OSError, ValueError) as error:  # Arrow's own errors are both
        msg = f"{path}: no Parquet: {error}"
        raise ValueError(msg) from None


READERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": functools.partial(_csv, delimiter="\t"),
    ".parquet": _parquet,
}
"""By the end of a file's name."""


def from_hub(name: str, split: str | None) -> Iterator[Row]:
    """Yield the rows of a dataset `owner/name` or `owner/name/config` of the hub.

    Args:
        name: As in its address.
        split: Which part. None: `test`, or the only one.

    Raises:
        ValueError: It can't be loaded, or has several parts and no `test`.
        ImportError: `datasets` isn't installed.
    """
    try:
        datasets: Any = importlib.import_module("datasets")
    except ImportError:
        msg = f"hf://{name}: for datasets of the hub: pip install datasets"
        raise ImportError(msg) from None
    owner, _, rest = name.partition("/")
    short, _, config = rest.partition("/")
    if not owner or not short:
        msg = f"hf://{name}: hf://owner/name or hf://owner/name/config is wanted"
        raise ValueError(msg)
    try:
        parts = datasets.load_dataset(f"{owner}/{short}", config or None, streaming=True)
        part = _part(name, split, parts)
        for number, fields in enumerate(parts[part], 1):
            yield Row(number, fields)
    except UnknownSplitError:
        raise
    except Exception as error:
        msg = f"hf://{name} can't be loaded: {type(error).__name__}: {error}"
        raise ValueError(msg) from error


class UnknownSplitError(ValueError):
    """A dataset has no such part."""


def _part(name: str, split: str | None, parts: Mapping[str, Any]) -> str:
    chosen = split or ("test" if "test" in parts else next(iter(parts)))
    if chosen not in parts or (split is None and "test" not in parts and len(parts) > 1):
        msg = f"split: {split!r} is not one of hf://{name}, which has {', '.join(parts)}"
        raise UnknownSplitError(msg)
    return chosen
