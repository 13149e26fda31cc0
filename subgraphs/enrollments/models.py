"""The tables of the enrollments service.

Invariants that the database keeps: one row a user and course, whatever its status; and no more active rows of
a course than its seats count (`course_seats` is changed only together with an enrolment).
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from subgraphs.shared.audit import AuditEventRow
from subgraphs.shared.database import NAMING_CONVENTION
from subgraphs.shared.migration import Migrations

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", METADATA)


class EnrollmentStatus(StrEnum):
    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


def now() -> datetime:
    return datetime.now(UTC)


class EnrollmentsTable(SQLModel, registry=registry(metadata=METADATA)):
    """Keeps this service's tables apart from those of its siblings in one process."""


class EnrollmentRow(EnrollmentsTable, table=True):
    """A user's place in a course. Enrolling again after a cancellation takes the same row, and so the same id."""

    __tablename__ = "enrollments"
    __table_args__ = (
        UniqueConstraint("user_id", "course_id"),
        Index("ix_enrollments_created_at_id", "created_at", "id"),
        Index("ix_enrollments_course_id_created_at_id", "course_id", "created_at", "id"),
        Index("ix_enrollments_user_id_created_at_id", "user_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID
    course_id: UUID
    status: str = Field(default=EnrollmentStatus.ACTIVE.value, max_length=20)
    created_at: datetime = Field(default_factory=now)
    enrolled_at: datetime = Field(default_factory=now)
    cancelled_at: datetime | None = None


class CourseSeats(EnrollmentsTable, table=True):
    """How many places of a course are taken. Its row is the lock that enrolments of one course queue at."""

    __tablename__ = "course_seats"
    __table_args__ = (CheckConstraint("taken >= 0", name="taken_not_negative"),)

    course_id: UUID = Field(primary_key=True)
    taken: int = 0


class AuditEvent(AuditEventRow, EnrollmentsTable, table=True):
    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_created_at_id", "created_at", "id"),)
