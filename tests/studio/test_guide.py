"""docs/studio.md shows what the server does."""

from __future__ import annotations

import importlib.util
import json
import re

import pytest
from studio.dev import ROOT

from a2r_graph.studio import StudioContext


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("log", ROOT / "docs" / "studio_log.py")
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    return writer


async def test_the_drawing_and_the_events_of_the_guide_are_the_servers_own(scripts, writer):
    guide = writer.GUIDE.read_text("utf-8")
    drawing, log = await writer.drawing(scripts), await writer.log(scripts)
    assert writer.written(guide, drawing, log) == guide
    assert all(f"# {note}\n" in log for note in writer.NOTES.values())


def test_the_events_come_out_alike_whatever_the_ids_times_and_counts(writer):
    def lines(run, seconds):
        told = {"type": "a2r", "event": "explorer_ended", "run": run, "seconds": seconds}
        return list(writer._lines([("metadata", {"run_id": run}), ("custom", told)]))

    assert lines("a", 1.0) == lines("b", 2.0)


def test_what_the_guide_names_exists(writer):
    guide = writer.GUIDE.read_text("utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", guide):
        assert (writer.GUIDE.parent / target).exists(), target
    assert {"explorer", "synthesizer"} <= set(StudioContext.model_fields)
    served = json.loads((ROOT / "langgraph.json").read_text("utf-8"))["graphs"]
    assert list(served) == ["a2r"]
    assert re.search(r"^studio: .*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
