"""Accounts and sign-in, as a client of the users service sees them."""

from __future__ import annotations

from typing import Any

import pytest

from subgraphs.shared.identity import Role
from subgraphs.users.seed import ADMIN_ID, SEED_PASSWORD, STUDENT1_ID, STUDENT2_ID
from tests.subgraphs.platform import Platform

CREATE = "mutation($e: String!, $p: String!) { createUser(email: $e, password: $p) { id email displayName role } }"
SIGN_IN = "mutation($u: String!, $p: String!) { tokenAuth(username: $u, password: $p) { accessToken refreshToken } }"


async def sign_in(platform: Platform, email: str, password: str = SEED_PASSWORD) -> dict[str, Any]:
    answer = await platform.ask("users", SIGN_IN, u=email, p=password)
    pair: dict[str, Any] = answer.data["tokenAuth"]
    return pair


async def test_a_new_account_signs_in_and_sees_itself(either_platform: Platform) -> None:
    platform = either_platform
    made = await platform.ask("users", CREATE, e=" New.Person@Learn.test ", p="a long enough secret")
    assert made.data["createUser"]["email"] == "New.Person@Learn.test"
    assert made.data["createUser"]["role"] == "STUDENT"
    assert "person" not in made.data["createUser"]["displayName"].lower()

    pair = await sign_in(platform, "new.person@LEARN.test", "a long enough secret")
    seen = await platform.ask("users", "{ whoami { id email role createdAt } }", pair["accessToken"])
    assert seen.data["whoami"]["id"] == made.data["createUser"]["id"]
    assert seen.data["whoami"]["email"] == "New.Person@Learn.test"


