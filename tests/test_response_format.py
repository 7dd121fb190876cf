"""A schema that the synthesizer fills."""

from __future__ import annotations

import json
import sys
import typing
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any

import pytest
from fakes import Scripted, StreamingTooled, Tooled, ask, calling
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel, ConfigDict, Field, RootModel
from server import Server, completion
from typing_extensions import TypedDict

from a2r_graph import ChatVLLM, SynthesisError, create_a2r


class Sum(BaseModel):
    """A sum."""

    total: int = Field(ge=0)
    steps: list[str] = []


class Nothing(BaseModel):
    """An object without a field."""


class Tree(BaseModel):
    leaf: str
    kids: list[Tree] = []


class Color(Enum):
    RED = "red"


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    color: Color
    day: date


@dataclass
class SumData:
    total: int
    steps: list[str]


class SumDict(TypedDict):
    total: int
    steps: list[str]


class AnnotatedSum(TypedDict):
    """In LangChain's way: type, default, description."""

    total: Annotated[int, ..., "what it comes to"]
    steps: Annotated[list[str] | None, None, "on the way"]


SCHEMA = {
    "title": "Sum",
    "type": "object",
    "properties": {"total": {"type": "integer"}},
    "required": ["total"],
}


def filled(**args: Any) -> AIMessage:
    return calling("Sum", **args)


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (Sum, Sum(total=42, steps=["6 x 7"])),
        (SCHEMA, {"total": 42, "steps": ["6 x 7"]}),
    ],
)
async def test_the_synthesizer_fills_the_schema_by_a_tool_call(wanted, got):
    big = Tooled(script=filled(total=42, steps=["6 x 7"]))
    a2r = create_a2r(Scripted(), big, n=2, response_format=wanted)
    result = await a2r.ainvoke(ask())
    assert result["structured_response"] == got
    answer = result["messages"][-1]
    assert json.loads(answer.content) == {"total": 42, "steps": ["6 x 7"]}
    assert not answer.tool_calls, "nobody would answer it in the next turn"
    assert result["a2r"]["votes"] == {"42": 2}


@pytest.mark.parametrize("model", [ChatOpenAI, ChatVLLM])
@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (Sum, Sum(total=42, steps=[])),
        (SumData, SumData(42, [])),
        (SumDict, {"total": 42, "steps": []}),
        (SCHEMA, {"total": 42, "steps": []}),
    ],
)
def test_the_synthesizer_fills_the_schema_by_the_servers_grammar(model, wanted, got):
    with Server(lambda *_: completion('{"total": 42, "steps": []}')) as server:
        big = model(model="m", base_url=server.url, api_key="none")
        a2r = create_a2r(
            Scripted(), big, n=2, response_format=wanted, synthesizer_temperature=0.1
        )
        result = a2r.invoke(ask())
    assert result["structured_response"] == got
    (_, body, _) = next(r for r in server.requests if "response_format" in r[1])
    schema = body["response_format"]["json_schema"]["schema"]
    assert "total" in schema["properties"]
    assert body["temperature"] == 0.1
    told = "total" in str(body["messages"][-1]["content"])
    assert told == (model is ChatVLLM), "a server of open models doesn't show it by itself"


def test_a_class_that_holds_itself_is_shown_as_an_object():
    text = '{"leaf": "a", "kids": [{"leaf": "b"}]}'
    got = Tree(leaf="a", kids=[Tree(leaf="b")])
    with Server(lambda *_: completion(text)) as server:
        big = ChatOpenAI(model="m", base_url=server.url, api_key="none")
        a2r = create_a2r(Scripted(), big, n=1, response_format=Tree)
        assert a2r.invoke(ask())["structured_response"] == got
    shown = server.requests[-1][1]["response_format"]["json_schema"]
    assert shown["name"] == "Tree"
    assert [*shown["schema"]["properties"]] == ["leaf", "kids"]
    big = Tooled(script=calling("Tree", **json.loads(text)))
    for wanted, filled_in in ((Tree, got), (Tree.model_json_schema(), json.loads(text))):
        titled = {**wanted, "title": "Tree"} if isinstance(wanted, dict) else wanted
        a2r = create_a2r(Scripted(), big, n=1, response_format=titled)
        assert a2r.invoke(ask())["structured_response"] == filled_in
        shown = big.calls[-1][1]["tools"][0]["function"]
        assert [*shown["parameters"]["properties"]] == ["leaf", "kids"]


