"""The function that the server calls for each run, by itself."""

from __future__ import annotations

import re
import runpy
import sys

import pytest
from langgraph.store.memory import InMemoryStore
from langgraph_sdk.runtime import _ExecutionRuntime, _ReadRuntime

from a2r_graph import A2RContext, studio
from a2r_graph.extras import install
from a2r_graph.studio import StudioContext, make_graph


def running(context):
    store = InMemoryStore()
    return _ExecutionRuntime(
        access_context="threads.create_run", store=store, context=context
    )


async def test_runs_of_the_same_models_share_one_graph_and_its_clients():
    first = await make_graph(running({"explorer": "vllm:m@http://127.0.0.1:1/v1", "n": 2}))
    again = await make_graph(running({"explorer": "vllm/m@http://127.0.0.1:1/v1", "n": 3}))
    other = await make_graph(running({"explorer": "vllm:o@http://127.0.0.1:1/v1"}))
    assert first.builder is again.builder
    assert first.builder is not other.builder
    assert first.context_schema is StudioContext


@pytest.mark.parametrize("context", [None, {}, {"n": 3, "of_the_server": 1}])
async def test_without_models_in_the_context_it_is_the_default_graph(context):
    shown = _ReadRuntime(access_context="assistants.read", store=InMemoryStore())
    default = await make_graph(shown)
    assert (await make_graph(running(context))).builder is default.builder


async def test_a_package_or_a_key_that_is_missing_is_told_as_the_server_passes_on(
    monkeypatch,
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ValueError, match="OPENAI_API_KEY"):
        await make_graph(running({"explorer": "openai/gpt-4o-mini"}))
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(ValueError, match=re.escape(install("langchain"))):
        await make_graph(running({"explorer": "openai/gpt-4o-mini"}))


def test_the_pickers_are_no_settings_of_a2r():
    merged = A2RContext(n=2).overlaid(StudioContext(explorer="vllm:m", seed=3))
    assert (merged.n, merged.seed) == (2, 3)
    assert "explorer" not in A2RContext.model_json_schema()["properties"]


def test_variables_choose_other_defaults_and_a_wrong_one_is_told_at_the_start(monkeypatch):
    monkeypatch.setenv("A2R_EXPLORER", "vllm:small")
    monkeypatch.setenv("A2R_SYNTHESIZER", "vllm/org/big")
    chosen = runpy.run_path(studio.__file__)["StudioContext"]()
    assert (chosen.explorer, chosen.synthesizer) == ("vllm:small", "vllm/org/big")
    monkeypatch.setenv("A2R_EXPLORER", "gpt")
    with pytest.raises(ValueError, match="explorer: 'gpt' is not provider:model"):
        runpy.run_path(studio.__file__)
