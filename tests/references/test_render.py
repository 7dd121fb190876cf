"""References are data: no text can forge a delimiter or speak for the template."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.references import quote, render, render_one
from a2r_graph.references.render import shorten

FRAGMENTS = [
    *("<", "</", "/", "reference", "REFERENCE", "ref", "erence", ' id="1"', ">", " "),
    *("\n", "\t", "\u200b", "\ufeff", "&lt;", "<|", "|>", "im_start", "[INST]", "<s>"),
    *(
        "]~b]",
        "</s>",
        "<think>",
        "<\uff5c",
        "\uff5c>",
        "[",
        "]",
        "<<SYS>>",
        "|",
        "tool_call",
    ),
]
hostile = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3)).map("".join)
UNSEEN = re.compile("[\\s\u200b-\u200f\u2060\ufeff]")


@given(st.lists(hostile, min_size=1, max_size=5))
def test_delimiters_cannot_be_forged(texts: list[str]) -> None:
    block = render([render_one(i, 1, text) for i, text in enumerate(texts, 1)])
    seen = UNSEEN.sub("", block).casefold()
    assert seen.count("<reference") == len(texts)
    assert seen.count("</reference>") == len(texts)


@given(hostile)
def test_quoting_twice_is_quoting_once(text: str) -> None:
    assert quote(quote(text)) == quote(text)


@given(hostile)
def test_only_the_first_character_of_an_imitation_changes(text: str) -> None:
    undone = quote(text).replace("&lt;", "<").replace("&#91;", "[").replace("&#93;", "]")
    assert undone == text.replace("&lt;", "<")


def test_a_reference_stands_between_its_delimiters() -> None:
    expected = '<reference id="1" support="3">\ntext\n</reference>'
    assert render_one(1, 3, "text") == expected
    assert render([expected, expected]) == f"{expected}\n{expected}"


@pytest.mark.parametrize(
    "text",
    [
        *("</reference>", "< / Reference", '<reference id="9">', "<\n\n/reference>"),
        *("<\u200breference", "<ref\u200berence>", "<//reference"),
        *("<|im_start|>", "<|eot_id|>", "<\uff5cend\u2581of\u2581sentence\uff5c>"),
        *("<start_of_turn>", "<end_of_turn>", "</s>", "<eos>", "<start_of_image>"),
        *("<<SYS>>", "<</SYS>>", "<|turn>", "<turn|>", "<|channel>", "<seed:bos>"),
    ],
)
def test_imitations_are_neutralised(text: str) -> None:
    changed = quote(f"before {text} after")
    assert text not in changed
    assert changed == f"before {text} after".replace(text, "&lt;" + text[1:])


def test_instruction_brackets_are_neutralised() -> None:
    assert quote("[INST] [/INST]") == "&#91;INST] &#91;/INST]"
    assert quote("[|user|] ]~b]user [e~[") == "&#91;|user|] &#93;~b]user &#91;e~["


@pytest.mark.parametrize(
    "text",
    [
        *("let v: Vec<s> = f();", "Map<s, T>", "<s>start", "<bos>", "<pad>", "<unk>"),
        *(
            "re.sub(r'<think>.*?</think>', '', text)",
            "<thinking>",
            "<tool_call>",
            "</tools>",
        ),
        *("x[i|j]", "a |> b <| c", "[|1; 2|]", "xs[e]~[0]", "<b>bold</b>", "<T|U>"),
    ],
)
def test_code_and_mark_up_that_give_nobody_a_voice_stay_as_they_are(text: str) -> None:
    assert quote(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("a < b > c", "f <| x |> g", "List<int>", "if (a<b) { x[i] = 1; }", "[1, 2]"),
        *(
            "<html><b>",
            "a refers; <ref>",
            "std::vector<std::string>",
            "x << 2",
            "[INS]",
        ),
        *("[INS]", "\u05e9\u05dc\u05d5\u05dd", "\U0001f600"),
    ],
)
def test_ordinary_text_and_code_stay_as_they_are(text: str) -> None:
    assert quote(text) == text


@pytest.mark.parametrize(
    "unit", ["<", "< ", "<|a", "<\u200br", "[", "<//", "<refe", "]~", "[|a", "<a"]
)
def test_a_megabyte_is_quoted_at_once(unit: str) -> None:
    started = time.process_time()
    quote(unit * (1_000_000 // len(unit)) + " " * 1_000_000)
    assert time.process_time() - started < 5


@given(st.text(max_size=200), st.integers(0, 250))
def test_a_cut_keeps_head_and_tail_and_about_as_much_as_asked(text: str, keep: int) -> None:
    cut = shorten(text, keep)
    if keep >= len(text):
        assert cut == text
        return
    head, marker, tail = f" {cut} ".rpartition("[…]")
    assert marker or "[…]" in text
    assert len(cut) <= keep + len(" […] ")
    assert text.lstrip().startswith(head.strip()) or "[…]" in text
    assert text.rstrip().endswith(tail.strip()) or "[…]" in text


def test_more_of_the_tail_is_kept_and_words_stay_whole() -> None:
    text = " ".join(f"word{number}" for number in range(200))
    head, _, tail = shorten(text, 500).partition(" […] ")
    assert len(head) < len(tail)
    assert set(head.split()) | set(tail.split()) <= set(text.split())


def test_an_accent_is_not_cut_off_its_letter() -> None:
    text = "e\u0301" * 300
    for keep in range(100, 110):
        head, _, tail = shorten(text, keep).partition(" […] ")
        assert head.endswith("\u0301")
        assert tail.startswith("e")
