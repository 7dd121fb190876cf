"""A message's thought, where our endpoints put it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


def reasoning_of(message: BaseMessage) -> str:
    """Return the reasoning that stands beside the text, or an empty text."""
    return str(message.additional_kwargs.get("reasoning_content") or "")


def add_reasoning(message: BaseMessage, thought: str) -> None:
    """Put a thought that stood in the text behind what stands beside it."""
    if thought:
        both = filter(None, (reasoning_of(message), thought))
        message.additional_kwargs["reasoning_content"] = "\n".join(both)
