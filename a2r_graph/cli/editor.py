"""A text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory


def edited(text: str) -> str:
    """Return `text` as the person leaves it in $VISUAL, else $EDITOR.

    Raises:
        ValueError: Neither is set, it can't be started, or it failed.
    """
    for variable in ("VISUAL", "EDITOR"):
        editor = os.environ.get(variable, "").strip()
        if editor:
            break
    else:
        msg = "set VISUAL or EDITOR to your editor first, EDITOR=nano say"
        raise ValueError(msg)
    with TemporaryDirectory(prefix="a2r-") as folder:
        file = Path(folder, "text.md")
        file.write_text(f"{text}\n" if text else "", "utf-8")
        try:
            code = _run([*shlex.split(editor), str(file)])
        except (OSError, ValueError) as error:
            msg = f"{variable}: {editor!r} can't be started: {error}"
            raise ValueError(msg) from None
        if code:
            msg = f"{variable}: {editor!r} ended with {code}; nothing was changed"
            raise ValueError(msg)
        try:
            return file.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
        except OSError as error:
            msg = f"the text can't be read again: {error.strerror}; nothing was changed"
            raise ValueError(msg) from None


def _run(words: list[str]) -> int:
    """Run the editor to its end. Ctrl-C is meant for it alone while it runs."""
    # A function, unlike SIG_IGN, isn't passed on to the editor.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(words, check=False).returncode  # noqa: S603  the person's own
    finally:
        signal.signal(signal.SIGINT, before)
