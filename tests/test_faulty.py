"""The fault-injecting server keeps its word: each sentence about it, one by one."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections import Counter
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from clock import PATIENCE
from faulty import (
    Answer,
    Fault,
    Faulty,
    Plan,
    Reply,
    Request,
    Table,
    constant,
    failing,
    fingerprint,
    lognormal,
    mostly,
    refused_url,
    uniform,
)

from a2r_graph import ChatVLLM
from a2r_graph.models import clients
from a2r_graph.models.failures import failure_of

KINDS = {
    "status_429": "rate_limited",
    "status_429_seconds": "rate_limited",
    "status_429_date": "rate_limited",
    "status_500": "server_error",
    "status_503": "server_error",
    "overflow": "context_overflow",
    "bad_parameter": "bad_request",
    "wrong_key": "bad_request",
    "reset": "connection",
    "closed": "connection",
    "reset_midway": ("connection", "truncated"),
    "no_end": ("connection", "truncated"),
    "endless": None,
    "forever_slow": None,
    "drip": "ok",
    "hang": "timeout",
    "html": "bad_response",
    "bad_json": "bad_response",
    "no_choices": ("bad_response", "truncated"),
    "null_content": "empty",
    "thought_cut": "truncated",
    "inline_thought_cut": "truncated",
    "refusal": "refused",
    "no_usage": "ok",
    "duplicate": "ok",
}
"""What a client makes of each fault, whole and streamed; None: it never hears the end."""
READ = threading.Event()  # whether some of a stream has been
ENDING = [name for name, kind in KINDS.items() if kind]
MIX = {"status_500": 0.2, "reset": 0.2, "null_content": 0.2}


def on(server, model="m", **fields):
    return ChatVLLM(model=model, base_url=server.url, **fields)


def read(request):
    """Say whether a client has read something: of a whole reply, that is no matter."""
    return READ.is_set() or not request.streams


def always(fault, heard=read):
    return Plan(by_hand=lambda _request: fault, slow=0.02, heard=heard)


def body(seed=None, text="6 x 7?", **more):
    return {
        "model": "m",
        "messages": [{"role": "user", "content": text}],
        **({} if seed is None else {"seed": seed}),
        **more,
    }


def request(seed, attempt=1):
    asked = body(seed)
    return Request("/v1/chat/completions", {}, asked, fingerprint(asked), attempt)


async def ask(server, seed=None, **more):
    """Ask a model once; return its kind of failure, or "ok", and the message."""
    stream = more.pop("streams", False)
    READ.clear()
    model = on(server, **{"seed": seed, **more})
    try:
        if not stream:
            return "ok", await model.ainvoke("6 x 7?")
        whole = None
        async for chunk in model.astream("6 x 7?"):
            whole = chunk if whole is None else whole + chunk
            if whole.text:
                READ.set()
    except Exception as error:  # noqa: BLE001  of whatever kind
        return failure_of(error)["kind"], error
    return "ok", whole


@asynccontextmanager
async def posted(server, asked, path="/chat/completions", **headers):
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(server.url + path, json=asked) as answer,
    ):
        yield answer


async def post(server, asked, path="/chat/completions"):
    """Post without a client of ours; return status, headers and text."""
    async with posted(server, asked, path) as answer:
        return answer.status, answer.headers, await answer.text()


async def get(url):
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def outcomes(plan, seeds, attempts=3):
    """Return what the plan gave, by seed and attempt, with the texts of good answers."""
    with Faulty(plan) as server:

        async def branch(seed):
            return [str(getattr((await ask(server, seed))[1], "text", "")) for _ in tries]

        tries = range(attempts)
        texts = dict(zip(seeds, await asyncio.gather(*map(branch, seeds)), strict=True))
        log = await server.settled()
        return {(e.index, e.attempt): e.fault for e in log}, texts


# What is decided, and by what.


async def test_a_run_can_be_had_again_in_any_order_of_arrival():
    plan = Plan(seed=3, faults=MIX)
    there = await outcomes(plan, range(20))
    back = await outcomes(plan, [*reversed(range(20))])
    assert there == back
    assert {*there[0].values()} == {*MIX, None}
    other, texts = await outcomes(Plan(seed=4, faults=MIX), range(20))
    assert other != there[0]  # another seed of the plan, other faults
    good = [(seed, n) for (seed, n), fault in other.items() if not fault]
    same = [key for key in good if there[0][key] is None]
    assert same
    assert all(texts[s][n - 1] == there[1][s][n - 1] for s, n in same)  # but no other texts


def test_the_decision_is_a_function_of_fingerprint_and_attempt():
    plan = Plan(faults=MIX)
    asked = [request(seed, attempt) for seed in range(50) for attempt in (1, 2)]
    first = [plan.decide(one) for one in asked]
    assert first == [plan.decide(one) for one in asked]
    assert first[::2] != first[1::2]  # a second try has luck of its own


def test_a_fingerprint_is_of_messages_seed_and_model_and_of_nothing_else():
    of = fingerprint(body(1))
    assert of == fingerprint(body(1, stream=True, temperature=0.5))
    others = [body(2), body(1, text="?"), body(1, model="other"), body()]
    assert len({of, *map(fingerprint, others)}) == 5


def test_faults_have_their_shares_and_the_rest_is_answered_well():
    plan = Plan(faults={"hang": 0.02, "status_500": 0.05, "reset": 0.13})
    found = Counter(plan.decide(request(seed)) for seed in range(20_000))
    shares = {fault: count / 20_000 for fault, count in found.items()}
    expected = {Fault.HANG: 0.02, Fault.STATUS_500: 0.05, Fault.RESET: 0.13, None: 0.8}
    assert shares == pytest.approx(expected, abs=0.01)


def test_a_plan_with_an_unknown_fault_or_too_much_of_them_is_refused():
    with pytest.raises(ValueError, match="no_such"):
        Plan(faults={"no_such": 0.1})
    with pytest.raises(ValueError, match=r"1\.2, above 1"):
        Plan(faults={"hang": 0.6, "reset": 0.6})
    with pytest.raises(ValueError, match="no_such"):
        Plan(by_hand=lambda _: "no_such").decide(request(1))


async def test_a_table_gives_a_seed_its_fault_always_or_by_attempt_and_a_model_too():
    rows = {
        3: "status_500",
        4: ["status_503", "reset"],
        5: [Reply("Answer: 5")],
        "synth": "refusal",
    }
    with Faulty(Table(rows)) as server:
        kinds = {
            seed: [(await ask(server, seed))[0] for _ in range(3)] for seed in (2, 3, 4)
        }
        own, good = (await ask(server, 5))[1], (await ask(server, 5))[1]
        assert (await ask(server, model="synth"))[0] == "refused"
    assert kinds == {
        2: ["ok"] * 3,
        3: ["server_error"] * 3,
        4: ["server_error", "connection", "ok"],
    }
    assert own.text == "Answer: 5"
    assert good.text != own.text


async def test_a_plan_by_hand_sees_the_request_and_may_give_any_http_answer():
    seen = []

    def plan(asked):
        seen.append(asked)
        return failing(418, "I'm a teapot") if asked.attempt == 1 else Answer(body=b"[]")

    with Faulty(plan) as server:
        first, _, text = await post(server, body(9, stream=True))
        second = await post(server, body(9))
    assert (first, json.loads(text)["error"]["message"]) == (418, "I'm a teapot")
    assert (second[0], second[2]) == (200, "[]")
    one, two = seen
    assert (one.index, one.model, one.attempt, one.streams) == (9, "m", 1, True)
    assert (two.attempt, two.streams, two.fingerprint) == (2, False, one.fingerprint)
    assert one.body["messages"][0]["content"] == "6 x 7?"
    assert one.headers["content-type"] == "application/json"


async def test_a_mistake_in_a_plan_by_hand_is_raised_at_the_end():
    async def run(serving):
        with serving as server:
            assert (await ask(server))[0] == "connection"

    with pytest.raises(ValueError, match="no_such"):
        await run(Faulty(Table({"m": "no_such"})))
    with pytest.raises(RuntimeError, match="the server ended with 1"):
        await run(Faulty.in_process(Table({"m": "no_such"})))


# Time.


def test_lognormal_latency_has_its_median_and_its_tail():
    latency = lognormal(median=0.1, p99=2)
    assert latency(0.5) == pytest.approx(0.1)
    assert latency(0.99) == pytest.approx(2)
    drawn = sorted(latency(uniform(seed)) for seed in range(10_000))
    assert drawn[5_000] == pytest.approx(0.1, rel=0.1)
    assert drawn[9_900] == pytest.approx(2, rel=0.2)
    assert constant(0.3)(0.99) == 0.3


async def test_an_answer_or_its_fault_begins_after_the_latency_of_the_plan_or_its_own():
    plan = Plan(latency=constant(0.3), by_hand=Table({1: "status_500"}))
    with Faulty(plan) as server:
        await asyncio.gather(*(ask(server, seed) for seed in range(2)))
        took = {entry.index: entry.seconds for entry in await server.settled()}
    assert took[0] >= 0.3
    assert took[1] >= 0.3
    own = Table({2: Reply(after=0), 3: Answer(after=0.4)})
    with Faulty(Plan(latency=constant(60 * PATIENCE), by_hand=own)) as server:
        kinds = [(await ask(server, seed, timeout=PATIENCE))[0] for seed in (2, 3)]
        took = {entry.index: entry.seconds for entry in await server.settled()}
    assert kinds == ["ok", "bad_response"]
    assert took[3] >= 0.4


async def test_the_events_of_a_stream_come_with_the_gap_of_the_plan():
    with Faulty(Plan(gap=0.01, words=3)) as server:
        kind, _ = await ask(server, streams=True)
        (entry,) = await server.settled()
    assert (kind, entry.sent) == ("ok", True)
    assert entry.seconds >= 0.01 * 5  # role, three words, answer, end


# Good answers.


async def test_a_good_answer_is_the_same_whole_and_streamed_with_usage():
    with Faulty() as server:
        (_, whole), (_, streamed), (_, other) = [
            await ask(server, 1),
            await ask(server, 1, streams=True),
            await ask(server, 2),
        ]
    assert whole.text == streamed.text != other.text
    assert "Answer: 4" in whole.text
    assert whole.usage_metadata["output_tokens"] > 10
    assert whole.usage_metadata == streamed.usage_metadata
    assert streamed.response_metadata["finish_reason"] == "stop"


async def test_a_stream_tells_usage_only_if_asked():
    with Faulty() as server:
        _, headers, without = await post(server, body(stream=True))
        asked = body(stream=True, stream_options={"include_usage": True})
        _, _, told = await post(server, asked)
    assert headers["content-type"] == "text/event-stream"
    assert "usage" not in without
    assert '"choices": [], "usage": {"prompt_tokens"' in told
    assert without.endswith("data: [DONE]\n\n")
    assert told.endswith("data: [DONE]\n\n")


def test_answers_have_the_distribution_of_the_plan():
    plan = Plan(answers=mostly("a", "b", "c", share=0.5))
    texts = [plan.good(request(seed)).text for seed in range(2_000)]
    found = Counter(text.rpartition("Answer: ")[2] for text in texts)
    shares = {answer: count / 2_000 for answer, count in found.items()}
    assert shares == pytest.approx({"a": 0.5, "b": 0.25, "c": 0.25}, abs=0.04)
    assert len(set(texts)) == 2_000
    assert {Plan(answers=mostly(7)).good(request(seed)).text[-2:] for seed in range(9)} == {
        " 7"
    }


async def test_a_synthesizer_answers_by_its_prompt_alone():
    prompt = "Answer: 41 Answer: 42 Answer: 42"
    with Faulty(Plan(seed=1)) as server:
        texts = [
            (await on(server, "synth", seed=seed).ainvoke(asked)).text
            for seed, asked in ((1, prompt), (2, prompt), (1, prompt + "!"), (1, "?"))
        ]
    assert texts[0] == texts[1] != texts[2]
    assert [text.rpartition("Answer: ")[2] for text in texts] == ["42", "42", "42", "none"]


# Faults.


def test_every_fault_is_in_the_table_of_kinds():
    assert {*KINDS} == {*Fault}


@pytest.fixture(scope="module")
def all_faults():
    """A server that gives each seed a fault, by the table's order."""
    table = Table(dict(enumerate(KINDS)))
    with Faulty(Plan(by_hand=table, drip=0, slow=0.02, heard=read)) as server:
        yield server


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ENDING)
async def test_a_client_tells_a_fault_by_its_kind(all_faults, fault, streams):
    seed = [*KINDS].index(fault)
    patience = (PATIENCE, 0.2 if fault == "hang" else PATIENCE)
    kind, _ = await ask(all_faults, seed, timeout=patience, streams=streams)

    def of_ours(server):
        log = server.completions
        return [one for one in log if (one.index, one.streams) == (seed, streams)]

    await all_faults.until(of_ours)  # whoever hangs may be left before he is heard
    await all_faults.settled()
    (entry,) = of_ours(all_faults)
    expected = KINDS[fault]
    assert kind == (expected[streams] if isinstance(expected, tuple) else expected)
    assert entry.fault == fault
    unsent = {"reset", "closed", "reset_midway", "hang", *([] if streams else ["no_end"])}
    assert entry.sent == (fault not in unsent)
    assert (entry.disconnected is None) == (fault != "hang")


