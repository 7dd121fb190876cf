"""Inspect AI evaluates for real here; only the models are stand-ins."""

import gc
import subprocess
import sys

import pytest
from fakes import HttpError, Scripted
from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentReasoning,
    ContentText,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import choice, match
from inspect_ai.solver import generate, multiple_choice, use_tools
from inspect_ai.tool import tool
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from a2r_graph.evals.solver import a2r_solver, cons

# Inspect's own evaluations, without A2R, leave such streams to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Unclosed <MemoryObjectReceiveStream:ResourceWarning"
)

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SUMS = [Sample(f"What is {i} + {i}?", target=str(2 * i), id=i) for i in (1, 2, 3)]


def asked(messages):
    """Return the number that a question is about."""
    return int(messages[0].text.split()[2])


def doubling(_, messages, kwargs):
    return f"Answer: {2 * asked(messages)}"


@pytest.fixture
def run(tmp_path):
    def run_it(solver=None, dataset=SUMS, scorer=None, model="mockllm/model", **options):
        task = Task(dataset=dataset, solver=solver, scorer=scorer or match())
        (log,) = evaluate(
            task,
            model=model,
            display="none",
            log_dir=str(tmp_path),
            log_level="error",
            **options,
        )
        return log

    yield run_it
    gc.collect()  # here, and not in another file's tests, where nothing is filtered


def mock(answer, **given):
    """Return a model of Inspect that answers by a function of its messages."""

    def output(messages, tools, tool_choice, config):
        made = answer(messages, config)
        if isinstance(made, Exception):
            raise made
        if isinstance(made, str):
            made = ModelOutput.from_content("mockllm/model", made)
        made.usage = made.usage or ModelUsage(
            input_tokens=7, input_tokens_cache_read=2, output_tokens=5, total_tokens=14
        )
        return made

    return get_model("mockllm/model", custom_outputs=output, memoize=False, **given)


def scores(log, name="match"):
    return [sample.scores[name].value for sample in log.samples]


def test_each_sample_is_answered_by_the_synthesizer(run):
    small, big = Scripted(script="Answer: 1"), Scripted(script=doubling)
    log = run(a2r_solver(small, big, n=4))
    assert log.status == "success"
    assert scores(log) == ["C", "C", "C"]
    assert [sample.output.completion for sample in log.samples] == [
        "Answer: 2",
        "Answer: 4",
        "Answer: 6",
    ]
    assert [m.role for m in log.samples[0].messages] == ["user", "assistant"]
    assert len(small.calls) == 12
    assert len(big.calls) == 3


def test_the_report_is_in_the_log_and_its_references_once(run):
    log = run(a2r_solver(Scripted(script=doubling), n=4))
    sample = log.samples[1]
    assert sample.metadata["a2r"]["votes"] == {"4": 4}
    assert sample.metadata["a2r"]["synthesis"] == "model"
    assert "references" not in sample.metadata["a2r"]
    assert len(sample.output.metadata["a2r"]["references"]) == 4


def test_inspect_counts_the_tokens_of_all_calls_once(run):
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": 15,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 2},
    }
    log = run(a2r_solver(Scripted(script=doubling, usage=usage), n=4))
    (told,) = log.stats.model_usage.values()
    # 3 samples x 5 calls; Inspect's input is without what is cached
    assert list(log.stats.model_usage) == ["a2r/Scripted"]
    assert (told.input_tokens, told.input_tokens_cache_read) == (90, 60)
    assert (told.output_tokens, told.reasoning_tokens, told.total_tokens) == (75, 30, 225)


def test_tokens_that_no_server_told_are_not_counted_as_none_used(run):
    log = run(a2r_solver(Scripted(script=doubling, usage=None), n=2))
    assert log.stats.model_usage == {}
    assert log.samples[0].output.usage is None


@pytest.mark.slow
def test_a_run_that_fails_is_an_error_of_its_sample(run):
    def fails(_, messages, kwargs):
        return (
            HttpError(400, "no") if asked(messages) == 2 else doubling(_, messages, kwargs)
        )

    log = run(a2r_solver(Scripted(script=fails), n=2), fail_on_error=False)
    assert [sample.error is None for sample in log.samples] == [True, False, True]
    assert "0 of 2 explorer branches succeeded" in log.samples[1].error.message
    assert run(a2r_solver(Scripted(script=fails), n=2)).status == "error"


@pytest.mark.slow
def test_inspect_tries_a_failed_sample_again_where_it_is_told_to(run):
    def once(number, messages, kwargs):
        return HttpError(400, "no") if number < 2 else "Answer: 2"

    solver = a2r_solver(Scripted(script=once), n=2)
    log = run(solver, dataset=SUMS[:1], retry_on_error=1)
    assert log.status == "success"
    assert len(log.samples[0].error_retries) == 1


@pytest.mark.slow
def test_samples_and_epochs_run_side_by_side_with_answers_of_their_own(run):
    many = [Sample(f"What is {i} + {i}?", target=str(2 * i), id=i) for i in range(20)]
    small = Scripted(script=doubling, delay=lambda number: 0.01 * (number % 3))
    log = run(a2r_solver(small, n=3), dataset=many, epochs=2, max_samples=10)
    assert {(sample.id, sample.epoch) for sample in log.samples} == {
        (i, epoch) for i in range(20) for epoch in (1, 2)
    }
    assert set(scores(log)) == {"C"}
    assert len(small.calls) == 20 * 2 * 4


