"""Run something for a client only as long as the client is there.

Enters: an awaitable, the ASGI receive. Leaves: its result. Invariant: when the client goes away, or the deadline has
long passed, the awaitable is cancelled, and no task is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from router.server.asgi import Receive
from router.server.request_body import ClientGone

#: Most requests are answered before anyone needs to watch; a timer is cheaper than a task.
PATIENCE: Final = 0.02
#: What waits on a deadline itself should end with an answer of its own first.
GRACE: Final = 1.0
Result = TypeVar("Result")


class _Watch:
    def __init__(self, receive: Receive, deadline: float | None) -> None:
        self._receive = receive
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._watched = asyncio.current_task()
        self._timer = self._loop.call_later(PATIENCE, self._start)
        self._task: asyncio.Task[None] | None = None
        self.reason: type[Exception] | None = None

    def _start(self) -> None:
        self._task = self._loop.create_task(self._wait())

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout_at(None if self._deadline is None else self._deadline + GRACE):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            self.reason = ClientGone
        except TimeoutError:
            self.reason = TimeoutError
        if self._watched is not None:
            self._watched.cancel()

    def stop(self) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()


async def while_connected(running: Awaitable[Result], receive: Receive, deadline: float | None) -> Result:
    """Await ``running``; ``deadline`` is on the event loop's clock.

    Raises :class:`ClientGone` when the client went away, :class:`TimeoutError` when the deadline passed.
    """
    watch = _Watch(receive, deadline)
    try:
        return await running
    except asyncio.CancelledError:
        task = asyncio.current_task()
        # Anything still asking for cancellation after ours is taken back comes from outside.
        if watch.reason is None or task is None or task.uncancel() > 0:
            raise
        raise watch.reason from None
    finally:
        watch.stop()
