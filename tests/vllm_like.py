"""A server on loopback that answers all that `a2r doctor` asks, as vLLM 0.32 does."""

from __future__ import annotations

import json
from typing import Any

from server import Server, completion, streamed

CONFIG = {"enable_prefix_caching": "True", "kv_cache_size_tokens": "93184"}
THOUGHT = {"content": None, "reasoning": "Hm", "finish_reason": "length"}


def metrics(**labels: str) -> bytes:
    """Return what `/metrics` tells of the KV cache, amid other figures."""
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    lines = ("# TYPE vllm:x gauge", "vllm:x 1.0", f"vllm:cache_config_info{{{pairs}}} 1.0")
    return "\n".join(lines).encode()


def document(body: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json"}, json.dumps(body).encode()


def usage_of(answer, **details):
    """Return a whole or streamed answer with other details of its tokens."""
    status, headers, body = answer
    old = json.dumps({"cached_tokens": 4}).encode()
    return status, headers, body.replace(old, json.dumps(details or None).encode())


class VLLM(Server):
    """By default all is right; `answers` replaces answers by path, None for a 404.

    A path's answer may be a function of the request's body. `key` is asked for, if set.
    """

    def __init__(self, *, key: str = "", **answers: Any) -> None:
        window = {"id": "m", "max_model_len": 32768}
        tokens = {"count": 9, "max_model_len": 32768, "token_strs": ["user", "?"]}
        self.answers: dict[str, Any] = {
            "/v1/models": document({"data": [window, {"id": "lora"}]}),
            "/version": document({"version": "0.32.0"}),
            "/metrics": (200, {"content-type": "text/plain"}, metrics(**CONFIG)),
            "/tokenize": document(tokens),
            "/v1/chat/completions": self.complete,
            **{path.replace("__", "/"): answer for path, answer in answers.items()},
        }
        self.key = key
        self.asked: list[str] = []
        super().__init__(lambda number, path, body: self.answer(path, body))
        server, handler = self, self.http.RequestHandlerClass

        def get(request: Any) -> None:
            given = request.headers.get("authorization")
            right = not server.key or given == f"Bearer {server.key}"
            refused = document({"error": "Unauthorized"}, 401)
            status, headers, body = server.answer(request.path, {}) if right else refused
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("content-length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        handler.do_GET = get

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        answer = self.answers.get(path) or document({"detail": "Not Found"}, 404)
        return answer(body) if callable(answer) else answer

    def complete(self, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return streamed({"content": "42"}) if body.get("stream") else completion("42")

    @property
    def generated(self) -> int:
        """How many replies it was asked for."""
        return self.asked.count("/v1/chat/completions")
