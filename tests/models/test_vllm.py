"""ChatVLLM over real sockets: what it asks, keeps, splits and raises."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import threading
import time
from itertools import count
from uuid import UUID

import openai
import pytest
from clock import PATIENCE
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import HumanMessage
from pydantic import BaseModel, ValidationError
from server import Server, completion, failing, json_answer, raw, streamed

from a2r_graph import (
    BadReplyError,
    ChatVLLM,
    CutOffStreamError,
    EmptyReplyError,
    ExplorationError,
    create_a2r,
)
from a2r_graph.models import patience
from a2r_graph.models import vllm as vllm_module
from a2r_graph.models.failures import failure_of
from a2r_graph.models.resolve import resolve

QUESTION = {"messages": [HumanMessage("6 x 7?")]}


def always(answer):
    return lambda _number, _path, _body: answer


def on(server, **fields):
    return ChatVLLM(model="m", base_url=server.url, **fields)


def templated(answer, *, opens):
    """Answer as a server whose chat template opens a thought, or doesn't."""

    def plan(_number, path, body):
        if path == "/tokenize":
            ends = "<think>\n" if opens else "<think>\n\n</think>\n\n"
            told = {"count": 3, "max_model_len": 4096, "token_strs": ["assistant", ends]}
            return json_answer(told)
        return answer(body) if callable(answer) else answer

    return plan


async def read(model, text="?", heard=None, **kwargs):
    """Stream, and return content and reasoning as they came, joined."""
    chunks = []
    async for chunk in model.astream(text, **kwargs):
        chunks.append(chunk)
        if heard and chunk.text:
            heard.set()
    thought = "".join(c.additional_kwargs.get("reasoning_content", "") for c in chunks)
    return "".join(str(c.content) for c in chunks), thought, chunks


async def test_options_of_vllm_are_fields_of_the_request():
    with Server(always(completion())) as server:
        model = on(
            server,
            top_k=20,
            min_p=0.1,
            repetition_penalty=1.1,
            seed=7,
            chat_template_kwargs={"enable_thinking": False},
            priority=-1,
            structured_outputs={"choice": ["yes", "no"]},
            thinking_token_budget=99,
            extra_body={"min_tokens": 3, "top_k": 21},
            max_tokens=5,
        )
        await model.ainvoke("?")
        await model.bind(top_k=5, min_p=None).ainvoke("?", extra_body={"min_tokens": 4})
        await on(server).ainvoke("?")
    (_, first, head), (_, second, _), (_, bare, _) = server.requests
    assert first["top_k"] == 21  # extra_body is the more special word
    assert first["max_completion_tokens"] == 5
    assert {k: first[k] for k in ("min_p", "repetition_penalty", "seed", "priority")} == {
        "min_p": 0.1,
        "repetition_penalty": 1.1,
        "seed": 7,
        "priority": -1,
    }
    assert first["chat_template_kwargs"] == {"enable_thinking": False}
    assert first["structured_outputs"] == {"choice": ["yes", "no"]}
    assert (first["thinking_token_budget"], first["min_tokens"]) == (99, 3)
    assert (second["top_k"], second["min_tokens"]) == (5, 4)
    assert "min_p" not in second  # None takes it back
    assert bare == {
        "model": "m",
        "messages": [{"role": "user", "content": "?"}],
        "stream": False,
    }
    assert head["authorization"] == "Bearer EMPTY"


