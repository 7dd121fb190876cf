"""A stream of chunks from an endpoint, read to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import httpx2
import openai
from langchain_core.messages import AIMessage, message_chunk_to_message
from langchain_core.outputs.chat_generation import merge_chat_generation_chunks

from a2r_graph.errors import CutOffStreamError
from a2r_graph.models.faults import explained
from a2r_graph.models.thoughts import Splitter, reasoning_of

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk


class Reading:
    """What a stream has told by now: its thought apart, its end seen or not."""

    def __init__(self) -> None:
        """Begin before the first chunk."""
        self.finish: str | None = None
        self._chunks: list[ChatGenerationChunk] = []
        self._splitter: Splitter | None = None
        self._parsed = False
        self._opened = False  # by the prompt
        self._thought = ""

    def is_text_of_unknown_kind(self, chunk: ChatGenerationChunk) -> bool:
        """Whether `chunk` is the first text, and no reasoning came before it."""
        self._parsed = self._parsed or bool(reasoning_of(chunk.message))
        return bool(chunk.text) and not self._parsed and self._splitter is None

    def begin(self, *, thinking: bool) -> None:
        """Take the text from here on for what it is.

        Args:
            thinking: Whether the prompt ended inside a thought.
        """
        self._opened = thinking
        self._splitter = Splitter(thinking=thinking)

    def take(self, chunk: ChatGenerationChunk) -> None:
        """Note `chunk`, and put the thought in its text where reasoning stands."""
        self.finish = (chunk.generation_info or {}).get("finish_reason") or self.finish
        self._chunks.append(chunk)
        if self._splitter is None or not isinstance(chunk.message.content, str):
            return
        thought, text = self._splitter.take(chunk.message.content)
        self._thought += thought
        if (chunk.generation_info or {}).get("finish_reason"):
            rest, end = self._splitter.end()
            thought, text = thought + rest, text + end
            if self._opened and self._splitter.thinking and self.finish == "stop":
                # It ended by itself: the server had taken an empty thought out.
                text, thought = self._thought + rest, ""
        chunk.message.content = chunk.text = text
        if thought:
            chunk.message.additional_kwargs["reasoning_content"] = thought

    def reply(self) -> AIMessage | None:
        """Return the whole message as far as it came."""
        merged = merge_chat_generation_chunks(self._chunks)
        if merged is None:
            return None
        message = message_chunk_to_message(cast("AIMessageChunk", merged.message))
        if self.finish:
            message.response_metadata["finish_reason"] = self.finish
        return cast("AIMessage", message)

    def cut_off(self, where: str, why: str) -> CutOffStreamError:
        """Return the error of a stream that has no end."""
        msg = f"{where}: the stream {why}: the text may be cut off"
        return CutOffStreamError(msg, self.reply())

    def broken(self, error: Exception, where: str) -> Exception:
        """Return what a failure amounts to: after the first token, a text cut off."""
        silent = isinstance(error, openai.APITimeoutError)
        dropped = isinstance(error, (openai.APIConnectionError, httpx2.TransportError))
        if dropped and not silent and (self._parsed or self._splitter):
            return self.cut_off(where, "broke in the middle")
        return explained(error, where) if isinstance(error, openai.APIError) else error
