"""The mutations of the enrollments service. Each is nullable, so that a refusal doesn't undo its sibling's answer."""

from __future__ import annotations

import strawberry

from subgraphs.enrollments import register
from subgraphs.enrollments.access import check_user_and_course, see_one
from subgraphs.enrollments.context import EnrollmentsInfo
from subgraphs.enrollments.schema.types import Enrollment
from subgraphs.shared.errors import Forbidden, Refused
from subgraphs.shared.identity import parse_id


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Enrol a user in a published course; for that user and admins. Refused with ALREADY_ENROLLED, "
        "COURSE_FULL, COURSE_NOT_OPEN, COURSE_NOT_FOUND, USER_NOT_FOUND or UPSTREAM_UNAVAILABLE."
    )
    async def create_enrollment(
        self, info: EnrollmentsInfo, user_id: strawberry.ID, course_id: strawberry.ID
    ) -> Enrollment | None:
        user, course = parse_id(user_id), parse_id(course_id)
        info.context.caller.require_user_or_admin(user)
        if user is None:
            raise Refused("USER_NOT_FOUND", "There is no such user.")
        if course is None:
            raise Refused("COURSE_NOT_FOUND", "There is no such course.")
        capacity = await check_user_and_course(info.context, user, course)
        row = await register.enrol(info.context.database, info.context.caller, user, course, capacity)
        return Enrollment(row=row)

    @strawberry.mutation(
        description="Cancel an enrolment; for its user and admins. Refused with ENROLLMENT_NOT_FOUND or "
        "ENROLLMENT_NOT_ACTIVE. Enrolling again later is allowed."
    )
    async def cancel_enrollment(self, info: EnrollmentsInfo, id: strawberry.ID) -> Enrollment | None:
        caller = info.context.caller
        caller.require_signed_in()
        enrollment_id = parse_id(id)
        found = await register.find_enrollments(info.context.database, [enrollment_id])
        row = await see_one(info.context, found.get(enrollment_id) if enrollment_id else None)
        if row is None:
            raise Refused("ENROLLMENT_NOT_FOUND", "There is no such enrolment.")
        if not (caller.is_admin or caller.is_user(row.user_id)):
            raise Forbidden("Only the enrolled user and admins may cancel an enrolment.")
        return Enrollment(row=await register.cancel(info.context.database, caller, row.id))
