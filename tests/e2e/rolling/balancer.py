"""A small balancer of TCP connections, as a Kubernetes Service is one.

Enters: the ports of copies. Leaves: one port. Invariant: a new connection goes only to a copy that is ready and isn't
being stopped; a connection that is there stays with its copy until one of the two closes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field

#: As in k8s/, but looked at more often.
PROBE_SECONDS, TIMEOUT_SECONDS, FAILURES = 0.25, 5.0, 3


@dataclass(eq=False)
class Copy:
    """One process behind the balancer."""

    port: int
    ready: bool = False
    leaving: bool = False
    #: Nobody asks it at the moment, as between two probes of a kubelet: it goes on counting as what it was.
    unwatched: bool = False
    #: Operations that were handed to it, and of whose answers nothing has come.
    unanswered: int = 0
    #: Connections that lead to it.
    connections: int = 0
    #: Probes that failed in a row.
    failures: int = 0


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
            watched = [copy for copy in self.copies if not copy.unwatched]
            found = await asyncio.gather(*(is_ready(copy.port) for copy in watched))
            for copy, ready in zip(watched, found, strict=True):
                copy.failures = 0 if ready else copy.failures + 1
                if not copy.unwatched:
                    copy.ready = ready or (copy.ready and copy.failures < FAILURES)
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
        waits = False

        def note_asked(data: bytes) -> None:
            nonlocal waits
            if not waits and data.startswith(b"POST /graphql "):
                waits = True
                copy.unanswered += 1

        def note_answered(_: bytes) -> None:
            nonlocal waits
            copy.unanswered -= waits
            waits = False

        back = asyncio.create_task(_pipe(inner_reader, writer, note_answered))
        copy.connections += 1
        try:
            await _pipe(reader, inner_writer, note_asked)
            await back
        finally:
            note_answered(b"")
            copy.connections -= 1
            back.cancel()
            inner_writer.close()


async def _pipe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None] = lambda _: None
) -> None:
    """Copy bytes until the end; an end of one side is the end of the other."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            note(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


async def is_ready(port: int) -> bool:
    """Ask as a kubelet does."""
    writer = None
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health/ready HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n")
            line = await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()
    return b" 200 " in line
