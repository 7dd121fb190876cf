"""`docs/production.md` says what a run does, costs, tells and keeps."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import re
import subprocess
import sys
from collections import Counter
from typing import get_args

import langsmith.client
import pytest
from durability import conftest
from fakes import HttpError, Scripted, ask
from faulty import Faulty, Plan
from guides import ROOT, blocks, dead_links, execute, guide, prose
from langchain_core.tracers.base import BaseTracer
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import CipherProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph

from a2r_graph import A2RContext, A2RError, ExplorationError, SynthesisError, create_a2r
from a2r_graph.events import Event
from a2r_graph.models.failures import RETRIED
from a2r_graph.models.turns import _JITTER, _PATIENCE
from a2r_graph.state import FailureKind, Reference, Report

GUIDE = guide("production.md")
MEASURED = (ROOT / "benchmarks" / "checkpoints.md").read_text("utf-8")
PROSE, PYTHON = prose(GUIDE), blocks(GUIDE)
KEY = "0123456789abcdef0123456789abcdef"
MODELS = ("Qwen/Qwen3-4B", "Qwen/Qwen3-8B")
THREAD = {"configurable": {"thread_id": "1"}}

postgres = conftest.postgres


class KeyStream(CipherProtocol):
    """A cipher for tests: a stream of hashes, of no use elsewhere."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        stream = hashlib.shake_256(KEY.encode()).digest(len(plaintext))
        return "test", bytes(a ^ b for a, b in zip(plaintext, stream, strict=True))

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        assert ciphername == "test"
        return self.encrypt(ciphertext)[1]


class Runs(BaseTracer):
    """Keeps every run, as a tracing backend gets them."""

    def __init__(self) -> None:
        super().__init__()
        self.every = []

    def _persist_run(self, run) -> None:
        todo = [run]
        while todo:
            todo += todo[0].child_runs
            self.every.append(todo.pop(0))

    def calls(self):
        return [run for run in self.every if run.run_type == "llm"]


class Parent(MessagesState):
    a2r: dict


def within(a2r, name="think"):
    parent = StateGraph(Parent)
    parent.add_node(name, a2r)
    parent.add_edge(START, name)
    parent.add_edge(name, END)
    return parent.compile()


def marks(run):
    metadata = run.extra["metadata"]
    (tag,) = [tag for tag in run.tags if tag.startswith("a2r:")]
    return run.name, tag, metadata["a2r_role"], metadata.get("a2r_branch")


