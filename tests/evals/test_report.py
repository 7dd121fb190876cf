"""The report as HTML, Markdown and JSON: everything is in it, and nothing acts."""

from __future__ import annotations

import json
import math
import re
import time
from dataclasses import fields, is_dataclass, replace
from html import escape
from itertools import count

import pytest
from evals.parsed import Parsed, changed
from evals.results_example import bare, example, huge

from a2r_graph.cli.evals import tables
from a2r_graph.evals.advice import advise
from a2r_graph.evals.report import as_html, as_json, as_markdown, figures, from_json
from a2r_graph.evals.results import Interval, LeftOut


def percentages(interval):
    return [figures.percent(interval.value), figures.bounds(interval)]


def differences(interval):
    return [figures.points(interval.value), figures.point_bounds(interval)]


WRITTEN = {
    **dict.fromkeys(("pass_1", "pass_n", "cons", "a2r", "accuracy"), percentages),
    **dict.fromkeys(("pass_k", "cons_k", "accuracies", "unstable"), figures.percent),
    **dict.fromkeys(("cost_ratio", "token_ratio", "seconds_ratio"), figures.times),
    **dict.fromkeys(("distinct_answers", "similarity", "effective_samples"), figures.plain),
    **dict.fromkeys(("calls", "retries"), figures.plain),
    **dict.fromkeys(("rescued", "broken", "failed_syntheses", "count"), figures.number),
    **dict.fromkeys(("input_tokens", "output_tokens"), figures.number),
    **dict.fromkeys(("reasoning_tokens", "cached_tokens"), figures.number),
    **dict.fromkeys(("questions", "wanted"), figures.number),
    **dict.fromkeys(("n", "k"), str),
    "gain": differences,
    "p_value": figures.p_value,
    "truncated": figures.percent,
    "unverified": figures.number,
    "seconds": figures.seconds,
    "dollars": figures.dollars,
}


def told(data, name=""):
    """Yield every figure as a report should have it; a new field has to be in WRITTEN."""
    if isinstance(data, Interval):
        yield from ((name, text) for text in WRITTEN[name](data))
    elif is_dataclass(data):
        for each in fields(data):
            yield from told(getattr(data, each.name), each.name)
    elif isinstance(data, list | dict):
        for each in data.values() if isinstance(data, dict) else data:
            yield from told(each, name)
    elif isinstance(data, int | float) and not isinstance(data, bool):
        whole = name == "calls" and isinstance(data, int)
        yield name, figures.number(data) if whole else WRITTEN[name](data)


def all_different():
    """Return results in which no two figures are written alike."""
    numbers = count(1)

    def different(name, leaf):
        if isinstance(leaf, str | bool) or leaf is None or name in {"n", "k"}:
            return leaf
        i = next(numbers)
        if isinstance(leaf, int) or WRITTEN.get(name) is figures.number:
            return 1000 + 7 * i
        if WRITTEN.get(name) in {
            figures.seconds,
            figures.dollars,
            figures.plain,
            figures.times,
        }:
            return 1.1 + 0.1 * i
        return (0.0511 + i * 0.0013) % 1

    found = example(30, (2, 4), examples=[], settings={}, advice=[])
    at = [replace(at, n=n) for at, n in zip(found.at, (3001, 4001), strict=True)]
    return changed(replace(found, at=at), different)


@pytest.mark.parametrize("report", [as_html, as_markdown])
def test_every_figure_is_in_the_report(report):
    results = all_different()
    shown = Parsed(report(results)).text if report is as_html else report(results)
    for name, text in told(results):
        pattern = rf"(?<![\d.,]){re.escape(text)}(?!\d|[.,]\d)"
        assert re.search(pattern, shown), (name, text)


@pytest.mark.parametrize("report", [as_html, as_markdown])
def test_the_words_of_a_run_are_in_the_report(report):
    results = example()
    shown = Parsed(report(results)).text if report is as_html else report(results)
    shown = shown.replace("\\_", "_")
    words = [
        results.task,
        results.source,
        results.run,
        results.created,
        results.synthesizer,
    ]
    words += [*results.explorers, *results.advice, results.monolith.model]
    words += [failure.message for failure in results.failures]
    words += [word for left in results.left_out for word in (left.question, left.reason)]
    words += ["--n 2,4,8", "-c temperature=0.8", "--concurrency 32", "--orders 3"]
    for word in words:
        assert word in shown


def test_an_example_is_told_in_full():
    results = example()
    one = results.examples[0]
    shown = Parsed(as_html(replace(results, examples=[one]))).text
    words = [one.kind, one.id, one.question, one.expected, one.majority, one.answer]
    words += [*one.votes, one.prompt, one.text, *(s.text for s in one.samples)]
    words += [s.error for s in one.samples if s.error]
    for word in words:
        assert " ".join(word.split()) in shown
    right = sum(s.right for s in one.samples)
    assert shown.count("✓ right") == right
    assert shown.count("✗ wrong") == len(one.samples) - right


