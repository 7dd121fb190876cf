"""The package's extras, and how this installation gets another one."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

_NAME = "a2r-graph"


def install(extras: str) -> str:
    """Return the shell command that adds extras to this installation.

    A clone is installed again where it lies, a wheel or a repository from its address, and
    what came from an index from there.

    Args:
        extras: One, or several with commas between.

    Example:
        >>> from a2r_graph.extras import install
        >>> "pip install" in install("cli,local")
        True
    """
    origin = _origin()
    info = origin.get("dir_info", {})
    if folder := _clone(origin):
        editable = "-e " if info.get("editable") else ""
        return f"cd {_quoted(folder)} && pip install {editable}{_quoted(f'.[{extras}]')}"
    requirement = f"{_NAME}[{extras}]"
    if "archive_info" in origin:
        requirement += f" @ {origin['url']}"
    elif vcs := origin.get("vcs_info"):
        requirement += f" @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"pip install {_quoted(requirement)}"


def _origin() -> dict[str, Any]:
    """Return where it was installed from, as pip noted (PEP 610); empty for an index."""
    from importlib import metadata  # noqa: PLC0415  heavy

    try:
        noted = metadata.distribution(_NAME).read_text("direct_url.json")
    except metadata.PackageNotFoundError:  # a clone on PYTHONPATH
        noted = None
    return json.loads(noted) if noted else {}


def _clone(origin: dict[str, Any]) -> Path | None:
    """Return the clone that runs, else the one that was installed, if it's there."""
    from urllib.parse import urlsplit  # noqa: PLC0415  heavy
    from urllib.request import url2pathname  # noqa: PLC0415  heavy

    folders = [Path(__file__).parents[1]]
    if "dir_info" in origin:
        folders.append(Path(url2pathname(urlsplit(origin["url"]).path)))
    return next((folder for folder in folders if _is_clone(folder)), None)


def _is_clone(folder: Path) -> bool:
    try:
        return f'name = "{_NAME}"' in (folder / "pyproject.toml").read_text("utf-8")
    except OSError:
        return False


def _quoted(text: str | Path) -> str:
    """Return one word of a shell's; of quotation marks, cmd.exe takes double ones alone."""
    return f'"{text}"' if os.name == "nt" else shlex.quote(str(text))
