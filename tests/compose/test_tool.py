"""A2R as a tool that an agent calls."""

from __future__ import annotations

import pytest
from fakes import HttpError, Scripted, Streaming, Tooled, ask, calling
from langchain.agents import create_agent
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel, ValidationError

from a2r_graph import ExplorationError, SynthesisError, create_a2r_tool

THREAD = {"configurable": {"thread_id": "1"}}
USED = {
    "input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
}  # fmt: skip


def thinking(*questions):
    """Return an agent's model that calls the tool, and then answers."""
    calls = [
        {"name": "think_in_parallel", "args": {"question": q}, "id": f"{i}"}
        for i, q in enumerate(questions)
    ]
    return Tooled(script=[AIMessage("", tool_calls=calls), "It is 42."])


def made(**options):
    small, big = Scripted(script=["Answer: 42", "Answer: 41"]), Streaming(script="So 42.")
    return create_a2r_tool(small, big, **{"n": 4, **options}), small, big


def told(result):
    return [m for m in result["messages"] if isinstance(m, ToolMessage)]


def test_the_model_is_told_what_it_is_for_and_what_it_must_say():
    tool, _, _ = made()
    schema = tool.tool_call_schema.model_json_schema()
    assert tool.name == "think_in_parallel"
    assert "parallel" in tool.description
    assert "no tools and no memory" in tool.description
    assert list(schema["properties"]) == ["question"]
    assert "every fact" in schema["properties"]["question"]["description"]
    own, _, _ = made(name="ask_twice", description="Ask.")
    assert (own.name, own.description) == ("ask_twice", "Ask.")


@pytest.mark.parametrize("sync", [True, False])
async def test_an_agent_gets_the_answer_and_the_report_as_artifact(sync):
    tool, small, _ = made()
    agent = create_agent(thinking("What is 6 x 7?"), [tool])
    result = agent.invoke(ask()) if sync else await agent.ainvoke(ask())
    (message,) = told(result)
    assert (message.content, message.status) == ("So 42.", "success")
    assert message.artifact["votes"] == {"42": 2, "41": 2}
    assert result["messages"][-1].content == "It is 42."
    (asked,) = small.calls[0][0]
    assert asked.content == "What is 6 x 7?"


async def test_several_calls_of_one_turn_have_a_report_each():
    tool, _, _ = made()
    result = await create_agent(thinking("One?", "Two?"), [tool]).ainvoke(ask())
    runs = {message.artifact["run"] for message in told(result)}
    assert len(runs) == 2


async def test_the_context_of_the_agents_run_has_its_settings():
    tool, small, _ = made()
    agent = create_agent(thinking("What?"), [tool], context_schema=dict)
    await agent.ainvoke(ask(), context={"a2r": {"n": 2}, "user": "me"})
    assert len(small.calls) == 2


@pytest.mark.parametrize("question", ["", "  ", None])
def test_a_call_without_a_question_is_refused(question):
    tool, small, _ = made()
    with pytest.raises(ValidationError, match="question"):
        tool.invoke({"question": question})
    assert not small.calls


async def test_a_failed_run_is_raised_with_everything_in_it():
    tool, small, _ = made()
    small.script = HttpError(400)
    agent = create_agent(thinking("What?"), [tool])
    with pytest.raises(ExplorationError) as raised:
        await agent.ainvoke(ask())
    assert len(raised.value.references) == 4


@pytest.mark.parametrize("sync", [True, False])
async def test_a_failed_run_is_told_to_the_model_if_that_is_wanted(sync):
    tool, small, _ = made(handle_tool_error=True)
    small.script = HttpError(400, "bad key")
    agent = create_agent(thinking("What?"), [tool])
    result = agent.invoke(ask()) if sync else await agent.ainvoke(ask())
    (message,) = told(result)
    assert message.status == "error"
    assert "0 of 4 explorer branches succeeded" in message.content
    assert result["messages"][-1].content == "It is 42."


LONG = "word " * 5000


def short(**options):
    """Return a tool whose models have a short window, and an agent's model for it."""
    model = Tooled(profile={"max_input_tokens": 600})
    return create_a2r_tool(model, n=2, **options), model


@pytest.mark.parametrize("sync", [True, False])
async def test_a_question_that_is_too_long_is_told_to_the_model_too(sync):
    tool, model = short(handle_tool_error=True)
    agent = create_agent(thinking(LONG), [tool])
    result = agent.invoke(ask()) if sync else await agent.ainvoke(ask())
    (message,) = told(result)
    assert message.status == "error"
    assert "whose window is 600 tokens" in message.content
    assert result["messages"][-1].content == "It is 42."
    assert not model.calls


def test_where_nobody_asked_for_it_a_question_that_is_too_long_is_raised():
    tool, _ = short()
    with pytest.raises(ValueError, match="whose window is 600 tokens"):
        tool.invoke({"question": LONG})