@pytest.mark.parametrize(
    "wrong", [{"top_k": -2}, {"min_p": 1.5}, {"repetition_penalty": 0}, {"top_k": "many"}]
)
def test_a_wrong_option_is_refused_before_any_call(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ChatVLLM(model="m", **wrong)


@pytest.mark.parametrize("url", ["localhost:8000", "http://", "gpu", "ftp://gpu/v1"])
def test_what_is_no_address_is_refused_before_any_call(url, monkeypatch):
    monkeypatch.setenv("VLLM_BASE_URL", url)
    with pytest.raises(ValueError, match="is no address, as http://localhost:8000/v1 is"):
        ChatVLLM(model="m")


@pytest.mark.parametrize(
    "fields",
    [
        {"http_client": object()},
        {"http_async_client": object()},
        {"max_retries": 2},
        {"use_responses_api": True},
        {"include_response_headers": True},
    ],
    ids=lambda fields: next(iter(fields)),  # an object's own name differs by process
)
def test_what_can_not_be_had_here_is_refused_and_not_ignored(fields):
    (name,) = fields
    with pytest.raises(ValueError, match=f"{name}: not with ChatVLLM"):
        ChatVLLM(model="m", **fields)
    assert ChatVLLM(model="m", max_retries=0).model_name == "m"


@pytest.mark.parametrize(
    ("content", "text", "thought"),
    [
        ("<think>hm</think>42", "42", "hm"),
        ("\n<think>\nhm\n</think>\n\n42\n", "42\n", "\nhm\n"),
        ("hm</think>42", "42", "hm"),
        ("It is 42, I think.", "It is 42, I think.", ""),
    ],
)
async def test_a_thought_inline_stands_in_content_blocks_and_not_in_content(
    content, text, thought
):
    with Server(always(completion(content))) as server:
        message = await on(server).ainvoke("?")
    assert message.content == text
    shown = [b["reasoning"] for b in message.content_blocks if b["type"] == "reasoning"]
    assert "".join(shown) == thought
    assert message.usage_metadata["input_token_details"] == {"cache_read": 4}
    assert message.usage_metadata["output_token_details"] == {"reasoning": 3}


async def test_tags_in_the_answer_of_a_server_with_a_parser_are_text():
    said = "Close it with </think>. Answer: 42"
    with Server(always(completion(said, reasoning="hm"))) as server:
        message = await on(server).ainvoke("?")
        report = (await create_a2r(on(server), n=1).ainvoke(QUESTION))["a2r"]
    assert message.content == said
    assert message.additional_kwargs["reasoning_content"] == "hm"
    assert report["references"][0]["text"] == said


@pytest.mark.parametrize("opens", [False, True])
@pytest.mark.parametrize(
    "said",
    [
        "To close a thought, write </think>. Then 42.",
        "Sure! <think>hm</think>42",
        "<think>\nhm\n</think>\n\n42\n",
        "<think>a</think>x<think>b</think>y",
        "<think>hm</think>42",
        "hm</think>42",
        "It is 42.",
        "<think>cut at `</think>`</think>Strip it at `</think>`.",
        "<think>a</think>\nOne.\n<think>b</think>\nTwo.",
        "<think>a<think>b</think>c</think>42",
        "</think>\n\n42",
        '{"open": "<think>", "close": "</think>"}',
        "```\n<think>\n```\nis what it begins with",
        "[THINK]hm[/THINK]42",
        "\u25c1think\u25b7hm\u25c1/think\u25b7\n42",
        "<seed:think>hm</seed:think>42",
        "<|channel>thought\nhm\n<channel|>42<turn|>",
        "<|channel|>analysis<|message|>hm<|end|><|channel|>final<|message|>42<|return|>",
    ],
)
async def test_whole_and_streamed_tell_thought_and_answer_apart_alike(said, opens):
    def answer(body):
        if body.get("stream"):
            return streamed(*({"content": letter} for letter in said))
        return completion(said)

    with Server(templated(answer, opens=opens)) as server:
        whole = await on(server).ainvoke("?")
        text, thought, _ = await read(on(server))
    assert text == whole.content
    assert thought == whole.additional_kwargs.get("reasoning_content", "")


@pytest.mark.parametrize(
    ("said", "text", "thought"),
    [
        ("<think>more</think>42", "42", "hm\nmore"),
        ("</think>\n\n42", "42", "hm"),
        ("hm</think>42", "hm</think>42", "hm"),
    ],
)
async def test_behind_a_parsers_thought_only_tags_at_the_beginning_are_taken_out(
    said, text, thought
):
    def answer(body):
        if body.get("stream"):
            return streamed({"reasoning": "hm"}, *({"content": letter} for letter in said))
        return completion(said, reasoning="hm")

    with Server(templated(answer, opens=True)) as server:
        whole = await on(server).ainvoke("?")
        assert (await read(on(server)))[:2] == (text, thought)
        report = (await create_a2r(on(server), n=1).ainvoke(QUESTION))["a2r"]
    assert (whole.content, whole.additional_kwargs["reasoning_content"]) == (text, thought)
    assert report["references"][0]["text"] == text


async def test_once_a_parser_was_seen_text_is_text():
    def answer(body):
        if body.get("stream"):
            return streamed({"content": "\n"}, {"reasoning": "hm"}, {"content": "42"})
        return completion("42", reasoning="hm")

    with Server(templated(answer, opens=True)) as server:
        assert (await read(on(server)))[:2] == ("42", "hm")
        model = on(server)
        await model.ainvoke("?")
        assert (await read(model))[:2] == ("\n42", "hm")
    assert not [path for path, _, _ in server.requests if path == "/tokenize"]


@pytest.mark.parametrize(
    "pieces",
    [
        ["<think>hm</think>42"],
        ["<th", "ink>h", "m</", "think>", "4", "2"],
        list("<think>hm</think>42"),
    ],
)
async def test_a_streamed_thought_never_shows_in_content(pieces):
    answer = streamed(*({"content": piece} for piece in pieces))
    with Server(templated(answer, opens=False)) as server:
        text, thought, chunks = await read(on(server))
    assert (text, thought) == ("42", "hm")
    assert sum((c.usage_metadata or {}).get("output_tokens", 0) for c in chunks) == 5


async def test_where_the_template_opens_the_thought_a_stream_begins_with_it():
    answer = streamed({"content": "h"}, {"content": "m</think>4"}, {"content": "2"})
    with Server(templated(answer, opens=True)) as server:
        model = on(server)
        assert (await read(model))[:2] == ("42", "hm")
        assert (await read(model))[:2] == ("42", "hm")
    assert [path for path, _, _ in server.requests].count("/tokenize") == 1


async def test_a_parsers_empty_thought_costs_no_answer():
    answer = streamed({"content": "4"}, {"content": "2"})
    with Server(templated(answer, opens=True)) as server:
        assert (await read(on(server)))[0] == "42"
    with Server(templated(completion("42"), opens=True)) as server:
        assert (await on(server).ainvoke("?")).content == "42"


@pytest.mark.parametrize(
    ("opens", "answer"),
    [
        (False, completion(None, reasoning="hm, 6", finish_reason="length")),
        (False, completion("<think>hm, 6", finish_reason="length")),
        (True, completion("hm, 6", finish_reason="length")),
    ],
)
async def test_a_thought_that_was_cut_off_is_no_answer(opens, answer):
    with Server(templated(answer, opens=opens)) as server:
        with pytest.raises(EmptyReplyError) as caught:
            await on(server).ainvoke("?")
        report = await a_failed_branch(on(server))
    reply = caught.value.reply
    assert caught.value.kind == "truncated"
    assert (reply.content, reply.additional_kwargs["reasoning_content"]) == ("", "hm, 6")
    assert reply.usage_metadata["output_tokens"] == 5
    assert report["error"]["kind"] == "truncated"
    assert report["reasoning"] == "hm, 6"
    assert report["finish_reason"] == "length"
    assert report["usage"]["output_tokens"] == 5


async def a_failed_branch(model):
    with pytest.raises(Exception, match="explorer branches") as caught:
        await create_a2r(model, n=1, attempts=1).ainvoke(QUESTION)
    return caught.value.references[0]


async def test_a_streamed_thought_that_was_cut_off_is_no_answer_either():
    answer = streamed({"content": "h"}, {"content": "m"}, finish="length")
    with (
        Server(templated(answer, opens=True)) as server,
        pytest.raises(EmptyReplyError, match="cut off") as caught,
    ):
        await read(on(server))
    assert caught.value.reply.additional_kwargs["reasoning_content"] == "hm"
    assert caught.value.reply.usage_metadata["output_tokens"] == 5


@pytest.mark.parametrize("told", [None, [1], "no", {"token_strs": [None]}, {}])
async def test_where_a_server_cant_tell_its_template_a_reply_tells_for_the_next(told):
    def plan(_number, path, _body):
        if path == "/tokenize":
            return json_answer(told)
        return streamed({"content": "hm</think>"}, {"content": "42"})

    with Server(plan) as server:
        model = on(server)
        assert (await read(model))[:2] == ("hm</think>42", "")
        assert (await read(model))[:2] == ("42", "hm")
    assert [path for path, _, _ in server.requests].count("/tokenize") == 1


async def test_a_server_that_is_busy_is_asked_for_its_template_again():
    def plan(number, path, _body):
        if path == "/tokenize":
            told = {"count": 3, "token_strs": ["<think>"]}
            return failing(503) if number == 1 else json_answer(told)
        return streamed({"content": "hm</think>"}, {"content": "42"})

    with Server(plan) as server:
        model = on(server)
        assert (await read(model))[0] == "hm</think>42"
        assert (await read(model))[:2] == ("42", "hm")


async def test_space_before_a_thought_shows_neither_streamed_nor_whole():
    answer = streamed({"content": "\n\n"}, {"content": "<think>hm</think>\n\nyes"})
    with Server(templated(answer, opens=False)) as server:
        assert (await read(on(server)))[:2] == ("yes", "hm")


async def test_text_before_the_servers_own_reasoning_does_not_swallow_the_answer():
    answer = streamed({"content": "pre"}, {"reasoning": "hm"}, {"content": "yes"})
    with Server(templated(answer, opens=True)) as server:
        assert (await read(on(server)))[:2] == ("preyes", "hm")


async def test_the_text_of_a_generation_holds_no_thought():
    with Server(templated(completion("<think>hm</think>yes"), opens=False)) as server:
        result = await on(server).agenerate([[HumanMessage("?")]])
    assert result.generations[0][0].text == "yes"


def sse(*lines, end=b"\n\n"):
    body = b"\n\n".join(lines) + end
    return 200, {"content-type": "text/event-stream"}, body


SAID = b'data: {"choices":[{"index":0,"delta":{"content":"42"}}]}'
ENDED = b'data: {"choices":[{"index":0,"delta":null,"finish_reason":"stop"}]}'


@pytest.mark.parametrize(
    "answer",
    [
        sse(SAID, ENDED, b"data: [DONE]"),
        sse(b": ping", b"event: x\r\n" + SAID + b"\r", ENDED, b"data:", b"data: [DONE]"),
        sse(SAID, ENDED),
        sse(SAID, ENDED, end=b""),
    ],
)
async def test_a_stream_is_read_however_it_is_framed(answer):
    with Server(templated(answer, opens=False)) as server:
        assert (await read(on(server)))[0] == "42"


@pytest.mark.parametrize(
    ("event", "error", "words"),
    [
        (b'data: {"choices":["a"]}', BadReplyError, "can't be read"),
        (b'data: {"choices":{"a":1}}', BadReplyError, "can't be read"),
        (b'data: {"usage":"x","choices":[]}', BadReplyError, "can't be read"),
        (b"data: [1]", BadReplyError, "no object"),
        (b"data: {", BadReplyError, "no JSON"),
        (
            b'data: {"choices":[{"index":0,"delta":{"role":"user","content":"x"}}]}',
            BadReplyError,
            "not of an assistant",
        ),
        (b'data: {"error":{"message":"boom"}}', openai.InternalServerError, "boom"),
        (
            b'data: {"object":"error","message":"boom","code":400}',
            openai.BadRequestError,
            "boom",
        ),
    ],
)
async def test_an_event_that_is_none_is_told_in_words(event, error, words):
    answer = templated(sse(SAID, event, ENDED), opens=False)
    with Server(answer) as server, pytest.raises(error, match=words) as caught:
        await read(on(server))
    assert server.url in str(caught.value)


async def test_a_connection_lost_after_the_end_of_the_text_loses_nothing():
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n"

    heard = asyncio.Event()

    async def answer(reader, writer):
        if b'"stream"' in await reader.read(65536):  # it isn't asked for its template
            writer.write(head + b"\r\n" + SAID + b"\n\n" + ENDED + b"\n\n")
            await writer.drain()
            await heard.wait()
        writer.transport.abort()

    async with raw(answer) as url:
        assert (await read(ChatVLLM(model="m", base_url=url), heard=heard))[0] == "42"


async def test_a_proxy_without_a_scheme_is_taken_and_its_password_never_shown(monkeypatch):
    monkeypatch.setenv("no_proxy", "")
    with Server(always(completion("by the proxy"))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removeprefix("http://")[: -len("/v1")])
        away = ChatVLLM(model="m", base_url="http://gpu.invalid:8000/v1")
        assert (await away.ainvoke("?")).text == "by the proxy"
    monkeypatch.setenv("http_proxy", "us:hunter22@127.0.0.1:9")
    with pytest.raises(openai.APIConnectionError) as caught:
        await ChatVLLM(model="m", base_url="http://other.invalid/v1").ainvoke("?")
    assert "hunter22" not in str(caught.value)


async def test_a_reply_that_calls_a_tool_is_not_empty():
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    with Server(always(completion(None, tool_calls=[call]))) as server:
        message = await on(server).ainvoke("?")
    assert [c["name"] for c in message.tool_calls] == ["f"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            failing(400, "This model's maximum context length is 4096 tokens."),
            ContextOverflowError,
            "maximum context length is 4096",
        ),
        (
            failing(400, "max_tokens=9 cannot be greater than max_model_len=4."),
            ContextOverflowError,
            "max_model_len=4",
        ),
        (failing(400, "no such parameter"), openai.BadRequestError, "no such parameter"),
        (failing(401), openai.AuthenticationError, "api_key"),
        (failing(404, "The model `m` does not exist."), openai.NotFoundError, "`m` does"),
        (failing(404, "Not Found"), openai.NotFoundError, "/v1"),
        (failing(422), openai.UnprocessableEntityError, "422"),
        (failing(429), openai.RateLimitError, "429"),
        (failing(503), openai.InternalServerError, "503"),
        (
            (502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"),
            openai.InternalServerError,
            "proxy",
        ),
        ((200, {"content-type": "text/html"}, b"<html>hi</html>"), BadReplyError, "proxy"),
        (json_answer({"choices": []}), BadReplyError, "without choices"),
        (json_answer({"choices": [{"index": 0}]}), BadReplyError, "can't be read"),
        (json_answer([1]), BadReplyError, "without choices"),
        (json_answer({"error": {"message": "busy"}}), BadReplyError, "busy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_refusal_has_its_type_and_says_what_to_do(answer, error, words):
    with Server(always(answer)) as server:
        with pytest.raises(error) as caught:
            await on(server).ainvoke("?")
        assert words in str(caught.value)
        assert server.url.removesuffix("/v1") in str(caught.value)
        with pytest.raises(error) as caught:
            await read(on(server))
        assert answer[0] < 400 or words in str(caught.value)
    assert len(server.requests) <= 2  # nothing was tried again


async def test_a_refusal_keeps_the_servers_headers_for_the_retry():
    with (
        Server(always(failing(429, retry_after="7"))) as server,
        pytest.raises(openai.RateLimitError) as caught,
    ):
        await on(server).ainvoke("?")
    assert caught.value.response.headers["retry-after"] == "7"


async def test_a_stream_without_an_end_raises_and_keeps_what_came():
    with (
        Server(always(streamed({"content": "It is"}, finish=None))) as server,
        pytest.raises(CutOffStreamError, match="finish reason") as caught,
    ):
        await read(on(server))
    assert caught.value.reply.content == "It is"
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  our own
    assert (str(again), again.reply, again.kind) == (
        str(caught.value),
        caught.value.reply,
        "truncated",
    )


async def test_a_stream_that_breaks_raises_and_keeps_what_came():
    body = streamed({"content": "It is"}, finish=None)[2]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n"

    heard = asyncio.Event()

    async def answer(reader, writer):
        if b'"stream"' in await reader.read(65536):  # it isn't asked for its template
            writer.write(head + b"\r\n" + body)
            await writer.drain()
            await heard.wait()
        writer.transport.abort()

    async with raw(answer) as url:
        with pytest.raises(CutOffStreamError, match="broke") as caught:
            await read(ChatVLLM(model="m", base_url=url), heard=heard)
    assert caught.value.reply.content == "It is"


async def hang(_reader, _writer):
    await asyncio.Event().wait()


async def close(_reader, writer):
    writer.close()


async def nonsense(_reader, writer):
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    ("answer", "silence", "kind", "words"),
    [
        (hang, 0.2, "timeout", "sent nothing for 0.2 s"),
        (close, PATIENCE, "connection", "closed the connection"),
        (nonsense, PATIENCE, "bad_response", "doesn't speak HTTP"),
    ],
)
async def test_what_is_no_reply_at_all_is_told_in_words(answer, silence, kind, words):
    async with raw(answer) as url, asyncio.timeout(PATIENCE):
        with pytest.raises(Exception, match=words) as caught:
            await ChatVLLM(model="m", base_url=url, timeout=(PATIENCE, silence)).ainvoke(
                "?"
            )
    assert failure_of(caught.value)["kind"] == kind


async def test_nobody_there_is_told_with_the_address_and_without_the_password():
    with Server(always(completion())) as server:
        port = server.http.server_address[1]
    url = f"http://me:hunter22@127.0.0.1:{port}/v1"
    for ask in (lambda m: m.ainvoke("?"), read):
        with pytest.raises(openai.APIConnectionError) as caught:
            await ask(ChatVLLM(model="m", base_url=url))
        assert f"127.0.0.1:{port}" in str(caught.value)
        assert "hunter22" not in str(caught.value)


async def test_credentials_in_the_address_authorize():
    with Server(always(completion())) as server:
        url = server.url.replace("http://", "http://me:hunter22@")
        await ChatVLLM(model="m", base_url=url).ainvoke("?")
    assert server.requests[0][2]["authorization"] == "Basic bWU6aHVudGVyMjI="


async def test_a_server_that_generates_is_not_silent(monkeypatch):
    monkeypatch.setattr(patience, "SILENCE", 1)  # twelve of them: enough for the reply
    monkeypatch.setattr(vllm_module, "_LOOK", 0.02)
    done = iter(range(10, 1000, 10))
    looked, never = threading.Event(), threading.Event()

    def pages(_path):
        now = next(done)
        text = f'vllm:generation_tokens_total{{model_name="my model"}} {now}\n'
        if now > 10:  # the second look
            looked.set()
        return 200, {"content-type": "text/plain"}, text.encode()

    def plan(number, _path, _body):
        (never if number else looked).wait(PATIENCE)
        return completion()

    with Server(plan, pages) as server:
        assert (await on(server).ainvoke("?")).text == "Answer: 42"
        with pytest.raises(openai.APITimeoutError):
            await on(server, timeout=0.1).ainvoke("?")  # expires: it is taken literally
        never.set()


class Slow:
    """Plans of a server that replies once its metrics are looked at, if it does at all."""

    def __init__(self, *, replies=True):
        self.looked, self.replies, self._done = threading.Event(), replies, count(10, 10)

    def pages(self, path):
        if path != "/metrics":
            return failing(404)
        self.looked.set()
        return 200, {}, f"vllm:generation_tokens_total {next(self._done)}\n".encode()

    def plan(self, _number, path, body):
        if "chat" not in path:
            return failing(404)
        if body.get("stream"):
            return streamed({"content": "It is 42."})
        self.looked.wait(30)
        time.sleep(0 if self.replies else 1)
        return completion()


@pytest.fixture
def unheard(monkeypatch, caplog):
    """Give what asyncio says of errors that nobody has fetched, of a patience of 0.1 s."""
    monkeypatch.setattr(patience, "SILENCE", 0.1)
    monkeypatch.setattr(vllm_module, "_LOOK", 0.02)

    def said():
        gc.collect()  # it is said where the task is forgotten
        return [r.getMessage() for r in caplog.records if r.name == "asyncio"]

    return said


async def test_a_reply_that_outlasts_the_patience_leaves_no_task_and_no_error(unheard):
    slow = Slow()
    with Server(slow.plan, slow.pages) as server:
        assert (await on(server).ainvoke("?")).text == "Answer: 42"
        assert asyncio.all_tasks() == {asyncio.current_task()}
    assert slow.looked.is_set()
    assert unheard() == []


async def test_a_call_that_is_cancelled_after_the_patience_leaves_none_either(unheard):
    slow = Slow(replies=False)
    with Server(slow.plan, slow.pages) as server:
        call = asyncio.create_task(on(server).ainvoke("?"))
        assert await asyncio.to_thread(slow.looked.wait, 30)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert asyncio.all_tasks() == {asyncio.current_task()}
    del call
    await asyncio.sleep(0)  # the loop, too, forgets it
    assert unheard() == []


def test_explorers_that_outlast_the_patience_leave_none_either(unheard):
    slow = Slow()
    with Server(slow.plan, slow.pages) as server:
        a2r = create_a2r(on(server), n=3)
        for stream in (False, True):
            slow.looked.clear()
            run = [*a2r.stream(QUESTION)] if stream else a2r.invoke(QUESTION)
            assert run
            assert slow.looked.is_set()
            run = None
    assert unheard() == []


async def test_a_server_that_cannot_be_looked_at_is_given_up(monkeypatch):
    monkeypatch.setattr(patience, "SILENCE", 0.1)
    keys = iter(["one"])  # and none for a look at its metrics

    def plan(_number, _path, _body):
        given_up.wait(PATIENCE)
        return completion()

    given_up = threading.Event()
    stuck = pytest.raises(openai.APITimeoutError, match="nor is it seen to generate")
    with Server(plan) as server:
        with stuck:
            await on(server, api_key=lambda: next(keys)).ainvoke("?")
        given_up.set()


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        "vllm:generation_tokens_total 7.0\n",
        "x 1\n",
        'vllm:prompt_tokens_total{model_name="a b"} x\n',
    ],
)
async def test_a_server_that_is_stuck_is_given_up(monkeypatch, metrics):
    monkeypatch.setattr(patience, "SILENCE", 0.1)
    monkeypatch.setattr(vllm_module, "_LOOK", 0.02)

    def pages(_path):
        return failing(404) if metrics is None else (200, {}, metrics.encode())

    def plan(_number, _path, _body):
        given_up.wait(PATIENCE)
        return completion()

    given_up = threading.Event()
    stuck = pytest.raises(openai.APITimeoutError, match="nor is it seen to generate")
    with Server(plan, pages) as server:
        with stuck:
            await on(server).ainvoke("?")
        given_up.set()


