"""`a2r doctor` on the server."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.vllm


@pytest.fixture
def doctor(vllm_url, vllm_key, monkeypatch):
    """`doctor(*words, key=...)`: the exit code and the findings, by name of the check."""

    def run(*words, key=vllm_key):
        monkeypatch.setenv("VLLM_API_KEY", key)
        command = [sys.executable, "-m", "a2r_graph.cli", "doctor", "--json", *words]
        done = subprocess.run(
            [*command, "--base-url", vllm_url],
            capture_output=True,
            timeout=120,
            check=False,
        )
        report = json.loads(done.stdout)
        assert report["exit_code"] == done.returncode
        (model,) = report["models"]
        found = {}
        for finding in model["findings"]:
            found.setdefault(finding["check"], []).append(finding)
        return done.returncode, found

    return run


def levels(found, check):
    return [finding["level"] for finding in found[check]]


def test_a_server_that_is_right_is_called_right(doctor, vllm_model):
    words = ("-c", "max_tokens=128", "-c", "synthesizer_max_tokens=512")
    _, found = doctor("-e", f"vllm:{vllm_model}", "-n", "4", *words)
    for check in ("reach", "model", "version", "window", "usage", "tokenizer", "cache"):
        assert set(levels(found, check)) == {"ok"}, found[check]
    assert "vLLM 0." in found["version"][0]["message"]
    assert "cached ones too" in found["usage"][0]["message"]
    # This model's thoughts seldom end by themselves, and 128 tokens are few for one.
    assert "warning" in levels(found, "reasoning")


def test_too_many_references_for_the_window_are_a_warning_with_figures(doctor, vllm_model):
    code, found = doctor("-e", f"vllm:{vllm_model}", "-n", "64")
    assert code == 1
    assert "warning" in levels(found, "window")
    assert "64 references" in found["window"][-1]["message"]


def test_a_wrong_model_names_those_served(doctor, vllm_model):
    code, found = doctor("-e", "vllm:nope")
    assert code == 2
    assert vllm_model in found["model"][0]["message"]


def test_a_wrong_key_is_an_error_that_does_not_show_it(doctor, vllm_model, vllm_key):
    if vllm_key == "EMPTY":
        pytest.fail("this server asks for no key: start it with --api-key")
    code, found = doctor("-e", f"vllm:{vllm_model}", key="not-the-right-one")
    assert code == 2
    assert "401" in found["reach"][0]["message"]
    assert "not-the-right-one" not in json.dumps(found)
