"""Migrations: up, down, without drift, on both databases; and a service that waits for its schema."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, inspect
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from subgraphs.courses.app import MIGRATIONS as COURSES
from subgraphs.enrollments.app import MIGRATIONS as ENROLLMENTS
from subgraphs.shared.database import NAMING_CONVENTION, Database, read_database_url
from subgraphs.shared.migration import Migrations, find_drift, migrate, read_schema_state
from subgraphs.shared.new_migration import write_migration
from subgraphs.users.app import MIGRATIONS as USERS
from tests.subgraphs.databases import Server
from tests.subgraphs.platform import courses_settings, start_platform, users_settings

ALL = {"users": USERS, "courses": COURSES, "enrollments": ENROLLMENTS}


async def table_names(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


@pytest.mark.parametrize("service", ALL)
async def test_each_revision_goes_up_and_down_without_drift(server: Server, service: str) -> None:
    migrations: Migrations = ALL[service]
    url = await server.create_empty(f"migrated_{service}")
    database = Database(users_settings(url))
    assert (await read_schema_state(database, migrations)).current is None
    for revision in migrations.revisions():
        assert (await migrate(database, migrations, revision)).current == revision
    assert (await migrate(database, migrations)).is_current
    assert await find_drift(database, migrations) == []
    assert await table_names(database) == {*migrations.metadata.tables, "alembic_version"}
    for revision in migrations.revisions()[-2::-1]:
        assert (await migrate(database, migrations, revision)).current == revision
    assert (await migrate(database, migrations, "base")).current is None
    assert await table_names(database) == {"alembic_version"}
    assert (await migrate(database, migrations)).is_current
    await database.close()
    await server.drop([url])


@pytest.mark.parametrize("service", ALL)
def test_revisions_are_those_that_alembic_walks(service: str) -> None:
    script = ScriptDirectory(str(ALL[service].folder))
    assert ALL[service].revisions() == [step.revision for step in script.walk_revisions()][::-1]
    assert ALL[service].head == script.get_current_head()


def test_migrations_are_one_line(tmp_path: Path) -> None:
    """However the files are called, and never two that follow one."""
    (tmp_path / "versions").mkdir()
    for name, before, own in (("b", "None", "first"), ("c", "'first'", "second"), ("a", "'second'", "third")):
        (tmp_path / "versions" / f"{name}.py").write_text(f"revision = '{own}'\ndown_revision = {before}\n")
    migrations = Migrations(tmp_path, MetaData())
    assert migrations.revisions() == ["first", "second", "third"]
    assert migrations.head == "third"
    (tmp_path / "versions" / "d.py").write_text("revision = 'other'\ndown_revision = 'first'\n")
    with pytest.raises(AssertionError, match="not one line"):
        migrations.revisions()


async def test_two_copies_may_migrate_together(server: Server) -> None:
    url = await server.create_empty("together")
    databases = [Database(users_settings(url)) for _ in range(3)]
    states = await asyncio.gather(*(migrate(database, USERS) for database in databases))
    assert all(state.is_current for state in states)
    for database in databases:
        await database.close()
    await server.drop([url])


async def test_a_service_is_not_ready_on_another_schema(server: Server) -> None:
    urls = {service: await server.create_empty(f"outdated_{service}") for service in ALL}
    async with start_platform(urls) as platform:
        for service, migrations in ALL.items():
            for path in ("/health", "/health/ready"):
                response = await platform.client.get(f"http://{service}.test{path}")
                assert response.status_code == 503
                assert migrations.head in response.json()["detail"]
                assert f"{service} migrate" in response.json()["detail"]
            assert (await platform.client.get(f"http://{service}.test/health/live")).status_code == 200
            answer = await platform.ask(service, "{ __typename }")
            assert (answer.status, answer.codes) == (503, ["NOT_READY"])
            assert await table_names(platform.apps[service].state.service.database) == set()
            await migrate(platform.apps[service].state.service.database, migrations)
            assert (await platform.client.get(f"http://{service}.test/health/ready")).status_code == 200
            assert (await platform.ask(service, "{ __typename }")).status == 200
    await server.drop(list(urls.values()))


async def test_a_database_that_is_away_is_not_ready() -> None:
    urls = dict.fromkeys(ALL, "postgresql://nobody:secret-word@127.0.0.1:1/none")
    async with start_platform(urls) as platform:
        response = await platform.client.get("http://users.test/health/ready")
        assert response.status_code == 503
        assert "secret-word" not in response.text
        assert (await platform.ask("users", "{ __typename }")).codes == ["NOT_READY"]


@pytest.mark.parametrize(
    ("text", "driver", "query"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite", {}),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite", {}),
        ("postgres://u:p@h/d", "postgresql+asyncpg", {}),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+asyncpg", {"ssl": "require"}),
        ("postgresql+psycopg://u:p@h/d?sslmode=require", "postgresql+psycopg", {"sslmode": "require"}),
    ],
)
def test_a_plain_url_gets_its_driver(text: str, driver: str, query: dict[str, Any]) -> None:
    url = read_database_url(text)
    assert (url.drivername, dict(url.query)) == (driver, query)


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql"):
        read_database_url("mysql://u:p@h/d")


async def test_a_new_migration_is_written_from_the_models(server: Server, tmp_path: Path) -> None:
    shutil.copytree(COURSES.folder, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    tables = MetaData(naming_convention=NAMING_CONVENTION)
    for table in COURSES.metadata.tables.values():
        table.to_metadata(tables)
    tables.tables["courses"].append_column(Column("language", AutoString(length=8), index=True))
    tables.tables["courses"].append_column(Column("seen_at", UTCDateTime()))
    changed = Migrations(tmp_path / "migrations", tables)
    settings = courses_settings("sqlite:///unused.sqlite3")
    path = await write_migration(settings, changed, "add_language")
    assert path == tmp_path / "migrations" / "versions" / "0002_add_language.py"
    text = path.read_text()
    assert "sqlmodel" not in text
    assert 'down_revision = "courses_0001"' in text
    assert await write_migration(settings, changed, "again") is None
    with pytest.raises(ValueError, match="small letters"):
        await write_migration(settings, changed, "../x")

    database = Database(courses_settings(url := await server.create_empty("revised")))
    assert (await migrate(database, changed)).current == "courses_0002"
    assert await find_drift(database, changed) == []
    assert (await migrate(database, changed, "courses_0001")).current == "courses_0001"
    await database.close()
    await server.drop([url])
