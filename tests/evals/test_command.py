"""The command `a2r eval`, run as its users run it, against a server on loopback."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from server import Server, completion, failing, json_answer
from typer.testing import CliRunner

from a2r_graph.cli.commands import app
from a2r_graph.cli.evals import out, progress, tables
from a2r_graph.cli.evals.options import Given, asking, loading, numbers
from a2r_graph.evals.budget import Progress
from a2r_graph.evals.compare import compare
from a2r_graph.evals.overview import overview
from a2r_graph.evals.prices import GpuHour, Price
from a2r_graph.evals.store import Store
from a2r_graph.extras import install

A2R = (sys.executable, "-m", "a2r_graph.cli", "eval")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
QUESTIONS = 6
CALLS = 3 * QUESTIONS  # with n = 2
EVIL = "\x1b[31m\x07[red] \x9b2J"


class Sums:
    """A server that adds; what a model is called says what is wrong with it."""

    def __init__(self):
        self.asked = []
        self.held = threading.Event()
        """Requests wait for it, once `free` have been answered."""
        self.free = sys.maxsize
        self.dead = False
        self.lock = threading.Lock()
        self.server = Server(self.plan)
        self.url = self.server.url
        handler = self.server.http.RequestHandlerClass
        handler.disable_nagle_algorithm = True  # 40 ms a reply, where calls are one by one

    def plan(self, number, path, body):
        if path == "/tokenize":
            return json_answer({"count": 10, "max_model_len": 4096})
        with self.lock:
            self.asked.append(body)
            over = len(self.asked) > self.free
        if over and self.dead:
            return failing(503, "gone")
        if over:
            self.held.wait(60)
        text = json.dumps(body["messages"])
        first, second = map(int, re.search(r"What is (\d+) \+ (\d+)", text).groups())
        if body["model"] == "wrong" or (body["model"] == "early" and first < 2):
            second += 1
        if body["model"] == "evil" and first % 2:
            return failing(400, f"no {EVIL}")
        said = EVIL if body["model"] == "evil" else ""
        return completion(f"{said}\nAnswer: {first + second}")


@pytest.fixture
def sums():
    served = Sums()
    with served.server:
        yield served
        served.held.set()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with questions and a verifier; the runs go there too."""
    monkeypatch.setenv("A2R_EVALS", str(tmp_path / "runs"))
    return furnished(tmp_path)


def furnished(folder):
    rows = [
        {"id": f"q{i}", "question": f"What is {i} + {10 + i}?", "answer": str(10 + 2 * i)}
        for i in range(QUESTIONS)
    ]
    others = [{"question": f"What is 7 + {i}?", "answer": "x"} for i in range(2)]
    for name, these in (("sums", rows), ("others", others)):
        lines = "".join(f"{json.dumps(row)}\n" for row in these)
        (folder / f"{name}.jsonl").write_text(lines)
    code = "def same(answer, question):\n    return float(answer == question.answer)\n"
    (folder / "check.py").write_text(code)
    return folder


@dataclass
class Kept:
    """A folder with four runs, and what the first of them printed."""

    place: Path
    printed: str
    good: str
    bad: str
    """With a synthesizer that is wrong, on five questions, with n = 1."""
    others: str
    partial: str
    """Of which a limit left two questions."""


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory):
    place, served = furnished(tmp_path_factory.mktemp("kept")), Sums()
    with pytest.MonkeyPatch.context() as patch, served.server:
        patch.setenv("A2R_EVALS", str(place / "runs"))
        good = a2r(*words(place, served))
        wrong = ("-s", "vllm:wrong", "--limit", "5", "--n", "1")
        bad = a2r(*words(place, served, *wrong))
        others = a2r(*words(place, served, task="others.jsonl"))
        few = ("--tag", "few", "--concurrency", "1", "--max-tokens", "100")
        partial = a2r(*words(place, served, *few))
    return Kept(place, good.stdout, *map(run_of, (good, bad, others, partial)))


@pytest.fixture
def kept(kept_once, monkeypatch):
    monkeypatch.setenv("A2R_EVALS", str(kept_once.place / "runs"))
    return kept_once


def words(place, sums, *more, model="vllm:m", task="sums.jsonl"):
    where = ("--verifier", f"{place / 'check.py'}:same", "--base-url", sums.url)
    return [str(place / task), "-e", model, "--n", "2", *where, *more]