async def test_429_comes_with_retry_after_in_seconds_as_a_date_or_not_at_all():
    plans = Table({1: "status_429", 2: "status_429_seconds", 3: "status_429_date"})
    with Faulty(Plan(by_hand=plans, retry_after=30)) as server:
        told = [
            (await post(server, body(seed)))[1].get("retry-after") for seed in (1, 2, 3)
        ]
    assert told[:2] == [None, "30"]
    left = parsedate_to_datetime(told[2]).timestamp() - time.time()
    assert 25 < left <= 30


async def test_an_overflow_is_in_the_words_of_vllm():
    with Faulty(always("overflow")) as server:
        status, _, text = await post(server, body(max_tokens=100))
    words = json.loads(text)["error"]["message"]
    assert status == 400
    assert words.startswith("This model's maximum context length is 4096 tokens. However, ")
    assert "you requested 4196 tokens" in words


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("html", 200, "text/html"), ("wrong_key", 401, "application/json")],
)
async def test_a_fault_has_its_status_and_its_content_type(fault, status, kind):
    with Faulty(always(fault)) as server:
        found, headers, _ = await post(server, body())
    assert (found, headers["content-type"]) == (status, kind)


async def test_a_reset_is_one_on_the_wire_and_a_close_is_none():
    with Faulty(Table({1: "reset", 2: "closed"})) as server:
        with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
            await post(server, body(1))
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(server, body(2))


