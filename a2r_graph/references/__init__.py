"""Pure functions over references: no graph, no models, no clocks.

In the order of their use: `extract` a text from a message, read its final answer with
`extract_answer`, `vote`, `collapse` near-identical texts, `arrange` what is left, and
`fit` it into a budget of tokens.
"""

from __future__ import annotations

from a2r_graph.references.answer import complete_part, extract_answer
from a2r_graph.references.calls import answer_in, text_beside, written
from a2r_graph.references.dedupe import collapse, support
from a2r_graph.references.extract import Extracted, extract, sanitise
from a2r_graph.references.finish import cut_off, meaning_of
from a2r_graph.references.fit import Count, Fitted, fit
from a2r_graph.references.key import AnswerKey, Marked, answer_key, joined
from a2r_graph.references.order import arrange
from a2r_graph.references.render import quote, render, render_one
from a2r_graph.references.thoughts import split
from a2r_graph.references.vote import Votes, classes, leader, posterior, spelled, vote

__all__ = [
    # one text
    "Extracted",
    "extract",
    "sanitise",
    "split",
    "meaning_of",
    "cut_off",
    "extract_answer",
    "complete_part",
    "written",
    "answer_in",
    "text_beside",
    # many answers
    "AnswerKey",
    "Marked",
    "answer_key",
    "joined",
    # many references
    "Votes",
    "vote",
    "classes",
    "spelled",
    "leader",
    "posterior",
    "collapse",
    "support",
    "arrange",
    # into a prompt
    "Count",
    "Fitted",
    "fit",
    "quote",
    "render",
    "render_one",
]
