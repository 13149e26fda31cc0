"""Taking connections so that each of several workers gets its part of them.

All workers wait at one listening socket. The first that wakes would take all that has come, and the others would stay
idle for as long as those connections are kept: clients of a router keep theirs for hours.

Enters: a listening socket, and how many connections each worker has. Leaves: connections with their protocol.
Invariant: a worker that has more connections than another leaves the next one to it, but only for a moment, so that
nobody waits for a worker that is busy or gone.
"""

from __future__ import annotations

import asyncio
import logging
import mmap
import socket
from collections.abc import Callable, Sized
from typing import Final

#: How long (seconds) and how often a connection is left to the others before it is taken after all.
PAUSE: Final = 0.002
MOST_PAUSES: Final = 10
#: Seconds without taking connections where none can be taken, as when there are too many open files.
RECOVERY: Final = 1.0
_log = logging.getLogger("router")


class Shares:
    """How many connections each of ``count`` workers has, in memory that they share. Make it before they start."""

    def __init__(self, count: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, 8 * count)).cast("q")

    def of(self, worker: int) -> Share:
        """The share of a worker, by its number from 0."""
        return Share(self._counts, worker)


class Share:
    """How many connections one worker has, beside the others."""

    def __init__(self, counts: memoryview, worker: int) -> None:
        self._counts = counts
        self._worker = worker

    def note(self, connections: int) -> None:
        """Note how many there are."""
        self._counts[self._worker] = connections

    @property
    def above_others(self) -> bool:
        """Whether this worker has more than some other."""
        return bool(self._counts[self._worker] > min(self._counts))


class Acceptor:
    """Takes connections for one worker, one at a time; has the methods of a server that uvicorn stops."""

    def __init__(
        self,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        connections: Sized,
        share: Share,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._make_protocol = make_protocol
        self._connections = connections
        self._share = share
        self._pauses = 0
        self._timer: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[object]] = set()
        listener.setblocking(False)
        self.note()
        self._resume()

    def note(self) -> None:
        """Tell the others how many connections there are."""
        self._share.note(len(self._connections) + len(self._opening))

    def close(self) -> None:
        """Take no more. What waits at the socket is for the other workers."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._listener.fileno())

    async def wait_closed(self) -> None:
        """Nothing is left to wait for."""

    def _resume(self) -> None:
        self._timer = None
        self._loop.add_reader(self._listener.fileno(), self._take)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._timer = self._loop.call_later(seconds, self._resume)

    def _take(self) -> None:
        self.note()
        if self._pauses < MOST_PAUSES and self._share.above_others:
            self._pauses += 1
            self._pause(PAUSE)
            return
        self._pauses = 0
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            # Another worker took it, or the client is gone again.
            return
        except OSError as error:
            _log.error("No connection can be taken: %s.", error.strerror or error)
            self._pause(RECOVERY)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._open(connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        self.note()

    async def _open(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError:
            connection.close()