def a2r(*given):
    """Run in this process, where neither stdout nor stderr is a terminal."""
    done = CliRunner().invoke(app, ["eval", *given])
    assert "Traceback" not in done.stderr
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@contextmanager
def started(*given):
    process = subprocess.Popen(
        [*A2R, *given], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def on_disk(place):
    path = place / "runs" / "runs.sqlite"
    if not path.exists():
        return 0
    db = sqlite3.connect(path, timeout=30)
    try:
        return db.execute("select count(*) from calls").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # no table yet
    finally:
        db.close()


def until(true, process):
    end = time.monotonic() + 60
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def run_of(done):
    return re.search(r", run ([0-9a-f]{8})$", done.stdout, re.MULTILINE)[1]


def strict(text):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


# --- one evaluation


def test_the_tables_go_to_stdout_and_plain_progress_and_the_page_to_stderr(place, sums):
    done = a2r(*words(place, sums, "--monolith", "vllm:wrong", "--price", "explorer=1,2"))
    assert done.exit_code == 0
    run = run_of(done)
    assert done.stdout.startswith(f"sums, run {run}\n6 questions; explorers vllm:m; ")
    assert re.search(r"^n +Pass@1 % +Cons@N % +A2R % +Pass@N %$", done.stdout, re.MULTILINE)
    assert re.search(r"^2 +100\.0 \(\d\d\.\d.100\.0\) ", done.stdout, re.MULTILINE)
    assert re.search(r"^2 +0\.0 \(.*\) +1\.000 +0 +0$", done.stdout, re.MULTILINE)
    assert re.search(r"^2 +45 +30 +15 +unknown +[\d.]+ s$", done.stdout, re.MULTILINE)
    assert "vllm:wrong, asked once: 0.0 (" in done.stdout
    assert "\nAt n = 2, A2R and the vote can't be told apart" in done.stdout
    page = place / "runs" / f"{run}.html"
    assert f"a2r: the page is {page}\n" in done.stderr
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    roles = r"explorer 12/12 \(100 %\); synthesizer 6/6 \(100 %\); monolith 6/6 \(100 %\)"
    spent = r"[\d.]+ calls/s, \d+ tokens/s; 360 tokens; cost unknown; took \d+ s"
    assert re.search(f"^sums: {roles}; {spent}$", done.stderr, re.MULTILINE)
    assert not CONTROLS.search(done.stdout + done.stderr)


def test_the_same_command_again_asks_nothing_and_prints_the_same(place, sums):
    first, again = (a2r(*words(place, sums)) for _ in range(2))
    assert len(sums.asked) == CALLS
    assert again.stdout == first.stdout


def test_json_is_strict_and_alone_on_stdout(place, sums):
    done = a2r(*words(place, sums, "--json", "--quiet"))
    document = strict(done.stdout)
    assert (document["task"], document["questions"]) == ("sums", QUESTIONS)
    assert document["at"][0]["a2r"]["value"] == 1.0
    assert document["at"][0]["spent"]["total"]["dollars"] is None
    assert done.stderr == ""


def test_markdown_is_alone_on_stdout(place, sums):
    done = a2r(*words(place, sums, "--markdown"))
    assert done.stdout.startswith("#")
    assert "Cons@" in done.stdout
    assert "calls/s" not in done.stdout


def test_several_tasks_run_one_by_one_with_a_table_and_a_page_over_all(place, sums):
    lines = (place / "sums.jsonl").read_text().splitlines(keepends=True)
    (place / "few.jsonl").write_text("".join(lines[:2]))
    both = [str(place / "few.jsonl"), *words(place, sums)]
    done = a2r(*both)
    assert done.exit_code == 0
    assert done.stdout.index("few, run ") < done.stdout.index("sums, run ")
    assert re.search(
        r"^all tasks .*\ntask +n +Pass@1 .*\nfew +2 .*\nsums +2 .*$",
        done.stdout,
        re.MULTILINE,
    )
    assert len(list((place / "runs").glob("all-*.html"))) == 1
    assert len(list((place / "runs").glob("*.html"))) == 3
    assert len(sums.asked) == CALLS  # the two have questions in common
    documents = strict(a2r(*both, "--json").stdout)
    assert [one["task"] for one in documents] == ["few", "sums"]


def test_rows_that_are_no_questions_are_told_at_the_start_and_in_the_end(place, sums):
    with (place / "sums.jsonl").open("a") as file:
        file.write('{"question": "What is 1 + 1?"}\n' * 5)
    done = a2r(*words(place, sums))
    assert done.exit_code == 0
    assert "a2r: sums: 5 rows left out\n  line 7: answer: " in done.stderr
    assert "\n  and 2 more\n" in done.stderr
    assert "6 of 11 questions; " in done.stdout
    assert "\nleft out: line 7 and 4 more: no question: answer: " in done.stdout


def test_what_models_and_servers_write_brings_no_control_codes(place, sums):
    done = a2r(*words(place, sums, "-c", "attempts=1", model="vllm:evil"))
    assert done.exit_code == 0
    assert "3 of 6 questions; " in done.stdout
    assert re.search(
        r"^failed: explorer: bad request, 6 of 12 calls .*left out",
        done.stdout,
        re.MULTILINE,
    )
    assert not CONTROLS.search(done.stdout + done.stderr)


# --- stopped, and going on


@pytest.mark.slow
def test_ctrl_c_says_what_is_kept_and_the_same_command_asks_for_the_rest_alone(place, sums):
    sums.free = 5
    with started(*words(place, sums)) as process:
        until(lambda: len(sums.asked) > 5 and on_disk(place) == 5, process)
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == ""
    kept = f"a2r: stopped; 5 of {CALLS} calls of sums are on disk; the same command goes on"
    assert kept in err
    assert "Traceback" not in err
    sums.free = sys.maxsize
    sums.held.set()
    sums.asked.clear()
    assert a2r(*words(place, sums)).exit_code == 0
    assert len(sums.asked) == CALLS - 5


@pytest.mark.slow
def test_two_processes_dont_ask_for_the_same_samples_and_the_first_is_not_hurt(place, sums):
    sums.free = 1
    with started(*words(place, sums)) as first:
        until(lambda: on_disk(place) == 1, first)
        second = a2r(*words(place, sums))
        assert second.exit_code == 1
        assert "a2r: another process is asking for the same samples" in second.stderr
        sums.held.set()
        said, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert "6 questions; " in said
    assert len(sums.asked) == CALLS


def test_servers_that_are_not_there_are_named_by_the_addresses_that_were_asked(
    place, monkeypatch
):
    monkeypatch.setenv("VLLM_BASE_URL", "http://u:pass-word@127.0.0.1:9/v1")
    explorers = ("-e", "vllm:m", "-e", "vllm:k@http://127.0.0.1:10/v1")
    given = [str(place / "sums.jsonl"), *explorers, "--n", "2", "-c", "attempts=1"]
    done = a2r(*given, "--limit", "2")
    assert done.exit_code == 1
    for port, option in ((9, "--base-url or VLLM_BASE_URL"), (10, "vllm:k@URL")):
        assert f"  2 of 4: connection: http://127.0.0.1:{port}/v1" in done.stderr
        shown = f"http://{'***@' if port == 9 else ''}127.0.0.1:{port}/v1"
        assert f"a2r: {option} (now {shown}) says where" in done.stderr
    assert "pass-word" not in done.stderr


def test_a_server_that_dies_exits_with_1_and_the_same_command_goes_on(place, sums):
    sums.free, sums.dead = 4, True
    with (place / "sums.jsonl").open("a") as file:
        for i in range(6):
            file.write(json.dumps({"question": f"What is 1 + {i}?", "answer": "x"}) + "\n")
    given = words(place, sums, "-c", "attempts=1", "--concurrency", "1")
    done = a2r(*given)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "a2r: 16 calls in a row failed, the last with vllm:m: " in done.stderr
    assert "the same evaluation goes on" in done.stderr
    assert "a2r doctor" in done.stderr
    assert on_disk(place) == 4
    sums.dead = False
    sums.free = sys.maxsize
    sums.asked.clear()
    assert a2r(*given).exit_code == 0
    assert len(sums.asked) == 2 * CALLS - 4


def test_a_limit_exits_with_3_with_a_page_of_what_is_complete_and_goes_on(place, sums):
    given = words(place, sums, "--concurrency", "1")
    done = a2r(*given, "--max-tokens", "100")
    assert done.exit_code == 3
    assert "a2r: stopped: max_tokens: 105 of 100; with another limit, " in done.stderr
    assert re.search(r"^\d of 6 questions; ", done.stdout, re.MULTILINE)
    assert (place / "runs" / f"{run_of(done)}.html").exists()
    assert a2r(*given).exit_code == 0
    assert len(sums.asked) == CALLS


def test_a_limit_before_the_first_question_is_complete_exits_with_3_too(place, sums):
    done = a2r(*words(place, sums, "--max-tokens", "1", "--concurrency", "1", "--json"))
    assert done.exit_code == 3
    assert done.stdout == ""
    assert "not one of its 6 questions is complete yet" in done.stderr


def test_a_cost_that_nobody_knows_is_refused_before_any_call_and_says_whose(place, sums):
    done = a2r(*words(place, sums, "--max-cost", "1", "--concurrency", "1"))
    assert done.exit_code == 2
    assert "no price is known for the explorer vllm:m" in done.stderr
    assert not sums.asked


def test_a_line_is_written_now_and_then_while_nothing_arrives(place, sums, monkeypatch):
    class Seen(progress.Lines):
        def tick(self, *, over=False):
            super().tick(over=over)
            ticks.extend(done for _, done, _ in self.roles())
            if ticks.count(1) == 3:
                sums.held.set()

    ticks = []
    monkeypatch.setattr(progress, "Lines", Seen)
    monkeypatch.setattr(progress.Watch, "every", 0.02)
    sums.free = 1
    done = a2r(*words(place, sums))
    assert done.exit_code == 0
    waiting = r"^sums: explorer 1/12 \(8 %\); .* left$"
    assert len(re.findall(waiting, done.stderr, re.MULTILINE)) > 2


def test_a_verifier_that_is_gone_in_its_own_process_is_said_in_words(place, sums):
    code = "import sys\nif 'pytest' not in sys.modules:\n    raise OSError('gone')\n"
    (place / "check.py").write_text(code + (place / "check.py").read_text())
    done = a2r(*words(place, sums))
    assert done.exit_code == 1
    assert "a2r: verify: it can't be loaded in a process of its own: " in done.stderr


# --- who reads answers, and who says what is right


@pytest.fixture
def saying():
    """Serve models that say what they are called, whatever they are asked."""

    def plan(number, path, body):
        if path == "/tokenize":
            return json_answer({"count": 10, "max_model_len": 4096})
        asked.append(body["model"])
        return completion(SAID[body["model"]])

    asked = []
    with Server(plan) as server:
        server.asked = asked
        yield server


SAID = {
    "letter": "B",
    "letters": "(B) Paris",
    "other": "C",
    "words": "Well, I would go for the second one myself",
    "total": "Total=42; checked=7",
}


def told(place, server, model, *more, answer="B"):
    row = {"question": "What is the capital of France? A) Rome B) Paris", "answer": answer}
    (place / "one.jsonl").write_text(json.dumps(row) + "\n")
    given = [str(place / "one.jsonl"), "-e", f"vllm:{model}", "--base-url", server.url]
    return strict(a2r(*given, "--n", "2", "--json", "--quiet", *more).stdout)


@pytest.mark.parametrize(("model", "share"), [("letter", 1), ("letters", 1), ("other", 0)])
def test_a_reply_that_is_the_letter_of_an_option_is_its_own_answer(
    place, saying, model, share
):
    document = told(place, saying, model)
    (at,) = document["at"]
    assert [at[name]["value"] for name in ("pass_1", "cons", "a2r")] == [share] * 3
    assert document["unread"] == 0.0


def test_a_verifier_of_ones_own_decides_where_no_answer_could_be_read(place, saying):
    code = "def second(answer, question):\n    return float('the second one' in answer)\n"
    (place / "second.py").write_text(code + "def none(text):\n    return None\n")
    mine = ("--verifier", f"{place / 'second.py'}:second")
    nothing = ("--extract-answer", f"{place / 'second.py'}:none")
    (at,) = told(place, saying, "words", *mine, *nothing)["at"]
    assert (at["pass_1"]["value"], at["a2r"]["value"]) == (1.0, 1.0)
    assert at["cons"]["value"] == 0.0  # nobody voted
    (at,) = told(place, saying, "words", *nothing)["at"]
    assert at["pass_1"]["value"] == 0.0


def test_a_reader_of_ones_own_is_named_on_the_command_line(place, saying):
    code = "def total(text):\n    return text.partition('=')[2].partition(';')[0] or None\n"
    (place / "reader.py").write_text(code)
    mine = ("--extract-answer", f"{place / 'reader.py'}:total")
    (at,) = told(place, saying, "total", *mine, answer="42")["at"]
    assert (at["pass_1"]["value"], at["cons"]["value"]) == (1.0, 1.0)
    (place / "reader.py").write_text(code.replace("[2]", "[2].partition('=')[2]"))
    (at,) = told(place, saying, "total", *mine, answer="42")["at"]
    assert at["pass_1"]["value"] == 0.0, "a changed reader reads anew"


def test_what_is_one_answer_is_named_on_the_command_line(place, saying):
    code = "def any_letter(answer):\n    return answer.isalpha()\n"
    (place / "key.py").write_text(code)
    mixed = ("-e", "vllm:other", "-c", "seed=1")  # one of the two says B, the other C
    (at,) = told(place, saying, "letter", *mixed, answer="C")["at"]
    assert at["cons"]["value"] == 0.0
    document = told(
        place,
        saying,
        "letter",
        *mixed,
        *("--answer-key", f"{place / 'key.py'}:any_letter"),
        answer="C",
    )
    assert document["diversity"]["distinct_answers"] == 1.0


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("reader", "extract_answer: 'reader' is not allowed: 'package.module:function'"),
        ("no_such.py:read", "extract_answer: 'no_such.py:read' can't be loaded: "),
        ("operator:add", "extract_answer: operator:add doesn't take (text)"),
    ],
)
def test_what_reads_no_answers_is_refused_before_anything_is_asked(
    place, sums, given, error
):
    done = a2r(*words(place, sums, "--extract-answer", given))
    assert done.exit_code == 2
    assert error in done.stderr
    assert sums.asked == []