async def test_a_reset_midway_comes_after_a_part_of_the_answer():
    with Faulty(always("reset_midway", heard=lambda _: READ.is_set())) as server:
        _, error = await ask(server, streams=True)
        assert "broke in the middle" in str(error)
        assert error.reply.text
        READ.clear()
        async with posted(server, body()) as half:
            assert half.status == 200
            READ.set()
            with pytest.raises(aiohttp.ClientPayloadError) as told:
                await half.read()
    assert "reset by peer" in f"{told.value!r} {told.value.__cause__!r}"


async def test_a_stream_without_end_closes_cleanly():
    with Faulty(always("no_end")) as server:
        status, _, text = await post(server, body(stream=True))
    assert status == 200
    assert "Answer:" in text
    assert "[DONE]" not in text
    assert '"finish_reason": "' not in text


async def test_a_drip_comes_byte_by_byte():
    with Faulty(Plan(by_hand=lambda _: "drip", drip=0.001)) as server:
        async with posted(server, body()) as answer:
            pieces = [piece async for piece in answer.content.iter_any()]
        (entry,) = await server.settled()
    whole = b"".join(pieces)
    assert json.loads(whole)["choices"]
    assert len(pieces) > 20
    assert entry.sent
    assert entry.seconds >= 0.001 * (len(whole) - 1)


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ["endless", "forever_slow"])
async def test_what_has_no_end_goes_on_until_the_client_leaves(fault, streams):
    with Faulty(Plan(by_hand=lambda _: fault, slow=0.001)) as server:
        async with posted(server, body(stream=streams)) as answer:
            again = {"endless": b"and on", "forever_slow": b" "}[fault]
            for _ in range(50):
                assert len(await answer.content.readuntil(again)) < 500
            assert server.open == 1
        (entry,) = await server.settled()
    assert entry.disconnected is not None
    assert not entry.sent


