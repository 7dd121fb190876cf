"""`docs/vllm.md` says what the package and the server do."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from typing import get_args

import pytest
from guides import ROOT, blocks, dead_links, guide, number, prose, script, sums

from a2r_graph import A2RContext, ChatVLLM, Reference, Report
from a2r_graph.doctor import capacity
from a2r_graph.doctor.diagnosis import Load
from a2r_graph.models.failures import RETRIED
from a2r_graph.state import FailureKind, Usage, UsageByRole

pytestmark = pytest.mark.vllm

GUIDE = guide("vllm.md")
PROSE = prose(GUIDE)
ELSEWHERE = {
    "cache_aware",  # vLLM Router
    "prefixaware",  # the production stack
    "kv_cache_size_tokens",  # vLLM's metrics
    "fcfs",  # vLLM's scheduler
    "invoke",  # LangChain
}


SUMS = sums(GUIDE)
RESULTS = {what: number(one.result) for what, one in SUMS.items()}


def namespace():
    """Return the names that the guide's Python makes, in one after the other."""
    return script("".join(blocks(GUIDE)))


def flags(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def test_every_flag_is_one_of_the_servers():
    python = os.environ.get("A2R_TEST_VLLM_PYTHON")
    if not python:
        pytest.skip(
            "A2R_TEST_VLLM_PYTHON doesn't name the server's Python, which lists its "
            "flags; this is about the guide, not about your server"
        )
    done = subprocess.run(
        [python, "-m", "vllm.entrypoints.openai.api_server", "--help=all"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT / "docs",  # where no file has a module's name
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
    )
    named = flags(GUIDE)
    assert len(named) >= 14
    assert not named - flags(done.stdout)
    assert re.search(r"--scheduling-policy \{[^}]*\bpriority\b", done.stdout)


def test_the_python_runs_without_a_server_and_makes_what_it_says(monkeypatch):
    for name in ("VLLM_BASE_URL", "VLLM_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    made = namespace()
    assert made["a2r"].get_graph().nodes
    assert [one.openai_api_base for one in made["explorers"]] == [
        "http://gpu1:8000/v1",
        "http://gpu2:8000/v1",
    ]
    for role in ("explorer", "synthesizer"):
        model = made[role]
        assert (model.temperature, model.top_p, model.top_k) == (0.6, 0.95, 20)
        assert model.max_tokens == RESULTS["max_tokens, both roles"]
        spare = model.max_tokens - model.thinking_token_budget
        assert f"thoughts of {model.thinking_token_budget:,},\n{spare:,} left" in GUIDE


def test_the_dollars_are_those_of_the_hours():
    usage = {"explorer": {"output_tokens": 7200}, "synthesizer": {"output_tokens": 1800}}
    speed = {"explorer": 2.0, "synthesizer": 1.0}
    price = {"explorer": 3.0, "synthesizer": 4.0}
    assert namespace()["dollars"](usage, speed, price) == pytest.approx(3 * 1 + 4 * 0.5)


def test_every_name_in_backticks_exists():
    vocabulary = {
        *A2RContext.model_fields,
        *ChatVLLM.model_fields,
        *(field.alias for field in ChatVLLM.model_fields.values() if field.alias),
        *get_args(FailureKind),
        *(
            key
            for kind in (Report, Reference, Usage, UsageByRole)
            for key in kind.__annotations__
        ),
        *ELSEWHERE,
    }
    named = set(re.findall(r"`([a-z][a-z_]*)`", PROSE))
    assert len(named) >= 30
    assert not named - vocabulary
    given = set(re.findall(r"-c (\w+)=", GUIDE))
    assert given
    assert given <= set(A2RContext.model_fields)
    fields = re.search(r"with these fields besides: (.*?); the rest", PROSE, re.DOTALL)[1]
    own = set(ChatVLLM.model_fields) - set(ChatVLLM.__mro__[1].model_fields)
    assert set(re.findall(r"`(\w+)`", fields)) == own
    for variable in re.findall(r"`(VLLM_\w+)`", PROSE):
        assert variable in (ROOT / "a2r_graph" / "models" / "vllm.py").read_text("utf-8")


def test_every_sum_is_right_and_below_its_limit():
    assert len(SUMS) >= 12
    for what, one in SUMS.items():
        assert one.is_right(), f"{what}: {one.value():,}"
        if one.limit:
            assert number(one.result) <= number(one.limit), what


def test_the_commands_and_the_sums_have_the_same_figures():
    (window,) = set(re.findall(r"--max-model-len (\d+)", GUIDE))
    limits = {one.limit for one in SUMS.values() if one.limit}
    assert f"{int(window):,}" in limits
    for model, share in re.findall(
        r"(\d)B --port \d+ --gpu-memory-utilization ([\d.]+)", GUIDE
    ):
        assert f"KV tokens, {model}B at {share} of 80 GB" in RESULTS
    assert limits - {f"{int(window):,}"} == {
        f"{int(RESULTS['KV tokens, 4B at 0.50 of 80 GB']):,}"
    }


def test_the_doctor_finds_that_the_worked_example_fits():
    (window,) = set(re.findall(r"--max-model-len (\d+)", GUIDE))
    most = int(RESULTS["max_tokens, both roles"])
    load = Load(
        explorers=8,
        max_tokens=most,
        references=8,
        reference=most,
        answer=most,
        reference_tokens=8 * (600 + 20),
    )
    size = int(RESULTS["KV tokens, 4B at 0.50 of 80 GB"])
    metrics = (
        f'vllm:cache_config_info{{kv_cache_size_tokens="{size}",'
        'enable_prefix_caching="True"} 1.0\n'
    )
    findings = [*capacity.window(load, int(window)), *capacity.cache(load, metrics)]
    assert len(findings) == 4
    assert {finding.level for finding in findings} == {"ok"}, findings
    without = capacity.window(replace(load, reference_tokens=None), int(window))
    assert [finding.level for finding in without] == ["ok", "warning"]


def test_every_error_is_of_the_kind_that_the_table_says():
    rows = re.findall(r"^\| `([\w.]+)`[^|]*\| ([^|]+) \| (yes|no) \|$", GUIDE, re.MULTILINE)
    assert len(rows) == 9
    told = set()
    for path, kinds, retried in rows:
        module, _, name = path.rpartition(".")
        error = getattr(importlib.import_module(module), name)
        assert issubclass(error, Exception)
        for kind in re.findall(r"`(\w+)`", kinds):
            assert kind in get_args(FailureKind)
            assert (kind in RETRIED) == (retried == "yes"), kind
            told.add(kind)
    assert told >= RETRIED


def test_the_report_of_the_doctor_is_as_the_guide_shows_it(vllm_url, vllm_model, vllm_key):
    shown = re.findall(r"^(?:ok|warning|error) +(\w+)  ", GUIDE, re.MULTILINE)
    assert len(shown) >= 10
    words = "-n 8 -c max_tokens=1024 -c synthesizer_max_tokens=1024"
    assert f"a2r doctor -e vllm:smol {words}\n" in GUIDE
    done = subprocess.run(
        [
            *(sys.executable, "-m", "a2r_graph.cli", "doctor", "--json"),
            *("-e", f"vllm:{vllm_model}", "--base-url", vllm_url, *words.split()),
        ],
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "VLLM_API_KEY": vllm_key},
    )
    (model,) = json.loads(done.stdout)["models"]
    assert {finding["check"] for finding in model["findings"]} <= set(shown)


def test_the_guide_is_short_and_its_links_and_extras_exist():
    assert len(GUIDE.splitlines()) < 225
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = set(re.findall(r"a2r-graph\[(\w+)\]", GUIDE))
    assert extras
    assert extras <= set(project["optional-dependencies"])
    assert not dead_links(GUIDE)
