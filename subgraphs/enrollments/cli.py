"""The command `enrollments`: the common commands and the seed."""

from __future__ import annotations

import click

from subgraphs.enrollments.app import MIGRATIONS, create_app
from subgraphs.enrollments.schema import SCHEMA
from subgraphs.enrollments.seed import SEEDED_ENROLLMENTS, seed
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.service_cli import ServiceParts, run, service_group

PARTS = ServiceParts("enrollments", EnrollmentsSettings, create_app, SCHEMA, MIGRATIONS)
main = service_group(PARTS)


@main.command(name="seed", help="Make the enrolments of a laptop. Not for production.")
def seed_command() -> None:
    click.echo(f"enrollments: {run(seed, PARTS, migrated=True)} enrolments made")
    for enrollment_id, user_id, course_id in SEEDED_ENROLLMENTS:
        click.echo(f"  {enrollment_id}  user {user_id}  course {course_id}")
