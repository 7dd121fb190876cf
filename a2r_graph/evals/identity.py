"""What tells a model or a function from another, in this process and in the next."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import sys
from operator import attrgetter
from types import FunctionType
from typing import Any

from langchain_core.language_models import BaseChatModel

from a2r_graph.evals.functions import FileFunction
from a2r_graph.models.resolve import Model

_SAMPLING = ("temperature", "top_p", "max_tokens", "seed", "model_kwargs", "extra_body")
_OURS = "a2r_graph."


def identity(role: str, model: Model, tag: str | None) -> dict[str, Any]:
    """Return what a model's samples depend on; its address isn't among it.

    Args:
        role: The argument's name, for the error.
        model: Any.
        tag: The run's; stands for whatever can't be told by fields.

    Raises:
        ValueError: A graph or a function can't be told from a changed one, and there is
            no tag.
    """
    chat = model.chat
    if chat is None:
        return {"name": named(role, model.runnable, tag)}
    return {
        "class": type(chat).__qualname__,
        "name": without_address(model.name),
        "params": _params(chat),
        **{name: told for name in _SAMPLING if (told := model.says(name)) is not None},
        "bound": {key: str(value) for key, value in model.keywords.items()},
    }


def _params(chat: BaseChatModel) -> dict[str, Any]:
    """Return what LangChain tells a model by; where that is nothing, its plain fields."""
    told = chat.asdict()
    if told.keys() - {"_type"}:
        return told
    fields = {name: getattr(chat, name) for name in sorted(chat.model_fields_set)}
    plain = (str, int, float, list, dict, tuple)
    return {name: value for name, value in fields.items() if isinstance(value, plain)}


def named(argument: str, thing: object, tag: str | None) -> str | None:
    """Return a text that tells `thing`: itself, or a function's place and source.

    Functions of this package, and Python's own, are told by their place alone.

    Raises:
        ValueError: It can't be told from a changed one, and there is no tag.
    """
    if thing is None or isinstance(thing, str):
        return thing
    if isinstance(thing, FileFunction):
        return f"{thing.function} {thing.digest}"  # wherever the file lies
    name = str(getattr(thing, "__qualname__", type(thing).__qualname__))
    # A method of a built-in class, `str.casefold` say, has its class's module.
    home = getattr(thing, "__module__", None) or _module(thing)
    place = f"{home}.{name}"
    known = place.startswith(_OURS) or home in sys.stdlib_module_names
    if known and _is_there(thing, home, name):
        return place
    if isinstance(thing, (FunctionType, type)):
        source = _source(thing)
        if source and (not getattr(thing, "__closure__", None) or tag is not None):
            return f"{place} {hashlib.sha256(source.encode()).hexdigest()[:16]}"
    if tag is not None:
        return place
    msg = (
        f"{argument}: {name} can't be told from a changed one, whose samples would be "
        "taken for its own; give tag=..., and another one whenever it changes"
    )
    raise ValueError(msg)


def _module(thing: object) -> str:
    return str(getattr(getattr(thing, "__objclass__", None), "__module__", ""))


def _is_there(thing: object, home: str, name: str) -> bool:
    try:
        return attrgetter(name)(sys.modules.get(home)) is thing
    except AttributeError:
        return False


def _source(thing: FunctionType | type) -> str:
    """Return the source, or what stands for it; empty where there is neither."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        code = getattr(thing, "__code__", None)
        return "" if code is None else f"{code.co_code.hex()} {code.co_names}"


def without_address(name: str) -> str:
    """Return a model's name without the address where it is served."""
    return re.sub(r"@https?://\S*", "", name)


def digest(*parts: object) -> str:
    """Return what tells plain data from other data."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