def test_a_setting_that_is_wrong_is_never_told_to_the_model():
    tool, _, _ = made(handle_tool_error=True)
    agent = create_agent(thinking("What?"), [tool], context_schema=dict)
    with pytest.raises(ValueError, match="n: 0 is not allowed"):
        agent.invoke(ask(), context={"a2r": {"n": 0}})


def test_what_the_model_is_told_may_be_a_text_or_a_functions():
    def counted(error):
        return f"{len(error.__cause__.references)} attempts failed"

    for handler, told_ in (("Give up.", "Give up."), (counted, "4 attempts failed")):
        tool, small, _ = made(handle_tool_error=handler)
        small.script = HttpError(400)
        assert tool.invoke({"question": "What?"}) == told_


def test_a_failed_run_keeps_its_cause():
    tool, _, big = made(attempts=1)
    big.script = HttpError(400, "bad key")
    with pytest.raises(SynthesisError) as raised:
        tool.invoke({"question": "What?"})
    assert raised.value.__cause__ is not raised.value


def test_settings_of_langchains_tools_are_the_tools():
    tool, small, _ = made(
        tags=["hard"],
        metadata={"team": "a"},
        return_direct=True,
        handle_validation_error=True,
    )
    assert (tool.tags, tool.metadata) == (["hard"], {"team": "a"})
    result = create_agent(thinking("What?"), [tool]).invoke(ask())
    assert result["messages"][-1].content == "So 42."
    assert tool.invoke({"question": ""}) == "Tool input validation error"
    assert len(small.calls) == 4


@pytest.mark.parametrize("name", ["my tool!", "", "ü", "x" * 65, "line\n"])
def test_a_name_that_servers_refuse_is_refused_in_words(name):
    with pytest.raises(ValueError, match=r"name: .* is not allowed: 1 to 64 letters"):
        made(name=name)
    assert made(name="x" * 64)[0].name == "x" * 64


async def test_a_review_interrupts_the_agent_and_asks_no_explorer_again():
    tool, small, big = made(review=True)
    agent = create_agent(thinking("What?"), [tool], checkpointer=InMemorySaver())
    (stop,) = (await agent.ainvoke(ask(), THREAD))["__interrupt__"]
    assert stop.value["type"] == "a2r_review"
    result = await agent.ainvoke(Command(resume={"references": [1]}), THREAD)
    assert told(result)[0].content == "So 42."
    assert (len(small.calls), len(big.calls)) == (4, 1)


def test_a_review_without_an_agent_to_keep_it_is_refused_before_any_call():
    tool, small, _ = made(review=True)
    with pytest.raises(ValueError, match="review: True needs a checkpointer"):
        tool.invoke({"question": "What?"})
    assert not small.calls


async def test_after_a_crash_of_the_synthesizer_no_explorer_is_asked_again():
    tool, small, big = made(attempts=1)
    big.script = [HttpError(400), "So 42."]
    agent = create_agent(thinking("What?"), [tool], checkpointer=InMemorySaver())
    with pytest.raises(RuntimeError, match="synthesizer failed"):
        await agent.ainvoke(ask(), THREAD)
    result = await agent.ainvoke(None, THREAD)
    assert told(result)[0].content == "So 42."
    assert len(small.calls) == 4


async def test_the_stream_of_a_tool_has_its_tokens_and_progress_with_subgraphs():
    tool, _, _ = made()
    agent = create_agent(thinking("What?"), [tool])
    modes = ["messages", "custom"]
    seen = [
        (mode, payload)
        async for _, mode, payload in agent.astream(
            ask(), stream_mode=modes, subgraphs=True
        )
    ]
    tokens = [
        payload[0].content
        for mode, payload in seen
        if mode == "messages" and payload[1]["langgraph_node"] == "synthesizer"
    ]
    assert "".join(tokens) == "So 42."
    events = [payload["event"] for mode, payload in seen if mode == "custom"]
    assert events.count("explorer_ended") == 4


async def test_a_usage_callback_counts_every_call_once():
    tool, small, big = made()
    for model, name in ((small, "small"), (big, "big")):
        reply = AIMessage("42", usage_metadata=USED)
        reply.response_metadata = {"model_name": name}
        model.script = reply
    agent = create_agent(thinking("What?"), [tool])
    with get_usage_metadata_callback() as counted:
        await agent.ainvoke(ask())
    used = counted.usage_metadata
    assert used["small"]["input_tokens"] == 40
    assert used["big"]["input_tokens"] == 10


def test_a_structured_answer_is_told_as_json():
    class Sum(BaseModel):
        total: int

    big = Tooled(script=calling("Sum", total=42))
    tool = create_a2r_tool(Scripted(), big, n=2, response_format=Sum)
    assert tool.invoke({"question": "What is 6 x 7?"}) == '{"total": 42}'


@pytest.mark.parametrize("of_the_agent", ["checkpointer", "store", "cache"])
def test_what_is_the_agents_is_refused(of_the_agent):
    with pytest.raises(ValueError, match=f"{of_the_agent}: not for a tool"):
        create_a2r_tool(Scripted(), **{of_the_agent: InMemorySaver()})
