"""Read random mixtures of all forms of an answer; none may raise, hang or be unstable.

    python tests/fuzz_answers.py 100000 [SEED]

prints how many were read, and the slowest. `test_fuzz_answers.py` runs a few thousand.
"""

from __future__ import annotations

import random
import sys
import time

from a2r_graph.references import answer_key, complete_part, extract_answer, joined

LIMIT = 1.0
"""Seconds of processor time for one text of some thousand characters."""

FORMS = [
    *(
        "Answer:",
        "**Answer:** ",
        "### Final Answer\n",
        "The answer is ",
        "Ans. ",
        "#### ",
        "####",
    ),
    *("\\boxed{", "\\boxed", "\\fbox{", "}", "{", "\\boxed{5}", "$\\boxed{\\frac{1}{2}}$"),
    *(
        "<answer>",
        "</answer>",
        '{"answer": "',
        '"answer": 12',
        '"}',
        "'answer': '",
        "option B",
    ),
    *(
        "is correct",
        "is the correct answer",
        "choose ",
        "go with ",
        "Yes",
        "No",
        "True",
        "none",
    ),
    *("<think>", "</think>", "<|im_end|>", "<|begin_of_box|>", "<|end_of_box|>", "</s>"),
    *(
        "```",
        "```python\n",
        "`",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "\\left(",
        "\\right)",
    ),
    *(
        "\\frac",
        "\\frac{",
        "\\frac12",
        "\\sqrt",
        "\\sqrt[3]{",
        "\\text{",
        "\\pm",
        "\\times",
        "\\pi",
    ),
    *(
        "\\begin{pmatrix}",
        "\\end{pmatrix}",
        "&",
        "\\\\",
        "\\,",
        "{,}",
        "\\%",
        "\\$",
        "^",
        "_",
        "^{",
    ),
    *(
        "0",
        "1",
        "12",
        "007",
        "1,234",
        "1.234,56",
        "3.14",
        "1e10",
        "1e999999",
        "10^8",
        "1/2",
        "1/0",
    ),
    *(
        "½",
        "²",
        "⁻",
        "√",
        "π",
        "∞",
        "±",
        "−",
        "–",
        "%",
        "$5",
        "€",
        "5 km",
        "5 m/s^2",
        "mW",
        "°C",
    ),
    *("14:30", "3:4", "2024-03-15", "March 15, 2024", "[1, 2)", "(3, -4)", "{1, 2}", "3-5"),
    *(
        "1 1/2",
        "1.5 million",
        "seven",
        "twenty-one",
        "half",
        "0x1F",
        "101_2",
        " mod ",
        "sin",
        "x",
    ),
    *(
        "x = ",
        "=",
        "==",
        "<",
        "≥",
        "≈",
        "∈",
        "∪",
        " or ",
        " and ",
        " to ",
        " of ",
        " not ",
        "A",
        "B)",
    ),
    *(
        "(B)",
        "because ",
        "which is ",
        "(",
        ")",
        "[",
        "]",
        '"',
        "“",
        "*",
        "**",
        "_",
        "__",
        "- ",
        "1. ",
    ),
    *(
        ", ",
        "; ",
        ": ",
        ". ",
        ".",
        "!",
        "?",
        "...",
        "\n",
        "\n\n",
        "|",
        "| a | b |\n",
        "\t",
        " ",
        "\u3000",
    ),
    *(
        "答案是",
        "答案：",
        "选",
        "答え",
        "です",
        "정답",
        "입니다",
        "الإجابة",
        "هي",
        "٤٢",
        "उत्तर",
        "है",
        "४२",
    ),
    *(
        "Ответ",
        "Antwort",
        "lautet",
        "Respuesta",
        "es",
        "réponse",
        "四十二",
        "万",
        "😀",
        "①",
        "5⑴",
    ),
    *(
        "Wait,",
        "Actually,",
        "Let me check",
        "I hope",
        "Question:",
        "H2O",
        "St. Louis",
        "Dr. ",
        "U.S.",
    ),
    *(
        "foo_bar()",
        "__init__",
        "*.txt",
        "v1.2.3",
        "\0",
        "\ud800",
        "\u2028",
        "\u200f",
        "word word ",
    ),
]
PAIRS = (
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("\\boxed{", "}"),
    ("<answer>", "</answer>"),
    ("**", "**"),
)


def mixture(rng: random.Random) -> str:
    """Return a text: forms side by side, repeated, or nested."""
    kind, count = rng.random(), rng.choice((1, 2, 3, 5, 8, 13, 21, 40))
    mixed = "".join(
        rng.choice(FORMS) + rng.choice(("", "", " ", "\n")) for _ in range(count)
    )
    if kind < 0.6:
        return mixed
    if kind < 0.8:
        return (
            mixed
            + rng.choice(FORMS) * rng.choice((3, 20, 60, 200, 800))
            + rng.choice(FORMS)
        )
    if kind < 0.9:
        opening, closing = rng.choice(PAIRS)
        depth = rng.choice((5, 50, 200))
        return (
            opening * depth + rng.choice(FORMS) + closing * rng.choice((depth, depth // 2))
        )
    signs = "0123456789.,-+/*^()[]{}xX eE_%$\\:=<>!'\" "
    return rng.choice(("Answer: ", "\\boxed{", "")) + "".join(
        rng.choices(signs, k=10 * count)
    )


def check(text: str) -> tuple[bool, float]:
    """Return whether an answer was read, and the seconds that it took.

    Raises:
        AssertionError: It is unstable, empty, or took too long.
    """
    started = time.process_time()
    answer = extract_answer(text)
    part = complete_part(text)
    for one in (answer or "", text[:400]):
        key = answer_key(one)
        assert joined([key, key])[key] == key, text
    spent = time.process_time() - started
    assert spent < LIMIT, (spent, text)
    assert answer is None or answer.strip(), text
    assert extract_answer(text) == answer, text
    assert part in text or "<|" in text, text
    return answer is not None, spent


def run(count: int, seed: int) -> str:
    """Check `count` mixtures, and return what came of it."""
    rng = random.Random(seed)  # noqa: S311  no secret
    read, slowest = 0, 0.0
    for _ in range(count):
        found, spent = check(mixture(rng))
        read, slowest = read + found, max(slowest, spent)
    return f"{count:,} mixtures, {read:,} read, the slowest in {slowest * 1e3:.0f} ms"


if __name__ == "__main__":
    number, *rest = sys.argv[1:] or ["100000"]
    print(run(int(number), int(rest[0]) if rest else 0))  # noqa: T201  a command
