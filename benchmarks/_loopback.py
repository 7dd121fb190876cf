"""A server on loopback that answers after a fixed time, in a process of its own."""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

SECONDS = 0.2
MODEL = "fixed"
QUESTION = "What is 6 x 7?"
ANSWER = "Six times seven is forty-two, since 6 x 7 = 42. Answer: 42"

_WINDOW = 1_000_000
_BLANK = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)")


@contextmanager
def serving(answers: Sequence[str] = (ANSWER,)) -> Iterator[str]:
    """Serve in the `with` block; its value is the base URL.

    Args:
        answers: What is answered, in turns.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(there, answers), daemon=True)
    process.start()
    there.close()  # so that a server that can't start ends the wait
    try:
        with here:
            port = here.recv()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.join()


def _run(ready: Connection, answers: Sequence[str]) -> None:
    asyncio.run(_serve(ready, answers))


async def _serve(ready: Connection, answers: Sequence[str]) -> None:
    replies = itertools.cycle([_completion(answer) for answer in answers])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Client(loop, replies), "127.0.0.1", 0, backlog=2048
    )
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Client(asyncio.Protocol):
    """One connection. Streams would take twice the time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, replies: Iterator[bytes]) -> None:
        self.loop = loop
        self.replies = replies
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        while request := self._take():
            self._answer(*request)

    def _take(self) -> tuple[bytes, bytes] | None:
        """Return the next request's method and path, and its body, once it's there."""
        stop = self.received.find(_BLANK)
        head = bytes(self.received[: max(0, stop)]).lower()
        length = _LENGTH.search(head)
        start = stop + len(_BLANK)
        end = start + (int(length[1]) if length else 0)
        if not head or len(self.received) < end:
            return None
        body = bytes(self.received[start:end])
        del self.received[:end]
        return head.split(b" http/", 1)[0], body

    def _answer(self, asked: bytes, body: bytes) -> None:
        match asked:
            case b"post /v1/chat/completions":
                reply = next(self.replies)
                self.loop.call_later(SECONDS, self.transport.write, reply)
            case b"post /tokenize":
                told = {"count": _count(body), "max_model_len": _WINDOW, "tokens": []}
                self.transport.write(_reply(told))
            case b"get /v1/models":
                model = {"id": MODEL, "object": "model", "max_model_len": _WINDOW}
                self.transport.write(_reply({"object": "list", "data": [model]}))
            case _:
                self.transport.write(_reply({"detail": "Not Found"}, "404 Not Found"))


def _count(body: bytes) -> int:
    """Count four characters as a token, of a text or of messages."""
    asked = json.loads(body)
    texts = [asked["prompt"]] if "prompt" in asked else asked["messages"]
    return len("".join(t if isinstance(t, str) else t["content"] for t in texts)) // 4


def _completion(answer: str) -> bytes:
    return _reply(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": MODEL,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": answer},
                }
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30},
        }
    )


def _reply(told: object, status: str = "200 OK") -> bytes:
    body = json.dumps(told).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
