"""Whatever a model or a server wrote, the report shows it, and it does nothing there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from evals.parsed import Parsed, changed
from evals.results_example import bare, example
from hypothesis import given, settings
from hypothesis import strategies as st

from a2r_graph.evals.report import as_html, as_json, as_markdown, from_json

PAGE = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "footer"),
    *("section", "div", "details", "summary", "figure", "figcaption", "pre", "code"),
    *("h1", "h2", "h3", "p", "span", "small", "b", "abbr", "a", "ul", "li", "dl", "dt"),
    *("dd", "table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "desc", "line", "polyline", "path", "rect", "text"),
}
EVIL = (
    "</script></style></pre><img src=x onerror=alert(1)> | `a` ``` \x1b[31mred\x07 \x9b2J"
    " \ud800 \u202eevil\u2066 \x00 {{ 7 * 7 }} {% raw %} @team <!-- \r\n \r # [x](y)"
)
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("results", [example(), bare(), [example(), bare()]])
def test_the_page_is_one_well_formed_file_without_scripts_or_addresses(results):
    page = as_html(results)
    parsed = Parsed(page)
    assert {tag for tag, _ in parsed.tags} <= PAGE
    for _, attributes in parsed.tags:
        assert not {"src", "style", "srcset", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")
    assert "://" not in page
    assert "url(" not in page
    ids = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for tag, attributes in parsed.tags:
        if tag == "svg" and attributes.get("role") == "img":
            assert set(attributes["aria-labelledby"].split()) <= set(ids)


def test_the_policy_allows_our_sheet_and_nothing_else():
    page = as_html(example())
    sheet = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = next(
        a["content"]
        for tag, a in Parsed(page).tags
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy


def test_hostile_words_anywhere_are_text_and_nothing_more():
    plain = example(20, (2,))
    kinds = {"kind", "role"}

    def with_words(word):
        def change(name, leaf):
            return word if isinstance(leaf, str) and name not in kinds else leaf

        return replace(
            changed(plain, change),
            settings={word: word},
            versions={word: word},
            examples=[replace(e, votes={word: 1}) for e in changed(plain.examples, change)],
        )

    hostile, harmless = Parsed(as_html(with_words(EVIL))), Parsed(as_html(with_words("x")))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in harmless.tags]
    assert r"</pre><img src=x onerror=alert(1)>" in hostile.text
    assert (
        r"\x1b[31mred\x07 \x9b2J \ud800 \u202eevil\u2066 \x00 {{ 7 * 7 }}" in hostile.text
    )
    for report in (as_html, as_markdown):
        text = report(with_words(EVIL))
        assert text.encode()
        assert not UNSEEN.search(text)
    assert as_json(with_words(EVIL)).isascii()
    assert from_json(as_json(with_words(EVIL))) == [with_words(EVIL)]
    text = as_markdown(with_words(EVIL))
    rows = [[*re.split(r"(?<!\\)\|", row)] for row in text.splitlines() if row[:1] == "|"]
    assert {len(row) for row in rows} == {12, 14, 5, 7}
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<|(?<!\w)@", outside)


SMALL = replace(bare(), curve=[], examples=example().examples[:1])


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_no_text_changes_the_elements_of_the_page(text):
    def tags(word):
        one = changed(
            SMALL.examples, lambda n, leaf: word if n in {"text", "prompt"} else leaf
        )
        results = replace(SMALL, examples=one, task=word, source="s" + word)
        return [tag for tag, _ in Parsed(as_html(results)).tags]

    assert tags(text) == tags("x")


def test_a_text_of_a_megabyte_is_shortened_to_its_head_and_tail():
    one = replace(example().examples[0], text="head" + "x" * 1_000_000 + "tail")
    page = as_html(example(examples=[one]))
    assert len(page) < 300_000
    assert "head" + "x" * 1000 in page
    assert "960,008 characters left out" in page
    assert "x" * 1000 + "tail" in page
