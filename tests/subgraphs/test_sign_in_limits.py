"""Lock-out, the hashing limit, and what a failed sign-in costs and tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from threading import Event
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select
from starlette.requests import Request

from subgraphs.users.context import read_client_address
from subgraphs.users.models import Account, SignInThrottle, now
from subgraphs.users.passwords import PasswordHasher
from subgraphs.users.seed import SEED_PASSWORD
from subgraphs.users.settings import UsersSettings
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.databases import Server, create_all
from tests.subgraphs.platform import QUICK, Answer, Platform, start_platform, users_settings

SIGN_IN = "mutation($u: String!, $p: String!) { tokenAuth(username: $u, password: $p) { accessToken } }"


async def attempt(platform: Platform, user: str, password: str = "wrong wrong", address: str = "192.0.2.1") -> Answer:
    return await platform.ask("users", SIGN_IN, headers={"x-forwarded-for": address}, u=user, p=password)


async def let_time_pass(platform: Platform) -> None:
    async with platform.apps["users"].state.service.database.write() as session:
        await session.exec(update(SignInThrottle).values(locked_until=now()))


@pytest.mark.parametrize("user", ["student1@learn.test", "nobody@learn.test"])
async def test_an_account_waits_longer_after_each_failure(start: StartPlatform, user: str) -> None:
    platform = await start(users={"lockout_first_wait": 200.0, "lockout_longest_wait": 600.0})
    for _ in range(5):
        assert (await attempt(platform, user)).codes == ["INVALID_CREDENTIALS"]
    waits = []
    for _ in range(4):
        answer = await attempt(platform, user, SEED_PASSWORD)
        assert answer.codes == ["TOO_MANY_ATTEMPTS"]
        waits.append(answer.errors[0]["extensions"]["retryAfter"])
        await let_time_pass(platform)
        assert (await attempt(platform, user)).codes == ["INVALID_CREDENTIALS"]
    assert [round(wait, -2) for wait in waits] == [200, 400, 600, 600]
    assert (await attempt(platform, "student2@learn.test", SEED_PASSWORD)).errors == []


async def test_a_good_sign_in_starts_afresh(platform: Platform) -> None:
    for _ in range(3):
        for _ in range(4):
            await attempt(platform, "student1@learn.test")
        assert (await attempt(platform, "student1@learn.test", SEED_PASSWORD)).errors == []


async def test_an_address_waits_whatever_the_account(start: StartPlatform) -> None:
    platform = await start(users={"lockout_address_threshold": 6})
    for number in range(6):
        await attempt(platform, f"user{number}@learn.test")
    assert (await attempt(platform, "student1@learn.test", SEED_PASSWORD)).codes == ["TOO_MANY_ATTEMPTS"]
    assert (await attempt(platform, "student1@learn.test", SEED_PASSWORD, "192.0.2.2")).errors == []


CREATE = 'mutation($e: String!) { createUser(email: $e, password: "a long enough secret") { id } }'


async def sign_up(platform: Platform, email: str, address: str, token: str | None = None) -> list[str]:
    headers = {"x-forwarded-for": address}
    return (await platform.ask("users", CREATE, token, headers, e=email)).codes


async def test_an_address_makes_no_more_than_so_many_accounts(start: StartPlatform) -> None:
    platform = await start(users={"sign_up_address_threshold": 3})
    assert await sign_up(platform, "new1@learn.test", "192.0.2.1") == []
    assert await sign_up(platform, "student1@learn.test", "192.0.2.1") == ["EMAIL_TAKEN"]
    assert await sign_up(platform, "new2@learn.test", "192.0.2.1") == []
    assert await sign_up(platform, "new3@learn.test", "192.0.2.1") == ["TOO_MANY_ATTEMPTS"]
    assert await sign_up(platform, "student1@learn.test", "192.0.2.1") == ["TOO_MANY_ATTEMPTS"]
    assert await sign_up(platform, "new3@learn.test", "192.0.2.1", platform.admin) == []
    assert await sign_up(platform, "new4@learn.test", "192.0.2.2") == []
    await let_time_pass(platform)
    assert await sign_up(platform, "new5@learn.test", "192.0.2.1") == []


async def test_our_own_proxy_is_not_an_address_to_lock(start: StartPlatform) -> None:
    platform = await start(users={"lockout_address_threshold": 2})
    for number in range(4):
        assert (await attempt(platform, f"user{number}@learn.test", address="127.0.0.1")).codes == [
            "INVALID_CREDENTIALS"
        ]
    assert (await attempt(platform, "student1@learn.test", SEED_PASSWORD, "127.0.0.1")).errors == []


async def test_parallel_guesses_count_each(server: Server) -> None:
    urls = await create_all(server)
    async with start_platform(urls) as platform:
        answers = await asyncio.gather(*(attempt(platform, "student1@learn.test") for _ in range(20)))
    await server.drop(list(urls.values()))
    codes = [answer.codes[0] for answer in answers]
    assert codes.count("INVALID_CREDENTIALS") == 5
    assert codes.count("TOO_MANY_ATTEMPTS") == 15


async def test_changing_the_password_is_counted_too(platform: Platform) -> None:
    change = """mutation {
      changePassword(currentPassword: "wrong wrong", newPassword: "another long secret") { id } }"""
    codes = [(await platform.ask("users", change, platform.student)).codes for _ in range(6)]
    assert codes == [["INVALID_CREDENTIALS"]] * 5 + [["TOO_MANY_ATTEMPTS"]]


async def test_what_is_counted_names_nobody(platform: Platform) -> None:
    await attempt(platform, "student1@learn.test")
    async with platform.apps["users"].state.service.database.read() as session:
        rows = (await session.exec(select(SignInThrottle))).all()
    assert len(rows) == 2
    assert "student" not in str(rows)
    assert "192.0.2.1" not in str(rows)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.9", None, "192.0.2.9"),
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 127.0.0.2", "198.51.100.1"),
        ("127.0.0.1", "nonsense", None),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, nonsense", None),
        ("127.0.0.1", None, None),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", ", ".join(["198.51.100.1"] * 500), "198.51.100.1"),
    ],
)
def test_a_forwarded_address_is_believed_from_our_proxies_only(
    peer: str, forwarded: str | None, expected: str | None
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "headers": headers, "client": (peer, 1)})
    assert read_client_address(request, users_settings("sqlite://").trusted_proxies) == expected


def quick_hasher(**changes: Any) -> PasswordHasher:
    return PasswordHasher(UsersSettings(**{**QUICK, **changes}))


async def test_old_hashes_are_replaced_on_sign_in(start: StartPlatform) -> None:
    platform = await start(users={"argon2_time_cost": 2})
    assert (await attempt(platform, "student1@learn.test", SEED_PASSWORD)).errors == []
    async with platform.apps["users"].state.service.database.read() as session:
        hashes = {row.email: row.password_hash for row in (await session.exec(select(Account))).all()}
    assert "t=2" in hashes["student1@learn.test"]
    assert "t=1" in hashes["student2@learn.test"]
    assert (await attempt(platform, "student1@learn.test", SEED_PASSWORD)).errors == []


async def test_hashes_are_argon2id() -> None:
    hasher = quick_hasher()
    assert (await hasher.hash("a long enough secret")).startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    await hasher.close()


@pytest.fixture
async def blocked(start: StartPlatform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Platform, Event]]:
    """A platform that hashes one password at a time, lets two wait, and hashes none until the event."""
    platform = await start(users={"hashing_concurrency": 1, "hashing_queue": 2})
    released = Event()
    hasher = platform.apps["users"].state.parts.hasher
    original = hasher._verify

    def wait(*arguments: Any) -> Any:
        released.wait(60)
        return original(*arguments)

    monkeypatch.setattr(hasher, "_verify", wait)
    yield platform, released
    released.set()


async def test_no_more_passwords_wait_than_the_limit(blocked: tuple[Platform, Event]) -> None:
    platform, released = blocked
    sign_ins = [asyncio.create_task(attempt(platform, f"user{number}@learn.test")) for number in range(12)]
    for refused in islice(asyncio.as_completed(sign_ins), 9):
        await refused
    released.set()
    answers = await asyncio.gather(*sign_ins)
    assert sorted(answer.codes[0] for answer in answers) == ["INVALID_CREDENTIALS"] * 3 + ["SERVICE_BUSY"] * 9


async def test_other_requests_are_answered_while_passwords_are_hashed(blocked: tuple[Platform, Event]) -> None:
    platform, released = blocked
    sign_ins = [asyncio.create_task(attempt(platform, f"user{number}@learn.test")) for number in range(3)]
    await asyncio.sleep(0.05)
    assert (await platform.ask("users", "{ users { id } }", platform.admin)).errors == []
    assert not any(task.done() for task in sign_ins)
    released.set()
    await asyncio.gather(*sign_ins)


async def test_an_unknown_account_costs_one_verification() -> None:
    hasher = quick_hasher()
    calls: list[str] = []
    original = hasher._context.verify_and_update
    hasher._context.verify_and_update = lambda *a: calls.append("verify") or original(*a)
    stored = await hasher.hash("a long enough secret")
    assert (await hasher.verify("a long enough secret", stored)).matches
    assert not (await hasher.verify("a long enough secret", None)).matches
    assert calls == ["verify", "verify"]
    assert not (await hasher.verify("x" * 2000, stored)).matches
    assert calls == ["verify", "verify"]
    await hasher.close()