async def test_a_cancelled_call_closes_its_connection():
    come, gone = asyncio.Event(), asyncio.Event()

    async def answer(reader, _writer):
        come.set()
        await reader.read(-1)  # to its end: until the client goes
        gone.set()

    async with raw(answer) as url:
        for fields in ({}, {"timeout": 60}):
            come.clear(), gone.clear()
            call = asyncio.ensure_future(
                ChatVLLM(model="m", base_url=url, **fields).ainvoke("?")
            )
            await asyncio.wait_for(come.wait(), PATIENCE)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(gone.wait(), PATIENCE)


def test_the_synchronous_side_does_the_same_also_inside_a_running_loop():
    plan = templated(
        opens=False,
        answer=lambda body: (
            streamed({"content": "<think>hm</think>"}, {"content": "42"})
            if body.get("stream")
            else completion("<think>hm</think>42")
        ),
    )
    with Server(plan) as server:
        model = on(server)
        assert model.invoke("?").content == "42"
        assert "".join(str(c.content) for c in model.stream("?")) == "42"

        async def within():
            return model.invoke("?").content

        assert asyncio.run(within()) == "42"
        with (
            Server(always(failing(400, "no"))) as bad,
            pytest.raises(openai.BadRequestError),
        ):
            on(bad).invoke("?")
    gc.collect()  # warnings are errors: nothing was left open


