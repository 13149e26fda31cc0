"""The commands that every service has: serve, schema, migrate, reset.

Enters: a service's name and parts. Leaves: a click group that the service adds its own commands to.
Invariants: exit code 0 is good, 1 the input or the environment is at fault, 2 a usage error (click's own); a command
loads what it needs and no more, since all of it takes a second or two.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import ValidationError

from subgraphs.shared.settings import ServiceSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from subgraphs.shared.database import Database
    from subgraphs.shared.federation import SubgraphSchema
    from subgraphs.shared.migration import Migrations, SchemaState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """What the common commands need of a service. What a function gives is loaded by it, for the command that asks."""

    name: str
    load_settings: Callable[[], ServiceSettings]
    create_app: Callable[[], FastAPI]
    read_schema: Callable[[], SubgraphSchema]
    read_migrations: Callable[[], Migrations]


def read_settings(load: Callable[[], ServiceSettings], name: str) -> ServiceSettings:
    """Raises a one-line usage error a setting, naming its environment variable and never showing its value."""
    try:
        return load()
    except ValidationError as error:
        lines = [
            f"{name.upper()}_{'_'.join(map(str, e['loc'][:1])).upper()}: {plain(e['msg'])}" for e in error.errors()
        ]
        raise click.ClickException("\n".join(lines)) from None


def plain(message: str) -> str:
    """Pydantic's message without the name of Python's exception."""
    return message.removeprefix("Value error, ")


def service_group(parts: ServiceParts) -> click.Group:
    """The group with the common commands."""

    @click.group(name=parts.name, help=f"The {parts.name} subgraph.", context_settings={"max_content_width": 100})
    def group() -> None: ...

    @group.command(help="Serve the subgraph until interrupted.")
    @click.option("--host", help="Address to listen on.")
    @click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
    def serve(host: str | None, port: int | None) -> None:
        from subgraphs.shared.serve import serve_until_stopped

        serve_until_stopped(parts, read_settings(parts.load_settings, parts.name), host, port)

    @group.command(help="Print the subgraph's SDL.")
    @click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
    def schema(output: Path | None) -> None:
        if output is None:
            click.echo(parts.read_schema().sdl, nl=False)
        else:
            output.write_text(parts.read_schema().sdl, encoding="utf-8")

    @group.command(name="migrate", help="Bring the database's schema to a revision: head, base, or a revision's id.")
    @click.argument("revision", default="head")
    @click.option("--check", is_flag=True, help="Change nothing; exit with 1 unless the schema is current.")
    def migrate_command(revision: str, check: bool) -> None:
        migrations = parts.read_migrations()
        if revision not in ("head", "base", *migrations.revisions()):
            raise click.ClickException(f"no revision {revision}; there are {', '.join(migrations.revisions())}")
        state = run(lambda database: move(database, migrations, None if check else revision), parts)
        click.echo(f"{parts.name}: {state}")
        if check and not state.is_current:
            sys.exit(1)

    @group.command(name="revision", help="Write a new migration from what the models have and the newest one hasn't.")
    @click.argument("name")
    def revision_command(name: str) -> None:
        click.echo(f"{parts.name}: wrote {write_revision(parts, name)}; read it before it is committed")

    @group.command(help="Delete the service's SQLite file. Any other database is refused.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def reset(yes: bool) -> None:
        file = sqlite_file(parts)
        if not yes:
            click.confirm(f"Delete {file}?", abort=True)
        for suffix in ("", "-wal", "-shm"):
            Path(file + suffix).unlink(missing_ok=True)
        click.echo(f"{parts.name}: deleted {file}")

    return group


def write_revision(parts: ServiceParts, name: str) -> Path:
    """Write the next migration; a difference that isn't there, or can't be named so, ends the command with 1."""
    from subgraphs.shared.new_migration import write_migration

    settings = read_settings(parts.load_settings, parts.name)
    try:
        path = asyncio.run(write_migration(settings, parts.read_migrations(), name))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if path is None:
        raise click.ClickException("the models and the newest revision agree; change the models first")
    return path


def sqlite_file(parts: ServiceParts) -> str:
    """The path of the service's database; one that is no file ends the command with 1."""
    from subgraphs.shared.database import read_database_url

    try:
        url = read_database_url(read_settings(parts.load_settings, parts.name).database_url)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if url.get_backend_name() != "sqlite" or not url.database:
        raise click.ClickException(f"reset is for SQLite only; elsewhere use `{parts.name} migrate base`")
    return url.database


async def move(database: Database, migrations: Migrations, revision: str | None) -> SchemaState:
    from subgraphs.shared.migration import migrate, read_schema_state

    if revision is None:
        return await read_schema_state(database, migrations)
    return await migrate(database, migrations, revision)


def run(work: Callable[[Database], Coroutine[Any, Any, T]], parts: ServiceParts, *, migrated: bool = False) -> T:
    """Run some work on the service's database and close it. A database that fails ends the command with 1, and so does
    one that isn't `migrated` where the work needs it."""
    from sqlalchemy.exc import SQLAlchemyError

    from subgraphs.shared.database import Database
    from subgraphs.shared.migration import read_schema_state

    async def with_database() -> T:
        database = Database(read_settings(parts.load_settings, parts.name))
        try:
            if migrated and not (state := await read_schema_state(database, parts.read_migrations())).is_current:
                raise click.ClickException(f"{state}; run `{parts.name} migrate` first")
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(with_database())
    except (SQLAlchemyError, OSError, ValueError) as error:
        cause = getattr(error, "orig", None) or error
        raise click.ClickException(f"the database can't be used: {cause}") from None
