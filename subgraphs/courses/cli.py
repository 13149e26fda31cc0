"""The command `courses`: the common commands and the seed."""

from __future__ import annotations

import click

from subgraphs.courses.app import MIGRATIONS, create_app
from subgraphs.courses.schema import SCHEMA
from subgraphs.courses.seed import SEEDED_COURSES, seed
from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.service_cli import ServiceParts, run, service_group

PARTS = ServiceParts("courses", CoursesSettings, create_app, SCHEMA, MIGRATIONS)
main = service_group(PARTS)


@main.command(name="seed", help="Make the courses of a laptop. Not for production.")
def seed_command() -> None:
    click.echo(f"courses: {run(seed, PARTS, migrated=True)} courses made")
    for course_id, title, _, status, _ in SEEDED_COURSES:
        click.echo(f"  {title:<32} {status:<10} {course_id}")