async def test_an_address_is_taken_in_any_spelling(platform: Platform) -> None:
    answer = await platform.ask("users", CREATE, e="STUDENT1@learn.TEST", p="a long enough secret")
    assert answer.data == {"createUser": None}
    assert answer.codes == ["EMAIL_TAKEN"]


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("new@learn.test", "short", "WEAK_PASSWORD"),
        ("new@learn.test", "password123", "WEAK_PASSWORD"),
        ("new@learn.test", "aaaaaaaaaaaaaa", "WEAK_PASSWORD"),
        ("new@learn.test", "new@learn.test", "WEAK_PASSWORD"),
        ("new@learn.test", "x1y2" * 300, "WEAK_PASSWORD"),
        ("not an address", "a long enough secret", "BAD_USER_INPUT"),
        ("a@b", "a long enough secret", "BAD_USER_INPUT"),
        ("a" * 300 + "@learn.test", "a long enough secret", "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_account_is_not_made(platform: Platform, email: str, password: str, code: str) -> None:
    answer = await platform.ask("users", CREATE, e=email, p=password)
    assert answer.codes == [code]
    assert len((await platform.ask("users", "{ users { id } }", platform.admin)).data["users"]) == 4


async def test_odd_characters_are_wrong_credentials_like_any(either_platform: Platform) -> None:
    for user in ("stu\x00dent1@learn.test", "\x00", "🦉@learn.test", "' OR 1=1 --"):
        assert (await either_platform.ask("users", SIGN_IN, u=user, p="\x00")).codes == ["INVALID_CREDENTIALS"]


@pytest.mark.parametrize("user", ["student1@learn.test", "nobody@learn.test"])
async def test_wrong_credentials_say_the_same_for_anybody(platform: Platform, user: str) -> None:
    answer = await platform.ask("users", SIGN_IN, u=user, p="something else entirely")
    assert answer.data == {"tokenAuth": None}
    assert [(error["message"], error["extensions"]) for error in answer.errors] == [
        ("The e-mail address or the password is wrong.", {"code": "INVALID_CREDENTIALS"})
    ]


async def test_an_oversized_password_is_refused_unhashed(platform: Platform) -> None:
    answer = await platform.ask("users", SIGN_IN, u="student1@learn.test", p="x" * 2000)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_the_list_pages_by_id(platform: Platform) -> None:
    whole = (await platform.ask("users", "{ users { id email } }", platform.admin)).data["users"]
    page = "query($a: ID) { users(first: 2, after: $a) { id email } }"
    first = (await platform.ask("users", page, platform.admin)).data["users"]
    second = (await platform.ask("users", page, platform.admin, a=first[-1]["id"])).data["users"]
    assert first + second == whole
    assert (await platform.ask("users", page, platform.admin, a=str(STUDENT1_ID)[:-1] + "9")).data["users"] == []
    assert (await platform.ask("users", page, platform.admin, a="nonsense")).codes == ["BAD_USER_INPUT"]
    assert (await platform.ask("users", "{ users(first: 101) { id } }", platform.admin)).codes == ["BAD_USER_INPUT"]


async def test_nobody_is_signed_in_without_a_token(platform: Platform) -> None:
    answer = await platform.ask("users", "{ whoami { id } users { id } user(id: 1) { id } }")
    assert answer.data == {"whoami": None, "users": None, "user": None}
    assert answer.codes == ["UNAUTHENTICATED", "UNAUTHENTICATED"]


async def test_an_unknown_id_is_null_without_an_error(platform: Platform) -> None:
    for unknown in ("nonsense", "00000000-0000-4000-a000-00000000ffff"):
        answer = await platform.ask("users", "query($i: ID!) { user(id: $i) { id } }", platform.admin, i=unknown)
        assert answer.body == {"data": {"user": None}}


async def test_a_profile_is_changed_by_its_owner(platform: Platform) -> None:
    change = "mutation($n: String!) { updateProfile(displayName: $n) { id displayName } }"
    answer = await platform.ask("users", change, platform.student, n="  Sofia   S. ")
    assert answer.data == {"updateProfile": {"id": str(STUDENT1_ID), "displayName": "Sofia S."}}
    assert (await platform.ask("users", change, n="x")).codes == ["UNAUTHENTICATED"]
    assert (await platform.ask("users", change, platform.student, n="\u202e")).codes == ["BAD_USER_INPUT"]
    assert (await platform.ask("users", change, platform.student, n="x" * 81)).codes == ["BAD_USER_INPUT"]


async def test_changing_the_password_ends_every_session(either_platform: Platform) -> None:
    platform = either_platform
    pair = await sign_in(platform, "student1@learn.test")
    change = "mutation($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) { id } }"
    token = pair["accessToken"]
    assert (await platform.ask("users", change, token, c="wrong wrong", n="another long secret")).codes == [
        "INVALID_CREDENTIALS"
    ]
    assert (await platform.ask("users", change, token, c=SEED_PASSWORD, n="short")).codes == ["WEAK_PASSWORD"]
    assert (await platform.ask("users", change, token, c=SEED_PASSWORD, n="another long secret")).errors == []
    refresh = "mutation($t: String!) { refreshToken(refreshToken: $t) { accessToken } }"
    assert (await platform.ask("users", refresh, t=pair["refreshToken"])).codes == ["INVALID_REFRESH_TOKEN"]
    assert (await platform.ask("users", SIGN_IN, u="student1@learn.test", p=SEED_PASSWORD)).codes == [
        "INVALID_CREDENTIALS"
    ]
    assert await sign_in(platform, "student1@learn.test", "another long secret")


async def test_an_admin_sets_a_role_but_not_their_own(platform: Platform) -> None:
    change = "mutation($u: ID!, $r: Role!) { setRole(userId: $u, role: $r) { id role } }"
    answer = await platform.ask("users", change, platform.admin, u=str(STUDENT1_ID), r="INSTRUCTOR")
    assert answer.data == {"setRole": {"id": str(STUDENT1_ID), "role": "INSTRUCTOR"}}
    own = (await platform.ask("users", "{ whoami { id } }", platform.admin)).data["whoami"]["id"]
    assert (await platform.ask("users", change, platform.admin, u=own, r="STUDENT")).codes == ["OWN_ROLE"]
    assert (await platform.ask("users", change, platform.admin, u="nobody", r="STUDENT")).codes == ["USER_NOT_FOUND"]
    assert (await platform.ask("users", change, platform.student, u=own, r="STUDENT")).codes == ["FORBIDDEN"]


async def test_an_admin_of_yesterday_gives_no_roles_today(either_platform: Platform) -> None:
    platform = either_platform
    change = "mutation($u: ID!, $r: Role!) { setRole(userId: $u, role: $r) { id } }"
    await platform.ask("users", change, platform.admin, u=str(STUDENT1_ID), r="ADMIN")
    old = platform.token(STUDENT1_ID, Role.ADMIN)
    assert (await platform.ask("users", "{ users { id } }", old)).errors == []
    await platform.ask("users", change, platform.admin, u=str(STUDENT1_ID), r="STUDENT")
    archive = f'mutation {{ archiveUser(userId: "{ADMIN_ID}") {{ id }} }}'
    for query in (archive, "{ users { id } }", "{ userAuditEvents { pageInfo { hasNextPage } } }"):
        assert (await platform.ask("users", query, old)).codes == ["FORBIDDEN"]
    assert (await platform.ask("users", change, old, u=str(STUDENT2_ID), r="ADMIN")).codes == ["FORBIDDEN"]


async def test_an_archived_account_cannot_sign_in_or_refresh(platform: Platform) -> None:
    pair = await sign_in(platform, "student2@learn.test")
    archive = "mutation($u: ID!) { archiveUser(userId: $u) { id isActive displayName } }"
    seen = await platform.ask("users", "{ whoami { id } }", pair["accessToken"])
    answer = await platform.ask("users", archive, platform.admin, u=seen.data["whoami"]["id"])
    assert answer.data["archiveUser"]["isActive"] is False
    assert (await platform.ask("users", SIGN_IN, u="student2@learn.test", p=SEED_PASSWORD)).codes == [
        "INVALID_CREDENTIALS"
    ]
    refresh = "mutation($t: String!) { refreshToken(refreshToken: $t) { accessToken } }"
    assert (await platform.ask("users", refresh, t=pair["refreshToken"])).codes == ["INVALID_REFRESH_TOKEN"]
    profile = 'mutation { updateProfile(displayName: "x") { id } }'
    assert (await platform.ask("users", profile, pair["accessToken"])).codes == ["UNAUTHENTICATED"]