def test_answers_without_a_verdict_are_told_in_every_report(place, sums):
    code = (place / "check.py").read_text()
    fails = "if answer == '12':\n        raise OSError('gone')\n    return "
    (place / "check.py").write_text(code.replace("return ", fails))
    lost = a2r(*words(place, sums))
    assert lost.exit_code == 0
    assert re.search(r"^left out: q1: verifier: OSError: gone$", lost.stdout, re.MULTILINE)
    # Of q1 the explorers say 13, and only the synthesizer says 12.
    done = a2r(*words(place, sums, "-s", "vllm:m", model="vllm:early"))
    said = " ".join(done.stdout.split())
    assert "The verifier gave no verdict on 1 answer (the first: OSError: gone)" in said
    failed = "synthesizer: unverified, 1 of 6 calls (counted as wrong): OSError: gone"
    assert f"failed: {failed}" in said
    run = run_of(done)
    assert strict(a2r("show", run, "--json").stdout)["unverified"] == 1
    markdown = a2r("show", run, "--markdown").stdout
    assert "| synthesizer | unverified | 1 of 6 | wrong | `OSError: gone` |" in markdown
    page = (place / "runs" / f"{run}.html").read_text("utf-8")
    assert "unverified" in page


# --- what is on disk


def test_list_shows_each_run_with_what_is_complete_of_it(kept):
    done = a2r("list")
    assert done.exit_code == 0
    assert done.stdout.startswith("run ")
    about = r" +\S+ \S+ +1 +5/5 +sums +vllm:m -> vllm:wrong$"
    assert re.search(rf"^{kept.bad}{about}", done.stdout, re.MULTILINE)
    listed = strict(a2r("list", "--json").stdout)
    assert {one["run"]: (one["complete"], one["wanted"]) for one in listed} == {
        kept.good: (6, 6),
        kept.bad: (5, 5),
        kept.others: (2, 2),
        kept.partial: (2, 6),
    }


