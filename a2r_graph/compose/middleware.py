"""A2R inside an agent: parallel reasoning at chosen model calls of `create_agent`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Annotated, Any, NotRequired, TypeAlias

from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    OmitFromInput,
)
from langgraph.errors import GraphBubbleUp

from a2r_graph.compose.turn import Turn
from a2r_graph.context import A2RContext
from a2r_graph.models.clients import without_retries
from a2r_graph.models.resolve import Model, ModelLike, resolve
from a2r_graph.prompts import NEXT_TURN, Prompt, check_prompt
from a2r_graph.references import extract_answer
from a2r_graph.state import Report

_Request: TypeAlias = ModelRequest[Any]
_Response: TypeAlias = ModelResponse[Any]
_Result: TypeAlias = ModelResponse[Any] | ExtendedModelResponse[Any]

_THREADS = 256  # at most, for the explorers of one synchronous call


class A2RAgentState(AgentState[Any]):
    """What the middleware adds to the agent's state."""

    a2r: NotRequired[Annotated[Report, OmitFromInput]]
    """The report of the last model call with A2R."""


class A2RMiddleware(AgentMiddleware[A2RAgentState, Any, Any]):
    """Parallel reasoning at the model calls of an agent (LangChain's `create_agent`).

    At each model call that `when` picks, `n` explorers propose the agent's next turn, with
    the agent's tools and response format bound to them. Their proposals, text and tool
    calls, are reduced to references; then the agent's own model reads them and takes the
    turn. No tool is called for a proposal, and of the tokens only those of the agent's own
    model reach the user. Streaming, tools and structured output work as without it.

    The agent's state gets `a2r`, the report of the last such call. Middleware after this
    one in the agent's list wraps every single call: put retries there. Settings of a run
    stand in its context, under `a2r`.

    Args:
        explorer: Chat models, or names of such, as in `create_a2r`; without tools.
        when: Whether a model call is worth it. None: each is. After an interrupt or a
            crash it is asked again, and has to say the same.
        prompt: As in `create_a2r`; what follows the conversation.
        extract_answer: As in `create_a2r`; a proposed tool call is an answer by itself.
        **settings: Fields of `A2RContext`, as in `create_a2r`. `attempts` are those of
            the explorers; the agent's own model is asked as the agent does it.

    Raises:
        ValueError: A setting, a name or the prompt is wrong, or an explorer has tools.
        TypeError: An explorer is no chat model.

    When the agent runs:
        ExplorationError: Too few explorers succeeded.
        SynthesisError: The agent's own model failed (its error is the cause). With
            `fallback="majority"` the proposal that most explorers made is taken instead.

    Example:
        >>> from a2r_graph import A2RMiddleware
        >>> from langchain.agents import create_agent
        >>> from langchain_core.language_models import FakeListChatModel
        >>> small = FakeListChatModel(responses=["Answer: 42"])
        >>> big = FakeListChatModel(responses=["It is 42."])
        >>> agent = create_agent(big, middleware=[A2RMiddleware(small, n=3)])
        >>> result = agent.invoke({"messages": [("user", "What is 6 x 7?")]})
        >>> result["messages"][-1].content, result["a2r"]["votes"]
        ('It is 42.', {'42': 3})
    """

    state_schema = A2RAgentState

    def __init__(
        self,
        explorer: ModelLike | Sequence[ModelLike],
        *,
        when: Callable[[_Request], bool] | None = None,
        prompt: Prompt = NEXT_TURN,
        extract_answer: Callable[[str], object] | None = extract_answer,
        **settings: Any,
    ) -> None:
        """Resolve the models and check the settings."""
        super().__init__()
        self.explorers = resolve("explorer", explorer)
        for model in self.explorers:
            _check(model)
        self.when = when
        self.prompt = check_prompt(prompt)
        self.extract_answer = extract_answer
        self.defaults = A2RContext().overlaid(A2RContext(**settings))

    def wrap_model_call(
        self, request: _Request, handler: Callable[[_Request], _Response]
    ) -> _Result:
        """Explore in threads, then let the agent's model take the turn."""
        if self.when is not None and not self.when(request):
            return handler(request)
        turn = Turn(request, self.defaults)
        pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="a2r-explorer")

        async def in_thread(asked: _Request) -> _Response:
            asked = asked.override(model=without_retries(asked.model))
            call = partial(copy_context().run, handler, asked)
            return await asyncio.get_running_loop().run_in_executor(pool, call)

        try:
            explored = self._graph(turn, in_thread).invoke(turn.input)
        finally:
            pool.shutdown(wait=False)  # a synchronous call can't be cancelled
        asked = turn.synthesis(explored)
        if asked is None:
            return turn.skipped(explored)
        try:
            response = handler(asked)
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001  whatever a model raises
            return turn.failed(explored, error)
        return turn.taken(explored, response)

    async def awrap_model_call(
        self, request: _Request, handler: Callable[[_Request], Awaitable[_Response]]
    ) -> _Result:
        """Explore, then let the agent's model take the turn."""
        if self.when is not None and not self.when(request):
            return await handler(request)
        turn = Turn(request, self.defaults)
        explored = await self._graph(turn, handler).ainvoke(turn.input)
        asked = turn.synthesis(explored)
        if asked is None:
            return turn.skipped(explored)
        try:
            response = await handler(asked)
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001  whatever a model raises
            return turn.failed(explored, error)
        return turn.taken(explored, response)

    def _graph(
        self, turn: Turn, handler: Callable[[_Request], Awaitable[_Response]]
    ) -> Any:  # noqa: ANN401  a compiled graph
        return turn.graph(self.explorers, self.prompt, self.extract_answer, handler)


def _check(model: Model) -> None:
    """Refuse an explorer that can't stand in for an agent's model."""
    if model.chat is None:
        msg = (
            f"explorer: {model.name} is no chat model; for a graph or an agent as explorer "
            "use create_a2r, as a node or as a tool"
        )
        raise TypeError(msg)
    if model.keywords.get("tools"):
        msg = f"explorer: tools are bound to {model.name}; it gets those of the agent"
        raise ValueError(msg)
