"""The tables of the courses service. A course is archived, never deleted: enrolments refer to it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from subgraphs.shared.audit import AuditEventRow
from subgraphs.shared.database import NAMING_CONVENTION
from subgraphs.shared.migration import Migrations

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", METADATA)


class CourseStatus(StrEnum):
    """A course's publishing state; it only ever goes onwards."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


def now() -> datetime:
    return datetime.now(UTC)


class CoursesTable(SQLModel, registry=registry(metadata=METADATA)):
    """Keeps this service's tables apart from those of its siblings in one process."""


class CourseRow(CoursesTable, table=True):
    """A course. `title_folded` is the title in the form that search compares."""

    __tablename__ = "courses"
    __table_args__ = (
        Index("ix_courses_status_created_at_id", "status", "created_at", "id"),
        Index("ix_courses_instructor_id_created_at_id", "instructor_id", "created_at", "id"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    title: str = Field(max_length=200)
    title_folded: str = Field(max_length=400)
    description: str = Field(sa_type=Text)
    status: str = Field(default=CourseStatus.PUBLISHED.value, max_length=20)
    capacity: int | None = None
    instructor_id: UUID
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class AuditEvent(AuditEventRow, CoursesTable, table=True):
    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_created_at_id", "created_at", "id"),)
