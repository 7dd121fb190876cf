"""A process that is killed (SIGKILL) at any moment, and one that goes on in its place."""

from __future__ import annotations

import json
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from durability.places import EVERYBODY, Moment, N, Place
from durability.script import FAILING, GAP, SYNTHESIS

AT_ONCE = 4


def moments(count: int) -> list[Moment]:
    """Return random moments from the start of a run to its end, in every stage of it."""
    chance = random.Random(count)  # noqa: S311  the same in each run
    spans = {-1: 0.5, **dict.fromkeys(range(N + 2), GAP), N: SYNTHESIS}
    stages = [-1 + place * len(spans) // count for place in range(count)]
    return [Moment(stage, chance.uniform(0, spans[stage])) for stage in stages]


@pytest.fixture
def place(request, tmp_path):
    """Make threads in the saver that the test is run on."""
    kind, *how = request.param.split()
    postgres = request.getfixturevalue("postgres") if kind == "postgres" else ""

    def make() -> Place:
        # A file for each: SQLite's writers wait for each other.
        address = postgres or str(tmp_path / f"{uuid.uuid4().hex}.db")
        return Place(kind, address, {*how})

    return make


def essence(out: Path) -> dict[str, Any]:
    """Return what must not depend on how often a run was killed."""
    result = json.loads(out.read_text())
    report = result["report"]
    kept = ("index", "text", "status", "answer")
    references = [{key: r[key] for key in kept} for r in report["references"]]
    for reference, whole in zip(references, report["references"], strict=True):
        if whole["status"] == "ok":
            reference["usage"] = whole["usage"]
        else:
            reference["kind"] = whole["error"]["kind"]
    told = {key: report[key] for key in ("votes", "majority", "stopped_by")}
    return {"answer": result["answer"], "references": references, **told}


def resumed_after(
    kills: list[Moment], place: Place, out: Path
) -> tuple[dict[str, Any], set[int]]:
    """Kill a run, see who has finished, and let nobody but the others be asked.

    Return what came out, and who had finished at the first kill.
    """
    done: list[set[int]] = [set()]
    for kill in [*kills, None]:
        left = EVERYBODY - done[-1]
        if kill and not left:
            continue
        answering = left - place.never
        moment = kill and Moment(min(kill.answers, len(answering)), kill.seconds)
        asked = place.attempt(out, moment)
        about = f"{kills}: {done} had finished, {asked} were asked"
        assert not done[-1] & {*asked}, about
        assert len({*asked}) == len(asked), about
        if kill is None:
            assert {*asked} - place.never == answering, about
        done.append(place.finished())
        assert done[-2] <= done[-1], about
    assert done[-1] == EVERYBODY
    return essence(out), done[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("sqlite", 20),
        ("postgres", 20),
        ("sqlite sync", 10),
        ("postgres sync", 10),
        ("sqlite inside", 10),
        ("postgres sync inside", 10),
        ("sqlite quorum", 10),
        ("postgres sync quorum", 10),
        ("postgres inside quorum", 10),
        ("sqlite sync inside window", 10),
        ("postgres window", 10),
        ("sqlite narrow", 10),
        ("postgres sync inside narrow", 10),
    ],
    indirect=["place"],
)
def test_killed_at_any_moment_a_run_is_resumed_and_nobody_finished_is_asked_again(
    place, count, tmp_path
):
    whole = tmp_path / "whole.json"
    assert {*place().attempt(whole)} == EVERYBODY
    kinds = [r.get("kind") for r in essence(whole)["references"]]
    assert kinds.count("cancelled") == len(place().never)
    assert kinds.count("bad_request") == 1
    first, second = moments(count), moments(count)[::-1]

    def one(number: int) -> tuple[dict[str, Any], set[int]]:
        # Every third is killed twice, the second time while it resumes.
        kills = [first[number], *([second[number]] if number % 3 == 0 else [])]
        return resumed_after(kills, place(), tmp_path / f"{number}.json")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results, saved = zip(*pool.map(one, range(count)), strict=True)
    if place().never:
        for result in results:
            # Where the saver held a quorum at the kill, it may have been first this time.
            failing = result["references"][FAILING]
            assert failing["kind"] in {"bad_request", "cancelled"}
            failing["kind"] = "bad_request"
    assert list(results) == [essence(whole)] * count
    # Some were killed among the branches.
    assert any(0 < len(done) < N for done in saved)
