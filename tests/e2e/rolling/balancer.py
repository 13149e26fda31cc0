"""A small balancer of TCP connections, as a Kubernetes Service is one.

Enters: the ports of copies. Leaves: one port. Invariant: a new connection goes only to a copy that is ready and isn't
being stopped; a connection that is there stays with its copy until one of the two closes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field

PROBE_SECONDS = 0.25


@dataclass(eq=False)
class Copy:
    """One process behind the balancer."""

    port: int
    ready: bool = False
    leaving: bool = False
    #: Nobody asks it at the moment, as between two probes of a kubelet: it goes on counting as what it was.
    unwatched: bool = False


@dataclass(eq=False)
class Balancer:
    port: int
    copies: list[Copy] = field(default_factory=list)
    _turn: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self._spawn(self._probe())

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _probe(self) -> None:
        while True:
            for copy in list(self.copies):
                ready = await is_ready(copy.port)
                copy.ready = copy.ready if copy.unwatched else ready
            await asyncio.sleep(PROBE_SECONDS)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._forward(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen = [copy for copy in self.copies if copy.ready and not copy.leaving]
        if not chosen:
            return
        self._turn += 1
        copy = chosen[self._turn % len(chosen)]
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", copy.port)
        except OSError:
            # Nobody tries another one in a cluster either: the caller sees it.
            return
        back = asyncio.create_task(_pipe(inner_reader, writer))
        try:
            await _pipe(reader, inner_writer)
            await back
        finally:
            back.cancel()
            inner_writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until the end; an end of one side is the end of the other."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


async def is_ready(port: int) -> bool:
    """Ask as a kubelet does."""
    writer = None
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health/ready HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n")
            line = await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()
    return b" 200 " in line