def test_counting_on_disk_finds_the_questions_that_reading_finds(place, sums):
    a2r(*words(place, sums, "--n", "1,2", "--orders", "2", "--monolith", "vllm:m"))
    db = sqlite3.connect(place / "runs" / "runs.sqlite")
    with db:
        db.execute("delete from calls where rowid in (select rowid from calls limit 1)")
        db.execute("delete from calls where rowid = (select max(rowid) from calls)")
    db.close()
    with Store(place / "runs" / "runs.sqlite") as store:
        (listed,) = overview(store)
    shown = strict(a2r("show", "last", "--json").stdout)
    assert listed.complete == shown["questions"] < QUESTIONS


def test_show_prints_what_the_run_printed(kept):
    for name in (kept.good, kept.good[:4]):
        assert a2r("show", name).stdout == kept.printed
    assert strict(a2r("show", kept.good, "--json").stdout)["run"] == kept.good
    assert a2r("show", kept.good, "--markdown").stdout.startswith("#")
    assert a2r("show", "last").exit_code == 0


def test_show_writes_the_page_of_a_run_where_one_wants_it(kept, tmp_path):
    page = tmp_path / "mine.html"
    done = a2r("show", kept.good, "--html", str(page))
    assert (done.exit_code, done.stdout) == (0, "")
    first = kept.place / "runs" / f"{kept.good}.html"
    assert page.read_text("utf-8") == first.read_text("utf-8")
    done = a2r("show", kept.good, "--html", str(tmp_path / "no" / "page.html"))
    assert done.exit_code == 2
    assert "page.html: No such file or directory" in done.stderr


