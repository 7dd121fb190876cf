"""What a run, or one of our models, raises; nothing of how it comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from a2r_graph.usage import NOTHING, by_role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_core.messages import AIMessage

    from a2r_graph.state import Failure, FailureKind, Reference, Usage, UsageByRole

Whose = TypeVar("Whose")


class A2RError(RuntimeError):
    """A run that could not end with an answer.

    Attributes:
        references: Every branch's record, in branch order; nothing is lost.
        usage: Tokens and calls by role, as in the report.

    Example:
        >>> from a2r_graph import A2RError, ExplorationError
        >>> issubclass(ExplorationError, A2RError)
        True
    """

    references: list[Reference]
    usage: UsageByRole


class ExplorationError(A2RError):
    """Fewer branches succeeded than `min_references`.

    Its text tells equal failures in one line, the most frequent first.

    Attributes:
        references: Every branch's record, in branch order.
        usage: Tokens and calls by role, as in the report.
        needed: The `min_references` of the run.

    Example:
        >>> from a2r_graph import ExplorationError
        >>> print(ExplorationError([], needed=1))
        0 of 0 explorer branches succeeded, min_references is 1
    """

    def __init__(self, references: list[Reference], needed: int) -> None:
        """Tell each kind of failure and message once, with its number of branches."""
        failed = [(r, r["error"]) for r in references if r["error"]]
        every, models = len(references), {r["model"] for r in references}
        counts = f"{every - len(failed)} of {every} explorer branches succeeded"
        lines = [f"{counts}, min_references is {needed}"]
        for words, alike in grouped(failed):
            who = [f"branch {alike[0]['index']}"] if len(alike) == 1 < every else []
            who += dict.fromkeys(r["model"] for r in alike) if len(models) > 1 else ()
            named = f" ({', '.join(who)})" if who else ""
            lines.append(f"  {len(alike)} of {every}: {words}{named}")
        super().__init__("\n".join(lines))
        self.references = references
        self.usage = by_role((r["usage"] for r in references), NOTHING)
        self.needed = needed

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the arguments, not by the message."""
        return type(self), (self.references, self.needed)


class SynthesisError(A2RError):
    """The synthesizer gave no answer after its attempts.

    Attributes:
        references: Every branch's record, in branch order.
        usage: Tokens and calls by role, as in the report.
        failure: The kind and the message of the last attempt's failure.

    Example:
        >>> from a2r_graph import SynthesisError
        >>> print(SynthesisError([], {"kind": "timeout", "message": "no reply in 60 s"}))
        the synthesizer failed: timeout: no reply in 60 s
    """

    def __init__(
        self, references: list[Reference], failure: Failure, usage: Usage = NOTHING
    ) -> None:
        """Keep the references: they are paid for; and what the synthesizer used."""
        super().__init__(f"the synthesizer failed: {_in_words(failure)}")
        self.references = references
        self.usage = by_role((r["usage"] for r in references), usage)
        self.failure = failure

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the arguments, not by the message."""
        return type(self), (self.references, self.failure, self.usage["synthesizer"])


class ReplyError(RuntimeError):
    """A server answered, and what it said is no reply: see the kinds below.

    A request that was refused, or that reached nobody, is an error of the OpenAI client
    and of LangChain's (`ContextOverflowError`, `ModelRateLimitError` and the like).

    Attributes:
        reply: The message as far as it came, with its reasoning, usage and finish
            reason; None if there is none.
        kind: As in a reference's `error`.

    Example:
        >>> from a2r_graph import EmptyReplyError, ReplyError
        >>> issubclass(EmptyReplyError, ReplyError)
        True
    """

    kind: FailureKind = "bad_response"

    def __init__(
        self,
        message: str,
        reply: AIMessage | None = None,
        kind: FailureKind | None = None,
    ) -> None:
        """Keep the reply: it is paid for."""
        super().__init__(message)
        self.reply = reply
        self.kind = kind or self.kind

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the reply."""
        return type(self), (str(self), self.reply, self.kind)


class BadReplyError(ReplyError):
    """Not what the protocol says: HTML, broken JSON, no choices.

    Example:
        >>> from a2r_graph import BadReplyError
        >>> BadReplyError("no choices").kind
        'bad_response'
    """


class CutOffStreamError(ReplyError):
    """A stream that ended before its end; what came of the text is no answer.

    Example:
        >>> from a2r_graph import CutOffStreamError
        >>> CutOffStreamError("the connection broke").kind
        'truncated'
    """

    kind = "truncated"


class EmptyReplyError(ReplyError):
    """A reply without an answer or a tool call.

    Its kind is `"empty"`, `"truncated"` (`max_tokens` cut it off inside its thought),
    `"refused"` or `"server_error"` (the server broke it off).

    Example:
        >>> from a2r_graph import EmptyReplyError
        >>> error = EmptyReplyError("cut off before the answer began", kind="truncated")
        >>> error.kind
        'truncated'
    """

    kind = "empty"


def grouped(failures: Iterable[tuple[Whose, Failure]]) -> list[tuple[str, list[Whose]]]:
    """Return each different failure in words, and whose it is; most frequent first."""
    found: dict[str, list[Whose]] = {}
    for whose, failure in failures:
        found.setdefault(_in_words(failure), []).append(whose)
    return sorted(found.items(), key=lambda one: -len(one[1]))


def _in_words(failure: Failure) -> str:
    return f"{failure['kind']}: {failure['message']}"
