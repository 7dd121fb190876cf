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


def require(what: str, extra: str, *modules: str) -> None:
    """Refuse to go on without the packages of an extra.

    Args:
        what: What needs them.
        extra: Its name.
        modules: Their modules, which aren't imported.

    Raises:
        ImportError: One isn't installed.
    """
    missing = [name for name in modules if not _is_there(name)]
    if missing:
        msg = f"{what} needs its extra (no {', '.join(missing)}): {install(extra)}"
        raise ImportError(msg)


def _is_there(module: str) -> bool:
    from importlib import util  # noqa: PLC0415  heavy

    try:
        return util.find_spec(module) is not None
    except ImportError:  # whoever looks for modules says that there is none
        return False
    except ValueError:  # it is there already, and didn't come by a finder
        return True


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
