"""Work that is asked for again while it is under way is done once.

Invariant: who stops waiting takes nothing away from the others; the work itself is cancelled when nobody waits for it
any more, and who asks after that starts it anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


@dataclass(slots=True)
class _Work(Generic[Result]):
    task: asyncio.Task[Result]
    waiting: int = 0


class InFlight(Generic[Result]):
    """Shares work by key. ``saved`` counts how often it wasn't done again."""

    def __init__(self) -> None:
        self._works: dict[Hashable, _Work[Result]] = {}
        self.saved = 0

    async def share(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return the result of the work that is under way for ``key``, or of ``start()``."""
        work = self._works.get(key)
        if work is None:
            work = self._works[key] = _Work(asyncio.create_task(start()))
            started = work
            work.task.add_done_callback(lambda _: self._forget(key, started))
        else:
            self.saved += 1
        work.waiting += 1
        try:
            return await asyncio.shield(work.task)
        finally:
            work.waiting -= 1
            if work.waiting == 0 and not work.task.done():
                # Who asks from now on must not join work that is being cancelled.
                self._forget(key, work)
                work.task.cancel()

    def _forget(self, key: Hashable, work: _Work[Result]) -> None:
        if self._works.get(key) is work:
            del self._works[key]
