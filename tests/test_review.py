"""A person looks at the references before the answer is written."""

from __future__ import annotations

import json

import pytest
from fakes import Scripted, ask
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command
from pydantic import ValidationError

from a2r_graph import SynthesisError, create_a2r

THREAD = {"configurable": {"thread_id": "1"}}
TEXTS = ["First way. Answer: 42", "Second way. Answer: 42", "A slip. Answer: 41"]


def made(**settings):
    small, big = Scripted(script=TEXTS), Scripted(script="So 42.")
    settings = {"n": 3, "review": True, "checkpointer": InMemorySaver(), **settings}
    return create_a2r(small, big, **settings), small, big


def shown(big):
    """Return what the synthesizer was asked, behind the conversation."""
    return big.calls[-1][0][-1].content


async def test_the_run_stops_with_the_references_as_plain_data_and_a_schema():
    a2r, small, big = made()
    result = await a2r.ainvoke(ask(), THREAD)
    (stop,) = result["__interrupt__"]
    payload = json.loads(json.dumps(stop.value))
    assert payload == stop.value
    assert payload["type"] == "a2r_review"
    assert payload["question"] == "What is 6 x 7?"
    assert payload["votes"] == {"42": 2, "41": 1}
    assert [r["index"] for r in payload["references"]] == [0, 1, 2]
    assert payload["references"][0] == {
        "index": 0, "model": "Scripted", "answer": "42", "support": 1, "shown": True,
        "text": TEXTS[0],
    }  # fmt: skip
    schema = json.dumps(stop.response_schema)
    assert '"enum": [0, 1, 2]' in schema
    assert "Left empty, the run goes on as it is" in schema
    assert (len(small.calls), len(big.calls)) == (3, 0)
    assert (await a2r.aget_state(THREAD)).values["a2r"]["review"] is None


@pytest.mark.parametrize("approval", [{}, True, {"references": None}])
def test_going_on_as_it_is_asks_no_explorer_again_and_changes_nothing(approval):
    plain, _, unreviewed = made(review=False)
    plain.invoke(ask(), THREAD)
    a2r, small, big = made()
    a2r.invoke(ask(), THREAD)
    result = a2r.invoke(Command(resume=approval), THREAD)
    assert (len(small.calls), len(big.calls)) == (3, 1)
    assert shown(big) == shown(unreviewed)
    assert result["messages"][-1].content == "So 42."
    assert result["a2r"]["review"] == {"references": None, "guidance": None}


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("form", ["invoke", "ainvoke", "stream", "astream"])
async def test_an_empty_form_goes_on_as_it_is_in_every_way_to_run(
    form, durability, tmp_path
):
    with SqliteSaver.from_conn_string(str(tmp_path / "db")) as saver:
        a2r, small, big = made(checkpointer=InMemorySaver() if form[0] == "a" else saver)
        for given in (ask(), Command(resume={})):
            run = getattr(a2r, form)(given, THREAD, durability=durability)
            match form:
                case "ainvoke":
                    await run
                case "stream":
                    list(run)
                case "astream":
                    async for _ in run:
                        pass
        state = a2r.get_state(THREAD)
    assert state.next == state.interrupts == ()
    assert state.values["messages"][-1].content == "So 42."
    assert state.values["a2r"]["review"] == {"references": None, "guidance": None}
    assert (len(small.calls), len(big.calls)) == (3, 1)


async def test_an_empty_form_answers_no_review_that_is_yet_to_come():
    first, small, big = made(checkpointer=None)
    builder = StateGraph(MessagesState)
    builder.add_node("one", first).add_node("two", first)
    parent = builder.add_edge(START, "one").add_edge("one", "two").compile(InMemorySaver())
    for calls in (3, 6):
        given = Command(resume={}) if small.calls else ask()
        assert (await parent.ainvoke(given, THREAD))["__interrupt__"]
        assert len(small.calls) == calls
    result = await parent.ainvoke(Command(resume={}), THREAD)
    assert "__interrupt__" not in result
    assert (len(small.calls), len(big.calls)) == (6, 2)


async def test_an_empty_form_goes_on_after_a_choice_that_did_not_fit():
    a2r, _, _ = made(reference_tokens=60)
    await a2r.ainvoke(ask(), THREAD)
    long = {"references": [{"text": "long " * 5000}]}
    assert (await a2r.ainvoke(Command(resume=long), THREAD))["__interrupt__"]
    result = await a2r.ainvoke(Command(resume={}), THREAD)
    assert result["messages"][-1].content == "So 42."


async def test_references_can_be_dropped_edited_reordered_and_added():
    a2r, small, big = made()
    await a2r.ainvoke(ask(), THREAD)
    choice = [2, {"text": "Mine: 43"}, {"index": 0, "text": "Edited. Answer: 42"}]
    result = await a2r.ainvoke(Command(resume={"references": choice}), THREAD)
    prompt = shown(big)
    places = [prompt.index(text) for text in ("A slip.", "Mine: 43", "Edited.")]
    assert places == sorted(places)
    assert "First way" not in prompt
    assert "Second way" not in prompt
    assert "3 references follow" in prompt
    report = result["a2r"]
    assert [r["shown"] is not None for r in report["references"]] == [True, False, True]
    assert [r["text"] for r in report["references"]] == TEXTS, "what was paid for stays"
    assert report["votes"] == {"42": 2, "41": 1}
    assert report["review"]["references"] == [
        {"index": 2}, {"text": "Mine: 43"}, {"index": 0, "text": "Edited. Answer: 42"},
    ]  # fmt: skip
    assert len(small.calls) == 3


