"""A2R as a model of Inspect AI: `a2r/vllm:Qwen/Qwen3-4B`, for any task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    messages_to_openai,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from a2r_graph.graph import create_a2r
from a2r_graph.references import extract

if TYPE_CHECKING:
    from a2r_graph.state import Report, TokenUsage

_SAMPLING = ("temperature", "top_p", "max_tokens", "seed")


@modelapi(name="a2r")
class A2RModel(ModelAPI):
    """A2R as a model of Inspect, `a2r/EXPLORER`; `-M` sets the rest, as in `-M n=16`.

    `--temperature`, `--top-p`, `--max-tokens` and `--seed` are the settings of A2R of
    those names, `--max-tokens` for the synthesizer, too.
    """

    def __init__(  # noqa: PLR0913  what Inspect hands to each
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        *,
        explorer: Any = None,  # noqa: ANN401  as in create_a2r
        synthesizer: Any = None,  # noqa: ANN401  as in create_a2r
        **settings: Any,
    ) -> None:
        """Build the graph; the model's name is the explorer's, unless one is given."""
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        if base_url is not None:
            msg = f"base_url: {base_url!r}: name the address as in a2r/vllm:MODEL@URL"
            raise ValueError(msg)
        self._graph = create_a2r(explorer or model_name, synthesizer, **settings)

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002  Inspect's name
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Run the graph."""
        del tool_choice
        refuse(tools)
        told = {name: getattr(config, name) for name in _SAMPLING}
        told["synthesizer_max_tokens"] = config.max_tokens
        context = {name: value for name, value in told.items() if value is not None}
        return await run(self._graph, self.model_name, input, context)


async def run(
    graph: Any,  # noqa: ANN401  LangGraph's type has four parameters
    name: str,
    messages: list[ChatMessage],
    context: dict[str, Any],
) -> ModelOutput:
    """Return the graph's answer, with the report under `metadata`.

    Args:
        graph: Of `create_a2r`.
        name: Of the model that answers.
        messages: The conversation.
        context: Settings of this run.
    """
    asked = {"messages": await messages_to_openai(messages)}
    result = await graph.ainvoke(asked, context=context)
    report: Report = result["a2r"]
    found = extract(result["messages"][-1])
    text = ContentText(text=found.text)
    message = ChatMessageAssistant(
        content=[ContentReasoning(reasoning=found.reasoning), text]
        if found.reasoning
        else found.text,
        model=name,
        source="generate",
    )
    return ModelOutput(
        model=name,
        choices=[
            ChatCompletionChoice(
                message=message,
                stop_reason="max_tokens" if found.cut_off else "stop",
            )
        ],
        usage=_usage(report["usage"]["total"]),
        metadata={"a2r": report},
    )


def _usage(told: TokenUsage) -> ModelUsage | None:
    """Return Inspect's usage, whose input is without what is cached; None if unknown."""
    read, written = told["input_tokens"], told["output_tokens"]
    if read is None or written is None:
        return None
    cached = told["cached_tokens"]
    return ModelUsage(
        input_tokens=read - (cached or 0),
        output_tokens=written,
        total_tokens=read + written,
        input_tokens_cache_read=cached,
        reasoning_tokens=told["reasoning_tokens"],
    )


def refuse(tools: Sequence[object]) -> None:
    """Refuse a task's tools.

    Raises:
        ValueError: There are some.
    """
    if tools:
        msg = (
            f"tools: the task has {len(tools)}, which A2R's explorers can't call in "
            "Inspect; give an agent with tools as the explorer, and a task without"
        )
        raise ValueError(msg)