async def test_content_faults_say_what_their_names_say():
    names = ["null_content", "thought_cut", "inline_thought_cut", "refusal", "no_usage"]
    with Faulty(Table(dict(enumerate(names)))) as server:
        told = [json.loads((await post(server, body(seed)))[2]) for seed in range(5)]
    null, thought, inline, refusal, bare = [one["choices"][0] for one in told]
    assert (null["message"]["content"], null["finish_reason"]) == (None, "stop")
    assert (thought["message"]["content"], thought["finish_reason"]) == (None, "length")
    assert thought["message"]["reasoning"]
    assert inline["message"]["content"].startswith("<think>")
    assert "</think>" not in inline["message"]["content"]
    assert inline["finish_reason"] == "length"
    assert refusal["message"]["content"] is None
    assert refusal["message"]["refusal"]
    assert "Answer:" in bare["message"]["content"]
    assert ["usage" in one for one in told] == [True, True, True, True, False]


async def test_duplicates_have_one_text_whoever_asks():
    with Faulty(always("duplicate")) as server:
        told = [(await ask(server, seed))[1].text for seed in range(4)]
        told.append((await ask(server, 9, streams=True))[1].text)
    assert len({*told}) == 1


async def test_where_nobody_listens_a_connection_is_refused():
    assert refused_url() == refused_url()
    with pytest.raises(aiohttp.ClientConnectorError, match="Connect call failed") as told:
        await get(refused_url())
    assert isinstance(told.value.os_error, ConnectionRefusedError)


