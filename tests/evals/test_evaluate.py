"""`evaluate`: what it asks, what it shares, what it leaves out, where it stops."""

from __future__ import annotations

import asyncio
import json
import linecache
import sqlite3
import time
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
from clock import skip
from evals.judges import fails, hangs, in_words, raises, raises_on_41
from evals.sums import essence, reply, same, sums
from fakes import Scripted
from langchain_core.messages import AIMessage

from a2r_graph import ChatVLLM, create_a2r
from a2r_graph.evals import (
    OutageError,
    Question,
    Task,
    aevaluate,
    budget,
    calls,
    evaluate,
    stored,
)
from a2r_graph.evals import run as run_module
from a2r_graph.evals.identity import identity, named
from a2r_graph.evals.prices import GpuHour, Price
from a2r_graph.evals.store import Store
from a2r_graph.evals.verifiers import MathVerifier
from a2r_graph.models.resolve import resolve

USAGE = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


def knowing(known: float = 0.5, **options) -> Scripted:
    """Return a model that knows sums with the chance `known`, by seed and prompt."""

    def script(_, messages, keywords):
        conversation = "\n".join(str(message.content) for message in messages)
        return reply(conversation, keywords.get("seed"), known)

    return Scripted(script=script, **options)


def run(tmp_path, task=None, **options):
    given = {"explorer": knowing(), "context": {"seed": 7}, "folder": tmp_path, **options}
    return evaluate(task or sums(6), **given)


def test_the_synthesizer_reads_what_it_would_read_in_the_graph(tmp_path):
    task = sums(3)
    explorer, synthesizer = knowing(), Scripted()
    run(tmp_path, task, explorer=explorer, synthesizer=synthesizer, n=4)
    graph_synthesizer = Scripted()
    a2r = create_a2r(knowing(), graph_synthesizer, n=4, seed=7)
    for question in task.questions:
        a2r.invoke({"messages": task.put(question)})
    there, here = (
        sorted(
            [[m.content for m in messages], sorted(keywords)]
            for messages, keywords in calls
        )
        for calls in (graph_synthesizer.calls, synthesizer.calls)
    )
    assert here == there


def test_the_same_again_asks_nobody(tmp_path):
    first, explorer = run(tmp_path), knowing()
    assert essence(run(tmp_path, explorer=explorer)) == essence(first)
    assert not explorer.calls


def test_another_synthesizer_more_orders_and_a_larger_n_take_the_samples_there_are(
    tmp_path,
):
    run(tmp_path, n=4)
    explorer, other = knowing(), Scripted(temperature=0.1)
    run(tmp_path, explorer=explorer, synthesizer=other, n=4)
    assert (len(explorer.calls), len(other.calls)) == (0, 6)
    run(tmp_path, explorer=explorer, synthesizer=other, n=4, orders=3)
    assert (len(explorer.calls), len(other.calls)) == (0, 18)
    run(tmp_path, explorer=explorer, synthesizer=other, n=[2, 4, 6], orders=3)
    assert len(explorer.calls) == 6 * 2
    assert len(other.calls) == 18 + 6 * (1 + 3)


