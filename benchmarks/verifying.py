"""Equal answers that are split, and others that are merged, on math-verify's own pairs.

The pairs are those of the tests in math-verify's source distribution, fetched by pip into a
temporary folder; none of them is kept here. Each is two replies, and whether they hold one
answer. Beside each other: the vote (the answers' keys), `MathVerifier` on the same answers,
and math-verify's own `parse` and `verify` on the replies.

    python benchmarks/verifying.py [--output benchmarks/verifying.md] [--show]
"""

from __future__ import annotations

import argparse
import ast
import logging
import platform
import re
import signal
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from a2r_graph import extract_answer
from a2r_graph.evals import Question
from a2r_graph.evals.verifiers import MathVerifier
from a2r_graph.references import key as keys
from a2r_graph.references.key import answer_key, joined

LIMIT_S = 10
_FORMULA = re.compile(r"(\$\$?)[^$]++\1|\\\(((?!\\\)).)++\\\)")
_COLUMNS = ({"gold", "pred"}, {"expected", "result"}, {"precision"})
"""Of the tests that are taken: others ask for settings of math-verify's own."""


@dataclass
class Found:
    """What one way of comparing made of the pairs."""

    split: list[tuple[str, str]] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)
    hung: int = 0
    seconds: list[float] = field(default_factory=list)


def pairs(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Fetch the tests, and yield of each the right reply, the other, and whether equal."""
    wanted = f"math-verify=={version('math-verify')}"
    fetch = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", wanted]
    subprocess.run([sys.executable, "-m", "pip", *fetch], cwd=folder, check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        members = [m for m in tar.getmembers() if "/tests/test_" in m.name]
        for member in sorted(members, key=lambda member: member.name):
            file = tar.extractfile(member)
            if file is not None:
                yield from _rows(ast.parse(file.read()))


def _rows(tree: ast.AST) -> Iterator[tuple[str, str, bool]]:
    """Yield the rows of a file's parametrized tests; nothing of it is run."""
    both, verdict, others = _COLUMNS
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or "parametrize" not in ast.unparse(node.func):
            continue
        names = [name.strip() for name in str(ast.literal_eval(node.args[0])).split(",")]
        if not both <= {*names} or {*names} - both - verdict - others:
            continue
        rows = node.args[1]
        for row in rows.elts if isinstance(rows, ast.List) else []:
            try:
                values = dict(zip(names, ast.literal_eval(row), strict=True))
            except ValueError:
                continue  # made by code
            (expected,) = (values[name] for name in names if name in verdict)
            yield values["gold"], values["pred"], bool(expected)


def by_vote(right: str, given: str) -> bool:
    """Whether two replies have one vote."""
    keys = [answer_key(_read(reply)) for reply in (right, given)]
    classes = joined(keys)
    return classes[keys[0]] == classes[keys[1]]


def by_verifier(right: str, given: str) -> bool:
    """Whether the answer of a reply is verified."""
    question = Question("1", "?", _read(right))
    return MathVerifier()(_read(given), question) == 1.0


def by_math_verify(right: str, given: str) -> bool:
    """Whether math-verify says so, by its own reading of the replies."""
    import math_verify  # noqa: PLC0415  half a second

    gold, target = (
        math_verify.parse(reply, parsing_timeout=None) for reply in (right, given)
    )
    return bool(math_verify.verify(gold, target, timeout_seconds=None))


def _read(reply: str) -> str:
    """Return the answer in a reply; one that is a formula and no more is its own."""
    if _FORMULA.fullmatch(reply.strip()) and "boxed" not in reply:
        return reply
    return extract_answer(reply) or reply


WAYS: dict[str, Callable[[str, str], bool]] = {
    "vote": by_vote,
    "`MathVerifier`": by_verifier,
    "math-verify": by_math_verify,
}


class _TooLongError(BaseException):
    """Out of reach of whoever catches every exception."""


def _too_long(*_: Any) -> None:
    raise _TooLongError


def measure(way: Callable[[str, str], bool], rows: list[tuple[str, str, bool]]) -> Found:
    """Compare every pair."""
    found = Found()
    way("1", "1")  # imports, outside the clock
    for right, given, expected in rows:
        keys._key.cache_clear()  # noqa: SLF001  each is measured
        started = time.process_time()
        signal.alarm(LIMIT_S)
        try:
            said = way(right, given)
        except _TooLongError:
            said = False
            found.hung += 1
        finally:
            signal.alarm(0)
        found.seconds.append(time.process_time() - started)
        if said != expected:
            (found.merged if said else found.split).append((right, given))
    return found


def row_of(name: str, found: Found, rows: list[tuple[str, str, bool]]) -> str:
    """Return a line of the table."""
    equal = sum(expected for *_, expected in rows)
    parts = [
        name,
        f"{len(found.split)} = {len(found.split) / equal:.1%}".replace("%", " %"),
        str(len(found.merged)),
        f"{1000 * statistics.mean(found.seconds):.2f}",
        f"{1000 * statistics.median(found.seconds):.2f}",
        f"{1000 * max(found.seconds):.0f}",
        str(found.hung),
    ]
    return f"| {' | '.join(parts)} |"


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/verifying.md"))
    parser.add_argument("--show", action="store_true", help="print what went wrong too")
    options = parser.parse_args()
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(pairs(Path(folder)))
    equal = sum(expected for *_, expected in rows)
    about = (
        f"On the {len(rows)} pairs of replies in the tests of math-verify "
        f"{version('math-verify')}, fetched for this and not kept: {equal} hold one "
        f"answer, {len(rows) - equal} don't, by its authors' word. To them a percentage "
        "may equal its bare number, and white space inside a formula may spoil it; here "
        "neither is so. The vote and `MathVerifier` compare what `extract_answer` reads "
        "of the replies (or, where it reads nothing, the whole); math-verify reads them "
        f"by itself. Processor time of one thread, Python {platform.python_version()}; "
        f"{LIMIT_S} s a pair at most."
    )
    head = (
        "| who | equal ones split | others merged | ms a pair, mean | median | most "
        "| longer than that |"
    )
    rule = "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    lines = ["# Verifying answers", "", about, "", head, rule]
    for name, way in WAYS.items():
        found = measure(way, rows)
        lines.append(row_of(name, found, rows))
        if options.show:
            for kind in ("split", "merged"):
                for right, given in getattr(found, kind):
                    print(f"{name} {kind}: {right!r} | {given!r}")
    lines += ["", "Written by `python benchmarks/verifying.py`.", ""]
    options.output.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
