"""Callers that hold a connection and say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from subgraphs.shared.connection import Connection
from subgraphs.shared.metrics import QuietServer, open_listener

REQUEST = b"GET / HTTP/1.1\r\nhost: test\r\n"


class Impatient(Connection):
    head_seconds = 0.4


async def answer_late(_: Request) -> PlainTextResponse:
    await asyncio.sleep(0.8)
    return PlainTextResponse("late")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", answer_late)])
    config = uvicorn.Config(app, http=Impatient, ws="none", log_config=None, lifespan="off", timeout_keep_alive=30)
    listener = open_listener("127.0.0.1", 0)
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve([listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving
    listener.close()


@pytest.mark.parametrize("said", [b"", b"GET / HT", REQUEST, REQUEST + b"x-more: 1\r\n"])
async def test_one_that_says_too_little_is_left(port: int, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


async def test_one_that_drips_is_left_too(port: int) -> None:
    """A byte now and then is no way to stay."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)

    async def drip() -> None:
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.1)

    dripping = asyncio.create_task(drip())
    try:
        assert await asyncio.wait_for(reader.read(), 20) == b""
    except ConnectionResetError:
        pass  # it was closed with bytes unread
    finally:
        dripping.cancel()
        writer.close()


async def test_a_whole_request_has_all_the_time_of_its_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(REQUEST + b"\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(4) == b"late"
        # Between two requests a connection may rest for longer, as routers keep it open.
        await asyncio.sleep(0.6)
    writer.close()
