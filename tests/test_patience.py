"""No test needs a quick machine."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent
PATHS = [path for path in sorted(HERE.rglob("*.py")) if HERE / "vllm" not in path.parents]
LEAST = 10  # seconds
WAITS = {"communicate", "join", "result", "settled", "timeout", "until", "wait", "wait_for"}
WORDS = {"timeout", "deadline"}
CLOCKS = {"monotonic", "perf_counter"}


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def short(tree):
    """Yield the numbers of seconds below `LEAST` that something is waited for."""
    for node in ast.walk(tree):
        told = []
        if isinstance(node, ast.Call):
            told += [word.value for word in node.keywords if word.arg in WORDS]
            told += node.args[-1:] if name_of(node) in WAITS else []
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Lt | ast.LtE):
            calls = [one for one in ast.walk(node.left) if isinstance(one, ast.Call)]
            told += node.comparators if CLOCKS & {*map(name_of, calls)} else []
        numbers = (one for one in told if isinstance(one, ast.Constant))
        yield from (n for n in numbers if type(n.value) in (int, float) and n.value < LEAST)


def test_what_is_waited_for_has_ten_seconds_at_least_or_is_said_to_expire():
    hasty = []
    for path in PATHS:
        source = path.read_text("utf-8")
        lines = source.splitlines()
        found = sorted(number.lineno for number in short(ast.parse(source)))
        hasty += [f"{path.name}:{at}" for at in found if "# expires" not in lines[at - 1]]
    assert not hasty, "PATIENCE of clock.py, or the comment '# expires'"


def test_a_short_wait_would_be_found():
    tree = ast.parse("""
gone.wait(5)
ask(timeout=2.5)
assert time.monotonic() - began < 3
""")
    assert [node.value for node in short(tree)] == [5, 2.5, 3]
