"""What `a2r doctor` finds, on servers with one fault each."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time

import pytest
from clock import PATIENCE
from fakes import Scripted, Streaming
from server import completion, failing, streamed
from vllm_like import CONFIG, THOUGHT, VLLM, document, metrics, usage_of

from a2r_graph import A2RContext, ChatVLLM
from a2r_graph.doctor import capacity, checkup, examine, subjects
from a2r_graph.doctor.diagnosis import Load, answered, listed, reasoning
from a2r_graph.models.resolve import resolve

CHECKS = "reach model version window window cache cache call stream usage reasoning"
CHAT = "/v1/chat/completions"
UNCOUNTED = {"message": {"role": "assistant", "content": "42"}, "finish_reason": "stop"}


async def found(*explorers, synthesizer=None, **settings):
    """Examine the models; return what was found with the first."""
    models = resolve("explorer", list(explorers))
    chosen = resolve("synthesizer", synthesizer)[0] if synthesizer else models[0]
    first, *_ = subjects(models, chosen, A2RContext(**settings))
    return await examine(first)


def model_at(url, **fields):
    return ChatVLLM(**{"model": "m", "base_url": url, "api_key": "sk-secret-123"} | fields)


async def on(server, **settings):
    with server:
        return (await found(model_at(server.url), **settings)).findings


def bad(findings):
    return [(f.level, f.check) for f in findings if f.level != "ok"]


def said(findings, check):
    return " / ".join(f.message for f in findings if f.check == check)


# --- a server


async def test_all_is_well_with_a_whole_server_after_two_short_replies():
    server = VLLM()
    with server:
        examined = await found(model_at(server.url), max_tokens=1024)
    assert (examined.role, examined.url) == ("explorer and synthesizer", server.url)
    assert bad(examined.findings) == []
    assert [f.check for f in examined.findings] == [*CHECKS.split(), "tokenizer"]
    assert said(examined.findings, "version") == "vLLM 0.32.0"
    assert "2 models" in said(examined.findings, "reach")
    assert server.generated == 2
    calls = [body for path, body, _ in server.requests if path == CHAT]
    assert all(call["max_completion_tokens"] == 64 for call in calls)


async def test_a_lora_is_a_model_and_a_wrong_name_ends_with_those_that_are_served():
    server = VLLM()
    with server:
        lora = await found(model_at(server.url, model="lora"))
        assert bad(lora.findings) == []
        before = len(server.asked)
        wrong = await found(model_at(server.url, model="nope"))
    assert bad(wrong.findings) == [("error", "model")]
    assert "'nope' is not served there; served: 'm', 'lora'" in wrong.findings[-1].message
    assert server.asked[before:] == ["/v1/models"]


async def test_nobody_there_is_an_error_that_says_where_and_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    examined = await found(model_at(f"http://u:pass-word@127.0.0.1:{port}/v1"))
    assert bad(examined.findings) == [("error", "reach")]
    text = examined.findings[0].message
    assert f"127.0.0.1:{port}" in text
    assert "(--base-url)" in text
    assert "pass-word" not in text + examined.url


async def test_a_host_without_a_name_is_an_error():
    examined = await found(model_at("http://nowhere.invalid/v1"))
    assert bad(examined.findings) == [("error", "reach")]


async def test_a_server_that_takes_connections_and_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(checkup, "_LOOK", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/v1"
        examined = await found(model_at(url))
        assert time.monotonic() - began < PATIENCE
    assert bad(examined.findings) == [("error", "reach")]
    assert "0.2 s" in examined.findings[0].message


async def test_a_server_that_sends_byte_by_byte_is_given_up_too(monkeypatch):
    monkeypatch.setattr(checkup, "_LOOK", 0.5)

    def drip(listening):
        connection = listening.accept()[0]
        with connection:
            connection.recv(4096)
            try:
                for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n" + b" " * 99:
                    connection.send(bytes([byte]))
                    time.sleep(0.1)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as slow:
        thread = threading.Thread(target=drip, args=(slow,))
        thread.start()
        url = f"http://127.0.0.1:{slow.getsockname()[1]}/v1"
        examined = await found(model_at(url))
        await asyncio.to_thread(thread.join)  # the loop has a connection to close
    assert bad(examined.findings) == [("error", "reach")]
    assert "no whole reply in 0.5 s" in examined.findings[0].message


async def test_what_does_not_speak_http_is_named():
    def greet(listening):
        with listening.accept()[0] as connection:
            connection.recv(4096)
            connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

    with socket.create_server(("127.0.0.1", 0)) as other:
        thread = threading.Thread(target=greet, args=(other,))
        thread.start()
        url = f"http://127.0.0.1:{other.getsockname()[1]}/v1"
        examined = await found(model_at(url))
        await asyncio.to_thread(thread.join)  # the loop has a connection to close
    assert bad(examined.findings) == [("error", "reach")]
    assert "doesn't speak HTTP" in examined.findings[0].message


async def test_a_proxys_page_and_a_list_of_something_else_are_errors():
    page = (200, {"content-type": "text/html"}, b"<html>Log in</html>")
    findings = await on(VLLM(__v1__models=page))
    assert bad(findings) == [("error", "reach")]
    assert "is a proxy in between?" in findings[0].message
    for other in ([], {"data": "x"}, "x", None):
        findings = await on(VLLM(__v1__models=document(other)))
        assert bad(findings) == [("error", "reach")]
        assert "no list of models" in findings[0].message


async def test_a_wrong_key_is_told_apart_and_shown_nowhere():
    findings = await on(VLLM(key="right"))
    assert bad(findings) == [("error", "reach")]
    text = findings[0].message
    assert "401" in text
    assert "VLLM_API_KEY" in text
    assert "secret" not in text


async def test_a_server_that_repeats_the_key_does_not_make_it_seen():
    def complete(body):
        return failing(400, "what is sk-secret-123 to me?")

    findings = await on(VLLM(__v1__chat__completions=complete))
    assert bad(findings) == [("error", "call"), ("error", "stream")]
    assert "bad request: " in said(findings, "call")
    assert "secret" not in json.dumps([f.message for f in findings])


async def test_a_key_in_what_a_server_says_of_itself_is_struck_out():
    server = VLLM(__version=document({"version": "for hunter-2-hunter"}))
    with server:
        examined = await found(model_at(server.url, api_key="hunter-2-hunter"))
    assert said(examined.findings, "version") == "vLLM for ***"


async def test_an_address_without_v1_is_an_error_and_a_gateway_without_a_list_is_not():
    server = VLLM()
    with server:
        examined = await found(model_at(server.url.removesuffix("/v1")))
    assert bad(examined.findings) == [("error", "reach")]
    assert "mostly ends in /v1" in examined.findings[0].message

    bare = {"__v1__models": None, "__version": None, "__metrics": None}
    findings = await on(VLLM(**bare, __tokenize=None))
    checks = ["reach", "version", "window", "cache", "tokenizer"]
    assert bad(findings) == [("warning", check) for check in checks]
    assert "answered 404: not a vLLM server, or a gateway" in said(findings, "version")
    assert "no max_model_len" in said(findings, "window")
    assert "can't tell" in said(findings, "cache")
    assert "estimated" in said(findings, "tokenizer")
    assert said(findings, "call").startswith("answers")


async def test_a_model_whose_calls_fail_is_an_error_in_words():
    def complete(body):
        return failing(500, "boom") if body.get("stream") else completion(None)

    server = VLLM(__v1__chat__completions=complete)
    findings = await on(server)
    assert bad(findings) == [("warning", "call"), ("error", "stream")]
    assert "an empty reply, 5 tokens" in said(findings, "call")
    assert "server error: " in said(findings, "stream")
    assert "boom" in said(findings, "stream")
    assert server.generated == 2  # nothing is tried again


async def test_a_stream_without_an_end_and_a_reply_without_choices_are_errors():
    def complete(body):
        torn = streamed({"content": "4"}, finish=None)
        return torn if body.get("stream") else document({"choices": []})

    findings = await on(VLLM(__v1__chat__completions=complete))
    assert bad(findings) == [("error", "call"), ("error", "stream")]
    assert said(findings, "usage") == ""


async def test_a_reply_that_does_not_come_is_given_up(monkeypatch):
    monkeypatch.setattr(checkup, "_CALL", 0.3)
    free = threading.Event()

    def complete(body):
        free.wait(PATIENCE)
        return completion()

    server = VLLM(__v1__chat__completions=complete)
    with server:
        examined = await found(model_at(server.url))
        free.set()
    assert bad(examined.findings) == [("error", "call"), ("error", "stream")]
    assert "timeout: " in said(examined.findings, "call")
    assert "no whole reply in 0.3 s" in said(examined.findings, "stream")


@pytest.mark.parametrize(
    ("whole", "words"),
    [
        (
            usage_of(completion("42")),
            "start the server with --enable-prompt-tokens-details",
        ),
        (document({"choices": [UNCOUNTED]}), "with a whole reply"),
    ],
)
async def test_tokens_that_are_not_told_are_a_warning(whole, words):
    def complete(body):
        return streamed({"content": "42"}) if body.get("stream") else whole

    findings = await on(VLLM(__v1__chat__completions=complete))
    assert bad(findings) == [("warning", "usage")]
    assert words in said(findings, "usage")


async def test_thoughts_that_a_parser_takes_out_are_right_though_64_tokens_cut_them_off():
    opened = document({"count": 9, "token_strs": ["?", "<think>", "\n"]})

    def complete(body):
        thought = {"reasoning": "Hm"}
        whole = completion(**THOUGHT)
        return streamed(thought, finish="length") if body.get("stream") else whole

    server = VLLM(__v1__chat__completions=complete, __tokenize=opened)
    findings = await on(server, max_tokens=2048)
    assert bad(findings) == []
    assert "apart" in said(findings, "reasoning")
    short = await on(
        VLLM(__v1__chat__completions=complete, __tokenize=opened),
        max_tokens=500,
        synthesizer_max_tokens=600,
    )
    assert bad(short) == [("warning", "reasoning")] * 2
    assert "max_tokens 500 cuts thoughts off" in said(short, "reasoning")
    assert "synthesizer_max_tokens 600 cuts" in said(short, "reasoning")


async def test_a_template_that_opens_a_thought_without_a_parser_is_a_warning():
    opened = document({"count": 9, "token_strs": ["?", "<think>"]})
    findings = await on(VLLM(__tokenize=opened))
    assert bad(findings) == [("warning", "reasoning")]
    assert "--reasoning-parser" in said(findings, "reasoning")


async def test_the_calls_carry_what_a_run_would_send():
    server = VLLM()
    with server:
        await found(model_at(server.url), top_p=0.5, max_tokens=16)
    calls = [body for path, body, _ in server.requests if path == CHAT]
    assert [(call["top_p"], call["max_completion_tokens"]) for call in calls] == [
        (0.5, 16)
    ] * 2
    assert all(call["temperature"] == 0.8 for call in calls)


# --- other models, and whose turn it is


async def test_another_model_is_asked_once_and_for_its_tokens():
    assert bad((await found(Scripted())).findings) == []
    silent = (await found(Scripted(usage=None))).findings
    assert bad(silent) == [("warning", "usage")]
    broken = (await found(Scripted(script=RuntimeError("api_key=abcdefgh")))).findings
    assert bad(broken) == [("error", "call")]
    assert "abcdefgh" not in broken[0].message
    streaming = Streaming()
    assert bad((await found(streaming)).findings) == []
    assert len(streaming.calls) == 1


def test_a_model_of_both_roles_stands_once_and_a_replica_by_itself():
    names = ["vllm:a@http://x/v1", "vllm:a@http://y/v1", "vllm:a@http://x/v1"]
    explorers = resolve("explorer", names)
    big = resolve("synthesizer", "vllm:b@http://x/v1")[0]
    both = subjects(explorers, explorers[0], A2RContext(n=9))
    roles = ["explorer and synthesizer", "explorer"]
    assert [(s.role, s.load.explorers, s.load.references) for s in both] == [
        (roles[0], 6, 9),
        (roles[1], 3, 0),
    ]
    apart = subjects(explorers, big, A2RContext(n=9, synthesizer_temperature=0))
    assert [s.role for s in apart] == ["explorer", "explorer", "synthesizer"]
    assert apart[-1].load.explorers == 0
    assert apart[-1].options == {"max_tokens": 64, "temperature": 0}


def test_the_longest_reference_is_the_largest_limit_if_all_have_one():
    mixed = resolve("explorer", ["local:", "vllm:a"])
    assert subjects(mixed, mixed[0], A2RContext())[0].load.reference is None
    assert subjects(mixed, mixed[0], A2RContext(max_tokens=99))[0].load.reference == 99
    local = resolve("explorer", "local:")
    assert subjects(local, local[0], A2RContext())[0].load.reference == 512
    thinking = model_at("http://h/v1", max_tokens=900, thinking_token_budget=500)
    known = resolve("explorer", thinking)
    assert subjects(known, known[0], A2RContext())[0].load.reference == 400


# --- the arithmetic


def load(**changes):
    every = {"explorers": 8, "max_tokens": 1000, "references": 8, "reference": 1000}
    return Load(**every | changes)


@pytest.mark.parametrize(
    ("changes", "window", "level", "words"),
    [
        # 512 + 200 + 8 x 1,000 + 2,000: to the token.
        ({"answer": 2000}, 10712, "ok", "8 references of 1,000 tokens fit; 2,000 of"),
        ({"answer": 2000}, 10711, "warning", "7,999 tokens are left for 8 references of"),
        ({"answer": 2000}, 4312, "warning", "200 each; longer ones are cut. Raise --max"),
        ({"answer": 2000}, 2912, "warning", "25 each; that is less than a useful 64"),
        ({"answer": 2000}, 2776, "warning", "64 tokens are left"),
        ({"answer": 2000}, 2775, "error", "no reference fits; lower synthesizer_max"),
        ({}, 12000, "ok", "3,000 of 12,000 tokens are kept"),  # a quarter, unless told
        ({"reference": None}, 12000, "ok", "1,024 tokens (taken where max_tokens is"),
        ({"reference_tokens": 800}, 12000, "ok", "as reference_tokens says, 800 tokens"),
        ({"reference_tokens": 8000}, 8000, "warning", "5,288 tokens are left"),
        ({"references": 1}, 4000, "ok", "1 reference of"),
    ],
)
def test_references_are_held_against_the_synthesizers_window(changes, window, level, words):
    finding = capacity.window(load(explorers=0, **changes), window)[0]
    assert finding.level == level
    assert finding.message.startswith("synthesizer: ")
    assert words in finding.message


@pytest.mark.parametrize(
    ("max_tokens", "window", "level", "words"),
    [
        (1000, 1512, "ok", "an answer of 1,000 fit in 1,512"),
        (1000, 1511, "error", "lower max_tokens, or raise --max-model-len"),
        (None, 4096, "ok", "3,584 of 4,096 tokens are left for an answer"),
        (None, 512, "error", "refuses such calls; raise --max-model-len"),
    ],
)
def test_question_and_answer_are_held_against_the_explorers_window(
    max_tokens, window, level, words
):
    found = capacity.window(load(references=0, max_tokens=max_tokens), window)
    assert [f.level for f in found] == [level]
    assert words in found[0].message


@pytest.mark.parametrize(
    ("labels", "expected", "words"),
    [
        (CONFIG, [], "8 explorers of 512 + 1,000 tokens run at once in 93,184"),
        ({**CONFIG, "kv_cache_size_tokens": "12096"}, [], "at once in 12,096"),
        ({**CONFIG, "kv_cache_size_tokens": "12095"}, ["warning"], "about 7 run at"),
        ({**CONFIG, "kv_cache_size_tokens": "9"}, ["warning"], "about 1 run at once"),
        ({**CONFIG, "kv_cache_size_tokens": "None"}, ["warning"], "no kv_cache_size"),
        ({**CONFIG, "enable_prefix_caching": "False"}, ["warning"], "--enable-prefix"),
        ({"kv_cache_size_tokens": "93184"}, ["warning"], "doesn't say whether prefix"),
        ({}, ["warning", "warning"], "tells no kv_cache_size_tokens"),
    ],
)
def test_the_explorers_are_held_against_the_kv_cache(labels, expected, words):
    findings = capacity.cache(load(), metrics(**labels).decode())
    assert [level for level, _ in bad(findings)] == expected
    assert words in said(findings, "cache")


def test_engines_add_up_and_other_metrics_tell_nothing():
    two = "\n".join([metrics(**{**CONFIG, "kv_cache_size_tokens": "6048"}).decode()] * 2)
    assert "at once in 12,096" in said(capacity.cache(load(), two), "cache")
    assert bad(capacity.cache(load(), "llamacpp:x 1.0")) == [("warning", "cache")]


def test_a_synthesizer_alone_needs_neither_room_for_explorers_nor_prefixes():
    tiny = metrics(kv_cache_size_tokens="9", enable_prefix_caching="False").decode()
    assert bad(capacity.cache(load(explorers=0), tiny)) == []


# --- replies


def reply(content, finish="stop", **message):
    return {
        "choices": [{"finish_reason": finish, "message": {"content": content, **message}}]
    }


@pytest.mark.parametrize(
    ("answer", "opened", "words"),
    [
        (reply("42"), False, ""),
        (reply("<think>Hm</think>42"), False, "--reasoning-parser"),
        (reply("Hm</think>42"), True, "--reasoning-parser"),
        (reply("Hm", "length"), True, "--reasoning-parser"),
        (reply("42", reasoning="Hm"), True, ""),
        (reply("42", reasoning_content="Hm"), False, ""),
        (reply("42</think>", reasoning="Hm"), False, "--reasoning-parser"),
        (reply(None, "length", reasoning="Hm"), True, ""),
        (reply(None, reasoning="Hm"), True, "all thought and no answer"),
        (reply("", reasoning="Hm"), True, "all thought and no answer"),
        (reply([{"type": "text", "text": "42"}]), False, ""),
    ],
)
def test_where_a_thought_stands_tells_of_the_parser(answer, opened, words):
    findings = reasoning(load(max_tokens=None), answer, opened=opened)
    assert [f.level for f in findings] == (["warning"] if words else ["ok"])
    assert words in findings[0].message


def test_an_answer_is_told_from_a_thought_and_from_nothing():
    counted = {**reply("42"), "usage": {"completion_tokens": 7}}
    assert answered(counted, 1.25).message == "answers, 7 tokens in 1.2 s"
    cut = answered(reply(None, "length"), 1)
    assert (cut.level, cut.message) == (
        "ok",
        "answers, 1.0 s, too few for more than a thought",
    )
    assert "nothing but a thought" in answered(reply(None, reasoning="Hm"), 1).message
    odd = {**reply(""), "usage": "x"}
    assert answered(odd, 1).level == "warning"


def test_a_long_list_of_models_is_cut_short():
    data = {"data": [{"id": f"m{number}"} for number in range(20)]}
    finding = listed(data, "nope", "http://x", "3 ms")[-1]
    assert finding.message.endswith("'m11' and 8 more")
    assert listed({"data": []}, "m", "x", "")[-1].message.endswith("served: none")
