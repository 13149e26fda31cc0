"""The queries of the enrollments service. A field that can be refused is nullable, so that no other is lost."""

from __future__ import annotations

from functools import partial

import strawberry

from subgraphs.enrollments import register
from subgraphs.enrollments.access import see_one, teaches
from subgraphs.enrollments.context import EnrollmentsInfo
from subgraphs.enrollments.models import AuditEvent, EnrollmentStatus
from subgraphs.enrollments.schema.types import Enrollment, read_after
from subgraphs.shared.audit import AuditEventConnection, read_events
from subgraphs.shared.errors import Forbidden
from subgraphs.shared.identity import ADMIN_SCOPES, parse_id
from subgraphs.shared.paging import MAX_PAGE, check_first


@strawberry.type
class Query:
    @strawberry.federation.field(
        requires_scopes=ADMIN_SCOPES,
        description="Every enrolment, oldest first; for admins. At most 100, behind the id `after`.",
    )
    async def enrollments(
        self,
        info: EnrollmentsInfo,
        first: int | None = None,
        after: strawberry.ID | None = None,
        status: EnrollmentStatus | None = None,
    ) -> list[Enrollment] | None:
        info.context.caller.require_admin()
        limit = check_first(first, MAX_PAGE)
        rows = await register.list_all(info.context.database, limit, read_after(after), status)
        return [Enrollment(row=row) for row in rows]

    @strawberry.field(description="One enrolment; null for an unknown id, and for one that the caller may not see.")
    async def enrollment(self, info: EnrollmentsInfo, id: strawberry.ID) -> Enrollment | None:
        enrollment_id = parse_id(id)
        if enrollment_id is None:
            return None
        find = partial(register.find_enrollments, info.context.database)
        row = await see_one(info.context, await info.context.loaders.load("enrollment", find, enrollment_id))
        return None if row is None else Enrollment(row=row)

    @strawberry.field(
        description="Whether a user has an active enrolment in a course; for that user, its instructor and admins."
    )
    async def is_enrolled(self, info: EnrollmentsInfo, user_id: strawberry.ID, course_id: strawberry.ID) -> bool | None:
        caller, user, course = info.context.caller, parse_id(user_id), parse_id(course_id)
        caller.require_signed_in()
        own = caller.is_admin or (user is not None and caller.is_user(user))
        if not own and (course is None or not await teaches(info.context, course)):
            raise Forbidden("Only the user, the course's instructor and admins may see this.")
        if user is None or course is None:
            return False
        find = partial(register.find_active, info.context.database)
        return bool(await info.context.loaders.load("active", find, (user, course)))

    @strawberry.federation.field(
        requires_scopes=ADMIN_SCOPES, description="Who did what to which enrolment, newest first; for admins."
    )
    async def enrollment_audit_events(
        self,
        info: EnrollmentsInfo,
        first: int | None = None,
        after: str | None = None,
        actor_id: strawberry.ID | None = None,
        target_id: strawberry.ID | None = None,
    ) -> AuditEventConnection | None:
        info.context.caller.require_admin()
        return await read_events(info.context.database, AuditEvent, first, after, actor_id, target_id)
