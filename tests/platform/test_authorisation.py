"""Who may see and do what, through the router: every field of the graph for every kind of caller.

The rows for `Query` and `Mutation` are those of the direct test, so the two can't drift apart. A field that has no row
fails the test. What the schema keeps for admins is refused by the router itself, before a service is asked.
"""

from __future__ import annotations

import pytest

from subgraphs.courses.seed import DRAFT_ID, GRAPHQL_ID
from subgraphs.enrollments.seed import STUDENT1_GRAPHQL_ID
from subgraphs.users.seed import STUDENT1_ID
from tests.platform.conftest import StartRouted
from tests.platform.routed import Routed
from tests.subgraphs.test_authorisation import (
    ADMIN,
    CALLERS,
    CARRIERS,
    EVERYONE,
    PARTIES,
    REFUSALS,
    TABLE,
    TEACHER,
    Access,
    is_empty,
)

#: What the router answers where a caller lacks the scope that the schema asks for.
BY_ROUTER = "UNAUTHORIZED_FIELD_OR_TYPE"


def instructor(field: str) -> str:
    return f'{{ course(id: "{GRAPHQL_ID}") {{ instructor {{ {field} }} }} }}'


def course(field: str, id_: object = GRAPHQL_ID) -> str:
    return f'{{ course(id: "{id_}") {{ {field} }} }}'


def enrollment(field: str) -> str:
    return f'{{ enrollment(id: "{STUDENT1_GRAPHQL_ID}") {{ {field} }} }}'


#: The user here is the instructor, whom everyone reaches by the course.
ROWS: dict[str, Access] = {
    "User.id": Access(instructor("id"), EVERYONE),
    "User.displayName": Access(instructor("displayName"), EVERYONE),
    "User.isActive": Access(instructor("isActive"), EVERYONE),
    "User.email": Access(instructor("email"), TEACHER),
    "User.role": Access(instructor("role"), TEACHER),
    "User.createdAt": Access(instructor("createdAt"), TEACHER),
    "User.enrollments": Access(instructor("enrollments { id }"), TEACHER),
    "Course.id": Access(course("id", DRAFT_ID), TEACHER, says=False),
    "Course.title": Access(course("title", DRAFT_ID), TEACHER, says=False),
    "Course.description": Access(course("description", DRAFT_ID), TEACHER, says=False),
    "Course.status": Access(course("status", DRAFT_ID), TEACHER, says=False),
    "Course.capacity": Access(course("id capacity", DRAFT_ID), TEACHER, says=False),
    "Course.createdAt": Access(course("createdAt", DRAFT_ID), TEACHER, says=False),
    "Course.updatedAt": Access(course("updatedAt", DRAFT_ID), TEACHER, says=False),
    "Course.instructor": Access(course("instructor { displayName }", DRAFT_ID), TEACHER, says=False),
    "Course.enrollments": Access(course("enrollments { id }"), TEACHER),
    "Course.students": Access(course("students { displayName }"), TEACHER),
    "Course.enrollmentCount": Access(course("enrollmentCount"), EVERYONE),
    "CourseConnection.edges": TABLE["courses"]["CourseConnection.edges"],
    "CourseConnection.pageInfo": TABLE["courses"]["CourseConnection.pageInfo"],
    "CourseConnection.totalCount": TABLE["courses"]["CourseConnection.totalCount"],
    "CourseEdge.cursor": TABLE["courses"]["CourseEdge.cursor"],
    "CourseEdge.node": TABLE["courses"]["CourseEdge.node"],
    "Enrollment.id": Access(enrollment("id"), PARTIES, says=False),
    "Enrollment.status": Access(enrollment("status"), PARTIES, says=False),
    "Enrollment.enrolledAt": Access(enrollment("enrolledAt"), PARTIES, says=False),
    "Enrollment.cancelledAt": Access(enrollment("id cancelledAt"), PARTIES, says=False),
    "Enrollment.user": Access(enrollment("user { displayName }"), PARTIES, says=False),
    "Enrollment.course": Access(enrollment("course { title }"), PARTIES, says=False),
}
ROOTS = {
    coordinate: access
    for rows in TABLE.values()
    for coordinate, access in rows.items()
    if coordinate.startswith(("Query.", "Mutation."))
}
#: Acts come last: they change what the others read.
MATRIX = dict(sorted({**ROWS, **ROOTS}.items(), key=lambda row: row[0].startswith("Mutation.")))


