"""A2R as a chat model."""

from __future__ import annotations

import asyncio
import json
import pickle
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired
from unittest.mock import MagicMock

import langsmith
import pytest
from clock import PATIENCE
from compose.both_ways import both_ways
from fakes import USAGE, Scripted, Streaming
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda
from langchain_core.tools import tool
from langchain_core.tracers.context import collect_runs
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel, Field
from server import Server, completion
from typing_extensions import TypedDict

from a2r_graph import (
    A2RContext,
    ChatA2R,
    ChatVLLM,
    ExplorationError,
    SynthesisError,
    create_a2r,
)

QUESTION = "What is 6 x 7?"


class Tooled(Streaming):
    """A scripted model with tool calling; what was bound is in the keywords of a call."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(one) for one in tools], **kwargs)


@tool
def search(query: str) -> str:
    """Search for it."""
    return f"found {query}"


class Sum(BaseModel):
    """A sum."""

    total: int = Field(ge=0)


def calling(name: str, **args: Any) -> AIMessage:
    call = {"name": name, "args": args, "id": "1", "type": "tool_call"}
    return AIMessage("", tool_calls=[call], usage_metadata=USAGE)


async def ask(model: Any, *args: Any, sync: bool, **kwargs: Any) -> Any:
    if sync:
        return model.invoke(*args, **kwargs)
    return await model.ainvoke(*args, **kwargs)


async def stream(model: Any, *args: Any, sync: bool, **kwargs: Any) -> list[Any]:
    if sync:
        return list(model.stream(*args, **kwargs))
    return [chunk async for chunk in model.astream(*args, **kwargs)]


def in_a_graph(model: Any, saver: Any = None, *, sync: bool) -> Any:
    """Return a parent graph with one node that asks the model."""

    def asking(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    async def asking_async(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("agent", asking if sync else asking_async)
    builder.add_edge(START, "agent")
    return builder.compile(saver)


# one call


@both_ways
async def test_a_reply_has_the_usage_of_all_calls_and_the_report(sync):
    model = ChatA2R(Scripted(), Scripted(script="It is 42."), n=4)
    reply = await ask(model, QUESTION, sync=sync)
    assert reply.content == "It is 42."
    used = {"input_tokens": 50, "output_tokens": 25, "total_tokens": 75}
    assert reply.usage_metadata == used
    report = reply.response_metadata["a2r"]
    assert report["votes"] == {"42": 4}
    assert report["usage"]["total"]["calls"] == 5
    assert json.loads(json.dumps(report)) == report
    assert reply.response_metadata["model_name"] == "a2r:Scripted"


async def test_details_of_usage_are_added_up_and_what_is_unknown_is_left_out():
    detailed = {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": 15,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 3},
    }
    model = ChatA2R(Scripted(usage=detailed), n=2)
    reply = await model.ainvoke(QUESTION)
    assert reply.usage_metadata["input_token_details"] == {"cache_read": 12}
    assert reply.usage_metadata["output_token_details"] == {"reasoning": 9}

    silent = ChatA2R([Scripted(), Scripted(usage=None)], Scripted(), n=2)
    assert (await silent.ainvoke(QUESTION)).usage_metadata is None


@both_ways
async def test_the_synthesizers_tokens_stream_and_the_last_chunk_has_the_rest(sync):
    model = ChatA2R(Streaming(), Streaming(script="It is 42."), n=3)
    chunks = await stream(model, QUESTION, sync=sync)
    assert [chunk.content for chunk in chunks] == ["It ", "is ", "42.", ""]
    assert [bool(chunk.usage_metadata) for chunk in chunks] == [False] * 3 + [True]
    assert len({chunk.id for chunk in chunks}) == 1
    whole = chunks[0] + chunks[1] + chunks[2] + chunks[3]
    assert whole.chunk_position == "last"
    assert whole.usage_metadata["total_tokens"] == 60
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.response_metadata["model_name"] == "a2r:Streaming"
    assert whole.response_metadata["a2r"]["votes"] == {"42": 3}


@both_ways
@pytest.mark.parametrize(
    ("synthesizer", "settings", "synthesis"),
    [
        (Scripted(script=ValueError("no")), {"fallback": "majority"}, "majority"),
        (Scripted(script=ValueError("no")), {"skip_on_consensus": True}, "skipped"),
    ],
)
async def test_a_stand_in_comes_as_one_chunk(synthesizer, settings, synthesis, sync):
    explorer = Scripted(
        script=AIMessage("Answer: 42", response_metadata={"finish_reason": "stop"})
    )
    model = ChatA2R(explorer, synthesizer, n=2, **settings)
    (chunk,) = await stream(model, QUESTION, sync=sync)
    reply = await ask(model, QUESTION, sync=sync)
    assert isinstance(chunk, AIMessageChunk)
    for message in (chunk, reply):
        assert message.content == "Answer: 42"
        assert message.response_metadata["a2r"]["synthesis"] == synthesis
        assert message.response_metadata["finish_reason"] == "stop"


@both_ways
async def test_a_stand_in_can_not_take_back_what_has_streamed(sync):
    broken = Streaming(
        script="It is 41.", breaks_after=2, breaks_with=ConnectionError("gone")
    )
    model = ChatA2R(Scripted(), broken, n=2, fallback="majority")
    with pytest.raises(SynthesisError, match="gone") as raised:
        await stream(model, QUESTION, sync=sync)
    assert len(raised.value.references) == 2
    assert raised.value.usage["explorer"]["output_tokens"] == 10


@both_ways
async def test_a_chain_as_synthesizer_streams_its_answer_alone(sync):
    steps = Streaming(script="Thinking aloud.") | RunnableLambda(lambda _: "It is 42.")
    (chunk,) = await stream(ChatA2R(Scripted(), steps, n=2), QUESTION, sync=sync)
    assert chunk.content == "It is 42."


@both_ways
async def test_errors_go_through_as_they_are(sync):
    broken = Scripted(script=ValueError("no"))
    with pytest.raises(ExplorationError) as raised:
        await ask(ChatA2R(broken, n=3), QUESTION, sync=sync)
    assert len(raised.value.references) == 3
    with pytest.raises(SynthesisError):
        await ask(ChatA2R(Scripted(), broken, n=3), QUESTION, sync=sync)


async def test_a_cancelled_call_cancels_the_calls_within():
    began, ended = asyncio.Event(), asyncio.Event()

    async def hang(_: Any) -> str:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ""

    model = ChatA2R(RunnableLambda(hang), n=2)
    for run in (model.ainvoke(QUESTION), anext(model.astream(QUESTION))):
        began.clear(), ended.clear()
        task = asyncio.ensure_future(run)
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()


def test_the_callers_messages_stay_as_they_are():
    question = HumanMessage(QUESTION)
    ChatA2R(Scripted(), n=2).invoke([question])
    assert question.id is None


@both_ways
@pytest.mark.parametrize(
    "messages",
    [
        [SystemMessage("Summarise: cats.")],
        [AIMessage("What next?")],
        [SystemMessage("s"), HumanMessage(""), AIMessage("a")],
    ],
)
async def test_a_conversation_without_a_users_question_reaches_both_roles(messages, sync):
    explorer, big = Scripted(), Scripted(script="So.")
    model = ChatA2R(explorer, big, n=2)
    assert (await ask(model, messages, sync=sync)).content == "So."
    for asked, _ in explorer.calls + big.calls:
        assert [m.content for m in asked[: len(messages)]] == [m.content for m in messages]
    with pytest.raises(ValueError, match="messages"):
        await ask(create_a2r(explorer), {"messages": messages}, sync=sync)


@both_ways
async def test_messages_of_one_id_all_reach_the_models_and_ids_stay(sync):
    explorer = Scripted()
    twice = HumanMessage("again", id="1")
    given = [SystemMessage("s", id="1"), twice, AIMessage("a", id="2"), twice]
    await ask(ChatA2R(explorer, n=1), given, sync=sync)
    asked, _ = explorer.calls[0]
    assert [m.content for m in asked] == ["s", "again", "a", "again"]
    assert (asked[0].id, asked[2].id) == ("1", "2")
    assert [m.id for m in given] == ["1", "1", "2", "1"]


def tokenize(_: int, path: str, body: dict[str, Any]) -> Any:
    if path == "/v1/models":
        told: dict[str, Any] = {"data": [{"id": "m", "max_model_len": 512}]}
    else:
        told = {
            "count": len(body.get("prompt") or body.get("messages", "")),
            "max_model_len": 512,
        }
        told["count"] += 100 * len(body.get("tools") or ())
    return 200, {"content-type": "application/json"}, json.dumps(told).encode()


@pytest.mark.parametrize("form", [ChatA2R, None])
async def test_tokens_are_counted_by_the_synthesizers_server(form):
    with Server(tokenize) as server:
        model: Any = ChatVLLM(model="m", base_url=server.url, api_key="none")
        if form:
            model = form(Scripted(), model, n=2)
        assert model.get_num_tokens("cats") == 4
        messages = [HumanMessage("x"), AIMessage("y")]
        assert model.get_num_tokens_from_messages(messages) == 2
        assert model.get_num_tokens_from_messages(messages, [search]) == 102


def test_tokens_are_estimated_where_the_synthesizer_can_not_count():
    for synthesizer in (Scripted(), RunnableLambda(str)):
        model = ChatA2R(Scripted(), synthesizer)
        assert model.get_num_tokens("a" * 300) == 100
        shorter = model.get_num_tokens_from_messages([HumanMessage("x")])
        assert model.get_num_tokens_from_messages([HumanMessage("x")], [search]) > shorter
    own = Scripted(custom_get_token_ids=lambda text: [*map(ord, text)])
    assert ChatA2R(own).get_num_tokens("cats") == 4


# settings and keywords


def test_settings_come_from_the_constructor_or_the_call():
    explorer = Scripted()
    model = ChatA2R(explorer, Scripted(), n=3, temperature=0.1)
    votes = [
        m.invoke(QUESTION, **call).response_metadata["a2r"]["votes"]
        for m, call in ((model, {}), (model, {"n": 2}), (model.bind(n=5), {}))
    ]
    assert votes == [{"42": 3}, {"42": 2}, {"42": 5}]
    assert {kwargs["temperature"] for _, kwargs in explorer.calls} == {0.1}
    configurable = model.configurable_fields(settings=ConfigurableField(id="a2r"))
    reply = configurable.invoke(QUESTION, {"configurable": {"a2r": {"n": 1}}})
    assert reply.response_metadata["a2r"]["votes"] == {"42": 1}


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"n": 0}, ValueError, "n: 0 is not allowed"),
        ({"quorum": 9, "n": 8}, ValueError, "quorum: 9 is not allowed"),
        ({"nn": 3}, ValueError, "nn: unknown setting"),
        ({"checkpointer": InMemorySaver()}, ValueError, "it is the graph's around it"),
        ({"store": None}, ValueError, "store: not with ChatA2R"),
        ({"response_format": Sum}, ValueError, r"use with_structured_output\(\)"),
        ({"settings": {"prompt": "x"}}, ValueError, "prompt: unknown setting"),
        ({"review": True}, ValueError, "a chat model can't pause"),
        ({"prompt": "none"}, ValueError, "references"),
        ({"synthesizer": 3}, TypeError, "synthesizer: 3 is not a model"),
        ({"stop": ["x"], "synthesizer": RunnableLambda(str)}, TypeError, "stop: the synth"),
    ],
)
def test_what_is_wrong_is_refused_when_the_model_is_made(wrong, error, words):
    with pytest.raises(error, match=words):
        ChatA2R(**{"explorer": Scripted(), **wrong})


@both_ways
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"top_k": 3}, "top_k: no keyword of ChatA2R"),
        ({"quorum": 9}, "quorum: 9 is not allowed"),
        ({"review": True}, "a chat model can't pause"),
    ],
)
async def test_what_is_wrong_in_a_call_is_refused_before_a_model_is_asked(
    wrong, words, sync
):
    explorer = Scripted()
    with pytest.raises(ValueError, match=words):
        await ask(ChatA2R(explorer, n=2), QUESTION, sync=sync, **wrong)
    assert not explorer.calls


async def test_stop_reaches_both_roles():
    class Stopping(Scripted):
        async def _agenerate(self, messages: Any, stop: Any = None, *_: Any, **kwargs: Any):
            return await super()._agenerate(messages, **kwargs, stopped_by=stop)

    model = ChatA2R(Stopping(), Stopping(), n=2, stop=["a"])
    for given, expected in ((None, ["a"]), (["b"], ["b"])):
        explorer, synthesizer = Stopping(), Stopping()
        model = ChatA2R(explorer, synthesizer, n=2, stop=["a"])
        await model.ainvoke(QUESTION, stop=given)
        calls = explorer.calls + synthesizer.calls
        assert len(calls) == 3
        assert all(kwargs["stopped_by"] == expected for _, kwargs in calls)


def test_a_models_repr_and_cache_key_tell_settings_and_no_secrets():
    secret = "hunter2"
    url = f"http://me:{secret}@127.0.0.1:9/v1"
    model = ChatA2R(ChatVLLM(model="q", base_url=url, api_key=secret), n=3, prompt=str)
    assert repr(model) == "ChatA2R(explorer=['q'], synthesizer='q', n=3)"
    assert secret not in str(model.asdict()) + str(model) + repr(model.bind(n=1))
    params = model._get_ls_params()
    assert (params["ls_provider"], params["ls_model_name"]) == ("a2r", "a2r:q")


def test_langchains_cache_tells_models_settings_prompts_and_schemas_apart():
    cache = InMemoryCache()
    first = Scripted(temperature=0.1)
    made = {
        "plain": ChatA2R(first, n=2, cache=cache),
        "n": ChatA2R(first, n=3, cache=cache),
        "model": ChatA2R(Tooled(), n=2, cache=cache),
        "synthesizer": ChatA2R(first, RunnableLambda(str), n=2, cache=cache),
        "another": ChatA2R(first, RunnableLambda(str), n=2, cache=cache),
        "prompt": ChatA2R(first, n=2, cache=cache, prompt=lambda _: "?"),
        "lambda": ChatA2R(first, n=2, cache=cache, prompt=lambda _: "?"),
        "stop": ChatA2R(first, n=2, cache=cache, stop=["x"]),
    }
    keys = {m._get_llm_string(): name for name, m in made.items()}
    assert [*keys.values()] == [*made]
    again = ChatA2R(first, n=2, cache=cache)
    assert again._get_llm_string() == made["plain"]._get_llm_string()
    model = made["plain"]
    replies = [model.invoke(QUESTION) for _ in range(2)]
    assert len(first.calls) == 3, "the second reply came from the cache"
    assert replies[1].content == replies[0].content


def test_a_model_pickles():
    model = pickle.loads(pickle.dumps(ChatA2R(Scripted(), n=3)))  # noqa: S301  our own
    assert model.invoke(QUESTION).response_metadata["a2r"]["votes"] == {"42": 3}


# what sees the call


class Listener(BaseCallbackHandler):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.starts: list[str] = []
        self.tokens: list[str] = []

    def on_chat_model_start(self, *_: Any, **kwargs: Any) -> None:
        self.starts.append("model")

    def on_chain_start(self, *_: Any, name: str = "", **kwargs: Any) -> None:
        self.starts.append(name)

    def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
        self.tokens.append(token)


@both_ways
async def test_usage_is_counted_once_by_every_kind_of_counter(sync):
    named = AIMessage(
        "Answer: 42", usage_metadata=USAGE, response_metadata={"model_name": "m"}
    )
    model = ChatA2R(Scripted(script=named), Streaming(script=named), n=4)
    with get_usage_metadata_callback() as counter:
        await ask(model, QUESTION, sync=sync)
        await stream(model, QUESTION, sync=sync)
        await ask(in_a_graph(model, sync=sync), {"messages": [("user", "?")]}, sync=sync)
    (usage,) = counter.usage_metadata.values()
    assert usage["input_tokens"] == 3 * 50


@both_ways
async def test_handlers_and_collectors_see_one_call(sync):
    listener = Listener()
    model = ChatA2R(Streaming(), Streaming(script="It is 42."), n=3)
    with collect_runs() as collected:
        await ask(model, QUESTION, {"callbacks": [listener]}, sync=sync)
    assert [run.run_type for run in collected.traced_runs] == ["llm"]
    await stream(model, QUESTION, {"callbacks": [listener]}, sync=sync)
    assert listener.starts == ["model", "model"]
    assert "".join(listener.tokens) == "It is 42."
    chain = ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()
    assert await ask(chain, {"q": "?"}, {"callbacks": [listener]}, sync=sync) == "It is 42."
    assert listener.starts.count("model") == 3
    assert "a2r" not in listener.starts


@both_ways
async def test_a_tracer_of_the_context_sees_one_call(sync):
    client = MagicMock(spec=langsmith.Client)
    with langsmith.tracing_context(enabled=True, client=client):
        await ask(ChatA2R(Scripted(), n=3), QUESTION, sync=sync)
        await stream(ChatA2R(Scripted(), n=3), QUESTION, sync=sync)
    assert [call.kwargs["name"] for call in client.create_run.call_args_list] == [
        "ChatA2R",
        "ChatA2R",
    ]


@both_ways
async def test_the_models_own_callbacks_see_their_calls(sync):
    listener = Listener()
    await ask(ChatA2R(Scripted(callbacks=[listener]), n=3), QUESTION, sync=sync)
    assert listener.starts == ["model"] * 4


@both_ways
async def test_the_callers_context_variables_reach_the_models(sync):
    user: ContextVar[str] = ContextVar("user")
    user.set("ada")
    model = ChatA2R(RunnableLambda(lambda _: user.get()), n=2)
    assert (await ask(model, QUESTION, sync=sync)).content == "ada"


# within a parent graph


@both_ways
@pytest.mark.parametrize("subgraphs", [False, True])
async def test_a_parents_messages_stream_has_the_answers_tokens_once(sync, subgraphs):
    model = ChatA2R(Streaming(streaming=True), Streaming(script="It is 42."), n=3)
    seen = await stream(
        in_a_graph(model, sync=sync),
        {"messages": [("user", QUESTION)]},
        sync=sync,
        stream_mode="messages",
        subgraphs=subgraphs,
    )
    told = [one[-1] if subgraphs else one for one in seen]
    assert "".join(chunk.content for chunk, _ in told) == "It is 42."
    assert {about["langgraph_node"] for _, about in told} == {"agent"}


@both_ways
async def test_progress_reaches_a_parents_stream_of_subgraphs(sync):
    model = ChatA2R(Scripted(), n=3)
    parent, given = in_a_graph(model, sync=sync), {"messages": [("user", QUESTION)]}
    modes = {"stream_mode": ["custom", "updates"], "sync": sync}
    seen = await stream(parent, given, subgraphs=True, **modes)
    events = [payload["event"] for _, mode, payload in seen if mode == "custom"]
    assert events.count("explorer_ended") == 3
    nodes = [[*payload] for _, mode, payload in seen if mode == "updates"]
    assert nodes == [["explorer"]] * 3 + [["reduce"], ["synthesizer"], ["agent"]]
    seen = await stream(parent, given, **modes)
    assert [[*payload] for _, payload in seen] == [["agent"]]


@pytest.mark.parametrize(
    ("saver", "sync"), [("memory", False), ("memory", True), ("sqlite", True)]
)
async def test_a_call_that_broke_off_goes_on_without_asking_finished_explorers(
    sync, saver, tmp_path
):
    explorer = Scripted()
    big = Scripted(script=[ValueError("down"), "It is 42.", "It is 48."])
    with SqliteSaver.from_conn_string(str(tmp_path / "saved")) as sqlite:
        kept = InMemorySaver() if saver == "memory" else sqlite
        parent = in_a_graph(ChatA2R(explorer, big, n=3), kept, sync=sync)
        thread = {"configurable": {"thread_id": "1"}}
        with pytest.raises(SynthesisError):
            await ask(parent, {"messages": [("user", QUESTION)]}, thread, sync=sync)
        result = await ask(parent, None, thread, sync=sync)
        assert result["messages"][-1].content == "It is 42."
        assert len(explorer.calls) == 3
        used = result["messages"][-1].usage_metadata
        assert used["input_tokens"] == 40, "of the whole run"
        # The next turn begins anew.
        result = await ask(
            parent, {"messages": [("user", "And 6 x 8?")]}, thread, sync=sync
        )
        assert len(explorer.calls) == 6
        assert explorer.calls[-1][0][-1].content == "And 6 x 8?"


@both_ways
async def test_after_a_crash_no_call_of_a_batch_goes_on_with_anothers_references(sync):
    down, order = True, 1

    def synthesize(_: int, messages: Any, kwargs: Any) -> Any:
        return ValueError("down") if down else f"about {messages[0].content}"

    explorer = Scripted()
    model = ChatA2R(explorer, Scripted(script=synthesize), n=2)

    async def asking(_: MessagesState) -> dict[str, Any]:
        questions = ["q0", "q0", "q1", "q2"][::order]
        replies = model.batch(questions) if sync else await model.abatch(questions)
        told = [r.content for r in replies]
        assert told == [f"about {question}" for question in questions]
        return {"messages": told}

    builder = StateGraph(MessagesState)
    builder.add_node("agent", asking)
    builder.add_edge(START, "agent")
    parent, thread = builder.compile(InMemorySaver()), {"configurable": {"thread_id": "1"}}
    with pytest.raises(SynthesisError):
        await parent.ainvoke({"messages": [("user", "?")]}, thread)
    down, order = False, -1
    await parent.ainvoke(None, thread)


@both_ways
async def test_settings_in_a_parents_context_reach_it_but_those_of_an_a2r_do_not(sync):
    class Context(TypedDict):
        a2r: dict[str, Any]

    model = ChatA2R(Scripted(), n=2)

    def asking(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    builder = StateGraph(MessagesState, context_schema=Context)
    builder.add_node("agent", asking)
    builder.add_edge(START, "agent")
    parent, given = builder.compile(), {"messages": [("user", QUESTION)]}
    result = await ask(parent, given, sync=sync, context={"a2r": {"n": 5}})
    assert result["messages"][-1].response_metadata["a2r"]["votes"] == {"42": 5}
    with pytest.raises(ValueError, match="a chat model can't pause"):
        await ask(parent, given, sync=sync, context={"a2r": {"review": True}})
    outer = create_a2r(model, Scripted(), n=3)
    result = await ask(outer, given, sync=sync, context=A2RContext(n=4))
    assert result["a2r"]["usage"]["explorer"]["input_tokens"] == 4 * 30


@both_ways
async def test_a_parents_max_concurrency_holds_within_a_branch_of_an_a2r(sync):
    running, most = 0, 0
    two = asyncio.Barrier(2)

    async def slow(_: Any) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        async with asyncio.timeout(PATIENCE):
            await two.wait()
        await asyncio.sleep(0.01)
        running -= 1
        return "Answer: 42"

    outer = create_a2r(ChatA2R(RunnableLambda(slow), Scripted(), n=4), Scripted(), n=1)
    given = {"messages": [("user", QUESTION)]}
    await ask(outer, given, {"max_concurrency": 2}, sync=sync)
    assert most == 2


@both_ways
async def test_an_explorers_own_interrupt_is_an_error_outside_a_graph(sync):
    builder = StateGraph(MessagesState)
    builder.add_node("person", lambda _: {"messages": [interrupt("well?")]})
    builder.add_edge(START, "person")
    model = ChatA2R(builder.compile(), Scripted(), n=1)
    with pytest.raises(RuntimeError, match="a chat model can't pause"):
        await ask(model, QUESTION, sync=sync)


# tools


@both_ways
async def test_tools_are_bound_to_both_roles_and_the_synthesizer_makes_the_call(sync):
    explorer = Tooled(script=calling("search", query="6 x 7"))
    big = Tooled(script=[calling("search", query="6 x 7"), calling("search", query="x")])
    model = ChatA2R(explorer, big, n=3).bind_tools([search], tool_choice="any", strict=True)
    reply = await ask(model, QUESTION, sync=sync)
    assert [call["args"] for call in reply.tool_calls] == [{"query": "6 x 7"}]
    votes = reply.response_metadata["a2r"]["votes"]
    assert votes == {'search({"query": "6 x 7"})': 3}
    for _, kwargs in explorer.calls + big.calls:
        assert kwargs["tools"][0]["function"]["name"] == "search"
        assert (kwargs["tool_choice"], kwargs["strict"]) == ("any", True)


def test_strict_tools_are_strict_in_the_request():
    with Server(lambda *_: completion()) as server:
        model = ChatVLLM(model="m", base_url=server.url, api_key="none")
        ChatA2R(model, n=2).bind_tools([search], strict=True).invoke(QUESTION)
        asked = [body for path, body, _ in server.requests if "completions" in path]
    assert [body["tools"][0]["function"]["strict"] for body in asked] == [True] * 3


@both_ways
async def test_a_consensus_on_a_call_is_the_call_in_a_stream_too(sync):
    explorer = Tooled(script=calling("search", query="6 x 7"))
    model = ChatA2R(explorer, n=2, skip_on_consensus=True).bind_tools([search])
    (chunk,) = await stream(model, QUESTION, sync=sync)
    assert chunk.tool_calls[0]["args"] == {"query": "6 x 7"}


@pytest.mark.parametrize(
    ("explorer", "synthesizer", "error", "words"),
    [
        (RunnableLambda(str), Tooled(), TypeError, "the explorer str is no chat model"),
        (Tooled(), create_a2r(Tooled()), TypeError, "the synthesizer a2r is no chat model"),
        (Tooled(), Scripted(), NotImplementedError, "Scripted has no tool calling"),
        (Tooled().bind_tools([search]), Tooled(), ValueError, "has tools bound"),
    ],
)
def test_what_can_not_take_tools_is_refused_at_once(explorer, synthesizer, error, words):
    with pytest.raises(error, match=words):
        ChatA2R(explorer, synthesizer, n=2).bind_tools([search])


def test_what_was_bound_to_a_model_stays_beside_its_tools():
    explorer, big = Tooled(), Tooled()
    model = ChatA2R(explorer.bind(top_k=5), big, n=1).bind_tools([search])
    model.invoke(QUESTION)
    assert explorer.calls[0][1]["top_k"] == 5
    assert "tools" in explorer.calls[0][1]


@both_ways
async def test_it_drives_an_agent_with_tools_and_a_response_format(sync):
    def answer(_: int, messages: Any, kwargs: Any) -> Any:
        done = any(message.type == "tool" for message in messages)
        return calling("Sum", total=42) if done else calling("search", query="6 x 7")

    model = ChatA2R(Tooled(script=answer), Tooled(script=answer), n=2)
    agent = create_agent(model, [search], response_format=ToolStrategy(Sum))
    result = await ask(agent, {"messages": [("user", QUESTION)]}, sync=sync)
    assert result["structured_response"] == Sum(total=42)
    assert any(m.content == "found 6 x 7" for m in result["messages"])


# structured output


@dataclass
class SumData:
    """A sum."""

    total: int


class SumDict(TypedDict):
    """A sum."""

    total: Annotated[int, ..., "what it comes to"]


SCHEMA = Sum.model_json_schema()


@both_ways
@pytest.mark.parametrize(
    ("schema", "got"),
    [
        (Sum, Sum(total=42)),
        (SumData, SumData(42)),
        (SumDict, {"total": 42}),
        (SCHEMA, {"total": 42}),
    ],
)
async def test_the_synthesizer_fills_the_schema(schema, got, sync):
    def fill(_: int, messages: Any, kwargs: Any) -> AIMessage:
        return calling(kwargs["tools"][0]["function"]["name"], total=42)

    explorer = Tooled()
    model = ChatA2R(explorer, Tooled(script=fill), n=2)
    structured = model.with_structured_output(schema)
    assert await ask(structured, QUESTION, sync=sync) == got
    assert await stream(structured, QUESTION, sync=sync) == [got]
    assert all("tools" not in kwargs for _, kwargs in explorer.calls), "they write freely"
    raw = model.with_structured_output(schema, include_raw=True)
    result = await ask(raw, QUESTION, sync=sync)
    assert (result["parsed"], result["parsing_error"]) == (got, None)
    assert result["raw"].response_metadata["a2r"]["votes"] == {"42": 2}
    (result,) = await stream(raw, QUESTION, sync=sync)
    assert result["parsed"] == got
    assert isinstance(result["raw"], AIMessage)


class Tree(TypedDict):
    total: int
    kids: NotRequired[list[Tree]]


def test_a_schema_that_langchain_can_not_convert_is_filled_and_told():
    told: list[Any] = []

    class Told(BaseCallbackHandler):
        def on_chat_model_start(self, *_: Any, options: Any, **kwargs: Any) -> None:
            told.append(options["ls_structured_output_format"]["schema"])

    model = ChatA2R(Tooled(), Tooled(script=calling("Tree", total=1)), n=1)
    filled = model.with_structured_output(Tree)
    assert filled.invoke(QUESTION, {"callbacks": [Told()]}) == {"total": 1}
    assert [*told[0]["properties"]] == ["total", "kids"]


@both_ways
@pytest.mark.parametrize("include_raw", [False, True])
async def test_structured_output_is_never_none_without_an_error(sync, include_raw):
    model = ChatA2R(Scripted(), Tooled(script="It is 42."), n=2, attempts=2)
    structured = model.with_structured_output(Sum, include_raw=include_raw)
    with pytest.raises(SynthesisError, match="Sum"):
        await ask(structured, QUESTION, sync=sync)


@pytest.mark.parametrize(
    ("fields", "schema", "error", "words"),
    [
        ({}, Sum, TypeError, "no structured output"),
        ({"synthesizer": RunnableLambda(str)}, Sum, TypeError, "is no chat model"),
        ({"synthesizer": Tooled()}, {"type": "object"}, ValueError, "title|schema"),
        ({"synthesizer": Tooled(), "fallback": "majority"}, Sum, ValueError, "fallback"),
        *(
            ({"synthesizer": Tooled()}, wrong, TypeError, "is no schema; give a pydantic")
            for wrong in (dict, None, "x", print)
        ),
    ],
)
def test_what_can_not_be_filled_is_refused_at_once(fields, schema, error, words):
    model = ChatA2R(Scripted(), n=2, **fields)
    with pytest.raises(error, match=words):
        model.with_structured_output(schema)
    with pytest.raises(ValueError, match="unsupported"):
        model.with_structured_output(schema, methods="?")


# in LangChain's company


@both_ways
async def test_it_serves_both_roles_of_another_a2r(sync):
    small = ChatA2R(Scripted(), n=2)
    big = ChatA2R(Scripted(), Streaming(script="It is 42."), n=2)
    outer = create_a2r(small, big, n=3)
    result = await ask(outer, {"messages": [("user", QUESTION)]}, sync=sync)
    assert result["messages"][-1].content == "It is 42."
    assert result["a2r"]["votes"] == {"42": 3}
    usage = result["a2r"]["usage"]
    assert usage["total"]["input_tokens"] == (3 * 3 + 3) * 10
    chunks = await stream(
        outer, {"messages": [("user", QUESTION)]}, sync=sync, stream_mode="messages"
    )
    assert "".join(chunk.content for chunk, _ in chunks) == "It is 42."


def test_an_a2r_around_leaves_the_temperature_as_it_is():
    cold = Scripted(temperature=0.2)
    create_a2r(ChatA2R(cold, n=1), Scripted(), n=1).invoke({"messages": [("user", "?")]})
    assert all("temperature" not in kwargs for _, kwargs in cold.calls)


@both_ways
async def test_retries_fallbacks_and_batches_come_by_themselves(sync):
    broken = Scripted(script=[ValueError("once"), "Answer: 42", "Answer: 42"])
    again = ChatA2R(broken, n=1).with_retry(wait_exponential_jitter=False)
    assert (await ask(again, QUESTION, sync=sync)).content == "Answer: 42"
    never = ChatA2R(Scripted(script=ValueError("no")), n=1)
    saved = never.with_fallbacks([ChatA2R(Scripted(script="Answer: 1"), n=1)])
    assert (await ask(saved, QUESTION, sync=sync)).content == "Answer: 1"

    def echo(_: int, messages: Any, kwargs: Any) -> str:
        return str(messages[0].content)

    model = ChatA2R(Scripted(script=echo), n=2)
    questions = [f"q{i}" for i in range(8)]
    replies = model.batch(questions) if sync else await model.abatch(questions)
    assert [reply.content for reply in replies] == questions
