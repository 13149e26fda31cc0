"""Enrolments, as a client of the enrollments service sees them."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx2
import pytest

from subgraphs.courses.seed import ARCHIVED_ID, DRAFT_ID, GRAPHQL_ID, PYTHON_ID
from subgraphs.enrollments.seed import STUDENT1_FEDERATION_ID, STUDENT1_GRAPHQL_ID, STUDENT2_GRAPHQL_ID
from subgraphs.shared.identity import Role
from subgraphs.users.seed import INSTRUCTOR_ID, STUDENT1_ID, STUDENT2_ID
from tests.subgraphs.platform import Answer, Platform

ENROL = (
    "mutation($u: ID!, $c: ID!) { createEnrollment(userId: $u, courseId: $c) { id status user { id } course { id } } }"
)
CANCEL = "mutation($i: ID!) { cancelEnrollment(id: $i) { id status cancelledAt } }"
ONE = "query($i: ID!) { enrollment(id: $i) { id status user { id } course { id } } }"
IS_ENROLLED = "query($u: ID!, $c: ID!) { isEnrolled(userId: $u, courseId: $c) }"
ENTITY = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Enrollment { id user { id } } } }"


async def enrol(platform: Platform, token: str | None, user: UUID | str, course: UUID | str) -> Answer:
    return await platform.ask("enrollments", ENROL, token, u=str(user), c=str(course))


async def count_enrollments(platform: Platform) -> int:
    answer = await platform.ask("enrollments", "{ enrollments { id } }", platform.admin)
    return len(answer.data["enrollments"])


async def test_a_student_enrols_cancels_and_enrols_again(either_platform: Platform) -> None:
    platform = either_platform
    made = (await enrol(platform, platform.student, STUDENT1_ID, PYTHON_ID)).data["createEnrollment"]
    assert made["user"] == {"id": str(STUDENT1_ID)}
    assert made["course"] == {"id": str(PYTHON_ID)}
    assert (await enrol(platform, platform.student, STUDENT1_ID, PYTHON_ID)).codes == ["ALREADY_ENROLLED"]
    question = {"u": str(STUDENT1_ID), "c": str(PYTHON_ID)}
    assert (await platform.ask("enrollments", IS_ENROLLED, platform.student, **question)).data["isEnrolled"] is True

    cancelled = (await platform.ask("enrollments", CANCEL, platform.student, i=made["id"])).data["cancelEnrollment"]
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["cancelledAt"]
    assert (await platform.ask("enrollments", CANCEL, platform.student, i=made["id"])).codes == [
        "ENROLLMENT_NOT_ACTIVE"
    ]
    assert (await platform.ask("enrollments", IS_ENROLLED, platform.student, **question)).data["isEnrolled"] is False

    again = (await enrol(platform, platform.admin, STUDENT1_ID, PYTHON_ID)).data["createEnrollment"]
    assert (again["id"], again["status"]) == (made["id"], "ACTIVE")


async def test_who_may_enrol_whom(platform: Platform) -> None:
    assert (await enrol(platform, None, STUDENT1_ID, PYTHON_ID)).codes == ["UNAUTHENTICATED"]
    assert (await enrol(platform, platform.other_student, STUDENT1_ID, PYTHON_ID)).codes == ["FORBIDDEN"]
    assert (await enrol(platform, platform.instructor, STUDENT1_ID, PYTHON_ID)).codes == ["FORBIDDEN"]
    assert (await enrol(platform, platform.student, "nonsense", PYTHON_ID)).codes == ["FORBIDDEN"]
    assert await count_enrollments(platform) == 3


@pytest.mark.parametrize(
    ("user", "course", "code"),
    [
        (uuid4(), PYTHON_ID, "USER_NOT_FOUND"),
        ("nonsense", PYTHON_ID, "USER_NOT_FOUND"),
        (STUDENT1_ID, uuid4(), "COURSE_NOT_FOUND"),
        (STUDENT1_ID, "nonsense", "COURSE_NOT_FOUND"),
        (STUDENT1_ID, DRAFT_ID, "COURSE_NOT_OPEN"),
        (STUDENT1_ID, ARCHIVED_ID, "COURSE_NOT_OPEN"),
    ],
)
async def test_what_does_not_exist_is_refused(platform: Platform, user: object, course: object, code: str) -> None:
    assert (await enrol(platform, platform.admin, str(user), str(course))).codes == [code]
    assert await count_enrollments(platform) == 3


async def test_a_draft_does_not_exist_for_a_student(platform: Platform) -> None:
    assert (await enrol(platform, platform.student, STUDENT1_ID, DRAFT_ID)).codes == ["COURSE_NOT_FOUND"]


async def test_an_archived_user_cannot_be_enrolled(platform: Platform) -> None:
    archive = "mutation($u: ID!) { archiveUser(userId: $u) { id } }"
    await platform.ask("users", archive, platform.admin, u=str(STUDENT1_ID))
    assert (await enrol(platform, platform.admin, STUDENT1_ID, PYTHON_ID)).codes == ["USER_NOT_FOUND"]


@pytest.mark.parametrize("service", ["users", "courses"])
@pytest.mark.parametrize(
    "response",
    [
        None,
        httpx2.Response(500),
        httpx2.Response(302, headers={"location": "http://elsewhere.test/"}),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json={"data": None}),
        httpx2.Response(200, json={"data": {"_entities": []}}),
        httpx2.Response(200, json={"data": {"_entities": [None]}, "errors": [{"message": "no"}]}),
        httpx2.Response(200, content=b"[" * 3_000_000),
    ],
    ids=["unreachable", "500", "redirect", "html", "no data", "too few", "with errors", "too large"],
)
async def test_a_sibling_that_does_not_answer_stops_the_enrolment(
    platform: Platform, service: str, response: httpx2.Response | None
) -> None:
    token = platform.student
    assert (await platform.ask("enrollments", "{ __typename }", token)).errors == []  # the key set is known by now
    platform.cut_off(service)
    if response is not None:
        platform.transport.hosts[f"{service}.test"] = httpx2.MockTransport(lambda _: response)
    answer = await enrol(platform, token, STUDENT1_ID, PYTHON_ID)
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]
    assert "test" not in answer.errors[0]["message"]
    assert await count_enrollments(platform) == 3


async def test_both_siblings_are_asked_once_and_in_the_callers_name(platform: Platform) -> None:
    token = platform.student
    await enrol(platform, token, STUDENT1_ID, PYTHON_ID)
    asked = [request for request in platform.transport.requests if request.method == "POST"][1:]
    assert sorted(request.url.host for request in asked) == ["courses.test", "users.test"]
    assert {request.headers["authorization"] for request in asked} == {f"Bearer {token}"}


async def test_who_may_see_an_enrolment(platform: Platform) -> None:
    seen = []
    for token in (
        None,
        platform.other_student,
        platform.other_instructor,
        platform.student,
        platform.instructor,
        platform.admin,
    ):
        direct = (await platform.ask("enrollments", ONE, token, i=str(STUDENT1_GRAPHQL_ID))).body
        forged = {"__typename": "Enrollment", "id": str(STUDENT1_GRAPHQL_ID), "user": {"id": str(STUDENT2_ID)}}
        entity = (await platform.ask("enrollments", ENTITY, token, r=[forged])).body
        assert "errors" not in direct
        assert "errors" not in entity
        assert (direct["data"]["enrollment"] is None) == (entity["data"]["_entities"] == [None])
        seen.append(direct["data"]["enrollment"] is not None)
    assert seen == [False, False, False, True, True, True]


async def test_the_courses_service_says_who_teaches(platform: Platform) -> None:
    token = platform.instructor
    await platform.ask("enrollments", "{ __typename }", token)
    platform.cut_off("courses")
    answer = await platform.ask("enrollments", ONE, token, i=str(STUDENT1_GRAPHQL_ID))
    assert answer.data == {"enrollment": None}
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]
    own = await platform.ask("enrollments", ONE, platform.student, i=str(STUDENT1_GRAPHQL_ID))
    assert own.data["enrollment"] is not None


async def test_who_lost_the_role_lost_the_right(platform: Platform) -> None:
    demoted = platform.token(INSTRUCTOR_ID, Role.STUDENT)
    assert (await platform.ask("enrollments", ONE, demoted, i=str(STUDENT1_GRAPHQL_ID))).data == {"enrollment": None}


async def test_who_may_cancel(platform: Platform) -> None:
    for token, codes in (
        (None, ["UNAUTHENTICATED"]),
        (platform.other_student, ["ENROLLMENT_NOT_FOUND"]),
        (platform.other_instructor, ["ENROLLMENT_NOT_FOUND"]),
        (platform.instructor, ["FORBIDDEN"]),
        (platform.admin, []),
    ):
        assert (await platform.ask("enrollments", CANCEL, token, i=str(STUDENT1_GRAPHQL_ID))).codes == codes
    assert (await platform.ask("enrollments", CANCEL, platform.admin, i="nonsense")).codes == ["ENROLLMENT_NOT_FOUND"]


async def test_who_may_ask_whether_someone_is_enrolled(platform: Platform) -> None:
    question = {"u": str(STUDENT1_ID), "c": str(GRAPHQL_ID)}
    for token, expected in (
        (None, "UNAUTHENTICATED"),
        (platform.other_student, "FORBIDDEN"),
        (platform.other_instructor, "FORBIDDEN"),
        (platform.student, True),
        (platform.instructor, True),
        (platform.admin, True),
    ):
        answer = await platform.ask("enrollments", IS_ENROLLED, token, **question)
        assert (answer.codes or [answer.data["isEnrolled"]]) == [expected]
    answer = await platform.ask("enrollments", IS_ENROLLED, platform.admin, u="nonsense", c=str(GRAPHQL_ID))
    assert answer.body == {"data": {"isEnrolled": False}}


LISTS = """query($r: [_Any!]!) { _entities(representations: $r) {
  ... on User { enrollments { id } all: enrollments(status: null) { id } }
  ... on Course { enrollmentCount enrollments { id } students { id } } } }"""


async def test_what_users_and_courses_gain(either_platform: Platform) -> None:
    platform = either_platform
    await platform.ask("enrollments", CANCEL, platform.student, i=str(STUDENT1_FEDERATION_ID))
    asked = [{"__typename": "User", "id": str(STUDENT1_ID)}, {"__typename": "Course", "id": str(GRAPHQL_ID)}]
    user, course = (await platform.ask("enrollments", LISTS, platform.admin, r=asked)).data["_entities"]
    assert user == {
        "enrollments": [{"id": str(STUDENT1_GRAPHQL_ID)}],
        "all": [{"id": str(STUDENT1_GRAPHQL_ID)}, {"id": str(STUDENT1_FEDERATION_ID)}],
    }
    assert course == {
        "enrollmentCount": 2,
        "enrollments": [{"id": str(STUDENT1_GRAPHQL_ID)}, {"id": str(STUDENT2_GRAPHQL_ID)}],
        "students": [{"id": str(STUDENT1_ID)}, {"id": str(STUDENT2_ID)}],
    }


async def test_lists_page_by_id(either_platform: Platform) -> None:
    platform = either_platform
    page = """query($r: [_Any!]!, $a: ID) { _entities(representations: $r) {
      ... on Course { enrollments(first: 1, after: $a) { id } } } enrollments(first: 1, after: $a) { id } }"""
    asked = [{"__typename": "Course", "id": str(GRAPHQL_ID)}]
    first = (await platform.ask("enrollments", page, platform.admin, r=asked)).data
    assert first["_entities"][0]["enrollments"] == first["enrollments"] == [{"id": str(STUDENT1_GRAPHQL_ID)}]
    second = (await platform.ask("enrollments", page, platform.admin, r=asked, a=str(STUDENT1_GRAPHQL_ID))).data
    assert second["_entities"][0]["enrollments"] == [{"id": str(STUDENT2_GRAPHQL_ID)}]
    assert second["enrollments"] == [{"id": str(STUDENT1_FEDERATION_ID)}]
    assert (await platform.ask("enrollments", page, platform.admin, r=asked, a=str(uuid4()))).data["enrollments"] == []
    answer = await platform.ask("enrollments", "{ enrollments(first: 101) { id } }", platform.admin)
    assert answer.codes == ["BAD_USER_INPUT"]
    answer = await platform.ask("enrollments", '{ enrollments(after: "x") { id } }', platform.admin)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_lists_are_for_their_owners(platform: Platform) -> None:
    asked = [{"__typename": "User", "id": str(STUDENT1_ID)}, {"__typename": "Course", "id": str(GRAPHQL_ID)}]
    for token, codes in (
        (None, ["UNAUTHENTICATED"] * 4),
        (platform.other_student, ["FORBIDDEN"] * 4),
        (platform.student, ["FORBIDDEN"] * 2),
        (platform.instructor, ["FORBIDDEN"] * 2),
        (platform.other_instructor, ["FORBIDDEN"] * 4),
        (platform.admin, []),
    ):
        answer = await platform.ask("enrollments", LISTS, token, r=asked)
        assert answer.codes == codes
        assert answer.data["_entities"][1]["enrollmentCount"] == 2


async def test_one_statement_and_one_call_however_many_entities(either_platform: Platform) -> None:
    platform = either_platform
    for course in (GRAPHQL_ID, PYTHON_ID):
        await enrol(platform, platform.other_student, STUDENT2_ID, course)
    courses = [{"__typename": "Course", "id": str(uuid4())} for _ in range(50)]
    courses += [{"__typename": "Course", "id": str(GRAPHQL_ID)}] * 2
    before = platform.transport.calls("courses.test")
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Course { enrollmentCount enrollments { id user { id } } students { id } } } }"""
    with platform.counting("enrollments") as statements:
        answer = await platform.ask("enrollments", query, platform.instructor, r=courses)
    assert answer.data["_entities"][-1]["enrollmentCount"] == 2
    assert len([s for s in statements if s.startswith("SELECT")]) == 2  # the counts, and the lists with the students
    assert platform.transport.calls("courses.test") - before == 1
    enrollments = [{"__typename": "Enrollment", "id": str(i)} for i in (STUDENT1_GRAPHQL_ID, STUDENT2_GRAPHQL_ID)] * 20
    before = platform.transport.calls("courses.test")
    with platform.counting("enrollments") as statements:
        answer = await platform.ask("enrollments", ENTITY, platform.instructor, r=enrollments)
    assert None not in answer.data["_entities"]
    assert len(statements) == 1
    assert platform.transport.calls("courses.test") - before == 1
