"""The types of the courses service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from subgraphs.courses.catalogue import Filter, count_courses, find_courses
from subgraphs.courses.context import CoursesInfo
from subgraphs.courses.models import CourseRow, CourseStatus
from subgraphs.shared.paging import PageInfo

strawberry.enum(CourseStatus, name="CourseStatus", description="A course's publishing state; it only goes onwards.")


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="A person with an account."
)
class User:
    id: strawberry.ID


@strawberry.federation.type(
    keys=["id"], description="Something to learn; a draft is seen by its instructor and admins."
)
class Course:
    row: strawberry.Private[CourseRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.id))

    @strawberry.field
    def title(self) -> str:
        return self.row.title

    @strawberry.field
    def description(self) -> str:
        return self.row.description

    @strawberry.field
    def status(self) -> CourseStatus:
        return CourseStatus(self.row.status)

    @strawberry.field(description="Most students at a time; null for no limit.")
    def capacity(self) -> int | None:
        return self.row.capacity

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at

    @strawberry.field
    def instructor(self) -> User | None:
        return User(id=strawberry.ID(str(self.row.instructor_id)))

    @classmethod
    async def resolve_references(cls, info: CoursesInfo, ids: Sequence[UUID | None]) -> list[Course | None]:
        found = await find_courses(info.context, ids)
        return [cls(row=found[id_]) if id_ in found else None for id_ in ids]


@strawberry.type
class CourseEdge:
    cursor: str
    node: Course


@strawberry.type(description="A page of courses, oldest first.")
class CourseConnection:
    edges: list[CourseEdge]
    page_info: PageInfo
    wanted: strawberry.Private[Filter]

    @strawberry.field(description="How many courses there are on all pages together.")
    async def total_count(self, info: CoursesInfo) -> int:
        return await count_courses(info.context, self.wanted)
