"""Fault by fault: what a run returns, what its report says, how many calls were made.

Over real sockets, with one branch of three, or the synthesizer, meeting the fault.
"""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest
from clock import PATIENCE, overtaken
from fakes import Scripted
from faulty import Faulty, Plan, refused_url
from langchain_core.runnables import RunnableLambda

from a2r_graph import ChatVLLM, ExplorationError, SynthesisError, create_a2r

N, ATTEMPTS = 3, 2
HURRIED = (PATIENCE, 1)  # seconds to connect, and to wait for a reply
READ = threading.Event()  # whether some of a stream has been

# fault: (kind in the report, calls of the branch that meets it, twice at most)
EXPLORER = {
    "hang": ("timeout", 2),
    "status_429": ("rate_limited", 2),
    "status_429_seconds": ("rate_limited", 2),
    "status_429_date": ("rate_limited", 2),
    "status_500": ("server_error", 2),
    "status_503": ("server_error", 2),
    "reset": ("connection", 2),
    "closed": ("connection", 2),
    "reset_midway": ("connection", 2),
    "no_end": ("connection", 2),
    "overflow": ("context_overflow", 1),
    "bad_parameter": ("bad_request", 1),
    "wrong_key": ("bad_request", 1),
    "html": ("bad_response", 1),
    "bad_json": ("bad_response", 1),
    "no_choices": ("bad_response", 1),
    "null_content": ("empty", 1),
    "thought_cut": ("truncated", 1),
    "inline_thought_cut": ("truncated", 1),
    "refusal": ("refused", 1),
    "drip": ("ok", 1),
    "no_usage": ("ok", 1),
    "duplicate": ("ok", 1),
}
# The same for a synthesizer that streams: once a token has come there is no retry.
STREAMED = {
    **EXPLORER,
    "reset_midway": ("truncated", 1),
    "no_end": ("truncated", 1),
    "no_choices": ("truncated", 1),
}
UNKNOWN = {"hang", "reset", "closed", "reset_midway", "no_end"}
"""Nobody knows what these cost; the others were refused, or told their usage."""


def by_name(request):
    """Fail as the question says: `ROLE FAULT`, the explorer of branch 0 alone."""
    words = str(request.body["messages"][0]["content"]).split()
    role = "synthesizer" if request.model == "synth" else "explorer"
    meets = words[0] == role and (role == "synthesizer" or request.index == 0)
    return words[1].rstrip(":") if meets else None


@pytest.fixture(scope="module")
def server():
    def heard(request):
        return READ.is_set() or not request.streams

    plan = Plan(by_hand=by_name, retry_after=0, drip=0, slow=0.02, heard=heard)
    with Faulty(plan) as server:
        yield server


def model_at(server, name, timeout=PATIENCE):
    return ChatVLLM(model=name, base_url=server.url, timeout=timeout)


def models_for(server, question):
    """Return the explorers and the synthesizer of a run.

    Who is to hang is given up soon, and nobody else, however busy the machine is.
    """
    hangs = {"explorer hang": "m0", "synthesizer hang": "synth"}.get(question.split(":")[0])
    *explorers, synthesizer = (
        model_at(server, name, HURRIED if name == hangs else PATIENCE)
        for name in ("m0", "m1", "m2", "synth")
    )
    return explorers, synthesizer


async def run(server, question, *, streams=False, **settings):
    """Run; return what came of it, beside the requests that the server saw."""
    before = len(server.completions)
    READ.clear()
    a2r = create_a2r(
        *models_for(server, question),
        n=N,
        seed=0,
        attempts=ATTEMPTS,
        **settings,
    )
    error = result = None
    try:
        asked = {"messages": [("user", question)]}
        if streams:
            modes = ["messages", "values"]
            async for mode, payload in a2r.astream(asked, stream_mode=modes):
                if mode == "values":
                    result = payload
                elif payload[0].text:
                    READ.set()
        elif deadline := settings.get("deadline"):
            result = await overtaken(a2r, asked, N - 1, deadline)
        else:
            result = await a2r.ainvoke(asked)
    except (ExplorationError, SynthesisError) as raised:
        error = raised
    told = (error.usage if error else result["a2r"]["usage"])["total"]["calls"]
    # Whoever hangs may be left before the server hears of it.
    await server.until(lambda server: len(server.completions) >= before + told)
    seen = (await server.settled())[before:]
    explored = sum(entry.model != "synth" for entry in seen)
    return SimpleNamespace(
        result=result, error=error, explored=explored, synthesized=len(seen) - explored
    )


