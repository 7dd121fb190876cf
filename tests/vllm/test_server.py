"""The harness itself: the server is there, and behaves as the tests beside assume."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.vllm


def test_the_server_lists_the_model_with_its_window(vllm_fetch, vllm_model):
    models = json.loads(vllm_fetch("/v1/models"))["data"]
    assert {m["id"]: m["max_model_len"] for m in models} == {vllm_model: 4096}


@pytest.fixture
def think(vllm_fetch, vllm_model):
    def think(**fields):
        question = [{"role": "user", "content": "What is 2 + 3?"}]
        body = {"model": vllm_model, "messages": question, "max_tokens": 48, "seed": 1}
        return json.loads(vllm_fetch("/v1/chat/completions", body | fields))

    return think


def test_a_thought_that_its_budget_ended_comes_as_reasoning_and_content(think):
    answer = think(temperature=0, thinking_token_budget=8)
    message = answer["choices"][0]["message"]
    assert message["reasoning"].strip()
    assert message["content"].strip()
    assert 0 < answer["usage"]["completion_tokens_details"]["reasoning_tokens"] <= 8


def test_a_thought_that_never_ended_has_no_content(think):
    message = think(max_tokens=4)["choices"][0]["message"]
    assert message["reasoning"].strip()
    assert message["content"] is None


def test_with_thinking_off_everything_is_content(think):
    message = think(chat_template_kwargs={"enable_thinking": False})["choices"][0][
        "message"
    ]
    assert message["content"].strip()
    assert not message["reasoning"]


def test_the_metrics_count_the_tokens_of_a_call(vllm, metrics):
    before = metrics()
    plain = {"chat_template_kwargs": {"enable_thinking": False}}
    used = vllm(max_tokens=8, extra_body=plain).invoke("Hello").usage_metadata
    after = metrics()
    told = {
        "vllm:prompt_tokens_total": used["input_tokens"],
        "vllm:generation_tokens_total": used["output_tokens"],
    }
    # At least: on a server that others use, theirs are in it too.
    assert all(after[name] - before[name] >= count > 0 for name, count in told.items())


def test_without_a_server_the_tests_fail_in_words():
    bare = {k: v for k, v in os.environ.items() if not k.startswith("A2R_TEST_VLLM")}
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-m", "vllm", "-p", "no:cacheprovider"),
            *(__file__, "-k", "lists_the_model"),
        ],
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "run `make test-vllm`, which starts one" in run.stdout
    assert "1 error" in run.stdout
    assert "skipped" not in run.stdout
