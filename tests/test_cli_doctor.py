"""The command `a2r doctor`, run as its users run it."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from server import completion, failing
from typer.testing import CliRunner
from vllm_like import VLLM, document

from a2r_graph.cli.commands import app

pty = pytest.importorskip("pty")

DOCTOR = (sys.executable, "-m", "a2r_graph.cli", "doctor")
ROOMY = ("-c", "max_tokens=1024")
COLORS = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


def doctor(*words, **environment):
    return subprocess.run(
        [*DOCTOR, *words],
        capture_output=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def on_a_terminal(*words, **environment):
    """Run on a pseudo-terminal; return the exit code and all that was written to it."""
    pid, terminal = pty.fork()
    if pid == 0:  # the child, whose stdin, stdout and stderr are the terminal
        size = {"LINES": "20", "COLUMNS": "40", "TERM": "xterm"}
        os.execve(DOCTOR[0], [*DOCTOR, *words], {**os.environ, **size, **environment})  # noqa: S606
    written = b""
    try:
        while select.select([terminal], [], [], 60)[0]:
            written += os.read(terminal, 65536)
    except OSError:
        pass  # Linux: the child has closed its side
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode()


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.mark.usefixtures("measured")
def test_all_right_is_a_heading_a_line_for_each_finding_and_0():
    with VLLM() as server:
        done = doctor("-e", "vllm:m", "--base-url", server.url, *ROOMY)
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert lines[0] == f"explorer and synthesizer: vllm:m at {server.url}"
    assert lines[3] == "ok       version    vLLM 0.32.0"
    assert len(lines) == 13
    assert all(line.startswith("ok       ") for line in lines[1:])
    assert "\x1b" not in done.stdout.decode()


def test_a_warning_is_1_an_error_2_and_each_model_has_its_heading():
    with VLLM() as server, VLLM(__version=None) as gateway:
        good, behind = f"vllm:m@{server.url}", f"vllm:m@{gateway.url}"
        warned = doctor("-e", good, "-s", behind, *ROOMY)
        nowhere = f"vllm:m@http://127.0.0.1:{closed_port()}/v1"
        broken = doctor("-e", good, "-e", nowhere, *ROOMY)
    text = warned.stdout.decode()
    assert warned.returncode == 1
    assert text.startswith(f"explorer: vllm:m at {server.url}\n")
    assert f"\n\nsynthesizer: vllm:m at {gateway.url}\n" in text
    assert "\nwarning  version    /version answered 404" in text
    assert broken.returncode == 2
    assert "\nerror    reach      http://127.0.0.1:" in broken.stdout.decode()


def test_json_is_one_document_in_ascii_and_nothing_else():
    listing = document({"data": [{"id": "\u6a21\u578b", "max_model_len": 9}]})
    with VLLM(__v1__models=listing) as server:
        done = doctor("-e", "vllm:m", "--base-url", server.url, "--json")
    assert (done.returncode, done.stderr) == (2, b"")
    assert done.stdout.isascii()
    told = json.loads(done.stdout)
    assert told["exit_code"] == 2
    (model,) = told["models"]
    findings = model.pop("findings")
    assert model == {
        "role": "explorer and synthesizer",
        "model": "vllm:m",
        "url": server.url,
    }
    assert [finding["level"] for finding in findings] == ["ok", "error"]
    assert set(findings[1]) == {"level", "check", "message"}
    assert "\u6a21\u578b" in findings[1]["message"]


def test_a_server_that_is_not_there_is_asked_about_by_the_option_that_names_it():
    at = "http://127.0.0.1:9/v1"
    for words, option in (
        (("-e", f"vllm:m@{at}"), "vllm:m@URL"),
        (("-e", "vllm:m", "--base-url", f"{at}/"), "--base-url"),
        (("-e", "vllm:m"), "--base-url or VLLM_BASE_URL"),
    ):
        done = doctor(*words, VLLM_BASE_URL=at)
        said = done.stdout.decode()
        assert done.returncode == 2
        assert f"error    reach      {at}/models: Cannot connect" in said
        assert f"is the server up, and is this its address ({option})?" in said


def test_keys_and_passwords_are_printed_nowhere():
    def complete(body):
        return failing(400, "hunter-2-hunter, really?")

    with VLLM(__v1__chat__completions=complete) as server:
        url = server.url.replace("//", "//me:pass-phrase@")
        words = ("-e", "vllm:m", "--base-url", url)
        for more in ((), ("--json",)):
            done = doctor(*words, *more, VLLM_API_KEY="hunter-2-hunter")
            said = (done.stdout + done.stderr).decode()
            assert done.returncode == 2
            assert "really?" in said
            assert "hunter-2" not in said
            assert "pass-phrase" not in said


def test_the_key_comes_from_the_environment():
    with VLLM(key="right") as server:
        words = ("-e", "vllm:m", "--base-url", server.url, *ROOMY)
        assert doctor(*words, VLLM_API_KEY="right").returncode == 0
        wrong = doctor(*words, VLLM_API_KEY="wrong-key")
    assert wrong.returncode == 2
    assert "answered 401" in wrong.stdout.decode()


def test_a_terminal_gets_colors_unless_it_is_told_not_to_and_no_line_is_broken():
    with VLLM(__version=None) as server:
        words = ("-e", "vllm:m", "--base-url", server.url, *ROOMY)
        code, colored = on_a_terminal(*words)
        plain = on_a_terminal(*words, NO_COLOR="1")[1]
        also = on_a_terminal(*words, "--no-color")[1]
    assert code == 1
    assert "\x1b[33mwarning \x1b[0m version" in colored
    assert not COLORS.search(plain + also)
    assert len(also.splitlines()) == 13


def test_what_a_server_says_reaches_no_terminal_as_markup_or_control_codes():
    evil = "[red]x[/] \x1b[31m\x07\n\x9b2Jn\ud800"
    listing = document({"data": [{"id": evil}]})
    with VLLM(__v1__models=listing, __version=document({"version": evil})) as server:
        code, written = on_a_terminal("-e", "vllm:m", "--base-url", server.url)
    assert code == 2
    assert "[red]x[/]" in written
    assert "\x07" not in written
    assert "\x9b" not in written
    assert "\x1b[31m\\" not in written
    assert len(written.splitlines()) == 3


def test_ctrl_c_ends_with_130_promptly_and_without_a_traceback():
    asked, free = threading.Event(), threading.Event()

    def complete(body):
        asked.set()
        free.wait(30)
        return completion()

    with VLLM(__v1__chat__completions=complete) as server:
        process = subprocess.Popen(
            [*DOCTOR, "-e", "vllm:m", "--base-url", server.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert asked.wait(30)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == (b"", b"")
        assert time.monotonic() - began < 15
        free.set()
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nope"], "No such option: --nope"),
        (["--n", "0"], "n: 0 is not allowed"),
        (["-c", "n"], "'n' is not KEY=VALUE"),
        (["-c", "nope=3"], "nope: unknown setting; known are n, "),
        (["-c", "min_references=9"], "at most n, which is 8"),
        (["-e", "foo"], "explorer: 'foo' is not provider:model, as in 'vllm:"),
        (["-e", "nope:m"], "unknown provider 'nope'"),
        (["-s", "gpt"], "synthesizer: 'gpt' is not provider:model"),
        (["-e", "openai:gpt-4o-mini"], "OPENAI_API_KEY"),
        (["-e", "local:/no/such.gguf"], "'/no/such.gguf' does not exist"),
        (["-e", "vllm:m", "--base-url", "me"], "'me' is no address"),
        (["--base-url", "http://h/v1"], "'local:' is none"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_wrong(words, said, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = CliRunner().invoke(app, ["doctor", *words])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.slow
def test_the_embedded_model_is_asked_once():
    done = doctor()
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0] == "explorer and synthesizer: local:"
    assert [line.split()[:2] for line in lines[1:]] == [["ok", "call"], ["ok", "usage"]]
    assert done.stderr.decode() == "a2r: starting the embedded model ...\n"
