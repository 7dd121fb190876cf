"""Who counts a model's tokens, and whether the count is an estimate."""

from __future__ import annotations

import pytest
from fakes import Scripted
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI
from server import Server, failing

from a2r_graph import ChatVLLM
from a2r_graph.models.resolve import Model
from a2r_graph.models.tokens import Tokens, tokens_for


class Worded(Scripted):
    def get_num_tokens(self, text: str) -> int:
        return len(text.split())


async def test_a_model_that_counts_is_asked():
    tokens = await tokens_for(Model(Worded(profile={"max_input_tokens": 77}), "m"))
    assert (tokens.window, tokens.estimated) == (77, False)
    assert await tokens.texts(["a b c", ""]) == [3, 0]
    assert await tokens.prompt([HumanMessage("a b"), AIMessage("c")]) == 5


async def test_a_function_that_counts_is_used_too():
    model = Scripted(custom_get_token_ids=lambda text: [0] * len(text))
    tokens = await tokens_for(Model(model.bind(stop=["x"]), "m"))
    assert tokens.estimated is False
    assert await tokens.texts(["abc"]) == [3]


@pytest.mark.parametrize(
    "model",
    [
        None,
        Scripted(),
        ChatOpenAI(model="gpt-4o", api_key="none", base_url="http://127.0.0.1:9"),
    ],
    ids=["none", "scripted", "openai"],
)
async def test_where_nobody_counts_it_is_an_estimate_without_the_network(model):
    tokens = await tokens_for(Model(model, "m"))
    assert tokens.estimated is True
    assert await tokens.texts(["four words of text"]) == [6]


async def test_a_server_that_cannot_count_leaves_an_estimate():
    with Server(lambda *_: failing(404)) as server:
        tokens = await tokens_for(Model(ChatVLLM(model="m", base_url=server.url), "m"))
    assert (tokens.window, tokens.estimated) == (None, True)


@given(st.text(), st.text())
def test_an_estimate_never_shrinks_with_more_text(one, more):
    import asyncio

    first, longer = asyncio.run(Tokens(None).texts([one, one + more]))
    assert first <= longer


async def test_an_image_counts_for_more_than_nothing():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    tokens = Tokens(None)
    words = await tokens.prompt([HumanMessage("What is it?")])
    both = [HumanMessage([{"type": "text", "text": "What is it?"}, image])]
    assert await tokens.prompt(both) > words + 100


WRITTEN = AIMessage("", tool_calls=[{"name": "w", "args": {"t": "x " * 5000}, "id": "1"}])
TOOLS = [{"type": "function", "function": {"name": "w", "description": "x " * 5000}}]


@pytest.mark.parametrize("model", [Scripted(), Worded()], ids=["estimate", "own"])
async def test_tool_calls_and_the_schemas_of_tools_count_as_the_text_they_are(model):
    messages = [HumanMessage("Write"), AIMessage("")]
    plain = await tokens_for(Model(model, "m"))
    tooled = await tokens_for(Model(model.bind(tools=TOOLS), "m"))
    text = (await plain.texts(["x " * 5000]))[0]
    few = await plain.prompt(messages)
    calls = await plain.prompt([messages[0], WRITTEN])
    both = await tooled.prompt([messages[0], WRITTEN])
    assert text <= calls - few < 1.1 * text
    assert text <= both - calls < 1.1 * text
    assert both <= tooled.at_most([messages[0], WRITTEN])


async def test_a_call_that_was_no_json_and_one_of_objects_count_too():
    invalid = {"name": "w", "args": "x" * 3000, "id": "1", "error": None}
    messages = [AIMessage("", invalid_tool_calls=[invalid])]
    assert await Tokens(None).prompt(messages) > 1000
    tools = [{"name": "w", "schema": Worded, "about": "Ä" * 1500}]
    bound = await tokens_for(Model(Scripted().bind(tools=tools), "m"))
    assert 1000 < await bound.prompt([]) < 1100


async def test_servers_that_cannot_count_leave_the_tools_in_the_estimate():
    with Server(lambda *_: failing(404)) as server:
        model = ChatVLLM(model="m", base_url=server.url).bind(tools=TOOLS)
        tokens = await tokens_for(Model(model, "m"))
    assert await tokens.prompt([]) > 3000
    assert await tokens.estimate().prompt([]) > 3000