@pytest.mark.parametrize(("fault", "row"), EXPLORER.items(), ids=EXPLORER)
async def test_a_branch_that_meets_a_fault_ends_with_a_record_and_the_run_with_an_answer(
    server, fault, row
):
    kind, calls = row
    done = await run(server, f"explorer {fault}: what is 6 x 7?")
    report = done.result["a2r"]
    assert done.error is None
    assert report["synthesis"] == "model"
    assert done.result["messages"][-1].text
    hit, *others = report["references"]
    assert [r["status"] for r in others] == ["ok", "ok"]
    if kind == "ok":
        assert hit["status"] == "ok"
    else:
        assert (hit["status"], hit["error"]["kind"]) == ("failed", kind)
        assert hit["error"]["message"]
        assert (hit["shown"], hit["answer"], hit["text"]) == (None, None, "")
    # Every call is in the report, and none is that the server didn't see.
    assert hit["usage"]["calls"] == calls
    assert hit["usage"]["retries"] == calls - 1
    assert (done.explored, done.synthesized) == (calls + 2, 1)
    assert report["usage"]["explorer"]["calls"] == done.explored
    assert report["usage"]["total"]["calls"] == done.explored + 1
    # What nobody told is unknown, and so is every sum that it is part of.
    told = hit["usage"]["output_tokens"]
    if fault in UNKNOWN | {"no_usage"} or kind in {"server_error", "bad_response"}:
        assert told is None
        assert report["usage"]["total"]["output_tokens"] is None
    else:
        assert told is not None
        assert (told == 0) == (kind in {"rate_limited", "bad_request", "context_overflow"})


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fallback", ["raise", "majority"])
@pytest.mark.parametrize("fault", EXPLORER)
async def test_a_synthesizer_that_meets_a_fault_raises_or_leaves_it_to_the_majority(
    server, fault, fallback, streams
):
    kind, calls = (STREAMED if streams else EXPLORER)[fault]
    done = await run(
        server, f"synthesizer {fault}: what is 6 x 7?", streams=streams, fallback=fallback
    )
    assert (done.explored, done.synthesized) == (N, calls)
    if kind != "ok" and fallback == "raise":
        assert isinstance(done.error, SynthesisError)
        assert done.error.failure["kind"] == kind
        assert done.error.usage["synthesizer"]["calls"] == calls
        assert done.error.usage["total"]["calls"] == calls + N
        assert [r["status"] for r in done.error.references] == ["ok"] * N
        return
    assert done.error is None
    report, answer = done.result["a2r"], done.result["messages"][-1]
    assert report["usage"]["synthesizer"]["calls"] == calls
    if kind == "ok":
        assert report["synthesis"] == "model"
        return
    assert report["synthesis"] == "majority"
    marks = answer.response_metadata["a2r"]
    assert marks["synthesis"] == "majority"
    assert marks["error"]["kind"] == kind
    best = report["references"][marks["reference"]]
    assert (answer.text, best["answer"]) == (best["text"], report["majority"])


async def test_a_server_that_refuses_connections_is_no_server():
    url = refused_url()
    nobody = ChatVLLM(model="m", base_url=url)
    synthesizer = Scripted(script="So 42.")
    a2r = create_a2r([nobody, Scripted()], synthesizer, n=2, attempts=2)
    failed, ok = (await a2r.ainvoke({"messages": [("user", "?")]}))["a2r"]["references"]
    assert (failed["error"]["kind"], failed["usage"]["calls"]) == ("connection", 2)
    assert failed["usage"]["output_tokens"] == 0
    assert ok["status"] == "ok"


