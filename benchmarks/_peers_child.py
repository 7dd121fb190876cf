"""One tool of `peers.py`, in a process and an environment of its own.

    python -I _peers_child.py TOOL URL MODEL QUESTION EXPECTED

It first writes the versions that it runs on. Each line on stdin then is an order, n and
how often to ask the question; each line on stdout, what one question cost: `[wall, cpu]`
in seconds. This file knows no package by itself: each tool has others.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import platform
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module, metadata
from typing import Any, TypeAlias

KEY = "none"
SYSTEM = "You are a helpful assistant."
PATTERN = r"answer is (\d+)"
NOTED = ("a2r-graph", "its-hub", "optillm", "langgraph", "openai", "aiohttp")

Ask: TypeAlias = Callable[[int], Awaitable[str]]


def a2r(url: str, model: str, question: str, **settings: Any) -> Ask:
    """Return A2R on `ChatVLLM`."""
    ours = import_module("a2r_graph")
    secret = import_module("pydantic").SecretStr(KEY)
    models = [ours.ChatVLLM(model=model, base_url=url, api_key=secret) for _ in range(2)]
    graph = ours.create_a2r(explorer=models[0], synthesizer=models[1], **settings)
    asked = {"messages": [("user", question)]}

    async def ask(n: int) -> str:
        result = await graph.ainvoke(asked, context={"n": n})
        return str(result["messages"][-1].text)

    return ask


def its_hub(url: str, model: str, question: str, **limits: int) -> Ask:
    """Return its-hub's self-consistency, which votes on what its pattern finds."""
    hub = import_module("its_hub")
    voting = import_module("its_hub.core.algorithms.self_consistency")
    algorithm = hub.SelfConsistency(
        voting.create_regex_projection_function(PATTERN),
        orchestrator=hub.LMOrchestrator(**limits),
    )
    client = hub.OpenAICompatibleLanguageModel(url, KEY, model, temperature=0.8)

    async def ask(n: int) -> str:
        answer = await algorithm.ainfer(client, question, budget=n)
        return str(answer["content"])

    return ask


def moa(url: str, model: str, question: str) -> Ask:
    """Return optillm's mixture of agents: three texts, whatever n is."""
    client = import_module("openai").OpenAI(base_url=url, api_key=KEY)
    mixture = import_module("optillm.moa").mixture_of_agents

    async def ask(_: int) -> str:
        answer, _tokens = mixture(SYSTEM, question, client, model)
        return str(answer)

    return ask


def majority(url: str, model: str, question: str) -> Ask:
    """Return optillm's majority voting: n texts in one request."""
    client = import_module("openai").OpenAI(base_url=url, api_key=KEY)
    import_module("optillm")  # as its server does, and as `moa` must
    plugin = import_module("optillm.plugins.majority_voting_plugin")

    async def ask(n: int) -> str:
        answer, _tokens = plugin.run(SYSTEM, question, client, model, {"k": n})
        return str(answer)

    return ask


SIDES: dict[str, Callable[[str, str, str], Ask]] = {
    "a2r": a2r,
    "a2r-vote": partial(a2r, skip_on_consensus=True),
    "moa": moa,
    "majority": majority,
    "its-hub": its_hub,
    "its-hub-unlimited": partial(its_hub, max_concurrency=-1),
}


def cpu() -> float:
    """Return the CPU seconds of this process so far, its threads included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(ask: Ask, n: int, repeats: int, expected: str) -> tuple[float, float]:
    """Return the wall and CPU seconds of one question, after one that doesn't count."""
    await ask(n)
    gc.collect()
    wall, used = time.perf_counter(), cpu()
    answers = [await ask(n) for _ in range(repeats)]
    wall, used = time.perf_counter() - wall, cpu() - used
    if not all(expected in answer for answer in answers):
        msg = f"no {expected!r} in one of {answers}"
        raise RuntimeError(msg)
    return wall / repeats, used / repeats


def versions() -> dict[str, str]:
    """Return the versions of what stands in this environment, of `NOTED`."""
    found = {d.name.replace("_", "-"): d.version for d in metadata.distributions()}
    noted = {name: found[name] for name in NOTED if name in found}
    return {**noted, "Python": platform.python_version()}


def main() -> None:
    """Do what stdin says until it ends."""
    tool, url, model, question, expected = sys.argv[1:]
    out, sys.stdout = sys.stdout, sys.stderr  # whatever a package prints
    ask = SIDES[tool](url, model, question)
    logging.disable(logging.INFO)  # optillm writes every step
    print(json.dumps(versions()), file=out, flush=True)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            n, repeats = json.loads(line)
            cost = runner.run(measure(ask, n, repeats, expected))
            print(json.dumps(cost), file=out, flush=True)
    logging.disable()  # of sessions that nobody has closed


if __name__ == "__main__":
    main()
