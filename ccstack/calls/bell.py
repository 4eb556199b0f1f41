"""Waiting for a state rather than for an event, so that nothing is missed between two looks."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Bell:
    """Rung whenever something has changed; whoever waits looks again."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Something has changed."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, true: Callable[[], bool], timeout: float) -> bool:
        """Wait until a condition holds; False when it did not within `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not true():
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    await waiter
        return true()
