"""Who may see and do what: every field of the three schemas for every kind of caller, directly at the subgraph.

A field that isn't in the table fails the test, so that nobody adds one without saying who it's for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse, print_ast

from subgraphs.courses.schema import SCHEMA as COURSES
from subgraphs.courses.seed import DRAFT_ID, GRAPHQL_ID, PYTHON_ID
from subgraphs.enrollments.schema import SCHEMA as ENROLLMENTS
from subgraphs.enrollments.seed import STUDENT1_GRAPHQL_ID
from subgraphs.users.schema import SCHEMA as USERS
from subgraphs.users.seed import STUDENT1_ID
from tests.subgraphs.platform import Platform

SCHEMAS = {"users": USERS, "courses": COURSES, "enrollments": ENROLLMENTS}
CALLERS = ("anonymous", "student", "other_student", "instructor", "other_instructor", "admin")

EVERYONE = frozenset(CALLERS)
#: The other instructor has a good token and no account (any more).
ACCOUNTS = EVERYONE - {"anonymous", "other_instructor"}
ADMIN = frozenset({"admin"})
OWNER = frozenset({"student", "admin"})
TEACHER = frozenset({"instructor", "admin"})
TEACHERS = TEACHER | {"other_instructor"}
PARTIES = OWNER | TEACHER


@dataclass(frozen=True)
class Access:
    """How to reach a field, and who gets it. Others get null: silently, or with a code where `says`."""

    query: str
    allowed: frozenset[str]
    says: bool = True


def user(field: str) -> str:
    key = f'{{__typename: "User", id: "{STUDENT1_ID}"}}'
    return f"{{ _entities(representations: [{key}]) {{ ... on User {{ {field} }} }} }}"


def course(field: str, id_: object = GRAPHQL_ID) -> str:
    return (
        f'{{ _entities(representations: [{{__typename: "Course", id: "{id_}"}}]) {{ ... on Course {{ {field} }} }} }}'
    )


def enrollment(field: str) -> str:
    key = f'{{__typename: "Enrollment", id: "{STUDENT1_GRAPHQL_ID}"}}'
    return f"{{ _entities(representations: [{key}]) {{ ... on Enrollment {{ {field} }} }} }}"


STUDENT = f'"{STUDENT1_ID}"'
TABLE: dict[str, dict[str, Access]] = {
    "users": {
        "User.id": Access(user("id"), EVERYONE),
        "User.displayName": Access(user("displayName"), EVERYONE),
        "User.isActive": Access(user("isActive"), EVERYONE),
        "User.email": Access(user("email"), OWNER),
        "User.role": Access(user("role"), OWNER),
        "User.createdAt": Access(user("createdAt"), OWNER),
        "Query.users": Access("{ users { id } }", ADMIN),
        "Query.whoami": Access("{ whoami { id } }", ACCOUNTS, says=False),
        "Query.user": Access(f"{{ user(id: {STUDENT}) {{ email }} }}", OWNER),
        "Query.userAuditEvents": Access("{ userAuditEvents { pageInfo { hasNextPage } } }", ADMIN),
        "Mutation.createUser": Access('mutation { createUser(email: "x@learn.test", password: "1") { id } }', EVERYONE),
        "Mutation.tokenAuth": Access('mutation { tokenAuth(username: "x", password: "y") { tokenType } }', EVERYONE),
        "Mutation.refreshToken": Access('mutation { refreshToken(refreshToken: "x") { tokenType } }', EVERYONE),
        "Mutation.revokeToken": Access('mutation { revokeToken(refreshToken: "x") }', EVERYONE),
        "Mutation.updateProfile": Access('mutation { updateProfile(displayName: "") { id } }', ACCOUNTS),
        "Mutation.changePassword": Access(
            'mutation { changePassword(currentPassword: "x", newPassword: "y") { id } }', ACCOUNTS
        ),
        "Mutation.setRole": Access(f"mutation {{ setRole(userId: {STUDENT}, role: STUDENT) {{ id }} }}", ADMIN),
        "Mutation.archiveUser": Access('mutation { archiveUser(userId: "x") { id } }', ADMIN),
    },
    "courses": {
        "User.id": Access(course("instructor { id }"), EVERYONE),
        "Course.id": Access(course("id", DRAFT_ID), TEACHER, says=False),
        "Course.title": Access(course("title", DRAFT_ID), TEACHER, says=False),
        "Course.description": Access(course("description", DRAFT_ID), TEACHER, says=False),
        "Course.status": Access(course("status", DRAFT_ID), TEACHER, says=False),
        "Course.capacity": Access(course("capacity"), EVERYONE),
        "Course.createdAt": Access(course("createdAt", DRAFT_ID), TEACHER, says=False),
        "Course.updatedAt": Access(course("updatedAt", DRAFT_ID), TEACHER, says=False),
        "Course.instructor": Access(course("instructor { id }", DRAFT_ID), TEACHER, says=False),
        "CourseConnection.edges": Access("{ courses { edges { cursor } } }", EVERYONE),
        "CourseConnection.pageInfo": Access("{ courses { pageInfo { endCursor } } }", EVERYONE),
        "CourseConnection.totalCount": Access("{ courses { totalCount } }", EVERYONE),
        "CourseEdge.cursor": Access("{ courses { edges { cursor } } }", EVERYONE),
        "CourseEdge.node": Access("{ courses(status: DRAFT) { edges { node { title } } } }", TEACHER, says=False),
        "Query.allCourses": Access("{ allCourses { title } }", EVERYONE),
        "Query.courses": Access("{ courses { totalCount } }", EVERYONE),
        "Query.course": Access(f'{{ course(id: "{DRAFT_ID}") {{ title }} }}', TEACHER, says=False),
        "Query.courseAuditEvents": Access("{ courseAuditEvents { pageInfo { hasNextPage } } }", ADMIN),
        "Mutation.createCourse": Access('mutation { createCourse(title: "x", description: "") { id } }', TEACHERS),
        "Mutation.updateCourse": Access(
            f'mutation {{ updateCourse(id: "{GRAPHQL_ID}", description: "x") {{ id }} }}', TEACHER
        ),
        "Mutation.publishCourse": Access(f'mutation {{ publishCourse(id: "{GRAPHQL_ID}") {{ id }} }}', TEACHER),
        "Mutation.archiveCourse": Access(f'mutation {{ archiveCourse(id: "{GRAPHQL_ID}") {{ id }} }}', TEACHER),
    },
    "enrollments": {
        "User.id": Access(user("id"), EVERYONE),
        "User.enrollments": Access(user("enrollments { id }"), OWNER),
        "Course.id": Access(course("id"), EVERYONE),
        "Course.enrollments": Access(course("enrollments { id }"), TEACHER),
        "Course.students": Access(course("students { id }"), TEACHER),
        "Course.enrollmentCount": Access(course("enrollmentCount"), EVERYONE),
        "Enrollment.id": Access(enrollment("id"), PARTIES, says=False),
        "Enrollment.status": Access(enrollment("status"), PARTIES, says=False),
        "Enrollment.enrolledAt": Access(enrollment("enrolledAt"), PARTIES, says=False),
        "Enrollment.cancelledAt": Access(enrollment("id cancelledAt"), PARTIES, says=False),
        "Enrollment.user": Access(enrollment("user { id }"), PARTIES, says=False),
        "Enrollment.course": Access(enrollment("course { id }"), PARTIES, says=False),
        "Query.enrollments": Access("{ enrollments { id } }", ADMIN),
        "Query.enrollment": Access(f'{{ enrollment(id: "{STUDENT1_GRAPHQL_ID}") {{ id }} }}', PARTIES, says=False),
        "Query.isEnrolled": Access(f'{{ isEnrolled(userId: {STUDENT}, courseId: "{GRAPHQL_ID}") }}', PARTIES),
        "Query.enrollmentAuditEvents": Access("{ enrollmentAuditEvents { pageInfo { hasNextPage } } }", ADMIN),
        "Mutation.createEnrollment": Access(
            f'mutation {{ createEnrollment(userId: {STUDENT}, courseId: "{PYTHON_ID}") {{ id }} }}', OWNER
        ),
        "Mutation.cancelEnrollment": Access(
            f'mutation {{ cancelEnrollment(id: "{STUDENT1_GRAPHQL_ID}") {{ id }} }}', OWNER
        ),
    },
}
#: Types that carry no right of their own: whoever gets one has passed a field above.
CARRIERS = {"TokenPair", "PageInfo", "AuditEvent", "AuditDetail", "AuditEventConnection", "AuditEventEdge", "_Service"}
REFUSALS = {"UNAUTHENTICATED", "FORBIDDEN", "ENROLLMENT_NOT_FOUND"}


def is_empty(value: Any) -> bool:
    """Whether an answer holds nothing: null or empty lists on every path."""
    if isinstance(value, dict):
        return all(is_empty(inner) for inner in value.values())
    if isinstance(value, list):
        return all(is_empty(inner) for inner in value)
    return value is None


@pytest.mark.parametrize("service", SCHEMAS)
def test_every_field_has_its_row(service: str) -> None:
    fields = {
        f"{type_.name}.{name}"
        for type_ in SCHEMAS[service].executable.type_map.values()
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType))
        and not type_.name.startswith("__")
        and type_.name not in CARRIERS
        for name in type_.fields
    }
    assert set(TABLE[service]) == fields - {"Query._entities", "Query._service"}


@pytest.mark.parametrize("service", SCHEMAS)
def test_the_schema_says_what_is_for_admins(service: str) -> None:
    """A router that enforces `@requiresScopes` doesn't even ask for what is refused here."""
    declared = set()
    for definition in parse(SCHEMAS[service].sdl).definitions:
        for field in getattr(definition, "fields", None) or ():
            if any(directive.name.value == "requiresScopes" for directive in field.directives or ()):
                assert '@requiresScopes(scopes: [["administer"]])' in print_ast(field)
                declared.add(f"{definition.name.value}.{field.name.value}")
    assert declared == {name for name, access in TABLE[service].items() if access.allowed == ADMIN}


