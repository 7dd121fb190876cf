"""What tells a model or a function from another, in this process and in the next."""

from __future__ import annotations

import re
import sys
from typing import Any

from a2r_graph.models.resolve import Model

_SAMPLING = ("temperature", "top_p", "max_tokens", "seed", "model_kwargs", "extra_body")


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
    if model.chat is None:
        return {"name": named(role, model.runnable, tag)}
    return {
        "class": type(model.chat).__qualname__,
        "name": without_address(model.name),
        "params": model.chat.asdict(),  # all that a request says, for LangChain's models
        **{name: told for name in _SAMPLING if (told := model.says(name)) is not None},
        "bound": {key: str(value) for key, value in model.keywords.items()},
    }


def named(argument: str, thing: object, tag: str | None) -> str | None:
    """Return a text that names `thing`: itself, or where a function of a module stands.

    Raises:
        ValueError: It has no name that the next process would know, and there is no tag.
    """
    if thing is None or isinstance(thing, str):
        return thing
    name = str(getattr(thing, "__qualname__", type(thing).__qualname__))
    module = str(getattr(thing, "__module__", ""))
    if getattr(sys.modules.get(module), name, None) is thing or tag is not None:
        return f"{module}.{name}"
    msg = (
        f"{argument}: {name} can't be told from a changed one, whose samples would be "
        "taken for its own; give tag=..., and another one whenever it changes"
    )
    raise ValueError(msg)


def without_address(name: str) -> str:
    """Return a model's name without the address where it is served."""
    return re.sub(r"@https?://\S*", "", name)