async def test_cancelled_and_timed_out_branches_close_their_connections_at_once():
    class Last(ChatVLLM):
        """Asks when the others have."""

        async def _agenerate(self, *args, **kwargs):
            await server.until(lambda server: len(server.completions) >= 5)
            return await super()._agenerate(*args, **kwargs)

    plan = Plan(by_hand=lambda request: "hang" if (request.index or 0) > 2 else None)
    for setting, kind in ({"quorum": 3}, "cancelled"), ({"deadline": 100}, "timeout"):
        with Faulty(plan) as server:
            a2r = create_a2r(
                [
                    make(model="m", base_url=server.url)
                    for make in [Last] * 3 + [ChatVLLM] * 5
                ],
                ChatVLLM(model="synth", base_url=server.url),
                n=8,
                seed=0,
                **setting,
            )
            asked, deadline = {"messages": [("user", "?")]}, setting.get("deadline", 0)
            report = (await overtaken(a2r, asked, 3, deadline))["a2r"]
            log = await server.settled()
        hung = [entry for entry in log if entry.fault == "hang"]
        (synthesis,) = [entry for entry in log if entry.model == "synth"]
        assert [r["error"]["kind"] for r in report["references"][3:]] == [kind] * 5
        assert len(hung) == 5
        assert report["usage"]["total"]["calls"] == len(log) == 9
        assert all(entry.disconnected is not None for entry in hung)
        assert synthesis.sent


async def test_a_reply_without_an_end_is_ended_by_the_deadline(server):
    done = await run(server, "explorer forever_slow: what is 6 x 7?", deadline=PATIENCE / 2)
    hit, *others = done.result["a2r"]["references"]
    assert (hit["error"]["kind"], hit["usage"]["calls"]) == ("timeout", 1)
    assert [r["status"] for r in others] == ["ok", "ok"]
    assert done.result["a2r"]["stopped_by"] == "deadline"


async def test_a_users_own_bug_is_an_error_of_its_branch_alone():
    def broken(messages):
        msg = "no such thing"
        raise KeyError(msg)

    a2r = create_a2r([RunnableLambda(broken), Scripted()], Scripted(script="42"), n=4)
    report = (await a2r.ainvoke({"messages": [("user", "?")]}))["a2r"]
    kinds = [(r["error"] or {}).get("kind") for r in report["references"]]
    assert kinds == ["error", None, "error", None]
    assert report["references"][0]["usage"]["calls"] == 1


async def test_every_kind_of_failure_of_the_design_has_a_row():
    from typing import get_args

    from a2r_graph.state import FailureKind

    rows = {kind for kind, _ in EXPLORER.values()} - {"ok"}
    assert rows | {"cancelled", "error"} == set(get_args(FailureKind))


async def test_when_every_branch_fails_all_are_told_and_nothing_is_synthesized(server):
    before = len(server.completions)
    a2r = create_a2r(model_at(server, "m"), model_at(server, "synth"), n=3, attempts=1)
    # Without a seed, no branch is number 0; all have the same fingerprint.
    plan = Plan(by_hand=lambda request: "html" if request.model == "m" else None)
    with Faulty(plan) as broken:
        a2r = create_a2r(model_at(broken, "m"), model_at(broken, "synth"), n=3)
        with pytest.raises(ExplorationError) as caught:
            await a2r.ainvoke({"messages": [("user", "?")]})
        assert len(await broken.settled()) == 3
    assert "3 of 3: bad_response: " in str(caught.value)
    assert len(server.completions) == before


async def test_a_retry_goes_to_the_next_replica():
    with Faulty(Plan(by_hand=lambda _: "status_503")) as bad, Faulty(Plan()) as good:
        replicas = [ChatVLLM(model="m", base_url=s.url) for s in (bad, good)]
        a2r = create_a2r(replicas, Scripted(script="42"), n=4, seed=0)
        report = (await a2r.ainvoke({"messages": [("user", "?")]}))["a2r"]
        await asyncio.gather(bad.settled(), good.settled())
        assert [r["status"] for r in report["references"]] == ["ok"] * 4
        assert (len(bad.completions), len(good.completions)) == (2, 4)
    assert report["usage"]["explorer"]["calls"] == 6
    assert report["usage"]["explorer"]["retries"] == 2
