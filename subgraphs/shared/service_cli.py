"""The commands that every service has: serve, schema, migrate, reset.

Enters: a service's name and parts. Leaves: a click group that the service adds its own commands to.
Invariant: exit code 0 is good, 1 the input or the environment is at fault, 2 a usage error (click's own).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from subgraphs.shared.connection import Connection
from subgraphs.shared.database import Database, read_database_url
from subgraphs.shared.drain import Drain, DrainingApp, DrainingServer
from subgraphs.shared.federation import SubgraphSchema
from subgraphs.shared.metrics import open_listener, shown
from subgraphs.shared.migration import Migrations, SchemaState, migrate, read_schema_state
from subgraphs.shared.new_migration import write_migration
from subgraphs.shared.settings import ServiceSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """What the common commands need of a service."""

    name: str
    load_settings: Callable[[], ServiceSettings]
    create_app: Callable[[], FastAPI]
    schema: SubgraphSchema
    migrations: Migrations


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
        settings = read_settings(parts.load_settings, parts.name)
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        try:
            app = parts.create_app()
        except ValueError as error:  # a database or a key ring that can't be used
            raise click.ClickException(str(error)) from None
        address = host or settings.host
        beside = show_metrics(parts.name, app, address, settings.metrics_port)
        options = uvicorn.Config(
            DrainingApp(app, drain := Drain(settings.drain_delay)),
            host=address,
            port=settings.port if port is None else port,
            http=Connection,
            ws="none",
            log_level=settings.log_level,
            access_log=settings.log_level == "debug",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=1_000,
            # Longer than a router keeps an idle connection, so that it isn't closed under its next request.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=20,
        )
        DrainingServer(options, drain, beside).run()

    @group.command(help="Print the subgraph's SDL.")
    @click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
    def schema(output: Path | None) -> None:
        if output is None:
            click.echo(parts.schema.sdl, nl=False)
        else:
            output.write_text(parts.schema.sdl, encoding="utf-8")

    @group.command(name="migrate", help="Bring the database's schema to a revision: head, base, or a revision's id.")
    @click.argument("revision", default="head")
    @click.option("--check", is_flag=True, help="Change nothing; exit with 1 unless the schema is current.")
    def migrate_command(revision: str, check: bool) -> None:
        if revision not in ("head", "base", *parts.migrations.revisions()):
            raise click.ClickException(f"no revision {revision}; there are {', '.join(parts.migrations.revisions())}")
        state = run(lambda database: move(database, parts.migrations, None if check else revision), parts)
        click.echo(f"{parts.name}: {state}")
        if check and not state.is_current:
            sys.exit(1)

    @group.command(name="revision", help="Write a new migration from what the models have and the newest one hasn't.")
    @click.argument("name")
    def revision_command(name: str) -> None:
        try:
            path = asyncio.run(write_migration(read_settings(parts.load_settings, parts.name), parts.migrations, name))
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        if path is None:
            raise click.ClickException("the models and the newest revision agree; change the models first")
        click.echo(f"{parts.name}: wrote {path}; read it before it is committed")

    @group.command(help="Delete the service's SQLite file. Any other database is refused.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def reset(yes: bool) -> None:
        try:
            url = read_database_url(read_settings(parts.load_settings, parts.name).database_url)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        if url.get_backend_name() != "sqlite" or not url.database:
            raise click.ClickException(f"reset is for SQLite only; elsewhere use `{parts.name} migrate base`")
        if not yes:
            click.confirm(f"Delete {url.database}?", abort=True)
        for suffix in ("", "-wal", "-shm"):
            Path(url.database + suffix).unlink(missing_ok=True)
        click.echo(f"{parts.name}: deleted {url.database}")

    return group


def show_metrics(name: str, app: FastAPI, host: str, port: int) -> AbstractAsyncContextManager[None] | None:
    """What shows the application's metrics while it is entered; None for no port."""
    if port == 0:
        return None
    try:
        return shown(app.state.service.metrics, open_listener(host, port))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise click.ClickException(
            f"no metrics on {host}:{port}: {reason}; {name.upper()}_METRICS_PORT sets it"
        ) from None


async def move(database: Database, migrations: Migrations, revision: str | None) -> SchemaState:
    if revision is None:
        return await read_schema_state(database, migrations)
    return await migrate(database, migrations, revision)


def run(work: Callable[[Database], Coroutine[Any, Any, T]], parts: ServiceParts, *, migrated: bool = False) -> T:
    """Run some work on the service's database and close it. A database that fails ends the command with 1, and so does
    one that isn't `migrated` where the work needs it."""

    async def with_database() -> T:
        database = Database(read_settings(parts.load_settings, parts.name))
        try:
            if migrated and not (state := await read_schema_state(database, parts.migrations)).is_current:
                raise click.ClickException(f"{state}; run `{parts.name} migrate` first")
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(with_database())
    except (SQLAlchemyError, OSError, ValueError) as error:
        cause = getattr(error, "orig", None) or error
        raise click.ClickException(f"the database can't be used: {cause}") from None