def test_a_strict_model_takes_the_types_of_json():
    big = Tooled(script=calling("Strict", color="red", day="2024-01-01"))
    a2r = create_a2r(Scripted(), big, n=1, attempts=1, response_format=Strict)
    got = a2r.invoke(ask())["structured_response"]
    assert got == Strict(color=Color.RED, day=date(2024, 1, 1))


def _tools_schema(**parameters: Any) -> dict[str, Any]:
    return {"name": "Sum", "description": "A sum.", "parameters": parameters}


@pytest.mark.parametrize(
    "wanted",
    [
        typing.TypedDict("Sum", {"total": int}),
        _tools_schema(**SCHEMA),
        {"type": "function", "function": _tools_schema(**SCHEMA)},
        {"name": "Sum", "input_schema": SCHEMA},
        AnnotatedSum,
    ],
)
async def test_whatever_langchain_takes_as_a_schema_is_filled(wanted):
    def fill(number: int, _: Any, kwargs: Any) -> AIMessage:
        name = kwargs["tools"][0]["function"]["name"]
        return calling(name, **([{}, {"total": 42}][number]))

    big = Tooled(script=fill)
    a2r = create_a2r(Scripted(), big, n=1, response_format=wanted)
    assert (await a2r.ainvoke(ask()))["structured_response"] == {"total": 42}
    assert len(big.calls) == 2, "what lacks a required key is refused"
    shown = big.calls[0][1]["tools"][0]["function"]
    assert shown["parameters"]["properties"]["total"]["type"] == "integer"
    assert "structured_response" in a2r.get_output_jsonschema()["properties"]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic has no version 1 there")
async def test_a_model_of_pydantics_first_version_is_filled_and_checked():
    from pydantic import v1

    wanted = v1.create_model("Sum", total=(int, ...))
    big = Tooled(script=[filled(total="many"), filled(total=42)])
    a2r = create_a2r(Scripted(), big, n=1, response_format=wanted)
    assert (await a2r.ainvoke(ask()))["structured_response"] == wanted(total=42)
    assert "structured_response" in a2r.get_output_jsonschema()["properties"]


async def test_a_typed_dicts_types_are_checked():
    big = Tooled(
        script=[calling("SumDict", total="x"), calling("SumDict", total=1, steps=[])]
    )
    a2r = create_a2r(Scripted(), big, n=1, response_format=SumDict)
    got = (await a2r.ainvoke(ask()))["structured_response"]
    assert got == {"total": 1, "steps": []}


async def test_a_reply_that_does_not_fit_is_refused_with_a_reason_and_asked_again():
    big = Tooled(script=[filled(total=-1), filled(steps=[]), filled(total=42)])
    a2r = create_a2r(Scripted(), big, n=2, response_format=Sum)
    result = await a2r.ainvoke(ask())
    assert result["structured_response"] == Sum(total=42)
    asked = [messages[-1].content for messages, _ in big.calls]
    assert "total: Input should be greater than or equal to 0" in asked[1]
    assert "total: Field required" in asked[2]
    assert '"total": -1' in asked[1]
    usage = result["a2r"]["usage"]["synthesizer"]
    assert (usage["calls"], usage["retries"], usage["output_tokens"]) == (3, 2, 15)


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        ("I'd say 42.", "bad_response", "holds none, not a JSON object"),
        (filled(total="many"), "bad_response", "total: Input should be a valid integer"),
        (
            AIMessage(
                '{"total": 4',
                response_metadata={"finish_reason": "length"},
            ),
            "truncated",
            "raise synthesizer_max_tokens",
        ),
        (
            AIMessage(
                '{"total": 42}',
                response_metadata={
                    "incomplete_details": {"reason": "max_output_tokens"},
                    "status": "incomplete",
                },
            ),
            "truncated",
            "raise synthesizer_max_tokens",
        ),
    ],
)
async def test_a_reply_that_never_fits_is_an_error_that_keeps_everything(
    reply, kind, words
):
    big = Tooled(script=reply)
    a2r = create_a2r(Scripted(), big, n=2, response_format=Sum, attempts=2)
    with pytest.raises(SynthesisError, match="Sum") as raised:
        await a2r.ainvoke(ask())
    assert raised.value.failure["kind"] == kind
    assert words in raised.value.failure["message"]
    assert len(raised.value.references) == 2
    assert raised.value.usage["synthesizer"]["calls"] == len(big.calls) == 2


