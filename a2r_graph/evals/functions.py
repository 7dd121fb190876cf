"""Functions of the user's, by the names that a command line gives them."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FileFunction:
    """A function in a Python file of the user's, loaded in each process by its path."""

    path: str
    function: str
    digest: str
    """Of the file's text, which tells it from what stood there before."""

    def load(self) -> None:
        """Run the file."""
        _run(self.path, self.digest)

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401  the user's function
        """Return what the function returns."""
        return getattr(_run(self.path, self.digest), self.function)(*arguments)


def load_function(
    option: str, given: str | Callable[..., Any], takes: Sequence[str]
) -> Callable[..., Any]:
    """Return the function that `package.module:function` or `file.py:function` names.

    Args:
        option: What it is for; errors begin with it.
        given: Such a name, or a function, which is returned as it is.
        takes: The names of its arguments, as errors say them.

    Raises:
        ValueError: There is none, it can't be imported, it is asynchronous, or it doesn't
            take these arguments; says which.

    Example:
        >>> load_function("verifier", "operator:eq", ["answer", "question"]).__name__
        'eq'
    """
    if not isinstance(given, str):
        return _checked(option, repr(given), given, takes)
    where, colon, name = given.rpartition(":")
    if not colon or not where or not name.isidentifier():
        msg = (
            f"{option}: {given!r} is not allowed: 'package.module:function', "
            "'path/to/file.py:function' or a function"
        )
        raise ValueError(msg)
    try:
        if where.endswith(".py"):
            path = str(Path(where).resolve(strict=True))
            digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
            _checked(option, given, getattr(_run(path, digest), name), takes)
            return FileFunction(path, name, digest)
        if (here := str(Path.cwd())) not in sys.path:
            sys.path.append(here)  # a command's own path hasn't it
        function = getattr(importlib.import_module(where), name)
    except ValueError:
        raise
    except Exception as error:
        msg = f"{option}: {given!r} can't be loaded: {type(error).__name__}: {error}"
        raise ValueError(msg) from error
    return _checked(option, given, function, takes)


@functools.cache
def _run(path: str, digest: str) -> Any:  # noqa: ANN401  a module of the user's
    folder = str(Path(path).parent)
    if folder not in sys.path:
        sys.path.append(folder)  # it may import what lies beside it
    name = f"_file_{Path(path).stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"{path} is no Python file"
        raise ImportError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def _checked(
    option: str,
    name: str,
    function: Any,  # noqa: ANN401  checked here
    takes: Sequence[str],
) -> Callable[..., Any]:
    wanted = f"({', '.join(takes)})"
    if inspect.iscoroutinefunction(function):
        msg = f"{option}: {name} is asynchronous; give a plain function {wanted}"
        raise ValueError(msg)
    try:
        inspect.signature(function).bind(*takes)
    except TypeError as error:
        msg = f"{option}: {name} doesn't take {wanted}: {error}"
        raise ValueError(msg) from None
    except ValueError:
        pass  # a builtin that doesn't say what it takes
    checked: Callable[..., Any] = function
    return checked