def test_compare_pairs_the_questions_that_both_runs_have(kept):
    good, bad = kept.good, kept.bad
    done = a2r("compare", bad, good)
    assert done.exit_code == 0
    assert done.stdout.startswith("on the 5 questions that both runs have\n")
    for line in (
        r"A2R % +0\.0 \(.*\) +100\.0 \(.*\) +\+100\.0 \(.*\), p = 0\.062",
        r"Cons@N % +100\.0 .* 0\.0 \(.*\), p = 1\.000",
        r"tokens/question +30 +45 +\+15",
        r"cost/question( +unknown){3}",
    ):
        assert re.search(f"^{line}$", done.stdout, re.MULTILINE)
    notes = " ".join(done.stdout.split())
    assert f"1 of the 6 questions of {good} are not in the other run" in notes
    assert f"{bad} is shown at n = 1, {good} at n = 2" in notes
    document = strict(a2r("compare", bad, good, "--json").stdout)
    assert document["a2r"]["gain"]["value"] == 1.0
    assert (document["questions"], document["tokens"]) == (5, 15.0)


def test_compare_matches_questions_wherever_they_stand(place, sums):
    lines = (place / "sums.jsonl").read_text().splitlines(keepends=True)
    (place / "last.jsonl").write_text("".join(reversed(lines[3:])))
    early = run_of(a2r(*words(place, sums, "-s", "vllm:early")))
    last = run_of(a2r(*words(place, sums, task="last.jsonl")))
    with Store(place / "runs" / "runs.sqlite") as store:
        found = compare(store, early, last)
    assert found.questions == 3
    assert (found.first.complete, found.second.complete) == (6, 3)
    assert found.first.at.a2r.value == found.second.at.a2r.value == 1.0
    assert (found.first.at.rescued, found.first.at.broken) == (0, 0)
    assert found.seconds is not None


