"""The courses of a laptop, with fixed ids. The instructor's id is the one that the users service seeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import col

from subgraphs.courses.catalogue import fold
from subgraphs.courses.models import CourseRow, CourseStatus
from subgraphs.shared.database import Database

INSTRUCTOR_ID: Final = UUID("00000000-0000-4000-a000-000000000002")

GRAPHQL_ID: Final = UUID("00000000-0000-4000-b000-000000000001")
FEDERATION_ID: Final = UUID("00000000-0000-4000-b000-000000000002")
PYTHON_ID: Final = UUID("00000000-0000-4000-b000-000000000003")
DRAFT_ID: Final = UUID("00000000-0000-4000-b000-000000000004")
ARCHIVED_ID: Final = UUID("00000000-0000-4000-b000-000000000005")

SEEDED_COURSES: Final = (
    (GRAPHQL_ID, "Introduction to GraphQL", "Types, queries and mutations from the ground up.", "PUBLISHED", None),
    (FEDERATION_ID, "Federated graphs in practice", "One graph out of many services.", "PUBLISHED", 30),
    (PYTHON_ID, "Asynchronous Python", "Tasks, time-outs and back-pressure.", "PUBLISHED", None),
    (DRAFT_ID, "Schema design (in preparation)", "How to name things that outlive you.", "DRAFT", None),
    (ARCHIVED_ID, "REST, a retrospective", "What it taught us.", "ARCHIVED", None),
)


async def seed(database: Database) -> int:
    """Make the seeded courses that are missing; how many were made. One that exists stays as it is."""
    first_at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    made = 0
    async with database.write() as session:
        for number, (course_id, title, description, status, capacity) in enumerate(SEEDED_COURSES):
            course = CourseRow(
                id=course_id,
                title=title,
                title_folded=fold(title),
                description=description,
                status=CourseStatus(status).value,
                capacity=capacity,
                instructor_id=INSTRUCTOR_ID,
                created_at=first_at + timedelta(days=number),
                updated_at=first_at + timedelta(days=number),
            )
            inserted = await session.exec(
                database.insert(CourseRow)
                .values(**course.model_dump())
                .on_conflict_do_nothing(index_elements=["id"])
                .returning(col(CourseRow.id))
            )
            made += inserted.scalar_one_or_none() is not None
    return made