# What hangs, and who notices.


async def test_a_hung_request_notices_at_once_that_its_client_left():
    with Faulty(always("hang")) as server:
        asking = [asyncio.create_task(ask(server, seed)) for seed in range(5)]
        await server.until(lambda s: s.open == 5)
        assert server.peak == 5
        before = time.perf_counter()
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        log = await server.settled()
        assert time.perf_counter() - before < 20
    assert all(entry.disconnected is not None for entry in log)
    assert not any(entry.sent for entry in log)


async def test_a_client_that_leaves_during_the_latency_is_noticed_too():
    with Faulty(Plan(latency=constant(60))) as server:
        assert (await ask(server, timeout=(PATIENCE, 0.1)))[0] == "timeout"
        await server.until(lambda s: s.count)
        (entry,) = await server.settled()
    assert entry.disconnected < 20


async def test_whatever_hangs_ends_with_the_server():
    rows = {0: "hang", 1: "endless", 2: "forever_slow", 3: Reply(after=60)}
    with Faulty(Table(rows)) as server:
        asking = [asyncio.create_task(ask(server, seed)) for seed in rows]
        await server.until(lambda s: s.open == 4)
        idle = time.perf_counter()
    assert time.perf_counter() - idle < 20
    kinds = [kind for kind, _ in await asyncio.wait_for(asyncio.gather(*asking), PATIENCE)]
    assert kinds == ["connection"] * 4
    assert not server.open
    assert not any(entry.sent or entry.disconnected for entry in server.log)


def test_waiting_in_vain_says_so():
    with Faulty() as server, pytest.raises(TimeoutError, match="in vain"):
        server.wait(lambda s: s.count == 1, seconds=0.01)


# The log, and HTTP.


