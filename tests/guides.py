"""The guides in `docs`, taken apart, for the tests that hold them to what they say."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_SUM = re.compile(r"^(\S.*?) {2,}(\S.*?) += ([\d,.]+)(?: <= ([\d,.]+))?$")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def guide(name: str) -> str:
    """Return a guide's text."""
    return (ROOT / "docs" / name).read_text("utf-8")


def blocks(text: str, kind: str = "python") -> list[str]:
    """Return the code of one kind."""
    return [code for found, code in _BLOCK.findall(text) if found == kind]


def prose(text: str) -> str:
    """Return what isn't code."""
    return _BLOCK.sub("", text)


def sections(text: str) -> dict[str, str]:
    """Return the text below each heading of the second level."""
    return dict(_SECTION.findall(text))


def dead_links(text: str) -> list[str]:
    """Return the links, from a guide to files and headings, that lead nowhere."""
    dead = []
    for file, mark, anchor in re.findall(r"\]\((?!http)([^)#]*)(#?)([^)]*)\)", prose(text)):
        target = ROOT / "docs" / file
        if file and not target.exists():
            dead.append(file)
        elif mark and anchor not in _anchors(target.read_text("utf-8") if file else text):
            dead.append(f"{file}#{anchor}")
    return dead


def _anchors(text: str) -> set[str]:
    """Return the headings as GitHub names them in links."""
    bare = (re.sub(r"[^\w\s-]", "", found) for found in _HEADING.findall(prose(text)))
    return {heading.strip().lower().replace(" ", "-") for heading in bare}


class Sum(NamedTuple):
    """A line of arithmetic in a guide."""

    terms: str
    result: str
    limit: str | None

    def value(self) -> float:
        """Return what the terms come to."""
        formula = self.terms.replace(",", "").replace(" x ", " * ").replace("^", "**")
        assert re.fullmatch(r"[\d\s.+*/()-]+", formula), formula
        return eval(formula, {"__builtins__": {}})  # noqa: S307  digits and signs alone

    def is_right(self) -> bool:
        """Whether the result is theirs, to two digits or to none, cut off."""
        value = self.value()
        rounded = round(value, 2) if "." in self.result else int(value)
        return rounded == number(self.result)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def sums(text: str) -> dict[str, Sum]:
    """Return the sums in a guide's blocks of text, by what they are of."""
    lines = [line for block in blocks(text, "text") for line in block.splitlines()]
    found = [_SUM.match(line) for line in lines]
    assert None not in found, lines[found.index(None)]
    return {one[1]: Sum(*one.groups()[1:]) for one in found}


async def execute(code: str, names: dict[str, Any]) -> None:
    """Run code of a guide, as a notebook would: `await` may stand outside of functions."""
    compiled = compile(code, "guide", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(compiled, names)  # noqa: S307  what readers run
    if inspect.isawaitable(done):
        await done


def script(code: str) -> dict[str, Any]:
    """Run code of a guide as a file of its own; return the names that it made."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "guide", "exec"), names)  # noqa: S102  what readers run
    return names


def brief(monkeypatch: pytest.MonkeyPatch, tokens: int = 16) -> None:
    """Keep the embedded model short: on a busy machine it writes some tokens a second."""
    monkeypatch.setattr("a2r_graph.models.local.MAX_TOKENS", tokens)
