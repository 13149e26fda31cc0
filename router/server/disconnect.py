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
    __slots__ = ("_deadline", "_receive", "_task", "_watched", "reason")

    def __init__(self, receive: Receive, deadline: float | None) -> None:
        self._receive = receive
        self._deadline = deadline
        self._watched = asyncio.current_task()
        self._task: asyncio.Task[None] | None = None
        self.reason: type[Exception] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._wait())

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
        if self._task is not None:
            self._task.cancel()


class Watches:
    """Watches over the requests of an event loop, each after once or twice :data:`PATIENCE`. One timer serves all."""

    def __init__(self) -> None:
        #: Those that came since the timer was set, and those before them.
        self._young: set[_Watch] = set()
        self._old: set[_Watch] = set()
        #: The event loop in which the timer is set, if it is.
        self._loop: asyncio.AbstractEventLoop | None = None

    async def while_connected(self, running: Awaitable[Result], receive: Receive, deadline: float | None) -> Result:
        """Await ``running``; ``deadline`` is on the event loop's clock.

        Raises :class:`ClientGone` when the client went away, :class:`TimeoutError` when the deadline passed.
        """
        watch = _Watch(receive, deadline)
        self._young.add(watch)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._set_timer(loop)
        try:
            return await running
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # Anything still asking for cancellation after ours is taken back comes from outside.
            if watch.reason is None or task is None or task.uncancel() > 0:
                raise
            raise watch.reason from None
        finally:
            self._young.discard(watch)
            self._old.discard(watch)
            watch.stop()

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        loop.call_later(PATIENCE, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        for watch in self._old:
            watch.start(loop)
        self._old, self._young = self._young, set()
        self._loop = None
        if self._old:
            self._set_timer(loop)
