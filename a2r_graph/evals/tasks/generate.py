"""Questions of reasoning-gym, the same in every process.

Six of its generators depend on the order of sets, one on Python's global random state.
So questions are made in a child process whose hashes are fixed, as the hashes of a
`checker` process are, and each draws from a state seeded by its own index. The child
also keeps a second of imports, what the library prints and the code snippets that some
generators run out of the caller's process.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
from typing import Any

from a2r_graph.extras import install
from a2r_graph.references import extract_answer

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_CHILD = f"from {__name__} import main; main()"


def ask(**order: object) -> dict[str, Any]:
    """Return what a child process says to an order of `name`, `size`, `seed`, `config`.

    An empty order asks for the names alone.

    Raises:
        ImportError: reasoning-gym isn't installed.
        RuntimeError: The child died; says how.
    """
    if importlib.util.find_spec("reasoning_gym") is None:
        msg = f"gym: reasoning-gym is not installed: {install('evals')}"
        raise ImportError(msg)
    child = subprocess.run(  # noqa: S603  this Python, our own code
        [sys.executable, "-P", "-c", _CHILD],
        input=json.dumps(order | {"sys_path": sys.path}),
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if child.returncode:
        last = child.stderr.strip().rpartition("\n")[2]
        msg = f"gym: making the questions ended with exit code {child.returncode}: {last}"
        raise RuntimeError(msg)
    told: dict[str, Any] = json.loads(child.stdout)
    return told


def main() -> None:
    """Answer one order, in the child."""
    # The answer's way is kept apart from whatever a library prints.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        os.dup2(2, 1)
        order = json.load(sys.stdin)
        sys.path[:] = order.pop("sys_path")
        json.dump(_made(**order) if order else {"names": names()}, answer)


def _made(name: str, size: int, seed: int, config: dict[str, Any]) -> dict[str, Any]:
    if name not in names():
        return {"names": names()}
    try:
        made = dataset(name, size, seed, json.dumps(config))
        entries = [entry(made, seed, index) for index in range(size)]
    except Exception as error:  # noqa: BLE001  whatever it is, the parent says it
        known = ", ".join(
            importlib.import_module("inspect").signature(_config(name)).parameters
        )
        return {"error": f"{type(error).__name__}: {error}", "settings": known}
    return {
        "version": importlib.metadata.version("reasoning-gym"),
        "questions": [[each["question"], _answer(each)] for each in entries],
        "numbers": all(_is_number(made, each) for each in entries),
        "exact": _accepts_anything(made, entries[0]),
    }


def names() -> list[str]:
    """Return the names of all generators; imports reasoning-gym."""
    return sorted(importlib.import_module("reasoning_gym.factory").DATASETS)


def _config(name: str) -> Any:  # noqa: ANN401  reasoning-gym has no types
    return importlib.import_module("reasoning_gym.factory").DATASETS[name][1]


@functools.lru_cache(maxsize=8)
def dataset(name: str, size: int, seed: int, config: str) -> Any:  # noqa: ANN401  no types
    """Return a generator's dataset; its settings are JSON, so that they can be a key."""
    settings = json.loads(config)
    if name == "composite":
        spec = importlib.import_module("reasoning_gym.composite").DatasetSpec
        parts = settings.get("datasets") or []
        settings["datasets"] = [
            spec(**{"weight": 1, "config": {}, **part}) for part in parts
        ]
    factory = importlib.import_module("reasoning_gym.factory")
    return factory.create_dataset(name, **settings, size=size, seed=seed)


def entry(made: Any, seed: int, index: int) -> dict[str, Any]:  # noqa: ANN401  no types
    """Return one entry of a dataset, whichever others were made before."""
    random.seed(f"{seed}/{index}")
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed((seed + index) % 2**32)
    found: dict[str, Any] = made[index]
    return found


def _answer(found: dict[str, Any]) -> str:
    """Return the right answer; where there are many, the one that the entry holds."""
    answer = found["answer"]
    if answer is None:
        held = [key for key in found["metadata"] if "answer" in key]
        answer = found["metadata"][held[0]] if held else "(any that the generator accepts)"
    return answer if isinstance(answer, str) else json.dumps(answer)


def _accepts_anything(made: Any, found: dict[str, Any]) -> bool:  # noqa: ANN401  no types
    """Whether nonsense is right, as for `game_of_life_halting` in 0.1.25."""
    try:
        return bool(made.score_answer("a2r: no answer", found) >= 1)
    except Exception:  # noqa: BLE001  then it doesn't
        return False


def _is_number(made: Any, found: dict[str, Any]) -> bool:  # noqa: ANN401  no types
    """Whether the answer is a plain number, and right in its normal form too."""
    answer = found["answer"]
    if not isinstance(answer, str) or not _NUMBER.fullmatch(answer):
        return False
    return bool(made.score_answer(extract_answer(answer), found) >= 1)
