"""`ChatA2R` on the server: tools and schemas by its own grammar."""

from __future__ import annotations

from typing import Literal

import pytest
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.tools import tool
from pydantic import BaseModel

from a2r_graph import ChatA2R

pytestmark = pytest.mark.vllm

QUESTION = "A box holds 3 red and 4 blue balls. How many balls does it hold?"


class Balls(BaseModel):
    """What the box holds."""

    colour: Literal["red", "blue", "both"]
    count: Literal[3, 4, 7]


@tool
def count(colour: Literal["red", "blue"]) -> int:
    """Count the balls of one colour."""
    return {"red": 3, "blue": 4}[colour]


@pytest.fixture
def model(vllm):
    plain = vllm(chat_template_kwargs={"enable_thinking": False})
    return ChatA2R(plain, n=3, seed=1, max_tokens=64, synthesizer_max_tokens=64)


@pytest.mark.parametrize("choice", ["any", "count"])
async def test_a_forced_tool_call_is_made_by_the_servers_grammar(model, choice):
    # By itself vLLM (0.32) holds the call's frame to a grammar; strict, its arguments too.
    forced = model.bind_tools([count], tool_choice=choice, strict=True)
    reply = await forced.ainvoke(QUESTION)
    (call, *_) = reply.tool_calls
    assert call["name"] == "count"
    assert call["args"]["colour"] in {"red", "blue"}
    report = reply.response_metadata["a2r"]
    assert all(r["tool_calls"] for r in report["references"] if r["status"] == "ok")
    assert all(vote.startswith("count({") for vote in report["votes"])
    whole = None
    async for chunk in forced.astream(QUESTION):
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls[0]["name"] == "count"


@pytest.mark.parametrize("schema", [Balls, Balls.model_json_schema()])
async def test_a_schema_is_filled_by_the_servers_grammar(model, schema):
    filled = await model.with_structured_output(schema).ainvoke(QUESTION)
    assert Balls.model_validate(filled)
    raw = await model.with_structured_output(schema, include_raw=True).ainvoke(QUESTION)
    assert raw["parsing_error"] is None
    assert len(raw["raw"].response_metadata["a2r"]["references"]) == 3


async def test_tokens_stream_and_usage_is_of_all_calls(model):
    with get_usage_metadata_callback() as counter:
        chunks = [chunk async for chunk in model.astream(QUESTION)]
    assert len(chunks) > 2
    report = chunks[-1].response_metadata["a2r"]
    (usage,) = counter.usage_metadata.values()
    assert usage["output_tokens"] == report["usage"]["total"]["output_tokens"]
    assert report["usage"]["total"]["calls"] == 4
    assert usage["input_token_details"]["cache_read"] >= 0
