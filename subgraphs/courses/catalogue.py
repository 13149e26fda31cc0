"""Reading and changing courses.

Enters: a request's context and arguments. Leaves: rows that its caller may see.
Invariants: a draft exists only for its instructor and admins, whichever way it's asked for; an act and its
audit event are one transaction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlmodel import col, select

from subgraphs.courses.context import CoursesContext
from subgraphs.courses.models import AuditEvent, CourseRow, CourseStatus, now
from subgraphs.shared.audit import record
from subgraphs.shared.database import rows_of
from subgraphs.shared.errors import BadUserInput, Forbidden, Refused
from subgraphs.shared.identity import NOBODY, Caller, Role
from subgraphs.shared.paging import Cursor, comes_after

MAX_TITLE = 200
MAX_DESCRIPTION = 20_000
MAX_SEARCH = 100
MAX_CAPACITY = 1_000_000

HAS_ID = col(CourseRow.id).in_(bindparam("ids", expanding=True))
IS_SEEN = or_(col(CourseRow.status) != CourseStatus.DRAFT.value, col(CourseRow.instructor_id) == bindparam("caller"))
BY_ID: Final = rows_of(CourseRow, HAS_ID)
SEEN_BY_ID: Final = rows_of(CourseRow, HAS_ID, IS_SEEN)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which courses a list holds. Without a status: the published ones."""

    search: str | None = None
    instructor_id: UUID | None = None
    status: CourseStatus = CourseStatus.PUBLISHED


def fold(text: str) -> str:
    """The form that search compares: without case, accents' ways of writing, or doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def check_text(text: str, argument: str, longest: int, *, shortest: int) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if not shortest <= len(text) <= longest or "\x00" in text:
        raise BadUserInput(f"The argument {argument} has {shortest} to {longest} characters.", argument=argument)
    return text


def check_capacity(capacity: int | None) -> int | None:
    if capacity is not None and not 1 <= capacity <= MAX_CAPACITY:
        raise BadUserInput(f"The argument capacity is between 1 and {MAX_CAPACITY}.", argument="capacity")
    return capacity


def may_manage(caller: Caller, course: CourseRow) -> bool:
    return caller.is_admin or caller.is_user(course.instructor_id)


def is_visible(caller: Caller, course: CourseRow) -> bool:
    """An archived course stays visible, since enrolments in it do."""
    return course.status != CourseStatus.DRAFT or may_manage(caller, course)


def conditions(caller: Caller, wanted: Filter) -> list[ColumnElement[bool]]:
    """What a row of the list fulfils, the caller's rights among it."""
    found: list[ColumnElement[bool]] = [col(CourseRow.status) == wanted.status.value]
    if wanted.status is not CourseStatus.PUBLISHED and not caller.is_admin:
        # A list of drafts or archived courses is for those who manage them.
        found.append(col(CourseRow.instructor_id) == (caller.user_id or NOBODY))
    if wanted.instructor_id is not None:
        found.append(col(CourseRow.instructor_id) == wanted.instructor_id)
    if wanted.search is not None:
        if len(wanted.search) > MAX_SEARCH or "\x00" in wanted.search:
            raise BadUserInput(f"The argument search has at most {MAX_SEARCH} printable characters.", argument="search")
        found.append(col(CourseRow.title_folded).contains(fold(wanted.search), autoescape=True))
    return found


async def list_courses(context: CoursesContext, wanted: Filter, limit: int, after: Cursor | None) -> list[CourseRow]:
    """At most `limit` courses, oldest first, behind a cursor."""
    order = (col(CourseRow.created_at), col(CourseRow.id))
    query = select(CourseRow).where(*conditions(context.caller, wanted)).order_by(*order).limit(limit)
    if after is not None:
        query = query.where(comes_after(*order, after, newest_first=False))
    async with context.database.read() as session:
        return list((await session.exec(query)).all())


async def count_courses(context: CoursesContext, wanted: Filter) -> int:
    query = select(func.count()).select_from(CourseRow).where(*conditions(context.caller, wanted))
    async with context.database.read() as session:
        return (await session.exec(query)).one()


