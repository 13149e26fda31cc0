"""The queries of the courses service."""

from __future__ import annotations

import strawberry

from subgraphs.courses.catalogue import Filter, find_course, find_cursor, list_courses
from subgraphs.courses.context import CoursesInfo
from subgraphs.courses.models import AuditEvent, CourseStatus
from subgraphs.courses.schema.types import Course, CourseConnection, CourseEdge
from subgraphs.shared.audit import AuditEventConnection, read_events
from subgraphs.shared.identity import ADMIN_SCOPES, NOBODY, parse_id
from subgraphs.shared.paging import MAX_PAGE, check_first, cut_page, read_cursor


@strawberry.type
class Query:
    @strawberry.field(description="Published courses, oldest first. At most 100, behind the id `after`.")
    async def all_courses(
        self, info: CoursesInfo, first: int | None = None, after: strawberry.ID | None = None
    ) -> list[Course]:
        limit = check_first(first, MAX_PAGE)
        cursor = await find_cursor(info.context, parse_id(after))
        if after is not None and cursor is None:
            return []
        return [Course(row=row) for row in await list_courses(info.context, Filter(), limit, cursor)]

    @strawberry.field(
        description="A page of courses, oldest first; published ones unless `status` says otherwise. "
        "Drafts and archived courses are listed to their instructor and to admins."
    )
    async def courses(
        self,
        info: CoursesInfo,
        first: int | None = None,
        after: str | None = None,
        search: str | None = None,
        instructor_id: strawberry.ID | None = None,
        status: CourseStatus | None = None,
    ) -> CourseConnection | None:
        size = check_first(first)
        wanted = Filter(
            search=search or None,
            instructor_id=None if instructor_id is None else parse_id(instructor_id) or NOBODY,
            status=status or CourseStatus.PUBLISHED,
        )
        cursor = None if after is None else read_cursor(after)
        page = cut_page(await list_courses(info.context, wanted, size + 1, cursor), size, after)
        edges = [CourseEdge(cursor=page.cursor(row), node=Course(row=row)) for row in page.rows]
        return CourseConnection(edges=edges, page_info=page.info, wanted=wanted)

    @strawberry.field(description="One course; null for an unknown id, and for another's draft.")
    async def course(self, info: CoursesInfo, id: strawberry.ID) -> Course | None:
        row = await find_course(info.context, parse_id(id))
        return None if row is None else Course(row=row)

    @strawberry.federation.field(
        requires_scopes=ADMIN_SCOPES, description="Who did what to which course, newest first; for admins."
    )
    async def course_audit_events(
        self,
        info: CoursesInfo,
        first: int | None = None,
        after: str | None = None,
        actor_id: strawberry.ID | None = None,
        target_id: strawberry.ID | None = None,
    ) -> AuditEventConnection | None:
        info.context.caller.require_admin()
        return await read_events(info.context.database, AuditEvent, first, after, actor_id, target_id)