async def check(platform: Platform, service: str, coordinate: str) -> None:
    access = TABLE[service][coordinate]
    for caller in CALLERS:
        where = (coordinate, caller)
        token = None if caller == "anonymous" else getattr(platform, caller)
        answer = await platform.ask(service, access.query, token)
        refused = bool(REFUSALS & set(answer.codes))
        if caller in access.allowed:
            assert not refused, where
            assert not is_empty(answer.data) or coordinate.startswith("Mutation") or "capacity" in coordinate, where
        else:
            assert is_empty(answer.data), where
            assert refused == access.says, where
            assert len(answer.errors) == int(access.says), where


@pytest.mark.parametrize("service", SCHEMAS)
async def test_a_field_is_for_those_it_says(either_platform: Platform, service: str) -> None:
    for coordinate in TABLE[service]:
        await check(either_platform, service, coordinate)


ERRORS_ALONE = (
    ("users", '{ user(id: "%s") { id } }', STUDENT1_ID),
    ("enrollments", '{ enrollment(id: "%s") { id } }', STUDENT1_GRAPHQL_ID),
    ("enrollments", 'mutation { cancelEnrollment(id: "%s") { id } }', STUDENT1_GRAPHQL_ID),
    ("courses", '{ course(id: "%s") { id } }', DRAFT_ID),
    ("courses", 'mutation { publishCourse(id: "%s") { id } }', DRAFT_ID),
)


