"""The synthesizer's prompt against its window, by a counter that can be checked."""

from __future__ import annotations

import pytest
from fakes import Scripted, ask
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from a2r_graph import SynthesisError, create_a2r
from a2r_graph.nodes.room import TooLongError


class Worded(Scripted):
    """A model whose tokens are words, with a window."""

    def get_num_tokens(self, text: str) -> int:
        return len(text.split())


def worded(window: int, **fields):
    return Worded(profile={"max_input_tokens": window}, **fields)


def size(messages) -> int:
    return sum(len(str(m.content).split()) + 1 for m in messages)  # and its role


LONG = "the end holds it, and before it stand so many words " * 30 + "Answer: 7"


@given(window=st.integers(260, 900), words=st.integers(1, 80))
@settings(max_examples=30, deadline=None)
def test_prompt_references_and_answer_stay_within_the_window(window, words):
    texts = [f"{LONG} {i} " * (i + 1) for i in range(4)]
    synthesizer = worded(window)
    a2r = create_a2r(Scripted(script=texts), synthesizer, n=4, synthesizer_max_tokens=words)
    report = a2r.invoke(ask())["a2r"]
    prompt = synthesizer.calls[0][0]
    assert size(prompt) == report["prompt"]["prompt_tokens"]
    assert size(prompt) + words <= window == report["prompt"]["window"]
    assert report["prompt"]["estimated"] is False
    assert any(r["shown"] and r["shown"]["cut"] for r in report["references"])


def test_where_nobody_says_a_quarter_of_the_window_is_left_for_the_answer():
    synthesizer = worded(800)
    create_a2r(Scripted(script=LONG * 3), synthesizer, n=3).invoke(ask())
    assert 500 < size(synthesizer.calls[0][0]) <= 600


def test_a_cut_reference_keeps_its_end():
    synthesizer = worded(400, max_tokens=20)
    report = create_a2r(Scripted(script=LONG), synthesizer, n=1).invoke(ask())["a2r"]
    prompt = synthesizer.calls[0][0][-1].content
    assert report["references"][0]["shown"]["cut"] is True
    assert report["references"][0]["text"] == LONG
    assert "Answer: 7\n</reference>" in prompt
    assert "[…]" in prompt


def test_the_least_supported_go_first():
    texts = [f"{LONG} a{i} " + "Answer: 1" for i in range(5)] + [LONG + " b Answer: 2"]
    synthesizer = worded(320, max_tokens=20)
    a2r = create_a2r(Scripted(script=texts), synthesizer, n=6, near_duplicate=1.0)
    references = a2r.invoke(ask())["a2r"]["references"]
    assert references[5]["answer"] == "2"
    assert references[5]["shown"] is None
    assert references[0]["shown"] is not None


def test_per_answer_bounds_what_is_shown_and_not_what_is_counted():
    texts = [f"{word} Answer: 1" for word in ("red", "green", "blue", "black")]
    a2r = create_a2r(Scripted(script=[*texts, "Answer: 2"]), Scripted(), n=5, per_answer=1)
    report = a2r.invoke(ask())["a2r"]
    assert report["votes"] == {"1": 4, "2": 1}
    assert [r["index"] for r in report["references"] if r["shown"]] == [0, 4]


def test_near_duplicates_are_shown_once_and_counted_each():
    twin = LONG.replace("many words", "many nice words", 1)
    synthesizer = Scripted()
    report = create_a2r(Scripted(script=[LONG, twin]), synthesizer, n=2).invoke(ask())[
        "a2r"
    ]
    assert report["votes"] == {"7": 2}
    assert report["references"][1]["duplicate_of"] == 0
    assert 'support="2"' in synthesizer.calls[0][0][-1].content


@pytest.mark.parametrize(
    ("order", "first"), [("index", "Answer: 2"), ("support", "x Answer: 1")]
)
def test_the_order_is_the_one_asked_for(order, first):
    script = ["Answer: 2", "x Answer: 1", "other words, y Answer: 1"]
    synthesizer = Scripted()
    create_a2r(Scripted(script=script), synthesizer, n=3, order=order).invoke(ask())
    assert (
        f'<reference id="1" support="1">\n{first}\n' in synthesizer.calls[0][0][-1].content
    )


