"""The state of the graph, one reference, and the report.

Everything under the key `a2r` is plain data (dicts, lists, strings, numbers,
`None`), so that it survives every checkpointer and JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NotRequired, get_type_hints

from langchain_core.messages import AnyMessage, BaseMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

FailureKind = Literal[
    "timeout",
    "rate_limited",
    "server_error",
    "connection",
    "bad_request",
    "context_overflow",
    "bad_response",
    "empty",
    "truncated",
    "refused",
    "cancelled",
    "error",
]
"""Why a model call failed; the same words for explorers and synthesizer."""


StoppedBy = Literal["all", "quorum", "deadline", "confidence"]
"""What ended the exploring stage."""


SynthesisKind = Literal["model", "skipped", "majority", "kept"]
"""Who answered: the synthesizer, or for which reason the majority's reference."""


class Failure(TypedDict):
    """What went wrong in one branch."""

    kind: FailureKind
    message: str
    """For a person; without keys, tokens or credentials."""


class Shown(TypedDict):
    """How a reference reached the synthesizer."""

    tokens: int
    """Its tokens in the prompt, delimiters included."""
    cut: bool
    """Whether its middle was left out to fit."""


class TokenUsage(TypedDict):
    """Tokens of one call or of several; `None` is unknown, never zero."""

    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cached_tokens: int | None


class Usage(TokenUsage):
    """Tokens and requests of one role."""

    calls: int
    """Requests sent."""
    retries: int
    """Those of `calls` that repeated an earlier one."""


class UsageByRole(TypedDict):
    """What each stage used; a stage that was skipped is all zeros."""

    explorer: Usage
    synthesizer: Usage
    total: Usage


class ProposedCall(TypedDict):
    """A tool call that a branch proposed; nobody has made it."""

    name: str
    args: dict[str, Any]
    id: str


class Reference(TypedDict):
    """One branch's record, whether it succeeded or not.

    Example:
        >>> from a2r_graph import Reference
        >>> sorted(Reference.__annotations__)[:5]
        ['answer', 'duplicate_of', 'error', 'finish_reason', 'index']
    """

    index: int
    """The branch, from 0."""
    model: str
    status: Literal["ok", "failed"]
    error: Failure | None
    text: str
    """The answer part: what follows the reasoning trace. Empty if there is none."""
    reasoning: str | None
    answer: str | None
    """The final answer, if one could be read, spelled as in `votes`; of a branch that
    proposes tool calls, these calls."""
    tool_calls: NotRequired[list[ProposedCall]]
    """Where it proposes any: they stand in `text` as well."""
    duplicate_of: int | None
    """The index of the reference that stands for this one: the most typical of those that
    say the same, which may have a higher index. `None`: it stands for itself, or failed."""
    shown: Shown | None
    """`None`: the synthesizer didn't see it."""
    finish_reason: str | None
    usage: Usage
    seconds: float


class Review(TypedDict):
    """What a person made of the references before the synthesis."""

    references: list[dict[str, Any]] | None
    """Those chosen, in order: `{"index"}` as it was, `{"index", "text"}` edited,
    `{"text"}` added; the others were dropped. `None`: all, as they were."""
    guidance: str | None
    """What the synthesizer was told besides."""


class PromptSize(TypedDict):
    """The synthesizer's prompt against its window, in tokens."""

    prompt_tokens: int
    """The whole prompt: instructions, conversation and references."""
    reference_tokens: int
    """The references and their delimiters."""
    window: int | None
    """The synthesizer's context window; `None` if unknown."""
    estimated: bool
    """Whether the counts are estimates, for want of the model's tokenizer."""


