"""An evaluation on a real vLLM server."""

from __future__ import annotations

import asyncio

import pytest
from vllm.test_run import PLAIN, settled, tokens

from a2r_graph.evals import evaluate, load_task

pytestmark = pytest.mark.vllm


def test_what_an_evaluation_counts_is_what_the_server_counted(vllm, metrics, tmp_path):
    task = load_task("gym:chain_sum", limit=3, config={"max_terms": 2, "max_digits": 1})
    options = {
        "explorer": vllm(chat_template_kwargs=PLAIN),
        "n": [2, 4],
        "context": {"max_tokens": 48, "synthesizer_max_tokens": 48},
        "folder": tmp_path,
    }
    before = asyncio.run(settled(metrics))
    results = evaluate(task, **options)
    after = asyncio.run(settled(metrics))
    assert results.finished
    assert results.questions == 3
    two, four = results.at
    roles = four.spent["explorer"], two.spent["synthesizer"], four.spent["synthesizer"]
    read = sum(spent.input_tokens for spent in roles)
    written = sum(spent.output_tokens for spent in roles)
    assert tokens(after, before) == (round(3 * read), round(3 * written))
    assert four.spent["total"].seconds > four.spent["explorer"].seconds > 0
    assert evaluate(task, **options).as_dict() == results.as_dict()
    assert tokens(metrics(), after) == (0, 0), "all was there"
