"""Refresh tokens: one use, a family, and a short grace for two tabs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import select

from subgraphs.users.models import AuditEvent, RefreshFamily, RefreshToken, now
from subgraphs.users.refresh import hash_token, prune_sessions
from subgraphs.users.seed import SEED_PASSWORD
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import Answer, Platform

SIGN_IN = 'mutation($p: String!) { tokenAuth(username: "student1@learn.test", password: $p) { refreshToken } }'
REFRESH = """mutation($t: String!) { refreshToken(refreshToken: $t) {
  accessToken refreshToken expiresIn tokenType user { email } } }"""
REVOKE = "mutation($t: String!) { revokeToken(refreshToken: $t) }"


async def sign_in(platform: Platform) -> str:
    token: str = (await platform.ask("users", SIGN_IN, p=SEED_PASSWORD)).data["tokenAuth"]["refreshToken"]
    return token


async def refresh(platform: Platform, token: str) -> Answer:
    return await platform.ask("users", REFRESH, t=token)


async def age(platform: Platform, token: str, seconds: float) -> None:
    """Make a token's use as old as if that time had gone by."""
    async with platform.apps["users"].state.service.database.write() as session:
        query = update(RefreshToken).where(RefreshToken.token_hash == hash_token(token))
        await session.exec(query.values(used_at=now() - timedelta(seconds=seconds)))


async def test_a_token_is_used_once_and_gives_the_next(either_platform: Platform) -> None:
    platform = either_platform
    first = await sign_in(platform)
    pair = (await refresh(platform, first)).data["refreshToken"]
    assert (pair["tokenType"], pair["expiresIn"]) == ("Bearer", 600)
    assert pair["user"] == {"email": "student1@learn.test"}
    assert (await platform.ask("users", "{ whoami { id } }", pair["accessToken"])).data["whoami"]
    assert (await refresh(platform, pair["refreshToken"])).errors == []


async def test_a_second_use_soon_after_wins_nothing_and_ends_nothing(platform: Platform) -> None:
    first = await sign_in(platform)
    second = (await refresh(platform, first)).data["refreshToken"]["refreshToken"]
    assert (await refresh(platform, first)).codes == ["REFRESH_TOKEN_USED"]
    assert (await refresh(platform, second)).errors == []


async def test_a_second_use_later_ends_the_whole_family(either_platform: Platform) -> None:
    platform = either_platform
    first = await sign_in(platform)
    second = (await refresh(platform, first)).data["refreshToken"]["refreshToken"]
    other_session = await sign_in(platform)
    await age(platform, first, 60)
    assert (await refresh(platform, first)).codes == ["REFRESH_TOKEN_REUSED"]
    assert (await refresh(platform, second)).codes == ["INVALID_REFRESH_TOKEN"]
    assert (await refresh(platform, other_session)).errors == []
    async with platform.apps["users"].state.service.database.read() as session:
        events = (await session.exec(select(AuditEvent))).all()
        families = (await session.exec(select(RefreshFamily))).all()
    assert "session.reuse_detected" in {event.action for event in events}
    assert sorted(family.revoked_because or "" for family in families) == ["", "reuse"]


async def test_of_twenty_racers_one_wins(either_platform: Platform) -> None:
    platform = either_platform
    token = await sign_in(platform)
    answers = await asyncio.gather(*(refresh(platform, token) for _ in range(20)))
    won = [answer for answer in answers if not answer.errors]
    assert len(won) == 1
    assert {code for answer in answers for code in answer.codes} == {"REFRESH_TOKEN_USED"}
    assert (await refresh(platform, won[0].data["refreshToken"]["refreshToken"])).errors == []


async def test_signing_out_ends_the_session_and_says_nothing_of_strangers(platform: Platform) -> None:
    token = await sign_in(platform)
    for _ in range(2):
        assert (await platform.ask("users", REVOKE, t=token)).data == {"revokeToken": True}
    assert (await refresh(platform, token)).codes == ["INVALID_REFRESH_TOKEN"]
    for stranger in ("", "nonsense", "rt_" + "x" * 5000):
        assert (await platform.ask("users", REVOKE, t=stranger)).data == {"revokeToken": True}
        assert (await refresh(platform, stranger)).codes == ["INVALID_REFRESH_TOKEN"]


async def test_tokens_expire_and_sessions_end(start: StartPlatform) -> None:
    platform = await start()
    first, second = await sign_in(platform), await sign_in(platform)
    async with platform.apps["users"].state.service.database.write() as session:
        past = now() - timedelta(seconds=1)
        expired = update(RefreshToken).where(RefreshToken.token_hash == hash_token(first)).values(expires_at=past)
        await session.exec(expired)
    assert (await refresh(platform, first)).codes == ["INVALID_REFRESH_TOKEN"]
    async with platform.apps["users"].state.service.database.write() as session:
        await session.exec(update(RefreshFamily).values(expires_at=past))
    assert (await refresh(platform, second)).codes == ["INVALID_REFRESH_TOKEN"]


async def test_ended_sessions_are_pruned_with_their_tokens(either_platform: Platform) -> None:
    platform = either_platform
    ended, alive = await sign_in(platform), await sign_in(platform)
    await platform.ask("users", REVOKE, t=ended)
    database = platform.apps["users"].state.service.database
    assert await prune_sessions(database, timedelta(days=1)) == 0
    assert await prune_sessions(database, timedelta(0)) == 1
    async with database.read() as session:
        assert [row.token_hash for row in (await session.exec(select(RefreshToken))).all()] == [hash_token(alive)]


async def test_no_token_is_stored_as_it_is(platform: Platform) -> None:
    token = await sign_in(platform)
    async with platform.apps["users"].state.service.database.read() as session:
        rows = (await session.exec(select(RefreshToken))).all()
    assert [row.token_hash for row in rows] == [hash_token(token)]
    assert token not in str(rows)


async def test_a_role_that_changed_is_in_the_next_access_token(platform: Platform) -> None:
    token = await sign_in(platform)
    whose = (await refresh(platform, token)).data["refreshToken"]
    me = (await platform.ask("users", "{ whoami { id } }", whose["accessToken"])).data["whoami"]["id"]
    await platform.ask("users", "mutation($u: ID!) { setRole(userId: $u, role: ADMIN) { id } }", platform.admin, u=me)
    assert (await platform.ask("users", "{ users { id } }", whose["accessToken"])).codes == ["FORBIDDEN"]
    raised = (await refresh(platform, whose["refreshToken"])).data["refreshToken"]
    assert (await platform.ask("users", "{ users { id } }", raised["accessToken"])).errors == []