@pytest.mark.parametrize(
    "stand_in", [{"fallback": "majority"}, {"skip_on_consensus": True}]
)
async def test_a_stand_in_would_fill_nothing_and_is_refused(stand_in):
    model = Tooled()
    (name,) = stand_in
    with pytest.raises(ValueError, match=f"{name}: .*response_format"):
        create_a2r(model, n=2, response_format=Sum, **stand_in)
    a2r = create_a2r(model, n=2, response_format=Sum)
    with pytest.raises(ValueError, match=f"{name}: .*response_format"):
        await a2r.ainvoke(ask(), context=stand_in)
    assert not model.calls


@pytest.mark.parametrize(
    ("synthesizer", "wanted", "error", "words"),
    [
        (Scripted(), Sum, TypeError, "has no structured output"),
        (RunnableLambda(str), Sum, TypeError, "is no chat model"),
        (create_a2r(Scripted()), Sum, TypeError, "is no chat model"),
        (Tooled().bind_tools([SCHEMA]), Sum, ValueError, "tools are bound"),
        (Tooled(), Sum(total=1), TypeError, "is no schema"),
        (Tooled(), int, TypeError, "is no schema"),
        (Tooled(), {"type": "object"}, ValueError, "has no 'title'"),
        (Tooled(), RootModel[list[int]], ValueError, "has no 'properties'"),
        (Tooled(), Nothing, ValueError, "Nothing: the JSON schema has no 'properties'"),
        (Tooled(), ToolStrategy(Sum), TypeError, "a JSON schema, the strategy's own"),
    ],
)
def test_what_can_not_be_filled_is_refused_when_the_graph_is_made(
    synthesizer, wanted, error, words
):
    with pytest.raises(error, match=f"response_format: .*{words}"):
        create_a2r(Scripted(), synthesizer, response_format=wanted)


async def test_nothing_of_a_structured_reply_is_streamed_but_the_whole():
    big = StreamingTooled(script=[filled(), filled(total=42)])
    a2r = create_a2r(Scripted(), big, n=2, response_format=Sum)
    chunks = [
        chunk
        async for chunk, about in a2r.astream(ask(), stream_mode="messages")
        if about["langgraph_node"] == "synthesizer"
    ]
    assert [json.loads(chunk.content) for chunk in chunks] == [{"total": 42}]


def test_the_output_schema_shows_the_format_and_only_where_there_is_one():
    plain = create_a2r(Scripted()).get_output_jsonschema()
    assert set(plain["properties"]) == {"messages", "a2r"}
    shown = create_a2r(Tooled(), response_format=Sum).get_output_jsonschema()
    assert "structured_response" in shown["properties"]
    assert shown["$defs"]["Sum"]["properties"]["total"]["minimum"] == 0


async def test_the_response_is_in_the_checkpoint_turn_by_turn():
    saver = InMemorySaver()
    big = Tooled(script=[filled(total=1), filled(total=2)])
    a2r = create_a2r(Scripted(), big, n=2, response_format=Sum, checkpointer=saver)
    thread = {"configurable": {"thread_id": "1"}}
    for total in (1, 2):
        await a2r.ainvoke(ask(), thread)
        state = await a2r.aget_state(thread)
        assert state.values["structured_response"] == Sum(total=total)


@pytest.mark.parametrize("role", ["explorer", "synthesizer"])
async def test_an_agent_that_fills_a_schema_of_its_own_answers_with_it(role):
    agent = create_agent(Tooled(script=filled(total=42)), response_format=ToolStrategy(Sum))
    a2r = create_a2r(**{"explorer": Scripted(), role: agent}, n=2)
    result = await a2r.ainvoke(ask())
    text = {
        "explorer": result["a2r"]["references"][0]["text"],
        "synthesizer": result["messages"][-1].content,
    }[role]
    assert json.loads(text) == {"total": 42, "steps": []}