class Capital(BaseModel):
    name: str


@pytest.mark.parametrize("inline", [False, True])
async def test_structured_output_works_whole_and_streamed_also_behind_a_thought(inline):
    said = '{"name": "Paris"}'
    tagged = f"<think>hm</think>{said}" if inline else said
    beside = {} if inline else {"reasoning": "hm"}

    def answer(body):
        if body.get("stream"):
            first = [beside] if beside else []
            return streamed(*first, {"content": tagged[:9]}, {"content": tagged[9:]})
        return completion(tagged, **beside)

    with Server(templated(answer, opens=True)) as server:
        model = on(server, top_k=3).with_structured_output(Capital)
        assert await model.ainvoke("Capital of France?") == Capital(name="Paris")
        assert [c async for c in model.astream("?")][-1] == Capital(name="Paris")
        plain = on(server).with_structured_output(
            Capital.model_json_schema() | {"title": "C"}
        )
        assert await plain.ainvoke("?") == {"name": "Paris"}
    body = server.requests[0][1]
    assert body["response_format"]["type"] == "json_schema"
    assert "name" in body["response_format"]["json_schema"]["schema"]["properties"]
    assert body["top_k"] == 3


async def test_the_prompt_is_counted_with_tools_and_template_as_it_will_be_sent():
    def plan(_number, path, _body):
        if path == "/tokenize":
            return json_answer({"count": 11, "max_model_len": 4096})
        return completion()

    with Server(plan) as server:
        tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
        bound = on(server, chat_template_kwargs={"a": 1}).bind(
            tools=[tool], chat_template_kwargs={"enable_thinking": False}
        )
        await create_a2r(bound, n=2).ainvoke(QUESTION)
    counted = [b for path, b, _ in server.requests if path == "/tokenize" and "tools" in b]
    assert counted
    for body in counted:
        assert body["tools"] == [tool]
        assert body["chat_template_kwargs"] == {"enable_thinking": False}