def rows(head: str) -> list[list[str]]:
    """Return the cells of the guide's table that begins so."""
    table = GUIDE.split(f"| {head} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


async def stored(saver: AsyncPostgresSaver, thread: str) -> bytes:
    """Return all that the tables hold of a thread."""
    held = [b""]
    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
        query = f"SELECT * FROM {table} WHERE thread_id = %s"  # noqa: S608  ours
        for row in await (await saver.conn.execute(query, [thread])).fetchall():
            values = row.values()
            held += [v if isinstance(v, bytes) else str(v).encode() for v in values]
    assert len(held) > 1
    return b"".join(held)


@pytest.fixture
def aes(monkeypatch):
    """Stand in for pycryptodome where it isn't installed."""
    monkeypatch.setenv("LANGGRAPH_AES_KEY", KEY)
    try:
        importlib.import_module("Crypto.Cipher.AES")
    except ImportError:
        serde = EncryptedSerializer(KeyStream())
        name = "from_pycryptodome_aes"
        monkeypatch.setattr(EncryptedSerializer, name, staticmethod(lambda: serde))


@pytest.mark.slow
async def test_the_python_runs_from_top_to_bottom(postgres, monkeypatch, aes):
    plan = Plan(models=MODELS, synthesizers=MODELS[1:], window=100_000)
    monkeypatch.setenv("POSTGRES_URI", postgres)
    names: dict = {}
    with Faulty(plan) as server:
        monkeypatch.setenv("VLLM_BASE_URL", server.url)
        results = []
        for text in PYTHON:
            names.pop("result", None)
            await execute(text, names)
            results.append(names.get("result"))
    ran, saved, pooled, _, _, _, encrypted = results
    assert ran["a2r"]["stopped_by"] == "confidence"
    assert len(saved["a2r"]["references"]) == 8
    for result in (saved, pooled, encrypted):
        assert result["a2r"]["synthesis"] == "model"
    assert len(names["answers"]) == 8
    assert names["roles"].calls == {"explorer": 16, "synthesizer": 1}
    counts = names["counts"]
    assert counts["explorer_ended"] == counts["explorer_started"] == 16
    assert counts["stopped_by", "all"] == counts["synthesis_started"] == 1
    async with AsyncPostgresSaver.from_conn_string(postgres) as saver:
        pruned = {"configurable": {"thread_id": "ticket-17"}}
        assert len([each async for each in saver.alist(pruned)]) == 1
        a2r = create_a2r(Scripted(), checkpointer=saver)
        values = (await a2r.aget_state(pruned)).values
        assert len(values["a2r"]["references"]) == 8
        assert b"Answer" in await stored(saver, "ticket-18")
        assert b"Answer" not in await stored(saver, "ticket-19")


def test_every_kind_of_failure_is_in_the_table_and_retried_as_it_says():
    told = {kind.strip("`"): again for kind, _, again in rows("kind")}
    assert set(told) == set(get_args(FailureKind))
    assert {kind for kind, again in told.items() if again.startswith("yes")} == RETRIED


async def test_what_the_run_does_is_as_the_table_says():
    down = [HttpError(500)]
    with pytest.raises(ExplorationError) as few:
        await create_a2r(Scripted(script=down), n=3, attempts=1).ainvoke(ask())
    assert len(few.value.references) == 3
    with pytest.raises(SynthesisError) as none:
        await create_a2r(Scripted(), Scripted(script=down), attempts=1).ainvoke(ask())
    assert len(none.value.references) == 8
    assert issubclass(ExplorationError, A2RError)
    assert issubclass(SynthesisError, A2RError)
    stand_in = create_a2r(
        Scripted(), Scripted(script=down), attempts=1, fallback="majority"
    )
    assert (await stand_in.ainvoke(ask()))["a2r"]["synthesis"] == "majority"


def test_waits_and_attempts_are_those_of_the_code():
    prose = " ".join(PROSE.split())
    assert f"`attempts` ({A2RContext().attempts})" in prose
    bounds = [_JITTER.multiplier * 2**tried for tried in range(3)]
    assert ", ".join(f"{each:g} s" for each in bounds) in prose
    assert f"at most {_JITTER.max:g} s" in prose
    assert f"more than {_PATIENCE:g} s" in prose


async def test_a_resumed_run_needs_its_context_again(tmp_path):
    path = str(tmp_path / "checkpoints.db")
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        explorer, synthesizer = Scripted(), Scripted(script=[ValueError("down")])
        a2r = create_a2r(explorer, synthesizer, n=2, checkpointer=saver)
        with pytest.raises(SynthesisError):
            await a2r.ainvoke(ask(), THREAD, context={"n": 3, "fallback": "raise"})
        assert (await a2r.aget_state(THREAD)).next
        with pytest.raises(SynthesisError):
            await a2r.ainvoke(None, THREAD)
        context = {"n": 3, "fallback": "majority"}
        result = await a2r.ainvoke(None, THREAD, context=context)
        assert not (await a2r.aget_state(THREAD)).next
    assert result["a2r"]["synthesis"] == "majority"
    assert len(explorer.calls) == 3


async def test_too_few_references_stay_too_few_on_resume_unless_fewer_are_asked_for():
    script = ["Answer: 42", HttpError(400), HttpError(400)]
    explorer, saver = Scripted(script=script), InMemorySaver()
    a2r = create_a2r(explorer, n=3, min_references=2, checkpointer=saver)
    for given in (ask(), None):
        with pytest.raises(ExplorationError):
            await a2r.ainvoke(given, THREAD)
    asked = len(explorer.calls)
    assert asked == 3
    await a2r.ainvoke(None, THREAD, context={"min_references": 1})
    assert len(explorer.calls) == asked + 1  # the synthesis


async def test_a_new_message_begins_a_new_run_on_a_thread_that_stopped(tmp_path):
    path = str(tmp_path / "checkpoints.db")
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        explorer = Scripted()
        synthesizer = Scripted(script=[ValueError("down"), "So 42."])
        a2r = create_a2r(explorer, synthesizer, n=2, checkpointer=saver)
        with pytest.raises(SynthesisError):
            await a2r.ainvoke(ask(), THREAD)
        await a2r.ainvoke(ask("And 7 x 6?"), THREAD)
    assert len(explorer.calls) == 4


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside"])
async def test_each_call_has_the_marks_of_its_role_and_branch(inside):
    runs, a2r = Runs(), create_a2r(Scripted(), Scripted(), n=3)
    graph = within(a2r) if inside else a2r
    config = {"callbacks": [runs], "tags": ["mine"], "metadata": {"team": "support"}}
    await graph.ainvoke(ask(), config)
    explorers = [
        (f"explorer {index}", "a2r:explorer", "explorer", index) for index in range(3)
    ]
    assert sorted(map(marks, runs.calls())) == [
        *explorers,
        ("synthesizer", "a2r:synthesizer", "synthesizer", None),
    ]
    for run in runs.calls():
        assert "mine" in run.tags
        assert run.extra["metadata"]["team"] == "support"


async def test_what_an_agent_calls_below_has_the_marks_too():
    model = Scripted()

    async def node(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    agent = StateGraph(MessagesState)
    agent.add_node("agent", node)
    agent.add_edge(START, "agent")
    runs = Runs()
    a2r = create_a2r(agent.compile(), Scripted(), n=2)
    await a2r.ainvoke(ask(), {"callbacks": [runs]})
    told = Counter(marks(run)[1:] for run in runs.calls())
    assert told == {
        ("a2r:explorer", "explorer", 0): 1,
        ("a2r:explorer", "explorer", 1): 1,
        ("a2r:synthesizer", "synthesizer", None): 1,
    }
    assert [run.name for run in runs.every].count("explorer 1") == 1


async def test_each_try_is_a_run_and_its_error_is_traced_as_the_client_raised_it():
    runs, secret = Runs(), "sk-abcdefghijkl"
    explorer = Scripted(script=[HttpError(500, f"no {secret}")])
    with pytest.raises(ExplorationError) as caught:
        await create_a2r(explorer, n=1, attempts=2).ainvoke(ask(), {"callbacks": [runs]})
    assert [marks(run)[0] for run in runs.calls()] == ["explorer 0"] * 2
    assert all(secret in run.error for run in runs.calls())
    assert secret not in str(caught.value)
    assert secret not in str(caught.value.references)


async def test_langsmith_gets_the_marks(monkeypatch):
    from langchain_core.tracers.langchain import LangChainTracer

    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    sent = []

    class Stub(langsmith.client.Client):
        def create_run(self, *_, **run):
            sent.append(run)

        def update_run(self, *_, **__):
            pass

    client = Stub(api_url="http://127.0.0.1:9", api_key="none", auto_batch_tracing=False)
    tracer = LangChainTracer(client=client)
    await create_a2r(Scripted(), Scripted(), n=2).ainvoke(ask(), {"callbacks": [tracer]})
    calls = [run for run in sent if run["run_type"] == "llm"]
    assert sorted(run["name"] for run in calls) == [
        "explorer 0",
        "explorer 1",
        "synthesizer",
    ]
    for run in calls:
        metadata = run["extra"]["metadata"]
        assert f"a2r:{metadata['a2r_role']}" in run["tags"]


def test_langsmith_knows_the_variables_that_the_guide_names():
    if not hasattr(langsmith.client, "_resolve_tracing_mode"):
        pytest.skip("the guide tells of langsmith 0.15, which this one is older than")
    code = "from langsmith import client; print(client._resolve_tracing_mode(None))"
    told = {
        name: subprocess.run(
            [sys.executable, "-c", code],
            env={name: value},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for name, value in {
            "LANGSMITH_TRACING_MODE": "otel",
            "LANGSMITH_OTEL_ENABLED": "true",
            "LANGSMITH_OTEL_ONLY": "true",
        }.items()
    }
    assert told["LANGSMITH_OTEL_ENABLED"] == "hybrid"
    assert told["LANGSMITH_TRACING_MODE"] == told["LANGSMITH_OTEL_ONLY"] == "otel"
    assert all(name in GUIDE for name in told)


async def test_events_come_out_of_a_parent_with_subgraphs():
    a2r = create_a2r(Scripted(script=[HttpError(400), "Answer: 42"]), Scripted(), n=2)
    assert not [e async for e in within(a2r).astream(ask(), stream_mode="custom")]
    stream = within(a2r).astream(ask(), stream_mode="custom", subgraphs=True)
    seen = Counter([event["event"] async for _, event in stream])
    assert seen["explorer_failed"] == seen["explorer_ended"] == 1
    assert seen["reduced"] == seen["synthesis_started"] == 1


def test_the_events_are_all_there_are():
    told = re.search(r"the run's id:\n(.*?)\n\n", PROSE, re.DOTALL)[1]
    assert re.findall(r"`(\w+)`", told) == [*get_args(Event)]


@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]
)
async def test_an_encrypted_run_is_resumed_and_nothing_of_it_stands_in_the_clear(
    kind, tmp_path, request
):
    serde = EncryptedSerializer(KeyStream())
    explorer = Scripted(script="PLAIN reference. Answer: 42")
    synthesizer = Scripted(script=["PLAIN answer", ValueError("PLAIN error"), "So 42."])

    async def run(saver) -> None:
        a2r = create_a2r(explorer, synthesizer, n=3, checkpointer=saver)
        await a2r.ainvoke(ask("PLAIN question"), THREAD)
        with pytest.raises(SynthesisError):
            await a2r.ainvoke(ask("PLAIN question"), THREAD)
        result = await a2r.ainvoke(None, THREAD)
        assert result["messages"][-1].content == "So 42."
        assert len(result["messages"]) == 4
        assert {r["answer"] for r in result["a2r"]["references"]} == {"42"}
        assert len(explorer.calls) == 6

    if kind == "sqlite":
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "c.db")) as saver:
            saver.serde = serde
            await run(saver)
        held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    else:
        uri = request.getfixturevalue("postgres")
        async with AsyncPostgresSaver.from_conn_string(uri, serde=serde) as saver:
            await run(saver)
            held = await stored(saver, "1")
    assert held
    assert b"PLAIN" not in held