def test_compare_says_when_no_question_is_in_both(kept):
    done = a2r("compare", kept.good, kept.others)
    assert done.exit_code == 2
    assert f"{kept.good} (sums) and {kept.others} (others) share no" in done.stderr


def test_a_folder_without_runs_is_named_with_a_way_out(place):
    done = a2r("list", "--json")
    assert (done.exit_code, strict(done.stdout)) == (0, [])
    assert "no runs in " in done.stderr
    for given in (["show", "last"], ["compare", "a", "b"]):
        done = a2r(*given)
        assert done.exit_code == 2
        assert f"a2r: no runs in {place / 'runs'}; a2r eval TASK makes one" in done.stderr
    assert not (place / "runs").exists()


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(place, sums):
    (place / "runs").mkdir()
    store = place / "runs" / "runs.sqlite"
    store.write_text("an old list of runs, and no database at all " * 100)
    for given in (words(place, sums), ["list"], ["show", "last"]):
        done = a2r(*given)
        assert done.exit_code == 2
        assert f"a2r: {store}: file is not a database; name another folder" in done.stderr
    assert store.read_text().startswith("an old list")
    assert sums.asked == []
    done = a2r(*words(place, sums, "--folder", str(place / "sums.jsonl")))
    assert (done.exit_code, "exists" in done.stderr) == (2, True)