async def test_what_vllm_puts_into_the_template_by_itself_is_counted_too():
    with Server(always(json_answer({"count": 11}))) as server:
        model = on(server, reasoning_effort="none")
        await model.count_prompt([HumanMessage("?")])
        await model.count_prompt([HumanMessage("?")], reasoning_effort="low")
    sent = [body["chat_template_kwargs"] for _, body, _ in server.requests]
    assert sent == [
        {"reasoning_effort": "none", "enable_thinking": False},
        {"reasoning_effort": "low", "enable_thinking": True},
    ]


async def test_the_window_is_asked_for_once_and_a_gateways_silence_is_no_window():
    listed = {"data": [{"id": "m", "max_model_len": 2048}, {"id": "x"}]}
    with Server(always(failing(404)), lambda _: json_answer(listed)) as server:
        model = on(server)
        assert await model.context_window() == await model.context_window() == 2048
        with pytest.raises(openai.NotFoundError):
            await ChatVLLM(model="x", base_url=server.url).context_window()


def deal(*urls):
    return [ChatVLLM(model="m", base_url=url) for url in urls]


async def test_replicas_are_dealt_in_turn_and_a_retry_goes_to_the_next_one():
    broken = always(failing(503, retry_after="60"))
    with Server(always(completion())) as good, Server(broken) as bad:
        explorers = deal(bad.url, good.url)
        started = time.monotonic()
        report = (await create_a2r(explorers, n=4).ainvoke(QUESTION))["a2r"]
        assert time.monotonic() - started < 30  # the good one wasn't asked to wait for
    retries = [r["usage"]["retries"] for r in report["references"]]
    assert retries == [1, 0, 1, 0]
    assert {r["status"] for r in report["references"]} == {"ok"}


