"""`a2r ask --review`: a person at a terminal looks at the references first."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

import pytest
from clock import PATIENCE
from rich.console import Console
from server import Server, completion, streamed
from test_cli import COLORS, CONTROLS, EVIL, QUESTION, SHORT, a2r, without_escapes
from typer.testing import CliRunner

from a2r_graph.cli import editor
from a2r_graph.cli.commands import app
from a2r_graph.cli.draft import COMMANDS, Command, Draft, command
from a2r_graph.cli.review import PROMPT, Session

LONG = "\n".join(f"Step {number} of the long way." for number in range(60))
TEXTS = {
    "a": "First way.\nAnswer: 42",
    "b": f"{LONG}\nAnswer: 42",
    "c": "A slip.\nAnswer: 41",
    "evil": f"{EVIL}\nAnswer: \x1b[31m7",
}


class Terminal:
    """`a2r ask` on a pseudo-terminal, and the person before it."""

    def __init__(self, *words, size=(40, 80), **environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:  # the child, whose stdin, stdout and stderr are the terminal
            told = {"LINES": str(size[0]), "COLUMNS": str(size[1]), "TERM": "xterm"}
            command = [sys.executable, "-m", "a2r_graph.cli", "ask", *words]
            os.execve(command[0], command, {**os.environ, **told, **environment})  # noqa: S606  ours
        ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.written = b""
        self.seen = 0

    def until(self, text):
        """Read until `text` comes anew; return what came before it."""
        text = text.encode()
        while (place := self.written.find(text, self.seen)) < 0:
            assert select.select([self.terminal], [], [], 60)[0], self.written
            self.written += os.read(self.terminal, 65536)
        before, self.seen = self.written[self.seen : place], place + len(text)
        return without_escapes(before.decode())

    def press(self, keys):
        os.write(self.terminal, keys)

    def leave(self, key):
        """Press `key` until something comes of it."""
        self.press(key)
        # Python's readline misses a signal in the moment before it waits for a key.
        while not select.select([self.terminal], [], [], 10)[0]:
            self.press(key)

    def type(self, line):
        """Answer the next prompt; return what came before it."""
        before = self.until(PROMPT)
        self.press(f"{line}\n".encode())
        return before

    def settings(self):
        """Return how the terminal is set: echo, whole lines and so on."""
        return termios.tcgetattr(self.terminal)

    def end(self):
        """Return the exit code and all that was written; the terminal stays open."""
        try:
            while select.select([self.terminal], [], [], 60)[0]:
                self.written += os.read(self.terminal, 65536)
            os.kill(self.pid, signal.SIGKILL)  # it waits for something: told by its code
        except OSError:
            pass  # Linux: the child has closed its side
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return code, self.written.decode()


@pytest.fixture
def served():
    """Return the options for three explorers that differ, and what the big one read."""
    prompts = []

    def plan(number, path, body):
        if path == "/tokenize":
            reply = {"count": len(json.dumps(body)) // 4, "max_model_len": 8192}
            return 200, {"content-type": "application/json"}, json.dumps(reply).encode()
        if body["model"] == "big":
            prompts.append(body["messages"][-1]["content"])
            return streamed({"content": "It "}, {"content": "is 42."})
        return completion(TEXTS[body["model"]])

    with Server(plan) as server:
        explorers = [word for model in "abc" for word in ("-e", f"vllm:{model}")]
        yield (*explorers, "-s", "vllm:big", "--base-url", server.url), prompts


def reviewing(models, *options, question="6 x 7?", n=3, asked=("--review",), **about):
    return Terminal(question, "-n", str(n), *models, *options, *asked, **about)


@pytest.mark.parametrize("asked", [("--review",), ("-c", "review=true")])
def test_enter_goes_on_as_it_is_and_the_answer_streams_as_usual(asked, served):
    models, prompts = served
    person = reviewing(models, asked=asked)
    before = person.type("")
    assert "\n 0  answer 42, support 1, vllm:a\n    First way.\n    Answer: 42\n" in before
    assert "    Step 5 of the long way.\n    ... (show 1)\n" in before
    assert "Step 6" not in before
    assert "to the synthesizer  0, 1, 2\n" in before
    assert "Enter goes on. Else: keep, drop" in before
    code, written = person.end()
    screen = without_escapes(written)
    assert code == 0, screen
    assert re.search(
        r"answer by vllm:big ─+\n(synthesizing.*\r)?It is 42\.\n\n4 calls; ", screen
    )
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    (prompt,) = prompts
    assert all(TEXTS[name] in prompt for name in "abc")


@pytest.mark.usefixtures("measured")
def test_what_was_chosen_is_what_the_synthesizer_reads(served, tmp_path):
    models, prompts = served
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\nsed -i s/First/Best/ "$1"\n')
    script.chmod(0o700)
    person = reviewing(models, VISUAL=f"'{script}'", EDITOR="false")
    person.type("drop 1")
    assert "to the synthesizer  0, 2\n" in person.type("order 2")
    assert "to the synthesizer  2, 0\n" in person.type("edit 0")
    assert "to the synthesizer  2, 0 (edited)\n" in person.type("add Mine: 43")
    assert "to the synthesizer  2, 0 (edited), 3 (your own)\n" in person.type("g Be {b}.")
    assert "guidance  Be {b}.\n" in person.type("show 1")
    assert "Step 59 of the long way." in person.type("")
    assert person.end()[0] == 0
    (prompt,) = prompts
    texts = ("A slip.", "Best way.", "Mine: 43", "Be {b}.")
    places = [prompt.index(text) for text in texts]
    assert places == sorted(places)
    assert "Step" not in prompt
    assert "First" not in prompt


@pytest.mark.usefixtures("measured")
def test_a_wrong_command_is_told_in_words_and_asked_again_until_one_quits(served):
    models, prompts = served
    person = reviewing(models, VISUAL="", EDITOR="")
    person.type("looks good")
    assert "'looks' is no command; ? explains them" in person.type("drop 7")
    assert "there is no reference 7; there are 0, 1, 2" in person.type("edit 1")
    assert "set VISUAL or EDITOR to your editor first" in person.type("?")
    said = person.type("q")
    assert all(example in said for example, _ in COMMANDS.values())
    code, written = person.end()
    assert code == 130
    assert written.endswith("\r\na2r: nothing was synthesized\r\n")
    assert not prompts


@pytest.mark.parametrize("keys", [b"\x03", b"\x04", b"drop 1"])
def test_ctrl_c_and_ctrl_d_leave_at_once_with_the_terminal_in_order(keys, served):
    models, prompts = served
    person = reviewing(models)
    before = person.settings()
    person.until(PROMPT)
    if keys == b"drop 1":  # amid a line
        person.press(keys)
        person.until("drop 1")
        keys = b"\x03"
    person.leave(keys)
    began = time.monotonic()
    code, written = person.end()
    assert time.monotonic() - began < PATIENCE / 2
    assert code == 130
    assert "Traceback" not in written
    assert written.endswith("\r\na2r: nothing was synthesized\r\n")
    assert person.settings() == before
    assert not prompts


def test_ctrl_c_in_the_editor_is_the_editors_alone(served, tmp_path):
    models, prompts = served
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\ntrap '' INT\nkill -INT 0\necho Anew. > $1\n")
    script.chmod(0o700)
    person = reviewing(models, VISUAL=str(script))
    person.type("edit 0")
    assert "0 (edited), 1, 2" in person.type("")
    assert person.end()[0] == 0
    assert "Anew." in prompts[0]


def test_what_was_typed_while_the_explorers_ran_goes_on_with_nothing(served):
    models, prompts = served
    person = reviewing(models)
    person.press(b"\n\n")
    person.type("quit")
    assert person.end()[0] == 130
    assert not prompts


def test_a_question_can_be_typed_on_the_same_terminal(served):
    models, prompts = served
    person = reviewing(models, question="-")
    person.press(b"6 x 7?\n\x04")
    person.type("")
    assert person.end()[0] == 0
    assert prompts


def test_a_narrow_terminal_without_colors_holds_every_line(served):
    models, _ = served
    person = reviewing(models, size=(20, 40), NO_COLOR="1")
    person.until("references")
    lines = []
    for line in ("?", "show 1", "guide " + "many words " * 20, "drop x", "quit"):
        lines += person.type(line).splitlines()[1:]  # the first is what was typed before
    assert max(map(len, lines)) <= 40
    code, written = person.end()
    assert code == 130
    assert not COLORS.search(written)


def test_what_a_model_wrote_reaches_the_terminal_as_text_alone(served):
    models, _ = served
    person = reviewing(models, "-e", "vllm:evil", n=4)
    person.type("show 3")
    assert "[red]x[/red] [/] [31m2Jn" in person.type("quit")
    code, written = person.end()
    assert code == 130
    assert not any(evil in written for evil in ("\x9b", "\x07", "\x1b]0;", "\ud800"))


def test_where_nothing_is_synthesized_nobody_is_asked(served):
    models, prompts = served
    person = reviewing(models, "-c", "skip_on_consensus=true", n=2)
    code, written = person.end()
    assert code == 0
    assert "every branch agrees: no synthesis" in written
    assert PROMPT not in written
    assert not prompts


@pytest.mark.slow
def test_the_embedded_model_goes_on_after_the_review():
    person = Terminal(QUESTION, *SHORT, "--review")
    person.type("add 17 + 5 = 22. Answer: 22")
    person.type("guide Say the number alone.")
    assert "2 (your own)" in person.type("")
    code, written = person.end()
    screen = without_escapes(written)
    assert code == 0, screen
    assert re.search(r"answer by local: ─+\n(.|\n)*\w(.|\n)*\n3 calls; ", screen)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("x", "--review"), "but stdin is none"),
        (("-", "--review"), "but stdin is none"),
        (("x", "-c", "review=true"), "but stdin is none"),
        (("x", "--review", "--json"), "but --json was given"),
        (("x", "--review", "-q"), "but --quiet was given"),
    ],
)
def test_without_a_terminal_it_is_refused_before_any_model_is_asked(words, problem):
    with Server(lambda *_: completion()) as server:
        done = a2r("ask", *words, "-e", "vllm:m", "--base-url", server.url, stdin="x")
        assert not server.requests
    said = done.stderr.decode()
    assert done.returncode == 2
    assert said.startswith(f"a2r: review: a person is asked on a terminal, {problem}; ")
    assert done.stdout == b""


def test_with_its_output_piped_it_is_refused(served):
    models, prompts = served
    parent, child = pty.openpty()
    words = (sys.executable, "-m", "a2r_graph.cli", "ask", "x", "--review", *models)
    done = subprocess.run(words, stdin=child, capture_output=True, check=False)
    os.close(parent)
    os.close(child)
    assert done.returncode == 2
    assert b"on a terminal, but stdout is none" in done.stderr
    assert not prompts


def test_a_setting_that_contradicts_the_option_is_refused():
    done = CliRunner().invoke(app, ["ask", "x", "--review", "-c", "review=false"])
    assert done.exit_code == 2
    assert "review is given twice" in done.output


# --- what is chosen, without a terminal


def one(index, text="T", *, shown=True):
    about = {"model": "m", "answer": None, "support": 1, "shown": shown}
    return {"index": index, "text": text, **about}


def draft():
    return Draft.of([one(0), one(2, "A\r\nB"), one(5, shown=False)], branches=8)


def session(*lines, edit=None):
    """Return what came of these lines, the last of which may be missing, and the screen."""
    console = Console(file=io.StringIO(), width=80, height=24, highlight=False)
    left = iter(lines)

    def read(prompt):
        line = next(left, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    chosen = Session(console, read, edit or (lambda text: f"{text}!")).ask(draft())
    return chosen and chosen.answer(), console.file.getvalue()


@pytest.mark.parametrize(
    ("lines", "references", "guidance"),
    [
        ([], None, None),
        (["keep 2"], [{"index": 2}], None),
        (["k all"], [{"index": 0}, {"index": 2}, {"index": 5}], None),
        (["KEEP 5,0"], [{"index": 0}, {"index": 5}], None),
        (["keep 0-4"], None, None),
        (["drop 0"], [{"index": 2}], None),
        (["drop 0", "undo"], None, None),
        (["drop 0", "order 0"], None, None),
        (["drop 0", "order 2 0"], [{"index": 2}, {"index": 0}], None),
        (["order 5"], [{"index": 5}, {"index": 0}, {"index": 2}], None),
        (["edit 0"], [{"index": 0, "text": "T!"}, {"index": 2}], None),
        (["drop 0", "edit 5"], [{"index": 2}, {"index": 5, "text": "T!"}], None),
        (["add  x  y "], [{"index": 0}, {"index": 2}, {"text": "x  y"}], None),
        (["add", "a z", "drop 0 2 8"], [{"text": "z"}], None),
        (["add x", "edit 8", "keep 8"], [{"text": "x!"}], None),
        (["add x", "drop 8"], None, None),
        (["guide Be brief.", "show", "show 5", "?"], None, "Be brief."),
        (["guide Be brief.", "guide"], None, "Be brief.!"),
        (["guide a\x1b[1mb"], None, "a[1mb"),
    ],
)
def test_each_command_does_what_it_says(lines, references, guidance):
    answer, screen = session(*lines, "")
    assert answer == {"references": references, "guidance": guidance}, screen


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("frob", "'frob' is no command; ? explains them"),
        ("k2", "'k2' is no command"),
        ("drop", "which ones? Name them by number"),
        ("drop the second", "'the' is no number of a reference"),
        ("drop -1", "'-1' is no number"),
        ("\x1b[31mfrob", "'[31mfrob' is no command"),
        ("drop ²", "'²' is no number"),
        ("drop " + "9" * 5000, "is no number"),
        ("drop 0 1", "there is no reference 1; there are 0, 2, 5"),
        ("order 5-0", "there is no reference 5-0"),
        ("drop 0-2", "one reference has to stay"),
        ("drop all", "one reference has to stay"),
        ("edit 0 2", "edit takes one number"),
        ("undo", "there is nothing to take back"),
        ("undo 2", "undo takes nothing else, not '2'"),
        ("quit now", "quit takes nothing else"),
        ("add \x07", "there is no text in it"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), "can't decode"),
    ],
)
def test_a_wrong_line_is_told_and_changes_nothing(line, words):
    answer, screen = session(line, "", edit=lambda text: "")
    assert words in " ".join(screen.split())
    assert answer == {"references": None, "guidance": None}


def test_an_editor_that_changes_line_ends_alone_changes_nothing():
    answer, _ = session(
        "edit 2", "guide", "", edit=lambda text: "A\nB\n\n"[: 99 * len(text)]
    )
    assert answer == {"references": None, "guidance": None}


@pytest.mark.parametrize("last", ["quit", "q", EOFError(), KeyboardInterrupt()])
def test_leaving_gives_no_answer_whatever_was_changed_before(last):
    assert session("drop 0", last)[0] is None


def test_raw_texts_are_printed_without_markup_and_control_characters():
    console = Console(file=io.StringIO(), width=80, height=24)
    raw = {**one(0, EVIL), "answer": EVIL, "model": EVIL}
    lines = iter(["show 0", "guide [red]x", "q"])
    Session(console, lambda _: next(lines)).ask(Draft.of([raw], 1))
    screen = console.file.getvalue()
    assert "[red]x[/red] [/] [31m2Jn" in screen
    assert "guidance  [red]x" in screen
    assert not CONTROLS.search(screen)


def test_of_many_references_each_takes_a_line_and_none_is_missing():
    console = Console(file=io.StringIO(), width=40, height=24)
    many = Draft.of([one(index, "long " * 5000) for index in range(200)], 200)
    Session(console, lambda _: "").ask(many)
    lines = console.file.getvalue().splitlines()
    assert sum(line.startswith("    long ") for line in lines) == 200
    assert max(map(len, lines)) <= 40


def test_every_beginning_of_a_command_means_that_command():
    for name in COMMANDS:
        for end in range(1, len(name) + 1):
            assert command(name[:end].upper()) == Command(name)


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("false", "VISUAL: 'false' ended with 1; nothing was changed"),
        ("/no/such -w", "VISUAL: '/no/such -w' can't be started: "),
        ("'unclosed", "can't be started: No closing quotation"),
        ("rm", "the text can't be read again: "),
    ],
)
def test_an_editor_that_fails_is_told_in_words(variable, words, monkeypatch):
    monkeypatch.setenv("VISUAL", variable)
    monkeypatch.setenv("EDITOR", "true")
    with pytest.raises(ValueError, match=re.escape(words)):
        editor.edited("text")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_editor_gets_the_text_and_gives_back_what_stands_then(monkeypatch, tmp_path):
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib\n"
        "file = pathlib.Path(sys.argv[-1])\n"
        "assert sys.argv[1] == '-w' and file.read_text('utf-8') == 'd\\u00e9j\\u00e0\\n'\n"
        "file.write_bytes(b'\\xef\\xbb\\xbfvu\\r\\n\\xff')\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script} -w")
    assert editor.edited("d\xe9j\xe0") == "vu\n\ufffd"