def test_what_is_unknown_is_said_to_be_and_is_never_zero():
    page = as_html(bare())
    by_role = page[page.index("Where tokens and time go") :]
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", by_role, re.DOTALL)[:3]
    for row in rows:
        cells = ["unknown" in cell for cell in re.findall(r"<td>(.*?)</td>", row)]
        assert [i for i, unknown in enumerate(cells) if not unknown] == [5, 6, 8]
    text = as_markdown(bare())
    assert (
        "| 4 | explorer | unknown | unknown | unknown | unknown | unknown | 4.00 |" in text
    )
    assert "Cut off by max\\_tokens: unknown" in text


def test_dollars_of_one_role_alone_leave_the_total_unknown():
    results = example()
    at = results.at[-1]
    lost = {
        role: replace(s, dollars=None) for role, s in at.spent.items() if role != "explorer"
    }
    some = replace(results, at=[replace(at, spent={**at.spent, **lost})])
    page = as_html(some)
    rows = re.findall(r"<tr>(?:(?!</tr>).)*</tr>", page, re.DOTALL)
    roles = [row for row in rows if '<td class="left">' in row and "<td>" in row][:3]
    dollars = [re.findall(r"<td>(.*?)</td>", row)[8] for row in roles]
    assert dollars[0] == "$0.0021"
    assert ["unknown" in cell for cell in dollars] == [False, True, True]
    assert "Accuracy against tokens per question" in page  # on one axis, all or none


@pytest.mark.parametrize("nothing", [math.nan, math.inf])
def test_what_is_no_number_is_unknown(nothing):
    interval = Interval(nothing, nothing, nothing)
    at = replace(example().at[0], a2r=interval, gain=interval, p_value=nothing)
    results = example(at=[at])
    for text in (Parsed(as_html(results)).text, as_markdown(results), as_json(results)):
        assert not re.search(r"\b(nan|inf|NaN|Infinity)\b", text)
    assert '"p_value": null' in as_json(results)


@pytest.mark.parametrize(
    ("p", "column", "sentence"),
    [
        (0.00002, "< 0.001", "p < 0.001"),
        (0.0034, "0.003", "p = 0.003"),
        (0.33, "0.330", "p = 0.330"),
        (1.0, "1.000", "p = 1.000"),
    ],
)
def test_one_p_value_is_spelled_in_one_way_wherever_it_is_printed(p, column, sentence):
    at = replace(example().at[-1], p_value=p)
    results = example(at=[at], monolith=replace(example().monolith, p_value=p))
    results = replace(results, advice=advise(results))
    page = as_html(results)
    texts = {
        "the first sentence": results.advice[0],
        "the page": Parsed(page).text,
        "Markdown": as_markdown(results),
        "the terminal": tables.report(results).plain,
    }
    for where, text in texts.items():
        assert {*re.findall(r"\bp [=<] [\d.]*\d", text)} == {sentence}, where
    assert f"<td>{escape(column)}</td>" in page
    assert f" | {column} | " in texts["Markdown"]
    assert f"  {column}  " in texts["the terminal"]
    assert f"  {column}\n" in tables.summary([results]).plain
    assert json.loads(as_json(results))["at"][0]["p_value"] == p


def test_a_section_without_data_is_absent():
    page, text = as_html(bare()), as_markdown(bare())
    for absent in (
        "Monolith",
        "bigger model",
        "other orders",
        "ollars",
        "differ<",
        "Rescued and",
    ):
        assert absent not in page
    for absent in ("monolith", "asked once", "by order", "dollars", "similarity"):
        assert absent not in text
    for present in ("bigger model", "other orders", "Dollars", "differ<", "Rescued and"):
        assert present in as_html(example())


def test_results_without_a_single_counted_question_have_a_report():
    results = replace(bare(), at=[], curve=[], advice=[], questions=0, finished=False)
    results = replace(results, left_out=[LeftOut("1", "the server was down")])
    assert "the server was down" in as_html(results)
    assert "the server was down" in as_markdown([results, example()])
    assert "Not finished" in as_html([results, example()])


def test_several_results_begin_with_a_table_of_all():
    results = [example(), example(60, (2, 4), task="gym:other"), bare()]
    page = Parsed(as_html(results))
    links = [a["href"].removeprefix("#") for tag, a in page.tags if tag == "a"]
    assert links == ["t1", "t2", "t3"]
    assert {a.get("id") for _, a in page.tags} >= set(links)
    assert [a for tag, a in page.tags if tag == "details" and a.get("class") == "task"] == [
        {"class": "task"}
    ] * 3
    assert as_markdown(results).startswith("## 3 tasks\n\n| task | questions | n |")


def test_no_results_are_refused():
    for report in (as_html, as_markdown):
        with pytest.raises(ValueError, match="results: there are none"):
            report([])


def test_json_is_strict_and_comes_back():
    results = [example(), bare()]
    text = as_json(results)

    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads(text, parse_constant=refuse)[0]["task"] == "gym:products"
    assert from_json(text) == results
    assert from_json(as_json(results[0])) == results[:1]
    with pytest.raises(ValueError, match="validation error"):
        from_json('{"task": 1}')


@pytest.mark.slow
def test_ten_thousand_questions_are_a_page_within_five_seconds():
    results = huge()
    began = time.process_time()  # whoever else is at work
    page = as_html(results)
    assert time.process_time() - began < 5
    assert len(page) < 20_000_000
