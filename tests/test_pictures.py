"""The pictures of the README are whole, legible and hold all that they need."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.text import Text

from a2r_graph.cli.job import Job

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
UNDER, OVER = 0.3, 1.0  # of its size, what a letter takes under its line and over it
LEGIBLE = 4.5  # WCAG 2.2, 1.4.3


@pytest.fixture(scope="module")
def record():
    spec = importlib.util.spec_from_file_location("record", ROOT / "docs" / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parsed(svg):
    """Return a picture's width, height, size of letters and texts with their places."""
    root = ET.fromstring(svg)  # noqa: S314  our own
    left, top, width, height = map(float, root.get("viewBox").split())
    assert (left, top) == (0, 0)
    size = float(re.search(r"font: (\d+)px", svg)[1])
    texts = [
        (t.text, *(float(t.get(name)) for name in ("x", "y", "textLength")), t.get("class"))
        for t in root.iter(f"{SVG}text")
    ]
    return width, height, size, texts


def assert_whole(svg):
    width, height, size, texts = parsed(svg)
    assert texts
    for text, x, y, length, _ in texts:
        assert text.strip()
        assert x >= 0
        assert x + length <= width
        assert y - OVER * size >= 0
        assert y + UNDER * size <= height
    ys = [y for _, _, y, _, _ in texts]
    assert ys[0] - OVER * size < 2 * size  # no empty line above, none below
    assert height - ys[-1] < 2 * size
    assert max(x + length for _, x, _, length, _ in texts) > width - 4 * size
    assert "clip" not in svg
    # Nothing from outside: its namespace is a name.
    assert re.findall(r"\w+://[^\"'\s]+|//\w[^\"'\s]*", svg) == [SVG[1:-1]]
    assert not re.search(r"url\(|@import|href|<script|<image|<foreignObject", svg)


def contrast(one, other):
    def light(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(p * w for p, w in zip(parts, (0.2126, 0.7152, 0.0722), strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_pictures_of_the_readme_are_there_one_for_light_one_for_dark(record):
    readme = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r'(?:src|srcset)="docs/([^"]+\.svg)"', readme)
    assert sorted(named) == sorted(record.SCHEMES)
    dark = re.search(
        r'<source media="\(prefers-color-scheme: dark\)" srcset="(.*)"', readme
    )
    assert dark[1] == "docs/ask-dark.svg"


@pytest.mark.parametrize("name", ["ask.svg", "ask-dark.svg"])
def test_a_picture_is_whole_legible_and_asks_for_nothing_from_outside(record, name):
    svg = (ROOT / "docs" / name).read_text("utf-8")
    assert_whole(svg)
    colors = record.SCHEMES[name]
    for _, _, _, _, style in parsed(svg)[-1]:
        color = colors[style.split()[0]]
        assert f".{style.split()[0]} {{ fill: {color} }}" in svg
        assert contrast(color, colors["ground"]) >= LEGIBLE


def test_both_pictures_show_the_same_run():
    light, dark = (
        parsed((ROOT / "docs" / name).read_text("utf-8"))
        for name in ("ask.svg", "ask-dark.svg")
    )
    assert light == dark


def test_a_picture_shows_the_last_lines_descenders_and_no_empty_lines_around(record):
    view = record.Recorded(Job("?", ["local:"], "local:", {}), 1)
    view.console.print(Text("\n<b>  gjpqy & 日本\n\n"))
    lines = view.lines()
    assert [line.plain for line in lines[1:]] == ["", "<b>  gjpqy & 日本"]
    svg = record.drawn(lines[2:], record.SCHEMES["ask.svg"])
    *_, texts = parsed(svg)
    assert [text for text, *_ in texts] == ["<b>", "gjpqy & 日本"]
    assert texts[1][1] - texts[0][1] == pytest.approx(5 * record.CELL)
    assert texts[1][3] == pytest.approx(12 * record.CELL)
    assert_whole(svg)


def used(tokens):
    return dict.fromkeys(("input_tokens", "output_tokens"), tokens) | {
        "calls": 1,
        "retries": 0,
    }


@pytest.mark.parametrize(
    ("written", "finish", "whole"),
    [(63, "stop", True), (64, "stop", False), (63, "length", False)],
)
def test_a_run_in_which_something_was_cut_off_is_not_recorded(
    record, written, finish, whole
):
    job = Job("?", ["local:"], "local:", {"synthesizer_max_tokens": 64})
    view = record.Recorded(job, 1)
    report = {
        "references": [{"finish_reason": finish, "status": "ok", "usage": used(9)}],
        "synthesis": "model",
        "note": None,
        "usage": {role: used(written) for role in ("explorer", "synthesizer", "total")},
        "seconds": {},
        "cost": None,
    }
    view.done("An answer.", report)
    assert view.whole is whole
    assert [line.plain for line in view.lines()][-3:-1] == ["An answer.", ""]
