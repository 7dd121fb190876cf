"""A2R as a tool that an agent calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from a2r_graph.errors import A2RError
from a2r_graph.graph import create_a2r
from a2r_graph.nodes.room import TooLongError
from a2r_graph.state import Report  # LangChain looks its users' types up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from a2r_graph.models.resolve import ModelLike

DESCRIPTION = """\
Think hard about one question: several attempts are made in parallel, compared, and \
worked into one answer. Use it where a single attempt is often wrong: calculation, logic, \
puzzles, planning, debugging, weighing evidence. It costs many model calls: don't use it \
for what you know, for small talk, or to look something up; it has no tools and no memory.\
"""
"""What the calling model is told."""

_OF_THE_AGENT = ("checkpointer", "store", "cache")
_OF_TOOLS = ("tags", "metadata", "return_direct", "handle_validation_error")
_NAME = re.compile("[a-zA-Z0-9_-]{1,64}")  # what servers of OpenAI's kind accept
_TOLD = (A2RError, TooLongError)  # about this question; other errors are the programmer's


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
        with self._telling():
            return _result(self.graph.invoke(_asking(question), config))

    async def _arun(self, question: str, config: RunnableConfig) -> tuple[str, Report]:
        with self._telling():
            return _result(await self.graph.ainvoke(_asking(question), config))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raise what LangChain makes a message for the model of, if that is wanted."""
        try:
            yield
        except _TOLD as error:
            if not self.handle_tool_error:
                raise
            raise ToolException(str(error)) from error


def create_a2r_tool(
    explorer: ModelLike | Sequence[ModelLike],
    synthesizer: ModelLike | Sequence[ModelLike] | None = None,
    *,
    name: str = "think_in_parallel",
    description: str = DESCRIPTION,
    handle_tool_error: bool | str | Callable[[ToolException], str] = False,
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
        name: The tool's name: letters, digits, `_` and `-`, at most 64.
        description: What the calling model is told.
        handle_tool_error: True: a run without an answer, or a question longer than a
            model's window, becomes a message for the calling model, with status "error";
            a text is that message; a function writes it from a `ToolException`, whose
            `__cause__` is the error. False: it is raised, as tools do, so that the
            agent's run can be resumed.
        **options: Everything else that `create_a2r` takes, `n=8` say, but for
            `checkpointer`, `store` and `cache`, which are the agent's; and of LangChain's
            tools `tags`, `metadata`, `return_direct` and `handle_validation_error`.

    Raises:
        ValueError: As `create_a2r`; or an option is one of the agent's, or the name is
            one that servers refuse.
        TypeError: As `create_a2r`.

    When it is called:
        A2RError: No answer; it holds every reference and the usage.
        ValueError: The question is longer than a model's window.

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
    if not _NAME.fullmatch(name):
        msg = f"name: {name!r} is not allowed: 1 to 64 letters (a-z, A-Z), digits, _ and -"
        raise ValueError(msg)
    of_the_tool = {key: options.pop(key) for key in _OF_TOOLS if key in options}
    return _A2RTool(
        name=name,
        description=description,
        args_schema=Question,
        response_format="content_and_artifact",
        handle_tool_error=handle_tool_error,
        graph=create_a2r(explorer, synthesizer, name=name, **options),
        **of_the_tool,
    )


def _asking(question: str) -> dict[str, Any]:
    return {"messages": [("user", question)]}


def _result(state: dict[str, Any]) -> tuple[str, Report]:
    return str(state["messages"][-1].text), state["a2r"]
