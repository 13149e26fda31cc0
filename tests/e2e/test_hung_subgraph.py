"""A subgraph that hangs, and two hundred clients that wait for it.

Who doesn't need it is unharmed, and when clients go nothing goes on for them.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from router import compose
from tests.support.free_ports import free_ports
from tests.support.scripted_subgraph import Server, ok, serving
from tests.support.until import PATIENCE, until

pytestmark = pytest.mark.e2e

CLIENTS = 200
SETTINGS = "traffic_shaping: {all: {deduplicate_query: false}}"


@dataclass
class Hung:
    """Takes requests and never answers; knows how many it has, and when the last one is given up."""

    waiting: int = 0
    emptied: asyncio.Event = field(default_factory=asyncio.Event)

    async def script(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        self.waiting += 1
        try:
            await reader.read()
        finally:
            self.waiting -= 1
            if not self.waiting:
                self.emptied.set()


async def ticking(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await server.read_request(reader)
        writer.write(ok(b'{"data":{"tick":1}}', b"content-type: application/json"))
        await writer.drain()


@asynccontextmanager
async def routed(folder: Path, **urls: str) -> AsyncIterator[str]:
    """A router process before these subgraphs, each with a field of its own."""
    fields = {"hung": "hang", "quick": "tick"}
    sources = {name: (url, f"type Query {{ {fields[name]}: Int }}") for name, url in urls.items()}
    sdl = compose(sources).supergraph_sdl
    assert sdl is not None
    (folder / "supergraph.graphql").write_text(sdl)
    (folder / "router.yaml").write_text(SETTINGS)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "router", "serve", "--supergraph", str(folder / "supergraph.graphql")]
    command += ["--router-config", str(folder / "router.yaml"), "--listen", f"127.0.0.1:{port}"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(2 * PATIENCE), httpx2.AsyncClient() as client:
            ready = False
            while not ready:
                with suppress(httpx2.HTTPError):
                    ready = (await client.get(f"{url}/health/ready")).status_code == 200
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        await process.wait()


def asking(query: str) -> bytes:
    body = b'{"query":"%b"}' % query.encode()
    head = b"POST /graphql HTTP/1.1\r\nhost: router.test\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


async def test_one_hung_subgraph_and_two_hundred_clients(tmp_path: Path) -> None:
    hung = Hung()
    async with (
        serving(hung.script) as slow,
        serving(ticking) as quick,
        routed(tmp_path, hung=slow.url, quick=quick.url) as url,
        asyncio.timeout(3 * PATIENCE),
    ):
        port = int(url.rpartition(":")[2])
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)]
        for _, writer in clients:
            writer.write(asking("{ hang tick }"))
        await until(lambda: hung.waiting == CLIENTS)

        took = []
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for _ in range(50):
                start = time.monotonic()
                answer = await client.post(f"{url}/graphql", json={"query": "{ tick }"})
                took.append(time.monotonic() - start)
                assert answer.json() == {"data": {"tick": 1}}
        # Far less than the hung ones wait, on whatever machine.
        assert sorted(took)[len(took) // 2] < PATIENCE / 10

        assert hung.waiting == CLIENTS
        start = time.monotonic()
        for _, writer in clients:
            writer.close()
        await hung.emptied.wait()
        assert time.monotonic() - start < PATIENCE / 4
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            text = (await client.get(f"{url}/metrics")).text
        assert "router_http_requests_in_flight 0.0" in text
        assert f"router_http_requests_aborted_total {CLIENTS}.0" in text
