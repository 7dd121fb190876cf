"""One table of what finish reasons mean."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from a2r_graph.references.finish import cut_off, meaning_of, reason_in


class Reason(Enum):
    """As a provider's own class."""

    MAX_TOKENS = "MAX_TOKENS"
    LIMIT = 2


@pytest.mark.parametrize(
    ("meaning", "reasons"),
    [
        (
            "cut_off",
            [
                "length",
                "max_tokens",
                "MAX_TOKENS",
                "maxTokens",
                "max_output_tokens",
                "model_length",
                "FinishReason.MAX_TOKENS",
                Reason.MAX_TOKENS,
                "model_context_window_exceeded",
                {"type": "length", "length": 8},
            ],
        ),
        (
            "broken_off",
            [
                "abort",
                "error",
                "ERROR",
                "network_error",
                "insufficient_system_resource",
                {"type": "abort", "message": "worker lost", "status_code": 500},
            ],
        ),
        (
            "refused",
            [
                "content_filter",
                "content-filter",
                "contentFiltered",
                "sensitive",
                "SAFETY",
                "prohibited_content",
                "RECITATION",
                "refusal",
                "guardrail_intervened",
            ],
        ),
        (
            None,
            [
                "stop",
                "end_turn",
                "tool_calls",
                "eos",
                "",
                None,
                7,
                {},
                {"type": None},
                {"type": "stop", "matched": 2},
                Reason.LIMIT,
                "another",
            ],
        ),
    ],
)
def test_a_finish_reason_means_the_same_in_every_providers_spelling(
    meaning: str | None, reasons: list[Any]
) -> None:
    assert {meaning_of(reason) for reason in reasons} == {meaning}
    assert {cut_off(reason) for reason in reasons} == {meaning == "cut_off"}


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"finish_reason": "stop"}, "stop"),
        ({"finish_reason": None, "stop_reason": "max_tokens"}, "max_tokens"),
        ({"finish_reason": {"type": "abort"}}, "abort"),
        ({"incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({"incomplete_details": None, "status": "completed"}, None),
        ({"status": "failed"}, "failed"),
        ({}, None),
    ],
)
def test_a_messages_reason_is_found_where_its_provider_puts_it(
    metadata: dict[str, Any], reason: str | None
) -> None:
    assert reason_in(metadata) == reason