@pytest.mark.parametrize(
    "changed",
    [
        {"context": {"seed": 8}},
        {"context": {"seed": 7, "temperature": 0.3}},
        {"explorer": knowing(max_tokens=9)},
        {"tag": "again"},
        {"task": sums(6, prompt="{question} Think!")},
        {"task": sums(6, system="You add.")},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_samples_depend_on_makes_new_ones_in_a_run_of_their_own(tmp_path, changed):
    first = run(tmp_path, n=2)
    explorer = changed.pop("explorer", None) or knowing()
    explorer.calls.clear()
    second = run(tmp_path, n=2, explorer=explorer, **changed)
    assert second.run != first.run
    assert len(explorer.calls) == 6 * 3


def test_more_questions_take_the_samples_of_those_that_are_there(tmp_path):
    run(tmp_path, sums(4), n=2)
    explorer = knowing()
    assert run(tmp_path, sums(6), n=2, explorer=explorer).questions == 6
    assert len(explorer.calls) == 2 * 3


def test_every_figure_is_of_the_same_samples(tmp_path):
    results = run(tmp_path, sums(30), n=[1, 4])
    one, four = results.at
    # With one explorer, the vote and both Pass@k are the sample.
    assert one.pass_1.value == one.pass_n.value == one.cons.value
    assert four.pass_1.value <= four.pass_n.value
    assert results.curve[0].pass_k == results.curve[0].cons_k == four.pass_1.value
    assert results.curve[-1].pass_k == four.pass_n.value
    assert results.curve[-1].cons_k == four.cons.value
    wins = four.rescued - four.broken
    assert four.gain.value == pytest.approx(four.a2r.value - four.cons.value)
    assert four.gain.value == pytest.approx(wins / 30)


@pytest.mark.slow
@pytest.mark.parametrize("known", [0.3, 0.7])
def test_simulated_explorers_give_the_accuracy_that_they_have(tmp_path, known):
    results = run(tmp_path, sums(400), n=4, explorer=knowing(known), synthesizer=knowing())
    (at,) = results.at
    assert at.pass_1.low <= known <= at.pass_1.high
    assert at.pass_n.low <= 1 - (1 - known) ** 4 <= at.pass_n.high
    # A synthesizer that doesn't read knows half of the sums, whatever the samples say.
    assert at.a2r.low <= 0.5 <= at.a2r.high


def failing(kind: BaseException | str, at: set[int]):
    """Return a script that fails at some calls."""

    def script(number, messages, keywords):
        if number in at:
            return kind
        return reply(str(messages[0].content), keywords.get("seed"))

    return script


def test_a_models_own_failing_counts_as_wrong(tmp_path):
    explorer = Scripted(script=failing("", {0, 3}))
    results = run(tmp_path, explorer=explorer, synthesizer=knowing(), n=2, concurrency=1)
    assert results.questions == 6
    (failure,) = results.failures
    assert (failure.role, failure.kind, failure.count) == ("explorer", "empty", 2)
    assert (failure.calls, failure.counted) == (12, True)
    again = knowing()
    run(tmp_path, explorer=again, synthesizer=knowing(), n=2, retry_failed=True)
    assert not again.calls, "asked until it succeeds, a model would look better than it is"


def test_a_servers_failure_leaves_the_question_out_until_it_is_asked_again(tmp_path):
    explorer = Scripted(script=failing(RuntimeError("gone"), {3}))
    once = {"context": {"seed": 7, "attempts": 1}, "n": 2, "concurrency": 1}
    synthesizer = knowing()
    results = run(tmp_path, explorer=explorer, synthesizer=synthesizer, **once)
    assert results.questions == 5
    assert len(synthesizer.calls) == 5
    (out,) = results.left_out
    assert (out.question, out.reason) == ("sum 1", "explorer: error: gone")
    assert not results.failures[0].counted
    assert results.finished
    same_again = knowing()
    assert run(tmp_path, explorer=same_again, synthesizer=knowing(), **once).questions == 5
    assert not same_again.calls
    retried = knowing()
    results = run(
        tmp_path, explorer=retried, synthesizer=knowing(), retry_failed=True, **once
    )
    assert (results.questions, results.left_out, results.failures) == (6, [], [])
    assert len(retried.calls) == 1
    assert essence(results) == essence(run(tmp_path / "whole", **once))


def test_what_reached_nobody_is_asked_again_by_the_next_start(tmp_path):
    once = {"context": {"seed": 7, "attempts": 1}, "n": 2, "concurrency": 1}
    away = Scripted(script=failing(ConnectionError("away for a moment"), {3}))
    assert run(tmp_path, explorer=away, synthesizer=knowing(), **once).questions == 5
    again = knowing()
    results = run(tmp_path, explorer=again, synthesizer=knowing(), **once)
    assert (results.questions, len(again.calls)) == (6, 1)


def test_a_server_that_is_gone_ends_the_run_and_the_same_one_goes_on(tmp_path):
    explorer = Scripted(script=failing(ConnectionError("gone"), set(range(20, 99))))
    once = {"context": {"seed": 7, "attempts": 1}, "concurrency": 4}
    with pytest.raises(OutageError, match=r"calls in a row failed.*connection: gone"):
        run(tmp_path, sums(20), explorer=explorer, synthesizer=knowing(), **once)
    assert len(explorer.calls) <= 20 + 4 * 8 + 4
    after = knowing()
    results = run(tmp_path, sums(20), explorer=after, synthesizer=knowing(), **once)
    assert (results.questions, results.left_out) == (20, [])
    assert len(after.calls) == 20 * 8 - 20


def test_a_server_that_never_was_there_leaves_nothing_behind(tmp_path):
    explorer = Scripted(script=ConnectionError("no such place"))
    with pytest.raises(OutageError, match=r"6 calls in a row .*no such place"):
        run(tmp_path, sums(3), explorer=explorer, n=2, context={"attempts": 1})
    with Store(tmp_path / "runs.sqlite") as store:
        assert store._db.execute("select count(*) from calls").fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("verify", [raises, hangs])
def test_a_verifier_that_fails_marks_its_question_and_loses_nothing(tmp_path, verify):
    results = run(tmp_path, sums(5, verify=verify), n=1, verify_seconds=10)
    assert results.questions == 4
    (out,) = results.left_out
    assert out.question == "sum 2"
    assert out.reason.startswith("verifier: ")
    again = knowing()
    mended = run(tmp_path, sums(5), explorer=again, n=1)
    assert (mended.questions, again.calls) == (5, [])


def product(verify, *voices, **options):
    """Return a task of one question, and explorers that say these replies in turn."""
    task = Task("product", [Question("1", "What is 6 x 7?", "42")], verify=verify)
    said = {"explorer": Scripted(script=[*voices]), "n": len(voices), **options}
    return task, {"synthesizer": Scripted(script="Answer: 42"), **said}


def test_an_answer_that_the_verifier_fails_on_is_not_right_and_the_others_count(tmp_path):
    task, options = product(raises_on_41, *(f"Answer: {x}" for x in (41, 41, 42, 42, 42)))
    results = run(tmp_path, task, **options)
    assert (results.questions, results.left_out, results.unverified) == (1, [], 2)
    (at,) = results.at
    assert (at.pass_1.value, at.cons.value, at.a2r.value) == (0.6, 1.0, 1.0)
    (failed,) = results.failures
    assert (failed.role, failed.kind, failed.count) == ("explorer", "unverified", 2)
    assert failed.counted
    (told,) = [sentence for sentence in results.advice if "no verdict" in sentence]
    assert "no verdict on 2 answers (the first: KeyError: 'no idea')" in told


def test_an_unverified_answer_votes_as_one_that_is_not_right(tmp_path):
    task, options = product(raises_on_41, *(f"Answer: {x}" for x in (41, 41, 42)))
    (at,) = run(tmp_path, task, **options).at
    assert (at.cons.value, at.pass_n.value, at.rescued) == (0.0, 1.0, 1)


def test_a_verifier_that_fails_on_every_answer_is_an_error_and_not_0_per_cent(tmp_path):
    with pytest.raises(ValueError, match=r"no verdict on any of \d+ answers.*beyond me"):
        run(tmp_path, sums(5, verify=fails), n=2)
    again = knowing()
    mended = run(tmp_path, sums(5), explorer=again, n=2)
    assert (mended.questions, mended.unverified, again.calls) == (5, 0, [])


def test_a_verifier_that_fails_on_replies_that_state_no_answer_is_an_error_too(tmp_path):
    task, options = product(fails, "I can't tell.", synthesizer=Scripted(script="Nor I."))
    with pytest.raises(ValueError, match="no verdict on any of 2 answers"):
        run(tmp_path, task, **options)


def test_a_verifier_of_ones_own_decides_on_the_whole_reply_where_no_answer_is_read(
    tmp_path,
):
    replies = ("It is forty-two, as far as I can see.", "I can't tell.", "Answer: 43")
    task, options = product(in_words, *replies)
    results = run(tmp_path, replace(task, extract_answer=labelled), **options)
    (at,) = results.at
    assert at.pass_1.value == pytest.approx(1 / 3)
    assert (at.pass_n.value, results.unread) == (1.0, pytest.approx(2 / 3))
    assert at.cons.value == 0.0, "a reply without an answer has no vote, right or not"
    assert results.curve[-1].cons_k == 0.0
    assert essence(stored(folder=tmp_path)) == essence(results)


def labelled(text: str) -> str | None:
    return text.partition("Answer: ")[2] or None


def test_without_a_reader_of_answers_every_reply_goes_to_the_verifier(tmp_path):
    task, options = product(in_words, "forty-two", "forty-three, I'd say")
    results = run(tmp_path, replace(task, extract_answer=None), **options)
    assert results.at[0].pass_1.value == 0.5


def test_to_the_mathematical_verifier_no_answer_is_wrong(tmp_path):
    task, options = product(MathVerifier(), "42, but I'm not sure", "Answer: 42")
    results = run(tmp_path, replace(task, extract_answer=labelled), **options)
    assert (results.at[0].pass_1.value, results.unverified) == (0.5, 0)


def test_replies_are_verified_once(tmp_path):
    calls = tmp_path / "calls"

    def verify(answer, question):
        with calls.open("a") as file:
            file.write("x")
        return 1.0

    task, options = product(
        verify, "Well.", "Well.", "Hm.", synthesizer=Scripted(script="So.")
    )
    task = replace(task, extract_answer=labelled)
    for _ in range(2):
        assert run(tmp_path, task, **options).at[0].pass_1.value == 1.0
    assert calls.read_text() == "xxx"


def test_a_limit_of_tokens_stops_between_calls_and_the_rest_comes_later(tmp_path):
    explorer = knowing()
    results = run(tmp_path, explorer=explorer, n=2, max_tokens=15 * 7, concurrency=1)
    assert not results.finished
    assert results.stopped == "max_tokens: 105 of 105"
    assert results.questions == 2
    assert len(explorer.calls) == 7
    assert run(tmp_path, n=2).finished


def test_a_limit_below_the_first_question_says_that_nothing_is_complete(tmp_path):
    with pytest.raises(ValueError, match=r"complete yet.*max_tokens: 30 of 30"):
        run(tmp_path, n=4, max_tokens=30, concurrency=1)


def test_a_server_that_tells_no_tokens_can_not_be_limited_by_them(tmp_path):
    with pytest.raises(ValueError, match="Scripted doesn't tell its tokens"):
        run(tmp_path, explorer=knowing(usage=None), max_tokens=1000, concurrency=1)


def test_unknown_tokens_stay_unknown(tmp_path):
    (at,) = run(tmp_path, explorer=knowing(usage=None), synthesizer=knowing(), n=2).at
    assert at.spent["explorer"].tokens is None
    assert at.spent["synthesizer"].tokens == 15
    assert at.spent["total"].tokens is None
    assert at.spent["total"].dollars is None


def test_two_at_once_on_the_same_samples_are_refused(tmp_path):
    async def both():
        refused = []
        slow = knowing(delay=lambda _: 0 if refused else 100)
        first = asyncio.ensure_future(aevaluate(sums(3), explorer=slow, folder=tmp_path))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match=r"another .* the same samples"):
            await aevaluate(sums(3), explorer=knowing(), folder=tmp_path)
        refused.append(True)
        skip(100)
        return await first

    assert asyncio.run(both()).questions == 3


def test_two_at_once_on_other_questions_go_side_by_side(tmp_path):
    async def both():
        slow = knowing(delay=lambda _: 0.02)
        other = sums(3, prompt="Please: {question}")
        tasks = [aevaluate(t, explorer=slow, folder=tmp_path) for t in (sums(3), other)]
        return await asyncio.gather(*tasks)

    assert [results.questions for results in asyncio.run(both())] == [3, 3]


def test_the_same_question_twice_is_sampled_twice(tmp_path):
    explorer = knowing()
    twice = [Question(name, "What is 1 + 4?", "5") for name in "ab"]
    results = run(tmp_path, Task("twice", twice, verify=same), explorer=explorer, n=2)
    assert (results.questions, len(explorer.calls)) == (2, 2 * 3)


def test_progress_is_told_after_each_call(tmp_path):
    told = []
    run(tmp_path, n=2, monolith=Scripted(), orders=2, on_progress=told.append)
    last = told[-1]
    assert last.done == last.total == {"explorer": 12, "synthesizer": 12, "monolith": 6}
    assert last.tokens == 30 * 15
    assert (last.dollars, last.failed, last.reused) == (None, 0, 0)
    counts = [sum(progress.done.values()) for progress in told]
    assert counts == sorted(counts)
    told.clear()
    run(tmp_path, n=2, monolith=Scripted(), orders=2, on_progress=told.append)
    assert told[-1].reused == 30


def test_a_monolith_stands_beside_it(tmp_path):
    results = run(tmp_path, sums(40), n=4, monolith=knowing(1.0))
    monolith = results.monolith
    assert monolith.accuracy.value == 1.0
    assert monolith.gain.value < 0
    assert monolith.token_ratio == 5.0
    assert monolith.cost_ratio is None


def test_orders_are_different_and_only_at_the_largest_n(tmp_path):
    synthesizer = knowing()
    results = run(tmp_path, sums(30), synthesizer=synthesizer, n=[2, 4], orders=3)
    assert len(synthesizer.calls) == 30 * (1 + 3)
    assert len(results.orders.accuracies) == 3
    assert results.orders.accuracies[0] == results.at[-1].a2r.value
    assert 0 < results.orders.unstable < 1


def test_skip_on_consensus_costs_nothing_where_all_agree(tmp_path):
    synthesizer = knowing()
    context = {"seed": 7, "skip_on_consensus": True}
    all_know = {"explorer": knowing(1.0), "synthesizer": synthesizer, "context": context}
    (at,) = run(tmp_path, n=3, **all_know).at
    assert not synthesizer.calls
    assert at.a2r.value == 1.0
    assert at.spent["synthesizer"].tokens == 0


def test_a_majority_that_is_kept_is_no_worse_than_the_vote(tmp_path):
    wrong = {"explorer": knowing(0.9), "synthesizer": Scripted(script="Answer: -1")}
    for keep in (False, True):
        context = {"seed": 7, **({"keep_majority": True} if keep else {})}
        results = run(tmp_path / str(keep), sums(12), n=5, context=context, **wrong)
        (at,) = results.at
        assert at.a2r.value == (at.cons.value if keep else 0.0)
        assert at.failed_syntheses == 0
        assert at.spent["synthesizer"].tokens > 0


@pytest.mark.parametrize(("fallback", "accuracy"), [("raise", 0.0), ("majority", 1.0)])
def test_a_synthesis_without_an_answer_is_wrong_or_the_majoritys(
    tmp_path, fallback, accuracy
):
    context = {"seed": 7, "fallback": fallback}
    silent = Scripted(script="")
    results = run(tmp_path, explorer=knowing(1.0), synthesizer=silent, n=3, context=context)
    assert results.at[0].a2r.value == accuracy
    assert results.at[0].failed_syntheses == 6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, "n: 0 is not allowed: 1 to 4096"),
        ({"n": []}, "n: an empty sequence"),
        ({"n": "2"}, "n: '2' is not allowed"),
        ({"prices": {"explorers": Price(1, 2)}}, "prices: 'explorers' is not a role"),
        ({"orders": 0}, "orders: 0"),
        ({"concurrency": 0}, "concurrency: 0 .* more than 0"),
        ({"max_cost": -1}, "max_cost: -1"),
        ({"context": {"quorum": 2}}, "quorum: not in an evaluation's context"),
        ({"context": {"n": 2}}, "n: .* give n=..."),
        ({"context": {"temperature": 9}}, "temperature: 9"),
        ({"context": {"min_references": 3}, "n": [2, 4]}, "smallest n, which is 2"),
        ({"prompt": "no field"}, "references.* is missing"),
        ({"explorer": "nobody:m"}, "nobody"),
        ({"task": sums(0)}, "questions: sums has none"),
        ({"task": Task("two", sums(1).questions * 2, verify=same)}, "2 of two have the id"),
    ],
)
def test_what_is_wrong_is_refused_before_any_call(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        run(tmp_path, **options)
    assert not [*tmp_path.iterdir()]


def test_a_graph_needs_a_tag_to_be_told_from_a_changed_one(tmp_path):
    inner = create_a2r(knowing(), n=2, name="inner")
    with pytest.raises(ValueError, match=r"explorer: .* give tag="):
        run(tmp_path, explorer=inner)
    assert run(tmp_path, explorer=inner, tag="1", n=2).questions == 6


def test_examples_tell_both_sides_whole(tmp_path):
    results = run(tmp_path, sums(60), n=4, synthesizer=knowing(0.6))
    (at,) = results.at
    kinds = Counter(example.kind for example in results.examples)
    assert kinds == {"rescued": at.rescued, "broken": at.broken}
    for example in results.examples:
        ours = example.answer == example.expected
        assert ours == (example.kind == "rescued")
        assert (example.majority == example.expected) != ours
        assert sum(example.votes.values()) == len(example.samples) == 4
        assert "<reference" in example.prompt
        right = [sample.answer == example.expected for sample in example.samples]
        assert right == [sample.right for sample in example.samples]


def test_nothing_secret_is_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("VLLM_API_KEY", "key-of-gold")
    broken = "vllm:m@http://user:pass-of-gold@127.0.0.1:9/v1"
    with pytest.raises(OutageError) as raised:
        run(tmp_path, explorer=broken, n=1, context={"attempts": 1})
    with pytest.raises(OutageError, match=r"6 calls .*Cannot connect") as left_out:
        run(tmp_path, synthesizer=broken, n=1, context={"attempts": 1, "seed": 7})
    assert "of-gold" not in f"{raised.value} {left_out.value}"
    with sqlite3.connect(tmp_path / "runs.sqlite") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert "of-gold" not in dump


def test_results_are_plain_data_and_rows_for_pandas(tmp_path):
    results = run(tmp_path, n=[1, 2])
    assert json.loads(json.dumps(results.as_dict(), allow_nan=False))["task"] == "sums"
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(results.rows())
    assert list(frame["n"]) == [1, 2]
    assert {"a2r", "a2r_low", "cons", "gain", "explorer_output_tokens"} <= {*frame.columns}


def test_a_file_that_is_no_store_is_left_as_it_is(tmp_path):
    (tmp_path / "runs.sqlite").write_text("not a database at all, but somebody's notes")
    with pytest.raises(ValueError, match=r"runs.sqlite: file is not a database; name"):
        run(tmp_path)
    assert "notes" in (tmp_path / "runs.sqlite").read_text()


def test_answers_are_told_apart_as_in_a_vote(tmp_path):
    shouting = Scripted(script=["Answer: yes", "Answer: YES", "Answer: no"])
    task = Task("polls", [Question("1", "Well?", "no")], verify=same)
    results = run(tmp_path, task, explorer=shouting, synthesizer=Scripted(), n=3)
    assert results.at[0].cons.value == 0.0
    assert results.diversity.distinct_answers == 2


def test_settings_of_a_model_tell_its_samples_apart_and_its_address_does_not():
    def key(**fields):
        given = {
            "base_url": "http://127.0.0.1:1/v1",
            "model": "m",
            "api_key": "k",
            **fields,
        }
        return identity("explorer", resolve("explorer", ChatVLLM(**given))[0], None)

    changed = [
        {"top_k": 20},
        {"extra_body": {"min_p": 0.1}},
        {"chat_template_kwargs": {"enable_thinking": False}},
        {"temperature": 0.2},
        {"model": "other"},
    ]
    keys = [str(key(**fields)) for fields in [{}, *changed]]
    assert len({*keys}) == len(keys)
    assert key(base_url="http://127.0.0.1:2/v1", api_key="other") == key()


def test_prices_are_by_role_and_rented_time_is_shared_out(tmp_path):
    given = {"explorer": Price(1.0, 2.0), "synthesizer": GpuHour(3600.0)}
    (at,) = run(tmp_path, n=4, synthesizer=knowing(delay=lambda _: 0.01), prices=given).at
    assert at.spent["explorer"].dollars == pytest.approx(4 * (10 * 1 + 5 * 2) / 1e6)
    # A dollar a second: at least one synthesis's time, at most all of them in a row.
    seconds = at.spent["synthesizer"].seconds
    assert 0.01 / 6 <= at.spent["synthesizer"].dollars <= seconds * 1.01
    both = at.spent["explorer"].dollars + at.spent["synthesizer"].dollars
    assert at.spent["total"].dollars == pytest.approx(both)


def test_a_limit_of_dollars_stops_and_needs_a_price(tmp_path):
    price = dict.fromkeys(("explorer", "synthesizer"), Price(1.0, 2.0))
    results = run(tmp_path, n=2, prices=price, max_cost=0.0002, concurrency=1)
    assert results.stopped == "max_cost: $0.0002 of $0.0002"
    with pytest.raises(ValueError, match=r"max_cost: no price is known for the explorer"):
        run(tmp_path / "other", n=2, max_cost=1.0, concurrency=1)


@pytest.mark.parametrize(("right", "cons"), [("NO", 1.0), ("no", 0.0)])
def test_the_votes_answer_in_the_synthesizers_stead_is_as_right_as_the_vote(
    tmp_path, right, cons
):
    voices = Scripted(script=["Answer: no", "Answer: NO", "Answer: NO"])
    task = Task(
        "polls",
        [Question("1", "Well?", right)],
        verify=same,
        answer_key=str.casefold,
    )
    context = {"fallback": "majority"}
    silent = Scripted(script="")
    results = run(tmp_path, task, explorer=voices, synthesizer=silent, n=3, context=context)
    (at,) = results.at
    assert (at.cons.value, at.a2r.value, at.rescued, at.broken) == (cons, cons, 0, 0)


def test_right_answers_in_several_spellings_are_told(tmp_path):
    voices = Scripted(script=[f"Answer: {x}" for x in ("1/3", "1+1", "2.", "2", "1/3")])
    task = Task(
        "halves",
        [Question("1", "4 / 2?", "2")],
        verify=lambda answer, question: float(answer in {"2", "1+1"}),
        answer_key=str,
    )
    results = run(tmp_path, task, explorer=voices, synthesizer=Scripted(), n=5)
    (at,) = results.at
    assert (at.cons.value, at.cons_pooled) == (0.0, 1.0)
    assert any("spelled differently" in sentence for sentence in results.advice)


def test_the_monolith_is_asked_by_itself_as_many_at_a_time_as_may_be(tmp_path):
    asked = []

    def noting(role):
        def script(_, messages, keywords):
            asked.append(role)
            return reply(str(messages[0].content), keywords.get("seed"))

        return Scripted(script=script)

    roles = {role: noting(role) for role in ("explorer", "synthesizer", "monolith")}
    run(tmp_path, sums(60), n=8, concurrency=10, **roles)
    assert asked[:60] == ["monolith"] * 60


def failing_once(number, *_):
    return ConnectionError("for a moment") if number % 9 == 4 else "Answer: 1"


def test_a_call_that_was_repeated_stops_no_limited_run(tmp_path):
    flaky = Scripted(script=failing_once)
    results = run(tmp_path, explorer=flaky, n=4, max_tokens=10**9)
    assert results.finished
    assert results.at[0].spent["explorer"].questions < 6, "unknown in part of them"


def test_ratios_are_of_questions_on_which_both_are_known(tmp_path):
    flaky = Scripted(script=failing_once)
    options = {"synthesizer": knowing(), "monolith": knowing()}
    results = run(tmp_path, explorer=flaky, n=4, **options)
    assert results.monolith.token_ratio == 5.0


def test_what_fails_counts_for_a_limit_too(tmp_path):
    explorer = Scripted(script=AIMessage("", usage_metadata=USAGE))
    with pytest.raises(ValueError, match="max_tokens: 30 of 30"):
        run(tmp_path, explorer=explorer, n=4, max_tokens=30, concurrency=1)
    assert len(explorer.calls) == 2


def test_a_limit_of_dollars_counts_the_rented_time_of_earlier_starts(tmp_path, monkeypatch):
    ahead = [0.0]  # a clock that jumps while a model answers: what is beside is as nothing

    def answering(_):
        ahead[0] += 1000
        return 0

    clock = SimpleNamespace(
        perf_counter=lambda: time.perf_counter() + ahead[0],
        time=lambda: time.time() + ahead[0],
    )
    for module in (budget, calls, run_module):
        monkeypatch.setattr(module, "time", clock)
    prices = dict.fromkeys(("explorer", "synthesizer"), GpuHour(3600.0))
    slow = {"explorer": knowing(delay=answering), "synthesizer": knowing()}
    options = {"n": 2, "prices": prices, "max_cost": 9_500, "concurrency": 1, **slow}
    assert not run(tmp_path, **options).finished
    assert len(slow["explorer"].calls) == 5
    ahead[0] = 0
    run(tmp_path, **options)
    # What it rents anew is a start alone: a few calls more, not as many again.
    assert len(slow["explorer"].calls) == 8


def test_one_question_that_is_always_refused_stops_nothing(tmp_path):
    def script(_, messages, keywords):
        if "What is 2 + 5?" in str(messages[0].content):
            return ConnectionError("never this one")
        return reply(str(messages[0].content), keywords.get("seed"))

    context = {"seed": 7, "attempts": 1}
    refusing = Scripted(script=script)
    results = run(tmp_path, explorer=refusing, n=20, context=context)
    assert (results.questions, len(results.left_out)) == (5, 1)
    again = run(tmp_path, explorer=refusing, n=20, context=context, retry_failed=True)
    assert (again.questions, len(again.left_out)) == (5, 1)


def test_a_synthesizer_that_is_gone_is_noticed_beside_explorers_that_answer(tmp_path):
    context = {"seed": 7, "attempts": 1}
    gone = Scripted(script=ConnectionError("no synthesizer"))
    with pytest.raises(OutageError, match="no synthesizer"):
        run(tmp_path, sums(40), synthesizer=gone, context=context)
    assert len(gone.calls) < 40
    after = knowing()
    results = run(tmp_path, sums(40), synthesizer=after, context=context)
    assert (results.questions, len(after.calls)) == (40, 40)


def test_a_function_that_was_changed_is_another(tmp_path):
    keys = []
    for text in ("one", "two"):
        path = tmp_path / "mine.py"
        path.write_text(f"def prompt(references):\n    return '{text}'\n")
        linecache.checkcache()
        names: dict = {"__name__": "__main__"}
        exec(compile(path.read_text(), str(path), "exec"), names)  # noqa: S102  ours
        keys.append(named("prompt", names["prompt"], None))
    assert keys[0] != keys[1]


def test_an_outcome_on_disk_is_never_replaced(tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        record = {"error": None, "text": "first"}
        store.save("k", "q", 0, record, 0.0)
        store.save("k", "q", 0, {"error": {"kind": "timeout"}}, 0.0)
        store.save("k", "q", 0, {"error": None, "text": "second"}, 0.0)
        assert store.call("k", "q", 0) == record
        store.save("k", "q", 1, {"error": {"kind": "timeout"}}, 0.0)
        store.save("k", "q", 1, record, 0.0)
        assert store.call("k", "q", 1) == record


def test_runs_are_read_without_writing(tmp_path):
    results = run(tmp_path, n=2)
    before = (tmp_path / "runs.sqlite").stat()
    assert essence(stored(folder=tmp_path)) == essence(results)
    assert (tmp_path / "runs.sqlite").stat().st_mtime_ns == before.st_mtime_ns


def test_a_limit_leaves_questions_that_are_complete(tmp_path):
    results = run(tmp_path, sums(60), n=4, concurrency=32, max_tokens=15 * 5 * 40)
    assert results.questions > 20


def test_answers_that_are_no_text_are_refused_in_words():
    with pytest.raises(TypeError, match=r"answer: 2 is no text; give str\(answer\)"):
        Question("1", "1 + 1?", 2)


def test_nothing_right_is_said_before_anything_is_advised(tmp_path):
    wrong = Task("wrong", [Question("1", "1 + 1?", "We add. It is two")], verify=same)
    results = run(tmp_path, wrong, explorer=Scripted(), synthesizer=Scripted(), n=2)
    assert "Not one of 2 samples is right" in results.advice[1]
    assert repr(results).startswith(f"<Results of run {results.run}, wrong: At n = 2")
