"""Loops in the background, for synchronous callers."""

from __future__ import annotations

import asyncio
import gc
import threading

from clock import PATIENCE

from a2r_graph.background import _loops, run_in_background


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
