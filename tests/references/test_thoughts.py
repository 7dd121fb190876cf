"""Where a thought ends: in every form, and the same however a stream cuts it up."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from a2r_graph.references.splitter import Splitter
from a2r_graph.references.tags import FORMS, ends_inside
from a2r_graph.references.thoughts import so_far, split

PAIRS = [
    (opening, closing)
    for form in FORMS
    for opening, closing in zip(form.openings, form.closings, strict=False)
]
FINAL = "<|start|>assistant<|channel|>final<|message|>"
CALL = (
    "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>"
    '{"a": 1}<|call|>'
)
FENCED = "Strip it:\n\n```python\ntext = text.split('</think>')[-1]\n```\n\nDone."
PARTS = st.sampled_from(
    [
        *(tag for pair in PAIRS for tag in pair),
        *("</rea\u017foning>", "<", "</", "think>", "<thi", "nk>", "hm", "42", "<b>"),
        *(" ", "   ", "\n", ":\n"),
        *(
            "`",
            '"',
            "'",
            "```\n",
            "~~~",
            "it's",
            "\u201c",
            "\u201d",
            "\\",
            "[",
            "\u25c1",
            "a.",
        ),
        *(
            "<|channel|>",
            "analysis",
            "final",
            "<|message|>",
            "<|end|>",
            FINAL,
            "<|return|>",
        ),
        *(
            "<|channel>thought\n",
            "<channel|>",
            "<turn|>",
            "analysisWe",
            "assistantfinal",
            CALL,
        ),
    ]
)
TEXTS = st.lists(PARTS, max_size=14).map("".join)


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_each_pair_of_tags_ends_a_thought_opened_in_the_reply_or_in_the_prompt(
    opening: str, closing: str
) -> None:
    for begun, thinking in ((opening, None), (opening, False), ("", None), ("", True)):
        found = split(f"{begun}six sevens\n{closing}\n\n42", thinking=thinking)
        assert (found.thought.strip(), found.answer) == ("six sevens", "42")
        assert not found.unclosed


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_in_each_form_a_thought_without_an_end_is_unclosed(
    opening: str, closing: str
) -> None:
    for text in (f"{opening}hm", f"\n {opening}", f"{opening}a{closing} {opening}b"):
        assert split(text).answer == ""
        assert split(text).unclosed


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        ("<think>hm</think>\n\n42", "hm", "42"),
        ("<THINKING>hm</Thinking>42", "hm", "42"),
        ("<think><think>hm</think>42", "hm", "42"),
        ("<think>\n<think>\nhm</think>42", "\n\nhm", "42"),
        ("<think></think>42", "", "42"),
        ("<think>a</think><think>b</think>42", "a\nb", "42"),
        ("<think>a</think>\n[THINK]b[/THINK]\n42", "a\nb", "42"),
        ("<think>a</think>\nOne.\n<think>b</think>\nTwo.", "a\nb", "One.\nTwo."),
        ("<think>a<think>b</think>c</think>42", "a<think>bc", "42"),
        ("<think>a <think>b <think>c</think>d</think>e</think>42", None, "42"),
        ("<think>ask of <think> tags</think>Wrap it.", "ask of <think> tags", "Wrap it."),
        ("<think>cut at `</think>`, say</think>Cut.", "cut at `</think>`, say", "Cut."),
        ("<think>re.sub(r'<think>.*</think>\\s*', '')\n</think>x", None, "x"),
        ("<think>so it's 42</think>It's 42.", "so it's 42", "It's 42."),
        ('<think>a 5" one</think>It has 5".', 'a 5" one', 'It has 5".'),
        ("hm</think>42", "hm", "42"),
        ("So it is 42. </think> It is 42.", "So it is 42. ", "It is 42."),
        ("say `</think>`\n</think>\nDone", "say `</think>`\n", "Done"),
        ("\ufeff<think>hm</think>42", "hm", "42"),
        ("\u601d\u8003\u5b8c\u6bd5\u3002</think>42", None, "42"),
        ("</think>\n\n42", "", "42"),
        ("</think></think>42", "", "42"),
    ],
)
def test_thoughts_at_the_beginning_are_taken_out(
    text: str, thought: str | None, answer: str
) -> None:
    found = split(text)
    assert found.answer == answer
    assert not found.unclosed
    assert thought in {None, found.thought}


@pytest.mark.parametrize(
    "text",
    [
        FENCED,
        "Write:\n```\n<think>\nhm\n</think>\n```\nand strip it.",
        "~~~xml\n</think>\n~~~",
        "```\nhm\n</think>\n42",
        "This\n\n    </think>\n\nis the tag.",
        '{"open": "<think>", "close": "</think>"}',
        '{\n  "close": "</think>"\n}',
        '{"text": "hm\\"</think>\\"42"}',
        "Strip it at `</think>`.",
        "Strip it at ``a`</think>``, say",
        'The tag "</think>" ends it.',
        "The tag \u201c</think>\u201d ends it, \u00ab</think>\u00bb too.",
        "re.sub(r'^.*</think>', '', text)",
        "re.sub(r'<think>.*?</think>', '', text, flags=re.S)",
        "To close a thought, write </think>. Then 42.",
        "You end it with </think>",
        "- </think>\n- </answer>",
        "The closing tag: </think>\nThe next: </b>",
        "It stands (</think>) at the end.",
        "The expression is .*?</think> with DOTALL.",
        "| tag | </think> | closes |",
        "Sure! <think>hm</think>42",
        'The tag is 5" </think> wide, 6" at most.',
        "The model writes:\n<think>\nhm\n</think>\nand then answers.",
        "the tag <think> opens a thought",
        "An analysis of it: assistantfinal",
        "analysis of the matter",
        "Use <|channel|>final<|message|> for that.",
        "  42 ",
        "",
    ],
)
def test_tags_of_code_quotations_json_and_prose_are_the_answers_own(text: str) -> None:
    for thinking in (None, False):
        assert split(text, thinking=thinking) == ("", text, False)
    for known in (
        "<think>hm</think>",
        "[THINK]hm[/THINK]",
        "<|channel>thought\nhm<channel|>",
    ):
        assert split(known + text).answer.strip() == text.strip()


def test_an_announced_tag_behind_a_thought_is_shown_and_no_further_thought() -> None:
    answer = "It looks so:\n\n<think>\nhm\n</think>\n"
    assert split(f"<think>a</think>{answer}").answer == answer


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        (f"<|channel|>analysis<|message|>hm<|end|>{FINAL}42<|return|>", "hm", "42"),
        (f"<|channel|>analysis<|message|>hm<|end|>{CALL}{FINAL}42", None, "42"),
        (f"{FINAL}42<|end|>{FINAL}43<|return|>", "", "43"),
        ("<|channel|>final<|message|>a<|end|><|channel|>final<|message|>b", "", "b"),
        (f"assistant<|channel|>analysis<|message|>hm{FINAL}42<|return|>", "hm", "42"),
        ("<|channel|>analysis<|message|>hm<|end|>\n42", "hm", "\n42"),
        ("<|start|>assistant<|message|>42<|return|>", "", "42"),
        (f"hm<|end|>{FINAL}42<|return|>", "hm", "42"),
        (
            f"<|channel|>analysis<|message|>say `<|end|>`<|end|>{FINAL}42",
            "say `<|end|>`",
            "42",
        ),
        ("analysisWe need six.assistantfinal42", "We need six.", "42"),
        ("<|channel>thought\nhm\n<channel|>42<turn|>", "hm\n", "42"),
        ("<|channel>thought\n<channel|>42", "", "42"),
        ("<|channel>thought\na<channel|><|channel>thought\nb<channel|>42", "a\nb", "42"),
        ("<|channel>thought\na<channel|><|channel>final\n42<channel|>", "a", "42"),
        ("hm\n<channel|>42", "hm\n", "42"),
    ],
)
def test_the_last_final_channel_is_the_answer(
    text: str, thought: str | None, answer: str
) -> None:
    found = split(text)
    assert (found.answer, found.unclosed) == (answer, False)
    assert thought in {None, found.thought}


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>analysis<|message|>hm",
        "<|channel|>analysis<|message|>hm<|end|>",
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>fin",
        f"<|channel|>analysis<|message|>hm<|end|>{CALL}",
        "<|channel|>commentary<|message|>I'll look it up.<|end|>",
        "analysisWe need six",
        "<|channel>thought\nhm",
        "<|channel>thought\nhm<channel|>",
    ],
)
def test_without_a_final_channel_the_thought_is_unclosed(text: str) -> None:
    assert split(text).answer == ""
    assert split(text).unclosed


def test_channels_in_code_within_the_final_one_are_its_own_words() -> None:
    code = f"```\n<|channel|>analysis<|message|>a<|end|>{FINAL}b<|return|>\n```\nDone"
    text = f"<|channel|>analysis<|message|>hm<|end|>{FINAL}{code}<|return|>"
    assert split(text).answer == code


def streamed(pieces: list[str], *, thinking: bool, whole: bool) -> tuple[Any, ...]:
    splitter = Splitter(thinking=thinking)
    parts = [splitter.take(piece) for piece in pieces]
    parts.append(splitter.end(whole=whole))
    thought, answer = ("".join(part[side] for part in parts) for side in (0, 1))
    return thought, answer, splitter.thinking


@given(TEXTS, st.data(), st.booleans(), st.booleans())
def test_where_a_stream_is_cut_makes_no_difference(text, data, thinking, whole):
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    known = split(text, thinking=thinking, whole=whole)
    assert streamed(pieces, thinking=thinking, whole=whole) == known
    assert streamed(list(text), thinking=thinking, whole=whole) == known


@given(TEXTS)
@example("<think>a</think>x<think>b</think>y")
@example("<think>a</think>\nx\n<think>b</think>y")
def test_an_answer_that_was_taken_out_is_not_taken_apart_again(text: str) -> None:
    answer = split(text).answer
    if "<|" not in text and "analysis" not in text:
        assert split(answer, thinking=False).answer == answer


@given(TEXTS, TEXTS)
def test_what_is_shown_of_a_text_under_way_stays_unless_the_prompt_began_a_thought(
    text: str, more: str
) -> None:
    shown = so_far(text)
    if split(text + more) == split(text + more, thinking=False):
        assert split(text + more).answer.startswith(shown)


@given(TEXTS)
def test_nothing_of_the_text_is_lost_but_tags_and_space(text: str) -> None:
    found = split(text)
    kept = sum(map(len, found[:2]))
    if found.answer != text:
        assert kept <= len(text) + text.count("<") + text.count("[") + text.count("\u25c1")
    else:
        assert not found.thought


@pytest.mark.parametrize(
    ("prompt", "inside"),
    [
        ("<|im_start|>assistant\n<think>\n", True),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", False),
        ("Think in [THINK]...[/THINK].[/INST]", False),
        ("<|start|>assistant<|channel|>analysis<|message|>", True),
        ("<|start|>user<|message|>?<|end|><|start|>assistant", False),
        ("<|turn>model\n<|channel>thought\n", True),
        ("<|turn>model\n<|channel>thought\n<channel|>", False),
        ("<|im_assistant|>\u25c1think\u25b7", True),
        ("assistant\n", False),
    ],
)
def test_a_prompt_ends_inside_the_thought_that_its_template_opens(prompt, inside):
    assert ends_inside(prompt) is inside


UNITS = [
    *(
        "<think>",
        "</think>",
        "<think></think>",
        "x <think>",
        "\n<think>",
        "\n</think>",
        "<",
    ),
    *("`</think>", "`</think>`", '"</think>\n', "'<think>", "\n```\n</think>", " ", "\n"),
    *(
        "<|end|>",
        f"{FINAL}a<|end|>",
        "<|channel>thought\n",
        "<channel|>",
        "analysis",
        "[",
        "x",
    ),
]


@pytest.mark.parametrize(
    "begun", ["", "<think>", "<think>a</think>b\n", "<|channel|>final"]
)
def test_anything_is_split_in_time_linear_in_its_length(begun: str) -> None:
    for unit in UNITS:
        spent = []
        for size in (40_000, 160_000):
            text = begun + unit * (size // len(unit))
            started = time.process_time()
            split(text)
            spent.append(time.process_time() - started)
        assert spent[1] < 10 * spent[0] + 0.5, unit


@pytest.mark.parametrize(
    "begun", ["", "<think>", "<think>a</think>b\n", "<|channel|>final"]
)
def test_so_is_a_stream_of_characters(begun: str) -> None:
    for unit in UNITS:
        spent = []
        for size in (3_000, 12_000):
            text = begun + unit * (size // len(unit))
            started = time.process_time()
            streamed(list(text), thinking=True, whole=True)
            spent.append(time.process_time() - started)
        assert spent[1] < 10 * spent[0] + 0.5, unit


@pytest.mark.parametrize("form", [form for form in FORMS if form.openings])
def test_a_later_thought_of_any_form_streams_as_it_is_told_whole(form):
    opening, closing = form.openings[0], form.closings[0]
    text = f"{opening}a{closing}First.\n{opening}b{closing}42"
    splitter = Splitter(thinking=False)
    pieces = [splitter.take(letter) for letter in text] + [splitter.end()]
    streamed = tuple("".join(parts) for parts in zip(*pieces, strict=True))
    assert streamed == split(text, thinking=False)[:2]
    assert "b" not in streamed[1]
