"""Attacks on access tokens, through the router: what it doesn't see, a service does, and nothing is told either way."""

from __future__ import annotations

import pytest

from subgraphs.users.seed import SEED_PASSWORD, STUDENT1_ID
from tests.platform.conftest import StartRouted
from tests.platform.routed import Routed
from tests.subgraphs.test_access_tokens import ATTACKS, claims, header, sign

QUERY = f'{{ whoami {{ id email }} user(id: "{STUDENT1_ID}") {{ email }} users {{ email }} }}'
#: Good by every rule that all issuers share; only this platform's services want more of a token.
FOR_SERVICES_TO_SEE = {
    "kid missing",
    "a list of audiences",
    "nbf missing",
    "iat missing",
    "jti missing",
    "token_use missing",
    "role unknown",
    "role missing",
    "role a list",
    "sub missing",
    "sub no id",
    "very long",
}


async def test_a_good_token_is_good(routed: Routed) -> None:
    answer = await routed.ask("{ whoami { email } }", sign(header(), claims()))
    assert answer.body == {"data": {"whoami": {"email": "student1@learn.test"}}}


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - FOR_SERVICES_TO_SEE))
async def test_an_attack_is_401_and_asks_no_service(routed: Routed, name: str) -> None:
    answer = await routed.ask(QUERY, ATTACKS[name]())
    assert (answer.status, answer.codes, routed.asked) == (401, ["UNAUTHENTICATED"], [])
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "data" not in answer.body


@pytest.mark.parametrize("name", sorted(FOR_SERVICES_TO_SEE))
async def test_what_only_services_see_gives_nothing(routed: Routed, name: str) -> None:
    answer = await routed.ask(QUERY, ATTACKS[name]())
    assert answer.status == 200
    assert answer.data == {"whoami": None, "user": None, "users": None}
    assert "@learn.test" not in str(answer.body)


async def test_scopes_without_the_role_open_nothing(routed: Routed) -> None:
    """The router believes the scopes; the service believes the role."""
    answer = await routed.ask("{ users { email } }", sign(header(), claims(scope="learn administer")))
    assert (answer.data, answer.codes, routed.asked) == ({"users": None}, ["FORBIDDEN"], ["users"])


async def test_a_refresh_token_is_no_access_token(routed: Routed) -> None:
    sign_in = 'mutation($p: String!) { tokenAuth(username: "student1@learn.test", password: $p) { refreshToken } }'
    pair = (await routed.ask(sign_in, p=SEED_PASSWORD)).data["tokenAuth"]
    answer = await routed.ask(QUERY, pair["refreshToken"])
    assert (answer.status, answer.codes, routed.asked) == (401, ["UNAUTHENTICATED"], [])


async def test_sessions_work_through_the_router(routed: Routed) -> None:
    sign_in = """mutation($p: String!) {
      tokenAuth(username: "student1@learn.test", password: $p) { accessToken refreshToken user { email } } }"""
    first = (await routed.ask(sign_in, p=SEED_PASSWORD)).data["tokenAuth"]
    assert first["user"] == {"email": "student1@learn.test"}
    again = "mutation($t: String!) { refreshToken(refreshToken: $t) { accessToken refreshToken } }"
    second = (await routed.ask(again, t=first["refreshToken"])).data["refreshToken"]
    assert (await routed.ask("{ whoami { id } }", second["accessToken"])).data == {"whoami": {"id": str(STUDENT1_ID)}}
    revoke = "mutation($t: String!) { revokeToken(refreshToken: $t) }"
    assert (await routed.ask(revoke, t=second["refreshToken"])).data == {"revokeToken": True}
    assert (await routed.ask(again, t=second["refreshToken"])).codes == ["INVALID_REFRESH_TOKEN"]


async def test_known_keys_go_on_working_while_the_key_set_is_down(routed: Routed) -> None:
    token = routed.platform.student
    query = "{ isEnrolled(userId: $u, courseId: $c) }"
    query = query.replace("$u", f'"{STUDENT1_ID}"').replace("$c", '"00000000-0000-4000-b000-000000000001"')
    assert (await routed.ask(query, token)).data == {"isEnrolled": True}
    routed.down.add("users")
    assert (await routed.ask(query, token)).data == {"isEnrolled": True}


def wrong(number: int) -> str:
    return f'mutation {{ tokenAuth(username: "nobody{number}@learn.test", password: "wrong") {{ tokenType }} }}'


async def try_passwords(routed: Routed, headers: dict[str, str] | None = None) -> list[str]:
    return [(await routed.ask(wrong(number), headers=headers)).codes[0] for number in range(4)]


LOCKED_AT_THIRD = ["INVALID_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"]
LIMITS = {"lockout_address_threshold": 3, "lockout_first_wait": 600}


async def test_guesses_from_one_address_are_counted_through_the_router(start: StartRouted) -> None:
    routed = await start(users=LIMITS)
    assert await try_passwords(routed) == LOCKED_AT_THIRD
    last = (await routed.ask(wrong(9))).errors[0]
    assert last["extensions"]["retryAfter"] > 0
    assert routed.fetches[0].headers["x-forwarded-for"] == "198.51.100.7"
    other = await start(users=LIMITS, address="198.51.100.8")
    assert await try_passwords(other) == LOCKED_AT_THIRD


async def test_a_client_cannot_choose_its_address(start: StartRouted) -> None:
    routed = await start(users=LIMITS)
    seen = [
        (await routed.ask(wrong(number), headers={"x-forwarded-for": f"203.0.113.{number}"})).codes[0]
        for number in range(4)
    ]
    assert seen == LOCKED_AT_THIRD


async def test_behind_a_trusted_proxy_each_client_counts_for_itself(start: StartRouted) -> None:
    routed = await start({"headers.trusted_proxies": ["198.51.100.0/24"]}, users=LIMITS)
    first = {"x-forwarded-for": "9.9.9.9, 203.0.113.1, 198.51.100.3"}
    assert await try_passwords(routed, first) == LOCKED_AT_THIRD
    assert routed.fetches[0].headers["x-forwarded-for"] == "203.0.113.1"
    assert await try_passwords(routed, {"x-forwarded-for": "203.0.113.2"}) == LOCKED_AT_THIRD


async def test_only_the_users_service_learns_the_address(routed: Routed) -> None:
    await routed.ask("{ allCourses { title instructor { displayName } enrollmentCount } }")
    told = {fetch.service: "x-forwarded-for" in fetch.headers for fetch in routed.fetches}
    assert told == {"users": True, "courses": False, "enrollments": False}
