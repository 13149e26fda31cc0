"""Alembic for one service: going up and down, and saying where a database stands.

Enters: a service's migration folder and its metadata. Leaves: a migrated database, or a verdict about one.
Invariants: only `migrate` changes a schema; looking never does, and loads nothing of Alembic, so that a service that
serves starts sooner.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect, text

from subgraphs.shared.database import Database

VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True)
class Migrations:
    """Where one service's revisions live, and the tables they must add up to."""

    folder: Path
    metadata: MetaData

    @property
    def head(self) -> str:
        return self.revisions()[-1]

    def revisions(self) -> list[str]:
        """Every revision, oldest first. Each follows one other, as its file says."""
        names = sorted(file.name for file in (self.folder / "versions").glob("*.py"))
        return list(_read_line(self.folder / "versions", tuple(names)))


@lru_cache(maxsize=16)
def _read_line(folder: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """The revisions of the files, each after the one that it names. Read once, since no file ever changes."""
    following = dict(_read_step(folder / name) for name in names)
    found = tuple(_follow(following))
    assert found, f"no migration in {folder}"
    assert len(found) == len(names), f"the migrations in {folder} are not one line"
    return found


def _read_step(file: Path) -> tuple[str | None, str]:
    """The revision before it, None for the first one, and its own."""
    said = {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(file.read_bytes()).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return said["down_revision"], said["revision"]


def _follow(following: dict[str | None, str]) -> Iterator[str]:
    at = following.get(None)
    while at is not None:
        yield at
        at = following.get(at)


@dataclass(frozen=True, slots=True)
class SchemaState:
    """`current` is the database's revision, None for an empty one; `wanted` is the code's."""

    current: str | None
    wanted: str

    @property
    def is_current(self) -> bool:
        return self.current == self.wanted

    def __str__(self) -> str:
        if self.is_current:
            return f"the schema is at revision {self.wanted}"
        return f"the schema is at revision {self.current or 'none'}, this version wants {self.wanted}"


async def read_schema_state(database: Database, migrations: Migrations) -> SchemaState:
    """Compare the database's revision with the newest one in the code. Raises the driver's error when it's down."""
    async with database.engine.connect() as connection:
        has_table = await connection.run_sync(lambda sync: inspect(sync).has_table(VERSION_TABLE))
        if not has_table:
            return SchemaState(None, migrations.head)
        current = await connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
        return SchemaState(current, migrations.head)


async def migrate(database: Database, migrations: Migrations, revision: str = "head") -> SchemaState:
    """Bring the database to a revision, up or down; `base` empties it. Returns where it stands afterwards.

    All steps are one transaction: a step that fails leaves the database as it was. A second copy that starts
    the same migration waits for the first, and then finds nothing to do.
    """
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            # Rebuilding a table drops the old one, which would cascade into the rows that point at it. The
            # pragma does nothing inside a transaction, so it stands before BEGIN and after COMMIT.
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('alembic'))"))
        await connection.run_sync(_migrate, migrations, revision)
        await connection.commit()
        if database.is_sqlite:
            await connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    return await read_schema_state(database, migrations)


def _migrate(connection: Connection, migrations: Migrations, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    config = Config()
    config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    revisions = migrations.revisions()
    current = MigrationContext.configure(connection).get_current_revision()
    goes_down = revision == "base" or (
        revision in revisions and current in revisions and revisions.index(revision) < revisions.index(current)
    )
    (command.downgrade if goes_down else command.upgrade)(config, revision)


def run_environment(metadata: MetaData) -> None:
    """The body of every service's `migrations/env.py`: run the steps on the connection that `migrate` holds."""
    from alembic import context

    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("migrations run through the service's own `migrate` command")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def find_drift(database: Database, migrations: Migrations) -> list[object]:
    """What the tables in code have that the migrated database lacks, or the reverse; empty when they agree."""

    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), migrations.metadata))

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)
