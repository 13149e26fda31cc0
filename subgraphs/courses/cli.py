"""The command `courses`: the common commands and the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.service_cli import ServiceParts, run, service_group

if TYPE_CHECKING:
    from fastapi import FastAPI

    from subgraphs.shared.federation import SubgraphSchema
    from subgraphs.shared.migration import Migrations


def create_app() -> FastAPI:
    from subgraphs.courses.app import create_app

    return create_app()


def read_schema() -> SubgraphSchema:
    from subgraphs.courses.schema import SCHEMA

    return SCHEMA


def read_migrations() -> Migrations:
    from subgraphs.courses.models import MIGRATIONS

    return MIGRATIONS


PARTS = ServiceParts("courses", CoursesSettings, create_app, read_schema, read_migrations)
main = service_group(PARTS)


@main.command(name="seed", help="Make the courses of a laptop. Not for production.")
def seed_command() -> None:
    from subgraphs.courses.seed import SEEDED_COURSES, seed

    click.echo(f"courses: {run(seed, PARTS, migrated=True)} courses made")
    for course_id, title, _, status, _ in SEEDED_COURSES:
        click.echo(f"  {title:<32} {status:<10} {course_id}")
