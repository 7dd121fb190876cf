"""What to type for an extra, by how the package was installed."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import a2r_graph
from a2r_graph import extras

PACKAGE = Path(a2r_graph.__file__).parent


def clone(folder):
    """Make what of a clone is looked at, beside the package; return it."""
    for name in ("__init__.py", "extras.py"):
        (folder / "a2r_graph").mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / name, folder / "a2r_graph")
    (folder / "pyproject.toml").write_text('[project]\nname = "a2r-graph"\n')
    return folder


def installed(folder, origin=None):
    """Make what pip leaves in a folder of packages; return the folder."""
    clone(folder)
    (folder / "pyproject.toml").unlink()
    return noted(folder, origin)


def noted(folder, origin):
    """Add what pip notes of the package; return the folder."""
    about = folder / "a2r_graph-0.1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: a2r-graph\nVersion: 0\n")
    if origin:
        (about / "direct_url.json").write_text(json.dumps(origin))
    return folder


def told(*path):
    """Return the hint in a fresh Python that finds packages in these folders alone."""
    code = (
        f"import sys; sys.path[:0] = {list(map(str, path))}\n"
        "from a2r_graph.extras import install; print(install('local'))"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_came_from_an_index_gets_its_extras_from_there(tmp_path):
    assert told(installed(tmp_path)) == "pip install 'a2r-graph[local]'"


def test_a_clone_that_was_never_installed_is_installed_where_it_lies(tmp_path):
    assert told(clone(tmp_path)) == f"cd {tmp_path} && pip install '.[local]'"


def test_a_clone_that_was_installed_as_a_copy_stays_one(tmp_path):
    source = clone(tmp_path / "my clone")
    site = installed(tmp_path / "site", {"url": source.as_uri(), "dir_info": {}})
    assert told(site) == f"cd '{source}' && pip install '.[local]'"


def test_an_editable_clone_stays_editable(tmp_path):
    source = clone(tmp_path / "clone")
    origin = {"url": source.as_uri(), "dir_info": {"editable": True}}
    site = noted(tmp_path / "site", origin)
    assert told(site, source) == f"cd {source} && pip install -e '.[local]'"


def test_a_clone_that_is_gone_is_not_named(tmp_path):
    gone = {"url": (tmp_path / "gone").as_uri(), "dir_info": {}}
    assert told(installed(tmp_path / "site", gone)) == "pip install 'a2r-graph[local]'"


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        (
            {"url": "file:///w/a2r_graph-0.1.0-py3-none-any.whl", "archive_info": {}},
            "file:///w/a2r_graph-0.1.0-py3-none-any.whl",
        ),
        (
            {
                "url": "https://git.example/a2r.git",
                "vcs_info": {"vcs": "git", "commit_id": "50e5597"},
            },
            "git+https://git.example/a2r.git@50e5597",
        ),
    ],
)
def test_a_wheel_and_a_repository_are_named_since_no_index_may_have_them(
    origin, address, tmp_path
):
    hint = told(installed(tmp_path, origin))
    assert hint == f"pip install 'a2r-graph[local] @ {address}'"


def test_quotation_marks_are_those_that_cmd_exe_takes(monkeypatch):
    monkeypatch.setattr(extras.os, "name", "nt")
    assert extras._quoted(".[local]") == '".[local]"'


def test_the_hint_is_a_command_that_a_shell_splits_into_what_pip_takes():
    where, command = extras.install("cli,local").split(" && ")
    assert Path(shlex.split(where)[1], "pyproject.toml").exists()
    assert shlex.split(command)[-1] == ".[cli,local]"


def test_no_other_module_names_a_command_for_the_extras():
    for path in PACKAGE.rglob("*.py"):
        assert path.name == "extras.py" or "a2r-graph[" not in path.read_text(), path