async def find_cursor(context: CoursesContext, course_id: UUID | None) -> Cursor | None:
    """The place of a course that the caller may see, for lists whose `after` is an id."""
    course = await find_course(context, course_id)
    return None if course is None else Cursor(course.created_at, course.id)


async def find_course(context: CoursesContext, course_id: UUID | None) -> CourseRow | None:
    """One course, None when there is none or the caller may not see it."""
    return await context.loaders.load("course", partial(find_courses, context), course_id) if course_id else None


async def find_courses(context: CoursesContext, ids: Sequence[UUID | None]) -> dict[UUID, CourseRow]:
    """The courses with these ids that the caller may see, in one statement."""
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    caller = context.caller
    if caller.is_admin:
        rows = await context.database.fetch(BY_ID, ids=list(wanted))
    else:
        rows = await context.database.fetch(SEEN_BY_ID, ids=list(wanted), caller=caller.user_id or NOBODY)
    return {row.id: row for row in rows}


async def create_course(
    context: CoursesContext, title: str, description: str, capacity: int | None, *, draft: bool
) -> CourseRow:
    """Raises `Unauthenticated`, `Forbidden` for a student, `BadUserInput`."""
    instructor_id = context.caller.require_signed_in()
    if context.caller.role not in (Role.INSTRUCTOR, Role.ADMIN):
        raise Forbidden("Only instructors and admins may create a course.")
    title = check_text(title, "title", MAX_TITLE, shortest=1)
    course = CourseRow(
        title=title,
        title_folded=fold(title)[:400],
        description=check_text(description, "description", MAX_DESCRIPTION, shortest=0),
        status=(CourseStatus.DRAFT if draft else CourseStatus.PUBLISHED).value,
        capacity=check_capacity(capacity),
        instructor_id=instructor_id,
    )
    async with context.database.write() as session:
        session.add(course)
        record(session, AuditEvent, context.caller, "course.created", ("Course", course.id), {"status": course.status})
    return course


@dataclass(frozen=True, slots=True)
class Change:
    """What an update sets; a name that isn't in `values` stays as it is."""

    action: str
    values: dict[str, object]


async def change_course(context: CoursesContext, course_id: UUID | None, change: Change) -> CourseRow:
    """Change one course. Raises `Unauthenticated`, `Forbidden`, `Refused` COURSE_NOT_FOUND or COURSE_STATUS."""
    context.caller.require_signed_in()
    async with context.database.write() as session:
        course = await session.get(CourseRow, course_id, with_for_update=True) if course_id else None
        if course is None or not is_visible(context.caller, course):
            raise Refused("COURSE_NOT_FOUND", "There is no such course.")
        if not may_manage(context.caller, course):
            raise Forbidden("Only the course's instructor and admins may change it.")
        check_step(CourseStatus(course.status), change)
        for name, value in change.values.items():
            setattr(course, name, value)
        course.updated_at = now()
        session.add(course)
        details = {"fields": " ".join(sorted(change.values))}
        record(session, AuditEvent, context.caller, change.action, ("Course", course.id), details)
    return course


def check_step(status: CourseStatus, change: Change) -> None:
    """Raises `Refused` COURSE_STATUS for a step that the publishing state doesn't allow."""
    if status is CourseStatus.ARCHIVED:
        raise Refused("COURSE_STATUS", "The course is archived.", status=status.value)
    if change.values.get("status") == status.value:
        raise Refused("COURSE_STATUS", f"The course is {status.value.lower()} already.", status=status.value)


def check_change(title: object, description: object, capacity: object) -> dict[str, object]:
    """The values of an update; what isn't given is `...`. Raises `BadUserInput`."""
    values: dict[str, object] = {}
    if isinstance(title, str):
        values["title"] = check_text(title, "title", MAX_TITLE, shortest=1)
        values["title_folded"] = fold(title)[:400]
    if isinstance(description, str):
        values["description"] = check_text(description, "description", MAX_DESCRIPTION, shortest=0)
    if isinstance(capacity, int) or capacity is None:
        values["capacity"] = check_capacity(capacity)
    if not values:
        raise BadUserInput("Give at least one thing to change.")
    return values
