"""Waiting for what comes true by itself: soon on a quiet machine, in its time on a busy one, and never for good."""

import asyncio
from collections.abc import Callable

PATIENCE = 60.0


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Look now and then. Raises TimeoutError where it doesn't come true within `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it may look at another process, or a plain value
            await asyncio.sleep(0.02)
