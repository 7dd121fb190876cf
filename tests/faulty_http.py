"""What `faulty` puts on the wire: answers and faults, by HTTP/1.1 by hand.

Connections are kept alive. A request's body comes by its length, an answer's goes by its
length or in chunks. Pipelining isn't served: a client that speaks before its answer
counts as gone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import StrEnum
from http import HTTPStatus
from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faulty import Plan, Request

JSON = "application/json"
_STREAM = {"content-type": "text/event-stream"}
_DONE = b"data: [DONE]\n\n"
_AT_ONCE = struct.pack("ii", 1, 0)  # close() then resets


class Fault(StrEnum):
    """What can go wrong; a plan names them by these texts."""

    STATUS_429 = "status_429"
    """Without `Retry-After`."""
    STATUS_429_SECONDS = "status_429_seconds"
    """With `Retry-After` in seconds: the plan's `retry_after`."""
    STATUS_429_DATE = "status_429_date"
    """With `Retry-After` as an HTTP date."""
    STATUS_500 = "status_500"
    STATUS_503 = "status_503"
    OVERFLOW = "overflow"
    """400: the prompt exceeds the window, in vLLM's words."""
    BAD_PARAMETER = "bad_parameter"
    """400, otherwise."""
    WRONG_KEY = "wrong_key"
    """401."""

    RESET = "reset"
    """A reset before the first byte of an answer."""
    CLOSED = "closed"
    """A clean close before the first byte."""
    RESET_MIDWAY = "reset_midway"
    """A reset in the middle of a body or a stream."""
    NO_END = "no_end"
    """A stream closes cleanly without finish reason and `[DONE]`; a body is cut short."""
    ENDLESS = "endless"
    """Text without end, a piece each `slow` seconds."""
    FOREVER_SLOW = "forever_slow"
    """Signs of life without end (space, or comments of a stream), and no text ever."""
    DRIP = "drip"
    """A good answer, one byte each `drip` seconds."""
    HANG = "hang"
    """No byte of an answer, ever."""

    HTML = "html"
    """Status 200, and a page."""
    BAD_JSON = "bad_json"
    NO_CHOICES = "no_choices"
    NULL_CONTENT = "null_content"
    THOUGHT_CUT = "thought_cut"
    """`finish_reason: "length"` inside a thought that stands beside the content."""
    INLINE_THOUGHT_CUT = "inline_thought_cut"
    """The same with `<think>` in the content, unclosed."""
    REFUSAL = "refusal"
    NO_USAGE = "no_usage"
    """A good answer, without its usage."""
    DUPLICATE = "duplicate"
    """A good answer, with the same text for whoever gets it."""


_UNSENT = {Fault.RESET, Fault.CLOSED, Fault.HANG}
_THOUGHT = "Six sevens are thirty-five and seven more, which is"
_CHANGES: dict[Fault | None, dict[str, Any]] = {
    Fault.NULL_CONTENT: {"text": None},
    Fault.THOUGHT_CUT: {"text": None, "reasoning": _THOUGHT, "finish": "length"},
    Fault.INLINE_THOUGHT_CUT: {"text": f"<think>{_THOUGHT}", "finish": "length"},
    Fault.REFUSAL: {"text": None, "refusal": "I can't help with that."},
    Fault.NO_USAGE: {"usage": None},
    Fault.DUPLICATE: {"text": "The same in the same words: 42.\nAnswer: 42"},
}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. A body in several pieces goes out in chunks, else by its length."""

    status: int = 200
    body: bytes | tuple[bytes, ...] = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": JSON})
    after: float | None = None
    """Seconds before it begins, in place of the plan's latency."""

    def framed(self) -> tuple[bytes, list[bytes]]:
        """Return the head, and the body as it stands on the wire, piece by piece."""
        if isinstance(self.body, bytes):
            size, pieces = f"content-length: {len(self.body)}", [self.body]
        else:
            size = "transfer-encoding: chunked"
            pieces = [*map(chunk, self.body), b"0\r\n\r\n"]
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            size,
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode(), pieces


