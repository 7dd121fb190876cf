"""An OpenAI-shaped server on loopback that fails by a plan, over real sockets.

What a request gets is a function of the plan's seed, of the request's fingerprint
(messages, model, `seed`) and of how often that fingerprint has come before. The order of
arrival among different requests plays no part, so that a run can be had again.

    with Faulty(Plan(seed=7, faults={"hang": 0.02, "status_500": 0.05})) as server:
        ChatVLLM(model="m", base_url=server.url)
    with Faulty.in_process(Plan(by_hand=Table({3: "reset"}))) as server:
        ...  # the same in a process of its own
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import pickle
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from random import Random
from socket import socket
from statistics import NormalDist
from typing import Any, Self
from urllib.request import ProxyHandler, build_opener

from clock import PATIENCE
from faulty_http import Answer, Fault, Reply, Wire, answer_of, document, failing

_WORDS = """
add carry check column count divide double eight expand factor fifty find first five
forty four guess half hence keep last left multiply nine once product prove remainder
right row seven six sum table ten then thirty times total twice two verify wrong zero
""".split()  # noqa: SIM905  to be read as prose
CHAT = "/v1/chat/completions"
_ANSWER = re.compile(r"Answer: (\w+)")
_HERE = Path(__file__).resolve().parent


def constant(seconds: float) -> Callable[[float], float]:
    """Return a latency that is always the same."""
    return partial(_constant, seconds)


def lognormal(*, median: float, p99: float) -> Callable[[float], float]:
    """Return a latency with a heavy tail: half above `median`, one in 100 above `p99`."""
    return partial(_lognormal, math.log(median), math.log(p99 / median))


def mostly(*values: object, share: float = 0.8) -> Callable[[float], object]:
    """Return answers of which the first has this share, and the others the rest."""
    return partial(_mostly, values, share)


def _constant(seconds, _uniform):
    return seconds


def _lognormal(mu, spread, uniform):
    normal = NormalDist()
    return math.exp(mu + spread * normal.inv_cdf(uniform) / normal.inv_cdf(0.99))


def _mostly(values, share, uniform):
    if uniform < share or len(values) == 1:
        return values[0]
    place = (uniform - share) / (1 - share) * (len(values) - 1)
    return values[1 + int(place)]


def uniform(*of: object) -> float:
    """Return a number between 0 and 1, neither of them, as a function of what is given."""
    digest = blake2b(repr(of).encode(), digest_size=6).digest()
    return (int.from_bytes(digest) + 0.5) / 2**48


@dataclass(frozen=True)
class Request:
    """One request for a completion."""

    path: str
    headers: Mapping[str, str]
    """By names in lower case."""
    body: Mapping[str, Any]
    fingerprint: str
    attempt: int = 1
    """1 for the first request of this fingerprint, 2 for the next."""

    @property
    def index(self) -> int | None:
        """The body's `seed`: a run with seed 0 gives branch i the seed i."""
        return self.body.get("seed")

    @property
    def model(self) -> str:
        return str(self.body.get("model"))

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))


Decision = Fault | str | Reply | Answer | None
"""A fault or its name, a text of one's own, any HTTP answer; None for a good answer."""


@dataclass(frozen=True)
class Table:
    """A plan by hand: decisions by a request's `seed`, or else by its model.

    A list is dealt by attempt, and what comes after its end is answered well.
    """

    rows: Mapping[int | str, Decision | Sequence[Decision]]

    def __call__(self, request: Request) -> Decision:
        row = self.rows.get(request.index, self.rows.get(request.model))
        if isinstance(row, (list, tuple)):
            return row[request.attempt - 1] if request.attempt <= len(row) else None
        return row


_NO_LATENCY = constant(0)
_MOSTLY_42 = mostly(42, 41)


