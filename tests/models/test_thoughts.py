"""Thoughts inline: the same however a stream cuts them up."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from a2r_graph.models.thoughts import CLOSING, OPENING, Splitter, take_out

PARTS = st.sampled_from(
    [OPENING, CLOSING, "<", "</", "think>", "<thi", "nk>", "hm", " ", "\n", "42", "<b>"]
)
TEXTS = st.lists(PARTS, max_size=12).map("".join)


def split(pieces, *, thinking):
    splitter = Splitter(thinking=thinking)
    parts = [*map(splitter.take, pieces), splitter.end()]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


@given(TEXTS, st.data(), st.booleans())
def test_where_a_stream_is_cut_makes_no_difference(text, data, thinking):
    places = st.lists(st.integers(0, len(text)), max_size=8)
    cuts = [0, *sorted(data.draw(places)), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(cuts)]
    assert split(pieces, thinking=thinking) == split([text], thinking=thinking)


@given(TEXTS, st.booleans())
def test_nothing_is_lost_but_tags_and_the_space_before_them(text, thinking):
    thought, answer = split(list(text), thinking=thinking)
    if not thinking and not text.lstrip().startswith(OPENING):
        assert (thought, answer) == ("", text)
    else:
        inner = text if thinking else text.lstrip().removeprefix(OPENING)
        assert (thought, answer) == (
            inner.partition(CLOSING)[0],
            inner.partition(CLOSING)[2],
        )


@given(st.text(alphabet="abc \n", min_size=1).filter(str.strip), st.text(alphabet="ab \n"))
def test_whole_and_streamed_find_the_same_answer(answer, thought):
    text = f"{OPENING}{thought}{CLOSING}{answer}"
    message = AIMessage(text)
    take_out(message, thinking=False)
    streamed = split(list(text), thinking=False)
    assert message.content == streamed[1].strip()
    assert message.additional_kwargs.get("reasoning_content", "") == streamed[0].strip()
