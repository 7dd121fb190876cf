"""llama.cpp beside the process: shared, quiet, private, and gone when it ends."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clock import PATIENCE

from a2r_graph.extras import install
from a2r_graph.models import embedded, llama_server
from a2r_graph.models.download import model_file
from a2r_graph.models.embedded import Endpoint, serve, stop_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow
WORK = 10 * PATIENCE  # seconds for what the model does, on a CPU that is not its own

STORY = {
    "messages": [{"role": "user", "content": "Tell a long story."}],
    "max_tokens": 6000,
    "ignore_eos": True,
    "stream": True,
}


@pytest.fixture(scope="session")
def model() -> Path:
    return model_file()


@pytest.fixture(scope="module")
def running(model: Path) -> Iterator[Endpoint]:
    """Yield the real server, with all its slots."""
    yield serve(model)
    stop_all()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers take little memory."""
    monkeypatch.setattr(embedded, "WINDOW", 512)


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Iterator[Path]:
    """Yield the model under another name, and stop what serves it."""
    path = tmp_path / "copy.gguf"
    shutil.copy(model, path)
    yield path
    if server := embedded._servers.pop((os.getpid(), path.resolve()), None):
        server.stop()


def ask(at: Endpoint, path: str, **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {at.api_key}", **options.pop("headers", {})}
    with httpx.Client(base_url=at.url, trust_env=False, timeout=WORK) as client:
        method = "POST" if "json" in options else "GET"
        return client.request(method, path, headers=headers, **options)


def chat(at: Endpoint, text: str, **options: Any) -> httpx.Response:
    messages = [{"role": "user", "content": text}]
    body = {"messages": messages, "max_tokens": 8, **options}
    return ask(at, "/v1/chat/completions", json=body)


def process_of(path: Path) -> subprocess.Popen[bytes] | None:
    server = embedded._servers.get((os.getpid(), path.resolve()))
    return server.process if server else None


def wait_for(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    end = time.monotonic() + seconds
    while not (told := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return told


def listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/health", trust_env=False, timeout=PATIENCE)
    except httpx.TransportError:
        return False
    return True


# What it serves


def test_the_model_answers_under_its_own_name(running: Endpoint) -> None:
    told = chat(running, "What is 2+2?").raise_for_status().json()
    assert told["choices"][0]["message"]["content"]
    assert told["model"] == running.model == "SmolLM2-135M-Instruct.Q4_1"


def test_every_slot_has_the_whole_window(running: Endpoint) -> None:
    assert (running.window, running.slots) == (8192, 8)
    over = chat(running, "word " * 9000)
    assert over.status_code == httpx.codes.BAD_REQUEST
    assert over.json()["error"]["n_ctx"] == running.window


def test_eight_long_branches_fill_their_slots_without_a_failure(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "WINDOW", 256)
    at = serve(copy)
    with ThreadPoolExecutor(at.slots) as pool:
        long = {"max_tokens": 20, "ignore_eos": True}
        jobs = [
            pool.submit(chat, at, f"{i} " + "word " * 190, **long) for i in range(at.slots)
        ]
    spent = [job.result().json()["usage"]["total_tokens"] for job in jobs]
    assert all(0.9 * at.window < tokens <= at.window for tokens in spent)


def test_more_requests_than_slots_queue_and_all_are_answered(running: Endpoint) -> None:
    with ThreadPoolExecutor(24) as pool:
        jobs = [pool.submit(chat, running, f"{i}?", max_tokens=2) for i in range(24)]
    assert {job.result().status_code for job in jobs} == {httpx.codes.OK}


@pytest.mark.usefixtures("small")
def test_a_window_never_exceeds_what_the_model_was_trained_with(copy: Path) -> None:
    key = b"llama.context_length" + (4).to_bytes(4, "little")  # of type uint32
    content = copy.read_bytes()
    at = content.index(key) + len(key)
    copy.write_bytes(content[:at] + (256).to_bytes(4, "little") + content[at + 4 :])
    assert serve(copy).window == 256


# Who may use it


def test_only_the_key_opens_it_and_only_on_loopback(running: Endpoint) -> None:
    assert running.url.startswith("http://127.0.0.1:")
    for path in ("/v1/models", "/props", "/slots", "/lora-adapters"):
        told = ask(running, path, headers={"Authorization": "Bearer wrong"})
        assert told.status_code == httpx.codes.UNAUTHORIZED


def test_no_user_interface_no_slots_and_no_web_page_may_read(running: Endpoint) -> None:
    assert ask(running, "/").status_code == httpx.codes.NOT_FOUND
    assert ask(running, "/slots").status_code == httpx.codes.NOT_IMPLEMENTED
    told = ask(running, "/v1/models", headers={"Origin": "http://page.example"})
    assert told.headers["access-control-allow-origin"] == ""


def test_the_key_is_in_no_repr_and_in_no_command_line(
    running: Endpoint, model: Path
) -> None:
    assert running.api_key not in repr(running)
    process = process_of(model)
    assert process is not None
    assert running.api_key not in str(process.args)


# Once


@pytest.mark.usefixtures("small")
def test_threads_that_ask_at_once_share_one_server(copy: Path) -> None:
    gate = threading.Barrier(6)

    def go(_: int) -> Endpoint:
        gate.wait()
        return serve(copy)

    with ThreadPoolExecutor(6) as pool:
        told = set(pool.map(go, range(6)))
    assert len(told) == 1
    link = copy.with_name("link.gguf")
    link.symlink_to(copy)
    assert serve(link) in told


@pytest.mark.usefixtures("small")
def test_a_server_that_died_is_started_anew(copy: Path) -> None:
    first = serve(copy)
    process = process_of(copy)
    assert process is not None
    process.kill()
    process.wait()
    again = serve(copy)
    assert again != first
    assert chat(again, "Hi").status_code == httpx.codes.OK


@pytest.mark.usefixtures("small")
def test_a_server_that_is_starting_can_be_stopped(copy: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(serve, copy)
        assert wait_for(lambda: process_of(copy) is not None)
        embedded._servers.pop((os.getpid(), copy.resolve())).stop()
        with pytest.raises(RuntimeError, match=r"ended .* before it had loaded"):
            job.result(timeout=PATIENCE)


# What can't be served


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda content: content[: len(content) // 2], "not within the file bounds"),
        (lambda content: content[:1000], "failed to load model"),
        (lambda content: content[:24] + bytes(400) + content[424:], "failed to load"),
    ],
)
def test_a_truncated_or_damaged_model_is_named_with_llama_cpps_reason(
    copy: Path, damage: Callable[[bytes], bytes], why: str
) -> None:
    copy.write_bytes(damage(copy.read_bytes()))
    assert model_file(str(copy)) == copy  # its first bytes are those of a GGUF
    with pytest.raises(ValueError, match=rf"can't load '.*copy\.gguf'.*{why}.*; fetch"):
        serve(copy)
    with pytest.raises(ValueError, match="can't load"):
        serve(copy)


def test_a_child_that_crashes_is_a_clear_error(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os; print('boom', flush=True); os.abort()")
    monkeypatch.setattr(llama_server, "__file__", str(crash))
    with pytest.raises(RuntimeError, match=r"exit code -6\).*for lack of memory"):
        serve(copy)


def test_a_missing_extra_is_told_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=re.escape(install("local"))):
        serve(Path("any.gguf"))


def test_a_system_library_that_is_missing_is_named(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('libgomp.so.1: no')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ImportError, match=r"libgomp\.so\.1: no.*libgomp1"):
        serve(copy)


@pytest.mark.parametrize(
    ("limit", "cpus"), [("50000 100000", 1), ("100000 100000", 1), ("max 100000", None)]
)
def test_a_containers_limit_bounds_the_threads(
    monkeypatch: pytest.MonkeyPatch, limit: str, cpus: int | None
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_: limit)
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else None
    assert llama_server.usable_cpus() == (cpus or allowed or os.cpu_count())


# How it ends: seen from outside, in a process of its own

ASYNC = """
    async def one(client):
        async with client.stream("POST", "/v1/chat/completions", json=STORY) as told:
            async for _ in told.aiter_lines():
                print("token", flush=True)

    async def main():
        async with httpx.AsyncClient(**OPTIONS) as client:
            await asyncio.gather(*(one(client) for _ in range(12)))

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
"""

SYNC = """
    try:
        with httpx.Client(**OPTIONS) as client:
            with client.stream("POST", "/v1/chat/completions", json=STORY) as told:
                for _ in told.iter_lines():
                    print("token", flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
"""

THREADS = """
    def one():
        with contextlib.suppress(httpx.TransportError):
            httpx.Client(**OPTIONS).post("/v1/chat/completions", json=WHOLE)

    def start(count):
        for _ in range(count):
            threading.Thread(target=one, daemon=True).start()

    try:
        start(7)  # the eighth slot is left
        short = {**WHOLE, "max_tokens": 1}
        httpx.Client(**OPTIONS).post("/v1/chat/completions", json=short)
        start(5)
        print("token", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.exit(130)
"""


def script(model: Path, body: str) -> subprocess.Popen[str]:
    head = f"""
        import asyncio, contextlib, os, sys, threading
        import httpx
        from pathlib import Path
        from a2r_graph.models import embedded
        from a2r_graph.models.embedded import serve, stop_all

        embedded.WINDOW = 1024
        STORY = {STORY!r}
        WHOLE = {{**STORY, "stream": False}}
        at = serve(Path({str(model)!r}))
        OPTIONS = dict(base_url=at.url, trust_env=False, timeout={WORK},
                       headers={{"Authorization": f"Bearer {{at.api_key}}"}})
        print(at.url, flush=True)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(head) + textwrap.dedent(body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("body", [ASYNC, SYNC, THREADS])
def test_ctrl_c_in_the_middle_of_generation_ends_both_promptly_and_quietly(
    model: Path, body: str
) -> None:
    with script(model, body) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert process.stdout.readline() == "token\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert time.monotonic() - began < 15
    assert errors == ""
    assert process.returncode == 130
    assert not listens(url)


def test_a_process_that_simply_ends_prints_nothing_of_llama_cpps(model: Path) -> None:
    body = """
        json = {**WHOLE, "max_tokens": 4}
        httpx.Client(**OPTIONS).post("/v1/chat/completions", json=json).raise_for_status()
    """
    with script(model, body) as process:
        said, errors = process.communicate(timeout=WORK)
    assert (process.returncode, errors) == (0, "")
    assert len(said.splitlines()) == 1
    assert not listens(said.strip())


def test_a_process_that_is_killed_leaves_no_server_behind(model: Path) -> None:
    with script(model, "    threading.Event().wait()") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert listens(url)
        process.kill()
    assert wait_for(lambda: not listens(url))


def test_a_fork_that_ends_leaves_its_parents_server_running(model: Path) -> None:
    body = """
        if (child := os.fork()) == 0:
            stop_all()
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        httpx.Client(**OPTIONS).get("/health").raise_for_status()
    """
    with script(model, body) as process:
        said, errors = process.communicate(timeout=WORK)
    assert (process.returncode, errors) == (0, "")
    assert not listens(said.strip())
