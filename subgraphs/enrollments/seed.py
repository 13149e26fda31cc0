"""The enrolments of a laptop, with fixed ids. Users and courses have the ids that their services seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import col

from subgraphs.enrollments.models import EnrollmentRow, EnrollmentStatus
from subgraphs.enrollments.register import take_seat
from subgraphs.shared.database import Database

STUDENT1_ID: Final = UUID("00000000-0000-4000-a000-000000000011")
STUDENT2_ID: Final = UUID("00000000-0000-4000-a000-000000000012")
GRAPHQL_ID: Final = UUID("00000000-0000-4000-b000-000000000001")
FEDERATION_ID: Final = UUID("00000000-0000-4000-b000-000000000002")

STUDENT1_GRAPHQL_ID: Final = UUID("00000000-0000-4000-c000-000000000001")
STUDENT1_FEDERATION_ID: Final = UUID("00000000-0000-4000-c000-000000000002")
STUDENT2_GRAPHQL_ID: Final = UUID("00000000-0000-4000-c000-000000000003")

SEEDED_ENROLLMENTS: Final = (
    (STUDENT1_GRAPHQL_ID, STUDENT1_ID, GRAPHQL_ID),
    (STUDENT1_FEDERATION_ID, STUDENT1_ID, FEDERATION_ID),
    (STUDENT2_GRAPHQL_ID, STUDENT2_ID, GRAPHQL_ID),
)


async def seed(database: Database) -> int:
    """Make the seeded enrolments that are missing; how many were made. One that exists stays as it is."""
    first_at = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
    made = 0
    async with database.write() as session:
        for number, (enrollment_id, user_id, course_id) in enumerate(SEEDED_ENROLLMENTS):
            moment = first_at + timedelta(days=number)
            inserted = await session.exec(
                database.insert(EnrollmentRow)
                .values(
                    id=enrollment_id,
                    user_id=user_id,
                    course_id=course_id,
                    status=EnrollmentStatus.ACTIVE.value,
                    created_at=moment,
                    enrolled_at=moment,
                )
                .on_conflict_do_nothing()
                .returning(col(EnrollmentRow.id))
            )
            if inserted.scalar_one_or_none() is not None:
                await take_seat(database, session, course_id, None)
                made += 1
    return made
