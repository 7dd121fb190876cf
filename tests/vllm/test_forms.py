"""The forms that need tools, or a long conversation, on the server."""

from __future__ import annotations

from typing import Literal

import pytest
from fakes import ask
from langchain.agents import create_agent
from langchain.agents.middleware import wrap_model_call
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from a2r_graph import A2RMiddleware, create_a2r, create_a2r_tool

pytestmark = pytest.mark.vllm

QUESTION = "A box holds 3 red and 4 blue balls. How many balls does it hold?"
THREAD = {"configurable": {"thread_id": "1"}}
WORDS = 1500  # of the conversation: about half of the server's window


class Balls(BaseModel):
    """What the box holds."""

    count: Literal[3, 4, 7]


@tool
def count(colour: Literal["red", "blue"]) -> int:
    """Count the balls of one colour."""
    return {"red": 3, "blue": 4}[colour]


def forcing(name):
    """Have the model call a tool at first, by the server's grammar, and then answer."""

    @wrap_model_call
    async def force(request, handler):
        called = any(isinstance(message, ToolMessage) for message in request.messages)
        choice = "none" if called else name
        settings = {**request.model_settings, "strict": True}
        return await handler(request.override(tool_choice=choice, model_settings=settings))

    return force


@pytest.fixture
def model(vllm):
    # A model this small may have nothing to say after a tool; it has to.
    said = {"min_tokens": 4}
    return vllm(
        chat_template_kwargs={"enable_thinking": False}, max_tokens=64, extra_body=said
    )


async def test_an_agent_calls_a2r_as_a_tool(model):
    # What this small a model asks, it cuts off anywhere: the length is the grammar's.
    thinking = create_a2r_tool(model, n=3, seed=1, name="think")
    agent = create_agent(
        model.model_copy(update={"max_tokens": 256, "temperature": 0.0}),
        [thinking],
        middleware=[forcing("think")],
    )
    result = await agent.ainvoke(ask(QUESTION))
    (told,) = [m for m in result["messages"] if isinstance(m, ToolMessage)]
    assert told.status == "success", told.content
    assert len(told.artifact["references"]) == 3
    assert told.artifact["usage"]["total"]["output_tokens"] > 0


async def test_proposed_calls_are_votes_and_one_is_made(model):
    made = []

    @tool
    def look(colour: Literal["red", "blue"]) -> str:
        """Look for balls of one colour."""
        made.append(colour)
        return "There are some."

    agent = create_agent(
        model,
        [look],
        system_prompt="Use your tools.",
        middleware=[A2RMiddleware(model, n=3, seed=1), forcing("look")],
    )
    updates = [part async for part in agent.astream(ask(QUESTION), stream_mode="updates")]
    first = next(part["model"]["a2r"] for part in updates if "model" in part)
    assert all(vote.startswith("look({") for vote in first["votes"])
    assert sum(first["votes"].values()) >= 1
    assert len(made) == len(updates[0]["model"]["messages"][0].tool_calls)


async def test_the_agents_schema_is_filled_beside_its_proposals(model):
    agent = create_agent(
        model,
        middleware=[A2RMiddleware(model, n=3, seed=1), forcing("Balls")],
        response_format=ToolStrategy(Balls),
    )
    result = await agent.ainvoke(ask(QUESTION))
    assert isinstance(result["structured_response"], Balls)
    assert all(vote.startswith("Balls({") for vote in result["a2r"]["votes"])


def long():
    """Return a conversation of some length that ends with a question."""
    story = " ".join(f"word{i % 97}" for i in range(WORDS // 3))
    return [HumanMessage(story), AIMessage("I see."), HumanMessage(QUESTION)]


async def test_a_middleware_fills_the_window_and_counts_the_tools_in(model):
    agent = create_agent(
        model, [count], system_prompt="Be brief.", middleware=[A2RMiddleware(model, n=4)]
    )
    stream = agent.astream({"messages": long()}, stream_mode="updates")
    first = await anext(stream)
    await stream.aclose()
    report = first["model"]["a2r"]
    assert report["prompt"]["estimated"] is False
    asked = report["usage"]["synthesizer"]["input_tokens"]
    assert report["prompt"]["prompt_tokens"] == asked, "as the server counts it itself"
    assert asked + 64 <= report["prompt"]["window"]


async def test_agents_with_tools_explore_in_a_node(model):
    agent = create_agent(model, [count], middleware=[forcing("count")])
    a2r = create_a2r(agent, model, n=3, checkpointer=InMemorySaver(), review=True)
    (stop,) = (await a2r.ainvoke({"messages": long()}, THREAD))["__interrupt__"]
    first = stop.value["references"][0]["index"]
    result = await a2r.ainvoke(Command(resume={"references": [first]}), THREAD)
    report = result["a2r"]
    assert report["usage"]["explorer"]["calls"] == 6, "each calls, then answers"
    assert (
        report["usage"]["synthesizer"]["input_tokens"]
        == (report["prompt"]["prompt_tokens"])
    )


async def test_rounds_of_aggregation_reach_the_server(model):
    inner = create_a2r(model, n=2, seed=1)
    result = await create_a2r(inner, model, n=2).ainvoke({"messages": long()})
    assert result["a2r"]["usage"]["total"]["calls"] == 7


async def test_a_schema_is_filled_by_the_synthesizer_alone(model):
    a2r = create_a2r(model, n=3, seed=1, response_format=Balls)
    result = await a2r.ainvoke(ask(QUESTION))
    assert isinstance(result["structured_response"], Balls)
    report = result["a2r"]
    assert (
        report["usage"]["synthesizer"]["input_tokens"]
        == (report["prompt"]["prompt_tokens"])
    )