@dataclass(frozen=True)
class Plan:
    """How a server answers. What goes to a process of its own must be picklable."""

    seed: int = 0
    """Of faults and latencies. Good answers don't depend on it."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """Shares of faults by name; what is left is answered well."""
    by_hand: Callable[[Request], Decision] | None = None
    """Decides in place of `faults`."""
    latency: Callable[[float], float] = _NO_LATENCY
    """From a uniform number to the seconds before an answer (or its fault) begins."""
    answers: Callable[[float], object] = _MOSTLY_42
    """From a uniform number to what stands behind `Answer:`."""
    words: int = 12
    """Of working before the answer; other seeds, other words."""
    synthesizers: tuple[str, ...] = ("synth",)
    """Models that answer with what their prompt says most often behind `Answer:`."""
    gap: float = 0
    """Seconds between the events of a stream."""
    drip: float = 0.001
    slow: float = 0.05
    heard: Callable[[Request], bool] | None = None
    """Whether a client has read of the half that it gets before a reset; without it,
    it has in `slow` seconds."""
    retry_after: float = 1
    window: int = 4096
    """What `/v1/models` and `/tokenize` tell as `max_model_len`."""
    models: tuple[str, ...] = ("m", "synth")
    lists: bool = True
    """Whether there is a `/v1/models`; else it is a 404."""
    tokenizes: bool = True
    """Whether there is a `/tokenize`; else it is a 404."""

    def __post_init__(self) -> None:
        for name in self.faults:
            Fault(name)
        if sum(self.faults.values()) > 1 + 1e-9:
            msg = f"faults: the shares add up to {sum(self.faults.values())}, above 1"
            raise ValueError(msg)

    def decide(self, request: Request) -> Decision:
        """Return what a request gets."""
        if self.by_hand is not None:
            told = self.by_hand(request)
            return Fault(told) if isinstance(told, str) else told
        left = uniform(self.seed, request.fingerprint, request.attempt, "fault")
        for name, share in self.faults.items():
            left -= share
            if left < 0:
                return Fault(name)
        return None

    def seconds(self, request: Request) -> float:
        """Return the latency of what a request gets."""
        of = uniform(self.seed, request.fingerprint, request.attempt, "latency")
        return self.latency(of)

    def good(self, request: Request) -> Reply:
        """Return a good answer: the same for every attempt."""
        prompt = json.dumps(request.body.get("messages"))
        if request.model in self.synthesizers:
            found = Counter(_ANSWER.findall(prompt)).most_common(1)
            answer = found[0][0] if found else "none"
            of = blake2b(prompt.encode(), digest_size=8).hexdigest()
        else:
            of = request.fingerprint
            answer = self.answers(uniform(of, "answer"))
        working = " ".join(Random(of).choices(_WORDS, k=self.words))  # noqa: S311  for show
        text = f"{working} ({of[:8]}).\nAnswer: {answer}"
        read, written = estimate(prompt), estimate(text)
        usage = {"prompt_tokens": read, "completion_tokens": written}
        return Reply(text, usage=usage | {"total_tokens": read + written})


def estimate(text: str) -> int:
    """Return about how many tokens a text has."""
    return -(-len(text) // 4)


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return a hash of a request's messages, seed and model."""
    of = [body.get("messages"), body.get("seed"), body.get("model")]
    return blake2b(json.dumps(of).encode(), digest_size=8).hexdigest()


@dataclass
class Entry:
    """What became of one request."""

    path: str
    model: str | None = None
    index: int | None = None
    """The body's `seed`."""
    attempt: int = 1
    fingerprint: str = ""
    fault: str | None = None
    streams: bool = False
    connection: int = 0
    """The number of the connection that it came on, from 1."""
    seconds: float | None = None
    """From arrival to the end; None while it is open."""
    disconnected: float | None = None
    """Seconds from arrival until the client left, if it left before the end."""
    sent: bool = False
    """Whether all of the answer was sent, be it a faulty one."""


class _Watched:
    """What a server tells of itself, from wherever it runs."""

    url: str

    def told(self, path: str) -> Any:
        raise NotImplementedError

    @property
    def log(self) -> list[Entry]:
        """The requests by now, in the order of arrival.

        A client may have its answer a moment before that stands here: see `settled`.
        """
        return [Entry(**entry) for entry in self.told("/_log")]

    @property
    def completions(self) -> list[Entry]:
        """The same without `/tokenize` and the like."""
        return [entry for entry in self.log if entry.path == CHAT]

    @property
    def count(self) -> int:
        """How many requests have come."""
        return self.told("/_counts")["count"]

    @property
    def open(self) -> int:
        """How many requests are open now."""
        return self.told("/_counts")["open"]

    @property
    def peak(self) -> int:
        """The most requests that were open at one time."""
        return self.told("/_counts")["peak"]

    @property
    def connections(self) -> int:
        """How many connections are open now, idle ones among them."""
        return self.told("/_counts")["connections"]

    def wait(self, holds: Callable[[Self], bool], seconds: float = PATIENCE) -> None:
        """Return once `holds(server)` does.

        Raises:
            TimeoutError: It doesn't within `seconds`.
        """
        end = time.monotonic() + seconds
        while not holds(self):
            if time.monotonic() > end:
                msg = f"in vain for {seconds:g} s: {self.told('/_counts')}"
                raise TimeoutError(msg)
            time.sleep(0.002)

    async def until(self, holds: Callable[[Self], bool], seconds: float = PATIENCE) -> None:
        """Wait likewise, while the running loop goes on."""
        await asyncio.to_thread(self.wait, holds, seconds)

    async def settled(self, seconds: float = PATIENCE) -> list[Entry]:
        """Wait until no request is open; return those for completions.

        Raises:
            TimeoutError: One is, still.
        """
        await self.until(lambda server: not server.open, seconds)
        return self.completions


