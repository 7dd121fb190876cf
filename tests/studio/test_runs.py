"""Threads and runs on the server: history, errors, cancelling, many at once, review."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from faulty import Faulty, Plan, Table
from server import Server, completion, failing
from studio.dev import JOBS, question
from studio.graphs import ANSWER, SECRET, N


def on(server, **settings):
    """Return a context whose models are the server's; attempt once, no second try."""
    models = {"explorer": f"vllm:m@{server.url}", "synthesizer": f"vllm:synth@{server.url}"}
    return {**models, "seed": 0, "attempts": 1, **settings}


async def test_a_thread_keeps_both_turns_and_its_history(scripts):
    thread = (await scripts.threads.create())["thread_id"]
    first = await scripts.runs.wait(thread, "scripted", input=question("6 x 7?"))
    second = await scripts.runs.wait(thread, "scripted", input=question("Sure?"))
    assert [m["content"] for m in second["messages"]] == ["6 x 7?", ANSWER, "Sure?", ANSWER]
    assert len(second["a2r"]["references"]) == N
    assert second["a2r"]["run"] != first["a2r"]["run"]
    history = await scripts.threads.get_history(thread, limit=50)
    following = [state["next"] for state in reversed(history)]
    turn = [["__start__"], ["explorer"] * N, ["reduce"], ["synthesizer"], []]
    assert following == [*turn, *turn]


async def test_a_turn_may_follow_a_change_of_the_state(scripts):
    thread = (await scripts.threads.create())["thread_id"]
    answered = await scripts.runs.wait(thread, "scripted", input=question())
    told = {**answered["messages"][-1], "content": "It is 43."}
    await scripts.threads.update_state(thread, {"messages": [told]}, as_node="synthesizer")
    state = await scripts.threads.get_state(thread)
    assert state["next"] == []
    assert [m["content"] for m in state["values"]["messages"]][1:] == ["It is 43."]
    assert state["values"]["a2r"] == answered["a2r"]
    second = await scripts.runs.wait(thread, "scripted", input=question("Sure?"))
    assert [m["content"] for m in second["messages"]][1:] == ["It is 43.", "Sure?", ANSWER]


async def test_a_failed_run_tells_why_in_words_and_without_secrets(scripts):
    with pytest.raises(Exception, match="ExplorationError: 0 of 2 explorer") as caught:
        await scripts.runs.wait(None, "failing", input=question())
    assert "2 of 2: bad_request: wrong key ***" in str(caught.value)
    assert SECRET not in str(caught.value)
    thread = (await scripts.threads.create())["thread_id"]
    run = await scripts.runs.create(thread, "failing", input=question())
    await scripts.runs.join(thread, run["run_id"])
    assert (await scripts.runs.get(thread, run["run_id"]))["status"] == "error"
    state = await scripts.threads.get_state(thread)
    assert "ExplorationError" in json.dumps([task["error"] for task in state["tasks"]])


WRONG = {
    "n: 0 is not allowed: input should be greater than or equal to 1": {"n": 0},
    "quorum: 9 is not allowed: at most n, which is 8": {"quorum": 9},
    "explorer: 'gpt' is not provider:model, as in 'vllm:": {"explorer": "gpt"},
    "explorer: 'nobody:m': unknown provider 'nobody'; known are": {"explorer": "nobody/m"},
    "synthesizer: ':m' is not provider:model": {"synthesizer": ":m"},
    "explorer: 7 is not allowed: input should be a valid string": {"explorer": 7},
    "'/no/such.gguf'": {"explorer": "local:/no/such.gguf"},
    "OPENAI_API_KEY": {"explorer": "openai/gpt-4o-mini"},
    "langchain-mistralai": {"explorer": "mistralai/m"},  # not installed
}


async def test_a_wrong_setting_or_model_is_an_error_in_words(client):
    with Faulty() as server:
        runs = [
            client.runs.wait(None, "a2r", input=question(), context={**on(server), **wrong})
            for wrong in WRONG.values()
        ]
        errors = await asyncio.gather(*runs, return_exceptions=True)
        assert server.completions == []
    for told, error in zip(WRONG, errors, strict=True):
        assert told in str(error)


async def test_a_context_names_the_models_and_a_pickers_slash_is_a_colon(client):
    with Faulty(Plan(models=("m", "org/synth"), synthesizers=("org/synth",))) as server:
        context = on(server, n=2)
        context["explorer"] = f"vllm/m@{server.url}"
        context["synthesizer"] = f"vllm/org/synth@{server.url}"
        result = await client.runs.wait(None, "a2r", input=question(), context=context)
        asked = [entry.model for entry in await server.settled()]
    assert asked == ["m", "m", "org/synth"]
    assert {r["model"] for r in result["a2r"]["references"]} == {"vllm:m"}


async def test_without_a_synthesizer_the_explorers_model_answers(client):
    with Faulty() as server:
        context = {"explorer": f"vllm:m@{server.url}", "n": 2}
        result = await client.runs.wait(None, "a2r", input=question(), context=context)
        assert [entry.model for entry in await server.settled()] == ["m"] * 3
    assert result["a2r"]["synthesis"] == "model"


