"""Kinds of failure, and messages without secrets."""

from __future__ import annotations

import asyncio
import gc

import pytest
from fakes import HttpError, Scripted, ask
from langchain_core.prompts import ChatPromptTemplate
from pydantic import SecretStr
from server import Server, completion

from a2r_graph import ChatVLLM, ExplorationError, create_a2r
from a2r_graph.models import clients
from a2r_graph.models.failures import failure_of, redact

KEY = "supersecretvalue0123456789"


class Keyed(Scripted):
    api_key: SecretStr = SecretStr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}",
        f"http://user:{KEY}@host/v1 refused",
        f"Authorization: Bearer {KEY}",
        f"https://host/v1beta?key={KEY}&alt=json",
        f"api_key={KEY}",
        "sk-supersecretvalue0123",
        "AIzaSyD-supersecretvalue0123456789abc",
        "hf_supersecretvalue0123",
    ],
)
def test_no_secret_passes(text):
    assert "supersecret" not in redact(text)


def test_a_secret_on_the_edge_of_the_cut_does_not_pass_in_part():
    error = ValueError("x" * 490 + f" {KEY}")
    assert "supersecret" not in failure_of(error, Keyed())["message"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda m: m,
        lambda m: m.bind(temperature=0),
        lambda m: ChatPromptTemplate([("placeholder", "{messages}")]) | m,
        lambda m: m.with_fallbacks([m]),
        lambda m: m.with_retry(stop_after_attempt=1),
    ],
)
async def test_a_models_own_key_is_struck_however_it_is_wrapped(wrap):
    model = wrap(Keyed(script=RuntimeError(f"bad key {KEY}!")))
    with pytest.raises(ExplorationError) as caught:
        await create_a2r(model, Scripted(), n=1).ainvoke(ask())
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.references)


async def test_a_password_in_an_address_is_no_part_of_the_models_name():
    a2r = create_a2r(
        "vllm:Q@http://user:hunter22@127.0.0.1:9/v1", Scripted(), n=1, attempts=1
    )
    with pytest.raises(ExplorationError) as caught:
        await a2r.ainvoke(ask())
    assert "hunter22" not in str(caught.value) + str(caught.value.references)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "connection"),
        (FileNotFoundError("no such file"), "error"),
        (HttpError(408), "bad_request"),
        (HttpError(400, "prompt is too long"), "context_overflow"),
        (KeyError("x"), "error"),
    ],
)
def test_each_exception_has_its_kind(error, kind):
    failure = failure_of(error)
    assert failure["kind"] == kind
    assert failure["message"]


def test_neither_loops_nor_short_lived_models_leave_clients_behind():
    with Server(lambda *_: completion()) as server:
        for _ in range(3):
            model = ChatVLLM(model="m", base_url=server.url)
            asyncio.run(model.ainvoke("?"))

        async def many():
            for _ in range(5):
                await ChatVLLM(model="m", base_url=server.url).ainvoke("?")
            return [len(pools) for _, pools in clients._by_loop.values()]

        assert asyncio.run(many())[-1] == 1
    gc.collect()
    closed = [loop() for loop, _ in clients._by_loop.values()]
    assert not [loop for loop in closed if loop is not None and loop.is_closed()]
