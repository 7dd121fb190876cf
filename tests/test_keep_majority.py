"""The vote beside the synthesis: what the report says of both, and `keep_majority`."""

from __future__ import annotations

import pytest
from fakes import Scripted, Streaming, StreamingTooled, Tooled, ask, calling
from langchain.agents import create_agent
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from a2r_graph import A2RMiddleware, ChatA2R, SynthesisError, create_a2r, create_a2r_tool

THREE_OF_FOUR = ["Answer: 42", "It is 42.", "Answer: 41", r"\boxed{42}"]
TIED = ["Answer: 42", "Answer: 41", "Answer: 41", "Answer: 42"]


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


async def run(script, said, **options):
    options = {"n": len(script), "keep_majority": True, **options}
    a2r = create_a2r(Scripted(script=script), Scripted(script=said), **options)
    return await a2r.ainvoke(ask())


async def test_the_report_says_what_the_synthesis_ends_with_as_the_votes_spell_it():
    result = await run(THREE_OF_FOUR, "So the answer is 42.0.", keep_majority=False)
    report = result["a2r"]
    assert report["synthesis_answer"] == report["majority"] == "42"
    assert report["note"] is None
    report = (await run(THREE_OF_FOUR, "Answer: 7", keep_majority=False))["a2r"]
    assert (report["synthesis"], report["synthesis_answer"]) == ("model", "7")
    assert report["note"] == "the vote says 42, 3 of 4; the synthesis 7"
    assert "set_aside" not in report


async def test_what_leads_the_vote_is_kept_against_the_synthesis():
    result = await run(THREE_OF_FOUR, "Answer: 7")
    report, answer = result["a2r"], result["messages"][-1]
    assert answer.content in {"Answer: 42", "It is 42.", r"\boxed{42}"}
    assert answer.response_metadata["a2r"]["synthesis"] == "kept"
    assert report["synthesis"] == "kept"
    assert report["synthesis_answer"] == "7"
    assert report["set_aside"] == "Answer: 7"
    assert report["usage"]["synthesizer"]["calls"] == 1
    said = "the vote says 42, 3 of 4; the synthesis 7: the vote's answer is kept"
    assert report["note"] == said


async def test_a_synthesis_without_a_final_answer_is_no_reason_to_leave_the_vote():
    result = await run(THREE_OF_FOUR, "The references are not the ones you asked for.")
    assert result["a2r"]["synthesis"] == "kept"
    assert result["a2r"]["synthesis_answer"] is None
    said = (
        "the vote says 42, 3 of 4; no final answer could be read in the synthesis: "
        "the vote's answer is kept"
    )
    assert result["a2r"]["note"] == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (THREE_OF_FOUR, "It is 42."),  # the same
        (THREE_OF_FOUR, "Answer: forty-two"),
        (TIED, "Answer: 7"),  # nothing leads
        (["I don't know."] * 3, "Answer: 7"),  # no vote
        (["Answer: 42", "It depends.", "It depends."], "It depends."),  # one is no lead
    ],
)
async def test_the_synthesis_stands_where_it_agrees_or_no_answer_leads(script, said):
    result = await run(script, said)
    assert result["messages"][-1].content == said
    assert result["a2r"]["synthesis"] == "model"


async def test_nothing_streams_that_may_be_set_aside():
    for keep, streamed in ((True, {"Answer: 42"}), (False, {"Answer: ", "7"})):
        big = Streaming(script="Answer: 7")
        a2r = create_a2r(Scripted(script="Answer: 42"), big, n=3, keep_majority=keep)
        seen = [
            message.content
            async for message, _ in a2r.astream(ask(), stream_mode="messages")
            if message.content
        ]
        assert set(seen) == streamed


