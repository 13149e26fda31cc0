"""Databases for tests: SQLite files that are copied, PostgreSQL databases that are made as new and used again.

Invariant: PostgreSQL is a real server, started once for all processes of a test run; where it can't be had the
test is skipped with the reason, or fails when CI is set.
"""

from __future__ import annotations

import os
import shutil
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
from tests.support.postgres import held, started_postgres

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


#: Keeps the seeded rows beside the tables, so that a used database can be made as new without making another.
KEEP_ROWS = """
CREATE SCHEMA seeded;
DO $$ DECLARE t text; BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE seeded.%1$I AS TABLE public.%1$I', t);
  END LOOP;
END $$;
"""
RESTORE_ROWS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$ DECLARE t text; BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'seeded' LOOP
    EXECUTE format('DELETE FROM public.%1$I', t);
    EXECUTE format('INSERT INTO public.%1$I SELECT * FROM seeded.%1$I', t);
  END LOOP;
END $$;
"""


class PostgresServer:
    """A server on a Unix socket in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.host = str(folder)
        self.lock = folder.with_name("templates")
        self.free: dict[str, list[str]] = {}
        self.service_of: dict[str, str] = {}

    def url(self, name: str) -> str:
        return f"postgresql://postgres:@/{name}?host={self.host}"

    async def run(self, statement: str, database: str = "postgres") -> str:
        connection = await asyncpg.connect(host=self.host, user="postgres", database=database)
        try:
            return await connection.execute(statement)
        finally:
            await connection.close()

    async def create_empty(self, name: str) -> str:
        name = f"{name}_{os.getpid()}_{next(numbers)}"
        await self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    async def create_seeded(self, service: str) -> str:
        if self.free.get(service):
            return self.free[service].pop()
        template, name = f"template_{service}", f"{service}_{os.getpid()}_{next(numbers)}"
        with held(self.lock):
            if await self.run(f"SELECT 1 FROM pg_database WHERE datname = '{template}'") == "SELECT 0":
                await self.run(f"CREATE DATABASE {template}")
                await prepare(service, self.url(template))
                await self.run(KEEP_ROWS, template)
            await self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        url = self.url(name)
        self.service_of[url] = service
        return url

    async def drop(self, urls: list[str]) -> None:
        """An empty database goes; a seeded one is made as new, for the next test."""
        for url in urls:
            name = str(make_url(url).database)
            if url in self.service_of:
                await self.run(RESTORE_ROWS, name)
                self.free.setdefault(self.service_of[url], []).append(url)
            else:
                await self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


Server = SqliteServer | PostgresServer


def start_postgres() -> PostgresServer:
    """The run's server; skips where it can't be had, and fails where CI is set."""
    try:
        return PostgresServer(started_postgres())
    except Exception as error:
        reason = f"PostgreSQL can't be started: {type(error).__name__}: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


async def create_all(server: Server) -> dict[str, str]:
    return {service: await server.create_seeded(service) for service in SERVICES}
