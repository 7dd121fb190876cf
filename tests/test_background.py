"""Loops in the background, for synchronous callers."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from clock import PATIENCE

from a2r_graph.background import _loops, in_daemon, run_in_background


async def endless():
    yield 1
    await asyncio.sleep(600)


async def quick():
    yield 2


def test_what_is_left_unfinished_does_not_block_the_loop_that_collects_it():
    gc.disable()  # so that it is the loop's thread that collects
    try:
        items = run_in_background(endless)
        assert next(items) == 1
        cycle = [items]
        cycle.append(cycle)
        del items, cycle
        _loops[0].loop.call_soon_threadsafe(gc.collect)
        found = []
        asking = threading.Thread(
            target=lambda: found.extend(run_in_background(quick)), daemon=True
        )
        asking.start()
        asking.join(PATIENCE)
        assert found == [2]
    finally:
        gc.enable()


async def test_a_call_that_is_cancelled_before_its_thread_begins_is_not_made(monkeypatch):
    threads, calls = [], []

    class Late(threading.Thread):
        def start(self):
            threads.append(self)

    monkeypatch.setattr(threading, "Thread", Late)
    waiting = asyncio.create_task(in_daemon(calls.append, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (late,) = threads
    late.run()
    assert calls == []