async def test_an_assistant_keeps_models_and_settings_of_its_own(client):
    with Faulty() as server:
        assistant = await client.assistants.create("a2r", context=on(server, n=3))
        asked = assistant["assistant_id"]
        result = await client.runs.wait(None, asked, input=question())
        assert [r["index"] for r in result["a2r"]["references"]] == [0, 1, 2]
        assert len(await server.settled()) == 4
        await client.assistants.delete(asked)


async def test_cancelling_a_run_closes_the_models_connections(client):
    with Faulty(lambda _: "hang") as server:
        thread = (await client.threads.create())["thread_id"]
        run = await client.runs.create(
            thread, "a2r", input=question(), context=on(server, n=4)
        )
        await server.until(lambda server: len(server.completions) == 4)
        assert server.open == 4
        await client.runs.cancel(thread, run["run_id"], wait=True)
        entries = await server.settled()
    assert [entry.disconnected is not None for entry in entries] == [True] * 4
    assert [entry.sent for entry in entries] == [False] * 4
    assert (await client.runs.get(thread, run["run_id"]))["status"] == "interrupted"


async def test_four_runs_at_once_overlap(client):
    together = threading.Barrier(JOBS)

    def plan(_number, path, body):
        if not path.endswith("/chat/completions"):
            return failing(404)
        if body["model"] == "m":
            together.wait(30)  # a run's only branch is answered when all four have asked
        return completion()

    with Server(plan) as server:
        results = await asyncio.gather(
            *(
                client.runs.wait(None, "a2r", input=question(), context=on(server, n=1))
                for _ in range(JOBS)
            )
        )
    assert [r["a2r"]["references"][0]["status"] for r in results] == ["ok"] * JOBS


async def test_a_quorum_in_the_context_ends_the_exploring(client):
    with Faulty(Plan(by_hand=Table({2: "hang", 3: "hang"}))) as server:
        result = await client.runs.wait(
            None, "a2r", input=question(), context=on(server, n=4, quorum=2)
        )
        # Two explorers and the synthesizer; whoever hung had arrived or not yet.
        assert sum(e.disconnected is None for e in await server.settled()) == 3
    assert result["a2r"]["stopped_by"] == "quorum"
    kinds = [(r["error"] or {}).get("kind") for r in result["a2r"]["references"]]
    assert kinds == [None, None, "cancelled", "cancelled"]


async def test_a_deadline_in_the_context_ends_the_exploring(client):
    with Faulty(Plan(by_hand=Table({1: "hang"}))) as server:
        result = await client.runs.wait(
            None, "a2r", input=question(), context=on(server, n=2, deadline=10.0)
        )
        await server.settled()
    assert result["a2r"]["stopped_by"] == "deadline"
    kinds = [(r["error"] or {}).get("kind") for r in result["a2r"]["references"]]
    assert kinds == [None, "timeout"]


async def test_a_breakpoint_before_the_synthesizer_stops_there_and_goes_on(client):
    with Faulty() as server:
        thread = (await client.threads.create())["thread_id"]
        context = on(server, n=2)
        await client.runs.wait(
            thread,
            "a2r",
            input=question(),
            context=context,
            interrupt_before=["synthesizer"],
        )
        stopped = await client.threads.get_state(thread)
        assert stopped["next"] == ["synthesizer"]
        assert [e.model for e in await server.settled()] == ["m", "m"]
        result = await client.runs.wait(thread, "a2r", input=None, context=context)
        assert [e.model for e in await server.settled()] == ["m", "m", "synth"]
    assert [m["type"] for m in result["messages"]] == ["human", "ai"]


async def test_a_fork_from_before_the_reduce_step_asks_no_explorer_again(client):
    with Faulty() as server:
        thread = (await client.threads.create())["thread_id"]
        context = on(server, n=2)
        first = await client.runs.wait(thread, "a2r", input=question(), context=context)
        history = await client.threads.get_history(thread)
        (fork,) = (s["checkpoint"] for s in history if s["next"] == ["reduce"])
        again = await client.runs.wait(
            thread, "a2r", input=None, context=context, checkpoint=fork
        )
        assert [e.model for e in await server.settled()] == ["m", "m", "synth", "synth"]
    assert again["messages"][-1]["content"] == first["messages"][-1]["content"]
    assert again["a2r"]["references"] == first["a2r"]["references"]


@pytest.mark.slow
async def test_the_embedded_model_answers_with_no_variable_set(client):
    short = {"n": 2, "max_tokens": 16, "synthesizer_max_tokens": 16, "seed": 1}
    result = await client.runs.wait(None, "a2r", input=question(), context=short)
    assert result["messages"][-1]["content"].strip()
    assert [r["model"] for r in result["a2r"]["references"]] == ["local:"] * 2
    assert result["a2r"]["usage"]["total"]["calls"] == 3
