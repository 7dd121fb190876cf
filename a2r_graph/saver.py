"""A checkpoint saver's synchronous side, made awaitable.

A synchronous saver (SQLite, PostgreSQL) refuses asynchronous calls, and an asynchronous
one belongs to the loop that made it; its synchronous methods find their way there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from a2r_graph.background import in_thread


def awaitable(saver: BaseCheckpointSaver[Any]) -> BaseCheckpointSaver[Any]:
    """Return `saver`, or a stand-in that runs its synchronous methods in threads.

    Raises:
        RuntimeError: The saver belongs to the running loop, which a synchronous call
            blocks: each would wait for the other.
    """
    bound_to = getattr(saver, "loop", None)
    try:
        here: object = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    if bound_to is not None and bound_to is here:
        msg = (
            f"{type(saver).__name__} works on the event loop that invoke() or stream() "
            "would block; use ainvoke() or astream() here, or a synchronous saver"
        )
        raise RuntimeError(msg)
    if isinstance(saver, _InThreads):
        return saver
    if type(saver).get_tuple is BaseCheckpointSaver.get_tuple:
        return saver  # it has no synchronous side
    return _InThreads(saver)


class _InThreads(BaseCheckpointSaver[Any]):
    """Every asynchronous method is the saver's synchronous one, in a thread."""

    def __init__(self, saver: BaseCheckpointSaver[Any]) -> None:
        super().__init__(serde=saver.serde)
        self.saver = saver

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.saver, name)

    @property
    def config_specs(self) -> list[Any]:
        return self.saver.config_specs

    def get_next_version(self, current: Any, channel: None = None) -> Any:  # noqa: ANN401
        return self.saver.get_next_version(current, channel)

    def get_tuple(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return self.saver.get_tuple(*args, **kwargs)

    def put(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return self.saver.put(*args, **kwargs)

    def put_writes(self, *args: Any, **kwargs: Any) -> None:
        self.saver.put_writes(*args, **kwargs)

    def list(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return self.saver.list(*args, **kwargs)

    def delete_thread(self, *args: Any, **kwargs: Any) -> None:
        self.saver.delete_thread(*args, **kwargs)

    async def aget_tuple(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return await in_thread(self.saver.get_tuple, *args, **kwargs)

    async def aput(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return await in_thread(self.saver.put, *args, **kwargs)

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        await in_thread(self.saver.put_writes, *args, **kwargs)

    async def adelete_thread(self, *args: Any, **kwargs: Any) -> None:
        await in_thread(self.saver.delete_thread, *args, **kwargs)

    async def alist(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        for found in await in_thread(lambda: [*self.saver.list(*args, **kwargs)]):
            yield found
