"""Fixtures of the subgraph tests: `platform` on SQLite, `either_platform` on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Protocol

import pytest

from tests.subgraphs.databases import Server, SqliteServer, create_all
from tests.subgraphs.platform import Platform, start_platform


class StartPlatform(Protocol):
    async def __call__(self, **changes: dict[str, Any]) -> Platform: ...


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
