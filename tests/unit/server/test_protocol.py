"""Bounds on a request's head, on the connection itself."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from router.server.protocol import HEAD_SECONDS, BoundedProtocol, bounded_protocol


class Connection(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def connect(limit: int = 1000) -> tuple[BoundedProtocol, Connection]:
    protocol = bounded_protocol(limit)(uvicorn.Config(app, log_config=None), ServerState(), {})
    connection = Connection()
    protocol.connection_made(connection)
    return protocol, connection


async def test_a_head_without_end_is_refused() -> None:
    protocol, connection = connect()
    protocol.data_received(b"GET / HTTP/1.1\r\n")
    for _ in range(20):
        protocol.data_received(b"x: " + b"a" * 100 + b"\r\n")
    assert connection.written.startswith(b"HTTP/1.1 431 ")
    assert connection.closed


async def test_a_large_body_is_no_large_head() -> None:
    protocol, connection = connect()
    protocol.data_received(b"POST / HTTP/1.1\r\ncontent-length: 9000\r\n\r\n" + b"a" * 5000)
    protocol.data_received(b"a" * 4000)
    await asyncio.sleep(0)
    assert connection.written.startswith(b"HTTP/1.1 204 ")
    assert not connection.closed


async def test_heads_are_counted_one_by_one() -> None:
    protocol, connection = connect()
    for _ in range(5):
        protocol.data_received(b"GET / HTTP/1.1\r\nx: " + b"a" * 500 + b"\r\n\r\n")
        await asyncio.sleep(0.01)
    assert connection.written.count(b"HTTP/1.1 204 ") == 5


async def test_a_slow_head_ends_the_connection() -> None:
    protocol, connection = connect()
    now = asyncio.get_running_loop().time()
    protocol.close_if_slow(now + HEAD_SECONDS / 2)
    assert not connection.closed
    protocol.data_received(b"GET / HTTP/1.1\r\nx:")
    protocol.close_if_slow(now + HEAD_SECONDS + 1)
    assert connection.closed


async def test_an_idle_connection_is_left_to_keep_alive() -> None:
    protocol, connection = connect()
    protocol.data_received(b"GET / HTTP/1.1\r\n\r\n")
    await asyncio.sleep(0.01)
    protocol.close_if_slow(asyncio.get_running_loop().time() + 10 * HEAD_SECONDS)
    assert not connection.closed
    protocol._unset_keepalive_if_required()
