"""What counts as the same answer, through the graph and whatever is made of it."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction

import pytest
from fakes import Scripted, Tooled, ask, calling
from langchain.agents import create_agent
from langchain_core.tools import tool

import a2r_graph.nodes.reduce
from a2r_graph import (
    A2RMiddleware,
    ChatA2R,
    ExplorationError,
    create_a2r,
    create_a2r_tool,
)
from a2r_graph.references import Marked


def value(answer: str) -> Fraction | str:
    """Return the value of a number, and else the text."""
    try:
        return Fraction(answer)
    except ValueError:
        return answer


def initial(answer: str) -> str:
    """Return the first letter: no other key takes so much for the same."""
    return answer[0]


def united(answer: str) -> object:
    """Return a key that knows values with units and without."""
    number, _, unit = answer.partition(" ")
    return Marked(number, unit) if unit else number


def said(text: str) -> str:
    """Return the answer of a reply: all of it."""
    return text


async def run(script, **options) -> dict:
    options = {"extract_answer": said, "n": len(script), **options}
    a2r = create_a2r(Scripted(script=script), Scripted(), **options)
    return (await a2r.ainvoke(ask()))["a2r"]


async def test_the_callers_own_key_decides_what_is_one_answer():
    report = await run(["0.5", "1/2", "a", "A", "1/2"], answer_key=value)
    assert report["votes"] == {"1/2": 3, "a": 1, "A": 1}
    assert report["majority"] == "1/2"
    assert report["spellings"] == {"1/2": {"1/2": 2, "0.5": 1}}
    assert [r["answer"] for r in report["references"]] == ["1/2", "1/2", "a", "A", "1/2"]
    assert json.loads(json.dumps(report)) == report


async def test_it_is_the_key_of_what_the_callers_own_function_reads():
    def read(text: str) -> object:
        return Fraction(text) if text[0].isdigit() else None

    report = await run(["0.50", "x", "1/2"], extract_answer=read, answer_key=len)
    assert report["votes"] == {"1/2": 2}  # "1/2" both
    assert report["spellings"] == {}


async def test_consensus_and_confidence_go_by_it():
    halves = ["0.5", "1/2", "2/4", "50e-2"]
    report = await run(halves, answer_key=value, skip_on_consensus=True)
    assert report["synthesis"] == "skipped"
    report = await run(halves, answer_key=str, skip_on_consensus=True)
    assert report["synthesis"] == "model"
    early = {"n": 12, "window": 4, "confidence": 0.95}
    report = await run(halves, answer_key=value, **early)
    assert (report["stopped_by"], len(report["references"])) == ("confidence", 4)
    report = await run(halves, answer_key=str, **early)
    assert (report["stopped_by"], len(report["references"])) == ("all", 12)


async def test_at_most_so_many_of_one_answer_are_shown():
    def shown(report):
        return [r["index"] for r in report["references"] if r["shown"]]

    texts = ["0.5", "1/2", "2", "2/4"]
    assert shown(await run(texts, answer_key=value, per_answer=1)) == [0, 2]
    assert shown(await run(texts, answer_key=str, per_answer=1)) == [0, 1, 2, 3]


async def test_the_spellings_are_of_the_last_count_and_not_of_one_between():
    # After one window "7" is "7 days"; after two it could be hours as well.
    script = ["7", "7 days", "7 hours", "8"]
    options = {"answer_key": united, "window": 2, "confidence": 0.9}
    a2r = create_a2r(
        Scripted(script=script), Scripted(), n=4, extract_answer=said, **options
    )
    events, report = [], {}
    async for mode, told in a2r.astream(ask(), stream_mode=["custom", "values"]):
        if mode == "custom":
            events.append(told)
        else:
            report = told.get("a2r", report)
    (window,) = [e for e in events if e["event"] == "window_ended"]
    (reduced,) = [e for e in events if e["event"] == "reduced"]
    assert (window["votes"], window["spellings"]) == (
        {"7": 2},
        {"7": {"7": 1, "7 days": 1}},
    )
    assert reduced["votes"] == report["votes"] == dict.fromkeys(script, 1)
    assert reduced["spellings"] == report["spellings"] == {}


async def test_between_two_windows_the_votes_are_counted_once(monkeypatch):
    counted = []
    vote = a2r_graph.nodes.reduce.vote

    def counting(references, *rest):
        counted.append(len(references))
        return vote(references, *rest)

    monkeypatch.setattr(a2r_graph.nodes.reduce, "vote", counting)
    await run(["1", "2", "3", "4", "5", "6"], window=2, confidence=0.99)
    assert counted == [2, 4, 6]


def broken(answer: str) -> object:
    return 1 / (len(answer) - 1)


async def test_a_branch_on_whose_answer_the_key_fails_ends_with_a_record_of_it():
    report = await run(["12", "x", "34"], answer_key=broken)
    assert report["votes"] == {"12": 2}
    failed = report["references"][1]
    assert (failed["status"], failed["answer"], failed["text"]) == ("failed", None, "x")
    assert failed["error"] == {"kind": "error", "message": "answer_key: division by zero"}


async def test_where_it_always_fails_the_error_says_so_and_keeps_secrets():
    def secret(_):
        raise LookupError("GET http://me:hunter2222@host failed")  # noqa: EM101, TRY003

    with pytest.raises(ExplorationError, match=r"2 of 2: error: answer_key: ") as bad:
        await run(["1", "2"], answer_key=secret)
    assert "hunter2222" not in str(bad.value)
    assert [r["text"] for r in bad.value.references] == ["1", "2"]
    with pytest.raises(ExplorationError, match=r"answer_key: .*unhashable"):
        await run(["1"], answer_key=lambda answer: [answer])


async def test_a_key_is_made_once_an_answer_however_often_answers_are_counted():
    asked = []

    def noting(answer: str) -> str:
        asked.append(answer)
        return answer

    await run(["7", "8"] * 8, answer_key=noting, window=4, confidence=0.99)
    assert sorted(asked) == ["7", "8", "Answer: 42"]  # the last one the synthesis'


async def test_open_ended_questions_ask_no_key():
    report = await run(["One.", "Two."], extract_answer=None, answer_key=broken)
    assert (report["votes"], report["spellings"]) == ({}, {})


async def later(answer):
    return answer


@pytest.mark.parametrize("make", [create_a2r, create_a2r_tool, ChatA2R, A2RMiddleware])
def test_what_is_no_plain_function_is_refused_at_creation(make):
    with pytest.raises(ValueError, match=r"answer_key: .* is asynchronous"):
        make(Scripted(), answer_key=later)
    with pytest.raises(TypeError, match="answer_key: None is no function of an answer"):
        make(Scripted(), answer_key=None)


def test_a_tool_and_a_chat_model_count_by_it_too():
    given = {"extract_answer": said, "answer_key": initial, "n": 2}
    model = Scripted(script=["north", "nice", "x"])
    call = {"name": "t", "args": {"question": "?"}, "id": "1", "type": "tool_call"}
    message = create_a2r_tool(model, name="t", **given).invoke(call)
    assert message.artifact["votes"] == {"north": 2}
    model.calls.clear()
    report = ChatA2R(model, **given).invoke("?").response_metadata["a2r"]
    assert report["votes"] == {"north": 2}
    keys = [
        ChatA2R(model, **{**given, "answer_key": key})._get_llm_string()
        for key in (initial, str, initial)
    ]
    assert keys[0] == keys[2] != keys[1]


@tool
def find(q: str) -> str:
    """Find something."""
    return q


async def test_an_agents_answers_go_by_it_and_its_tool_calls_stand_for_themselves():
    replies = [calling("find", q="a"), "north", "nice", calling("find", q="b")]
    small = Tooled(script=replies)
    middleware = A2RMiddleware(small, n=4, extract_answer=said, answer_key=initial)
    agent = create_agent(Tooled(script="Done."), [find], middleware=[middleware])
    report = (await agent.ainvoke(ask()))["a2r"]
    assert report["votes"] == {"north": 2, 'find({"q": "a"})': 1, 'find({"q": "b"})': 1}
    assert [r["status"] for r in report["references"]] == ["ok"] * 4


def test_of_one_answer_the_stand_in_is_the_text_that_most_branches_gave():
    a2r = create_a2r(
        Scripted(script=["0.5", "1/2", "1/2", "3"]),
        Scripted(script=RuntimeError("gone")),
        n=4,
        extract_answer=said,
        answer_key=value,
        fallback="majority",
    )
    result = asyncio.run(a2r.ainvoke(ask()))
    assert result["a2r"]["majority"] == result["messages"][-1].content == "1/2"