async def test_every_field_of_the_graph_has_its_row(start: StartRouted) -> None:
    routed = await start({"supergraph.introspection": True})
    answer = await routed.ask("{ __schema { types { kind name fields { name } } } }")
    fields = {
        f"{type_['name']}.{field['name']}"
        for type_ in answer.data["__schema"]["types"]
        if type_["kind"] in ("OBJECT", "INTERFACE") and not type_["name"].startswith("__")
        if type_["name"] not in CARRIERS
        for field in type_["fields"]
    }
    assert set(MATRIX) == fields


async def check(routed: Routed, coordinate: str, caller: str) -> None:
    access, where = MATRIX[coordinate], (coordinate, caller)
    token = None if caller == "anonymous" else getattr(routed.platform, caller)
    answer = await routed.ask(access.query, token)
    assert answer.status == 200, where
    refused = {BY_ROUTER, *REFUSALS} & set(answer.codes)
    if caller in access.allowed:
        assert not refused, where
        said_nothing = is_empty(answer.data) and "enrollments" not in coordinate
        assert not said_nothing or coordinate.startswith("Mutation."), where
        return
    assert is_empty(answer.data), where
    assert len(answer.codes) == int(access.says), where
    if access.allowed == ADMIN:
        assert answer.codes == [BY_ROUTER], where
        assert routed.asked == [], where
    elif access.says:
        assert refused <= REFUSALS, where


@pytest.mark.parametrize("caller", CALLERS)
async def test_a_field_is_for_those_it_says(either_routed: Routed, caller: str) -> None:
    for coordinate in MATRIX:
        await check(either_routed, coordinate, caller)


PATHS_TO_EMAIL = (
    instructor("email"),
    "{ allCourses { instructor { email } } }",
    "{ courses { edges { node { instructor { e: email } } } } }",
    "fragment F on User { email } { allCourses { instructor { ... on User { ...F } } } }",
    f'{{ user(id: "{STUDENT1_ID}") {{ email }} }}',
    enrollment("user { email }"),
    course("students { email }"),
    course("enrollments { user { email } }"),
    "{ users { email } }",
    "{ enrollments { user { email } } }",
)


@pytest.mark.parametrize("query", PATHS_TO_EMAIL)
@pytest.mark.parametrize("caller", ["anonymous", "other_student", "other_instructor"])
async def test_no_path_leads_to_another_ones_address(routed: Routed, query: str, caller: str) -> None:
    answer = await routed.ask(query, None if caller == "anonymous" else getattr(routed.platform, caller))
    assert "@learn.test" not in str(answer.body)


async def test_an_instructor_reads_no_addresses_of_students(routed: Routed) -> None:
    answer = await routed.ask(course("students { displayName email }"), routed.platform.instructor)
    students = answer.data["course"]["students"]
    assert [student["email"] for student in students] == [None, None]
    assert all(student["displayName"] for student in students)
    assert set(answer.codes) == {"FORBIDDEN"}


async def test_the_machinery_of_federation_is_not_in_the_graph(routed: Routed) -> None:
    for query in (
        "{ _service { sdl } }",
        f'{{ _entities(representations: [{{__typename: "User", id: "{STUDENT1_ID}"}}]) {{ __typename }} }}',
    ):
        answer = await routed.ask(query, routed.platform.admin)
        assert (answer.status, answer.codes, routed.asked) == (400, ["GRAPHQL_VALIDATION_FAILED"], [])
