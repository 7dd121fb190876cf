"""A2R inside an agent: parallel reasoning at chosen model calls of `create_agent`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypeAlias, Unpack

from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    OmitFromInput,
)
from langchain.agents.structured_output import StructuredOutputError
from langgraph.errors import GraphBubbleUp

from a2r_graph.background import in_daemon
from a2r_graph.compose.turn import Turn
from a2r_graph.context import A2RContext, Settings
from a2r_graph.errors import ExplorationError
from a2r_graph.models.clients import without_retries
from a2r_graph.models.resolve import Model, ModelLike, resolve
from a2r_graph.nodes.room import TooLongError
from a2r_graph.prompts import (
    NEXT_TURN,
    Prompt,
    check_key,
    check_prompt,
    refuse_asynchronous,
)
from a2r_graph.references import AnswerKey, answer_key, extract_answer
from a2r_graph.state import Report

_Request: TypeAlias = ModelRequest[Any]
_Response: TypeAlias = ModelResponse[Any]
_Result: TypeAlias = ModelResponse[Any] | ExtendedModelResponse[Any]

_THREADS = 256  # at most, for the explorers of one synchronous call

_OTHERS = {
    "synthesizer": "it is the agent's own model, create_agent(model)",
    "response_format": "it is the agent's, create_agent(response_format=...)",
    "checkpointer": "it is the agent's, create_agent(checkpointer=...)",
}


def _last(_: Report | None, update: Report) -> Report:
    """Keep the last: two middlewares of this kind may wrap one call."""
    return update


class A2RAgentState(AgentState[Any]):
    """What the middleware adds to the agent's state."""

    a2r: NotRequired[Annotated[Report, OmitFromInput, _last]]
    """The report of the last model call with A2R."""


class A2RMiddleware(AgentMiddleware[Any, Any, Any]):
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
        answer_key: As in `create_a2r`. Where the agent has a response format, the answers
            are JSON objects, with their keys in order.
        on_exploration_error: Where too few explorers succeed, or the conversation is too
            long for one: "raise", or "continue"; then the agent's own model takes the turn
            alone.
        name: Of this middleware; two in one agent need two names.
        **settings: Fields of `A2RContext`, as in `create_a2r`. `attempts` are those of
            the explorers; the agent's own model is asked as the agent does it.

    Raises:
        ValueError: A setting, a name or the prompt is wrong, or an explorer has tools.
        TypeError: An explorer is no chat model, or `when` or `answer_key` no function.

    When the agent runs:
        ExplorationError: Too few explorers succeeded.
        ValueError: The conversation is too long for a model.
        SynthesisError: The agent's own model failed. With `fallback="majority"` the
            proposal that most explorers made is taken instead.

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

    def __init__(  # noqa: PLR0913  keyword-only options
        self,
        explorer: ModelLike | Sequence[ModelLike],
        *,
        when: Callable[[_Request], bool] | None = None,
        prompt: Prompt = NEXT_TURN,
        extract_answer: Callable[[str], object] | None = extract_answer,
        answer_key: AnswerKey = answer_key,
        on_exploration_error: Literal["raise", "continue"] = "raise",
        name: str = "A2RMiddleware",
        **settings: Unpack[Settings],
    ) -> None:
        """Resolve the models and check the settings."""
        super().__init__()
        for other in filter(settings.__contains__, _OTHERS):
            msg = f"{other}: not for A2RMiddleware; {_OTHERS[other]}"
            raise ValueError(msg)
        if when is not None and not callable(when):
            msg = f"when: {when!r} is no function of a model request"
            raise TypeError(msg)
        refuse_asynchronous(when=when, prompt=prompt, extract_answer=extract_answer)
        check_key(answer_key)
        if on_exploration_error not in {"raise", "continue"}:
            msg = f"on_exploration_error: {on_exploration_error!r}: 'raise' or 'continue'"
            raise ValueError(msg)
        self.explorers = resolve("explorer", explorer)
        for model in self.explorers:
            _check(model)
        self.when = when
        self.prompt = check_prompt(prompt)
        self.extract_answer = extract_answer
        self.answer_key = answer_key
        self.on_exploration_error = on_exploration_error
        self.defaults = A2RContext().overlaid(A2RContext(**settings))
        self._name = name

    @property
    def name(self) -> str:
        """The name, by which an agent tells its middleware apart."""
        return self._name

    def __repr__(self) -> str:
        """Show the explorers and the settings."""
        models = ", ".join(model.name for model in self.explorers)
        own = self.defaults.model_dump(exclude_unset=True).items()
        return f"{self.name}({', '.join([models, *(f'{k}={v!r}' for k, v in own)])})"

    def wrap_model_call(
        self, request: _Request, handler: Callable[[_Request], _Response]
    ) -> _Result:
        """Explore in threads, then let the agent's model take the turn."""
        if self.when is not None and not self.when(request):
            return handler(request)
        turn = Turn(request, self.defaults)
        places = asyncio.Semaphore(_THREADS)

        async def in_thread(asked: _Request) -> _Response:
            asked = asked.override(model=without_retries(asked.model))
            async with places:
                return await in_daemon(handler, asked)

        try:
            explored = self._graph(turn, in_thread).invoke(turn.input)
        except (ExplorationError, TooLongError) as error:
            if self.on_exploration_error == "raise":
                raise
            return turn.alone(handler(request), getattr(error, "references", []))
        asked = turn.synthesis(explored)
        if asked is None:
            return turn.skipped(explored)
        try:
            response = handler(asked)
        except (GraphBubbleUp, StructuredOutputError):
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
        try:
            explored = await self._graph(turn, handler).ainvoke(turn.input)
        except (ExplorationError, TooLongError) as error:
            if self.on_exploration_error == "raise":
                raise
            return turn.alone(await handler(request), getattr(error, "references", []))
        asked = turn.synthesis(explored)
        if asked is None:
            return turn.skipped(explored)
        try:
            response = await handler(asked)
        except (GraphBubbleUp, StructuredOutputError):
            raise
        except Exception as error:  # noqa: BLE001  whatever a model raises
            return turn.failed(explored, error)
        return turn.taken(explored, response)

    def _graph(
        self, turn: Turn, handler: Callable[[_Request], Awaitable[_Response]]
    ) -> Any:  # noqa: ANN401  a compiled graph
        read, key = self.extract_answer, self.answer_key
        return turn.graph(self.explorers, self.prompt, read, key, handler)


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
