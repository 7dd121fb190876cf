"""What counts as the same answer in an evaluation: the task's own key."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from evals.sums import essence, same
from fakes import Scripted

from a2r_graph.evals import Question, Task, evaluate, stored
from a2r_graph.evals.compare import compare
from a2r_graph.evals.store import Store
from a2r_graph.evals.tasks.gym import as_text
from a2r_graph.references import Marked


def value(answer: str) -> Fraction | str:
    """Return the value of a number, and else the text."""
    try:
        return Fraction(answer)
    except ValueError:
        return answer


def initial(answer: str) -> str:
    """Return the first letter: no other key takes so much for the same."""
    return answer[0]


def united(answer: str) -> object:
    """Return a key that knows values with units and without."""
    number, _, unit = answer.partition(" ")
    return Marked(number, unit) if unit else number


def moody(answer: str) -> object:
    """Fail on one answer."""
    if answer == "odd":
        raise LookupError("GET http://me:hunter2222@host failed")  # noqa: EM101, TRY003
    return answer


def said(text: str) -> str:
    """Return the answer of a reply: all of it."""
    return text


HALVES = ["0.7", "1/2", "0.5", "1/2", "0.7"]


def halves(**options) -> Task:
    """Return one question that is answered in several spellings, verified literally."""
    asked = [Question("1", "1 / 2?", "1/2")]
    given = {"questions": asked, "verify": same, "extract_answer": said, **options}
    return Task("halves", **{"answer_key": value, **given})


def run(folder, task, script=HALVES, **options):
    explorer = Scripted(script=script)
    given = {"explorer": explorer, "n": len(script), "folder": folder, **options}
    return evaluate(task, **{"synthesizer": Scripted(script="1/2"), **given})


def test_the_vote_of_an_evaluation_is_by_the_tasks_key(tmp_path):
    by_value = run(tmp_path, halves())
    assert by_value.at[0].cons.value == 1.0  # three halves; shown is "1/2", which is right
    assert by_value.at[0].pass_1.value == pytest.approx(2 / 5)
    assert by_value.diversity.distinct_answers == 2
    letters = run(tmp_path, halves(answer_key=str))
    assert letters.at[0].cons.value == 0.0  # "0.7" is the first of two pairs
    assert letters.diversity.distinct_answers == 3
    assert letters.run != by_value.run


def test_of_a_majority_in_several_spellings_the_one_that_is_shown_decides(tmp_path):
    mostly = ["1/2", "0.5", "0.5", "7"]
    (at,) = run(tmp_path, halves(), mostly).at
    assert (at.cons.value, at.pass_n.value) == (0.0, 1.0)  # shown is "0.5"
    # Without a synthesis the answer is the vote's, and as right.
    given = {"synthesizer": Scripted(script=""), "context": {"fallback": "majority"}}
    (at,) = run(tmp_path, halves(), [*mostly, "1/2", "1/2"], **given).at
    assert (at.cons.value, at.a2r.value) == (1.0, 1.0)


def test_classes_are_formed_over_all_samples_of_a_question(tmp_path):
    # Of the first two, "7" might be days; the third sample says that it might be hours.
    task = halves(answer_key=united)
    results = run(tmp_path, task, ["7", "7 days", "7 hours"], n=[2, 3])
    assert results.diversity.distinct_answers == 3


def test_a_stored_run_is_read_as_it_was_counted_without_its_function(tmp_path):
    task, script = halves(answer_key=initial), ["1/2", "100", "7", "1/2"]
    results = run(tmp_path, task, script, synthesizer=Scripted(script="0"))
    assert essence(stored(folder=tmp_path)) == essence(results)
    (example,) = results.examples
    assert (example.kind, example.votes) == ("broken", {"1/2": 3, "7": 1})


def test_the_synthesizer_is_asked_by_the_same_count(tmp_path):
    synthesizer = Scripted(script="1/2")
    given = {"synthesizer": synthesizer, "context": {"skip_on_consensus": True}}
    run(tmp_path, halves(answer_key=initial), ["1/2", "1.0/2", "100"], **given)
    assert not synthesizer.calls
    run(tmp_path, halves(answer_key=str), ["1/2", "1.0/2", "100"], **given)
    assert len(synthesizer.calls) == 1


def test_another_key_takes_the_samples_and_judgements_that_are_there(tmp_path):
    answers = str(tmp_path / "judged")

    def verify(answer: str, question: Question) -> float:
        with Path(answers).open("a") as judged:
            judged.write(f"{answer}\n")
        return float(answer == question.answer)

    task = halves(verify=verify)
    run(tmp_path, task)
    before = Path(answers).read_text()
    explorer, synthesizer = Scripted(script=HALVES), Scripted(script="1/2")
    other = replace(task, answer_key=str)
    run(tmp_path, other, explorer=explorer, synthesizer=synthesizer)
    assert (len(explorer.calls), len(synthesizer.calls)) == (0, 1)
    assert Path(answers).read_text() == before
    with Store(tmp_path / "runs.sqlite", write=False) as store:
        first, second = (one[0] for one in store.runs())
        notes = compare(store, first, second).notes
    assert notes == ["What counts as the same answer differs (answer_key)."]


def test_a_question_on_which_the_key_fails_is_left_out_and_loses_nothing(tmp_path):
    asked = [Question("1", "1?", "1"), Question("2", "2?", "odd")]
    task = halves(questions=asked, answer_key=moody)
    explorer = Scripted(
        script=lambda _, messages, __: "odd" if "2?" in str(messages) else "1"
    )
    synthesizer = Scripted(script="1")
    results = run(tmp_path, task, ["?"] * 2, explorer=explorer, synthesizer=synthesizer)
    assert (results.questions, results.wanted, results.finished) == (1, 2, True)
    (left_out,) = results.left_out
    assert left_out.question == "2"
    assert left_out.reason.startswith("answer_key: LookupError for the answer 'odd': GET")
    assert "hunter2222" not in left_out.reason
    assert len(synthesizer.calls) == 1
    assert essence(stored(folder=tmp_path)) == essence(results)
    mended = replace(task, answer_key=str)
    again = run(tmp_path, mended, ["?"] * 2, explorer=explorer, synthesizer=synthesizer)
    assert (again.questions, len(explorer.calls)) == (2, 4)


def test_a_run_of_before_is_counted_by_the_packages_own_key(tmp_path):
    results = run(tmp_path, halves(answer_key=Task("", [], verify=same).answer_key))
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as database, database:
        (spec,) = database.execute("select spec from runs").fetchone()
        told = json.loads(spec)
        assert told.pop("answer_key") == "a2r_graph.references.key.answer_key"
        database.execute("update runs set spec = ?", (json.dumps(told),))
        database.execute("drop table classes")
    assert essence(stored(folder=tmp_path)) == essence(results)


def test_a_question_of_which_nobody_said_what_is_one_is_not_complete(tmp_path):
    run(tmp_path, halves())
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as database, database:
        database.execute("delete from classes")
    with pytest.raises(ValueError, match="not one of its 1 questions is complete"):
        stored(folder=tmp_path)
    explorer = Scripted(script=HALVES)
    assert run(tmp_path, halves(), explorer=explorer).at[0].cons.value == 1.0
    assert not explorer.calls


async def later(answer):
    return answer


def test_what_is_no_key_is_refused_before_any_call(tmp_path):
    explorer = Scripted()
    for key, error, words in [
        (later, ValueError, r"answer_key: .* is asynchronous"),
        (None, TypeError, "answer_key: None is no function"),
        (Fraction(1).__eq__, ValueError, r"answer_key: .* give tag=\.\.\."),
    ]:
        with pytest.raises(error, match=words):
            run(tmp_path, halves(answer_key=key), explorer=explorer)
    assert not explorer.calls


def test_answers_in_a_form_that_was_asked_for_are_texts_in_a_gym():
    assert as_text("[1, 2]") != as_text("[2, 1]")
    assert as_text("0011") != as_text("11")
    assert as_text("Yes") == as_text("yes")
