"""An OpenAI-shaped server on loopback, over real sockets, that answers by a plan."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

Answer = tuple[int, dict[str, str], bytes]


def completion(content: str | None = "Answer: 42", **message: Any) -> Answer:
    """Return a whole completion, with usage."""
    finish = message.pop("finish_reason", "stop")
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 15,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
    }
    return 200, {"content-type": "application/json"}, json.dumps(body).encode()


def streamed(*deltas: dict[str, Any], finish: str | None = "stop") -> Answer:
    """Return a completion as server-sent events, with a usage chunk at its end."""
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        chunks.append({"choices": [], "usage": usage})
    lines = [f"data: {json.dumps(head | chunk)}\n\n" for chunk in chunks]
    body = "".join(lines) + ("data: [DONE]\n\n" if finish else "")
    return 200, {"content-type": "text/event-stream"}, body.encode()


def failing(status: int, message: str = "no", **headers: str) -> Answer:
    """Return an error as such servers give them."""
    body = {"error": {"message": message, "type": "error", "code": status}}
    return (
        status,
        {"content-type": "application/json", **headers},
        json.dumps(body).encode(),
    )


class Server:
    """Serves while in its `with` block; every request is kept in `requests`."""

    def __init__(
        self,
        plan: Callable[[int, str, dict[str, Any]], Answer],
        pages: Callable[[str], Answer] | None = None,
    ) -> None:
        """Answer posts by `plan`, which `requests` keeps, and gets by `pages`."""
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            lock: ClassVar = threading.Lock()

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with self.lock:
                    number = len(server.requests)
                    server.requests.append((self.path, body, dict(self.headers)))
                self.answer(*plan(number, self.path, body))

            def do_GET(self) -> None:
                self.answer(*(pages(self.path) if pages else failing(404)))

            def answer(self, status: int, headers: dict[str, str], answer: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("content-length", str(len(answer)))
                with suppress(ConnectionError):  # a client that has gone
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


@asynccontextmanager
async def raw(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve by hand what HTTP servers don't do: hang, break off, talk nonsense.

    `answer` is called with each connection's streams, once a request has come.
    """
    open_ = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)


def json_answer(document: Any) -> Answer:
    """Return any JSON."""
    return 200, {"content-type": "application/json"}, json.dumps(document).encode()
