"""One service's database: SQLite as it comes, PostgreSQL by URL.

Enters: the settings. Leaves: sessions to read with and sessions to write with.
Invariant: a writing session holds the database's write lock from its first statement on SQLite, so that two
writers queue instead of failing half-way; on PostgreSQL the constraints and row locks decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import URL, ColumnElement, Connection, Engine, Select, create_engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, QueuePool
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from subgraphs.shared.settings import ServiceSettings

Table = TypeVar("Table", bound=SQLModel)

SQLITE_BUSY_TIMEOUT_MS = 5_000
BEGIN_OPTION = "sqlite_begin_immediate"

#: Names for constraints, so that a migration can drop by name what another made.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def read_database_url(text: str) -> URL:
    """Turn a plain URL into one with an asynchronous driver.

    `sqlite:///...`, `postgres://...` and `postgresql://...` get aiosqlite and asyncpg; a named driver is kept.
    Raises ValueError for another kind of database.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError(
            "that is no database URL; write sqlite:///FILE or postgresql://user:password@host/database"
        ) from None
    if url.drivername in ("sqlite", "sqlite+aiosqlite"):
        return url.set(drivername="sqlite+aiosqlite")
    if url.drivername in ("postgres", "postgresql", "postgresql+asyncpg"):
        url = url.set(drivername="postgresql+asyncpg")
        # libpq writes `sslmode`, asyncpg reads `ssl`.
        if "sslmode" in url.query:
            url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
        return url
    if url.drivername == "postgresql+psycopg":
        return url
    raise ValueError(f"the database {url.drivername!r} is not supported; use sqlite or postgresql")


@dataclass(frozen=True, slots=True)
class Rows(Generic[Table]):
    """A statement for rows of one table, made once: making it anew takes longer than running it."""

    statement: Select[Any]


def rows_of(table: type[Table], *conditions: ColumnElement[bool]) -> Rows[Table]:
    """The rows that fulfil the conditions; what a request brings stands in them as `bindparam`."""
    return Rows(inspect(table).local_table.select().where(*conditions))


class Database:
    """The engine and its two kinds of session. Nothing connects before the first statement."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.url = read_database_url(settings.database_url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database in (None, "", ":memory:"):
            raise ValueError("a SQLite database needs a file, which all of the service's connections share")
        self._most_connections = settings.database_pool_size + settings.database_pool_overflow
        self.engine: AsyncEngine = self._create_engine(settings)
        self._reader = self._create_reader(settings) if self.is_sqlite else None
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False, autoflush=False)

    def _create_engine(self, settings: ServiceSettings) -> AsyncEngine:
        options: dict[str, Any] = {
            "pool_size": settings.database_pool_size,
            "max_overflow": settings.database_pool_overflow,
            "pool_timeout": settings.database_pool_timeout,
            "hide_parameters": True,
        }
        if self.is_sqlite:
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_async_engine(
                self.url,
                poolclass=AsyncAdaptedQueuePool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_MS / 1000, "isolation_level": None},
                **options,
            )
            event.listen(engine.sync_engine, "connect", prepare_sqlite)
            event.listen(engine.sync_engine, "begin", begin_sqlite)
            return engine
        return create_async_engine(
            self.url,
            pool_pre_ping=True,
            pool_recycle=1_800,
            connect_args=postgres_connect_args(self.url, settings),
            **options,
        )

    def _create_reader(self, settings: ServiceSettings) -> Engine:
        """A second way into the same SQLite file, for `fetch`: one call in a thread, where aiosqlite takes five."""
        reader = create_engine(
            self.url.set(drivername="sqlite"),
            poolclass=QueuePool,
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_timeout=settings.database_pool_timeout,
            hide_parameters=True,
            connect_args={
                "timeout": SQLITE_BUSY_TIMEOUT_MS / 1000,
                "isolation_level": None,
                "check_same_thread": False,
            },
        )
        event.listen(reader, "connect", prepare_sqlite)
        return reader

    @property
    def engines(self) -> tuple[Engine, ...]:
        """What statements run on, for those who listen."""
        return (self.engine.sync_engine,) if self._reader is None else (self.engine.sync_engine, self._reader)

    def connections(self) -> dict[str, float]:
        """How many connections are at work and how many wait, by state, and the most that there may be."""
        pools = [engine.pool for engine in self.engines if isinstance(engine.pool, QueuePool)]
        return {
            "busy": sum(pool.checkedout() for pool in pools),
            "idle": sum(pool.checkedin() for pool in pools),
            "limit": len(pools) * self._most_connections,
        }

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for looking; whatever it changes is rolled back."""
        async with self._sessions() as session:
            yield session

    async def fetch(self, wanted: Rows[Table], **parameters: object) -> Sequence[Table]:
        """The rows, to be read only: they have the table's attributes and no session.

        For entities, of which a request wants hundreds: making an ORM object of each costs as much as all the rest.
        """
        if self._reader is not None:
            found = await asyncio.to_thread(read_rows, self._reader, wanted.statement, parameters)
        else:
            async with self.engine.connect() as connection:
                found = (await connection.execute(wanted.statement, parameters)).all()
        return cast(Sequence[Table], found)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is kept when the block ends well and undone when it raises."""
        async with self._sessions() as session, session.begin():
            await session.connection(execution_options={BEGIN_OPTION: True})
            yield session

    def insert(self, table: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that knows ON CONFLICT, for whichever database this is."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def close(self) -> None:
        await self.engine.dispose()
        if self._reader is not None:
            self._reader.dispose()


def read_rows(engine: Engine, statement: Select[Any], parameters: dict[str, object]) -> Sequence[Any]:
    with engine.connect() as connection:
        return connection.execute(statement, parameters).all()


def postgres_connect_args(url: URL, settings: ServiceSettings) -> dict[str, Any]:
    statement_timeout = int(settings.database_statement_timeout * 1000)
    if url.get_driver_name() == "psycopg":
        return {
            "connect_timeout": max(1, round(settings.database_connect_timeout)),
            "options": f"-c statement_timeout={statement_timeout} -c timezone=UTC",
        }
    return {
        "timeout": settings.database_connect_timeout,
        "command_timeout": settings.database_statement_timeout + 1,
        "server_settings": {"statement_timeout": str(statement_timeout), "timezone": "UTC"},
    }


def prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "synchronous=NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    # Reading needs no transaction: each statement sees a consistent state. A writer takes the lock at once,
    # since a reader that becomes a writer half-way is refused without waiting.
    if connection.get_execution_options().get(BEGIN_OPTION):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
