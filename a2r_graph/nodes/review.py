"""The review node: a person looks at the references before the answer is written."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic import model_validator as validated

from a2r_graph.context import A2RContext, settings_for
from a2r_graph.errors import SynthesisError
from a2r_graph.events import tell
from a2r_graph.nodes.reduce import arranged
from a2r_graph.nodes.room import question_in
from a2r_graph.nodes.synthesis import since, write_up
from a2r_graph.pregel import left_empty
from a2r_graph.prompts import Prompt, instructed
from a2r_graph.references import sanitise, support
from a2r_graph.state import A2RState, Reference, Report, Review
from a2r_graph.usage import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a2r_graph.models.resolve import Model

_Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _Choice(BaseModel):
    """One reference: kept by its index, edited by index and text, or added by text."""

    model_config = ConfigDict(extra="forbid")

    index: int | None = Field(None, description="Of the reference that is kept.")
    text: _Text | None = Field(
        None,
        description="What the synthesizer reads instead, or of a reference that you add.",
    )

    @validated(mode="after")
    def _says_something(self) -> Self:
        if self.index is None and self.text is None:
            msg = "give an index (to keep), a text (to add), or both (to edit)"
            raise ValueError(msg)
        return self


class _Answer(BaseModel):
    """What the synthesizer shall read. Left empty, the run goes on as it is."""

    model_config = ConfigDict(extra="forbid")

    references: Annotated[list[_Choice], Field(min_length=1)] | None = Field(
        None,
        description="Those to show, in this order; what isn't named is dropped. "
        "None: all, as they are.",
    )
    guidance: _Text | None = Field(
        None, description="What the synthesizer is told besides."
    )

    @validated(mode="before")
    @classmethod
    def _approved(cls, given: Any) -> Any:  # noqa: ANN401  whatever was sent
        return {} if given is True else given

    @validated(mode="after")
    def _each_once(self) -> Self:
        named = Counter(one.index for one in self.references or () if one.index is not None)
        twice = [index for index, count in named.items() if count > 1]
        if twice:
            msg = f"references: index {twice[0]} is named twice; name it once"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class Reviewer:
    """Stop with the references, and go on with what a person makes of them."""

    synthesizer: Model
    prompt: Prompt
    defaults: A2RContext

    async def __call__(
        self, state: A2RState, config: RunnableConfig, runtime: Runtime[A2RContext]
    ) -> dict[str, Any]:
        """Return the prompt as it is after the review.

        Raises:
            ValueError: The answer to the interrupt isn't what it should be (pydantic's
                `ValidationError`); the interrupt stays, and can be answered again.
            SynthesisError: The caller's prompt function failed.
        """
        settings = settings_for(self.defaults, runtime.context)
        before = state["a2r"]
        offered = _offered(before["references"], settings)
        empty, problem = await left_empty(config), None
        while True:
            answer = _Answer.model_validate({})
            if not empty:
                answer = interrupt(
                    _payload(before, offered, question_in(state["messages"]), problem),
                    response_schema=_answering(offered),
                )
            review = _as_data(answer)
            try:
                update = await self._reviewed(review, state, offered, settings)
            except SynthesisError as error:
                # What was chosen doesn't fit: the person can choose again. Anything else
                # is nothing that they could mend.
                if error.failure["kind"] != "context_overflow":
                    raise
                problem = error.failure["message"]
            else:
                tell("reviewed", before["run"], **review)
                return update

    async def _reviewed(
        self,
        review: Review,
        state: A2RState,
        offered: list[Reference],
        settings: A2RContext,
    ) -> dict[str, Any]:
        """Return the state's update for one review."""
        before = state["a2r"]
        report: dict[str, Any] = {"run": before["run"], "review": review}
        update: dict[str, Any] = {"a2r": report}
        if review["references"] is None and review["guidance"] is None:
            return update
        report |= {key: before[key] for key in ("references", "votes", "majority")}
        prompt = self.prompt
        if review["guidance"]:
            prompt = instructed(prompt, review["guidance"])
        update |= await write_up(
            report,
            state["messages"],
            _chosen(review, offered, len(before["references"])),
            settings=settings,
            synthesizer=self.synthesizer,
            prompt=prompt,
        )
        if "messages" in update:
            total = since(before["run"], time.time())
            report["seconds"] = {**before["seconds"], "synthesizer": 0.0, "total": total}
        return update


