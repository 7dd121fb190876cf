"""Functions of the user's are found by name, and told from changed ones."""

from __future__ import annotations

import sys

import pytest

from a2r_graph.evals.functions import FileFunction, load_function
from a2r_graph.evals.identity import named


@pytest.fixture(autouse=True)
def _path_as_before(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])


def written(folder, code: str, name: str = "mine.py") -> FileFunction:
    (folder / name).write_text(code)
    found = load_function("extract_answer", f"{folder / name}:read", ["text"])
    assert isinstance(found, FileFunction)
    return found


def test_a_file_that_was_changed_gives_another_function_that_is_told_from_it(tmp_path):
    first = written(tmp_path, "def read(text):\n    return text[:1]\n")
    second = written(tmp_path, "def read(text):\n    return text[-1:]\n")
    assert (first("ab"), second("ab")) == ("a", "b")
    tags = [named("extract_answer", one, None) for one in (first, second)]
    assert tags[0] != tags[1]


def test_a_file_that_was_moved_holds_the_same_function(tmp_path):
    code = "def read(text):\n    return text[:1]\n"
    tags = {
        named("extract_answer", written(tmp_path, code, name), None)
        for name in ("mine.py", "moved.py")
    }
    assert len(tags) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def read(text, question): ...", r"extract_answer: .* doesn't take \(text\)"),
        ("async def read(text): ...", r"extract_answer: .* is asynchronous"),
        ("def other(text): ...", "extract_answer: .* can't be loaded: AttributeError"),
        ("import no_such_module", "extract_answer: .* ModuleNotFoundError"),
    ],
)
def test_what_cannot_be_called_so_is_refused_by_its_option(tmp_path, code, error):
    with pytest.raises(ValueError, match=error):
        written(tmp_path, code)
