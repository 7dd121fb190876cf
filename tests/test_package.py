"""The package as it is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

import a2r_graph


def test_every_public_name_can_be_had_and_is_listed():
    assert set(a2r_graph._WHERE) == set(a2r_graph.__all__) <= set(dir(a2r_graph))
    for name in a2r_graph.__all__:
        assert getattr(a2r_graph, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = a2r_graph.nope


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import a2r_graph", ["langgraph", "openai"]),
        ("from a2r_graph import create_a2r", ["openai", "rapidfuzz", "typer", "langchain"]),
    ],
)
def test_nothing_is_imported_before_it_is_needed(code, unwanted):
    check = f"{code}; import sys; print(*[m for m in {unwanted} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
