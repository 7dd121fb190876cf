"""A stream of chunks from an endpoint, read to its end."""

from __future__ import annotations

from typing import cast

import openai
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.outputs.chat_generation import merge_chat_generation_chunks

from a2r_graph.errors import BadReplyError, CutOffStreamError, ReplyError
from a2r_graph.models.thoughts import Splitter, reasoning_of


class Reading:
    """What a stream has told by now: its thought apart, its end seen or not."""

    def __init__(self, *, parsed: bool) -> None:
        """Begin before the first chunk.

        Args:
            parsed: Whether the server is known to tell thoughts apart by itself.
        """
        self.parsed = parsed
        self.finish: str | None = None
        self._chunks: list[ChatGenerationChunk] = []
        self._splitter: Splitter | None = None
        self._guessed = False  # that the prompt opened a thought: it may be over, too
        self._space = ""
        self._thought = ""  # held back until that is sure

    def must_begin(self, chunk: ChatGenerationChunk) -> bool:
        """Whether `chunk` holds the first text of which nobody knows what it is."""
        text = chunk.text.strip()
        return bool(text) and not (self.parsed or self._splitter or _thought_in(chunk))

    def begin(self, *, thinking: bool) -> None:
        """Take the text from here on for what it is.

        Args:
            thinking: Whether the prompt ended inside a thought.
        """
        self._guessed, self._splitter = thinking, Splitter(thinking=thinking)

    def take(self, chunk: ChatGenerationChunk) -> None:
        """Note `chunk`, and put the thought in its text where reasoning stands."""
        finish = (chunk.generation_info or {}).get("finish_reason")
        self.finish = finish or self.finish
        self.parsed = self.parsed or _thought_in(chunk)
        if not (self.parsed or self._splitter) and chunk.text.isspace():
            self._space += chunk.text  # before a thought, perhaps
            chunk.message.content = chunk.text = ""
        if self._splitter and isinstance(chunk.message.content, str):
            thought, text = self._split(chunk.message.content, finish)
            if self.parsed:  # the server does it, so what comes now is text
                thought, text = reasoning_of(chunk.message), self._thought + thought + text
                self._splitter = None
            chunk.message.content = chunk.text = text
            if thought:
                chunk.message.additional_kwargs["reasoning_content"] = thought
        self._chunks.append(chunk)

    def _split(self, piece: str, finish: str | None) -> tuple[str, str]:
        splitter = cast("Splitter", self._splitter)
        thought, text = splitter.take(self._space + piece)
        self._space = ""
        if finish:
            more, rest = splitter.end()
            thought, text = thought + more, text + rest
        if not self._guessed:
            return thought, text
        self._thought += thought
        if splitter.thinking and not (finish or self.parsed):
            return "", text
        held, self._thought, self._guessed = self._thought, "", False
        if splitter.thinking and finish != "length":
            # It ended by itself, without a closing tag: there was no thought.
            return "", held + text
        return held, text

    def reply(self) -> AIMessage | None:
        """Return the whole message as far as it came."""
        chunks = self._chunks
        if self._splitter and not self.finish:
            thought, text = self._splitter.end()
            left = AIMessageChunk(
                content=text,
                additional_kwargs={"reasoning_content": self._thought + thought},
            )
            chunks = [*chunks, ChatGenerationChunk(message=left)]
        merged = merge_chat_generation_chunks(chunks)
        if merged is None:
            return None
        message = message_chunk_to_message(cast("AIMessageChunk", merged.message))
        if self.finish:
            message.response_metadata["finish_reason"] = self.finish
        return cast("AIMessage", message)

    def no_end(self, where: str, why: str = "ended without a finish reason") -> ReplyError:
        """Return the error of a stream that has no end, or nothing in it."""
        if not self._chunks:
            return BadReplyError(f"{where}: the stream {why}, and held no completion")
        msg = f"{where}: the stream {why}: the text may be cut off"
        return CutOffStreamError(msg, self.reply())

    def broken(self, error: openai.APIConnectionError, where: str) -> Exception:
        """Return what a lost connection amounts to: after a token, a text cut off."""
        if isinstance(error, openai.APITimeoutError) or not any(map(_says, self._chunks)):
            return error
        return self.no_end(where, "broke in the middle")


def _thought_in(chunk: ChatGenerationChunk) -> bool:
    return bool(reasoning_of(chunk.message))


def _says(chunk: ChatGenerationChunk) -> bool:
    message = cast("AIMessageChunk", chunk.message)
    return bool(chunk.text or _thought_in(chunk) or message.tool_call_chunks)
