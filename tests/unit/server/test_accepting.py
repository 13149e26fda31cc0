"""Several workers at one listening socket: each gets its part of the connections, and none waits for another."""

import asyncio
import socket
from collections.abc import AsyncIterator
from functools import partial

import pytest

from router.server.accepting import MOST_PAUSES, PAUSE, Acceptor, Shares


class Connection(asyncio.Protocol):
    """Counts itself among its worker's."""

    def __init__(self, connections: set["Connection"]) -> None:
        self.connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self)


class Worker:
    """What one process has, in this one."""

    def __init__(self, listener: socket.socket, shares: Shares, number: int) -> None:
        self.connections: set[Connection] = set()
        self.listener = listener.dup()
        make, share = partial(Connection, self.connections), shares.of(number)
        self.acceptor = Acceptor(self.listener, make, self.connections, share)

    async def stop(self) -> None:
        self.acceptor.close()
        await self.acceptor.wait_closed()
        self.listener.close()
        for connection in tuple(self.connections):
            connection.transport.close()


@pytest.fixture
async def listener() -> AsyncIterator[socket.socket]:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen(100)
        yield opened


async def connect(listener: socket.socket, count: int) -> list[asyncio.StreamWriter]:
    address = listener.getsockname()
    return [(await asyncio.open_connection(*address))[1] for _ in range(count)]


async def until(condition: object) -> None:
    assert callable(condition)
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to that")


async def test_connections_are_shared_out_evenly(listener: socket.socket) -> None:
    shares = Shares(3)
    workers = [Worker(listener, shares, number) for number in range(3)]
    clients = await connect(listener, 30)
    await until(lambda: sum(len(worker.connections) for worker in workers) == 30)
    assert all(8 <= len(worker.connections) <= 12 for worker in workers)
    # One whose clients go takes the next ones.
    for connection in tuple(workers[0].connections):
        connection.transport.close()
    await until(lambda: not workers[0].connections)
    workers[0].acceptor.note()
    clients += await connect(listener, 6)
    await until(lambda: sum(len(worker.connections) for worker in workers[1:]) + len(workers[0].connections) >= 26)
    assert len(workers[0].connections) >= 5
    for worker in workers:
        await worker.stop()
    for client in clients:
        client.close()


async def test_nobody_waits_for_a_worker_that_is_gone(listener: socket.socket) -> None:
    shares = Shares(2)
    shares.of(1).note(0)
    worker = Worker(listener, shares, 0)
    clients = await connect(listener, 3)
    start = asyncio.get_running_loop().time()
    await until(lambda: len(worker.connections) == 3)
    assert asyncio.get_running_loop().time() - start < 3 * MOST_PAUSES * PAUSE + 5
    await worker.stop()
    for client in clients:
        client.close()


async def test_a_closed_one_takes_no_more(listener: socket.socket) -> None:
    shares = Shares(2)
    closed, other = Worker(listener, shares, 0), Worker(listener, shares, 1)
    await closed.stop()
    clients = await connect(listener, 3)
    await until(lambda: len(other.connections) == 3)
    assert not closed.connections
    await other.stop()
    for client in clients:
        client.close()
