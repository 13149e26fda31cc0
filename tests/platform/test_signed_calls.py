"""Services that take only signed calls, and the router that signs them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from subgraphs.courses.seed import PYTHON_ID
from subgraphs.users.seed import STUDENT1_ID
from tests.platform.conftest import StartRouted

OLD, NEW, OTHER = "o" * 32, "n" * 40, "x" * 32
SECRETS = "authentication.subgraph.all.hmac.secrets"
OWN_SECRETS = "authentication.subgraph.subgraphs"
QUERY = '{ enrollment(id: "00000000-0000-4000-c000-000000000001") { user { email } course { title } } }'
DATA = {"enrollment": {"user": {"email": "student1@learn.test"}, "course": {"title": "Introduction to GraphQL"}}}
ENROL = "mutation($u: ID!, $c: ID!) { createEnrollment(userId: $u, courseId: $c) { status course { title } } }"


def required(*secrets: str) -> dict[str, Any]:
    return {"signature_secrets": tuple(SecretStr(secret) for secret in secrets)}


@pytest.mark.parametrize("secrets", [[NEW], [NEW, OLD], f"{NEW}, {OLD}", [OLD]])
async def test_signed_calls_get_in(start: StartRouted, secrets: object) -> None:
    routed = await start({SECRETS: secrets}, all=required(NEW, OLD))
    token = routed.platform.student
    assert (await routed.ask(QUERY, token)).body == {"data": DATA}
    enrolled = await routed.ask(ENROL, token, u=str(STUDENT1_ID), c=str(PYTHON_ID))
    assert enrolled.body == {
        "data": {"createEnrollment": {"status": "ACTIVE", "course": {"title": "Asynchronous Python"}}}
    }


#: What everyone is given, one step after the other, when a secret is replaced.
ROTATION = ([OLD], [OLD, NEW], [NEW, OLD], [NEW])


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("router_is_first", [True, False])
async def test_no_call_is_refused_while_a_secret_is_replaced(
    start: StartRouted, step: int, router_is_first: bool
) -> None:
    """In the middle of each step, when some were restarted and some weren't."""
    done, to_do = ROTATION[step], ROTATION[step - 1]
    first, second = (done, to_do) if router_is_first else (to_do, done)
    services = {"users": required(*second), "courses": required(*first), "enrollments": required(*second)}
    routed = await start({SECRETS: first}, **services)
    token = routed.platform.student
    assert (await routed.ask(QUERY, token)).body == {"data": DATA}
    enrolled = await routed.ask(ENROL, token, u=str(STUDENT1_ID), c=str(PYTHON_ID))
    assert enrolled.codes == []


@pytest.mark.parametrize("settings", [{}, {SECRETS: [OTHER]}, {SECRETS: [OTHER, NEW]}])
async def test_others_do_not(start: StartRouted, settings: dict[str, Any]) -> None:
    routed = await start(settings, all=required(NEW))
    answer = await routed.ask("{ allCourses { title } }", headers={"supergraph-signature": "t=1,v1=" + "0" * 64})
    assert (answer.status, answer.data) == (200, None)
    assert answer.codes == ["UNSIGNED_CALL"]
    assert routed.asked == ["courses"]


async def test_a_subgraph_may_have_a_secret_of_its_own_or_none(start: StartRouted) -> None:
    settings = {SECRETS: [NEW], OWN_SECRETS: {"courses": {"hmac": {"secrets": [OLD]}}, "users": {}}}
    routed = await start(settings, enrollments=required(NEW), courses=required(OLD))
    answer = await routed.ask("{ allCourses { enrollmentCount instructor { displayName } } }")
    assert answer.errors == []
    signed = {fetch.service: "supergraph-signature" in fetch.headers for fetch in routed.fetches}
    assert signed == {"courses": True, "enrollments": True, "users": False}


async def test_equal_fetches_in_flight_are_still_asked_once(start: StartRouted) -> None:
    routed = await start({SECRETS: [NEW]}, all=required(NEW))
    query = "{ allCourses { title } }"
    await routed.ask(query)
    routed.fetches.clear()
    body = {"query": query}
    posts = [routed.client.post("http://router.test/graphql", json=body) for _ in range(5)]
    answers = await asyncio.gather(*posts)
    assert len({answer.text for answer in answers}) == 1
    assert routed.asked == ["courses"]
