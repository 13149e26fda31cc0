"""The audit log: who did what to whom, without secrets, for admins."""

from __future__ import annotations

import pytest

from subgraphs.courses.seed import PYTHON_ID
from subgraphs.users.seed import ADMIN_ID, INSTRUCTOR_ID, SEED_PASSWORD, STUDENT1_ID, STUDENT2_ID
from tests.subgraphs.platform import Platform

EVENTS = {"users": "userAuditEvents", "courses": "courseAuditEvents", "enrollments": "enrollmentAuditEvents"}
FIELDS = "action actorId actorRole targetType targetId occurredAt details { name value }"


async def read(platform: Platform, service: str, arguments: str = "first: 100") -> list[dict[str, object]]:
    query = f"{{ events: {EVENTS[service]}({arguments}) {{ edges {{ cursor node {{ {FIELDS} }} }} }} }}"
    answer = await platform.ask(service, query, platform.admin)
    return [edge["node"] for edge in answer.data["events"]["edges"]]


async def test_acts_are_recorded_with_actor_and_target(either_platform: Platform) -> None:
    platform = either_platform
    role = f'mutation {{ setRole(userId: "{STUDENT2_ID}", role: INSTRUCTOR) {{ id }} }}'
    await platform.ask("users", role, platform.admin)
    newest = (await read(platform, "users"))[0]
    assert newest.pop("occurredAt")
    assert newest == {
        "action": "role.set",
        "actorId": str(ADMIN_ID),
        "actorRole": "ADMIN",
        "targetType": "User",
        "targetId": str(STUDENT2_ID),
        "details": [{"name": "from", "value": "STUDENT"}, {"name": "to", "value": "INSTRUCTOR"}],
    }
    create = 'mutation { createCourse(title: "x", description: "y") { id } }'
    made = (await platform.ask("courses", create, platform.instructor)).data["createCourse"]["id"]
    newest = (await read(platform, "courses"))[0]
    assert (newest["action"], newest["actorId"], newest["targetId"]) == ("course.created", str(INSTRUCTOR_ID), made)

    enrol = f'mutation {{ createEnrollment(userId: "{STUDENT1_ID}", courseId: "{PYTHON_ID}") {{ id }} }}'
    made = (await platform.ask("enrollments", enrol, platform.student)).data["createEnrollment"]["id"]
    cancel = f'mutation {{ cancelEnrollment(id: "{made}") {{ id }} }}'
    await platform.ask("enrollments", cancel, platform.admin)
    actions = [(event["action"], event["actorId"]) for event in await read(platform, "enrollments")]
    assert actions == [("enrollment.cancelled", str(ADMIN_ID)), ("enrollment.created", str(STUDENT1_ID))]
    assert [event["action"] for event in await read(platform, "enrollments", f'actorId: "{ADMIN_ID}"')] == [
        "enrollment.cancelled"
    ]
    assert len(await read(platform, "enrollments", f'targetId: "{made}"')) == 2
    assert await read(platform, "enrollments", 'targetId: "nonsense"') == []


async def test_what_fails_is_not_recorded_but_a_failed_sign_in_is(platform: Platform) -> None:
    before = len(await read(platform, "enrollments"))
    enrol = f'mutation {{ createEnrollment(userId: "{STUDENT1_ID}", courseId: "{PYTHON_ID}") {{ id }} }}'
    await platform.ask("enrollments", enrol, platform.other_student)
    assert len(await read(platform, "enrollments")) == before
    wrong = 'mutation { tokenAuth(username: "student1@learn.test", password: "wrong wrong") { accessToken } }'
    await platform.ask("users", wrong)
    newest = (await read(platform, "users"))[0]
    assert (newest["action"], newest["actorId"], newest["targetId"]) == ("sign_in.failed", None, str(STUDENT1_ID))


async def test_no_secret_is_recorded(platform: Platform) -> None:
    sign_in = """mutation($p: String!) { tokenAuth(username: "student1@learn.test", password: $p) {
      refreshToken accessToken } }"""
    pair = (await platform.ask("users", sign_in, p=SEED_PASSWORD)).data["tokenAuth"]
    change = "mutation($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) { id } }"
    await platform.ask("users", change, pair["accessToken"], c=SEED_PASSWORD, n="another long secret")
    text = str(await read(platform, "users"))
    for secret in (
        SEED_PASSWORD,
        "another long secret",
        pair["refreshToken"],
        pair["accessToken"],
        "argon2",
        "@learn.test",
    ):
        assert secret not in text


async def test_events_page_backwards_in_time(platform: Platform) -> None:
    whole = [event["targetId"] for event in await read(platform, "users")]
    query = """query($a: String) { userAuditEvents(first: 3, after: $a) {
      edges { node { targetId } } pageInfo { hasNextPage endCursor } } }"""
    first = (await platform.ask("users", query, platform.admin)).data["userAuditEvents"]
    assert first["pageInfo"]["hasNextPage"] is True
    rest = (await platform.ask("users", query, platform.admin, a=first["pageInfo"]["endCursor"])).data[
        "userAuditEvents"
    ]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert [edge["node"]["targetId"] for edge in first["edges"] + rest["edges"]] == whole


@pytest.mark.parametrize("service", EVENTS)
async def test_only_admins_read_it(platform: Platform, service: str) -> None:
    query = f"{{ {EVENTS[service]} {{ edges {{ node {{ id }} }} }} }}"
    assert (await platform.ask(service, query)).codes == ["UNAUTHENTICATED"]
    for token in (platform.student, platform.instructor):
        answer = await platform.ask(service, query, token)
        assert (answer.data, answer.codes) == ({EVENTS[service]: None}, ["FORBIDDEN"])
