"""A client's connection to the router's own protocol, without a network: what is written to it, and done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from router.server.protocol import ClientConnection, bounded_protocol

ADDRESSES = {"peername": ("192.0.2.1", 5000), "sockname": ("192.0.2.2", 4000)}


class Socket(asyncio.Transport):
    """Keeps what is written and done."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.writes = 0
        self.done: list[str] = []
        self.paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ADDRESSES.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.done
        self.written += bytes(data)
        self.writes += 1

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.done.append("half-closed")

    def close(self) -> None:
        self.done.append("closed")

    def abort(self) -> None:
        self.done.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.done or "aborted" in self.done

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


async def read(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        piece: bytes = message["body"]
        body += piece
        if not message["more_body"]:
            return body


async def answer(send: Any, body: bytes, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the target and the body; a path of digits waits as many turns of the loop first."""
    body = await read(receive)
    for _ in range(int(scope["path"][1:]) if scope["path"][1:].isdigit() else 0):
        await asyncio.sleep(0)
    await answer(send, scope["path"].encode() + b" " + body)


def connect(
    app: Any = echo, limit: int = 1000, *, most: int = 100, state: ServerState | None = None
) -> tuple[ClientConnection, Socket]:
    config = uvicorn.Config(app, log_config=None, proxy_headers=False)
    protocol = bounded_protocol(limit, most)(config, state or ServerState(), {})
    socket = Socket()
    protocol.connection_made(socket)
    return protocol, socket


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def post(path: str, body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path.encode(), b"host: x", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def bodies(written: bytes) -> list[bytes]:
    """The bodies of the answers, which all have a length."""
    found = []
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(lines[b"content-length"])
        found.append(written[:length])
        written = written[length:]
    return found
