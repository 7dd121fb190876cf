"""The command `a2r`, run as its users run it."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from rich.console import Console
from server import Server, completion, failing, streamed
from typer.testing import CliRunner

from a2r_graph import __version__, cli
from a2r_graph.cli import text, views
from a2r_graph.cli.commands import app
from a2r_graph.cli.job import Job
from a2r_graph.cli.live import LiveView
from a2r_graph.extras import install

A2R = (sys.executable, "-m", "a2r_graph.cli")
SHORT = ("--n", "2", "-c", "max_tokens=24", "-c", "synthesizer_max_tokens=24")
QUESTION = "What is 17 + 5?"
COLORS = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
ASKED = threading.Event()  # whether the model that is slow has been
EVIL = "[red]x[/red] [/] \x1b[31m\x07\x9b2Jn\ud800ot \\boxed{[b]7\x1b]0;t\x07}"


def plan(number, path, body):  # noqa: PLR0911  one reply for each fault
    """Answer as vLLM does; what the model is called says what its fault is."""
    if path == "/tokenize":
        texts = json.dumps(body.get("messages") or body.get("prompt"))
        reply = {"count": len(texts) // 4, "max_model_len": 4096}
        return 200, {"content-type": "application/json"}, json.dumps(reply).encode()
    match body["model"]:
        case "slow":
            ASKED.set()
            time.sleep(30)
        case "other":
            text = "Answer: 41"
            stream = body.get("stream")
            return streamed({"content": text}) if stream else completion(text)
        case "broken":
            return failing(400, "no such thing")
        case "evil":
            deltas = [{"content": piece} for piece in EVIL]
            return streamed(*deltas) if body.get("stream") else completion(EVIL)
        case "torn" if body.get("stream"):
            return streamed({"content": "The ans"}, finish=None)
        case "thinking" if body.get("stream"):
            pieces = ["<thi", "nk>No, ", "41", "</think>", "It is ", "42."]
            return streamed(*({"content": piece} for piece in pieces))
    if body.get("stream"):
        return streamed({"content": "It "}, {"content": "is 42."})
    return completion("Answer: 42")


@pytest.fixture(scope="module")
def served():
    with Server(plan) as server:
        yield server.url


def a2r(*words, stdin="", **environment):
    return subprocess.run(
        [*A2R, *words],
        input=stdin.encode(),
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


def on_a_terminal(*words, size=(40, 80), **environment):
    """Run on a pseudo-terminal; return the exit code and all that was written to it."""
    pid, terminal = pty.fork()
    if pid == 0:  # the child, whose stdin, stdout and stderr are the terminal
        size = {"LINES": str(size[0]), "COLUMNS": str(size[1]), "TERM": "xterm"}
        os.execve(A2R[0], [*A2R, *words], {**os.environ, **size, **environment})  # noqa: S606
    written = b""
    try:
        while select.select([terminal], [], [], 120)[0]:
            written += os.read(terminal, 65536)
    except OSError:
        pass  # Linux: the child has closed its side
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode()


def without_escapes(screen):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen).replace("\r\n", "\n")


def report_of(document):
    assert set(document) == {"answer", "a2r"}
    assert document["answer"]
    return document["a2r"]


# --- on the embedded model


@pytest.mark.slow
@pytest.mark.usefixtures("measured")
def test_where_stdout_is_no_terminal_the_answer_alone_is_on_it_and_the_rest_on_stderr():
    done = a2r("ask", QUESTION, *SHORT)
    lines = done.stderr.decode()
    assert done.returncode == 0, done.stderr
    branch = r"explorer [01] \(local:\): ok, \d+\.\d s, \d+ tokens, answer .+\n"
    counts = r"votes: .+\n(1 reference shown, 1 collapsed.*|2 references shown)\n"
    usage = r"3 calls; \d+ tokens in, \d+ out; \d+\.\d s \(exploring .*\)\n"
    differs = r"(the vote says .+\n)?"
    began = r"a2r: starting the embedded model \.\.\.\n"
    assert re.fullmatch(rf"{began}({branch}){{2}}{counts}{differs}{usage}", lines)
    assert not CONTROLS.search(lines)
    answer = done.stdout.decode()
    assert answer.strip()
    assert "explorer" not in answer
    assert "tokens in" not in answer


@pytest.mark.slow
def test_json_is_one_document_of_answer_and_report_and_reads_stdin():
    done = a2r("ask", "-", "--json", *SHORT, stdin="\ufeffWas ist 17 + 5? \U0001f600\n")
    assert done.returncode == 0, done.stderr
    report = report_of(json.loads(done.stdout))
    assert [r["index"] for r in report["references"]] == [0, 1]
    assert report["usage"]["total"]["calls"] == 3
    assert done.stderr == b""


@pytest.mark.slow
@pytest.mark.usefixtures("measured")
def test_a_terminal_ends_with_the_rows_the_votes_the_answer_and_its_cursor():
    code, written = on_a_terminal("ask", QUESTION, *SHORT)
    screen = without_escapes(written)
    assert code == 0, screen
    last = screen[screen.rindex("2 explorers (local:)") :]
    assert re.search(r"2 ok\s+branch +status +time +tokens +answer", last)
    assert re.search(r"^ +0  ok +\d+\.\d s +\d+  \S", last, re.MULTILINE)
    assert re.search(r"^ +1  ok +\d+\.\d s +\d+  \S", last, re.MULTILINE)
    assert re.search(r"^votes  .+\(\d\)", last, re.MULTILINE)
    assert re.search(r"answer by local: ─+\n(.|\n)*\w(.|\n)*\n3 calls; ", last)
    assert all(len(line) <= 80 for line in last.splitlines())
    assert COLORS.search(written)
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


@pytest.mark.slow
def test_ctrl_c_amid_the_embedded_models_work_ends_it_at_once_and_its_child_too():
    process = subprocess.Popen(
        [*A2R, "ask", "Tell me a long story.", "-c", "max_tokens=4000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr.readline().startswith(b"a2r: starting")
    time.sleep(4)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert time.monotonic() - began < 15
    assert process.returncode == 130
    assert said == b""


# --- against a server


def test_quiet_prints_the_answer_alone(served):
    done = a2r("ask", "6 x 7?", "-q", "-e", "vllm:m", "--base-url", served)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"It is 42.\n", b"")


def test_several_explorers_are_dealt_and_a_failed_one_is_a_line(served):
    words = ("-e", "vllm:m", "-e", "vllm:broken", "-s", "vllm:m", "--base-url", served)
    done = a2r("ask", "6 x 7?", "--n", "4", *words)
    lines = done.stderr.decode()
    assert done.returncode == 0
    good = r"explorer [02] \(vllm:m\): ok, .* s, 5 tokens, answer 42\n"
    bad = r"explorer [13] .*: failed, .* s, bad request: .*no such thing"
    assert len(re.findall(good, lines)) == len(re.findall(bad, lines)) == 2
    assert "votes: 42 (2)\n1 reference shown, 1 collapsed" in lines
    assert done.stdout == b"It is 42.\n"


@pytest.mark.usefixtures("measured")
def test_a_run_that_failed_exits_with_1_and_says_why_in_words_and_in_json(served):
    words = ("ask", "x", "--n", "2", "-e", "vllm:broken", "--base-url", served)
    done = a2r(*words, "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["error"]["type"] == "ExplorationError"
    assert document["error"]["message"].startswith("0 of 2 explorer branches succeeded")
    assert [r["status"] for r in document["a2r"]["references"]] == ["failed"] * 2
    assert done.stderr.decode().startswith("a2r: 0 of 2 explorer branches succeeded")
    assert "Traceback" not in done.stderr.decode()


def test_a_thought_is_not_printed_and_a_torn_answer_is_replaced(served):
    words = ("-n", "1", "-e", "vllm:m", "--base-url", served)
    thinking = a2r("ask", "x", "-s", "vllm:thinking", *words)
    assert thinking.stdout == b"It is 42.\n"
    assert b"thi" not in thinking.stderr
    torn = a2r("ask", "x", "-s", "vllm:torn", "-c", "fallback=majority", *words)
    assert (torn.returncode, torn.stdout) == (0, b"Answer: 42\n")
    assert b"the majority's answer, for want of a synthesis" in torn.stderr


def test_a_line_says_where_vote_and_synthesis_differ_on_a_pipe_a_terminal_and_in_json(
    served,
):
    words = ("ask", "x", "-n", "3", "-e", "vllm:m", "-s", "vllm:other")
    words = (*words, "--base-url", served)
    line = "the vote says 42, 3 of 3; the synthesis 41"
    done = a2r(*words)
    assert done.stdout == b"Answer: 41\n"
    assert f"\n{line}\n" in done.stderr.decode()
    assert line in without_escapes(on_a_terminal(*words)[1])
    assert report_of(json.loads(a2r(*words, "--json").stdout))["note"] == line
    kept = (*words, "-c", "keep_majority=true")
    line += ": the vote's answer is kept"
    done = a2r(*kept)
    assert done.stdout == b"Answer: 42\n"
    assert f"\n{line}\n" in done.stderr.decode()
    screen = without_escapes(on_a_terminal(*kept, size=(40, 120))[1])
    both = screen[screen.rindex("answer by vllm:other") :]
    assert both.index("Answer: 41") < both.index(line) < both.index("answer by the vote")
    assert both.index("answer by the vote") < both.index("Answer: 42")
    document = json.loads(a2r(*kept, "--json").stdout)
    assert (document["answer"], document["a2r"]["note"]) == ("Answer: 42", line)
    assert document["a2r"]["set_aside"] == "Answer: 41"
    agreed = json.loads(a2r(*words[:-3], "vllm:m", *words[-2:], "--json").stdout)
    assert agreed["a2r"]["note"] is None


def test_only_the_default_embedded_model_is_kept_from_beating_its_vote(monkeypatch):
    small = Job("x", ["local:"], "local:", {"synthesizer_temperature": 0.7})
    calm = small.calmed().settings
    assert calm["keep_majority"] is True
    assert calm["synthesizer_temperature"] == 0.7
    assert replace(small, synthesizer="vllm:m").calmed().settings == small.settings
    assert replace(small, synthesizer="local:my.gguf").calmed().settings == small.settings
    monkeypatch.setenv("A2R_LOCAL_MODEL", "my.gguf")
    assert small.calmed().settings == small.settings


def test_model_output_reaches_no_terminal_as_markup_or_control_codes(served):
    words = ("ask", "[bold]x[/]", "-n", "1", "-e", "vllm:evil", "--base-url", served)
    code, written = on_a_terminal(*words)
    screen = without_escapes(written)
    assert code == 0, screen
    assert "[red]x[/red] [/] [31m2Jn" in screen
    assert "\x9b" not in written
    assert "\x1b]0;" not in written
    assert "\x07" not in written
    plain = a2r(*words)
    assert plain.returncode == 0
    assert not CONTROLS.search(plain.stdout.decode())


def test_no_color_leaves_no_color_on_a_terminal(served):
    words = ("ask", "x", "-n", "1", "-e", "vllm:m", "--base-url", served)
    assert not COLORS.search(on_a_terminal(*words, NO_COLOR="1")[1])


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    job = Job("x", ["vllm:m"], "vllm:m", {})
    assert isinstance(views.view_for(job, 8), views.PlainView)
    monkeypatch.setenv("TERM", "xterm")
    view = views.view_for(job, 8)
    assert isinstance(view, LiveView)
    assert view.console.no_color is False
    assert views.view_for(replace(job, color=False), 8).console.no_color is True


@pytest.mark.usefixtures("measured")
def test_ctrl_c_ends_with_130_promptly_and_without_a_traceback(served):
    words = ("ask", "x", "-e", "vllm:slow", "--base-url", served)
    process = subprocess.Popen(
        [*A2R, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert ASKED.wait(30)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == (b"", b"")
    assert time.monotonic() - began < 15
    assert process.returncode == 130


@pytest.mark.usefixtures("measured")
def test_a_reader_that_leaves_gets_no_traceback(served):
    process = subprocess.Popen(
        [*A2R, "ask", "x", "-q", "-n", "2", "-e", "vllm:m", "--base-url", served],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()
    process.stderr.close()


def test_a_server_that_is_not_there_is_named_with_a_way_out():
    words = ("-n", "2", "-e", "vllm:m", "-c", "attempts=1")
    done = a2r("ask", "x", *words, VLLM_BASE_URL="http://u:secret@127.0.0.1:9/v1")
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "connection: " in said
    assert "VLLM_BASE_URL (now http://***@127.0.0.1:9/v1) says where" in said
    assert "secret" not in said


DEAD, OTHER = (f"127.0.0.1:{port}/v1" for port in (9, 10))  # where nobody listens


@pytest.mark.parametrize(
    ("words", "variable", "hints"),
    [
        (
            ("-e", "vllm:m", "--base-url", f"http://u:secret@{DEAD}"),
            OTHER,
            [f"--base-url (now http://***@{DEAD}) says where"],
        ),
        (
            ("-e", f"vllm:m@http://secret@{DEAD}/"),
            OTHER,
            [f"vllm:m@URL (now http://***@{DEAD}) says where"],
        ),
        (
            ("-e", "vllm:m", "-e", f"vllm:k@http://{OTHER}", "-n", "4"),
            DEAD,
            [
                f"--base-url or VLLM_BASE_URL (now http://{DEAD}) says where",
                f"vllm:k@URL (now http://{OTHER}) says where",
            ],
        ),
        (
            ("-e", f"vllm:m@http://{DEAD}", "-e", f"vllm:m@http://{OTHER}"),
            "127.0.0.1:11/v1",
            [f"vllm:m@URL (now http://{at}) says where" for at in (DEAD, OTHER)],
        ),
    ],
)
def test_a_server_that_is_not_there_is_named_by_the_address_that_was_asked(
    words, variable, hints
):
    given = ("-n", "2", "-c", "attempts=1", *words)
    done = a2r("ask", "x", "-q", *given, VLLM_BASE_URL=f"http://{variable}")
    said = done.stderr.decode()
    assert done.returncode == 1
    assert re.findall(r"a2r: (.* says where) vllm: is served\n", said) == hints
    assert len(re.findall(r"\d of \d: connection: http://127", said)) == len(hints)
    assert "secret" not in said


def test_only_the_server_that_is_not_there_is_named(served):
    words = ("-e", f"vllm:m@{served}", "-s", f"vllm:m@http://{DEAD}")
    done = a2r("ask", "x", "-q", "-n", "1", "-c", "attempts=1", *words)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert f"the synthesizer failed: connection: http://{DEAD}/" in said
    assert f"a2r: vllm:m@URL (now http://{DEAD}) says where" in said
    assert served not in said


# --- without any model


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Usage: "),
        (["ask"], "Missing argument 'QUESTION'"),
        (["ask", "x", "--nope"], "No such option: --nope"),
        (["ask", ""], "the question is empty"),
        (["ask", " \n"], "the question is empty"),
        (["ask", "-"], "the question on stdin is empty"),
        (["ask", "x", "--n", "0"], "n: 0 is not allowed"),
        (["ask", "x", "--n", "-1"], "n: -1 is not allowed"),
        (["ask", "x", "--n", "5000"], "less than or equal to 4096"),
        (["ask", "x", "--n", "eight"], "n: 'eight' is not allowed"),
        (["ask", "x", "-c", "n"], "'n' is not KEY=VALUE"),
        (["ask", "x", "-c", "=3"], "'=3' is not KEY=VALUE"),
        (["ask", "x", "-c", "n=3", "-n", "4"], "n is given twice"),
        (["ask", "x", "-c", "nope=3"], "nope: unknown setting; known are n, "),
        (["ask", "x", "-c", "prompt=3"], "prompt: unknown setting"),
        (["ask", "x", "-c", "order=best"], "order: 'best' is not allowed"),
        (["ask", "x", "-c", "top_p=" + "[" * 100_000], "top_p: "),
        (["ask", "x", "-c", "min_references=9"], "at most n, which is 8"),
        (["ask", "x", "-e", "nope:m"], "unknown provider 'nope'"),
        (["ask", "x", "-s", "gpt"], "synthesizer: 'gpt' is not provider:model"),
        (["ask", "x", "-e", "openai:gpt-4o-mini"], "OPENAI_API_KEY"),
        (["ask", "x", "-e", "local:/no/such.gguf"], "'/no/such.gguf' does not exist"),
        (["ask", "x", "-e", "vllm:m", "--base-url", "me"], "'me' is no address"),
        (["ask", "x", "-e", "vllm:m", "--base-url", "u:p@me"], ": 'me' is no address"),
        (["ask", "x", "--base-url", "http://h/v1"], "'local:' is none"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_wrong(words, said, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_an_argument_that_is_no_utf_8_asks_all_the_same(served):
    words = (b"ask", b"caf\xe9?", b"-q", b"-n", b"1", b"-e", b"vllm:m", b"--base-url")
    done = subprocess.run(
        [*A2R, *words, served], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"It is 42.\n")


def test_graph_prints_the_drawing_without_the_extra_for_the_embedded_model():
    code = (
        "import sys\nsys.modules['xllamacpp'] = None\n"
        "from a2r_graph.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "graph"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "graph TD;" in done.stdout
    assert "explorer --> reduce;" in done.stdout


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("xllamacpp", ["ask", "x"]),
        ("xllamacpp", ["ask", "x", "-e", "local:mine.gguf", "--json"]),
        ("xllamacpp", ["ask", "x", "-e", "vllm:m", "-s", "local:"]),
        ("platformdirs", ["ask", "x", "-e", "local:"]),
        ("filelock", ["ask", "x", "-q"]),
        ("xllamacpp", ["doctor"]),
        ("platformdirs", ["doctor", "-e", "vllm:m", "-e", "local:", "--json"]),
        ("xllamacpp", ["eval", "x.jsonl"]),
        ("platformdirs", ["eval", "x.jsonl", "-e", "vllm:m", "--monolith", "local:"]),
    ],
)
def test_without_the_extra_for_the_embedded_model_one_line_says_so_at_once(
    missing, words, monkeypatch, tmp_path
):
    monkeypatch.delenv("A2R_LOCAL_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.jsonl").write_text('{"question": "6 x 7?", "answer": "42"}\n')
    monkeypatch.setitem(sys.modules, missing, None)
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"a2r: the local model needs its extra (no {missing}): {install('local')}\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_it_says_how_to_install_it(missing, monkeypatch, capsys):
    for name in [m for m in sys.modules if m.startswith("a2r_graph.cli.commands")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    said = f"a2r: the command line needs {missing}: {install('cli')}\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("module", ["a2r_graph", "a2r_graph.cli"])
def test_the_package_can_be_run_as_a_module(module):
    def run(*words, missing=()):
        code = (
            "import runpy, sys\n"
            f"sys.modules.update(dict.fromkeys({list(missing)}))\n"
            f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
        )
        return subprocess.run(
            [sys.executable, *(("-c", code) if missing else ("-m", module)), *words],
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"a2r {__version__}\n")
    done = run("ask", "")
    assert (done.returncode, done.stderr) == (2, "a2r: the question is empty\n")
    done = run("--version", missing=["typer"])
    said = f"a2r: the command line needs typer: {install('cli')}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_help_and_version_import_no_langgraph():
    code = (
        "import sys\nfrom a2r_graph.cli import main\n"
        "try: main()\nfinally: print('langgraph' in sys.modules, file=sys.stderr)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", code, option],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0
        assert done.stdout
        assert done.stderr == "False\n"


# --- the views by themselves


def usage(tokens):
    return {"input_tokens": tokens, "output_tokens": tokens, "calls": 1, "retries": 0}


def ended(index, answer="42", tokens=5):
    about = {"index": index, "model": "m", "seconds": 1.25, "usage": usage(tokens)}
    return {"event": "explorer_ended", **about, "answer": answer}


def started(index):
    return {"event": "explorer_started", "index": index, "model": "m"}


def stopped(index, kind="cancelled"):
    error = {"kind": kind, "message": "of its own"}
    return {**ended(index, tokens=None), "event": "explorer_failed", "error": error}


def reduced(votes, shown=1, duplicates=0, stopped_by="all", spellings=None):
    majority = next(iter(votes), None)
    about = {"votes": votes, "majority": majority, "shown": shown}
    about["spellings"] = spellings or {}
    end = {"stopped_by": stopped_by, "explored": 4}
    return {"event": "reduced", **about, "duplicates": duplicates, **end}


REPORT = {
    "synthesis": "model",
    "note": None,
    "references": [],
    "usage": {
        "synthesizer": usage(None),
        "total": {**usage(None), "calls": 3, "retries": 1},
    },
    "seconds": {"total": 2.0, "explorer": 1.5},
    "cost": None,
}


def live(n, height=24, models=("m",)):
    file = io.StringIO()
    console = Console(file=file, width=80, height=height, highlight=False)
    return LiveView(console, n, list(models), "m"), file


def test_unknown_figures_are_question_marks_and_never_zero(capsys):
    view = views.PlainView()
    view.event(ended(0, answer=None, tokens=None))
    view.event(reduced({}))
    view.done("It is.", REPORT)
    said = capsys.readouterr()
    assert said.out == "It is.\n"
    assert said.err == (
        "explorer 0 (m): ok, 1.2 s, ? tokens, answer -\n"
        "votes: no final answer (1)\n"
        "1 reference shown\n"
        "3 calls (1 retry); ? tokens in, ? out; "
        "2.0 s (exploring 1.5 s, synthesis ? s)\n"
    )


@pytest.mark.parametrize("shown", ["plain", "live"])
def test_answers_in_several_spellings_are_told_on_a_line_of_their_own(capsys, shown):
    view, file = (views.PlainView(), None) if shown == "plain" else live(3)
    one = {"1/2": 2, "0.5": 1}
    view.event(reduced({"1/2": 3}, spellings={"1/2": one}))
    said = file.getvalue() if file else capsys.readouterr().err
    assert "counted as one: 1/2 (2) = 0.5 (1)\n1 reference shown\n" in said
    many = {f"{n}": {f"{n}.{'0' * k}": 1 for k in range(9)} for n in range(9)}
    told = text.spellings(reduced({}, spellings=many))
    assert told.count("5 others") == 3
    assert told.endswith("; 6 others")
    view.event(reduced({"1/2": 3}))
    said = file.getvalue() if file else capsys.readouterr().err
    assert said.count("counted as one") == (1 if file else 0)


def test_of_many_explorers_the_screen_shows_the_last_to_end_and_the_counts():
    view, file = live(100, height=20)
    with view:
        for index in range(100):
            view.event(started(index))
        for index in range(60):
            view.event(ended(index))
    screen = file.getvalue()
    assert "100 explorers (m)  60 ok, 40 running; shown: the last 11 to end" in screen
    assert re.findall(r"^ +(\d+)  ok", screen, re.MULTILINE) == [
        str(index) for index in range(49, 60)
    ]
    assert len(screen.splitlines()) < 20


def test_all_of_few_explorers_stand_in_their_order_and_several_models_in_a_column():
    view, file = live(3, models=("m", "k", "m"))
    with view:
        for index in range(3):
            view.event(started(index))
        view.event(ended(2))
        view.event(ended(0))
    screen = file.getvalue()
    assert "3 explorers (m, k)  2 ok, 1 running" in screen
    assert re.findall(r"^ +(\d)  m +(\w+)", screen, re.MULTILINE) == [
        ("0", "ok"),
        ("1", "running"),
        ("2", "ok"),
    ]


def test_a_long_answer_is_shown_whole_at_its_end_and_its_tail_before():
    view, file = live(1, height=10)
    long = "\n".join(f"line {number}" for number in range(100))
    with view:
        view.event(started(0))
        view.event(ended(0))
        view.event(reduced({"42": 1}))
        view.event({"event": "synthesis_started", "model": "m"})
        view.answering(long)
        with view.console.capture() as frame:
            view.console.print(view.answer)
        assert frame.get().split("\n")[:-1] == long.split("\n")[-7:]
        view.done(long, REPORT)
    assert long in file.getvalue()


@pytest.mark.parametrize(
    ("synthesis", "words"),
    [
        ("skipped", "every branch agrees: no synthesis"),
        ("majority", "the majority's answer, for want of a synthesis"),
    ],
)
def test_an_answer_without_a_synthesis_is_shown_as_such(synthesis, words, capsys):
    view, file = live(1)
    plain = views.PlainView()
    for one in (view, plain):
        with one:
            one.event(started(0))
            one.event(ended(0))
            one.event(reduced({"42": 1}, shown=0))
            one.event({"event": "synthesis_skipped", "synthesis": synthesis})
            one.done("Answer: 42", {**REPORT, "synthesis": synthesis})
    said = capsys.readouterr()
    assert said.out == "Answer: 42\n"
    assert "\nAnswer: 42\n" in file.getvalue()
    for screen in (file.getvalue(), said.err):
        assert words in screen
        assert ("every branch agrees" in screen) == (synthesis == "skipped")


@pytest.mark.parametrize("by", ["quorum", "deadline", "confidence"])
def test_an_early_end_is_told_and_what_it_cancelled_is_no_failure(by, capsys):
    view, file = live(8)
    plain = views.PlainView()
    for one in (view, plain):
        with one:
            for index in range(4):
                one.event(started(index))
            one.event(ended(0))
            one.event(stopped(1))
            one.event(stopped(2, "timeout"))
            one.event(reduced({"42": 1}, stopped_by=by))
    screen, lines = file.getvalue(), capsys.readouterr().err
    assert "4 of 8 explorers (m)  1 ok, 1 failed, 1 stopped, 1 running" in screen
    assert "explorer 1 (m): stopped, 1.2 s, cancelled" in lines
    assert "explorer 2 (m): failed, 1.2 s, timeout" in lines
    why = {
        "quorum": "; the quorum was reached",
        "deadline": "; the deadline was over",
        "confidence": "; after 4, more would hardly change the vote",
    }
    for shown in (screen, lines):
        assert why[by] in shown


def test_of_many_explorers_those_with_an_answer_are_shown_before_the_cancelled():
    view, file = live(100, height=20)
    with view:
        for index in range(100):
            view.event(started(index))
        for index in range(100):
            view.event(ended(index) if index < 60 else stopped(index))
    screen = file.getvalue()
    assert "100 explorers (m)  60 ok, 40 stopped" in screen
    assert re.findall(r"^ +(\d+)  (\w+)", screen, re.MULTILINE) == [
        (str(index), "ok") for index in range(49, 60)
    ]


def test_of_a_sum_that_nobody_knows_what_is_known_is_told():
    known = {"input_tokens": 1000, "output_tokens": 10}
    references = [{"usage": known}, {"usage": usage(None)}, {"usage": known}]
    by_role = {**REPORT["usage"], "synthesizer": known}
    line = text.summary({**REPORT, "references": references, "usage": by_role})
    assert "at least 3,000 tokens in, at least 30 out" in line


def test_votes_beyond_a_handful_and_long_errors_are_counted_not_listed():
    many = {str(number): 1 for number in range(20)}
    assert text.votes(many, 21)[-2:] == ["12 others (12)", "no final answer (1)"]
    assert text.votes({"x" * 99: 2}, 2) == ["x" * 37 + "... (2)"]
    assert text.bounded("\n".join("x" * 30)).splitlines()[-1] == "  ... and 10 more"
