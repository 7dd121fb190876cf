"""Run the notebooks and write what they show into them.

    python docs/notebooks.py [NAME...]

A name is a part of a file's name. All run on the embedded model but the last, whose
outputs come from the tests' vLLM server:

    python tests/vllm/serve.py --run docs/notebooks.py
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
PATIENCE = 600
"""Seconds for one cell: a busy machine is slow, and a model that hangs is a fault."""

_OTHERS = (
    "A2R_",
    "COVERAGE_",
    "EXPLORER",
    "LANGCHAIN_",
    "LANGSMITH_",
    "MPL",
    "SYNTHESIZER",
    "VLLM_",
)
"""Variables that would have a notebook show something else, or to somebody else."""

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path, folder: Path, **variables: str) -> Any:  # noqa: ANN401  nbformat's
    """Return the notebook with the outputs of a run in `folder`.

    Args:
        path: The notebook.
        folder: Where it runs; an empty one. Sockets are made in it: a short path.
        variables: Set in its environment.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    kernel = AsyncKernelManager(
        # This Python's, whichever kernels the user has. Sockets in files, since ports of
        # loopback are open to all who share the machine.
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        kernel_name="python3",
        transport="ipc",
        connection_file=str(folder / "kernel.json"),
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_OTHERS)}
    environment |= {"IPYTHONDIR": str(folder), **variables}
    client = NotebookClient(
        notebook,
        km=kernel,
        timeout=PATIENCE,
        iopub_timeout=PATIENCE,
        startup_timeout=PATIENCE,
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute(cwd=str(folder), env=environment, cleanup_kc=True)
    notebook.metadata = nbformat.from_dict(_METADATA)
    return notebook


def on_vllm() -> dict[str, str]:
    """Return the variables that name the tests' vLLM server; none where there is none."""
    if not (url := os.environ.get("A2R_TEST_VLLM_URL")):
        return {}
    model = os.environ.get("A2R_TEST_VLLM_MODEL", "smol")
    return {
        "VLLM_BASE_URL": url,
        "VLLM_API_KEY": os.environ.get("A2R_TEST_VLLM_KEY", "EMPTY"),
        "EXPLORER": model,
        "SYNTHESIZER": model,
    }


def main(names: list[str]) -> None:
    """Run those named, or all that belong to the server that there is."""
    server = on_vllm()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if bool(server) != ("vllm" in path.name):
            continue
        if names and not any(name in path.name for name in names):
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="a2r-") as folder:
            nbformat.write(executed(path, Path(folder), **server), path)
        print(f"{path.name}: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
