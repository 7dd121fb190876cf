"""A stream of chunks from an endpoint, read to its end."""

from __future__ import annotations

from typing import cast

import openai
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.outputs.chat_generation import merge_chat_generation_chunks

from a2r_graph.errors import BadReplyError, CutOffStreamError, ReplyError
from a2r_graph.models.thoughts import add_reasoning, reasoning_of
from a2r_graph.references.finish import meaning_of
from a2r_graph.references.splitter import Splitter
from a2r_graph.references.thoughts import closes_alone


class Reading:
    """What a stream has told by now: its thought apart, its end seen or not."""

    def __init__(self, *, parsed: bool) -> None:
        """Begin before the first chunk.

        Args:
            parsed: Whether the server is known to tell thoughts apart by itself.
        """
        self.parsed = parsed
        self.finish: object = None
        self._said: list[str] | None = None  # all of a text whose beginning nobody knows
        self._chunks: list[ChatGenerationChunk] = []
        self._splitter: Splitter | None = Splitter(thinking=False) if parsed else None
        self._space = ""  # before a thought, perhaps
        self._beside = False  # whether a thought of the server's parser came before

    def must_begin(self, chunk: ChatGenerationChunk) -> bool:
        """Whether `chunk` holds the first text of which nobody knows what it is."""
        return bool(chunk.text.strip()) and not (
            self._splitter or reasoning_of(chunk.message)
        )

    def begin(self, *, thinking: bool | None) -> None:
        """Take the text from here on for what it is.

        Args:
            thinking: Whether the prompt ended inside a thought; None: nobody knows.
        """
        self._splitter = Splitter(thinking=bool(thinking))
        self._said = [] if thinking is None else None

    @property
    def closed_alone(self) -> bool:
        """Whether a thought ended that the prompt must have opened, which nobody knew."""
        return bool(self._said) and closes_alone("".join(self._said or ()))

    def take(self, chunk: ChatGenerationChunk) -> None:
        """Note `chunk`, and put the thought in its text where reasoning stands."""
        finish = (chunk.generation_info or {}).get("finish_reason")
        self.finish = finish or self.finish
        thought, text = "", ""
        beside = bool(reasoning_of(chunk.message))
        if beside and not self.parsed:
            # The server does it, so the prompt's end says nothing of the text.
            thought, text = self._end(whole=True)
            self.parsed, self._splitter = True, Splitter(thinking=False)
            self._space, self._said = "", None
        if isinstance(chunk.message.content, str):
            more, rest = self._split(chunk.message.content)
            thought, text = thought + more, text + rest
            if finish:
                more, rest = self._end(whole=meaning_of(finish) is None)
                thought, text = thought + more, text + rest
            chunk.message.content = chunk.text = text
            if thought and self._beside:
                thought, self._beside = f"\n{thought}", False
            add_reasoning(chunk.message, thought)
        self._beside = self._beside or beside
        self._chunks.append(chunk)

    def _split(self, piece: str) -> tuple[str, str]:
        if self._said is not None:
            self._said.append(self._space + piece)
        if self._splitter:
            piece, self._space = self._space + piece, ""
            return self._splitter.take(piece)
        self._space += piece  # no more than that, or it would have begun
        return "", ""

    def _end(self, *, whole: bool) -> tuple[str, str]:
        return self._splitter.end(whole=whole) if self._splitter else ("", "")

    def reply(self) -> AIMessage | None:
        """Return the whole message as far as it came."""
        chunks = self._chunks
        if self._splitter and not self.finish:
            thought, text = self._end(whole=False)
            left = AIMessageChunk(
                content=text, additional_kwargs={"reasoning_content": thought}
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


def _says(chunk: ChatGenerationChunk) -> bool:
    message = cast("AIMessageChunk", chunk.message)
    return bool(chunk.text or reasoning_of(message) or message.tool_call_chunks)
