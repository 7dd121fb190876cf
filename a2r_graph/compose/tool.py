"""A2R as a tool that an agent calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from a2r_graph.errors import A2RError
from a2r_graph.graph import create_a2r
from a2r_graph.state import Report  # LangChain looks its users' types up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.models.resolve import ModelLike

DESCRIPTION = """\
Think hard about one question: several attempts are made in parallel, compared, and \
worked into one answer. Use it where a single attempt is often wrong: calculation, logic, \
puzzles, planning, debugging, weighing evidence. It costs many model calls: don't use it \
for what you know, for small talk, or to look something up; it has no tools and no memory.\
"""
"""What the calling model is told."""

_OF_THE_AGENT = ("checkpointer", "store", "cache")


def _not_empty(question: str) -> str:
    """Refuse an empty question; in the schema it would confuse some servers' grammars."""
    if not question.strip():
        msg = "the question is empty; write it out"
        raise ValueError(msg)
    return question


class Question(BaseModel):
    """The tool's arguments."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    question: Annotated[str, AfterValidator(_not_empty)]
    """The whole question in words of your own, with every fact, figure and constraint that
    it needs and the form that the answer shall have. Who answers sees nothing of this
    conversation."""


class _A2RTool(BaseTool):
    graph: Any = Field(exclude=True, repr=False)

    def _run(self, question: str, config: RunnableConfig) -> tuple[str, Report]:
        try:
            return _result(self.graph.invoke(_asking(question), config))
        except A2RError as error:
            raise self._told(error) from error

    async def _arun(self, question: str, config: RunnableConfig) -> tuple[str, Report]:
        try:
            return _result(await self.graph.ainvoke(_asking(question), config))
        except A2RError as error:
            raise self._told(error) from error

    def _told(self, error: A2RError) -> Exception:
        """Return what LangChain makes a message for the model of, if that is wanted."""
        return ToolException(str(error)) if self.handle_tool_error else error


def create_a2r_tool(
    explorer: ModelLike | Sequence[ModelLike],
    synthesizer: ModelLike | Sequence[ModelLike] | None = None,
    *,
    name: str = "think_in_parallel",
    description: str = DESCRIPTION,
    handle_tool_error: bool = False,
    **options: Any,
) -> BaseTool:
    """Create a tool that answers one question by A2R.

    It takes `question`, a text that stands by itself: of the conversation the graph sees
    nothing else. The tool's message holds the answer, its `artifact` the report. In an
    agent with a checkpointer its run is checkpointed too, and may be reviewed
    (`review=True`).

    Args:
        explorer: As in `create_a2r`.
        synthesizer: As in `create_a2r`.
        name: The tool's name.
        description: What the calling model is told.
        handle_tool_error: True: a run without an answer becomes a message for the calling
            model, with status "error". False: it is raised, as tools do, so that the
            agent's run can be resumed.
        **options: Everything else that `create_a2r` takes, `n=8` say, but for
            `checkpointer`, `store` and `cache`, which are the agent's.

    Raises:
        ValueError: As `create_a2r`; or an option is one of the agent's.
        TypeError: As `create_a2r`.

    When it is called:
        A2RError: No answer; it holds every reference and the usage.

    Example:
        >>> from a2r_graph import create_a2r_tool
        >>> from langchain_core.language_models import FakeListChatModel
        >>> model = FakeListChatModel(responses=["Answer: 42"])
        >>> tool = create_a2r_tool(model, n=2)
        >>> tool.invoke({"question": "What is 6 x 7?"})
        'Answer: 42'
    """
    for given in filter(options.get, _OF_THE_AGENT):
        msg = f"{given}: not for a tool; it uses that of the agent around it"
        raise ValueError(msg)
    return _A2RTool(
        name=name,
        description=description,
        args_schema=Question,
        response_format="content_and_artifact",
        handle_tool_error=handle_tool_error,
        graph=create_a2r(explorer, synthesizer, name=name, **options),
    )


def _asking(question: str) -> dict[str, Any]:
    return {"messages": [("user", question)]}


def _result(state: dict[str, Any]) -> tuple[str, Report]:
    return str(state["messages"][-1].text), state["a2r"]
