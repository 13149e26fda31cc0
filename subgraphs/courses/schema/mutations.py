"""The mutations of the courses service. Each is nullable, so that a refusal doesn't undo the answer of its sibling."""

from __future__ import annotations

import strawberry

from subgraphs.courses.catalogue import Change, change_course, check_change, create_course
from subgraphs.courses.context import CoursesInfo
from subgraphs.courses.models import CourseStatus
from subgraphs.courses.schema.types import Course
from subgraphs.shared.identity import parse_id


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Create a course, published unless it's a draft; for instructors and admins.")
    async def create_course(
        self, info: CoursesInfo, title: str, description: str, capacity: int | None = None, draft: bool = False
    ) -> Course | None:
        return Course(row=await create_course(info.context, title, description, capacity, draft=draft))

    @strawberry.mutation(description="Change a course; for its instructor and admins. A null capacity is no limit.")
    async def update_course(
        self,
        info: CoursesInfo,
        id: strawberry.ID,
        title: str | None = strawberry.UNSET,
        description: str | None = strawberry.UNSET,
        capacity: int | None = strawberry.UNSET,
    ) -> Course | None:
        change = Change("course.updated", check_change(title, description, capacity))
        return Course(row=await change_course(info.context, parse_id(id), change))

    @strawberry.mutation(description="Publish a draft; for its instructor and admins.")
    async def publish_course(self, info: CoursesInfo, id: strawberry.ID) -> Course | None:
        change = Change("course.published", {"status": CourseStatus.PUBLISHED.value})
        return Course(row=await change_course(info.context, parse_id(id), change))

    @strawberry.mutation(description="Archive a course: it takes no more students; for its instructor and admins.")
    async def archive_course(self, info: CoursesInfo, id: strawberry.ID) -> Course | None:
        change = Change("course.archived", {"status": CourseStatus.ARCHIVED.value})
        return Course(row=await change_course(info.context, parse_id(id), change))
