"""The command `enrollments`: the common commands and the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.service_cli import ServiceParts, run, service_group

if TYPE_CHECKING:
    from fastapi import FastAPI

    from subgraphs.shared.federation import SubgraphSchema
    from subgraphs.shared.migration import Migrations


def create_app() -> FastAPI:
    from subgraphs.enrollments.app import create_app

    return create_app()


def read_schema() -> SubgraphSchema:
    from subgraphs.enrollments.schema import SCHEMA

    return SCHEMA


def read_migrations() -> Migrations:
    from subgraphs.enrollments.models import MIGRATIONS

    return MIGRATIONS


PARTS = ServiceParts("enrollments", EnrollmentsSettings, create_app, read_schema, read_migrations)
main = service_group(PARTS)


@main.command(name="seed", help="Make the enrolments of a laptop. Not for production.")
def seed_command() -> None:
    from subgraphs.enrollments.seed import SEEDED_ENROLLMENTS, seed

    click.echo(f"enrollments: {run(seed, PARTS, migrated=True)} enrolments made")
    for enrollment_id, user_id, course_id in SEEDED_ENROLLMENTS:
        click.echo(f"  {enrollment_id}  user {user_id}  course {course_id}")
