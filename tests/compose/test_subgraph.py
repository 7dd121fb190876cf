"""A2R as a node of larger graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from compose.both_ways import both_ways, call, chain, contents, streamed
from durability.runner import Parent
from durability.savers import config_of
from fakes import Scripted, ask
from langchain_core.messages import AnyMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import InvalidUpdateError
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Send
from pydantic import BaseModel

from a2r_graph import A2RContext, create_a2r

MINE = {"references": ["mine"], "report": "mine", "answer": "mine", "run": "mine"}
MINE |= {"prompt": "mine", "window": [7]}


class Typed(MessagesState):
    references: list[str]
    report: str
    answer: str
    run: str
    prompt: str
    window: list[int]


class Modelled(BaseModel):
    messages: Annotated[list[AnyMessage], add_messages]
    references: list[str]
    report: str
    answer: str
    run: str
    prompt: str
    window: list[int]


@dataclass
class Classed:
    messages: Annotated[list[AnyMessage], add_messages]
    references: list[str]
    report: str
    answer: str
    run: str
    prompt: str
    window: list[int]


@both_ways
@pytest.mark.parametrize("state", [Typed, Modelled, Classed])
async def test_a_parent_of_any_kind_of_state_gets_the_answer_once_and_keeps_its_keys(
    state, sync
):
    seen = []

    def after(given: state):
        seen.append(given)
        return {"messages": [("user", "Thanks.")]}

    a2r = create_a2r(Scripted(), Scripted(script="So 42."), n=2)
    graph = chain(state, ("think", a2r), ("after", after), saver=InMemorySaver())
    result = await call(graph, {**ask(), **MINE}, config_of("1"), sync=sync)
    assert contents(result.pop("messages")) == ["What is 6 x 7?", "So 42.", "Thanks."]
    assert result == MINE
    given = seen[0] if state is Typed else vars(seen[0])
    assert contents(given["messages"]) == ["What is 6 x 7?", "So 42."]
    assert {key: given[key] for key in MINE} == MINE


class Optional(BaseModel):
    messages: Annotated[list[AnyMessage], add_messages]
    a2r: dict[str, Any] | None = None


class Collecting(MessagesState):
    a2r: Annotated[list[Any], lambda reports, report: [*reports, report]]


@both_ways
@pytest.mark.parametrize("state", [Parent, Optional])
async def test_a_parent_with_a_key_a2r_gets_each_runs_report_there(state, sync):
    a2r = create_a2r(Scripted(), n=2)
    graph = chain(state, ("think", a2r), saver=InMemorySaver())
    given = {**ask(), "a2r": {"references": [{"index": 0, "text": "mine"}]}}
    first = await call(graph, given, config_of("1"), sync=sync)
    second = await call(graph, ask(), config_of("1"), sync=sync)
    for result in (first, second):
        assert [r["text"] for r in result["a2r"]["references"]] == ["Answer: 42"] * 2
        assert result["a2r"]["votes"] == {"42": 2}
    assert first["a2r"]["run"] != second["a2r"]["run"]
    assert len(second["messages"]) == 4


async def test_a_parents_own_reducer_of_a2r_gets_each_report():
    first, second = (create_a2r(Scripted(), n=n) for n in (1, 2))
    graph = chain(Collecting, ("first", first), ("second", second))
    reports = (await graph.ainvoke(ask()))["a2r"]
    assert [len(report["references"]) for report in reports] == [1, 2]


@dataclass
class Tenant:
    user: str
    a2r: object = None


@both_ways
@pytest.mark.parametrize(
    ("schema", "context", "branches"),
    [
        (A2RContext, {"n": 3}, 3),
        (A2RContext, A2RContext(n=4), 4),
        (A2RContext, None, 2),
        (Tenant, Tenant("me", {"n": 3}), 3),
        (Tenant, Tenant("me", A2RContext(n=4)), 4),
        (Tenant, Tenant("me"), 2),
        (dict, {"user": "me", "a2r": {"n": 3}}, 3),
        (dict, {"user": "me", "n": 3}, 2),
    ],
)
async def test_settings_come_from_the_parents_context_else_from_the_graph(
    schema, context, branches, sync
):
    model = Scripted()
    a2r = create_a2r(model, Scripted(), n=2, top_p=0.5)
    graph = chain(MessagesState, ("think", a2r), context=schema)
    await call(graph, ask(), context=context, sync=sync)
    assert [keywords["top_p"] for _, keywords in model.calls] == [0.5] * branches


async def test_a_wrong_setting_in_a_parents_context_is_refused_before_any_call():
    model = Scripted()
    graph = chain(MessagesState, ("think", create_a2r(model)), context=Tenant)
    with pytest.raises(ValueError, match="n: 0 is not allowed"):
        await graph.ainvoke(ask(), context=Tenant("me", {"n": 0}))
    assert not model.calls


def two(state: Any, *, parallel: bool) -> Any:
    """Return a graph with two A2R of different settings, and a node that joins them."""
    builder = StateGraph(state, context_schema=A2RContext)
    for n, name in ((2, "few"), (3, "many")):
        a2r = create_a2r(Scripted(), Scripted(script=f"By {name}."), n=n, name=name)
        builder.add_node(name, a2r)
    builder.add_node("join", lambda _: {"messages": [("user", "Thanks.")]})
    builder.add_edge(START, "few")
    builder.add_edge(START if parallel else "few", "many")
    builder.add_edge(["few", "many"] if parallel else "many", "join")
    return builder.compile()


@both_ways
@pytest.mark.parametrize("parallel", [False, True], ids=["in sequence", "in parallel"])
async def test_two_a2r_in_one_parent_have_settings_and_reports_of_their_own(parallel, sync):
    graph = two(Collecting, parallel=parallel)
    events = await streamed(graph, ask(), stream_mode=["updates", "values"], sync=sync)
    reports = {
        name: update["a2r"]
        for mode, event in events
        if mode == "updates"
        for name, update in event.items()
        if name != "join"
    }
    assert {name: len(r["references"]) for name, r in reports.items()} == {
        "few": 2,
        "many": 3,
    }
    assert reports["few"]["run"] != reports["many"]["run"]
    _, result = events[-1]
    assert result["a2r"] == [reports["few"], reports["many"]]
    assert contents(result["messages"])[1:] == ["By few.", "By many.", "Thanks."]


async def test_of_two_in_sequence_a_key_without_a_reducer_keeps_the_last():
    result = await two(Parent, parallel=False).ainvoke(ask())
    assert len(result["a2r"]["references"]) == 3
    result = await two(Parent, parallel=False).ainvoke(ask(), context={"n": 1})
    assert len(result["a2r"]["references"]) == 1


async def test_two_in_parallel_need_a_reducer_of_the_parents_where_it_keeps_the_report():
    with pytest.raises(InvalidUpdateError, match="a2r"):
        await two(Parent, parallel=True).ainvoke(ask())
    result = await two(MessagesState, parallel=True).ainvoke(ask())
    assert [*result] == ["messages"]
    assert len(result["messages"]) == 4


@both_ways
async def test_questions_sent_to_one_node_at_once_are_runs_of_their_own(sync):
    class Many(MessagesState):
        a2r: Annotated[list[Any], lambda reports, report: [*reports, report]]

    questions = ["What is 1 + 1?", "What is 2 + 2?", "What is 3 + 3?"]
    explorer = Scripted(script=lambda _, messages, __: f"Answer: {messages[0].content}")
    builder = StateGraph(Many)
    builder.add_node("think", create_a2r(explorer, Scripted(), n=2))
    builder.add_conditional_edges(
        START, lambda _: [Send("think", ask(q)) for q in questions], ["think"]
    )
    graph = builder.compile(InMemorySaver())
    given = {"messages": []}
    reports = (await call(graph, given, config_of("1"), sync=sync))["a2r"]
    assert [[r["text"] for r in report["references"]] for report in reports] == [
        [f"Answer: {question}"] * 2 for question in questions
    ]
    assert len({report["run"] for report in reports}) == 3


@both_ways
async def test_a_node_without_messages_of_its_own_may_call_a2r(sync):
    a2r = create_a2r(Scripted(), Scripted(script="So 42."), n=2)

    class Question(BaseModel):
        question: str
        answer: str = ""
        sure: float = 0

    async def think(state: Question):
        result = await a2r.ainvoke(ask(state.question), context={"n": 4})
        share = result["a2r"]["votes"]["42"] / len(result["a2r"]["references"])
        return {"answer": result["messages"][-1].text, "sure": share}

    def think_sync(state: Question):
        result = a2r.invoke(ask(state.question))
        return {"answer": result["messages"][-1].text, "sure": 1}

    graph = chain(Question, ("think", think_sync if sync else think))
    result = await call(graph, {"question": "What is 6 x 7?"}, sync=sync)
    assert (result["answer"], result["sure"]) == ("So 42.", 1)


def test_a_synchronous_node_calls_it_under_a_synchronous_saver():
    a2r = create_a2r(Scripted(), Scripted(), n=2)

    def think(state):
        return {"messages": a2r.invoke({"messages": state["messages"]})["messages"][-1:]}

    with SqliteSaver.from_conn_string(":memory:") as saver:
        graph = chain(MessagesState, ("think", think), saver=saver)
        result = graph.invoke(ask(), {"configurable": {"thread_id": "1"}})
    assert [m.type for m in result["messages"]] == ["human", "ai"]
