"""The register: reading enrolments, and changing them together with the seats.

Enters: ids that were checked. Leaves: rows, or a typed refusal.
Invariant: an enrolment, its seat and its audit event are one transaction; which of several racers wins is
decided by the database alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, tuple_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from subgraphs.enrollments.models import AuditEvent, CourseSeats, EnrollmentRow, EnrollmentStatus, now
from subgraphs.shared.audit import record
from subgraphs.shared.database import Database, rows_of
from subgraphs.shared.errors import BadUserInput, Refused
from subgraphs.shared.identity import Caller

#: Of lists in one request: a hundred owners with a full page each, twice.
MAX_ROWS: Final = 20_000
BY_ID: Final = rows_of(EnrollmentRow, col(EnrollmentRow.id).in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class ListArguments:
    """Which enrolments of an owner: at most `first`, behind the one with the id `after`, of one status or all."""

    owner: Literal["user", "course"]
    first: int
    after: UUID | None = None
    status: EnrollmentStatus | None = None


def behind(after: UUID) -> Any:
    """The condition "later in the order than that enrolment"; nothing is behind an unknown one."""
    last = select(EnrollmentRow.created_at, EnrollmentRow.id).where(col(EnrollmentRow.id) == after)
    return tuple_(col(EnrollmentRow.created_at), col(EnrollmentRow.id)) > last.scalar_subquery()


async def find_enrollments(database: Database, ids: Sequence[UUID | None]) -> dict[UUID, EnrollmentRow]:
    """The enrolments with these ids, in one statement."""
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    rows = await database.fetch(BY_ID, ids=list(wanted))
    return {row.id: row for row in rows}


async def find_active(database: Database, pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], bool]:
    """Those pairs of user and course that have an active enrolment, in one statement."""
    user_id, course_id = col(EnrollmentRow.user_id), col(EnrollmentRow.course_id)
    query = select(user_id, course_id).where(
        tuple_(user_id, course_id).in_(pairs), col(EnrollmentRow.status) == EnrollmentStatus.ACTIVE.value
    )
    async with database.read() as session:
        found = (await session.exec(query)).all()
    return dict.fromkeys(((user, course) for user, course in found), True)


async def count_active(database: Database, course_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Active enrolments of each course that has any, in one statement."""
    query = (
        select(EnrollmentRow.course_id, func.count())
        .where(col(EnrollmentRow.course_id).in_(course_ids), col(EnrollmentRow.status) == EnrollmentStatus.ACTIVE.value)
        .group_by(col(EnrollmentRow.course_id))
    )
    async with database.read() as session:
        return dict((await session.exec(query)).all())


async def list_all(
    database: Database, first: int, after: UUID | None, status: EnrollmentStatus | None
) -> Sequence[EnrollmentRow]:
    """Enrolments from the oldest on."""
    query = select(EnrollmentRow).order_by(col(EnrollmentRow.created_at), col(EnrollmentRow.id)).limit(first)
    if after is not None:
        query = query.where(behind(after))
    if status is not None:
        query = query.where(col(EnrollmentRow.status) == status.value)
    async with database.read() as session:
        return (await session.exec(query)).all()


async def list_for_owners(
    database: Database, owner_ids: Sequence[UUID], arguments: ListArguments
) -> dict[UUID, list[EnrollmentRow]]:
    """The first enrolments of each owner, oldest first, in one statement however many owners there are.

    Raises `BadUserInput` for more rows than one request may take.
    """
    owner: Any = col(EnrollmentRow.user_id if arguments.owner == "user" else EnrollmentRow.course_id)
    order = (col(EnrollmentRow.created_at), col(EnrollmentRow.id))
    place = func.row_number().over(partition_by=owner, order_by=order).label("place")
    numbered = select(col(EnrollmentRow.id), place).where(owner.in_(owner_ids))
    if arguments.status is not None:
        numbered = numbered.where(col(EnrollmentRow.status) == arguments.status.value)
    if arguments.after is not None:
        numbered = numbered.where(behind(arguments.after))
    ranked = numbered.subquery()
    query = (
        select(EnrollmentRow)
        .join(ranked, ranked.c.id == col(EnrollmentRow.id))
        .where(ranked.c.place <= arguments.first)
        .order_by(*order)
        .limit(MAX_ROWS + 1)
    )
    found: defaultdict[UUID, list[EnrollmentRow]] = defaultdict(list)
    async with database.read() as session:
        rows = (await session.exec(query)).all()
        if len(rows) > MAX_ROWS:
            raise BadUserInput(f"At most {MAX_ROWS} enrolments may be asked for at once; take fewer for each.")
        for row in rows:
            found[row.user_id if arguments.owner == "user" else row.course_id].append(row)
    return found


