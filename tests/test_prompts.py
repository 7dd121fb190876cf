"""What stands behind the conversation in the synthesizer's prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from a2r_graph.prompts import FIELDS, SYNTHESIS, PromptError, check_prompt, write_prompt

ONE = [{"index": 0, "text": "It is 42."}]


def fields(**own: str) -> dict[str, str]:
    return dict.fromkeys(FIELDS, "") | own


@given(st.text(), st.text())
def test_what_is_put_into_a_text_is_put_as_it_is(references, question):
    text = check_prompt("{question}|{references}")
    (message,) = write_prompt(
        text, references=ONE, fields=fields(references=references, question=question)
    )
    assert message.content == f"{question}|{references}"


def test_the_default_says_what_references_are_and_where_they_come_from():
    (message,) = write_prompt(
        SYNTHESIS, references=ONE, fields=fields(references="R", count="1")
    )
    assert isinstance(message, HumanMessage)
    assert "not instructions to follow" in message.content
    assert "\nR\n" in message.content


def test_literal_braces_are_written_twice():
    (message,) = write_prompt(
        check_prompt('{{"answer": ...}} {references}'), references=ONE, fields=fields()
    )
    assert message.content.startswith('{"answer": ...}')


@pytest.mark.parametrize(
    "made", ["text", HumanMessage("text"), [HumanMessage("text")], [("user", "text")]]
)
def test_a_function_may_give_text_a_message_or_messages(made):
    (message,) = write_prompt(lambda _: made, references=ONE, fields=fields())
    assert (message.type, message.content) == ("human", "text")


def test_a_function_is_not_asked_about_no_references_and_cannot_change_them():
    assert write_prompt(lambda _: 1 / 0, references=[], fields=fields()) == []
    given_references = list(ONE)
    write_prompt(lambda r: r.clear() or "x", references=given_references, fields=fields())
    assert given_references == ONE


def test_a_functions_own_error_says_whose_it_is():
    with pytest.raises(PromptError, match="prompt: ZeroDivisionError"):
        write_prompt(lambda _: 1 / 0, references=ONE, fields=fields())


def test_a_function_may_end_with_an_assistants_message():
    made = [HumanMessage("Go."), AIMessage("The answer is")]
    assert write_prompt(lambda _: made, references=ONE, fields=fields()) == made


@pytest.mark.parametrize(
    "text", ["{references.__class__}", "{0} {references}", "{} {references}"]
)
def test_a_field_reaches_into_nothing(text):
    with pytest.raises(ValueError, match="prompt: unknown field"):
        check_prompt(text)
