"""LangChain's standard tests of a chat model, on `ChatA2R`.

Left out, since the tests ask for more than loopback: images, PDF, audio and Anthropic's
inputs (they are fetched from the network), and recorded cassettes. Left out on the embedded
model, too small for them: tools and schemas.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from server import Answer, Server, completion, failing, streamed

from a2r_graph import ChatA2R, ChatVLLM


def obey(_: int, path: str, body: dict[str, Any]) -> Answer:
    """Answer as a capable model would that does what the request says and no more."""
    if path != "/v1/chat/completions":
        return failing(404)
    question = " ".join(str(m["content"]) for m in body["messages"] if m["role"] == "user")
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    called = _called(body, question)
    text = json.dumps(_filled(schema, question)) if schema else "hello and how are you"
    for stop in body.get("stop") or ():
        text = text.partition(stop)[0]
    if called:
        arguments = json.dumps(_filled(called["parameters"], question))
        function = {"name": called["name"], "arguments": arguments}
        call = {"index": 0, "id": "call_1", "type": "function", "function": function}
        deltas: list[dict[str, Any]] = [{"tool_calls": [call]}]
        whole: dict[str, Any] = {"content": None, "tool_calls": [call]}
    else:
        deltas = [{"content": part} for part in re.split("(?<= )", text)]
        whole = {"content": text}
    finish = "tool_calls" if called else "stop"
    if body.get("stream"):
        return streamed({"role": "assistant", "content": ""}, *deltas, finish=finish)
    return completion(**whole, finish_reason=finish)


def _called(body: dict[str, Any], question: str) -> dict[str, Any] | None:
    """Return the tool to call: a forced one, or the first if a question is still open."""
    tools = {t["function"]["name"]: t["function"] for t in body.get("tools", ())}
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        return tools[choice["function"]["name"]]
    answered = any(m["role"] == "tool" for m in body["messages"])
    wanted = choice == "required" or ("?" in question and not answered)
    return next(iter(tools.values())) if tools and wanted else None


def _filled(schema: dict[str, Any], question: str) -> dict[str, Any]:
    numbers = re.findall(r"\d+", question) or ["1"]
    quoted = re.findall("'([^']+)'", question) or ["cats"]
    return {
        name: int(numbers[0]) if field.get("type") == "integer" else quoted[0]
        for name, field in schema.get("properties", {}).items()
    }


class _Standard:
    """What ChatA2R has of the standard parameters; its models have the others."""

    chat_model_class = ChatA2R
    standard_chat_model_params = {"temperature": 0.0, "max_tokens": 100}  # noqa: RUF012  the suite's


def vllm(url: str) -> ChatVLLM:
    return ChatVLLM(model="m", base_url=url, api_key="none")


class TestUnit(_Standard, ChatModelUnitTests):
    chat_model_params = {  # noqa: RUF012  the suite's
        "explorer": vllm("http://127.0.0.1:9/v1"),
        "n": 2,
    }

    @pytest.fixture
    def benchmark(self, benchmark):
        """Make ten models once, not again and again for a second."""
        benchmark.disabled = True
        return benchmark


@pytest.fixture(scope="module")
def capable():
    """The server that obeys."""
    with Server(obey) as server:
        TestOnACapableServer.chat_model_params = {
            "explorer": vllm(server.url),
            "synthesizer": vllm(server.url),
            "n": 2,
        }
        yield


@pytest.mark.usefixtures("capable")
class TestOnACapableServer(_Standard, ChatModelIntegrationTests):
    supports_json_mode = True


@pytest.mark.slow
class TestOnTheEmbeddedModel(_Standard, ChatModelIntegrationTests):
    has_tool_calling = False
    has_structured_output = False
    standard_chat_model_params = {}  # noqa: RUF012  the suite's
    chat_model_params = {  # noqa: RUF012  the suite's
        "explorer": "local:",
        "n": 2,
        "max_tokens": 8,
        "synthesizer_max_tokens": 8,
        "seed": 1,
    }
