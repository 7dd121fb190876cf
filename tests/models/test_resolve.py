"""From names to models."""

from __future__ import annotations

import re
import sys

import pytest
from fakes import Scripted
from langchain_core.runnables import RunnableLambda

from a2r_graph import ChatLocal, ChatVLLM, create_a2r
from a2r_graph.extras import install
from a2r_graph.models.resolve import Model, conversation_of, resolve


def test_vllm_names_may_hold_an_address_and_an_at_sign():
    plain, at, both = resolve(
        "explorer", ["vllm:a/b", "vllm:a/b@https://h:1/v1", "vllm:a@b"]
    )
    assert isinstance(plain.chat, ChatVLLM)
    assert (at.chat.model_name, at.chat.openai_api_base) == ("a/b", "https://h:1/v1")
    assert both.chat.model_name == "a@b"


def test_local_may_name_a_file():
    default, named = resolve("explorer", ["local:", "local:/models/x.gguf"])
    assert isinstance(default.chat, ChatLocal)
    assert (default.chat.path, named.chat.path) == (None, "/models/x.gguf")


def test_what_a_binding_says_is_heard():
    bound = Model(Scripted().bind(temperature=0.1, max_tokens=3), "m")
    assert (bound.says("temperature"), bound.says("max_tokens")) == (0.1, 3)
    assert Model(Scripted(temperature=0.0), "m").says("temperature") == 0.0
    assert Model(RunnableLambda(str), "m").says("temperature") is None


def test_max_tokens_goes_by_the_providers_own_name():
    class Google(Scripted):
        max_output_tokens: int | None = None

    class Ollama(Scripted):
        num_predict: int | None = None

    del Google.model_fields["max_tokens"], Ollama.model_fields["max_tokens"]
    assert Model(Google(), "").max_tokens_field() == "max_output_tokens"
    assert Model(Ollama(), "").max_tokens_field() == "num_predict"
    assert Model(RunnableLambda(str), "").max_tokens_field() == "max_tokens"


@pytest.mark.parametrize(
    "name", ["gpt-4o", ":x", "vllm:", "", "openai:"], ids=lambda name: name or "empty"
)
def test_a_name_without_provider_and_model_says_what_would_do(name):
    with pytest.raises(ValueError, match=r"explorer: .* is not provider:model, as in"):
        create_a2r(name)


def test_the_synthesizers_name_is_checked_too():
    with pytest.raises(ValueError, match=r"synthesizer: 'foo:bar': unknown provider 'foo'"):
        create_a2r(Scripted(), "foo:bar")


@pytest.mark.parametrize("reply", [None, 7, {}, {"messages": []}, []])
def test_what_holds_no_message_is_none(reply):
    assert conversation_of(reply) is None


def test_other_providers_are_langchains_and_retry_only_in_our_layer(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "made-up")
    (model,) = resolve("explorer", "openai:gpt-4o-mini")
    assert (model.name, model.chat.model_name) == ("openai:gpt-4o-mini", "gpt-4o-mini")
    assert model.chat.max_retries == 0


def test_without_langchain_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(ImportError, match=re.escape(install("langchain"))):
        resolve("explorer", "openai:gpt-4o-mini")
