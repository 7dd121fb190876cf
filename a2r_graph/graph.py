"""The wiring: START, explorer, reduce, synthesizer, END, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Unpack

from langgraph.constants import END, START

from a2r_graph.bridge import A2RGraph
from a2r_graph.context import A2RContext, Settings
from a2r_graph.models.resolve import Model, ModelLike, roles
from a2r_graph.models.structured import (
    Format,
    ResponseFormat,
    filling,
    format_of,
    refuse_stand_ins,
)
from a2r_graph.nodes.explorer import Explorer, FanOut
from a2r_graph.nodes.outcome import Outcome
from a2r_graph.nodes.reduce import Reduce, after_reduce
from a2r_graph.nodes.review import Reviewer, after_review
from a2r_graph.nodes.synthesizer import Synthesizer
from a2r_graph.prompts import (
    SYNTHESIS,
    Prompt,
    check_key,
    check_prompt,
    instructed,
    refuse_asynchronous,
)
from a2r_graph.references import AnswerKey, answer_key, extract_answer
from a2r_graph.state import A2RInput, A2ROutput, A2RState, with_structured

if TYPE_CHECKING:
    from langgraph.cache.base import BaseCache
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.store.base import BaseStore
    from langgraph.types import Checkpointer

NAME = "a2r"
_KEYS = 4096  # answers whose keys are kept


def create_a2r(  # noqa: PLR0913  keyword-only options
    explorer: ModelLike | Sequence[ModelLike],
    synthesizer: ModelLike | Sequence[ModelLike] | None = None,
    *,
    prompt: Prompt = SYNTHESIS,
    extract_answer: Callable[[str], object] | None = extract_answer,
    answer_key: AnswerKey = answer_key,
    response_format: ResponseFormat | None = None,
    checkpointer: Checkpointer = None,
    store: BaseStore | None = None,
    cache: BaseCache[Any] | None = None,
    name: str = NAME,
    **settings: Unpack[Settings],
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Create the A2R graph (arXiv 2509.22044): explore in parallel, then synthesize.

    Args:
        explorer: `"provider:model"`, a chat model, any Runnable on messages or a
            compiled graph with `messages`. A list is dealt round-robin: eight branches
            over two models get four each.
        synthesizer: The same, one of them, or several replicas of it. None: the first
            explorer.
        prompt: What follows the conversation in the synthesizer's prompt: a text with
            the named fields `{references}` (required), `{count}` (of them), `{n}` (the
            attempts that they stand for), `{question}`, `{votes}`, `{majority}`, or a
            function from the references shown to a text
            or messages.
        extract_answer: Reads the final answer out of a reference's text, for the vote;
            returns None where there is none. Of a text that was cut off it gets the part
            up to the end of the last statement that was complete. None itself: the
            question is open-ended, nothing is voted on.
        answer_key: What counts as the same answer: from a final answer to anything
            hashable, equal for answers that are one. `str` compares them letter by
            letter. Proposed tool calls are compared as they stand.
        response_format: What the synthesizer fills, an object: a pydantic model, a
            dataclass, a `TypedDict`, or a JSON schema with a title, or a tool's (which
            isn't checked beyond its required keys). The result stands under
            `structured_response`, as in LangChain's `create_agent`; the answer's text is
            the JSON, and isn't streamed. A reply that doesn't fit is refused and asked
            for again, `attempts` times.
        checkpointer: As in LangGraph's `compile`.
        store: As in LangGraph's `compile`.
        cache: As in LangGraph's `compile`; for graphs below, since a sample of A2R's own
            is never taken from a cache.
        name: The graph's name.
        **settings: Any field of `A2RContext`: this graph's defaults. A run's own stand
            in `context`.

    Returns:
        A compiled graph. It takes `{"messages": [...]}` and gives the conversation with
        the answer as its last message, and the report under `a2r`.

    Raises:
        ValueError: A setting, a model's name or the prompt is wrong.
        TypeError: A model is none, or `answer_key` no function; `response_format` is no
            schema, or the synthesizer no chat model that could fill it.
        ImportError: A model's package isn't installed.

    Example:
        >>> from a2r_graph import create_a2r
        >>> from langchain_core.language_models import FakeListChatModel
        >>> small = FakeListChatModel(responses=["Answer: 42", "Answer: 41"])
        >>> big = FakeListChatModel(responses=["It is 42."])
        >>> a2r = create_a2r(explorer=small, synthesizer=big, n=4)
        >>> result = a2r.invoke({"messages": [("user", "What is 6 x 7?")]})
        >>> result["messages"][-1].content
        'It is 42.'
        >>> sorted(result["a2r"]["votes"].items())
        [('41', 2), ('42', 2)]
    """
    defaults = A2RContext().overlaid(A2RContext(**settings))
    explorers, chosen = roles(explorer, synthesizer)
    check_prompt(prompt)
    schemas: tuple[Any, Any] = (A2RState, A2ROutput)
    if response_format is not None:
        wanted = format_of(response_format)
        chosen, prompt, schemas = structured(chosen, prompt, defaults, wanted)
    refuse_asynchronous(prompt=prompt, extract_answer=extract_answer)
    check_key(answer_key)

    builder = wire(
        explorers,
        chosen,
        prompt,
        extract_answer,
        defaults,
        answer_key=answer_key,
        name=name,
        schemas=schemas,
    )
    compiled: CompiledStateGraph[Any, Any, Any, Any] = builder.compile(
        checkpointer, store=store, cache=cache
    )
    return compiled