@dataclass(frozen=True)
class Reply:
    """What a completion says; sent whole or as a stream, as the client asked."""

    text: str | None = "Answer: 42"
    finish: str | None = "stop"
    """None, in a stream: it stops without a finish reason and without `[DONE]`."""
    reasoning: str | None = None
    refusal: str | None = None
    usage: Mapping[str, Any] | None = None
    after: float | None = None
    """Seconds before it begins, in place of the plan's latency."""

    def answer(self, request: Request) -> Answer:
        """Return it in the form that was asked for."""
        if not request.streams:
            return self._whole(request.model)
        options = request.body.get("stream_options") or {}
        return self._stream(request.model, usage=bool(options.get("include_usage")))

    def _whole(self, model: str) -> Answer:
        message = {"role": "assistant", "content": self.text, **self._others()}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        head = {"id": "1", "object": "chat.completion", "created": 0, "model": model}
        told = {**head, "choices": [choice]}
        return document(told | ({"usage": self.usage} if self.usage else {}), self.after)

    def _stream(self, model: str, *, usage: bool) -> Answer:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"reasoning": word} for word in _words(self.reasoning)]
        deltas += [{"content": word} for word in _words(self.text)]
        deltas += [{"refusal": self.refusal}] if self.refusal else []
        pieces = [event(model, delta) for delta in deltas]
        if self.finish:
            pieces.append(event(model, {}, self.finish))
            if usage and self.usage:
                pieces.append(event(model, None, usage=self.usage))
            pieces.append(_DONE)
        return Answer(200, tuple(pieces), _STREAM, self.after)

    def _others(self) -> dict[str, str]:
        others = {"reasoning": self.reasoning, "refusal": self.refusal}
        return {name: value for name, value in others.items() if value is not None}


def event(model: str, delta: object, finish: str | None = None, **others: Any) -> bytes:
    """Return one event of a stream; no choice is in it where `delta` is None."""
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": model}
    told = {**head, "choices": [] if delta is None else choices, **others}
    return f"data: {json.dumps(told)}\n\n".encode()


def document(told: object, after: float | None = None) -> Answer:
    """Return any JSON."""
    return Answer(body=json.dumps(told).encode(), after=after)


def failing(status: int, message: str, **headers: str) -> Answer:
    """Return an error in vLLM's form; `retry_after` is the header `retry-after`."""
    told = {"error": {"message": message, "type": "Error", "param": None, "code": status}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(told).encode(), {"content-type": JSON, **named})


