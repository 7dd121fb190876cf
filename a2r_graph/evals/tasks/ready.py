"""Ready tasks: prompt and settings of known benchmarks, on data that the user has.

None of their questions are shipped: their licences are unclear, or forbid it.
"""

from __future__ import annotations

from dataclasses import dataclass

from a2r_graph.context import Settings

SETTINGS = Settings(
    temperature=0.6,
    top_p=0.95,
    max_tokens=32_768,
    synthesizer_temperature=0.6,
    synthesizer_max_tokens=32_768,
)
"""Ours; the paper (arXiv 2509.22044) gives none. The sampling and the length are those that
Qwen3's authors advise for thinking; a thought that is cut off has no answer, so that a
lower `max_tokens` measures the limit. A model with a smaller window needs one."""

_PROMPT = """\
{question}

Reason step by step. The answer is %s. Put it, alone, in \\boxed{} at the end."""


@dataclass(frozen=True)
class Ready:
    """A benchmark: how it is put, and where its data is."""

    hub: str
    """A dataset of the hub, as the argument of `hf://`."""
    columns: str
    count: int
    """Questions in all."""
    prompt: str

    def where(self, name: str) -> str:
        """Return how to give the task its data, in words."""
        return (
            f"{name}: its {self.count} questions are not shipped; give a file or a dataset "
            f"that you have, '{name}=questions.jsonl' or '{name}=hf://{self.hub}' "
            f"({self.columns}; downloads it, mind its licence)"
        )


_AIME = _PROMPT % "an integer from 0 to 999"

READY = {
    "aime2024": Ready("HuggingFaceH4/aime_2024", "columns problem, answer", 30, _AIME),
    "aime2025": Ready("math-ai/aime25", "columns problem, answer", 30, _AIME),
    "beyondaime": Ready(
        "ByteDance-Seed/BeyondAIME",
        "columns problem, answer",
        100,
        _PROMPT % "a positive integer",
    ),
}
"""By the name of the task."""

QUESTION_FIELDS = ("problem", "question", "Problem", "Question")
ANSWER_FIELDS = ("answer", "Answer")
