"""The settings of a run: names, bounds, defaults. Studio shows them as a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Unpack

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

MAX_BRANCHES = 4096

_AT_MOST = (("quorum", "n"), ("min_references", "n"), ("min_references", "quorum"))

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Temperature = Annotated[float, Field(ge=0, le=2)]


class Settings(TypedDict, total=False):
    """The fields of `A2RContext` as keywords, for type checkers and editors.

    Example:
        >>> from a2r_graph import A2RContext
        >>> from a2r_graph.context import Settings
        >>> settings: Settings = {"n": 16, "order": "index"}
        >>> A2RContext(**settings).n
        16
    """

    n: int
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    synthesizer_temperature: float | None
    synthesizer_max_tokens: int | None
    min_references: int
    quorum: int | None
    deadline: float | None
    window: int | None
    confidence: float | None
    skip_on_consensus: bool
    keep_majority: bool
    reference_tokens: int | None
    near_duplicate: float
    per_answer: int | None
    order: Literal["support", "shuffle", "index"]
    seed: int | None
    fallback: Literal["raise", "majority"]
    review: bool
    attempts: int


class A2RContext(BaseModel):
    """Every per-run setting of A2R.

    The same names are keywords of `create_a2r`, where they set the graph's own
    defaults. A field that a run doesn't set keeps the graph's default.

    Raises:
        ValueError: A field is unknown or out of bounds; the message names the
            field, the value and the bound.

    Example:
        >>> from a2r_graph import A2RContext
        >>> A2RContext(n=16).n
        16
        >>> A2RContext(n=5000)
        Traceback (most recent call last):
        ...
        ValueError: n: 5000 is not allowed: input should be less than or equal to 4096
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    n: Annotated[int, Field(ge=1, le=MAX_BRANCHES)] = 8
    """Explorer branches, run in parallel."""
    temperature: Temperature | None = None
    """Sampling temperature of the explorers. None: the model's own, else 0.8."""
    top_p: Share | None = None
    """Nucleus sampling of the explorers. None: the model's own."""
    max_tokens: Count | None = None
    """Most tokens one explorer may generate. None: the model's own."""
    synthesizer_temperature: Temperature | None = None
    """Sampling temperature of the synthesizer. None: the model's own."""
    synthesizer_max_tokens: Count | None = None
    """Most tokens the synthesizer may generate. None: the model's own."""
    min_references: Count = 1
    """Fewest branches that must succeed, else the run fails. At most n."""
    quorum: Count | None = None
    """Go on as soon as this many branches have succeeded; the rest are cancelled. At
    least min_references, at most n. None: wait for all."""
    deadline: Annotated[float, Field(gt=0)] | None = None
    """Seconds for exploring, all windows together; branches that take longer are
    cancelled. Starts anew when a run is resumed. None: no limit."""
    window: Count | None = None
    """Explore this many branches at a time, and stop when `confidence` is reached. Set
    both or neither."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] | None = None
    """Probability that the leading answer stays ahead (Adaptive-Consistency,
    arXiv 2305.11860) from which no further window is explored; 4 of 4 alike give 0.969."""
    skip_on_consensus: bool = False
    """Skip the synthesis if every success gives one and the same answer."""
    keep_majority: bool = False
    """Where one final answer leads the vote (two branches at least give it, and more than
    any other), and the synthesis ends otherwise, answer with the majority's reference: for
    a synthesizer that is right less often than the vote. No answer is streamed then."""
    reference_tokens: Count | None = None
    """Budget in tokens for the references and their delimiters.
    None: what the synthesizer's window leaves."""
    near_duplicate: Share = 0.95
    """Similarity (0 to 1) from which two texts are shown as one, by the most typical of
    them, if they say the same: never where final answers, digits, operators, negations,
    yes or no, units, names or code differ. 1: only texts that are equal up to a greeting,
    white space and, in prose, case."""
    per_answer: Count | None = None
    """Most references shown for one final answer. None: no limit."""
    order: Literal["support", "shuffle", "index"] = "support"
    """Order in which the synthesizer sees the references."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """Seed of the order, and of branch i's sampling (seed + i) where its model takes
    one. None: the model's own, plus i."""
    fallback: Literal["raise", "majority"] = "raise"
    """What to do when the synthesizer fails: raise, or answer with the majority."""
    review: bool = False
    """Stop between the references and the synthesis with an interrupt, so that a person
    can look at the references. Needs a checkpointer."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 3
    """Tries per model call, the first included."""

    def __init__(self, **settings: Unpack[Settings]) -> None:
        """Check the settings; unknown ones are refused."""
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ValueError(_in_words(error)) from None

    def overlaid(self, settings: A2RContext) -> A2RContext:
        """Return these settings with the fields that `settings` sets itself.

        Raises:
            ValueError: In the result, `quorum` or `min_references` is above `n`,
                `min_references` is above `quorum`, or only one of `window` and
                `confidence` is set.
        """
        own = {name: getattr(settings, name) for name in settings.model_fields_set}
        merged = self.model_copy(update=own)
        for low, high in _AT_MOST:
            below, above = getattr(merged, low), getattr(merged, high)
            if below is not None and above is not None and below > above:
                msg = f"{low}: {below} is not allowed: at most {high}, which is {above}"
                raise ValueError(msg)
        for one, other in (("window", "confidence"), ("confidence", "window")):
            value = getattr(merged, one)
            if value is not None and getattr(merged, other) is None:
                msg = f"{one}: {value} is not allowed without {other}: set both or neither"
                raise ValueError(msg)
        return merged


def settings_for(defaults: A2RContext, context: object) -> A2RContext:
    """Return the run's settings: the graph's defaults under the caller's.

    `context` is what LangGraph hands down: our own type, none, or a parent
    graph's. Of a parent's, only an `a2r` key or attribute concerns us.

    Raises:
        ValueError: A setting is unknown or out of bounds.
    """
    if isinstance(context, A2RContext):
        return defaults.overlaid(context)
    own = (
        context.get("a2r")
        if isinstance(context, Mapping)
        else getattr(context, "a2r", None)
    )
    if own is None:
        own = A2RContext()
    elif isinstance(own, Mapping):
        own = A2RContext(**own)
    elif not isinstance(own, A2RContext):
        msg = f"a2r: {own!r} in the context is not allowed: a dict or an A2RContext"
        raise ValueError(msg)
    return defaults.overlaid(own)


def _in_words(error: ValidationError) -> str:
    """Say each problem in a line: field, value, bound."""
    lines: dict[str, str] = {}
    for problem in error.errors():
        field = str(problem["loc"][0]) if problem["loc"] else "context"
        if problem["type"] == "extra_forbidden":
            known = ", ".join(A2RContext.model_fields)
            text = f"{field}: unknown setting; known are {known}"
        else:
            what = problem["msg"][:1].lower() + problem["msg"][1:]
            text = f"{field}: {problem['input']!r} is not allowed: {what}"
        lines.setdefault(field, text)
    return "\n".join(lines.values())