def test_the_whole_conversation_reaches_the_explorers_with_its_image(run):
    conversation = [
        ChatMessageSystem(content="Be brief."),
        ChatMessageUser(content="Hello"),
        ChatMessageAssistant(content="Hi!"),
        ChatMessageUser(content=[ContentText(text="Look:"), ContentImage(image=PIXEL)]),
    ]
    small = Scripted(script="Answer: 1")
    run(a2r_solver(small, n=1), dataset=[Sample(conversation, target="1")])
    messages = small.calls[0][0]
    assert [m.type for m in messages] == ["system", "human", "ai", "human"]
    assert messages[0].text == "Be brief."
    assert messages[3].content[1]["image_url"]["url"] == PIXEL


def test_a_thought_is_kept_apart_from_the_answer(run):
    reply = AIMessage("Answer: 2", additional_kwargs={"reasoning_content": "1 and 1"})
    log = run(a2r_solver(Scripted(script=reply), n=1), dataset=SUMS[:1])
    thought, answer = log.samples[0].output.message.content
    assert (thought.reasoning, answer.text) == ("1 and 1", "Answer: 2")
    assert log.samples[0].output.completion == "Answer: 2"


def test_a_fallback_to_the_vote_is_told_in_the_report(run):
    solver = a2r_solver(
        Scripted(script=doubling), Scripted(script=HttpError(400)), n=3, fallback="majority"
    )
    log = run(solver)
    assert scores(log) == ["C", "C", "C"]
    assert log.samples[0].metadata["a2r"]["synthesis"] == "majority"


class Keyed(Scripted):
    api_key: SecretStr = SecretStr("sk-secret-1")
    header: str = "Bearer sk-secret-2"


def test_the_log_names_the_models_and_holds_nothing_else_of_them(run):
    log = run(a2r_solver([Keyed(), Keyed()], Keyed(), n=2, temperature=0.5))
    (step,) = log.plan.steps
    assert step.solver.endswith("a2r")
    assert step.params == {
        "explorer": "Keyed",
        "synthesizer": "Keyed",
        "n": 2,
        "temperature": 0.5,
    }
    assert "sk-secret" not in log.model_dump_json()


def test_the_majority_of_the_same_samples_is_scored_beside_the_answer(run):
    small = Scripted(script=doubling)
    wrong = Scripted(script="Answer: 0")
    log = run(a2r_solver(small, wrong, n=3), scorer=[match(), cons(match())])
    assert scores(log) == ["I", "I", "I"]
    assert scores(log, "cons") == ["C", "C", "C"]


def test_where_no_answer_could_be_read_the_majority_is_wrong(run):
    small, big = Scripted(script="I don't know."), Scripted(script=doubling)
    log = run(a2r_solver(small, big, n=2), scorer=[match(), cons(match())])
    assert scores(log) == ["C", "C", "C"]
    assert scores(log, "cons") == ["I", "I", "I"]


def test_without_models_the_evaluations_own_is_asked_logged_and_counted(run):
    model = mock(lambda messages, _: f"Answer: {2 * int(messages[0].text.split()[2])}")
    log = run(a2r_solver(n=3), model=model)
    assert scores(log) == ["C", "C", "C"]
    (told,) = log.stats.model_usage.values()
    assert (told.input_tokens, told.output_tokens) == (3 * 4 * 7, 3 * 4 * 5)
    assert sum(event.event == "model" for event in log.samples[0].events) == 4
    usage = log.samples[0].metadata["a2r"]["usage"]["total"]
    assert (usage["input_tokens"], usage["cached_tokens"]) == (4 * 9, 4 * 2)


def test_the_roles_explorer_and_synthesizer_are_asked_where_they_are_set(run):
    roles = {
        "explorer": mock(lambda *_: "Answer: 1"),
        "synthesizer": mock(lambda *_: "It is 2"),
    }
    log = run(a2r_solver(n=3), dataset=SUMS[:1], model_roles=roles)
    assert log.samples[0].metadata["a2r"]["votes"] == {"1": 3}
    assert log.samples[0].output.completion == "It is 2"
    assert {role: told.output_tokens for role, told in log.stats.role_usage.items()} == {
        "explorer": 15,
        "synthesizer": 5,
    }


def test_several_models_in_the_role_of_the_explorer_are_dealt(run):
    roles = {"explorer": [mock(lambda *_: "Answer: 1"), mock(lambda *_: "Answer: 2")]}
    model = mock(lambda *_: "Answer: 1")
    log = run(a2r_solver(n=4), dataset=SUMS[:1], model=model, model_roles=roles)
    assert log.samples[0].metadata["a2r"]["votes"] == {"1": 2, "2": 2}