async def test_guidance_is_told_to_the_synthesizer_as_it_is():
    a2r, _, big = made()
    await a2r.ainvoke(ask(), THREAD)
    said = "Mind the {units}, please."
    result = await a2r.ainvoke(Command(resume={"guidance": said}), THREAD)
    assert shown(big).endswith(said)
    assert all(text in shown(big) for text in TEXTS)
    assert result["a2r"]["review"]["guidance"] == said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"references": [7]}, "Input should be 0, 1 or 2"),
        ({"references": []}, "at least 1 item"),
        ({"references": [0, 0]}, "index 0 is named twice"),
        ({"references": [{}]}, r"give an index \(to keep\)"),
        ({"references": [{"text": "  "}]}, "pattern"),
        ({"drop": [1]}, "drop"),
        (False, "valid dictionary"),
        ("looks good", "valid dictionary"),
    ],
)
async def test_a_wrong_answer_is_refused_in_words_and_can_be_given_again(wrong, words):
    a2r, small, big = made()
    await a2r.ainvoke(ask(), THREAD)
    with pytest.raises(ValidationError, match=words):
        await a2r.ainvoke(Command(resume=wrong), THREAD)
    assert (await a2r.aget_state(THREAD)).interrupts
    result = await a2r.ainvoke(Command(resume={"references": [0]}), THREAD)
    assert result["messages"][-1].content == "So 42."
    assert (len(small.calls), len(big.calls)) == (3, 1)


async def test_without_a_checkpointer_it_is_refused_before_any_call():
    a2r, small, _ = made(checkpointer=None)
    with pytest.raises(ValueError, match="review: True needs a checkpointer"):
        await a2r.ainvoke(ask())
    assert not small.calls


async def test_a_review_can_be_asked_for_by_one_run_alone():
    a2r, _, big = made(review=False)
    assert "__interrupt__" in await a2r.ainvoke(ask(), THREAD, context={"review": True})
    again = {"configurable": {"thread_id": "2"}}
    assert "__interrupt__" not in await a2r.ainvoke(ask(), again)
    assert len(big.calls) == 1


@pytest.mark.parametrize("answer", [{"references": [1]}, {}])
@pytest.mark.parametrize("saved", [InMemorySaver, lambda: True])
async def test_a_parent_graph_is_interrupted_and_resumed(saved, answer):
    a2r, small, big = made(checkpointer=None if saved is InMemorySaver else saved())
    builder = StateGraph(MessagesState)
    builder.add_node("think", a2r)
    builder.add_edge(START, "think")
    builder.add_edge("think", END)
    parent = builder.compile(InMemorySaver())
    (stop,) = (await parent.ainvoke(ask(), THREAD))["__interrupt__"]
    assert stop.value["type"] == "a2r_review"
    result = await parent.ainvoke(Command(resume=answer), THREAD)
    assert [m.type for m in result["messages"]] == ["human", "ai"]
    assert ("First way" in shown(big)) is (not answer)
    assert (len(small.calls), len(big.calls)) == (3, 1)


async def test_several_turns_of_a_thread_are_reviewed_each():
    a2r, small, big = made()
    for turn in (1, 2, 3):
        assert "__interrupt__" in await a2r.ainvoke(ask(), THREAD)
        result = await a2r.ainvoke(Command(resume={"references": [2]}), THREAD)
        assert result["a2r"]["review"]["references"] == [{"index": 2}]
        assert len(result["messages"]) == 2 * turn
    assert (len(small.calls), len(big.calls)) == (9, 3)


@pytest.mark.parametrize("sync", [True, False])
async def test_a_choice_that_does_not_fit_is_told_and_can_be_made_again(sync):
    a2r, small, big = made(reference_tokens=60)

    async def run(given):
        return a2r.invoke(given, THREAD) if sync else await a2r.ainvoke(given, THREAD)

    (stop,) = (await run(ask()))["__interrupt__"]
    assert "problem" not in stop.value
    for _ in range(2):
        long = {"references": [{"text": "long " * 5000}]}
        (stop,) = (await run(Command(resume=long)))["__interrupt__"]
        assert "no reference fits" in stop.value["problem"]
    result = await run(Command(resume={"references": [0]}))
    assert result["messages"][-1].content == "So 42."
    assert result["a2r"]["review"]["references"] == [{"index": 0}]
    assert (len(small.calls), len(big.calls)) == (3, 1)


async def test_a_prompt_function_that_fails_is_an_error():
    def prompt(references):
        if any(r["text"] == "mine" for r in references):
            raise KeyError
        return "Answer."

    a2r, _, big = made(prompt=prompt)
    await a2r.ainvoke(ask(), THREAD)
    with pytest.raises(SynthesisError, match="prompt: KeyError"):
        await a2r.ainvoke(Command(resume={"references": [{"text": "mine"}]}), THREAD)
    assert not big.calls


async def test_where_nothing_is_synthesized_nobody_is_asked():
    a2r, _, big = made(n=2, skip_on_consensus=True)
    result = await a2r.ainvoke(ask(), THREAD)
    assert result["a2r"]["synthesis"] == "skipped"
    assert "__interrupt__" not in result
    assert not big.calls


async def test_the_review_is_told_in_the_custom_stream_once():
    a2r, _, _ = made()
    seen = [e async for e in a2r.astream(ask(), THREAD, stream_mode="custom")]
    resumed = Command(resume={"guidance": "Be brief."})
    seen += [e async for e in a2r.astream(resumed, THREAD, stream_mode="custom")]
    kinds = [event["event"] for event in seen]
    assert kinds[-3:] == ["reduced", "reviewed", "synthesis_started"]
    assert seen[-2]["guidance"] == "Be brief."