async def test_what_a_person_chose_in_a_review_is_not_overruled():
    for word, kept in (({"references": [0, 2]}, False), (True, True)):
        a2r = create_a2r(
            Scripted(script=THREE_OF_FOUR),
            Scripted(script="Answer: 41"),
            n=4,
            keep_majority=True,
            review=True,
            checkpointer=InMemorySaver(),
        )
        config = {"configurable": {"thread_id": "1"}}
        await a2r.ainvoke(ask(), config)
        result = await a2r.ainvoke(Command(resume=word), config)
        assert (result["a2r"]["synthesis"] == "kept") is kept


async def test_a_failed_synthesis_is_still_one():
    failed = ValueError("gone")
    with pytest.raises(SynthesisError):
        await run(THREE_OF_FOUR, failed)
    report = (await run(THREE_OF_FOUR, failed, fallback="majority"))["a2r"]
    assert (report["synthesis"], report["synthesis_answer"]) == ("majority", None)
    assert report["note"] is None


async def test_a_callers_own_functions_read_and_compare_the_synthesis_too():
    def last(text):
        return text.split()[-1]

    def initial(answer):
        return answer[0]

    options = {"extract_answer": last, "answer_key": initial}
    report = (await run(["a 40", "b 41", "c 7", "d 40"], "e 42", **options))["a2r"]
    assert (report["synthesis"], report["synthesis_answer"]) == ("model", "40")

    def moody(text):
        if text == "e 42":
            raise ValueError(text)
        return last(text)

    options["extract_answer"] = moody
    report = (await run(["a 40", "b 41", "c 7", "d 40"], "e 42", **options))["a2r"]
    assert (report["synthesis"], report["synthesis_answer"]) == ("kept", None)
    options["extract_answer"] = None
    report = (await run(["a 40", "b 41", "c 7", "d 40"], "e 42", **options))["a2r"]
    assert (report["synthesis"], report["synthesis_answer"]) == ("model", None)


async def test_no_schema_is_filled_by_a_vote():
    with pytest.raises(ValueError, match="keep_majority: True is not allowed with resp"):
        create_a2r(
            Tooled(),
            n=2,
            keep_majority=True,
            response_format={"title": "A", "type": "object", "properties": {"b": {}}},
        )


async def test_it_holds_in_a_tool_and_in_a_chat_model_whole_and_streamed():
    explorer = Scripted(script=THREE_OF_FOUR)
    options = {"n": 4, "keep_majority": True}
    a2r = create_a2r_tool(explorer, Scripted(script="Answer: 7"), **options)
    assert "42" in await a2r.ainvoke({"question": "What is 6 x 7?"})
    chat = ChatA2R(explorer, Streaming(script="Answer: 7"), **options)
    assert "42" in (await chat.ainvoke("What is 6 x 7?")).text
    chunks = [chunk async for chunk in chat.astream("What is 6 x 7?")]
    whole = sum(chunks[1:], chunks[0])
    assert "42" in whole.text
    assert "7" not in whole.text
    assert whole.response_metadata["a2r"]["set_aside"] == "Answer: 7"


@pytest.mark.parametrize("sync", [False, True])
async def test_in_an_agent_the_call_that_most_propose_is_made(sync):
    def after(_, messages, __):
        done = any(message.type == "tool" for message in messages)
        return "Answer: 3" if done else calling("add", a=1, b=2)

    def other(_, messages, __):
        done = any(message.type == "tool" for message in messages)
        return "Answer: 3" if done else calling("add", a=7, b=7)

    middleware = A2RMiddleware(Tooled(script=after), n=3, keep_majority=True)
    agent = create_agent(
        StreamingTooled(script=other), [add], middleware=[middleware], name="clerk"
    )
    result = agent.invoke(ask()) if sync else await agent.ainvoke(ask())
    assert [m.type for m in result["messages"]] == ["human", "ai", "tool", "ai"]
    assert result["messages"][1].tool_calls[0]["args"] == {"a": 1, "b": 2}
    assert result["messages"][1].name == "clerk"
    assert result["messages"][2].content == "3"
    assert result["a2r"]["synthesis"] == "model"  # of the last turn
