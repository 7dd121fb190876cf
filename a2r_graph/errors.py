"""What a run, or one of our models, raises; nothing of how it comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from a2r_graph.usage import NOTHING, by_role

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from a2r_graph.state import Failure, FailureKind, Reference, Usage, UsageByRole


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
        """List every branch's kind of failure and message."""
        failed = [r for r in references if r["error"]]
        good = len(references) - len(failed)
        counts = f"{good} of {len(references)} explorer branches succeeded"
        lines = [f"{counts}, min_references is {needed}"]
        lines += [
            f"  branch {r['index']} ({r['model']}): {_in_words(r['error'])}"
            for r in failed
            if r["error"]
        ]
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


def _in_words(failure: Failure) -> str:
    return f"{failure['kind']}: {failure['message']}"
