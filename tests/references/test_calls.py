"""Tool calls that branches propose, as text and as answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from a2r_graph.references import answer_in, extract, text_beside, written

calls = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["search", "add"]),
            "args": st.dictionaries(
                st.text(max_size=3), st.integers() | st.text(max_size=5)
            ),
            "id": st.text("0123456789", min_size=1, max_size=3),
        }
    ),
    min_size=1,
    max_size=3,
)


@given(calls)
def test_calls_are_one_answer_whatever_their_ids_and_order(proposed):
    again = [
        {**call, "id": f"x{call['id']}", "args": dict(reversed(call["args"].items()))}
        for call in reversed(proposed)
    ]
    assert answer_in(proposed) == answer_in(again)


@given(st.text(max_size=20), calls)
def test_the_text_beside_the_calls_is_found_again(text, proposed):
    text = text.strip()
    assert text_beside(f"{text}\n{written(proposed)}".lstrip(), proposed) == text


def test_a_reply_that_is_a_tool_call_alone_has_not_failed():
    call = {"name": "add", "args": {"a": 1}, "id": None, "type": "tool_call"}
    found = extract(AIMessage("", tool_calls=[call, call]))
    assert found.failure is None
    assert [c["id"] for c in found.calls] == ["call_0", "call_1"]


def test_a_call_whose_arguments_can_not_be_read_has_failed():
    bad = {"name": "add", "args": "{", "id": "1", "type": "invalid_tool_call"}
    found = extract(AIMessage("I add.", invalid_tool_calls=[{**bad, "error": "no JSON"}]))
    assert found.failure["kind"] == "bad_response"
    assert "add" in found.failure["message"]
