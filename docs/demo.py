"""Write `docs/demo.md`: twenty questions, asked as a newcomer asks them.

    python docs/demo.py

Each is asked three times by `a2r ask --json QUESTION`, on the embedded model with its own
settings. What was answered stands in `docs/demo.jsonl`, a line a run; what is there isn't
asked again. A final answer is right if the pattern beside the question is in it. Where none
could be read in the answer, its first sentence is what counts.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from a2r_graph.references import leader

HERE = Path(__file__).parent
RECORDED, PAGE = HERE / "demo.jsonl", HERE / "demo.md"
RUNS = 3

QUESTIONS = {
    "How many days are there in a week?": r"\b(7|seven)\b",
    "What is 17 + 5?": r"\b(22|twenty-two)\b",
    "What is the capital of France?": r"\bParis\b",
    "What is 6 times 7?": r"\b(42|forty-two)\b",
    "Who wrote Romeo and Juliet?": r"Shakespeare",
    "How many legs does a spider have?": r"\b(8|eight)\b",
    "Which planet is the largest in our solar system?": r"\bJupiter\b",
    "What is the square root of 81?": r"\b(9|nine)\b",
    "How many minutes are in two hours?": r"\b120\b",
    "What is the chemical symbol for gold?": r"\bAu\b",
    "In which year did the Second World War end?": r"\b1945\b",
    "What colour do you get when you mix blue and yellow?": r"(?i)\bgreen\b",
    "Is 91 a prime number?": r"(?i)\bno\b|\bnot (a )?prime",
    'How many letters "r" are in "strawberry"?': r"(?i)\b(3|three)\b",
    "What is the largest ocean on Earth?": r"\bPacific\b",
    "I have 3 apples, eat one and buy 5 more. How many do I have?": r"\b(7|seven)\b",
    "What is 15% of 200?": r"\b(30|thirty)\b",
    "At what temperature does water boil, in degrees Celsius?": r"\b100\b",
    "A train drives 60 km in 45 minutes. What is its speed in km/h?": r"\b80\b",
    'What is the opposite of "hot"?': r"(?i)\bcold\b",
}


def asked(question: str) -> dict[str, Any]:
    """Return what one run came to."""
    command = [sys.executable, "-m", "a2r_graph.cli", "ask", "--json", question]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  our own
    said = json.loads(done.stdout)
    report = said["a2r"]
    kept = ("votes", "majority", "synthesis", "synthesis_answer", "note", "set_aside")
    told = {key: report[key] for key in kept if key in report}
    return {"question": question, "answer": said["answer"], **told}


def record() -> list[dict[str, Any]]:
    """Return all runs, after asking for those that aren't there."""
    runs = []
    if RECORDED.exists():
        runs = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]
    with RECORDED.open("a", encoding="utf-8") as file:
        for question in QUESTIONS:
            there = sum(run["question"] == question for run in runs)
            for _ in range(RUNS - there):
                runs.append(run := asked(question))
                file.write(json.dumps(run, ensure_ascii=False) + "\n")
                file.flush()
                print(run["question"], "|", run["note"] or "", flush=True)
    return runs


def read(run: dict[str, Any]) -> str | None:
    """Return the final answer of a run's answer, if one was read."""
    key = "synthesis_answer" if run["synthesis"] == "model" else "majority"
    answer: str | None = run[key]
    return answer


def final(run: dict[str, Any]) -> str:
    """Return what a run's answer is judged by."""
    return read(run) or re.split(r"(?<=[.!?])\s", run["answer"].strip())[0]


def lucky(run: dict[str, Any]) -> bool:
    """Whether the vote has no leader: its first answer is one of several as frequent."""
    return leader(run["votes"]) is None


def page(runs: list[dict[str, Any]]) -> str:
    """Return the page."""
    rows, totals = [], [0, 0, 0, 0]
    unread = tied = 0
    for question, pattern in QUESTIONS.items():
        mine = [run for run in runs if run["question"] == question]
        right = [
            (
                bool(run["majority"] and re.search(pattern, run["majority"])),
                bool(re.search(pattern, final(run))),
            )
            for run in mine
        ]
        counts = [
            sum(vote for vote, _ in right),
            sum(answer for _, answer in right),
            sum(vote and answer for vote, answer in right),
            sum(run["synthesis"] == "kept" for run in mine),
        ]
        for run, (vote, answer) in zip(mine, right, strict=True):
            unread += answer and read(run) is None
            tied += vote and lucky(run)
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        rows.append(f"| {question} | {' | '.join(map(str, counts))} |")
    every = f"| of {len(runs)} | {' | '.join(f'**{count}**' for count in totals)} |"
    table = "\n".join([*rows, every])
    votes, answers, *_ = totals
    strict = answers - unread
    return f"""\
# Twenty questions on the embedded model

What a newcomer sees: `a2r ask QUESTION`, without an option, three times a question. The
model is SmolLM2-135M-Instruct in 4 bits, which is often wrong, and no synthesizer: by
itself it answers against a right vote. So `a2r ask` sets `keep_majority=true` for it
(beside `synthesizer_temperature=0.2`, `max_tokens=256` and `synthesizer_max_tokens=128`),
where nobody sets them: an answer that leads the vote stays unless the synthesis ends with
it too. A line says so wherever vote and synthesis differ.

How often, of three runs, the vote is right (Cons@8: its first answer, also of a tie), the
answer shown, and both; and how often the vote was kept against the synthesis:

| question | vote right | answer right | both | vote kept |
| --- | ---: | ---: | ---: | ---: |
{table}

The runs are in [demo.jsonl](demo.jsonl); `python docs/demo.py` asks anew what isn't there,
and writes this page. A final answer is right if it holds what is asked for (the patterns
stand in the script); where none could be read in an answer, its first sentence counts. That
is so of {unread} of the {answers} right ones. By final answers alone it is {strict} against
the vote's {votes}, of which {tied} were the first of a tie, or given once: there nothing
is kept.
"""


if __name__ == "__main__":
    PAGE.write_text(page(record()), "utf-8")
