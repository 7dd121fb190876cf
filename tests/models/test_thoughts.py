"""Thoughts inline: the same however a stream cuts them up."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from a2r_graph.models.thoughts import CLOSING, OPENING, Splitter, split

PARTS = st.sampled_from(
    [OPENING, CLOSING, "<", "</", "think>", "<thi", "nk>", "hm", " ", "\n", "42", "<b>"]
)
TEXTS = st.lists(PARTS, max_size=12).map("".join)


def by_definition(text, thinking):
    """Say in one line what the stream finds piece by piece."""
    if text.lstrip().startswith(OPENING):
        text = text.lstrip().removeprefix(OPENING)
    elif not thinking:
        return "", text
    thought, _, answer = text.partition(CLOSING)
    return thought, answer.lstrip()


@given(TEXTS, st.data(), st.booleans())
def test_where_a_stream_is_cut_makes_no_difference(text, data, thinking):
    places = st.lists(st.integers(0, len(text)), max_size=8)
    cuts = [0, *sorted(data.draw(places)), len(text)]
    splitter = Splitter(thinking=thinking)
    parts = [splitter.take(text[start:end]) for start, end in itertools.pairwise(cuts)]
    parts.append(splitter.end())
    thought = "".join(part[0] for part in parts)
    answer = "".join(part[1] for part in parts)
    assert (thought, answer) == by_definition(text, thinking)


@given(TEXTS, st.booleans())
@example("<think>a</think>x<think>b</think>y", False)  # noqa: FBT003  hypothesis' way
@example("<think>hm</think>42", True)  # noqa: FBT003  so here
def test_a_whole_text_is_split_as_its_stream_is(text, thinking):
    assert split(text, thinking=thinking) == by_definition(text, thinking)


@given(TEXTS)
def test_a_text_that_begins_with_no_thought_stays_as_it_is(text):
    if not text.lstrip().startswith(OPENING):
        assert split(text, thinking=False) == ("", text)
