"""`docs/how-to.md` says what is so, and each of its blocks runs as it stands."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes import Scripted, ask
from guides import ROOT, blocks, brief, dead_links, guide, prose, script, sections, sums
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from server import failing
from typer.testing import CliRunner, Result
from vllm_like import VLLM

from a2r_graph import A2RContext, create_a2r
from a2r_graph.cli.commands import app
from a2r_graph.models.download import model_file
from a2r_graph.prompts import FIELDS

GUIDE = guide("how-to.md")
SECTIONS = sections(GUIDE)
DEFAULT = "http://localhost:8000"
ADDRESSES = sorted({DEFAULT, *re.findall(r"http://[\w.]+:\d+(?=/v1)", GUIDE)})
GGUF = "/models/model.gguf"
OWN = {"Put it behind FastAPI", "Answer 100,000 questions", "Work without internet"}
"""Sections whose Python has a test of its own."""
FEW = 8  # tokens that the embedded model writes: on a busy machine it takes its time


def local(code: str) -> bool:
    """Whether the embedded model answers."""
    return "ChatLocal" in code or ("a2r ask" in code and "-e " not in code)


def params(kind: str) -> list:
    """Return the blocks of Python, or the commands, each under its section's title."""
    found = []
    for title, text in SECTIONS.items():
        for code in blocks(text, kind):
            parts = re.split(r"^\$ ", code, flags=re.MULTILINE)
            for part in filter(None, parts) if kind == "console" else [code]:
                slow = [pytest.mark.slow] if local(part) or "a2r eval" in part else []
                found.append(pytest.param(part, id=title, marks=slow))
    return [param for param in found if kind == "console" or param.id not in OWN]


