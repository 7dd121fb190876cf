"""Clients over real sockets: what they ask, keep, count and try again."""

from __future__ import annotations

import asyncio
import gc

import pytest
from fakes import Scripted, ask
from langchain_openai import ChatOpenAI
from server import Server, completion, failing, streamed

from a2r_graph import ChatVLLM, ExplorationError, SynthesisError, create_a2r


def always(answer):
    return lambda _number, _path, _body: answer


def openai(server, **fields):
    return ChatOpenAI(model="m", base_url=server.url, api_key="sk-secret-key-123", **fields)


async def test_every_request_is_counted_and_the_clients_own_retries_are_off():
    with Server(always(failing(500, retry_after="0"))) as server:
        a2r = create_a2r(openai(server, max_retries=2), n=2, attempts=3)
        with pytest.raises(ExplorationError) as caught:
            await a2r.ainvoke(ask())
    usages = [r["usage"] for r in caught.value.references]
    assert sum(u["calls"] for u in usages) == len(server.requests) == 6
    assert sum(u["retries"] for u in usages) == 4
    assert {r["error"]["kind"] for r in caught.value.references} == {"server_error"}


async def test_a_failure_that_passes_is_tried_again_on_the_same_server():
    def plan(number, _path, _body):
        return failing(429, retry_after="0") if number < 2 else completion()

    with Server(plan) as server:
        report = (await create_a2r(openai(server), Scripted(), n=1).ainvoke(ask()))["a2r"]
    usage = report["references"][0]["usage"]
    assert (usage["calls"], usage["retries"]) == (len(server.requests), 2) == (3, 2)
    assert usage["cached_tokens"] == 4
    assert usage["reasoning_tokens"] == 3


def test_one_model_serves_one_loop_after_another():
    with Server(always(completion())) as server:
        for model in (openai(server), ChatVLLM(model="m", base_url=server.url)):
            a2r = create_a2r(model, n=3)
            for _ in range(3):
                result = asyncio.run(
                    a2r.ainvoke(ask(), context={"synthesizer_max_tokens": 9})
                )
                assert result["a2r"]["votes"] == {"42": 3}
            a2r.invoke(ask())
    gc.collect()  # warnings are errors: nothing was left open


async def test_explorers_are_not_streamed_even_for_a_consumer_of_tokens():
    def plan(_number, _path, body):
        if body.get("stream"):
            return streamed({"role": "assistant", "content": "It "}, {"content": "is 42."})
        return completion()

    with Server(plan) as server:
        a2r = create_a2r(openai(server), n=3)
        tokens = [c.text async for c, _ in a2r.astream(ask(), stream_mode="messages")]
    assert "".join(tokens) == "It is 42."
    assert [bool(body.get("stream")) for _, body, _ in server.requests] == [False] * 3 + [
        True
    ]


async def test_a_stream_without_an_end_is_no_answer():
    def plan(_number, _path, body):
        return (
            streamed({"content": "It is"}, finish=None)
            if body.get("stream")
            else completion()
        )

    with Server(plan) as server:
        a2r = create_a2r(openai(server), n=1)
        with pytest.raises(SynthesisError, match="truncated"):
            async for _ in a2r.astream(ask(), stream_mode="messages"):
                pass
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failing(401, "Incorrect API key provided: sk-secret-key-123"), "bad_request"),
        (failing(404, "The model `m` does not exist."), "bad_request"),
        (failing(400, "This model's maximum context length is 4096"), "context_overflow"),
        (failing(503), "server_error"),
        ((200, {"content-type": "text/html"}, b"<html>proxy</html>"), "bad_response"),
        ((200, {"content-type": "application/json"}, b'{"choices": '), "bad_response"),
        (
            (200, {"content-type": "application/json"}, b'{"id": "1", "choices": []}'),
            "bad_response",
        ),
        (completion(""), "empty"),
        (completion(None, finish_reason="length", reasoning="hm"), "truncated"),
        (completion("<think>hm", finish_reason="length"), "truncated"),
        (completion(None, refusal="I can't."), "refused"),
        (completion("", finish_reason="content_filter"), "refused"),
        (completion("Answer: 4", finish_reason="sensitive"), "refused"),
        (completion("Answer: 4", finish_reason="abort"), "server_error"),
        (completion(None, finish_reason={"type": "abort"}), "server_error"),
    ],
)
@pytest.mark.parametrize("make", [openai, lambda s: ChatVLLM(model="m", base_url=s.url)])
async def test_each_failure_has_its_kind_and_shows_no_key(answer, kind, make):
    with Server(always(answer)) as server, pytest.raises(ExplorationError) as caught:
        await create_a2r(make(server), Scripted(), n=1, attempts=1).ainvoke(ask())
    error = caught.value.references[0]["error"]
    assert error["kind"] == kind, error
    assert "sk-secret" not in str(caught.value)
    assert caught.value.references[0]["usage"]["calls"] == 1
    asked = [path for path, _, _ in server.requests if path.endswith("/completions")]
    assert len(asked) == 1


async def test_nobody_listening_is_a_connection_failure():
    with Server(always(completion())) as server:
        pass
    with pytest.raises(ExplorationError) as caught:
        await create_a2r(openai(server), Scripted(), n=1, attempts=1).ainvoke(ask())
    assert caught.value.references[0]["error"]["kind"] == "connection"


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_chatvllm_keeps_the_reasoning_whole_and_streamed(field):
    def plan(_number, _path, body):
        if body.get("stream"):
            return streamed({field: "hm, "}, {field: "6 x 7"}, {"content": "42"})
        return completion("42", **{field: "hm, 6 x 7"})

    with Server(plan) as server:
        model = ChatVLLM(model="m", base_url=server.url)
        whole = await model.ainvoke("?")
        parts = None
        async for chunk in model.astream("?"):
            parts = chunk if parts is None else parts + chunk
    for message in (whole, parts):
        assert message.text == "42"
        assert message.content_blocks[0] == {"type": "reasoning", "reasoning": "hm, 6 x 7"}
        assert message.usage_metadata["output_tokens"] == 5


async def test_chatvllm_counts_by_the_servers_tokenizer():
    def plan(_number, path, body):
        if path == "/tokenize":
            words = body.get("prompt", " ".join(str(m) for m in body.get("messages", [])))
            told = {"count": len(words.split()), "max_model_len": 4096}
            return (
                200,
                {"content-type": "application/json"},
                str(told).replace("'", '"').encode(),
            )
        return completion()

    with Server(plan) as server:
        model = ChatVLLM(model="m", base_url=server.url)
        assert await model.context_window() == 4096
        assert await model.count_texts(["a b c", "d"]) == [3, 1]
        report = (await create_a2r(model, n=2).ainvoke(ask()))["a2r"]
    assert report["prompt"]["window"] == 4096
    assert report["prompt"]["estimated"] is False


def test_chatvllm_takes_address_and_key_from_the_environment(monkeypatch):
    monkeypatch.setenv("VLLM_BASE_URL", "http://gpu:8000/v1")
    monkeypatch.setenv("VLLM_API_KEY", "a-key-of-mine\r\n")
    model = ChatVLLM(model="m")
    assert model.openai_api_base == "http://gpu:8000/v1"
    assert model.openai_api_key.get_secret_value() == "a-key-of-mine"
    assert "a-key-of-mine" not in repr(model)
