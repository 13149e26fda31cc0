"""Who may see which enrolment, and the checks before one is made.

Enters: rows, ids and the caller. Leaves: what the caller may see, or a refusal.
Invariants: that somebody is an instructor of a course is the courses service's word, never a value that came
with the request; a sibling that doesn't answer is an error, never a yes or a no.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from subgraphs.enrollments.context import EnrollmentsContext
from subgraphs.enrollments.models import EnrollmentRow
from subgraphs.shared.errors import Forbidden, Refused
from subgraphs.shared.identity import Role
from subgraphs.shared.sibling import Entity


async def teaches(context: EnrollmentsContext, course_id: UUID) -> bool:
    """Whether the caller is that course's instructor. Raises `UpstreamUnavailable`."""
    caller = context.caller
    # A student who once taught has lost the right with the role, so there's nothing to ask.
    if caller.user_id is None or caller.role is not Role.INSTRUCTOR:
        return False
    return await context.instructors.load(course_id) == caller.user_id


async def require_owner_of_course(context: EnrollmentsContext, course_id: UUID) -> None:
    """Raises unless the caller teaches the course or is an admin."""
    context.caller.require_signed_in()
    if not context.caller.is_admin and not await teaches(context, course_id):
        raise Forbidden("Only the course's instructor and admins may see this.")


async def see(
    context: EnrollmentsContext, rows: Sequence[EnrollmentRow | None]
) -> list[EnrollmentRow | Exception | None]:
    """Each row that the caller may see; None for others, an exception where the courses service didn't answer."""
    return [
        answer if not isinstance(answer, BaseException) or isinstance(answer, Exception) else None
        for answer in await asyncio.gather(*(see_one(context, row) for row in rows), return_exceptions=True)
    ]


async def see_one(context: EnrollmentsContext, row: EnrollmentRow | None) -> EnrollmentRow | None:
    if row is None or context.caller.user_id is None:
        return None
    if context.caller.is_admin or context.caller.is_user(row.user_id) or await teaches(context, row.course_id):
        return row
    return None


async def check_user_and_course(context: EnrollmentsContext, user_id: UUID, course_id: UUID) -> int | None:
    """Ask both siblings, at the same time and in the caller's name; the course's capacity.

    Raises `Refused` USER_NOT_FOUND, COURSE_NOT_FOUND or COURSE_NOT_OPEN, `UpstreamUnavailable`.
    """
    users, courses, authorization = context.parts.users, context.parts.courses, context.authorization
    answers = await asyncio.gather(
        users.entities("User", [user_id], "isActive", authorization),
        courses.entities("Course", [course_id], "status capacity", authorization),
        return_exceptions=True,
    )
    found: list[Entity | None] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        found.append(answer[0])
    user, course = found
    if user is None or user.get("isActive") is not True:
        raise Refused("USER_NOT_FOUND", "There is no such user.")
    if course is None:
        raise Refused("COURSE_NOT_FOUND", "There is no such course.")
    if course.get("status") != "PUBLISHED":
        raise Refused("COURSE_NOT_OPEN", "The course takes no students.")
    capacity = course.get("capacity")
    return capacity if isinstance(capacity, int) else None
