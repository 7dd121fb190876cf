"""A message is taken apart; a thought is never an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from a2r_graph.references import extract, sanitise
from a2r_graph.references.extract import SPLIT_ALREADY

TAGS = ["<think>", "</think>", "<THINKING>", "</thinking>", "\n", " ", "word", "<"]


def message(content: Any = "", **extra: Any) -> AIMessage:
    reason = extra.pop("finish_reason", None)
    metadata = {"finish_reason": reason} if reason else {}
    return AIMessage(content, additional_kwargs=extra, response_metadata=metadata)


def kind(found: Any) -> str | None:
    failure = extract(found).failure
    return failure["kind"] if failure else None


@pytest.mark.parametrize(
    ("raw", "text", "reasoning"),
    [
        ("plain", "plain", None),
        ("<think>hm</think>\n\n42 ", "42", "hm"),
        ("<think>a</think>\nb\n<think>c</think> d", "b\nd", "a\nc"),
        ("<think>a</think> b <think>c</think> d", "b <think>c</think> d", "a"),
        ("<THINKING>hm</thinking>42", "42", "hm"),
        ("hm</think>42", "42", "hm"),
        ("42\n<think>am I right", "42", "am I right"),
        ("the tag <think> opens a thought", "the tag <think> opens a thought", None),
    ],
)
def test_inline_thoughts_are_split_off(raw: str, text: str, reasoning: str | None) -> None:
    for given_as in (raw, message(raw), message([{"type": "text", "text": raw}])):
        found = extract(given_as)
        assert (found.text, found.reasoning, found.failure) == (text, reasoning, None)


@pytest.mark.parametrize("raw", ["<think>hm", "  <think>hm", "<think>a</think> <think>b"])
def test_an_unclosed_thought_is_a_truncated_reply(raw: str) -> None:
    found = extract(raw)
    assert found.text == ""
    assert found.reasoning
    assert found.failure
    assert found.failure["kind"] == "truncated"
    assert "max_tokens" in found.failure["message"]


def test_a_preamble_before_a_thought_cut_off_by_length_is_no_answer() -> None:
    found = extract(message("Let me see.\n<think>hm", finish_reason="length"))
    assert (found.text, found.failure and found.failure["kind"]) == ("", "truncated")


def test_a_tag_in_a_reply_that_ended_by_itself_or_in_code_is_no_thought_cut_off() -> None:
    shown = "Use one tag.\n<think>\nIt opens the thought."
    assert extract(message(shown, finish_reason="stop")).text == shown
    code = "It looks so.\n```\n<think>\nhm"
    assert extract(message(code, finish_reason="length")).text == code


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("<think>more</think>42", "42", "hm\nmore"),
        ("</think>\n\n42", "42", "hm"),
        ("\n</think></think>42", "42", "hm"),
        ("hm</think>42", "hm</think>42", "hm"),
        ("Strip it at </think>\nand say 42", "Strip it at </think>\nand say 42", "hm"),
    ],
)
def test_behind_a_thought_in_its_field_tags_at_the_beginning_alone_are_no_words(
    content: str, text: str, reasoning: str
) -> None:
    field = message(content, reasoning_content="hm")
    blocks = message([{"type": "thinking", "thinking": "hm"}, content])
    for found in (extract(field), extract(blocks)):
        assert (found.text, found.reasoning, found.failure) == (text, reasoning, None)


def test_what_an_endpoint_of_ours_has_split_is_not_split_again() -> None:
    said = AIMessage(
        "hm\n</think>\n42", response_metadata={"model_provider": SPLIT_ALREADY}
    )
    assert extract(said).text == said.content
    assert extract(str(said.content)).text == "42"


@pytest.mark.parametrize("finish", ["length", "MAX_TOKENS", {"type": "length"}])
@pytest.mark.parametrize(
    "said",
    ["<think>hm", "[THINK]hm", "<|channel|>analysis<|message|>hm", "<|channel>thought\nhm"],
)
def test_a_thought_that_was_cut_off_is_truncated_in_any_form(
    said: str, finish: Any
) -> None:
    found = extract(message(said, finish_reason=finish))
    assert (found.text, found.reasoning) == ("", "hm")
    assert found.failure
    assert found.failure["kind"] == "truncated"


@pytest.mark.parametrize("reason", ["abort", {"type": "abort", "message": "no"}, "error"])
def test_a_reply_that_the_server_broke_off_is_a_server_error(reason: Any) -> None:
    found = extract(message("Answer: 4", finish_reason=reason))
    assert found.failure
    assert found.failure["kind"] == "server_error"
    assert "broke" in found.failure["message"]


@pytest.mark.parametrize("reason", ["content_filter", "sensitive", "RECITATION"])
def test_a_text_that_a_filter_ended_is_refused(reason: str) -> None:
    found = extract(message("Answer: 4", finish_reason=reason))
    assert (found.text, found.cut_off) == ("Answer: 4", False)
    assert found.failure
    assert found.failure["kind"] == "refused"


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "42"}],
        [{"type": "thinking", "thinking": "hm"}, "42"],
        [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, "42"],
        [{"type": "reasoning", "summary": [{"text": "hm"}]}, "4", "2"],
    ],
)
def test_reasoning_blocks_are_reasoning(content: list[Any]) -> None:
    found = extract(message(content))
    assert (found.text, found.reasoning) == ("42", "hm")


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_reasoning_in_its_own_field_is_found(key: str) -> None:
    assert extract(message("42", **{key: "hm"})).reasoning == "hm"


@pytest.mark.parametrize("key", ["finish_reason", "stop_reason", "done_reason"])
def test_the_finish_reason_has_many_names(key: str) -> None:
    found = extract(AIMessage("42", response_metadata={key: "stop"}))
    assert found.finish_reason == "stop"


def test_an_empty_reply_says_why_it_is_empty() -> None:
    assert kind("  \n") == "empty"
    assert kind(message(finish_reason="length")) == "truncated"
    assert kind(message(finish_reason="MAX_TOKENS")) == "truncated"
    assert kind(message(finish_reason="content_filter")) == "refused"
    assert kind(message(finish_reason="SAFETY")) == "refused"
    assert kind(message([{"type": "refusal", "refusal": "no"}])) == "refused"
    cut = AIMessage(
        "", response_metadata={"incomplete_details": {"reason": "max_output_tokens"}}
    )
    assert kind(cut) == "truncated"


def test_a_refusal_is_quoted() -> None:
    failure = extract(message(refusal="I can't help with that.")).failure
    assert failure
    assert failure["kind"] == "refused"
    assert "I can't help with that." in failure["message"]


def test_a_text_cut_off_by_length_is_still_a_text() -> None:
    found = extract(message("half an ans", finish_reason="length"))
    assert (found.text, found.failure, found.cut_off) == ("half an ans", None, True)


@pytest.mark.parametrize("content", [None, 7, [None, 7, {}, {"type": "text"}]])
def test_what_is_no_message_is_an_empty_one(content: object) -> None:
    assert kind(type("Odd", (), {"content": content if content != 7 else []})()) == "empty"


@given(st.text(st.characters(), max_size=50))
def test_what_is_kept_is_utf8_and_json_without_nul(text: str) -> None:
    clean = sanitise(text + "\0" + text)
    assert "\0" not in clean
    assert json.loads(json.dumps(clean).encode()) == clean
    assert sanitise(clean) == clean
    clean.encode()


def test_what_a_terminal_would_obey_is_dropped_and_lines_and_tabs_are_kept() -> None:
    assert sanitise("\x1b[2Ja\tb\r\nc\x07\x7f\x9b") == "[2Ja\tb\r\nc"


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_joined() -> None:
    assert sanitise("a\ud800b\udfff") == "a\ufffdb\ufffd"
    assert sanitise("\ud83d\ude00") == "\U0001f600"
    assert sanitise("\ufeff\ud800") == "\ufeff\ufffd"
    assert extract("a\0\ud800").text == "a\ufffd"


@given(st.lists(st.sampled_from(TAGS), max_size=12).map("".join))
def test_a_thought_is_never_shown_as_an_answer(raw: str) -> None:
    assert "SECRET" not in extract(f"<think>SECRET</think>{raw}").text
    assert "SECRET" not in extract(f"SECRET\n</think>{raw}").text
    opened = extract(raw + "\n<think>SECRET")
    assert "SECRET" not in opened.text
    assert bool(opened.text) == (opened.failure is None)


@pytest.mark.parametrize("unit", ["<think>", "</think>", "x <think>", "\n<think>", "<"])
def test_a_megabyte_of_tags_is_read_at_once(unit: str) -> None:
    extract(unit * (1_000_000 // len(unit)))
