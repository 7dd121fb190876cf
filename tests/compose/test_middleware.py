"""A2R at the model calls of an agent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes import (
    HttpError,
    Scripted,
    Streaming,
    StreamingTooled,
    Tooled,
    ask,
    calling,
)
from langchain.agents import create_agent
from langchain.agents.middleware import (
    ModelRetryMiddleware,
    ToolCallLimitMiddleware,
    dynamic_prompt,
)
from langchain.agents.structured_output import ToolStrategy
from langchain_core.callbacks import AsyncCallbackHandler, get_usage_metadata_callback
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel
from server import Server, completion, failing

from a2r_graph import A2RMiddleware, ChatVLLM, ExplorationError, SynthesisError, create_a2r

THREAD = {"configurable": {"thread_id": "1"}}


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Sum(BaseModel):
    """A sum."""

    total: int


async def run(agent, *, sync, given=None, config=None, **kwargs):
    given = ask() if given is None else given
    if sync:
        return await asyncio.to_thread(agent.invoke, given, config, **kwargs)
    return await agent.ainvoke(given, config, **kwargs)


both = pytest.mark.parametrize("sync", [True, False], ids=["sync", "async"])


@both
async def test_the_agents_own_model_reads_the_proposals_and_answers(sync):
    small, big = Scripted(script=["Answer: 42", "Answer: 41"]), Scripted(script="So 42.")
    middleware = A2RMiddleware(small, n=4)
    agent = create_agent(big, middleware=[middleware], system_prompt="Be brief.")
    result = await run(agent, sync=sync)
    assert [m.type for m in result["messages"]] == ["human", "ai"]
    assert result["messages"][-1].content == "So 42."
    asked = small.calls[0][0]
    assert [m.content for m in asked] == ["Be brief.", "What is 6 x 7?"]
    system, _, behind = big.calls[0][0]
    assert system.content == "Be brief."
    assert "Answer: 41" in behind.content
    assert "next turn" in behind.content
    report = result["a2r"]
    assert report["votes"] == {"42": 2, "41": 2}
    assert report["synthesis"] == "model"
    assert report["usage"]["total"]["calls"] == 5
    assert report["usage"]["total"]["input_tokens"] == 50
    assert set(report["seconds"]) == {"explorer", "reduce", "synthesizer", "total"}


@both
async def test_proposed_tool_calls_become_references_and_none_is_made(sync):
    made = []

    @tool
    def note(what: str) -> str:
        """Note something."""
        made.append(what)
        return "noted"

    proposals = [calling("note", "I note it.", what="a"), calling("note", what="b")]
    small = Tooled(script=lambda i, messages, _: _after(messages, proposals[i % 2]))
    big = Tooled(script=[calling("note", what="a"), "Done."])
    agent = create_agent(big, [note], middleware=[A2RMiddleware(small, n=4)])
    result = await run(agent, sync=sync)
    assert made == ["a"]
    assert [m.type for m in result["messages"]] == ["human", "ai", "tool", "ai"]
    behind = big.calls[0][0][-1].content
    assert 'I note it.\nproposed tool call, not made yet: note({"what": "a"})' in behind
    assert [t["function"]["name"] for t in small.calls[0][1]["tools"]] == ["note"]


def _after(messages, proposal):
    return "Answer: done" if isinstance(messages[-1], ToolMessage) else proposal


async def test_calls_that_are_alike_are_one_reference_with_their_votes():
    small = Tooled(script=[calling("add", a=1, b=2), calling("add", b=2, a=1)])
    big = Tooled(script=[calling("add", a=1, b=2), "3"])
    middleware = A2RMiddleware(small, n=4, when=lambda r: len(r.messages) == 1)
    result = await create_agent(big, [add], middleware=[middleware]).ainvoke(ask())
    assert result["a2r"]["votes"] == {'add({"a": 1, "b": 2})': 4}
    assert sum(r["duplicate_of"] is None for r in result["a2r"]["references"]) == 1
    assert '<reference id="1" support="4">' in big.calls[0][0][-1].content


@both
async def test_it_reasons_only_at_the_calls_that_are_picked(sync):
    seen = []

    def when(request):
        seen.append(len(request.messages))
        return isinstance(request.messages[-1], HumanMessage)

    small = Tooled(script="Answer: 3")
    big = Tooled(script=[calling("add", a=1, b=2), "3"])
    agent = create_agent(big, [add], middleware=[A2RMiddleware(small, n=3, when=when)])
    result = await run(agent, sync=sync)
    assert seen == [1, 3]
    assert len(small.calls) == 3
    assert result["messages"][-1].content == "3"


@both
async def test_structured_output_by_a_tool_works(sync):
    small = Tooled(script=[calling("Sum", total=42), calling("Sum", total=41)])
    big = Tooled(script=calling("Sum", total=42))
    agent = create_agent(
        big, middleware=[A2RMiddleware(small, n=4)], response_format=ToolStrategy(Sum)
    )
    result = await run(agent, sync=sync)
    assert result["structured_response"] == Sum(total=42)
    assert result["a2r"]["votes"] == {'Sum({"total": 42})': 2, 'Sum({"total": 41})': 2}


async def test_structured_output_by_the_provider_is_voted_on_as_data():
    texts = ['{"total": 42}', '{ "total":42 }', '{"total": 41}']
    with Server(lambda i, *_: completion(texts[i % 3])) as server:
        model = ChatVLLM(model="gpt-5", base_url=server.url)
        agent = create_agent(
            model, middleware=[A2RMiddleware(model, n=3)], response_format=Sum
        )
        result = await agent.ainvoke(ask())
    assert result["structured_response"] == Sum(total=42)
    assert sorted(result["a2r"]["votes"].values()) == [1, 2]


@pytest.mark.parametrize(
    "stand_in", [{"fallback": "majority"}, {"skip_on_consensus": True}]
)
async def test_stand_ins_are_refused_beside_structured_output(stand_in):
    small = Tooled()
    middleware = A2RMiddleware(small, **stand_in)
    agent = create_agent(Tooled(), middleware=[middleware], response_format=Sum)
    with pytest.raises(ValueError, match="not allowed with response_format"):
        await agent.ainvoke(ask())
    assert not small.calls


@pytest.mark.parametrize("explorer", [Streaming, StreamingTooled])
@pytest.mark.parametrize("subgraphs", [True, False])
async def test_only_the_agents_own_tokens_reach_the_user(explorer, subgraphs):
    small = explorer(script="Not for you. Answer: 41")
    big = StreamingTooled(script="It is 42.")
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=3)])
    stream = agent.astream(ask(), stream_mode="messages", subgraphs=subgraphs)
    tokens = [part[1] if subgraphs else part async for part in stream]
    assert "".join(message.content for message, _ in tokens) == "It is 42."
    assert {about["langgraph_node"] for _, about in tokens} == {"model"}


def test_only_the_agents_own_tokens_reach_a_synchronous_user():
    small, big = Streaming(script="No. Answer: 41"), Streaming(script="It is 42.")
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=3)])
    tokens = agent.stream(ask(), stream_mode="messages", subgraphs=True)
    assert "".join(message.content for _, (message, _) in tokens) == "It is 42."


async def test_progress_is_in_the_custom_stream_of_the_subgraph():
    agent = create_agent(Scripted(), middleware=[A2RMiddleware(Scripted(), n=3)])
    stream = agent.astream(ask(), stream_mode="custom", subgraphs=True)
    events = [event["event"] async for _, event in stream]
    assert events.count("explorer_ended") == 3
    assert events[-2:] == ["reduced", "synthesis_started"]


async def test_explorers_are_asked_at_once_also_by_a_synchronous_agent():
    together = threading.Barrier(12, timeout=30)

    def meet(*_):
        together.wait()
        return "Answer: 42"

    big = Scripted(script="So 42.")
    agent = create_agent(big, middleware=[A2RMiddleware(Scripted(script=meet), n=12)])
    result = await asyncio.to_thread(agent.invoke, ask())
    assert result["a2r"]["votes"] == {"42": 12}


@both
async def test_a_failing_explorer_is_a_record_and_its_retries_are_ours(sync):
    with Server(lambda i, *_: completion() if i % 2 else failing(503)) as server:
        # The agent's own is another: OpenAI's client would leave its connections open.
        model = ChatOpenAI(model="m", base_url=server.url, api_key="none", max_retries=5)
        middleware = A2RMiddleware(model, n=4, attempts=1)
        result = await run(create_agent(Scripted(), middleware=[middleware]), sync=sync)
    report = result["a2r"]
    assert [r["status"] for r in report["references"]].count("failed") == 2
    assert report["usage"]["explorer"]["calls"] == 4 == len(server.requests)


@both
async def test_too_few_references_are_an_error_with_all_of_them(sync):
    small, big = Scripted(script=HttpError(400)), Scripted()
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=3)])
    with pytest.raises(ExplorationError) as raised:
        await run(agent, sync=sync)
    assert len(raised.value.references) == 3
    assert not big.calls


@both
async def test_the_agents_model_that_fails_is_an_error_that_keeps_the_references(sync):
    agent = create_agent(
        Scripted(script=HttpError(400, "wrong key sk-secret-1234")),
        middleware=[A2RMiddleware(Scripted(), n=3)],
    )
    with pytest.raises(SynthesisError) as raised:
        await run(agent, sync=sync)
    assert len(raised.value.references) == 3
    assert raised.value.failure["kind"] == "bad_request"
    assert raised.value.usage["total"]["calls"] == 4
    shown = "".join(traceback.format_exception(raised.value))
    assert "sk-secret" not in shown, "a client's own text may hold a key"


@both
async def test_the_majoritys_tool_call_stands_in_for_a_turn_that_failed(sync):
    small = Tooled(
        script=lambda _, messages, __: _after(messages, calling("add", a=1, b=2))
    )
    big = Tooled(script=HttpError(500))
    middleware = A2RMiddleware(small, n=3, fallback="majority")
    result = await run(create_agent(big, [add], middleware=[middleware]), sync=sync)
    assert [m.type for m in result["messages"]] == ["human", "ai", "tool", "ai"]
    assert result["messages"][2].content == "3"
    assert result["messages"][3].content == "Answer: done"
    assert result["a2r"]["synthesis"] == "majority"


async def test_consensus_saves_the_agents_own_call():
    small, big = Tooled(script="Answer: 42"), Tooled()
    middleware = A2RMiddleware(small, n=3, skip_on_consensus=True)
    result = await create_agent(big, middleware=[middleware]).ainvoke(ask())
    assert result["messages"][-1].content == "Answer: 42"
    assert result["a2r"]["synthesis"] == "skipped"
    assert not big.calls


@both
async def test_a_review_pauses_the_agent_and_asks_no_explorer_again(sync):
    small, big = Scripted(script=["Answer: 42", "A slip: 41"]), Scripted(script="So 42.")
    agent = create_agent(
        big,
        middleware=[A2RMiddleware(small, n=2, review=True)],
        checkpointer=InMemorySaver(),
    )
    (stop,) = (await run(agent, sync=sync, config=THREAD))["__interrupt__"]
    assert len(stop.value["references"]) == 2
    resumed = Command(resume={"references": [0]})
    result = await run(agent, sync=sync, given=resumed, config=THREAD)
    assert result["messages"][-1].content == "So 42."
    assert "slip" not in big.calls[0][0][-1].content
    assert (len(small.calls), len(big.calls)) == (2, 1)


@both
async def test_after_a_crash_of_the_agents_model_no_explorer_is_asked_again(sync):
    small, big = Scripted(), Scripted(script=[HttpError(400), "So 42."])
    agent = create_agent(
        big, middleware=[A2RMiddleware(small, n=4)], checkpointer=InMemorySaver()
    )
    with pytest.raises(SynthesisError):
        await run(agent, sync=sync, config=THREAD)
    if sync:
        result = await asyncio.to_thread(agent.invoke, None, THREAD)
    else:
        result = await agent.ainvoke(None, THREAD)
    assert result["messages"][-1].content == "So 42."
    assert len(small.calls) == 4


async def test_turns_of_one_thread_have_a_report_each():
    small, big = Scripted(), Scripted(script="So 42.")
    saver = InMemorySaver()
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=2)], checkpointer=saver)
    runs = set()
    for turn in range(1, 6):
        result = await agent.ainvoke(ask(), THREAD)
        runs.add(result["a2r"]["run"])
        assert len(result["a2r"]["references"]) == 2
        assert len(result["messages"]) == 2 * turn
    assert len(runs) == 5


async def test_a_runs_settings_stand_in_the_agents_context():
    @dataclass
    class Context:
        user: str
        a2r: dict

    small = Scripted()
    agent = create_agent(
        Scripted(), middleware=[A2RMiddleware(small, n=5)], context_schema=Context
    )
    await agent.ainvoke(ask(), context=Context("me", {"n": 2, "temperature": 0.3}))
    assert len(small.calls) == 2
    assert small.calls[0][1]["temperature"] == 0.3


async def test_the_synthesizers_settings_reach_the_agents_own_model():
    big = Scripted()
    middleware = A2RMiddleware(Scripted(), n=2, synthesizer_temperature=0.1)
    await create_agent(big, middleware=[middleware]).ainvoke(ask())
    assert big.calls[0][1]["temperature"] == 0.1


async def test_middleware_inside_wraps_every_call():
    small, big = Scripted(), Scripted(script=[HttpError(503), "So 42."])

    @dynamic_prompt
    def brief(_):
        return "Be brief."

    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False)
    limit = ToolCallLimitMiddleware(run_limit=5)
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=3), brief, retry, limit])
    result = await agent.ainvoke(ask())
    assert result["messages"][-1].content == "So 42."
    assert (len(small.calls), len(big.calls)) == (3, 2)
    assert all(call[0][0].content == "Be brief." for call in small.calls)


async def test_a_usage_callback_counts_every_call_once():
    def reply(name):
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        about = {"model_name": name}
        return AIMessage("42", usage_metadata=usage, response_metadata=about)

    small, big = Scripted(script=reply("small")), Scripted(script=reply("big"))
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=3)])
    with get_usage_metadata_callback() as counted:
        await agent.ainvoke(ask())
    assert counted.usage_metadata["small"]["input_tokens"] == 30
    assert counted.usage_metadata["big"]["input_tokens"] == 10


async def test_several_explorers_are_dealt_round_robin():
    models = [Scripted(), Scripted()]
    agent = create_agent(Scripted(), middleware=[A2RMiddleware(models, n=4)])
    await agent.ainvoke(ask())
    assert [len(model.calls) for model in models] == [2, 2]


@pytest.mark.parametrize(
    ("explorer", "error", "words"),
    [
        (RunnableLambda(str), TypeError, "is no chat model; .* use create_a2r"),
        (create_a2r(Scripted()), TypeError, "a2r is no chat model"),
        (Tooled().bind_tools([add]), ValueError, "tools are bound"),
        ("nope", ValueError, "is not provider:model"),
    ],
)
def test_an_explorer_that_can_not_stand_in_for_the_model_is_refused(explorer, error, words):
    with pytest.raises(error, match=f"explorer: .*{words}"):
        A2RMiddleware(explorer)


def test_a_wrong_setting_is_refused_when_it_is_made():
    with pytest.raises(ValueError, match="n: 0"):
        A2RMiddleware(Scripted(), n=0)
    with pytest.raises(ValueError, match="references"):
        A2RMiddleware(Scripted(), prompt="No field.")


async def test_two_of_them_serve_one_agent_under_two_names():
    small, other, big = Tooled(script="Answer: 3"), Tooled(script="Answer: 3"), Tooled()
    big.script = [calling("add", a=1, b=2), "3"]
    users = A2RMiddleware(
        small, n=4, name="users", when=lambda r: isinstance(r.messages[-1], HumanMessage)
    )
    tools = A2RMiddleware(
        other, n=2, name="tools", when=lambda r: isinstance(r.messages[-1], ToolMessage)
    )
    result = await create_agent(big, [add], middleware=[users, tools]).ainvoke(ask())
    assert (len(small.calls), len(other.calls)) == (4, 2)
    assert len(result["a2r"]["references"]) == 2, "the last one's"
    both_at_once = [A2RMiddleware(small, n=2), A2RMiddleware(other, n=2, name="inner")]
    result = await create_agent(Tooled(), middleware=both_at_once).ainvoke(ask())
    assert result["messages"][-1].content == "Answer: 42"


@both
async def test_the_agents_model_goes_on_alone_where_that_is_wanted(sync):
    small, big = Scripted(script=HttpError(400)), Scripted(script="So 42.")
    middleware = A2RMiddleware(small, n=3, on_exploration_error="continue")
    result = await run(create_agent(big, middleware=[middleware]), sync=sync)
    assert result["messages"][-1].content == "So 42."
    assert [r["status"] for r in result["a2r"]["references"]] == ["failed"] * 3
    assert result["a2r"]["usage"]["total"]["calls"] == 4
    assert [len(messages) for messages, _ in big.calls] == [1], "without references"


@both
async def test_an_explorer_whose_window_is_too_small_by_now_is_gone_on_without(sync):
    small, big = Scripted(profile={"max_input_tokens": 500}), Scripted(script="So 42.")
    given = ask("What is 6 x 7? " * 500)
    agent = create_agent(big, middleware=[A2RMiddleware(small, n=3)])
    with pytest.raises(ValueError, match="whose window is 500 tokens"):
        await run(agent, sync=sync, given=given)
    alone = A2RMiddleware(small, n=3, on_exploration_error="continue")
    result = await run(create_agent(big, middleware=[alone]), sync=sync, given=given)
    assert result["messages"][-1].content == "So 42."
    assert result["a2r"]["references"] == []
    assert not small.calls


@both
async def test_what_a_middleware_says_in_a_models_stead_is_no_proposal(sync):
    small = Scripted(script=["Answer: 42", *[HttpError(503, "2 attempts")] * 20])
    retry = ModelRetryMiddleware(max_retries=1, initial_delay=0, jitter=False)
    agent = create_agent(
        Scripted(script="So 42."), middleware=[A2RMiddleware(small, n=4), retry]
    )
    report = (await run(agent, sync=sync))["a2r"]
    assert report["votes"] == {"42": 1}
    failed = [r["error"] for r in report["references"] if r["error"]]
    assert [error["kind"] for error in failed] == ["bad_response"] * 3
    assert "in the model's stead" in failed[0]["message"]


@both
async def test_a_proposal_that_does_not_fit_the_schema_is_asked_for_again(sync):
    small = Tooled(script=[calling("Sum", total="many"), calling("Sum", total=42)])
    big = Tooled(script=calling("Sum", total=42))
    agent = create_agent(
        big, middleware=[A2RMiddleware(small, n=1)], response_format=ToolStrategy(Sum)
    )
    report = (await run(agent, sync=sync))["a2r"]
    assert report["votes"] == {'Sum({"total": 42})': 1}
    assert report["references"][0]["usage"]["retries"] == 1
    assert "was refused" in small.calls[1][0][-1].content


async def test_tools_of_a_providers_own_are_passed_on():
    given = {"google_search": {}}
    bound = []

    class Binding(Scripted):
        def bind_tools(self, tools, **_):
            bound.append(tools)
            return self

    await create_agent(
        Binding(), [given], middleware=[A2RMiddleware(Binding(), n=2)]
    ).ainvoke(ask())
    assert bound == [[given]] * 3


@pytest.mark.parametrize("messages", [[], [AIMessage("Well?")], [HumanMessage("")]])
async def test_a_conversation_without_a_question_is_the_agents_business(messages):
    agent = create_agent(
        Scripted(), middleware=[A2RMiddleware(Scripted(), n=2)], system_prompt="Go on."
    )
    result = await agent.ainvoke({"messages": messages})
    assert result["messages"][-1].content == "Answer: 42"


async def test_messages_that_share_an_id_are_all_proposed_on():
    small, big = Scripted(), Scripted()

    @dynamic_prompt
    def system(_):
        return SystemMessage("Be brief.", id="1")

    agent = create_agent(big, middleware=[system, A2RMiddleware(small, n=1)])
    await agent.ainvoke({"messages": [HumanMessage("What?", id="1")]})
    assert [m.content for m in small.calls[0][0]] == ["Be brief.", "What?"]


async def test_a_stand_in_has_the_agents_name_and_calls_of_its_own_ids():
    small = Tooled(script=lambda _, ms, __: _after(ms, calling("add", a=1, b=2)))
    middleware = A2RMiddleware(small, n=3, skip_on_consensus=True)
    agent = create_agent(Tooled(), [add], middleware=[middleware], name="adder")
    result = await agent.ainvoke(ask())
    turns = [m for m in result["messages"] if isinstance(m, AIMessage)]
    assert [turn.name for turn in turns] == ["adder", "adder"]
    assert turns[0].tool_calls[0]["id"] != "call_add"


async def test_callbacks_bound_to_an_explorer_hear_of_its_calls():
    heard = []

    class Hears(AsyncCallbackHandler):
        async def on_chat_model_start(self, *_, **__):
            heard.append(1)

    small = Scripted().with_config(callbacks=[Hears()])
    agent = create_agent(Scripted(), middleware=[A2RMiddleware(small, n=3)])
    await agent.ainvoke(ask())
    assert len(heard) == 3


async def later(_):
    return True


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"when": later}, ValueError, "when: .* asynchronous"),
        ({"when": True}, TypeError, "when: True is no function"),
        ({"extract_answer": later}, ValueError, "extract_answer: .* asynchronous"),
        ({"synthesizer": "local:"}, ValueError, "synthesizer: .* agent's own model"),
        ({"response_format": Sum}, ValueError, "response_format: .* agent's"),
        ({"on_exploration_error": "skip"}, ValueError, "'raise' or 'continue'"),
    ],
)
def test_what_it_can_not_take_is_refused_in_words(options, error, words):
    with pytest.raises(error, match=words):
        A2RMiddleware(Scripted(), **options)


def test_it_shows_its_explorers_and_settings():
    shown = repr(A2RMiddleware([Scripted(), Tooled()], n=4, name="users"))
    assert shown == "users(Scripted, Tooled, n=4)"


OVERTAKEN = """
import threading
from fakes import Scripted, ask
from langchain.agents import create_agent
from a2r_graph import A2RMiddleware

waiting = threading.Semaphore(0)

def script(number, *_):
    if number:
        waiting.release()
        threading.Event().wait()
    waiting.acquire()
    waiting.acquire()
    return "Answer: 42"

middleware = A2RMiddleware(Scripted(script=script), n=3, quorum=1)
agent = create_agent(Scripted(), middleware=[middleware])
print(agent.invoke(ask())["a2r"]["stopped_by"])
"""


@pytest.mark.slow
def test_a_process_ends_though_an_overtaken_explorer_never_answers():
    done = subprocess.run(
        [sys.executable, "-c", OVERTAKEN],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=180,  # a busy machine; a hang takes for ever
        check=True,
    )
    assert done.stdout == "quorum\n"
    assert not done.stderr