async def test_the_log_tells_of_each_request_in_the_order_of_arrival():
    with Faulty(Table({1: ["status_500"]})) as server:
        await ask(server, 1)
        await ask(server, 1, streams=True)
        await post(server, {"prompt": "four"}, path="/../tokenize")
        assert len(await server.settled()) == 2
        first, second, *_, last = server.log
        assert server.completions == [first, second]
        assert server.count == len(server.log) == 4  # the client's own /tokenize
        assert server.open == 0
    chat = "/v1/chat/completions"
    assert (first.path, first.model, first.index, first.attempt) == (chat, "m", 1, 1)
    assert (first.fault, first.streams, first.sent) == ("status_500", False, True)
    assert (second.attempt, second.fault, second.streams) == (2, None, True)
    assert second.fingerprint == first.fingerprint
    assert (last.path, last.index, last.fault) == ("/tokenize", None, None)
    assert all(0 <= one.seconds < PATIENCE for one in (first, second, last))


async def test_connections_are_kept_alive_after_good_answers_streams_and_errors(
    monkeypatch,
):
    monkeypatch.setattr(clients, "_IDLE", PATIENCE)
    with Faulty(Table({1: "status_500", 2: "html", 3: "no_end"})) as server:
        for seed in range(4):
            await ask(server, seed, streams=seed in (0, 3))
        assert {entry.connection for entry in await server.settled()} == {1}
        assert server.connections == 1
        async with posted(server, body(), connection="close"):
            pass
        await server.until(lambda s: s.connections == 1)
        assert server.log[-1].connection == 2


async def test_it_lists_its_models_and_counts_tokens_as_vllm_does():
    with Faulty(Plan(window=8192)) as server:
        model = on(server)
        assert await model.context_window() == 8192
        assert await model.count_texts(["", "four", "fives"]) == [0, 1, 2]
        asked = {"prompt": "12345678", "return_token_strs": True}
        _, _, text = await post(server, asked, path="/../tokenize")
        missing, _ = await get(server.url.removesuffix("/v1") + "/metrics")
    told = {"count": 2, "max_model_len": 8192, "tokens": [0, 1]}
    assert json.loads(text) == told | {"token_strs": ["1234", "5678"]}
    assert missing == 404


async def test_it_may_have_no_list_of_models_and_no_tokenizer():
    with Faulty(Plan(lists=False, tokenizes=False)) as server:
        assert (await get(server.url + "/models"))[0] == 404
        assert (await post(server, {"prompt": "?"}, path="/../tokenize"))[0] == 404
        kind, _ = await ask(server)
    assert kind == "ok"


# In a process of its own.


async def test_in_a_process_of_its_own_it_does_and_tells_the_same():
    plan = Plan(
        seed=3,
        by_hand=Table({1: "status_500", 2: ["reset"], 3: "hang"}),
        latency=lognormal(median=0.001, p99=0.01),
        answers=mostly(7, 8),
    )

    async def run(server):
        kinds = [(await ask(server, seed))[0] for seed in (0, 1, 2, 2)]
        kinds.append((await ask(server, 3, timeout=(PATIENCE, 0.3)))[0])
        await server.until(lambda s: s.count == 5)
        await server.settled()
        keys = ("path", "index", "attempt", "fingerprint", "fault", "sent")
        return kinds, [[getattr(entry, key) for key in keys] for entry in server.log]

    with Faulty(plan) as here:
        expected = await run(here)
    with Faulty.in_process(plan) as there:
        assert there.pid != os.getpid()
        assert await run(there) == expected
        assert (there.count, there.peak) == (5, 1)
        assert there.log[-1].disconnected is not None
    assert expected[0] == ["ok", "server_error", "connection", "ok", "timeout"]
    with pytest.raises(ProcessLookupError):
        os.kill(there.pid, 0)


async def test_in_a_process_of_its_own_what_hangs_ends_with_it_too():
    with Faulty.in_process(Plan(faults={"hang": 1})) as server:
        asking = asyncio.create_task(ask(server))
        await server.until(lambda s: s.open == 1)
    assert (await asyncio.wait_for(asking, PATIENCE))[0] == "connection"
