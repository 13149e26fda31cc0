"""The types of the enrollments service.

Invariants: an `Enrollment` object exists only for a row that its caller may see; what `User` and `Course` gain
here is decided on the field, by the key alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from subgraphs.enrollments.access import require_owner_of_course, see
from subgraphs.enrollments.context import EnrollmentsInfo
from subgraphs.enrollments.models import EnrollmentRow, EnrollmentStatus
from subgraphs.enrollments.register import ListArguments, find_enrollments
from subgraphs.shared.errors import BadUserInput
from subgraphs.shared.identity import parse_id
from subgraphs.shared.paging import MAX_PAGE, check_first

strawberry.enum(EnrollmentStatus, name="EnrollmentStatus")


def read_after(after: str | None) -> UUID | None:
    """The id that a list goes on behind. Raises `BadUserInput` for what can't be one."""
    enrollment_id = parse_id(after)
    if after is not None and enrollment_id is None:
        raise BadUserInput("The argument after must be the id of an enrolment.", argument="after")
    return enrollment_id


@strawberry.federation.type(keys=["id"], description="A person with an account.")
class User:
    id: strawberry.ID
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The user's enrolments, oldest first, at most 100 behind the id `after`; `status: null` for all. "
        "For oneself and admins; null with a FORBIDDEN error for others."
    )
    async def enrollments(
        self,
        info: EnrollmentsInfo,
        first: int | None = None,
        after: strawberry.ID | None = None,
        status: EnrollmentStatus | None = EnrollmentStatus.ACTIVE,
    ) -> list[Enrollment] | None:
        info.context.caller.require_user_or_admin(self.key)
        arguments = ListArguments("user", check_first(first, MAX_PAGE), read_after(after), status)
        return [Enrollment(row=row) for row in await info.context.lists(arguments).load(self.key)]

    @classmethod
    def of(cls, user_id: UUID) -> User:
        return cls(id=strawberry.ID(str(user_id)), key=user_id)

    @classmethod
    async def resolve_references(cls, info: EnrollmentsInfo, ids: Sequence[UUID | None]) -> list[User | None]:
        return [None if id_ is None else cls.of(id_) for id_ in ids]


@strawberry.federation.type(
    keys=["id"], description="Something to learn; a draft is seen by its instructor and admins."
)
class Course:
    id: strawberry.ID
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The course's enrolments, oldest first, at most 100 behind the id `after`; `status: null` for all. "
        "For its instructor and admins; null with a FORBIDDEN error for others."
    )
    async def enrollments(
        self,
        info: EnrollmentsInfo,
        first: int | None = None,
        after: strawberry.ID | None = None,
        status: EnrollmentStatus | None = EnrollmentStatus.ACTIVE,
    ) -> list[Enrollment] | None:
        await require_owner_of_course(info.context, self.key)
        arguments = ListArguments("course", check_first(first, MAX_PAGE), read_after(after), status)
        return [Enrollment(row=row) for row in await info.context.lists(arguments).load(self.key)]

    @strawberry.field(
        description="The users with an active enrolment, at most 100 behind the enrolment `after`. "
        "For the course's instructor and admins; null with a FORBIDDEN error for others."
    )
    async def students(
        self, info: EnrollmentsInfo, first: int | None = None, after: strawberry.ID | None = None
    ) -> list[User] | None:
        await require_owner_of_course(info.context, self.key)
        arguments = ListArguments("course", check_first(first, MAX_PAGE), read_after(after), EnrollmentStatus.ACTIVE)
        return [User.of(row.user_id) for row in await info.context.lists(arguments).load(self.key)]

    @strawberry.field(description="How many active enrolments the course has.")
    async def enrollment_count(self, info: EnrollmentsInfo) -> int | None:
        return await info.context.counts.load(self.key)

    @classmethod
    def of(cls, course_id: UUID) -> Course:
        return cls(id=strawberry.ID(str(course_id)), key=course_id)

    @classmethod
    async def resolve_references(cls, info: EnrollmentsInfo, ids: Sequence[UUID | None]) -> list[Course | None]:
        return [None if id_ is None else cls.of(id_) for id_ in ids]


@strawberry.federation.type(
    keys=["id"], description="A user's place in a course; seen by that user, the course's instructor and admins."
)
class Enrollment:
    row: strawberry.Private[EnrollmentRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.id))

    @strawberry.field
    def status(self) -> EnrollmentStatus:
        return EnrollmentStatus(self.row.status)

    @strawberry.field(description="When the user enrolled, for the last time.")
    def enrolled_at(self) -> datetime:
        return self.row.enrolled_at

    @strawberry.field
    def cancelled_at(self) -> datetime | None:
        return self.row.cancelled_at

    @strawberry.field
    def user(self) -> User | None:
        return User.of(self.row.user_id)

    @strawberry.field
    def course(self) -> Course | None:
        return Course.of(self.row.course_id)

    @classmethod
    async def resolve_references(
        cls, info: EnrollmentsInfo, ids: Sequence[UUID | None]
    ) -> list[Enrollment | Exception | None]:
        found = await find_enrollments(info.context.database, ids)
        seen = await see(info.context, [found.get(id_) if id_ else None for id_ in ids])
        return [answer if answer is None or isinstance(answer, Exception) else cls(row=answer) for answer in seen]