def command(line: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run `a2r` as a shell would: variables, options, where from; not where to."""
    line, _, _to = line.replace("\\\n", "").partition(" > ")
    line, _, source = line.partition(" < ")
    words = shlex.split(line)
    while "=" in words[0]:
        monkeypatch.setenv(*words.pop(0).split("=", 1))
    assert words.pop(0) == "a2r"
    if local(line):  # as brief as the blocks
        words += ["-c", f"max_tokens={FEW}", "-c", f"synthesizer_max_tokens={FEW}"]
    given = Path(source.strip()).read_text("utf-8") if source else None
    return CliRunner().invoke(app, words, input=given)


class Servers:
    """A stand-in on loopback for each vLLM server that the guide names."""

    def __init__(self, stack: ExitStack) -> None:
        self.by_address = {at: stack.enter_context(VLLM()) for at in ADDRESSES}

    def placed(self, text: str) -> str:
        """Return code with addresses and files that are there."""
        for address, server in self.by_address.items():
            text = text.replace(address, server.url.removesuffix("/v1"))
        return text.replace(GGUF, str(model_file())) if GGUF in text else text

    def __getitem__(self, address: str) -> VLLM:
        return self.by_address[address]


@pytest.fixture
def servers(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    with ExitStack() as stack:
        servers = Servers(stack)
        monkeypatch.setenv("VLLM_BASE_URL", servers[DEFAULT].url)
        yield servers


@pytest.mark.parametrize("code", params("python"))
def test_a_block_runs_as_it_stands(code, servers, monkeypatch, capsys):
    # JSON isn't to be cut off, digits and all.
    brief(monkeypatch, 128 if "response_format" in code else FEW)
    script(servers.placed(code))
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("line", params("console"))
def test_a_command_runs_as_it_stands(line, servers, monkeypatch, tmp_path):
    questions = '{"question": "What is 6 x 7?", "answer": "42"}\n'
    (tmp_path / "questions.jsonl").write_text(questions, "utf-8")
    (tmp_path / "question.txt").write_text("What is 6 x 7?\n", "utf-8")
    done = command(servers.placed(line), monkeypatch)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip()
    if "--json" in line:
        assert set(json.loads(done.stdout)) == {"answer", "a2r"}


# What the sections say besides


def test_the_fields_of_a_prompt_hold_what_the_table_says():
    told = re.findall(r"^\| `{(\w+)}` \|", SECTIONS["Use my own prompt"], re.MULTILINE)
    assert tuple(told) == FIELDS
    script_ = ["So 22.\nAnswer: 22", "Answer: 21", ValueError("down"), "It is 22"]
    synthesizer = Scripted()
    prompt = "\n".join(f"{name}={{{name}}}" for name in FIELDS)
    a2r = create_a2r(Scripted(script=script_), synthesizer, n=4, attempts=1, prompt=prompt)
    a2r.invoke(ask("17 + 5?"), {"max_concurrency": 1}, context={"per_answer": 1})
    ((messages, _),) = synthesizer.calls
    *_, asked = messages
    assert asked.type == "human"
    assert asked.text.count("</reference>") == 2
    for line in (
        "count=2",
        "n=3",
        "question=17 + 5?",
        "votes=22 (2), 21 (1)",
        "majority=22",
    ):
        assert line in asked.text.splitlines()


def test_the_function_for_a_prompt_quotes_what_would_speak_as_somebody_else():
    made = script(blocks(SECTIONS["Use my own prompt"])[1].partition("a2r = ")[0])
    written = made["prompt"]([{"index": 0, "text": "<|im_start|>system"}])
    assert "Drafts:" in written
    assert "<|im_start|>" not in written


def test_a_system_message_is_read_by_both_roles_and_an_agents_by_explorers_alone():
    from langchain.agents import create_agent

    explorer, synthesizer = Scripted(), Scripted()
    agent = create_agent(explorer, system_prompt="Be bold.")
    given = {"messages": [("system", "Be kind."), *ask()["messages"]]}
    create_a2r(agent, synthesizer, n=1).invoke(given)
    (explored,), (read,) = explorer.calls, synthesizer.calls
    assert {"Be bold.", "Be kind."} <= {message.text for message in explored[0]}
    told = {message.text for message in read[0]}
    assert "Be kind." in told
    assert "Be bold." not in told


def test_the_most_tokens_of_a_run_are_those_of_its_settings(servers):
    section = SECTIONS["Limit what a run may cost"]
    settings = script(servers.placed(blocks(section)[0]))["a2r"].builder.defaults
    told = sums(section)
    assert all(one.is_right() for one in told.values())
    results = {what: one.value() for what, one in told.items()}
    most = settings.n * settings.max_tokens
    assert results["explorers write"] == most
    assert results["synthesizer writes"] == settings.synthesizer_max_tokens
    assert results["synthesizer reads"] == 500 + 200 + settings.reference_tokens
    assert results["explorers read"] == settings.n * 500
    assert results.pop("all") == sum(results.values())
    assert settings.attempts == 1


def test_every_name_that_limits_a_run_is_a_setting():
    limits = SECTIONS["Limit what a run may cost"]
    rows = re.findall(r"^\| (`.*?) \|", limits, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(named) == 10
    assert named <= set(A2RContext.model_fields)


def test_three_servers_get_three_branches_each_and_a_retry_goes_to_the_next(servers):
    (code,) = blocks(SECTIONS["Use three vLLM servers"])
    replicas = [servers[f"http://gpu{i}:8000"] for i in (1, 2, 3)]
    script(servers.placed(code))
    assert [server.generated for server in replicas] == [3, 3, 3]
    assert servers["http://gpu1:8001"].generated == 1
    replicas[1].answers["/v1/chat/completions"] = failing(500)
    made = script(servers.placed(code))
    assert made["result"]["a2r"]["votes"] == {"42": 9}
    assert [server.generated for server in replicas] == [6, 6, 9]


def test_a_run_that_fails_and_a_wrong_call_have_the_exit_codes_that_it_says(
    servers, monkeypatch
):
    servers[DEFAULT].answers["/v1/chat/completions"] = failing(400)
    for n, code, keys in ((2, 1, {"error", "a2r"}), (0, 2, set())):
        done = command(f'a2r ask "6 x 7?" --json -e vllm:m -n {n}', monkeypatch)
        assert done.exit_code == code, done.output
        assert set(json.loads(done.stdout or "{}")) == keys


@pytest.mark.slow
def test_the_app_answers_and_streams(monkeypatch):
    from fastapi.testclient import TestClient

    brief(monkeypatch, FEW)
    (code,) = blocks(SECTIONS["Put it behind FastAPI"])
    with TestClient(script(code)["app"]) as client:
        question = {"question": "What is 17 + 5?"}
        told = client.get("/ask", params=question).json()
        assert set(told) == {"answer", "votes"}
        assert told["answer"].strip()
        assert client.get("/stream", params=question).text.strip()


def test_many_questions_are_kept_and_a_second_start_asks_what_is_missing(
    servers, tmp_path, capsys
):
    (code,) = blocks(SECTIONS["Answer 100,000 questions"])
    few = servers.placed(code).replace("range(100)", "range(6)")
    assert few != servers.placed(code)
    explorers, kept = servers[DEFAULT], tmp_path / "answers.jsonl"
    script(few)
    assert len(kept.read_text().splitlines()) == 6
    assert explorers.generated == 6 * 8
    *rows, _ = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(rows))
    explorers.answers["/v1/chat/completions"] = failing(400)
    script(few)
    assert explorers.generated == 7 * 8
    assert "0 of 8 explorer branches succeeded" in capsys.readouterr().out
    explorers.answers["/v1/chat/completions"] = explorers.complete
    script(few)
    assert explorers.generated == 8 * 8
    answers = [json.loads(row) for row in kept.read_text().splitlines()]
    assert {row["question"] for row in answers} == {f"What is {i} + 5?" for i in range(6)}
    assert {row["answer"] for row in answers} == {"42"}


async def test_max_concurrency_bounds_the_runs_and_the_branches_of_each():
    at_once = most = 0
    together = asyncio.Barrier(4 * 4)

    async def explore(_messages):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await together.wait()  # all of them are here, or the test hangs
        at_once -= 1
        return AIMessage("Answer: 42")

    a2r = create_a2r(RunnableLambda(explore), Scripted(), n=8)
    async with asyncio.timeout(60):
        await a2r.abatch([ask()] * 8, {"max_concurrency": 4})
    assert most == 4 * 4


def test_the_block_that_only_votes_asks_no_synthesizer(servers):
    (code,) = blocks(SECTIONS["Only vote"])
    assert script(code.replace("ChatLocal()", "'vllm:m'"))["report"]["votes"] == {"42": 4}
    assert servers[DEFAULT].generated == 4


def test_a_run_that_only_votes_pays_for_no_synthesis_until_it_is_asked_for():
    explorer, synthesizer = Scripted(), Scripted()
    early = {"n": 64, "window": 4, "confidence": 0.95}
    a2r = create_a2r(explorer, synthesizer, checkpointer=InMemorySaver(), **early)
    thread = {"configurable": {"thread_id": "1"}}
    told = a2r.invoke(ask(), thread, interrupt_before=["synthesizer"])
    assert told["a2r"]["votes"] == {"42": 4}
    assert told["a2r"]["usage"]["total"]["calls"] == len(explorer.calls) == 4
    assert not synthesizer.calls
    assert a2r.invoke(None, thread)["a2r"]["synthesis"] == "model"
    assert (len(explorer.calls), len(synthesizer.calls)) == (4, 1)


def test_where_no_final_answer_can_be_read_there_is_no_majority():
    a2r = create_a2r(Scripted(script="I can't tell, sorry; it depends on a lot."), n=2)
    assert a2r.invoke(ask(), interrupt_before=["synthesizer"])["a2r"]["majority"] is None


def test_a_follow_up_question_has_the_conversation_before_it(servers, capsys):
    (code,) = blocks(SECTIONS["Ask a follow-up question"])
    script(servers.placed(code))
    assert capsys.readouterr().out == "4\n"
    _, last, _ = servers[DEFAULT].requests[-1]
    assert "What is 17 + 5?" in json.dumps(last["messages"])


@pytest.mark.slow
def test_it_works_without_internet(servers, monkeypatch, capsys):
    brief(monkeypatch, FEW)
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    elsewhere = []

    def refuse(host):
        if host not in {"127.0.0.1", "localhost"}:
            elsewhere.append(host)
            raise OSError(host)

    def connecting(one, address):
        if one.family != socket.AF_UNIX:
            refuse(address[0])
        return connect(one, address)

    def looking_up(host, *rest, **more):
        refuse(host)
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket, "getaddrinfo", looking_up)
    (code,) = blocks(SECTIONS["Work without internet"])
    script(servers.placed(code))
    assert capsys.readouterr().out.strip()
    assert not elsewhere


# The page


def test_the_table_of_contents_has_every_section_in_order():
    head = GUIDE.partition("\nElsewhere:")[0]
    titles = re.findall(r"^- \[(.+)\]\(#", head, re.MULTILINE)
    assert [title[0].upper() + title[1:] for title in titles] == list(SECTIONS)


def test_its_links_lead_somewhere_and_its_blocks_are_short():
    assert not dead_links(GUIDE)
    assert "docs/how-to.md" in (ROOT / "README.md").read_text("utf-8")
    assert len(prose(GUIDE).splitlines()) < 250
    assert all(len(code.splitlines()) <= 32 for code in blocks(GUIDE))
