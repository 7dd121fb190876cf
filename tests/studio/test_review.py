"""A run that stops for a person, over the server's protocol."""

from __future__ import annotations

import jsonschema_rs
import pytest
from faulty import Faulty, Plan
from studio.dev import question

N = 3
REVIEW = {"references": [1, {"text": "I get 7."}], "guidance": "Be brief."}


@pytest.fixture
async def stopped(client):
    """Give a thread whose run waits for a review, its context, and the models' server."""
    with Faulty(Plan()) as server:
        context = {
            "explorer": f"vllm:m@{server.url}",
            "synthesizer": f"vllm:synth@{server.url}",
            "n": N,
            "seed": 0,
            "review": True,
        }
        thread = (await client.threads.create())["thread_id"]
        run = await client.runs.wait(thread, "a2r", input=question(), context=context)
        assert len(run["__interrupt__"]) == 1
        yield thread, context, server


async def resumed(client, stopped, answer):
    thread, context, _ = stopped
    command = {"resume": answer}
    return await client.runs.wait(thread, "a2r", command=command, context=context)


async def models(server):
    return [entry.model for entry in await server.settled()]


async def test_a_thread_that_waits_shows_the_references_and_the_form_of_the_answer(
    client, stopped
):
    thread, _, server = stopped
    state = await client.threads.get_state(thread)
    assert (await client.threads.get(thread))["status"] == "interrupted"
    assert state["next"] == ["review"]
    (interrupt,) = state["interrupts"]
    payload, schema = interrupt["value"], interrupt["response_schema"]
    assert [r["index"] for r in payload["references"]] == [0, 1, 2]
    assert all("Answer: 42" in r["text"] for r in payload["references"])
    assert payload["votes"] == {"42": N}
    assert set(schema["properties"]) == {"references", "guidance"}
    is_valid = jsonschema_rs.validator_for(schema).is_valid
    assert is_valid({"references": [{"index": 1}, {"text": "I get 7."}]})
    assert not is_valid({"references": [{"index": 7}]})
    assert await models(server) == ["m"] * N


async def test_a_review_goes_on_without_asking_the_explorers_again(client, stopped):
    result = await resumed(client, stopped, REVIEW)
    assert "__interrupt__" not in result
    assert result["a2r"]["review"]["guidance"] == "Be brief."
    shown = [r["index"] for r in result["a2r"]["references"] if r["shown"]]
    assert shown == [1]
    assert len(result["messages"]) == 2
    assert (await client.threads.get(stopped[0]))["status"] == "idle"
    assert await models(stopped[2]) == [*["m"] * N, "synth"]


async def test_an_empty_form_goes_on_as_it_is(client, stopped):
    thread, context, server = stopped
    command = {"resume": {}}
    parts = client.runs.stream(
        thread, "a2r", command=command, context=context, stream_mode="updates"
    )
    assert [key for part in [p async for p in parts] for key in part.data] == [
        "run_id", "attempt", "review", "synthesizer",
    ]  # fmt: skip
    assert (await client.threads.get(thread))["status"] == "idle"
    assert await models(server) == [*["m"] * N, "synth"]


async def test_a_wrong_answer_is_an_error_and_can_be_given_again(client, stopped):
    for wrong, told in (
        ({"references": [7]}, "Input should be 0, 1 or 2"),
        ({"refs": [1]}, "refs"),
    ):
        with pytest.raises(Exception, match=told):
            await resumed(client, stopped, wrong)
        state = await client.threads.get_state(stopped[0])
        assert (state["next"], len(state["interrupts"])) == (["review"], 1)
    result = await resumed(client, stopped, True)  # noqa: FBT003  the person's answer
    assert len(result["messages"]) == 2
    assert await models(stopped[2]) == [*["m"] * N, "synth"]
