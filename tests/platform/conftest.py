"""Fixtures of the tests of the whole: `routed` on SQLite, `either_routed` on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest

from router.supergraph.model import Supergraph
from tests.platform.routed import ADDRESS, Routed, compose_own_supergraph, start_router
from tests.subgraphs.databases import Server, SqliteServer, create_all
from tests.subgraphs.platform import start_platform


class StartRouted(Protocol):
    async def __call__(
        self, router: dict[str, Any] | None = None, address: str = ADDRESS, **services: dict[str, Any]
    ) -> Routed: ...


@pytest.fixture(scope="session")
def supergraph() -> Supergraph:
    return asyncio.run(compose_own_supergraph())


async def started(server: Server, supergraph: Supergraph) -> AsyncIterator[Routed]:
    urls = await create_all(server)
    async with start_platform(urls) as platform, start_router(platform, supergraph) as router:
        yield router
    await server.drop(list(urls.values()))


@pytest.fixture
async def routed(sqlite_server: SqliteServer, supergraph: Supergraph) -> AsyncIterator[Routed]:
    async for router in started(sqlite_server, supergraph):
        yield router


@pytest.fixture
async def either_routed(server: Server, supergraph: Supergraph) -> AsyncIterator[Routed]:
    async for router in started(server, supergraph):
        yield router


@pytest.fixture
async def start(sqlite_server: SqliteServer, supergraph: Supergraph) -> AsyncIterator[StartRouted]:
    """Start it with other settings: `await start({"headers.all.client_address": True}, users={...}, all={...})`."""
    urls = await create_all(sqlite_server)
    async with AsyncExitStack() as stack:

        async def start_one(
            router: dict[str, Any] | None = None, address: str = ADDRESS, **services: dict[str, Any]
        ) -> Routed:
            platform = await stack.enter_async_context(start_platform(urls, services))
            return await stack.enter_async_context(start_router(platform, supergraph, router, address))

        yield start_one
    await sqlite_server.drop(list(urls.values()))