def test_the_measured_figures_are_those_of_the_benchmark():
    shown = rows("n")
    assert len(shown) >= 4
    sections = dict(
        re.findall(r"^## (.*?)\n\n(.*?)\n\n", MEASURED, re.DOTALL | re.MULTILINE)
    )
    for row in shown:
        n, length, question, thread, *ratios = row
        found = [
            line.strip("| ").split(" | ")
            for line in sections[thread].splitlines()
            if line.startswith(f"| {n} | {length} | {question} |")
        ]
        measured = [float(cell) for cell in found[0][4:]]
        assert [float(cell) for cell in ratios] == pytest.approx(measured, rel=0.1), row


def test_every_name_in_backticks_exists_and_every_link_leads_somewhere():
    vocabulary = {
        *A2RContext.model_fields,
        *get_args(FailureKind),
        *Report.__annotations__,
        *Reference.__annotations__,
        *get_args(Event),
        *("explorer", "synthesizer", "a2r_role", "a2r_branch"),  # marks
        *("otel", "hybrid"),  # LangSmith's modes
        *("extract_answer", "answer_key", "context", "custom"),  # arguments
        *("durability", "max_concurrency", "from_conn_string"),  # LangGraph's
        *("aprune", "adelete_thread"),
        *("base_url", "timeout", "max_retries"),  # of models
    }
    named = set(re.findall(r"`([a-z][a-z_0-9]*)`", PROSE))
    assert len(named) >= 30
    assert not named - vocabulary - {"run", "a2r"}
    assert "extract_answer" in inspect.signature(create_a2r).parameters
    assert not dead_links(GUIDE)
    assert len(GUIDE.splitlines()) < 320