def chunk(piece: bytes) -> bytes:
    """Return a piece of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _words(text: str | None) -> list[str]:
    return text.replace(" ", " \0").split("\0") if text else []


def answer_of(
    fault: Fault | None, good: Reply, request: Request, plan: Plan
) -> Answer | None:
    """Return what a fault has to say; None, if it has nothing to say."""
    if fault in _UNSENT:
        return None
    if fault in _ANSWERS:
        return _ANSWERS[fault](request, plan)
    changes = _CHANGES.get(fault, {})
    if fault == Fault.NO_END and request.streams:
        changes = {"finish": None}
    return replace(good, **changes).answer(request)


def _busy(_request: Request, plan: Plan) -> Answer:
    return failing(429, "Too many requests", retry_after=f"{plan.retry_after:g}")


def _busy_until(_request: Request, plan: Plan) -> Answer:
    date = formatdate(time.time() + plan.retry_after, usegmt=True)
    return failing(429, "Too many requests", retry_after=date)


def _overflow(request: Request, plan: Plan) -> Answer:
    body, window = request.body, plan.window
    most = body.get("max_completion_tokens") or body.get("max_tokens") or 256
    words = (
        f"This model's maximum context length is {window} tokens. However, you requested "
        f"{window + most} tokens ({window} in the messages, {most} in the completion). "
        "Please reduce the length of the messages or completion."
    )
    return failing(400, words)


def _html(_request: Request, _plan: Plan) -> Answer:
    page = b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>"
    return Answer(body=page, headers={"content-type": "text/html"})


def _bad_json(request: Request, _plan: Plan) -> Answer:
    half = b'{"id": "1", "choices": [{"index": 0, "mess'
    if not request.streams:
        return Answer(body=half)
    return Answer(body=(b"data: " + half + b"\n\n", _DONE), headers=_STREAM)


def _no_choices(request: Request, _plan: Plan) -> Answer:
    if not request.streams:
        return document({"id": "1", "object": "chat.completion", "choices": []})
    return Answer(body=(event(request.model, None), _DONE), headers=_STREAM)


_ANSWERS: dict[Fault | None, Callable[[Request, Plan], Answer]] = {
    Fault.STATUS_429: lambda *_: failing(429, "Too many requests"),
    Fault.STATUS_429_SECONDS: _busy,
    Fault.STATUS_429_DATE: _busy_until,
    Fault.STATUS_500: lambda *_: failing(500, "EngineCore encountered an issue"),
    Fault.STATUS_503: lambda *_: failing(503, "The server is overloaded"),
    Fault.BAD_PARAMETER: lambda *_: failing(400, "temperature must be non-negative"),
    Fault.WRONG_KEY: lambda *_: failing(401, "Unauthorized"),
    Fault.OVERFLOW: _overflow,
    Fault.HTML: _html,
    Fault.BAD_JSON: _bad_json,
    Fault.NO_CHOICES: _no_choices,
}


class Wire:
    """One connection, from the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.keeps = True
        """Whether the next request may come on it."""

    async def request(self) -> tuple[str, str, dict[str, str], bytes]:
        """Return method, path, headers (names in lower case) and body of a request.

        Raises:
            asyncio.IncompleteReadError: The client has closed the connection.
        """
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, path, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        self.keeps = headers.get("connection", "").lower() != "close"
        size = int(headers.get("content-length", 0))
        return method, path, headers, await self._reader.readexactly(size) if size else b""

    async def write(self, data: bytes) -> None:
        """Send it.

        Raises:
            ConnectionError: The client is gone.
        """
        self._writer.write(data)
        await self._writer.drain()

    async def pause(self, seconds: float | None) -> None:
        """Wait so long, for ever where it is None; other requests have their turn.

        Raises:
            ConnectionError: The client is gone; raised as soon as it is.
        """
        if seconds is not None and seconds <= 0:
            await asyncio.sleep(0)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._reader.read(1)
                msg = "the client has left, or speaks before its answer"
                raise ConnectionResetError(msg)

    def close(self) -> None:
        """End the connection cleanly."""
        self.keeps = False
        self._writer.close()

    def reset(self) -> None:
        """Break the connection off, so that the client gets a reset."""
        self.keeps = False
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._writer.transport.abort()

    async def send(self, answer: Answer, gap: float = 0) -> bool:
        """Send an answer, with a gap between the pieces of a stream; return True."""
        head, pieces = answer.framed()
        if not gap:
            await self.write(head + b"".join(pieces))
            return True
        await self.write(head)
        await self._each(pieces, gap)
        return True

    async def _each(self, pieces: Iterable[bytes], gap: float) -> None:
        """Send pieces with a gap between two of them."""
        for place, piece in enumerate(pieces):
            if place:
                await self.pause(gap)
            await self.write(piece)

    async def fail(
        self, fault: Fault, answer: Answer | None, request: Request, plan: Plan
    ) -> bool:
        """Do what a fault does to an answer; return whether all of that was sent."""
        if answer is None:
            if fault == Fault.HANG:
                await self.pause(None)
            self.reset() if fault == Fault.RESET else self.close()
            return False
        head, pieces = answer.framed()
        body = b"".join(pieces)
        if fault == Fault.DRIP:
            await self.write(head)
            await self._each((bytes([byte]) for byte in body), plan.drip)
            return True
        if fault in {Fault.ENDLESS, Fault.FOREVER_SLOW}:
            await self._go_on(Answer(body=(), headers=answer.headers), fault, request, plan)
        half = head + body[: len(body) // 2]
        if fault == Fault.RESET_MIDWAY:
            await self.write(half)
            await self.pause(plan.slow)  # so that the client has read it
            while plan.heard and not plan.heard(request):
                await self.pause(plan.slow)
            self.reset()
            return False
        if fault == Fault.NO_END and not request.streams:
            await self.write(half)
            self.close()
            return False
        return await self.send(answer, plan.gap)

    async def _go_on(
        self, answer: Answer, fault: Fault, request: Request, plan: Plan
    ) -> None:
        first, again = _unending(fault, request)
        await self.write(answer.framed()[0] + (chunk(first) if first else b""))
        await self._each(repeat(chunk(again)), plan.slow)


def _unending(fault: Fault, request: Request) -> tuple[bytes, bytes]:
    """Return how a body begins, and what follows again and again."""
    if fault == Fault.FOREVER_SLOW:
        return (b"", b": at work\n\n") if request.streams else (b"", b" ")
    word = "and on "
    if request.streams:
        first = event(request.model, {"role": "assistant", "content": ""})
        return first, event(request.model, {"content": word})
    first = b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "'
    return first, word.encode()
