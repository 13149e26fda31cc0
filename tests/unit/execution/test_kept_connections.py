"""A kept connection to a subgraph: one timer for many requests, and no request pays for another's end."""

import asyncio
from typing import Any

import pytest

from router.execution.transport import SubgraphRequest, TransportError
from router.execution.transports.http1_connection import Http1Connection

ANSWER = b"HTTP/1.1 200 OK\r\nX-A: one\r\nx-a: two\r\ncontent-length: 1\r\n\r\n%d"


class Socket(asyncio.Transport):
    """Keeps what is done to it."""

    def __init__(self, connection: Http1Connection) -> None:
        super().__init__()
        self.connection = connection
        self.aborted = False
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = True
            asyncio.get_running_loop().call_soon(self.connection.connection_lost, None)

    def is_closing(self) -> bool:
        return self.aborted


def connect() -> tuple[Http1Connection, Socket, list[Http1Connection]]:
    released: list[Http1Connection] = []
    connection = Http1Connection(released.append)
    socket = Socket(connection)
    connection.connection_made(socket)
    return connection, socket, released


def send(connection: Http1Connection, seconds: float) -> asyncio.Future[Any]:
    loop = asyncio.get_running_loop()
    request = SubgraphRequest("a", "http://a", b"{}", (), timeout=seconds)
    return connection.send(loop, request, b"POST", loop.time() + seconds)


async def test_who_gives_up_when_the_answer_is_there_leaves_the_next_request_alone() -> None:
    connection, socket, released = connect()
    first = send(connection, 5)
    connection.data_received(ANSWER % 1)
    assert released == [connection]
    second = send(connection, 5)
    # Cancelled in the very moment of its answer, the first request comes to know of it only now.
    connection.abandon(first)
    connection.data_received(ANSWER % 2)
    assert (await first).body == b"1"
    assert (await second).body == b"2"
    assert not socket.aborted


async def test_who_gives_up_while_waiting_closes_the_connection() -> None:
    connection, socket, released = connect()
    answer = send(connection, 5)
    connection.abandon(answer)
    assert socket.aborted
    assert not connection.usable
    assert not released


async def test_a_shorter_time_after_a_longer_one() -> None:
    connection, socket, _ = connect()
    first = send(connection, 60)
    connection.data_received(ANSWER % 1)
    await first
    second = send(connection, 0.05)
    with pytest.raises(TransportError) as caught:
        await asyncio.wait_for(second, 60)
    assert caught.value.code == "SUBREQUEST_TIMEOUT"
    assert "within 0.05 s" in str(caught.value)
    assert socket.aborted


async def test_a_timer_that_rings_for_an_earlier_request_waits_for_this_ones_time() -> None:
    loop = asyncio.get_running_loop()
    connection, _, _ = connect()
    for _ in range(3):
        done = send(connection, 0.1)
        connection.data_received(ANSWER % 1)
        await done
        await asyncio.sleep(0.03)
    start = loop.time()
    waiting = send(connection, 0.2)
    with pytest.raises(TransportError):
        await asyncio.wait_for(waiting, 60)
    assert loop.time() - start > 0.19


async def test_a_timer_that_rings_between_requests_hurts_nobody() -> None:
    connection, socket, _ = connect()
    first = send(connection, 0.02)
    connection.data_received(ANSWER % 1)
    await first
    await asyncio.sleep(0.06)
    assert connection.usable
    second = send(connection, 5)
    connection.data_received(ANSWER % 2)
    assert (await second).body == b"2"
    assert not socket.aborted


async def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    connection, socket, _ = connect()
    first = send(connection, 5)
    connection.data_received(ANSWER % 1)
    await first
    connection.data_received(ANSWER % 9)
    assert socket.aborted
    assert not connection.usable


async def test_headers_are_there_by_name_in_lower_case() -> None:
    connection, _, _ = connect()
    answer = send(connection, 5)
    connection.data_received(ANSWER % 1)
    headers = (await answer).headers
    assert dict(headers) == {"x-a": "two", "content-length": "1"}
    assert (headers.get("x-b"), len(headers)) == (None, 2)
