"""Lock-out with back-off: how often a password or a new account may be tried, by account and by address.

Enters: a sign-in, or a new account, that is about to be tried. Leaves: nothing, or a refusal that says how long to
wait.
Invariant: a try is counted before the password is looked at, under a lock on its row, so that a hundred
parallel guesses count as a hundred. An account that doesn't exist locks like one that does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from subgraphs.shared.database import Database
from subgraphs.shared.errors import Refused
from subgraphs.users.models import SignInThrottle, now
from subgraphs.users.settings import UsersSettings


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try's counters; there's none for the address when it isn't known."""

    account_key: str
    address_key: str | None


def attempt_for(email_key: str, address: str | None) -> Attempt:
    return Attempt(
        hash_key("account", email_key), None if address is None else hash_key("address", subscriber(address))
    )


def hash_key(kind: str, name: str) -> str:
    return sha256(f"{kind}:{name}".encode("utf-8", "replace")).hexdigest()


def subscriber(address: str) -> str:
    """What stands for one client: an IPv6 address is one of the 2^64 that each subscriber has."""
    parsed = ip_address(address)
    return address if isinstance(parsed, IPv4Address) else str(IPv6Address(int(parsed) >> 64 << 64))


async def count_attempt(database: Database, settings: UsersSettings, attempt: Attempt) -> None:
    """Count one try. Raises `Refused` TOO_MANY_ATTEMPTS, with `retryAfter` in seconds, while one of the two waits."""
    thresholds = (
        (attempt.account_key, settings.lockout_threshold),
        (attempt.address_key, settings.lockout_address_threshold),
    )
    waits: list[float] = []
    async with database.write() as session:
        for key, threshold in thresholds:  # always in this order, so that two tries can't wait for each other
            if key is None:
                continue
            wait = await count_one(database, session, key, threshold, settings)
            waits += [] if wait is None else [wait]
    if waits:
        raise too_many("Too many failed sign-ins; wait before trying again.", max(waits))


async def count_sign_up(database: Database, settings: UsersSettings, address: str | None) -> None:
    """Count one try to make an account, where the address is known. Raises `Refused` TOO_MANY_ATTEMPTS."""
    if address is None:
        return
    key = hash_key("sign-up", subscriber(address))
    async with database.write() as session:
        wait = await count_one(database, session, key, settings.sign_up_address_threshold, settings)
    if wait is not None:
        raise too_many("Too many new accounts from this address; wait before trying again.", wait)


def too_many(message: str, wait: float) -> Refused:
    return Refused("TOO_MANY_ATTEMPTS", message, retryAfter=math.ceil(wait))


async def count_one(
    database: Database, session: AsyncSession, key: str, threshold: int, settings: UsersSettings
) -> float | None:
    """Count one try on one counter; the seconds to wait when it's locked, in which case nothing is counted."""
    moment = now()
    await session.exec(
        database.insert(SignInThrottle)
        .values(key=key, attempts=0, window_started_at=moment)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    query = select(SignInThrottle).where(col(SignInThrottle.key) == key).with_for_update()
    row = (await session.exec(query)).one()
    if row.locked_until is not None and row.locked_until > moment:
        return (row.locked_until - moment).total_seconds()
    if moment - row.window_started_at > timedelta(seconds=settings.lockout_window):
        row.attempts, row.window_started_at = 0, moment
    row.attempts += 1
    row.locked_until = lock_end(moment, row.attempts - threshold, settings)
    session.add(row)
    return None


def lock_end(moment: datetime, excess: int, settings: UsersSettings) -> datetime | None:
    if excess < 0:
        return None
    wait = min(settings.lockout_first_wait * 2.0 ** min(excess, 40), settings.lockout_longest_wait)
    return moment + timedelta(seconds=wait)


async def forgive(session: AsyncSession, attempt: Attempt) -> None:
    """After a good sign-in: the account starts afresh, and the address gets this one try back."""
    account = update(SignInThrottle).where(col(SignInThrottle.key) == attempt.account_key)
    address = update(SignInThrottle).where(
        col(SignInThrottle.key) == attempt.address_key, col(SignInThrottle.attempts) > 0
    )
    await session.exec(account.values(attempts=0, locked_until=None))
    if attempt.address_key is not None:
        await session.exec(address.values(attempts=col(SignInThrottle.attempts) - 1, locked_until=None))
