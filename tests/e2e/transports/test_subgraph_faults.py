"""The whole router and a subgraph over the network that goes away, comes back, or is asked over https."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from router import compose, create_app
from tests.support.scripted_subgraph import Server, certificate, ok, server_tls, serving
from tests.support.until import PATIENCE

pytestmark = pytest.mark.e2e

SDL = compose({"ticks": "type Query { tick: Int }"}).supergraph_sdl
GOOD = b'{"data":{"tick":1}}'


async def answering(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await server.read_request(reader)
        writer.write(ok(GOOD, b"content-type: application/json"))
        await writer.drain()


async def refusing(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class Router:
    """The router, in process, before a subgraph at a URL."""

    def __init__(self, url: str, **settings: Any) -> None:
        assert SDL is not None
        self.app = create_app(SDL, settings=settings, subgraphs={"ticks": url})
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app))

    async def ask(self) -> str:
        """``ok``, or the code of the error."""
        response = await self._http.post("http://router.test/graphql", json={"query": "{ tick }"})
        answer = response.json()
        return "ok" if "errors" not in answer else str(answer["errors"][0]["extensions"]["code"])


async def test_a_flapping_subgraph_is_held_back_within_two_seconds_and_comes_back() -> None:
    well = True

    async def flapping(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while well:
            await server.read_request(reader)
            if well:
                writer.write(ok(GOOD, b"content-type: application/json"))
                await writer.drain()

    async with serving(flapping) as server:
        router = Router(server.url, traffic_shaping={"all": {"deduplicate_query": False}})
        async with router.app.router.lifespan_context(router.app):
            for _ in range(100):
                assert await router.ask() == "ok"
            well, failed = False, 0
            while (code := await router.ask()) != "SUBREQUEST_HELD_BACK":
                assert code == "SUBREQUEST_HTTP_ERROR"
                failed += 1
                await asyncio.sleep(0.01)
            # So many in two seconds.
            assert failed < 200
            sent = len(server.requests)
            begin = time.monotonic()
            assert [await router.ask() for _ in range(20)] == ["SUBREQUEST_HELD_BACK"] * 20
            if time.monotonic() - begin < 0.5:
                assert len(server.requests) == sent
            well = True
            async with asyncio.timeout(PATIENCE):
                while await router.ask() != "ok":  # noqa: ASYNC110 - it asks
                    await asyncio.sleep(0.05)
            assert [await router.ask() for _ in range(20)] == ["ok"] * 20


async def test_a_subgraph_that_is_down_is_asked_twice_and_is_one_error() -> None:
    async with serving(refusing) as server:
        router = Router(server.url)
        async with router.app.router.lifespan_context(router.app):
            assert await router.ask() == "SUBREQUEST_HTTP_ERROR"
            assert server.connections == 2


@pytest.mark.parametrize(
    ("name", "key", "works"),
    [
        ("localhost", "all", True),
        ("localhost", "ticks", True),
        ("localhost", "other", False),
        ("localhost", "", False),
        ("elsewhere.test", "all", False),
    ],
)
async def test_a_subgraph_over_https_with_a_private_authority(tmp_path: Path, name: str, key: str, works: bool) -> None:
    public, private = certificate(name)
    section = {"certificate_authorities": public.decode()}
    trust: dict[str, Any] = {"all": section} if key == "all" else {"subgraphs": {key: section}} if key else {}
    async with serving(answering, tls=server_tls(tmp_path, public, private)) as server:
        router = Router(f"https://localhost:{server.port}/graphql", tls={"subgraph": trust})
        async with router.app.router.lifespan_context(router.app):
            assert await router.ask() == ("ok" if works else "SUBREQUEST_HTTP_ERROR")
            assert len(server.requests) == int(works)