async def enrol(
    database: Database, caller: Caller, user_id: UUID, course_id: UUID, capacity: int | None
) -> EnrollmentRow:
    """Enrol, or enrol again after a cancellation. Raises `Refused` ALREADY_ENROLLED or COURSE_FULL."""
    async with database.write() as session:
        enrollment_id = await take_place(database, session, user_id, course_id)
        if enrollment_id is None:
            raise Refused("ALREADY_ENROLLED", "The user is enrolled in this course already.")
        await take_seat(database, session, course_id, capacity)
        details = {"user": user_id, "course": course_id}
        record(session, AuditEvent, caller, "enrollment.created", ("Enrollment", enrollment_id), details)
        return await session.get_one(EnrollmentRow, enrollment_id)


async def take_place(database: Database, session: AsyncSession, user_id: UUID, course_id: UUID) -> UUID | None:
    """Insert the enrolment, or wake a cancelled one; None when there's an active one."""
    moment = now()
    again = {"status": EnrollmentStatus.ACTIVE.value, "enrolled_at": moment, "cancelled_at": None}
    first = {"id": uuid4(), "user_id": user_id, "course_id": course_id, "created_at": moment, **again}
    placed = await session.exec(
        database.insert(EnrollmentRow)
        .values(first)
        .on_conflict_do_update(
            index_elements=["user_id", "course_id"],
            set_=again,
            where=col(EnrollmentRow.status) == EnrollmentStatus.CANCELLED.value,
        )
        .returning(col(EnrollmentRow.id))
    )
    return placed.scalar_one_or_none()


async def take_seat(database: Database, session: AsyncSession, course_id: UUID, capacity: int | None) -> None:
    """Count one seat more. Raises `Refused` COURSE_FULL, which undoes the transaction's enrolment as well."""
    taken = await session.exec(
        database.insert(CourseSeats)
        .values(course_id=course_id, taken=1)
        .on_conflict_do_update(
            index_elements=["course_id"],
            set_={"taken": col(CourseSeats.taken) + 1},
            where=None if capacity is None else col(CourseSeats.taken) < capacity,
        )
        .returning(col(CourseSeats.taken))
    )
    if taken.scalar_one_or_none() is None:
        raise Refused("COURSE_FULL", "Every place in this course is taken.", capacity=capacity)


async def cancel(database: Database, caller: Caller, enrollment_id: UUID) -> EnrollmentRow:
    """Cancel an active enrolment and free its seat. Raises `Refused` ENROLLMENT_NOT_ACTIVE."""
    async with database.write() as session:
        cancelled = await session.exec(
            update(EnrollmentRow)
            .where(col(EnrollmentRow.id) == enrollment_id, col(EnrollmentRow.status) == EnrollmentStatus.ACTIVE.value)
            .values(status=EnrollmentStatus.CANCELLED.value, cancelled_at=now())
            .returning(col(EnrollmentRow.course_id))
            .execution_options(synchronize_session=False)
        )
        course_id = cancelled.scalar_one_or_none()
        if course_id is None:
            raise Refused("ENROLLMENT_NOT_ACTIVE", "The enrolment is cancelled already.")
        await session.exec(
            update(CourseSeats)
            .where(col(CourseSeats.course_id) == course_id)
            .values(taken=col(CourseSeats.taken) - 1)
            .execution_options(synchronize_session=False)
        )
        record(session, AuditEvent, caller, "enrollment.cancelled", ("Enrollment", enrollment_id))
        return await session.get_one(EnrollmentRow, enrollment_id)