def test_sampling_is_the_evaluations_unless_a_setting_says_otherwise(run):
    seen = []

    def answer(messages, config):
        seen.append((config.temperature, config.seed))
        return "Answer: 2"

    run(a2r_solver(n=2), dataset=SUMS[:1], model=mock(answer), temperature=0.3)
    assert [temperature for temperature, _ in seen] == [0.3, 0.3, 0.3]
    seen.clear()
    solver = a2r_solver(n=2, temperature=0.9, seed=5)
    run(solver, dataset=SUMS[:1], model=mock(answer), temperature=0.3)
    assert sorted(seen[:2]) == [(0.9, 5), (0.9, 6)]
    assert seen[2][0] == 0.3


def test_a_cache_of_inspect_is_not_asked(run):
    answers = iter(range(100))
    model = mock(lambda *_: f"Answer: {next(answers)}")
    log = run(a2r_solver(n=3), dataset=SUMS[:1], model=model, cache=True)
    assert len(log.samples[0].metadata["a2r"]["votes"]) == 3


def test_a_limit_of_the_sample_ends_it_as_a_limit_and_not_as_an_error(run):
    model = mock(lambda *_: "Answer: 2")
    log = run(a2r_solver(n=8), dataset=SUMS[:1], model=model, token_limit=20)
    assert log.samples[0].limit.type == "token"
    assert log.samples[0].error is None


def test_a_thought_and_a_cut_off_of_inspects_model_are_told_as_such(run):
    def answer(messages, config):
        thought = ContentReasoning(reasoning="hm")
        content = [thought, ContentText(text="Answer: 2")]
        return ModelOutput.from_content("m", content, stop_reason="max_tokens")

    log = run(a2r_solver(n=1), dataset=SUMS[:1], model=mock(answer))
    (reference,) = log.samples[0].output.metadata["a2r"]["references"]
    assert reference["reasoning"] == "hm"
    assert reference["text"] == "Answer: 2"
    assert reference["finish_reason"] == "length"
    assert log.samples[0].output.stop_reason == "max_tokens"


def test_a_failing_model_of_inspect_is_a_failed_branch_tried_once(run):
    calls = []

    def answer(messages, config):
        calls.append(1)
        return HttpError(503) if len(calls) == 1 else "Answer: 2"

    log = run(a2r_solver(n=2), dataset=SUMS[:1], model=mock(answer))
    references = log.samples[0].output.metadata["a2r"]["references"]
    assert sorted(r["status"] for r in references) == ["failed", "ok"]
    assert len(calls) == 3


def test_a_task_with_a_solver_of_its_own_takes_a2r_as_its_model(run):
    question = Sample("Which is even?", choices=["1", "2", "3"], target="B")
    small = Scripted(script="ANSWER: B")
    model = get_model("a2r/small", memoize=False, explorer=small, n=3)
    log = run(multiple_choice(), dataset=[question], scorer=choice(), model=model)
    assert scores(log, "choice") == ["C"]
    assert len(small.calls) == 4
    assert log.stats.model_usage["a2r/small"].output_tokens == 20


def test_the_evaluations_sampling_is_that_of_a2r_as_a_model(run):
    small = Scripted(script="Answer: 2")
    model = get_model("a2r/small", memoize=False, explorer=small, n=2)
    run(generate(), dataset=SUMS[:1], model=model, temperature=0.3, max_tokens=64, seed=7)
    told = sorted(
        (kwargs["max_tokens"], kwargs.get("temperature"), kwargs.get("seed"))
        for _, kwargs in small.calls[:2]
    )
    assert told == [(64, 0.3, 7), (64, 0.3, 8)]
    assert small.calls[2][1]["max_tokens"] == 64


@tool
def nothing():
    async def execute():
        """Do nothing."""
        return ""

    return execute


@pytest.mark.parametrize("models", [[Scripted()], []])
def test_a_task_with_tools_is_refused_in_words(run, models):
    log = run([use_tools(nothing()), a2r_solver(*models, n=2)], dataset=SUMS[:1])
    assert log.status == "error"
    assert "tools: the task has 1, which A2R's explorers can't call" in log.error.message


@pytest.mark.parametrize(
    ("models", "settings", "error", "message"),
    [
        (["small"], {}, ValueError, "explorer: 'small' is not provider:model"),
        ([3], {}, TypeError, "explorer: 3 is not a model"),
        ([Scripted()], {"n": 0}, ValueError, "n: 0 is not allowed"),
        ([], {"n": 0}, ValueError, "n: 0 is not allowed"),
        ([], {"m": 1}, ValueError, "m: unknown setting"),
        ([], {"quorum": 9}, ValueError, "quorum: 9 is not allowed: at most n"),
        ([None, Scripted()], {}, ValueError, "synthesizer: given without an explorer"),
    ],
)
def test_what_is_wrong_is_said_before_the_evaluation(models, settings, error, message):
    with pytest.raises(error, match=message):
        a2r_solver(*models, **settings)


@pytest.mark.slow
def test_without_inspect_the_import_says_what_to_install():
    code = "import sys; sys.modules['inspect_ai'] = None; import a2r_graph.evals.solver"
    ran = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert 'ImportError: A2R in Inspect AI needs it: pip install "inspect_ai' in ran.stderr