class Faulty(_Watched):
    """Serves by a plan, or by a function from request to decision, while in its `with`.

    It has a thread and a loop of its own. Whatever hangs ends with it. A mistake in a
    plan by hand is raised at the end of the `with`.
    """

    def __init__(self, plan: Plan | Callable[[Request], Decision] | None = None) -> None:
        self.plan = plan if isinstance(plan, Plan) else Plan(by_hand=plan)
        self._log: list[Entry] = []
        self._seen = Counter[str]()
        self._open = self._peak = self._connections = 0
        self._tasks = set[asyncio.Task[None]]()
        self._ready = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(PATIENCE)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._error and kind is None:
            raise self._error

    @staticmethod
    @contextmanager
    def in_process(
        plan: Plan | Callable[[Request], Decision] | None = None,
    ) -> Iterator[Remote]:
        """Serve from a process of its own; its descriptors and memory are not ours."""
        path = os.pathsep.join([str(_HERE), str(_HERE.parent), *sys.path])
        with subprocess.Popen(
            [sys.executable, "-c", "import faulty; faulty.serve()"],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as child:
            pickle.dump(plan, child.stdin)
            child.stdin.flush()
            yield Remote(child.stdout.readline().decode().strip(), child.pid)
        # Its standard input has been closed, which ends it.
        if child.returncode:
            msg = f"the server ended with {child.returncode}; its words are on stderr"
            raise RuntimeError(msg)

    @property
    def log(self) -> list[Entry]:
        return list(self._log)

    def told(self, path: str) -> Any:
        if path == "/_log":
            return [vars(entry) for entry in self._log]
        return {
            "count": len(self._log),
            "open": self._open,
            "peak": self._peak,
            "connections": len(self._tasks),
        }

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=4096)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._stop.wait()
        server.close()
        left = [*self._tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left)

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        self._connections += 1
        wire, number = Wire(reader, writer), self._connections
        try:
            while wire.keeps:
                _, path, headers, content = await wire.request()
                if path.startswith("/_"):
                    await wire.send(document(self.told(path)))
                    continue
                body = json.loads(content) if content else {}
                await self._exchange(wire, path, headers, body, number)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server ends
        except Exception as error:  # noqa: BLE001  told at the end
            self._error = error
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, wire, path, headers, body, number) -> None:
        entry = Entry(path, body.get("model"), body.get("seed"), connection=number)
        began = time.perf_counter()
        self._log.append(entry)
        self._open += 1
        self._peak = max(self._peak, self._open)
        try:
            if path == CHAT:
                entry.sent = await self._complete(wire, entry, path, headers, body)
            else:
                entry.sent = await wire.send(self._page(path, body))
        except ConnectionError:
            entry.disconnected = time.perf_counter() - began
            raise
        finally:
            entry.seconds = time.perf_counter() - began
            self._open -= 1

    async def _complete(self, wire, entry, path, headers, body) -> bool:
        plan, of = self.plan, fingerprint(body)
        self._seen[of] += 1
        request = Request(path, headers, body, of, self._seen[of])
        entry.fingerprint, entry.attempt = of, request.attempt
        entry.streams = request.streams
        told = plan.decide(request)
        fault = told if isinstance(told, Fault) else None
        entry.fault = fault and str(fault)
        answer = told
        if isinstance(told, Reply):
            answer = told.answer(request)
        elif not isinstance(told, Answer):
            answer = answer_of(fault, plan.good(request), request, plan)
        after = answer.after if answer else None
        await wire.pause(plan.seconds(request) if after is None else after)
        if fault:
            return await wire.fail(fault, answer, request, plan)
        return await wire.send(answer, plan.gap)

    def _page(self, path: str, body: Mapping[str, Any]) -> Answer:
        plan = self.plan
        if path == "/v1/models" and plan.lists:
            served = [{"id": name, "max_model_len": plan.window} for name in plan.models]
            return document({"object": "list", "data": served})
        if path == "/tokenize" and plan.tokenizes:
            text = body.get("prompt") or json.dumps(body.get("messages", ""))[1:-1]
            parts = [text[place : place + 4] for place in range(0, len(text), 4)]
            told = {"count": len(parts), "max_model_len": plan.window}
            told["tokens"] = list(range(len(parts)))
            if body.get("return_token_strs"):
                told["token_strs"] = parts
            return document(told)
        return failing(404, "Not Found")


class Remote(_Watched):
    """A server in a process of its own, seen from here."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid

    def told(self, path: str) -> Any:
        opener = build_opener(ProxyHandler({}))
        with opener.open(self.url.removesuffix("/v1") + path, timeout=PATIENCE) as answer:
            return json.load(answer)


def serve() -> None:
    """Serve in this process by the plan on its standard input, until that ends."""
    with Faulty(pickle.load(sys.stdin.buffer)) as server:  # noqa: S301  of our parent
        print(server.url, flush=True)  # noqa: T201  to our parent
        sys.stdin.buffer.read()


@cache
def refused_url() -> str:
    """Return an address where nobody listens, nor will while this process lives."""
    taken = socket()
    taken.bind(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    taken.detach()  # bound for good, and no object that warns at the end
    return f"http://127.0.0.1:{port}/v1"
