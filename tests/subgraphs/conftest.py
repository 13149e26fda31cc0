"""Fixtures of the subgraph tests: `platform` on SQLite, `either_platform` on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.subgraphs.databases import PostgresServer, Server, SqliteServer, create_all, start_postgres
from tests.subgraphs.platform import Platform, start_platform


class StartPlatform(Protocol):
    async def __call__(self, **changes: dict[str, Any]) -> Platform: ...


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    return SqliteServer(Path(tmp_path_factory.mktemp("sqlite")))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    yield from start_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each kind of database in turn."""
    name = "sqlite_server" if request.param == "sqlite" else "postgres_server"
    found: Server = request.getfixturevalue(name)
    return found


@pytest.fixture
async def platform(sqlite_server: SqliteServer) -> AsyncIterator[Platform]:
    urls = await create_all(sqlite_server)
    async with start_platform(urls) as started:
        yield started
    await sqlite_server.drop(list(urls.values()))


@pytest.fixture
async def either_platform(server: Server) -> AsyncIterator[Platform]:
    urls = await create_all(server)
    async with start_platform(urls) as started:
        yield started
    await server.drop(list(urls.values()))


@pytest.fixture
async def start(sqlite_server: SqliteServer) -> AsyncIterator[StartPlatform]:
    """Start a platform with other settings: `await start(users={...}, all={...})`."""
    urls = await create_all(sqlite_server)
    async with AsyncExitStack() as stack:

        async def start_one(**changes: dict[str, Any]) -> Platform:
            context: AbstractAsyncContextManager[Platform] = start_platform(urls, changes)
            return await stack.enter_async_context(context)

        yield start_one
    await sqlite_server.drop(list(urls.values()))