async def test_replicas_that_are_all_away_are_all_named_in_one_line():
    with Server(always(completion())) as one, Server(always(completion())) as two:
        away = deal(one.url, two.url)
    for n in (1, 4):
        with pytest.raises(ExplorationError) as caught:
            await create_a2r(away, n=n, attempts=2).ainvoke(QUESTION)
        (line,) = str(caught.value).splitlines()[1:]
        assert line.startswith(f"  {n} of {n}: connection: ")
        assert all(f"connection: {server.url}/" in line for server in (one, two))


def test_replicas_are_the_same_model_at_another_address():
    one, two, same, other = [
        *deal("http://a/v1", "http://b/v1", "http://a/v1"),
        ChatVLLM(model="other", base_url="http://c/v1"),
    ]
    models = resolve("explorer", [one, two, same, other])
    assert [[r.runnable for r in m.replicas] for m in models] == [[two], [same], [two], []]
    assert models[0].dealt(1).runnable is two
    assert models[0].dealt(1).replicas[0].runnable is one
    with pytest.raises(ValueError, match="replicas of one"):
        create_a2r(one, [one, other])


async def test_synthesizer_replicas_share_the_runs():
    with Server(always(completion())) as one, Server(always(completion())) as two:
        a2r = create_a2r(deal(one.url), deal(one.url, two.url), n=1)
        runs = [UUID((await a2r.ainvoke(QUESTION))["a2r"]["run"]) for _ in range(8)]

    def syntheses(server):
        asked = [b for p, b, _ in server.requests if p.endswith("/completions")]
        return sum(len(body["messages"]) > 1 for body in asked)

    odd = sum(run.int % 2 for run in runs)  # by chance half of them
    assert (syntheses(one), syntheses(two)) == (8 - odd, odd)


