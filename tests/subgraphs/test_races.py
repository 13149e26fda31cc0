"""Races of twenty: the database decides, one wins, the rest get a typed refusal."""

from __future__ import annotations

import asyncio

from sqlmodel import select

from subgraphs.courses.seed import PYTHON_ID
from subgraphs.enrollments.models import CourseSeats
from subgraphs.enrollments.seed import STUDENT1_GRAPHQL_ID
from subgraphs.shared.identity import Role
from subgraphs.users.seed import ADMIN_ID, STUDENT1_ID
from tests.subgraphs.platform import Platform

ENROL = "mutation($u: ID!, $c: ID!) { createEnrollment(userId: $u, courseId: $c) { id } }"
CREATE_USER = 'mutation($e: String!) { createUser(email: $e, password: "a long enough secret") { id } }'
CREATE_COURSE = 'mutation($c: Int) { createCourse(title: "Small", description: "", capacity: $c) { id } }'


async def test_one_account_an_address(either_platform: Platform) -> None:
    answers = await asyncio.gather(
        *(either_platform.ask("users", CREATE_USER, e=f"{'rR'[n % 2]}acer@learn.test") for n in range(20))
    )
    assert sorted(answer.codes for answer in answers) == [[]] + [["EMAIL_TAKEN"]] * 19


async def test_of_two_admins_who_demote_each_other_one_stays(either_platform: Platform) -> None:
    change = "mutation($u: ID!, $r: Role!) { setRole(userId: $u, role: $r) { id } }"
    ask = either_platform.ask
    await ask("users", change, either_platform.admin, u=str(STUDENT1_ID), r="ADMIN")
    other = either_platform.token(STUDENT1_ID, Role.ADMIN)
    answers = await asyncio.gather(
        ask("users", change, either_platform.admin, u=str(STUDENT1_ID), r="STUDENT"),
        ask("users", change, other, u=str(ADMIN_ID), r="STUDENT"),
    )
    assert sorted(answer.codes for answer in answers) == [[], ["FORBIDDEN"]]


async def test_one_enrolment_a_user_and_course(either_platform: Platform) -> None:
    platform = either_platform
    token = platform.student
    answers = await asyncio.gather(
        *(platform.ask("enrollments", ENROL, token, u=str(STUDENT1_ID), c=str(PYTHON_ID)) for _ in range(20))
    )
    assert sorted(answer.codes for answer in answers) == [[]] + [["ALREADY_ENROLLED"]] * 19


async def test_no_more_students_than_the_capacity(either_platform: Platform) -> None:
    platform = either_platform
    made = await asyncio.gather(
        *(platform.ask("users", CREATE_USER, e=f"user{number}@learn.test") for number in range(20))
    )
    users = [answer.data["createUser"]["id"] for answer in made]
    course = (await platform.ask("courses", CREATE_COURSE, platform.instructor, c=3)).data["createCourse"]["id"]
    answers = await asyncio.gather(
        *(platform.ask("enrollments", ENROL, platform.admin, u=user, c=course) for user in users)
    )
    assert sorted(answer.codes for answer in answers) == [[]] * 3 + [["COURSE_FULL"]] * 17
    count = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Course { enrollmentCount } } }"
    counted = await platform.ask("enrollments", count, r=[{"__typename": "Course", "id": course}])
    assert counted.data["_entities"] == [{"enrollmentCount": 3}]

    taken = next(answer.data["createEnrollment"]["id"] for answer in answers if not answer.errors)
    cancel = "mutation($i: ID!) { cancelEnrollment(id: $i) { id } }"
    await platform.ask("enrollments", cancel, platform.admin, i=taken)
    again = await asyncio.gather(
        *(platform.ask("enrollments", ENROL, platform.admin, u=user, c=course) for user in users)
    )
    assert sum(not answer.errors for answer in again) == 1


async def test_one_cancellation_frees_one_seat(either_platform: Platform) -> None:
    platform = either_platform
    cancel = "mutation($i: ID!) { cancelEnrollment(id: $i) { id } }"
    token = platform.student
    answers = await asyncio.gather(
        *(platform.ask("enrollments", cancel, token, i=str(STUDENT1_GRAPHQL_ID)) for _ in range(20))
    )
    assert sorted(answer.codes for answer in answers) == [[]] + [["ENROLLMENT_NOT_ACTIVE"]] * 19
    async with platform.apps["enrollments"].state.service.database.read() as session:
        seats = {row.course_id: row.taken for row in (await session.exec(select(CourseSeats))).all()}
    assert sorted(seats.values()) == [1, 1]


async def test_twenty_changes_of_one_course_all_hold(either_platform: Platform) -> None:
    """Reading before writing in one transaction, which a database may only refuse if it's begun as a reader."""
    update = f'mutation($c: Int) {{ updateCourse(id: "{PYTHON_ID}", capacity: $c) {{ capacity }} }}'
    token = either_platform.instructor
    answers = await asyncio.gather(*(either_platform.ask("courses", update, token, c=n + 1) for n in range(20)))
    assert [answer.data["updateCourse"]["capacity"] for answer in answers] == list(range(1, 21))