def _after_review(state: A2RState) -> Literal["synthesizer", "__end__"]:
    """Return where the run goes on."""
    return "__end__" if "synthesis" in state["a2r"] else "synthesizer"


async def _after_review_async(state: A2RState) -> Literal["synthesizer", "__end__"]:
    return _after_review(state)


after_review = RunnableLambda(_after_review, _after_review_async, name="after_review")


def _offered(references: list[Reference], settings: A2RContext) -> list[Reference]:
    """Return the different texts: as in the prompt, then those that `per_answer` left."""
    first = arranged(references, settings)
    named = {r["index"] for r in first}
    rest = [r for r in references if r["status"] == "ok" and r["duplicate_of"] is None]
    return [*first, *(r for r in rest if r["index"] not in named)]


def _payload(
    report: Report, offered: Sequence[Reference], question: str, problem: str | None
) -> dict[str, Any]:
    """Return what the person sees, as plain data; `problem` is that of their last try."""
    supports = support(report["references"])
    return {
        **({"problem": problem} if problem else {}),
        "type": "a2r_review",
        "run": report["run"],
        "question": question,
        "references": [
            {
                "index": r["index"],
                "model": r["model"],
                "answer": r["answer"],
                "support": supports[r["index"]],
                "shown": r["shown"] is not None,
                "text": r["text"],
            }
            for r in offered
        ],
        "votes": report["votes"],
        "majority": report["majority"],
    }


def _answering(offered: Sequence[Reference]) -> type[_Answer]:
    """Return the schema of the answer; its indices are those offered."""
    index: Any = Literal[tuple(r["index"] for r in offered)] | None
    one = create_model(
        "Reference",
        __base__=_Choice,
        __doc__=_Choice.__doc__,
        index=(index, _default(_Choice, "index")),
    )
    # An index alone will do for one that is kept.
    kept = BeforeValidator(lambda given: {"index": given} if _is_int(given) else given)
    several = Annotated[list[Annotated[one, kept]], Field(min_length=1)] | None  # type: ignore[valid-type]  # made here
    return create_model(
        "Review",
        __base__=_Answer,
        __doc__=_Answer.__doc__,
        references=(several, _default(_Answer, "references")),
    )


def _default(model: type[BaseModel], field: str) -> Any:  # noqa: ANN401  pydantic's
    """Return a field that is declared anew, as it was described."""
    return Field(None, description=model.model_fields[field].description)


def _is_int(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _as_data(answer: _Answer) -> Review:
    references = None
    if answer.references is not None:
        references = [one.model_dump(exclude_none=True) for one in answer.references]
        for one in references:
            if "text" in one:
                one["text"] = sanitise(one["text"])
    guidance = None if answer.guidance is None else sanitise(answer.guidance)
    return {"references": references, "guidance": guidance}


def _chosen(
    review: Review, offered: Sequence[Reference], following: int
) -> list[Reference]:
    """Return the references to show; those added are numbered on."""
    if review["references"] is None:
        return [r for r in offered if r["shown"]]
    known = {r["index"]: r for r in offered}
    chosen: list[Reference] = []
    for one in review["references"]:
        if "index" in one:
            kept = known[one["index"]]
            # What a person wrote was cut off by nobody.
            edited = {"text": one["text"], "finish_reason": None} if "text" in one else {}
            chosen.append({**kept, **edited})  # type: ignore[typeddict-item]  # its own keys
        else:
            chosen.append(_added(following, one["text"]))
            following += 1
    return chosen


def _added(index: int, text: str) -> Reference:
    return {
        "index": index,
        "model": "reviewer",
        "status": "ok",
        "error": None,
        "text": text,
        "reasoning": None,
        "answer": None,
        "duplicate_of": None,
        "shown": None,
        "finish_reason": None,
        "usage": NOTHING,
        "seconds": 0.0,
    }
