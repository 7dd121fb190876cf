"""What the reduce step makes of replies, through the graph as its users call it."""

from __future__ import annotations

import pytest
from fakes import Scripted, ask
from langchain_core.messages import AIMessage

from a2r_graph import create_a2r
from a2r_graph.references import extract_answer

CLAUSE = "{} The clause applies to contractors hired after the merger, as section two says."
PROGRAMS = (
    "def add(a, b):\n    return a + b",
    "def add(a, b):\n    return a - b",
    "add = lambda a, b: a + b",
    "from operator import add",
)


async def reduced(replies, **settings):
    """Return the report, and what the synthesizer was shown."""
    synthesizer = Scripted(script="So it is.")
    n = settings.pop("n", len(replies))
    a2r = create_a2r(Scripted(script=list(replies)), synthesizer, n=n, **settings)
    result = await a2r.ainvoke(ask())
    shown = synthesizer.calls[-1][0][-1].text if synthesizer.calls else ""
    return result["a2r"], shown


@pytest.mark.parametrize("read", [extract_answer, None])
async def test_one_yes_among_seven_noes_in_the_same_words_is_shown_beside_them(read):
    replies = [CLAUSE.format("Yes."), *[CLAUSE.format("No.")] * 7]
    report, shown = await reduced(replies, extract_answer=read)
    assert 'support="7">\nNo. The clause' in shown
    assert 'support="1">\nYes. The clause' in shown
    if read:
        assert report["votes"] == {"No": 7, "Yes": 1}


async def test_a_fraction_is_no_vote_for_its_last_digit():
    said = "So the probability is $\\frac{{{}}}{{4}}$."
    report, shown = await reduced([said.format(1), *[said.format(3)] * 7])
    assert report["votes"] == {r"\frac{3}{4}": 7, r"\frac{1}{4}": 1}
    assert shown.count("<reference") == 2


async def test_programs_that_differ_are_different_answers():
    replies = [f"### Final Answer\n\n```python\n{program}\n```" for program in PROGRAMS]
    report, shown = await reduced(replies, skip_on_consensus=True)
    assert report["votes"] == dict.fromkeys(PROGRAMS, 1)
    assert report["synthesis"] == "model"
    assert shown.count("<reference") == 4


async def test_an_abbreviation_ends_no_answer():
    cities = ("St. Louis", "St. Paul", "St. Petersburg")
    report, _ = await reduced([f"Answer: {city}" for city in cities])
    assert report["votes"] == dict.fromkeys(cities, 1)


async def test_letters_alone_are_votes_and_let_the_exploring_stop_early():
    report, _ = await reduced(["B"] * 16, n=16, window=4, confidence=0.95)
    assert report["votes"] == {"B": 4}
    assert report["stopped_by"] == "confidence"


async def test_replies_that_the_server_broke_off_have_no_vote():
    broken = AIMessage(
        "The total is 12, since there are 3", response_metadata={"finish_reason": "abort"}
    )
    report, _ = await reduced([broken, "Answer: 171", broken], attempts=1)
    assert report["votes"] == {"171": 1}
    kinds = [r["error"] and r["error"]["kind"] for r in report["references"]]
    assert kinds == ["server_error", None, "server_error"]


async def test_a_text_that_was_cut_off_is_shown_as_such_and_votes_with_what_was_complete():
    def cut(text):
        return AIMessage(text, response_metadata={"finish_reason": "length"})

    report, shown = await reduced(
        [
            cut("First 12 boxes, then 12 x 14 = 168, now add the 3"),
            cut("Thus \\boxed{171}. Let me check: 12 x 14"),
            "Answer: 172",
        ]
    )
    assert report["votes"] == {"171": 1, "172": 1}
    assert shown.count("[cut off]") == 2


async def test_equal_answers_are_one_vote_in_whatever_spelling():
    replies = [
        "Answer: 1/2",
        "Answer: 0.5",
        "\\boxed{\\frac{1}{2}}",
        "Answer: 1/2",
        "It is ½.",
    ]
    report, _ = await reduced([*replies, "Answer: 5"])
    assert report["votes"] == {"1/2": 5, "5": 1}
    assert report["spellings"] == {"1/2": {"1/2": 2, "0.5": 1, r"\frac{1}{2}": 1, "½": 1}}


async def test_a_value_without_a_unit_joins_the_only_unit_there_is():
    report, _ = await reduced(["Answer: 7 days", "Answer: 7", "Answer: 7 days"])
    assert report["votes"] == {"7 days": 3}
    report, _ = await reduced(["Answer: 7 days", "Answer: 7", "Answer: 7 weeks"])
    assert report["votes"] == {"7 days": 1, "7": 1, "7 weeks": 1}
