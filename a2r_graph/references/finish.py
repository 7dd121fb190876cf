"""What a finish reason means: one table, for every provider's words.

The words are those of OpenAI, Anthropic, Google, Mistral, Bedrock, DeepSeek, Zhipu, Ollama,
vLLM and SGLang. One that isn't known here says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Meaning = Literal["cut_off", "broken_off", "refused"]
"""`cut_off`: a limit of tokens ended the text; `broken_off`: the server did, by a fault;
`refused`: a filter did, or the model wouldn't answer."""

_TABLE: dict[Meaning, str] = {
    "cut_off": """
        length  max_tokens  max_output_tokens  max_completion_tokens  max_new_tokens
        max_length  model_length  length_limit  token_limit  incomplete  truncated
        context_length_exceeded  context_window_exceeded  model_context_window_exceeded
        """,
    "broken_off": """
        abort  aborted  error  failed  cancelled  canceled  interrupted  timeout
        network_error  server_error  internal_error  internal_server_error  engine_error
        insufficient_system_resource  insufficient_system_resources
        """,
    "refused": """
        content_filter  content_filtered  content_filtering  content_policy_violation
        refusal  refused  safety  sensitive  prohibited_content  recitation  blocklist
        spii  image_safety  guardrail_intervened  blocked
        """,
}
_NOT_A_LETTER = re.compile(r"[^a-z]+")
_MEANINGS: dict[str, Meaning] = {
    _NOT_A_LETTER.sub("", word): meaning
    for meaning, words in _TABLE.items()
    for word in words.split()
}
_NAMES = ("finish_reason", "stop_reason", "done_reason", "finishReason", "stopReason")


def meaning_of(reason: object) -> Meaning | None:
    """Return what a finish reason says of the text; `None`: nothing that is known.

    Args:
        reason: As a provider spells it, or SGLang's `{"type": ...}`.

    Example:
        >>> meaning_of("FinishReason.MAX_TOKENS"), meaning_of({"type": "abort"})
        ('cut_off', 'broken_off')
        >>> meaning_of("stop") is None
        True
    """
    word = name_of(reason) or ""
    return _MEANINGS.get(_NOT_A_LETTER.sub("", word.rpartition(".")[2].lower()))


def cut_off(reason: object) -> bool:
    """Whether a limit of tokens ended the text.

    Example:
        >>> cut_off("max_output_tokens"), cut_off("stop"), cut_off(None)
        (True, False, False)
    """
    return meaning_of(reason) == "cut_off"


def name_of(reason: object) -> str | None:
    """Return a finish reason as a text, or `None` if there is none."""
    if isinstance(reason, Mapping):
        reason = reason.get("type")
    value = getattr(reason, "value", reason)  # of an enum
    return value if isinstance(value, str) and value else None


def reason_in(metadata: Mapping[str, object]) -> str | None:
    """Return the finish reason that a message's `response_metadata` tells, if any.

    Example:
        >>> reason_in({"incomplete_details": {"reason": "max_output_tokens"}})
        'max_output_tokens'
    """
    details = metadata.get("incomplete_details")
    reasons = [metadata.get(name) for name in _NAMES]
    reasons += [details.get("reason")] if isinstance(details, Mapping) else []
    status = metadata.get("status")  # OpenAI's other API: "completed" says no more
    reasons += [status] if meaning_of(status) else []
    return next(filter(None, map(name_of, reasons)), None)
