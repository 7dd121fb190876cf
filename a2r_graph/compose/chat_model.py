"""A2R as a chat model, for whatever takes one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda

from a2r_graph.compose.binding import SCHEMA, context_below, graph_for, shown
from a2r_graph.compose.one_call import (
    Chunks,
    apart,
    follow,
    follow_blocking,
    message_of,
)
from a2r_graph.compose.structured import told, with_raw
from a2r_graph.compose.two_roles import TwoRoles
from a2r_graph.models.resolve import ModelLike, resolve
from a2r_graph.models.structured import ResponseFormat, format_of
from a2r_graph.prompts import SYNTHESIS, Prompt
from a2r_graph.references import AnswerKey
from a2r_graph.references import answer_key as _answer_key
from a2r_graph.references import extract_answer as _extract_answer
from a2r_graph.state import apart_by_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextvars import Context

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

_MODES = ["messages", "values"]


class ChatA2R(TwoRoles):
    """A2R as a LangChain chat model, for everything that takes one.

    To LangChain each call is one call of one model: its `usage_metadata` counts the
    tokens of all explorers and the synthesizer (it is left out where one of them told
    none), its `response_metadata["a2r"]` is the report, and handlers, tracers and a
    parent's `messages` stream see it once. Callbacks of the models' own
    (`ChatVLLM(callbacks=[...])`) see theirs.

    Within a graph with a checkpointer a call that a crash broke off goes on where it was.
    A chat model can't pause for a person, and shows no branches: for that use `create_a2r`
    as a node.

    Args:
        explorer: As in `create_a2r`.
        synthesizer: As in `create_a2r`.
        prompt: As in `create_a2r`.
        extract_answer: As in `create_a2r`.
        answer_key: As in `create_a2r`.
        **fields: Settings, the fields of `A2RContext`; `stop`, texts at which both roles
            stop; and LangChain's (`name`, `tags`, `callbacks`, `cache`, `rate_limiter`,
            `disable_streaming` and so on). A call takes settings too, by `bind(n=4)` or
            `invoke(..., n=4)`. `temperature`, `max_tokens` and `top_p` are the explorers',
            as everywhere in A2R.

    Raises:
        ValueError: A setting, a model's name or the prompt is wrong, or `review` is set.
        TypeError: A model is none, or wouldn't obey `stop`; `answer_key` is no function.
        ImportError: A model's package isn't installed.

    Example:
        >>> from a2r_graph import ChatA2R
        >>> from langchain_core.language_models import FakeListChatModel
        >>> small = FakeListChatModel(responses=["Answer: 42", "Answer: 41"])
        >>> big = FakeListChatModel(responses=["It is 42."])
        >>> model = ChatA2R(explorer=small, synthesizer=big, n=4)
        >>> reply = model.invoke("What is 6 x 7?")
        >>> reply.content
        'It is 42.'
        >>> sorted(reply.response_metadata["a2r"]["votes"].items())
        [('41', 2), ('42', 2)]
    """

    def __init__(
        self,
        explorer: ModelLike | Sequence[ModelLike],
        synthesizer: ModelLike | Sequence[ModelLike] | None = None,
        *,
        prompt: Prompt = SYNTHESIS,
        extract_answer: Callable[[str], object] | None = _extract_answer,
        answer_key: AnswerKey = _answer_key,
        **fields: Any,
    ) -> None:
        """Check everything that a call would need; no model is asked."""
        own = {name: fields.pop(name) for name in [*fields] if name in _FIELDS}
        own["settings"] = {**own.get("settings", {}), **fields}
        own["explorer"] = _resolved("explorer", explorer)
        if synthesizer is not None:
            own["synthesizer"] = _resolved("synthesizer", synthesizer)
        own |= {"extract_answer": extract_answer, "answer_key": answer_key}
        super().__init__(**own, prompt=prompt)
        graph_for(self, None, {})

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager  # for streams, which this isn't
        graph, context, given = self._call(messages, stop, kwargs)
        run = graph.ainvoke(**given)
        return self._result(await asyncio.create_task(run, context=context))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        graph, context, given = self._call(messages, stop, kwargs)
        return self._result(context.run(graph.invoke, **given))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        del run_manager  # LangChain tells the handlers of each chunk
        graph, context, given = self._call(messages, stop, kwargs)
        events = graph.astream(**given, stream_mode=_MODES)
        chunks = self._chunks()
        async with aclosing(follow(events, context)) as followed:
            async for mode, payload in followed:
                if chunk := chunks.take(mode, payload):
                    yield chunk
        yield chunks.last()

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del run_manager
        graph, context, given = self._call(messages, stop, kwargs)
        events = graph.stream(**given, stream_mode=_MODES)
        chunks = self._chunks()
        with closing(follow_blocking(events, context)) as followed:
            for mode, payload in followed:
                if chunk := chunks.take(mode, payload):
                    yield chunk
        yield chunks.last()

    def _call(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> tuple[Any, Context, dict[str, Any]]:
        """Return the graph, the context to run it in, and its arguments."""
        graph = graph_for(self, stop, options)
        # What the call is about, the same in every process.
        said = [(m.type, m.content, getattr(m, "tool_calls", None)) for m in messages]
        asked = self.told_name, self.settings, (stop, options), said
        context, config = apart(asked)
        given = {"input": {"messages": apart_by_id(messages)}, "config": config}
        return graph, context, {**given, **context_below()}

    def _result(self, result: dict[str, Any]) -> ChatResult:
        message = message_of(result, self.told_name)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _chunks(self) -> Chunks:
        synthesizer = self.models()[1]
        return Chunks(self.told_name, live=synthesizer.chat is not None)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools to the explorers and the synthesizer alike.

        Explorers propose calls, which are references and votes like other answers; the
        synthesizer answers, or makes the call.

        Args:
            tools: As LangChain takes them.
            tool_choice: As the models' own `bind_tools` take it.
            **kwargs: Further keywords of theirs (`strict`, say), and settings.

        Raises:
            TypeError: An explorer or the synthesizer is no chat model.
            ValueError: One has tools bound to it already.
            NotImplementedError: One has no tool calling.
        """
        strict = kwargs.get("strict")
        kwargs["tools"] = [shown(tool, strict=strict) for tool in tools]
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        graph_for(self, None, kwargs)
        return self.bind(**kwargs)

    def with_structured_output(
        self,
        schema: ResponseFormat,
        *,
        include_raw: bool = False,
        method: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Let the synthesizer fill a schema; the explorers write freely.

        A reply that doesn't fit is refused and asked for again, `attempts` times; after
        that there is a `SynthesisError`, also with `include_raw`.

        Args:
            schema: A pydantic model, a dataclass, a `TypedDict`, a JSON schema or a tool's.
            include_raw: Give `{"raw", "parsed", "parsing_error"}`.
            method: Taken, as `strict` is, and left to the synthesizer's own default.
            **kwargs: None but `strict`.

        Raises:
            TypeError: It is no schema, or the synthesizer can't fill one.
            ValueError: A keyword is unknown, or a setting allows for a stand-in, by whom
                nothing would be filled.
        """
        kwargs.pop("strict", None)
        if kwargs:
            msg = f"Received unsupported arguments {kwargs}"
            raise ValueError(msg)
        wanted = format_of(schema)
        graph_for(self, None, {SCHEMA: wanted})
        about = {"kwargs": {"method": method or "default"}, "schema": told(schema, wanted)}
        model = self.bind(**{SCHEMA: wanted}, ls_structured_output_format=about)
        read = partial(with_raw, wanted) if include_raw else wanted.read
        return model | RunnableLambda(read)


_ARGUMENTS = {"explorer", "synthesizer", "prompt", "extract_answer", "answer_key"}
_FIELDS = {*ChatA2R.model_fields} - _ARGUMENTS


def _resolved(role: str, given: Any) -> list[Runnable[Any, Any]]:  # noqa: ANN401  checked there
    return [model.runnable for model in resolve(role, given)]
