"""Event loops in the background, for synchronous callers of asynchronous code."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

Returned = TypeVar("Returned")


class _Background:
    """An event loop in a daemon thread, with a thread pool of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pid = os.getpid()
        self.thread = threading.Thread(
            target=self.loop.run_forever, name="a2r-loop", daemon=True
        )
        self.thread.start()

    def stop(self) -> None:
        """Let what belongs to the loop, HTTP clients say, be closed; then end it."""
        ending = asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        with contextlib.suppress(TimeoutError):
            ending.result(_GRACE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(_GRACE)
        if not self.thread.is_alive():
            self.loop.close()

    async def _end(self) -> None:
        """End what still runs, for threads that nobody waits for."""
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.loop.shutdown_asyncgens()


_GRACE = 1.0  # seconds at the interpreter's end
_loops: list[_Background] = []
_lock = threading.Lock()
_depth: ContextVar[int] = ContextVar("a2r_depth", default=0)


def _background() -> tuple[_Background, int]:
    """Return the loop for a call from here, and the depth of what will run on it.

    A run that calls `invoke` again, from a branch say, gets another loop than its own:
    that one's thread, or all the threads of its pool, may be waiting for the answer.
    """
    with _lock:
        if _loops and _loops[0].pid != os.getpid():
            _loops.clear()  # after a fork their threads are gone
        threads = [background.thread for background in _loops]
        here = threading.current_thread()
        depth = _depth.get()
        if here in threads:  # where a callback has lost its context variables
            depth = max(depth, threads.index(here) + 1)
        while len(_loops) <= depth:
            _loops.append(_Background())
        return _loops[depth], depth + 1


def run_in_background(make: Callable[[], AsyncIterator[Any]]) -> Iterator[Any]:
    """Yield what an asynchronous iterator yields on a background loop.

    Closing this iterator, or an exception such as `KeyboardInterrupt` while it waits,
    cancels the run and waits until it has ended.
    """
    background, depth = _background()
    items: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    async def pump() -> None:
        error: BaseException | None = None
        _depth.set(depth)
        try:
            async for item in make():
                items.put((True, item))
        except BaseException as raised:  # noqa: BLE001  it goes to the caller
            error = raised
        items.put((False, error))

    # The caller's context variables come along: tracing, a parent graph's config.
    running = asyncio.run_coroutine_threadsafe(pump(), background.loop)
    more = True
    try:
        while True:
            more, item = items.get()
            if more:
                yield item
            elif item is not None:
                raise item
            else:
                return
    finally:
        if more:  # it hasn't ended by itself
            running.cancel()
            # On the loop's own thread, where a garbage collector may run this, waiting
            # would keep the run from ending.
            while threading.current_thread() is not background.thread and items.get()[0]:
                pass


_threads = ThreadPoolExecutor(thread_name_prefix="a2r")
"""For A2R's own work: the loop's default threads may all be taken by synchronous
explorers, also by those that nobody waits for any more."""


async def in_thread(
    function: Callable[..., Returned], *args: Any, **kwargs: Any
) -> Returned:
    """Run `function` in a thread of our own, with the caller's context variables."""
    call = partial(copy_context().run, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


async def in_daemon(function: Callable[..., Returned], *args: Any) -> Returned:
    """Run `function` in a thread of its own, which keeps no interpreter from ending.

    Python waits for the threads of a pool before it exits, for the caller's synchronous
    model too, whom nobody can interrupt.
    """
    done: Future[Returned] = Future()
    call = partial(copy_context().run, function, *args)

    def run() -> None:
        if not done.set_running_or_notify_cancel():
            return  # nobody waits for it any more
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  it goes to the caller
            done.set_exception(error)

    threading.Thread(target=run, name="a2r-explorer", daemon=True).start()
    return await asyncio.wrap_future(done)


def _renew_threads() -> None:
    """After a fork, in the child: its threads are gone."""
    global _threads  # noqa: PLW0603  the one of this process
    _threads = ThreadPoolExecutor(thread_name_prefix="a2r")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_threads)


@atexit.register
def _stop_all() -> None:
    """End this process's loops."""
    with _lock:
        for background in _loops:
            if background.pid == os.getpid():
                background.stop()
        _loops.clear()