def test_a_shuffle_goes_by_the_seed():
    script = [f"Answer: {i}" for i in range(8)]

    def prompt(seed):
        synthesizer = Scripted()
        a2r = create_a2r(
            Scripted(script=script), synthesizer, n=8, order="shuffle", seed=seed
        )
        a2r.invoke(ask())
        return synthesizer.calls[0][0][-1].content

    assert prompt(1) == prompt(1)
    assert len({prompt(seed) for seed in range(5)}) > 1


def test_a_question_that_leaves_no_room_is_refused_before_any_call():
    explorer = Scripted()
    with pytest.raises(ValueError, match=r"question is 7\d\d tokens .* window is 700"):
        create_a2r(explorer, worded(700)).invoke(ask("word " * 620))
    assert not explorer.calls


def test_an_explorers_window_is_checked_too():
    explorer = worded(100, max_tokens=50)
    with pytest.raises(ValueError, match=r"question is 80 tokens .* window is 100"):
        create_a2r(explorer, Scripted()).invoke(ask("wordy-word " * 79))
    assert not explorer.calls


def test_a_counter_that_fails_is_replaced_by_an_estimate_that_says_so():
    class Broken(Worded):
        def get_num_tokens(self, text):
            raise OSError(text)

    synthesizer = Broken(profile={"max_input_tokens": 100_000})
    report = create_a2r(Scripted(), synthesizer, n=2).invoke(ask())["a2r"]
    assert report["prompt"]["estimated"] is True
    assert report["synthesis"] == "model"


def test_a_prompt_function_that_writes_too_much_is_held_to_the_window():
    def twice(references):
        return " ".join(r["text"] for r in references * 2)

    synthesizer = worded(400, max_tokens=20)
    create_a2r(Scripted(script=LONG), synthesizer, n=1, prompt=twice).invoke(ask())
    assert size(synthesizer.calls[0][0]) + 20 <= 400


def test_a_prompt_function_that_ignores_the_window_is_a_failed_synthesis():
    a2r = create_a2r(Scripted(), worded(300), n=1, prompt=lambda _: "word " * 999)
    with pytest.raises(SynthesisError, match="no reference fits"):
        a2r.invoke(ask())


def told(words):
    """Return a conversation whose length is in the arguments of a tool call."""
    call = {"name": "write", "args": {"text": "x " * words}, "id": "1"}
    return [
        HumanMessage("Write"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("done", tool_call_id="1"),
        HumanMessage("Go on"),
    ]


@pytest.mark.parametrize("counting", [Scripted, Worded])
def test_a_long_tool_call_in_the_conversation_is_refused_as_long_text_is(counting):
    model = counting(profile={"max_input_tokens": 2000}, max_tokens=50)
    assert create_a2r(model, n=1).invoke({"messages": told(50)})
    with pytest.raises(TooLongError, match=r"question is .* window is 2,000"):
        create_a2r(model, n=1).invoke({"messages": told(9000)})
    assert len(model.calls) == 2


@pytest.mark.parametrize("counting", [Scripted, Worded])
def test_the_tools_of_a_model_take_room_in_its_window(counting):
    model = counting(profile={"max_input_tokens": 2000}, max_tokens=50)
    tools = [{"name": "write", "description": "x " * 9000}]
    with pytest.raises(TooLongError, match="question with the model's tools is"):
        create_a2r(model.bind(tools=tools), Scripted(), n=1).invoke(ask())
    assert not model.calls


def test_a_counter_that_fails_leaves_the_tools_in_the_estimate():
    class Broken(Worded):
        def get_num_tokens(self, text):
            raise OSError(text)

    model = Broken(profile={"max_input_tokens": 2000}, max_tokens=50)
    tools = [{"name": "write", "description": "x " * 9000}]
    with pytest.raises(TooLongError, match="is about 6,"):
        create_a2r(model.bind(tools=tools), Scripted(), n=1).invoke(ask())


def test_of_a_window_beside_long_tool_calls_the_references_get_the_rest():
    explorer = Scripted(script=LONG * 5)
    synthesizer = Scripted(profile={"max_input_tokens": 4000}, max_tokens=50)
    a2r = create_a2r(explorer, synthesizer, n=2)
    report = a2r.invoke({"messages": told(4000)})["a2r"]
    assert report["prompt"]["prompt_tokens"] > 2667  # 8,000 bytes of the call's
    assert report["prompt"]["reference_tokens"] < 1300