# --- wrong calls


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "Usage: "),
        (["gym:chain_sun"], "gym:chain_sun: unknown task; did you mean chain_sum"),
        (["nope.jsonl"], "nope.jsonl: no such file"),
        (["TASK", "--nope"], "No such option: --nope"),
        (["TASK", "--n", "two"], "--n: 'two' is no whole number"),
        (["TASK", "--n", "2,"], "--n: '2,' is no whole number"),
        (["TASK", "--n", "0"], "n: 0 is not allowed"),
        (["TASK", "--orders", "0"], "orders: 0 is not allowed"),
        (["TASK", "--limit", "0"], "limit: 0 is not allowed"),
        (["TASK", "--concurrency", "0"], "concurrency: 0 is not allowed"),
        (["TASK", "--max-cost", "0"], "max_cost: 0.0 is not allowed"),
        (["TASK", "-c", "n=3"], "n: not in an evaluation's context"),
        (["TASK", "-c", "quorum=3"], "quorum: not in an evaluation's context"),
        (["TASK", "-c", "nope=3"], "nope: unknown setting"),
        (["TASK", "-e", "nope:m"], "unknown provider 'nope'"),
        (["TASK", "-e", "vllm:m", "--base-url", "me"], "'me' is no address"),
        (["TASK", "--base-url", "http://h/v1"], "'local:' is none"),
        (["TASK", "--price", "explorer=1"], "--price: 'explorer=1' has 1 figures"),
        (["TASK", "--prices", "no.toml"], "no.toml: can't be read"),
        (["TASK", "--prompt", "no.txt"], "--prompt: no.txt can't be read"),
        (["TASK", "--question-field", "nope"], "nope"),
        (["TASK", "--config", "a=1"], "config: {'a': 1} is not allowed with"),
        (["gym:chain_sum", "--config", "max_terms"], "'max_terms' is not KEY=VALUE"),
        (["gym:chain_sum", "--config", "a=1", "--config", "a=2"], "a is given twice"),
        (["TASK", "--json", "--markdown"], "--json and --markdown: give one of them"),
        (["show", "last", "--json", "--markdown"], "--json and --markdown: give one"),
        (["show"], "Missing argument 'RUN'"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_wrong(given, said, place):
    done = a2r(*(str(place / "sums.jsonl") if x == "TASK" else x for x in given))
    assert done.exit_code == 2
    assert said in done.output


def test_a_task_called_like_a_command_is_run_by_run(place, monkeypatch):
    def asked(name, **_):
        msg = f"asked for {name}"
        raise ValueError(msg)

    monkeypatch.setattr("a2r_graph.cli.evals.run.load_task", asked)
    for given in (["run", "list"], ["run", "show"]):
        assert f"a2r: asked for {given[1]}" in a2r(*given).stderr
    assert "a2r: asked for lists" in a2r("lists").stderr


def test_a_prompt_without_its_field_is_refused_before_anything_is_asked(place, sums):
    (place / "prompt.txt").write_text("Read them.")
    done = a2r(*words(place, sums, "--prompt", str(place / "prompt.txt")))
    assert done.exit_code == 2
    assert "references" in done.stderr
    assert sums.asked == []


def test_a_prompt_of_ones_own_is_what_the_synthesizer_reads(place, sums):
    (place / "prompt.txt").write_text("Mine: {references}")
    assert a2r(*words(place, sums, "--prompt", str(place / "prompt.txt"))).exit_code == 0
    assert "Mine: " in json.dumps([body["messages"] for body in sums.asked])


def test_help_shows_options_and_commands_and_imports_nothing_big():
    code = (
        "import sys\nfrom a2r_graph.cli import main\ntry: main()\nfinally: print("
        "{'numpy', 'langgraph', 'a2r_graph.evals'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "eval", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "set()\n")
    for said in ("a2r eval TASK...", "--monolith", "Exit code: 0;", "compare", "A2R_EVALS"):
        assert said in done.stdout


def test_without_the_extra_it_says_how_to_install_it():
    code = (
        "import sys; sys.modules['jinja2'] = None\nfrom a2r_graph.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "eval", "gym:chain_sum"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"a2r: a2r eval needs jinja2: {install('cli,evals')}\n"


# --- the options by themselves


def options(**changes):
    fields = dict.fromkeys(Given.__dataclass_fields__)
    defaults = {"explorer": ["vllm:a"], "n": "8", "folder": Path("x"), "as_json": False}
    return Given(**(fields | defaults | changes))


def test_the_address_is_that_of_vllms_models_in_every_role():
    given = options(synthesizer="vllm:b", monolith="openai:gpt", base_url="http://h/v1")
    found = asking(given)
    assert found["explorer"] == ["vllm:a@http://h/v1"]
    assert found["synthesizer"] == "vllm:b@http://h/v1"
    assert found["monolith"] == "openai:gpt"
    assert asking(options())["synthesizer"] is None


def test_the_command_line_wins_over_the_file_of_prices(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text("[explorer]\ninput = 1\noutput = 2\n[monolith]\ngpu_hour = 3\n")
    said = ["explorer=5,6"]
    assert asking(options(prices=path, price=said))["prices"] == {
        "explorer": Price(5, 6),
        "monolith": GpuHour(3, 1, ("monolith",)),
    }
    with pytest.raises(ValueError, match="explorer has a price already"):
        asking(options(price=said, gpu_hour=["explorer=1"]))


def test_a_generators_settings_are_read_as_json_and_else_as_text():
    config = ["max_terms=3", "mode=hard", "deep=[1, 2]"]
    found = loading(options(config=config))["config"]
    assert found == {"max_terms": 3, "mode": "hard", "deep": [1, 2]}
    assert loading(options())["config"] is None
    assert numbers("2, 4,8") == [2, 4, 8]


# --- the views by themselves


def so_far(done, tokens=0, reused=0, dollars=None, failed=0):
    return Progress(
        {"explorer": done}, {"explorer": 100}, tokens, dollars, failed, reused, 1
    )


def test_what_was_there_before_counts_for_no_rate():
    now = [0.0]
    pace = progress.Pace(lambda: now[0])
    assert pace.left() is None
    pace.take(so_far(40, tokens=9000, reused=40))
    assert pace.rates() == (0.0, 0.0)
    for second in range(1, 6):
        now[0] = float(second)
        pace.take(so_far(40 + 2 * second, tokens=9000 + 50 * second, reused=40))
    assert pace.rates() == (2.0, 50.0)
    assert pace.left() == 25.0
    pace.take(so_far(60, tokens=9999, reused=50))  # ten more were there
    assert pace.rates() == (2.0, 50.0)


def test_the_rate_is_that_of_the_last_half_minute():
    now = [0.0]
    pace = progress.Pace(lambda: now[0])
    pace.take(so_far(0))
    for second in range(1, 101):
        now[0] = float(second)
        pace.take(so_far(second // 2 if second <= 50 else 25 + (second - 50)))
    assert pace.rates()[0] == pytest.approx(1.0, abs=0.05)
    now[0] = 1000.0
    assert pace.rates()[0] < 0.1  # nothing arrives any more


def test_a_terminal_shows_a_bar_for_each_role_and_unknown_costs_as_unknown():
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, highlight=False)
    with progress.LiveBars("x\x1b[31m", console) as watch:
        watch.take(so_far(25, tokens=1234, failed=3))
    screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())
    last = screen[screen.rindex("x[31m") :]
    assert re.match(r"x\[31m\s+explorer ━+╸━+ 25/100 25 %\s+", last)
    assert "1,234 tokens; cost unknown; took 1 s; 3 failed" in last
    assert file.getvalue().rindex("\x1b[?25h") > file.getvalue().rindex("\x1b[?25l")


@pytest.mark.slow
def test_a_terminal_ends_with_full_bars_a_verdict_in_color_and_its_cursor(place, sums):
    pid, terminal = pty.fork()
    if pid == 0:  # the child, whose stdout and stderr are the terminal
        size = {"LINES": "40", "COLUMNS": "100", "TERM": "xterm"}
        os.execve(A2R[0], [*A2R, *words(place, sums)], {**os.environ, **size})  # noqa: S606
    written = b""
    try:
        while select.select([terminal], [], [], 60)[0]:
            written += os.read(terminal, 65536)
    except OSError:
        pass  # Linux: the child has closed its side
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    shown = written.decode()
    screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r\n", "\n")
    last = screen[screen.rindex("sums\nexplorer") :]
    assert re.match(r"sums\nexplorer +━+ 12/12 100 %\nsynthesizer ━+ 6/6 +100 %\n", last)
    assert re.search(r"tokens; cost unknown; took \d+ s\nsums, run [0-9a-f]{8}\n", last)
    assert "\x1b[33mAt n = 2, A2R and the vote can't be told apart" in shown
    assert "\x1b[1mn " not in shown  # of the report the title alone is bold
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_what_a_watch_is_depends_on_where_stderr_goes(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert type(progress.watch_for("x", quiet=False, color=True)) is progress.Lines
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert type(progress.watch_for("x", quiet=False, color=True)) is progress.LiveBars
    assert type(progress.watch_for("x", quiet=True, color=True)) is progress.Watch
    monkeypatch.setenv("TERM", "dumb")
    assert type(progress.watch_for("x", quiet=False, color=True)) is progress.Lines


def test_columns_line_up_whatever_the_script():
    text = tables.Text()
    tables.add_table(text, [["task", "n"], ["算数", "8"], ["sums", "16"]], left=1)
    assert text.plain == "task   n\n算数   8\nsums  16\n"


def test_a_stdout_without_dashes_gets_hyphens(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    dash, minus, times = "\N{EN DASH}", "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
    out.show(tables.Text(f"1{dash}2 {minus}3 {times}4"), color=True)
    assert written.getvalue() == b"1-2 -3 x4\n"
