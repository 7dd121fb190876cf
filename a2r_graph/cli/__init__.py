"""`a2r` on the command line: the way in. Needs the extra `cli`."""

from __future__ import annotations

import io
import sys

from a2r_graph.extras import install

_NEEDED = {"typer", "rich"}
_INTERRUPTED = 130


def main() -> None:
    """Run `a2r` with the arguments of the process, and exit.

    Exit codes: 0; 1 for a run that failed; 2 for a wrong call, a missing extra or a
    missing file; 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        import rich  # noqa: F401, PLC0415  of the extra; used once a question is asked

        from a2r_graph.cli.commands import app  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        sys.stderr.write(f"a2r: the command line needs {error.name}: {install('cli')}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    app(prog_name="a2r")