class Report(TypedDict, total=False):
    """What happened, under `result["a2r"]`.

    Keys appear as the run goes on; a finished run has all of them but `review`
    and `set_aside`.

    Example:
        >>> from a2r_graph import Report
        >>> report: Report = {"votes": {"42": 3, "41": 1}, "majority": "42"}
        >>> report["votes"][report["majority"]]
        3
    """

    run: str
    """This run's id (a UUID, version 7)."""
    references: list[Reference]
    """One per branch that ran, in branch order."""
    votes: dict[str, int]
    """Final answer -> count, before any collapsing, most frequent first. Answers that are
    the same (`answer_key`) are one, in their most frequent spelling."""
    majority: str | None
    spellings: dict[str, dict[str, int]]
    """Of each answer in `votes` that came in several spellings, the answer itself among
    them: spelling -> count, most frequent first. Empty where none did."""
    stopped_by: StoppedBy
    """What ended the exploring, by the settings of that moment."""
    synthesis: SynthesisKind
    """Who answered: the synthesizer; the majority's reference, since all agreed
    (`skip_on_consensus`), the synthesizer failed (`fallback`), or ended with another answer
    than the majority (`keep_majority`)."""
    synthesis_answer: str | None
    """The final answer read from what the synthesizer wrote, spelled as in `votes` where it
    is one of them. `None`: none was read, it fills a schema, or wrote nothing."""
    note: str | None
    """Where synthesis and vote differ, a line that says so: "the vote says 42, 5 of 8; the
    synthesis 41". One in which no final answer was read differs from a vote with a leader.
    `None`: they don't, or there is nothing to compare."""
    set_aside: str
    """Only where `synthesis` is "kept": what the synthesizer wrote."""
    prompt: PromptSize | None
    """`None` where the synthesizer wasn't asked."""
    review: Review | None
    """Only with the setting `review`; `None` while the person is awaited."""
    usage: UsageByRole
    seconds: dict[str, float]
    """Wall-clock seconds by stage: `explorer`, `reduce`, `synthesizer`, `total`."""
    cost: dict[str, float] | None
    """Dollars by role; `None` where prices are unknown."""


def merge_report(current: Report | None, update: Report | None) -> Report:
    """Reduce the `a2r` channel.

    An update of another run starts a new report. Within a run, references are
    joined by index (an update's record wins) and every other key is replaced.
    """
    if not update:
        return current or {}
    if not current or update.get("run", current.get("run")) != current.get("run"):
        current = {}
    merged: Report = {**current, **update}
    old, new = current.get("references"), update.get("references")
    if old and new and old[-1]["index"] < new[0]["index"]:
        merged["references"] = old + new  # the usual case: branches in order
    elif old and new:
        by_index = {r["index"]: r for r in [*old, *new]}
        merged["references"] = [by_index[i] for i in sorted(by_index)]
    return merged


def _add_messages(
    left: list[AnyMessage] | None, right: list[AnyMessage] | None
) -> list[AnyMessage]:
    """Add messages; none at all are refused later, in words of ours."""
    return add_messages(left or [], right or [])  # type: ignore[return-value, arg-type]  # wider there


def apart_by_id(messages: Iterable[BaseMessage]) -> list[BaseMessage]:
    """Return copies for `add_messages`, which of two with one id keeps the last alone.

    An id that is nobody else's stays: providers refer to their own.
    """
    copies: list[BaseMessage] = []
    seen = set[str | None]()
    for message in messages:
        own = None if message.id in seen else message.id
        copies.append(message.model_copy(update={"id": own}))
        seen.add(own)
    return copies


class A2RInput(TypedDict):
    """What the graph takes.

    Example:
        >>> from a2r_graph import A2RInput
        >>> from langchain_core.messages import HumanMessage
        >>> question: A2RInput = {"messages": [HumanMessage("What is 6 x 7?")]}
    """

    messages: Annotated[list[AnyMessage], _add_messages]
    """The conversation, with at least one user message that isn't empty."""


class A2ROutput(TypedDict):
    """What the graph gives: the conversation with one message more, and the report.

    Example:
        >>> from a2r_graph import A2ROutput
        >>> sorted(A2ROutput.__annotations__)
        ['a2r', 'messages']
    """

    messages: Annotated[list[AnyMessage], _add_messages]
    """The conversation; the answer is the last message."""
    a2r: Annotated[Report, merge_report]
    """The report."""


class A2RState(A2ROutput):
    """The state that nodes read.

    Example:
        >>> from a2r_graph import A2RState
        >>> sorted(A2RState.__annotations__)
        ['a2r', 'messages', 'prompt', 'window']
    """

    prompt: list[dict[str, Any]]
    """What follows the conversation in the synthesizer's prompt; empty after it.
    As plain data: messages in an update would show in the `messages` stream."""
    window: list[int]
    """The branches of the next window, where there is one."""


def with_structured(schema: Any, wanted: Any) -> Any:  # noqa: ANN401  TypedDicts
    """Return a schema of the state with a key for what the synthesizer fills."""
    keys = get_type_hints(schema, include_extras=True)
    kind = dict[str, Any] if isinstance(wanted, Mapping) else wanted
    return TypedDict(schema.__name__, {**keys, "structured_response": kind})  # type: ignore[operator]  # a name of its own


class Branch(TypedDict):
    """What one `Send` carries to one explorer branch."""

    run: str
    index: int