def structured(
    synthesizer: Model, prompt: Prompt, defaults: A2RContext, wanted: Format
) -> tuple[Model, Prompt, tuple[Any, Any]]:
    """Return what `wire` takes for a synthesizer that fills a schema.

    Raises:
        TypeError: It can't.
        ValueError: Tools are bound to it, or a setting allows for a stand-in.
    """
    synthesizer = filling(synthesizer, wanted)
    refuse_stand_ins(defaults)
    if hasattr(synthesizer.chat, "count_prompt"):  # servers of open models don't tell it
        prompt = instructed(prompt, wanted.instruction)
    state, output = (with_structured(one, wanted.kind) for one in (A2RState, A2ROutput))
    return synthesizer, prompt, (state, output)


def wire(  # noqa: PLR0913  what the nodes share
    explorers: tuple[Model, ...],
    synthesizer: Model,
    prompt: Prompt,
    extract_answer: Callable[[str], object] | None,
    defaults: A2RContext,
    *,
    answer_key: AnswerKey = answer_key,
    name: str = NAME,
    schemas: tuple[Any, Any] = (A2RState, A2ROutput),
    synthesize: bool = True,
    any_conversation: bool = False,
) -> A2RGraph:
    """Return the graph, to be compiled.

    Args:
        explorers: In the order in which branches are dealt them.
        synthesizer: Whose window and tokenizer count.
        prompt: What follows the conversation in its prompt.
        extract_answer: Reads the final answer out of a text.
        defaults: The graph's settings.
        answer_key: Equal for answers that are the same.
        name: The graph's name.
        schemas: Of the state and of the output.
        synthesize: False ends the graph before the synthesizer, with its prompt in the
            state: somebody else asks it.
        any_conversation: Whether one without a user's question will do.
    """
    state, output = schemas
    builder: Any = A2RGraph(  # its overloads know no node with config and runtime
        state,
        context_schema=A2RContext,
        input_schema=A2RInput,
        output_schema=output,
        name=name,
        defaults=defaults,
    )
    last = "synthesizer" if synthesize else END
    # A key is made once an answer, however often answers are counted.
    once = lru_cache(_KEYS)(answer_key)
    explorer = Explorer(explorers, extract_answer, defaults, once)
    builder.add_node("explorer", explorer)
    builder.add_node("reduce", Reduce(synthesizer, prompt, defaults, once))
    builder.add_node("review", Reviewer(synthesizer, prompt, defaults))
    fan_out = FanOut(explorers, synthesizer, prompt, defaults, any_conversation)
    builder.add_conditional_edges(START, fan_out, ["explorer"])
    builder.add_edge("explorer", "reduce")
    after = {"explorer": "explorer", "review": "review", "synthesizer": last, END: END}
    builder.add_conditional_edges("reduce", after_reduce, after)
    after = {"synthesizer": last, END: END}
    builder.add_conditional_edges("review", after_review, after)
    if synthesize:
        outcome = Outcome(extract_answer, once)
        builder.add_node("synthesizer", Synthesizer(synthesizer, defaults, outcome))
        builder.add_edge("synthesizer", END)
    graph: A2RGraph = builder
    return graph
