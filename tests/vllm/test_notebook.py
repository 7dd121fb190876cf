"""The notebook for vLLM runs on the server, and shows what its commit shows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from test_notebooks import notebooks, read, shown_alike, texts  # noqa: F401  a fixture

pytestmark = pytest.mark.vllm
PATH = Path(__file__).parents[2] / "notebooks" / "04-vllm-small-to-big.ipynb"


def test_small_to_big_runs_and_tells_thoughts_windows_and_cached_tokens(
    notebooks,  # noqa: F811  the fixture
    vllm_url,
    vllm_model,
    vllm_key,
):
    server = {"VLLM_BASE_URL": vllm_url, "VLLM_API_KEY": vllm_key}
    models = {"EXPLORER": vllm_model, "SYNTHESIZER": vllm_model}
    with tempfile.TemporaryDirectory(prefix="a2r-") as folder:
        run = notebooks.executed(PATH, Path(folder), **server, **models)
    shown_alike(run, read(PATH))
    cells = {cell.id: cell for cell in run.cells}
    assert f"explorer: {vllm_model}" in "".join(texts(cells["models"]))
    assert "counted exactly: True" in "".join(texts(cells["window"]))
    table = cells["usage"].outputs[0].data["text/markdown"]
    for row in table.splitlines()[2:]:
        assert "None" not in row or row.startswith("| synthesizer"), table