@pytest.mark.parametrize(("service", "query", "known"), ERRORS_ALONE)
async def test_a_refusal_does_not_tell_whether_the_thing_exists(
    platform: Platform, service: str, query: str, known: object
) -> None:
    unknown = str(known)[:-4] + "ffff"
    for token in (None, platform.other_student):
        existing = (await platform.ask(service, query % known, token)).body
        missing = (await platform.ask(service, query % unknown, token)).body
        assert existing == missing


async def test_nested_paths_and_forged_representations_open_nothing(platform: Platform) -> None:
    forged = {"__typename": "User", "id": str(STUDENT1_ID), "email": "x", "isOwn": True, "is_own": True}
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { email } } }"
    answer = await platform.ask("users", query, platform.other_student, r=[forged])
    assert (answer.data, answer.codes) == ({"_entities": [{"email": None}]}, ["FORBIDDEN"])
    nested = """query($r: [_Any!]!) {
      _entities(representations: $r) { ... on Course { students { enrollments { id } } } } }"""
    answer = await platform.ask(
        "enrollments", nested, platform.instructor, r=[{"__typename": "Course", "id": str(GRAPHQL_ID)}]
    )
    assert set(answer.codes) == {"FORBIDDEN"}
    assert answer.data["_entities"][0]["students"] == [{"enrollments": None}] * 2
