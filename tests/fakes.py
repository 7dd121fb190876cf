"""Stand-ins for faults and timing that a real model doesn't give on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

USAGE = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


class Scripted(BaseChatModel):
    """Answers by a list, dealt in the order of calls, or by a function of the call.

    An exception in place of an answer is raised. Each call is kept in `calls` with its
    messages and keywords.
    """

    script: Any = "Answer: 42"
    usage: dict[str, Any] | None = Field(default_factory=lambda: dict(USAGE))
    delay: Callable[[int], float] | None = None
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    calls: list[tuple[list[BaseMessage], dict[str, Any]]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _next(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        number = len(self.calls)
        self.calls.append((messages, kwargs))
        script = self.script
        if callable(script):
            script = script(number, messages, kwargs)
        elif isinstance(script, list):
            script = script[number % len(script)]
        if isinstance(script, BaseException):
            raise script
        if isinstance(script, str):
            return AIMessage(script, usage_metadata=self.usage)
        return script.model_copy()

    def _generate(self, messages: Any, *_: Any, **kwargs: Any) -> ChatResult:
        message = self._next(messages, kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        number = len(self.calls)
        message = self._next(messages, kwargs)
        if self.delay:
            await asyncio.sleep(self.delay(number))
        return ChatResult(generations=[ChatGeneration(message=message)])


class Streaming(Scripted):
    """The same, word by word; `breaks_after` words it raises `breaks_with`."""

    breaks_after: int | None = None
    breaks_with: Any = None

    async def _astream(
        self,
        messages: Any,
        stop: Any = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        whole = self._next(messages, kwargs)
        words = str(whole.content).split(" ")
        if getattr(whole, "tool_calls", None):
            words = [""]
        for place, word in enumerate(words):
            if place == self.breaks_after:
                raise self.breaks_with
            last = place == len(words) - 1
            message = AIMessageChunk(
                word if last else word + " ",
                usage_metadata=self.usage if last else None,
                response_metadata={"finish_reason": "stop"} if last else {},
                tool_calls=getattr(whole, "tool_calls", []) if last else [],
            )
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


class Tooled(Scripted):
    """One with tools; LangChain has it fill a schema by a call of them."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)


class StreamingTooled(Tooled, Streaming):
    """The same, word by word."""


def calling(name: str, text: str = "", **args: Any) -> AIMessage:
    """Return a reply that calls a tool."""
    call = {"name": name, "args": args, "id": f"call_{name}", "type": "tool_call"}
    return AIMessage(text, tool_calls=[call], usage_metadata=dict(USAGE))


class HttpError(Exception):
    """What a client raises for an HTTP status."""

    def __init__(self, status: int, message: str = "", retry_after: str = "0") -> None:
        super().__init__(message or f"status {status}")
        self.status_code = status
        self.response = type("Response", (), {})()
        self.response.status_code = status
        self.response.headers = {"retry-after": retry_after}


def ask(question: str = "What is 6 x 7?") -> dict[str, Any]:
    """Return an input with one user message."""
    return {"messages": [("user", question)]}
