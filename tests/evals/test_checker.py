"""Verdicts come from processes that can raise, hang and die without harm."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from clock import PATIENCE, skip

from a2r_graph.evals import Question
from a2r_graph.evals.checker import Checker, Verdict

QUESTION = Question("1", "What is 6 x 7?", "42")


def verifier():
    """Return one that misbehaves on demand; nested, so that it goes by value."""

    def verify(answer, question):
        import ctypes
        import re
        import time

        if answer == "hang":
            time.sleep(1000)
        if answer == "hang in C":
            re.match(r"(a+)+$", "a" * 60 + "b")  # holds the GIL
        if answer == "exit":
            os._exit(3)
        if answer == "crash":
            ctypes.string_at(0)
        if answer == "raise":
            raise KeyError(question.id)
        if answer == "leave":
            sys.exit(2)
        return float(answer == question.answer)

    return verify


def processes():
    """Return the verifiers' processes; those of other tests are of no interest."""
    every = psutil.Process().children(recursive=True)
    return [process for process in every if "worker.py" in " ".join(_words(process))]


def _words(process):
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()
    return []


def gone(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _nothing_is_left():
    before = {process.pid for process in processes()}
    yield
    assert {process.pid for process in processes()} <= before


@pytest.mark.usefixtures("measured")
async def test_an_answer_gets_the_verifiers_score():
    async with Checker(verifier()) as checker:
        assert await checker.check("42", QUESTION) == Verdict(1.0)
        assert await checker.check("41", QUESTION) == Verdict(0.0)


def test_partial_credit_is_not_right_and_rounding_is():
    assert Verdict(1.0 - 1e-12).right
    assert not Verdict(0.999).right
    assert not Verdict(None, "it raised").right


@pytest.mark.usefixtures("measured")
async def test_a_verifier_that_fails_on_one_answer_says_so_and_the_others_go_on():
    failing = {
        "exit": "its process ended with exit code 3",
        "crash": "its process was killed by SIGSEGV",
        "raise": "KeyError: '1'",
        "leave": "SystemExit: 2",
    }
    hanging = ["hang", "hang in C"]

    async def found(answers):
        return await asyncio.gather(*(checker.check(each, QUESTION) for each in answers))

    async with Checker(verifier(), limit_s=PATIENCE, workers=2) as checker:
        assert await found(["42", *failing, "41", "42"]) == [
            Verdict(1.0),
            *(Verdict(None, error) for error in failing.values()),
            Verdict(0.0),
            Verdict(1.0),
        ]
        checker.limit_s = 1  # for those alone that would take for ever
        late = Verdict(None, "it took longer than 1 s")
        assert await found(hanging) == [late] * len(hanging)
        checker.limit_s = PATIENCE
        assert await found(["42"] * 3) == [Verdict(1.0)] * 3


async def test_a_score_that_is_not_between_0_and_1_is_an_error():
    scores = [float("nan"), float("inf"), None, "1.0", [1], 10**400, object(), 50, -1]
    async with Checker(lambda answer, _: scores[int(answer)], workers=1) as checker:
        for index in range(len(scores)):
            verdict = await checker.check(str(index), QUESTION)
            assert verdict.score is None
            assert verdict.error is not None
            assert "a verifier returns 0 to 1" in verdict.error


async def test_a_score_may_be_a_bool_or_numpys():
    import numpy as np

    async with Checker(lambda answer, _: np.float32(1) if answer else True) as checker:
        assert (await checker.check("42", QUESTION)).right
        assert (await checker.check("", QUESTION)).right


async def test_what_a_hung_verifier_started_ends_with_it(tmp_path):
    told = tmp_path / "pid"

    def verify(answer, question):
        child = subprocess.Popen(["/bin/sleep", "1000"])
        told.write_text(str(child.pid))
        child.wait()

    async with Checker(verify, limit_s=PATIENCE, workers=1) as checker:
        asked = asyncio.create_task(checker.check("42", QUESTION))
        await asyncio.to_thread(wait_until, lambda: told.exists() and told.read_text())
        skip(PATIENCE)
        assert (await asked).error == f"it took longer than {PATIENCE} s"
        wait_until(lambda: gone(int(told.read_text())))


async def test_a_cancelled_check_ends_its_process_and_the_next_one_works():
    async with Checker(verifier(), workers=1) as checker:
        await checker.start()
        asked = asyncio.create_task(checker.check("hang", QUESTION))
        await asyncio.sleep(0)
        assert not checker._idle
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert processes() == []
        assert (await checker.check("42", QUESTION)).right


async def test_a_process_that_died_while_idle_costs_no_answer():
    async with Checker(verifier(), workers=1) as checker:
        await checker.start()
        (worker,) = checker._idle
        os.kill(worker.process.pid, signal.SIGKILL)
        await worker.reader.read()
        assert await checker.check("42", QUESTION) == Verdict(1.0)


async def test_a_verdict_that_came_while_the_event_loop_was_busy_counts():
    async with Checker(verifier(), limit_s=PATIENCE, workers=1) as checker:
        await checker.start()
        (worker,) = checker._idle
        asked = asyncio.create_task(checker.check("42", QUESTION))
        await asyncio.sleep(0)
        assert not checker._idle
        # The loop is busy until the reply is there and the limit is over.
        reply = worker.writer.get_extra_info("socket")
        assert select.select([reply], [], [], PATIENCE)[0]
        skip(PATIENCE)
        assert await asked == Verdict(1.0)


async def test_processes_start_when_they_are_needed_and_no_more_than_allowed():
    async with Checker(verifier(), workers=2) as checker:
        assert processes() == []
        await asyncio.gather(*(checker.check("42", QUESTION) for _ in range(20)))
        assert 1 <= len(processes()) <= 2


async def test_a_process_imports_neither_langgraph_nor_langchain():
    def verify(answer, question):
        return float(
            any(name.startswith(("langgraph", "langchain")) for name in sys.modules)
        )

    async with Checker(verify) as checker:
        assert await checker.check("42", QUESTION) == Verdict(0.0)


async def test_hashes_are_the_same_in_every_process():
    def verify(answer, question):
        return float(hash("order of a set"))

    seen = set()
    for _ in range(2):
        async with Checker(verify) as checker:
            seen.add((await checker.check("42", QUESTION)).score)
    assert len(seen) == 1


async def test_a_process_would_end_itself_if_nobody_did():
    def verify(answer, question):
        return 50 < signal.getitimer(signal.ITIMER_REAL)[0] <= 65

    async with Checker(verify, limit_s=60) as checker:
        assert await checker.check("42", QUESTION) == Verdict(1.0)


async def test_load_is_called_once_and_outside_of_the_limit(tmp_path):
    begun, over = tmp_path / "begun", tmp_path / "over"

    class Slow:
        calls = 0

        def load(self):
            begun.touch()
            while not over.exists():
                time.sleep(0.01)
            self.calls += 1

        def __call__(self, answer, question):
            return float(self.calls)

    async with Checker(Slow(), limit_s=PATIENCE, workers=1) as checker:
        asked = asyncio.create_task(checker.check("42", QUESTION))
        await asyncio.to_thread(wait_until, begun.exists)
        skip(PATIENCE)
        over.touch()
        assert await asked == Verdict(1.0)
        assert await checker.check("42", QUESTION) == Verdict(1.0)


async def test_a_verifier_that_cannot_be_loaded_is_known_before_anything_is_paid():
    class Broken:
        def load(self):
            msg = "no model here"
            raise OSError(msg)

        def __call__(self, answer, question):
            return 1.0

    async with Checker(Broken()) as checker:
        with pytest.raises(
            RuntimeError, match=r"can't be loaded .* OSError: no model here"
        ):
            await checker.start()
        with pytest.raises(RuntimeError, match="no model here"):
            await checker.check("42", QUESTION)


async def test_what_a_verifier_prints_is_thrown_away_and_it_reads_nothing(capfd):
    def verify(answer, question):
        os.write(1, b"loud")
        sys.stderr.write("louder")
        return float(sys.stdin.read() == "")

    async with Checker(verify) as checker:
        assert (await checker.check("42", QUESTION)).right
    assert capfd.readouterr() == ("", "")


async def test_a_question_that_cannot_be_sent_is_an_error_of_its_own():
    question = Question("1", "?", "42", {"lock": threading.Lock()})
    async with Checker(verifier()) as checker:
        verdict = await checker.check("42", question)
    assert verdict.error is not None
    assert "can't be sent" in verdict.error


async def test_an_answer_of_megabytes_arrives():
    async with Checker(
        lambda answer, _: len(answer) == 5_000_000, limit_s=PATIENCE
    ) as checker:
        assert await checker.check("x" * 5_000_000, QUESTION) == Verdict(1.0)


async def test_two_processes_give_five_hundred_verdicts_a_second():
    def spent():
        """Return the CPU seconds of this process and of those: others' are no matter."""
        theirs = sorted(processes(), key=lambda process: process.pid)
        return [time.process_time(), *(sum(each.cpu_times()[:2]) for each in theirs)]

    async def judged(count):
        asked = (checker.check("42", QUESTION) for _ in range(count))
        assert all(verdict.right for verdict in await asyncio.gather(*asked))

    async with Checker(verifier(), workers=2) as checker:
        await judged(20)
        rates = []
        for _ in range(3):
            before = spent()
            await judged(300)
            after = spent()
            rates.append(300 / max(b - a for a, b in zip(before, after, strict=True)))
    assert max(rates) > 500


def test_it_works_on_the_event_loop_of_a_thread():
    async def main():
        async with Checker(verifier()) as checker:
            found.append(await checker.check("42", QUESTION))

    found: list[Verdict] = []
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()
    assert found == [Verdict(1.0)]


SCRIPT = """
import asyncio, os, psutil, time
from a2r_graph.evals import Question
from a2r_graph.evals.checker import Checker

def verify(answer, question):
    open({started!r}, "w").close()
    time.sleep(1000 if answer == "hang" else 0)
    return 1.0

async def main():
    async with Checker(verify, limit_s=500, workers=1) as checker:
        await checker.check("right", Question("1", "?", "42"))
        pid = psutil.Process().children()[0].pid
        print(pid, flush=True)
        await checker.check({answer!r}, Question("1", "?", "42"))
        await asyncio.sleep({pause})

asyncio.run(main())
"""


def script(tmp_path: Path, answer: str, pause: float) -> subprocess.Popen[str]:
    path = tmp_path / "no_guard.py"
    path.write_text(SCRIPT.format(started=str(tmp_path / "s"), answer=answer, pause=pause))
    return subprocess.Popen(
        [sys.executable, "-X", "dev", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_script_needs_no_guard_and_leaves_no_warning(tmp_path):
    run = script(tmp_path, "right", 0)
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, err
    assert "ResourceWarning" not in err
    assert gone(int(out))


def test_ctrl_c_leaves_no_process(tmp_path):
    with script(tmp_path, "hang", 0) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        pid = int(run.stdout.readline())
        run.send_signal(signal.SIGINT)
        err = run.stderr.read()
        assert run.wait(PATIENCE) == -signal.SIGINT
    assert "KeyboardInterrupt" in err
    assert "ResourceWarning" not in err
    assert gone(pid)


def test_an_idle_process_ends_with_a_parent_that_was_killed(tmp_path):
    with script(tmp_path, "right", 1000) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        run.kill()
    wait_until(lambda: gone(pid))


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"limit_s": 0}, "limit_s: 0 is not allowed"),
        ({"limit_s": float("inf")}, "limit_s: inf is not allowed"),
        ({"workers": 0}, "workers: 0 is not allowed"),
    ],
)
def test_a_setting_out_of_bounds_is_refused(settings, error):
    with pytest.raises(ValueError, match=error):
        Checker(verifier(), **settings)


async def _asynchronous(answer, question):
    return 1.0


@pytest.mark.parametrize(
    ("verify", "error"),
    [
        (_asynchronous, "is asynchronous; give a plain function"),
        ("no function", "can't be called"),
        (threading.Lock().acquire, "can't be pickled"),
    ],
)
def test_what_cannot_verify_is_refused(verify, error):
    with pytest.raises(ValueError, match=error):
        Checker(verify)
