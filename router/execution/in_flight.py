"""Work that is asked for again while it is under way is done once.

Who asks first does the work, the others wait for its result; so the common case, in which nobody else asks, costs
next to nothing. Invariant: who stops waiting takes nothing away from the others. Where it is the one who does the
work, the next in line starts it anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, Generic, TypeVar

Result = TypeVar("Result")

#: Tells who waits that the work was given up by who did it.
_ABANDONED: Final = object()


class InFlight(Generic[Result]):
    """Shares work by key. ``saved`` counts how often it wasn't done again."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[asyncio.Future[Any]]] = {}
        self.saved = 0

    async def share(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return the result of the work that is under way for ``key``, or of ``start()``; errors are shared as well."""
        while (line := self._waiting.get(key)) is not None:
            place: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            line.append(place)
            found = await place
            if found is not _ABANDONED:
                self.saved += 1
                return found  # type: ignore[no-any-return]
        line = self._waiting[key] = []
        try:
            result = await start()
        except Exception as error:
            self._leave(key, line)
            for place in line:
                if not place.done():
                    place.set_exception(error)
            raise
        except BaseException:
            self._leave(key, line)
            _tell(line, _ABANDONED)
            raise
        self._leave(key, line)
        _tell(line, result)
        return result

    def _leave(self, key: Hashable, line: list[asyncio.Future[Any]]) -> None:
        if self._waiting.get(key) is line:
            del self._waiting[key]


def _tell(line: list[asyncio.Future[Any]], result: Any) -> None:
    for place in line:
        if not place.done():
            place.set_result(result)