async def test_proxies_of_the_environment_are_used_and_exceptions_from_them(monkeypatch):
    with Server(always(completion("by the proxy"))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        away = ChatVLLM(model="m", base_url="http://gpu.invalid:8000/v1")
        assert (await away.ainvoke("?")).text == "by the proxy"
        with Server(always(completion("by itself"))) as server:
            assert (await on(server).ainvoke("?")).text == "by itself"
    assert (
        json.dumps(proxy.requests[0][0]) == '"http://gpu.invalid:8000/v1/chat/completions"'
    )


async def test_side_requests_go_the_way_of_the_calls():
    def plan(_number, path, _body):
        if "/tokenize" in path:
            return json_answer({"count": 3, "max_model_len": 4096})
        return completion()

    async def key():
        return "fresh-key"

    with Server(plan) as proxy:
        model = ChatVLLM(
            model="m",
            base_url="http://gpu.invalid/v1",
            openai_proxy=proxy.url.removesuffix("/v1"),
            api_key=key,
            default_query={"team": "a"},
            default_headers={"X-Team": "b"},
        )
        await model.count_texts(["x"])
        await model.ainvoke("?", extra_headers={"X-Call": "1"})
    for path, _, headers in proxy.requests:
        assert path.startswith("http://gpu.invalid/")
        assert path.endswith("?team=a")
        assert headers["authorization"] == "Bearer fresh-key"
        assert headers["x-team"] == "b"
    assert proxy.requests[1][2]["x-call"] == "1"


def test_neither_key_nor_password_is_shown_or_saved():
    from langchain_core.load import dumps

    model = ChatVLLM(
        model="m", base_url="http://me:hunter22@gpu:8000/v1", api_key="a-key-of-mine"
    )
    shown = repr(model) + dumps(model) + str(model._get_invocation_params())
    assert "hunter22" not in shown
    assert "a-key-of-mine" not in shown
    assert model._get_ls_params()["ls_provider"] == "vllm"
    with pytest.raises(ValueError, match="is no address") as caught:
        ChatVLLM(model="m", base_url="me:hunter22@gpu:8000/v1")
    assert "hunter22" not in str(caught.value)


async def test_a_replicas_key_is_struck_from_the_report():
    with (
        Server(always(failing(503))) as one,
        Server(always(failing(503, "hunter22"))) as two,
    ):
        first = ChatVLLM(model="m", base_url=one.url)
        second = ChatVLLM(model="m", base_url=two.url, api_key="hunter22")
        with pytest.raises(ExplorationError) as caught:
            await create_a2r([first, second], n=1, attempts=2).ainvoke(QUESTION)
    assert "hunter22" not in str(caught.value)
    assert caught.value.references[0]["usage"]["calls"] == 2


@pytest.mark.parametrize(("reached", "tokens"), [(True, None), (False, 0)])
async def test_a_lost_connection_may_have_cost_something_a_refused_one_has_not(
    reached, tokens
):
    async def lose(_reader, writer):
        writer.transport.abort()

    async with raw(lose) as url:
        model = ChatVLLM(model="m", base_url=url if reached else "http://127.0.0.1:9/v1")
        a2r = create_a2r(model, n=1, attempts=2)
        with pytest.raises(ExplorationError) as caught:
            await a2r.ainvoke(QUESTION)
    (reference,) = caught.value.references
    assert reference["error"]["kind"] == "connection"
    assert reference["usage"]["output_tokens"] == tokens
    assert reference["usage"]["calls"] == 2
