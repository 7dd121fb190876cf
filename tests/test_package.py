"""The package as it is imported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import a2r_graph
from a2r_graph.extras import install


def test_no_pattern_repeats_a_group_possessively():
    # Wrong before Python 3.11.5 where the group can match in several ways (gh-106052).
    for path in Path(a2r_graph.__file__).parent.rglob("*.py"):
        found = re.search(r"\)(?:[*+?]|\{[\d,]+\})\+", path.read_text("utf-8"))
        assert not found, (path, found)


def test_every_public_name_can_be_had_and_is_listed():
    assert set(a2r_graph._WHERE) == set(a2r_graph.__all__) <= set(dir(a2r_graph))
    for name in a2r_graph.__all__:
        assert getattr(a2r_graph, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = a2r_graph.nope


def without_langchain(code):
    """Run code where langchain can't be found; return what it prints."""
    code = f"import sys; sys.modules['langchain'] = None\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_without_langchain_its_middleware_says_what_to_install():
    told = without_langchain("from a2r_graph import A2RMiddleware").splitlines()[-1]
    assert told == f"ImportError: A2RMiddleware needs langchain: {install('langchain')}"


def test_without_langchain_everything_else_is_there():
    code = "from a2r_graph import *; import a2r_graph; print(*a2r_graph.__all__)"
    names = without_langchain(code).split()
    assert names == [name for name in a2r_graph.__all__ if name != "A2RMiddleware"]
    assert "A2RMiddleware" in a2r_graph.__all__


def test_another_module_that_is_missing_is_not_called_langchain():
    code = "sys.modules['langgraph'] = None; from a2r_graph import create_a2r"
    assert without_langchain(code).splitlines()[-1].startswith("ModuleNotFoundError")


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import a2r_graph", ["langgraph", "openai", "importlib.metadata"]),
        ("from a2r_graph import create_a2r", ["openai", "rapidfuzz", "typer", "langchain"]),
    ],
)
def test_nothing_is_imported_before_it_is_needed(code, unwanted):
    check = f"{code}; import sys; print(*[m for m in {unwanted} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "make",
    [
        lambda: a2r_graph.create_a2r("local:"),
        lambda: a2r_graph.create_a2r(["vllm:m", "local:mine.gguf"]),
        lambda: a2r_graph.create_a2r("vllm:m", "local:"),
        lambda: a2r_graph.create_a2r_tool("local:"),
        lambda: a2r_graph.ChatA2R("local:"),
        lambda: a2r_graph.A2RMiddleware("local:"),
        a2r_graph.ChatLocal,
    ],
)
def test_without_its_extra_no_embedded_model_is_made(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    told = re.escape(f"needs its extra (no xllamacpp): {install('local')}")
    with pytest.raises(ImportError, match=told):
        make()


def test_what_only_the_default_model_needs_is_not_asked_for_by_a_file_of_ones_own(
    monkeypatch,
):
    monkeypatch.delenv("A2R_LOCAL_MODEL", raising=False)
    for name in ("filelock", "platformdirs"):
        monkeypatch.setitem(sys.modules, name, None)
    assert a2r_graph.ChatLocal("mine.gguf").path == "mine.gguf"
    with pytest.raises(ImportError, match=r"\(no filelock, platformdirs\)"):
        a2r_graph.ChatLocal()
    monkeypatch.setenv("A2R_LOCAL_MODEL", "mine.gguf")
    assert a2r_graph.ChatLocal().path is None
