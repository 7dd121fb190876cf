"""How long a server is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

CONNECT, SILENCE = 10.0, 600.0
"""Seconds to wait for a connection, and between two bytes."""

SPELLS = 12
"""Silences of a server that is seen to generate, before a whole reply is given up."""


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for a connection, and between two bytes; None: for ever."""

    connect: float | None
    silence: float | None

    @classmethod
    def of(cls, timeout: Any) -> Patience:  # noqa: ANN401  as many forms as the client takes
        """Return what a `timeout` says: seconds, a pair of them, or httpx's object."""
        if hasattr(timeout, "connect"):
            return cls(timeout.connect, timeout.read)
        if isinstance(timeout, (tuple, list)):
            return cls(timeout[0], timeout[1])
        return cls(timeout, timeout)

    def at_most(self, seconds: float) -> Patience:
        """Return the same, with less patience if need be."""
        return Patience(
            min(self.connect or seconds, seconds), min(self.silence or seconds, seconds)
        )


async def watched(
    asking: Awaitable[bytes], at_work: Callable[[], Awaitable[bool]]
) -> bytes:
    """Await a whole reply as long as its server is at work.

    Args:
        asking: What gives the reply.
        at_work: Whether the server is seen to generate; asked after each silence.

    Raises:
        TimeoutError: It isn't, or not for `SPELLS` silences.
    """
    loop, watching = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    async def watch(limit: asyncio.Timeout) -> None:
        with suppress(Exception):  # of a server that can't be looked at nothing is seen
            for _ in range(SPELLS - 1):
                if not await at_work():
                    break
                await asyncio.sleep(SILENCE)
        limit.reschedule(loop.time())

    try:
        async with asyncio.timeout(None) as limit:
            # A timer, since few calls last so long: a task for each would cost more.
            begin = loop.call_later(
                SILENCE, lambda: watching.add(loop.create_task(watch(limit)))
            )
            try:
                return await asking
            finally:
                begin.cancel()
    finally:
        # Nobody watches for longer than the call lasts, whose limit is gone by now.
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
