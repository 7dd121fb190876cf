"""The loopback server for `peers.py`: it answers `n` texts at once, and counts."""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import json
import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from _loopback import MODEL, SECONDS, _Client, _count, _reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection


class Seen(NamedTuple):
    """What the server was asked so far."""

    calls: int
    """Chat completions, however many texts each asked for."""
    texts: int
    """Texts generated."""
    read: int
    """Tokens in the prompts, of four characters each."""
    others: int
    """Requests that generate nothing, and are answered at once."""


@contextmanager
def serving(answers: Sequence[str]) -> Iterator[tuple[str, Callable[[], Seen]]]:
    """Serve in the `with` block; its value is the base URL, and what tells the counts.

    Args:
        answers: What is answered, in turns.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    counts = context.RawArray(ctypes.c_longlong, len(Seen._fields))
    process = context.Process(target=_run, args=(there, answers, counts), daemon=True)
    process.start()
    there.close()  # so that a server that can't start ends the wait
    try:
        with here:
            port = here.recv()
        yield f"http://127.0.0.1:{port}/v1", lambda: Seen(*counts)
    finally:
        process.terminate()
        process.join()


def _run(
    ready: Connection, answers: Sequence[str], counts: ctypes.Array[ctypes.c_longlong]
) -> None:
    asyncio.run(_serve(ready, answers, counts))


async def _serve(
    ready: Connection, answers: Sequence[str], counts: ctypes.Array[ctypes.c_longlong]
) -> None:
    texts = itertools.cycle(answers)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Counting(loop, texts, counts), "127.0.0.1", 0, backlog=2048
    )
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Counting(_Client):
    """One connection. A call takes `SECONDS`, however many texts it asks for."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        texts: Iterator[str],
        counts: ctypes.Array[ctypes.c_longlong],
    ) -> None:
        super().__init__(loop, iter(()))
        self.texts = texts
        self.counts = counts

    def _answer(self, asked: bytes, body: bytes) -> None:
        if asked != b"post /v1/chat/completions":
            self._add(Seen(calls=0, texts=0, read=0, others=1))
            super()._answer(asked, body)
            return
        n, read = json.loads(body).get("n") or 1, _count(body)
        self._add(Seen(calls=1, texts=n, read=read, others=0))
        reply = _completion(list(itertools.islice(self.texts, n)), read)
        self.loop.call_later(SECONDS, self.transport.write, reply)

    def _add(self, seen: Seen) -> None:
        for place, more in enumerate(seen):
            self.counts[place] += more


def _completion(texts: Sequence[str], read: int) -> bytes:
    written = sum(map(len, texts)) // 4
    choices = [
        {
            "index": index,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text},
        }
        for index, text in enumerate(texts)
    ]
    usage = {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }
    return _reply(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": MODEL,
            "choices": choices,
            "usage": usage,
        }
    )
