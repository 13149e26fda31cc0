"""Refresh tokens: opaque, used once, and in families, so that a stolen one gives itself away.

Enters: a token's text. Leaves: the family it belongs to and its successor.
Invariants: of any number of parallel uses exactly one wins, decided by one UPDATE; a second use revokes the
whole family, unless it comes so soon that it's two tabs of one browser, which revokes nothing and wins nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from subgraphs.shared.audit import record
from subgraphs.shared.database import Database
from subgraphs.shared.errors import Refused
from subgraphs.shared.identity import ANONYMOUS
from subgraphs.users.models import AuditEvent, RefreshFamily, RefreshToken, SignInThrottle, now
from subgraphs.users.settings import UsersSettings

MAX_TOKEN_LENGTH = 200


class RefreshRefused(Refused):
    """Why a refresh token can't be used; `revoked_family` is the family that this use has just ended."""

    def __init__(self, code: str, message: str, revoked_family: UUID | None = None) -> None:
        super().__init__(code, message)
        self.revoked_family = revoked_family


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The account that a used token belongs to, and the token that follows it."""

    account_id: UUID
    family_id: UUID
    token: str


def hash_token(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def add_token(session: AsyncSession, family_id: UUID, settings: UsersSettings, ends_at: datetime) -> str:
    text = f"rt_{token_urlsafe(32)}"
    expires_at = min(now() + timedelta(seconds=settings.refresh_token_life), ends_at)
    session.add(RefreshToken(family_id=family_id, token_hash=hash_token(text), expires_at=expires_at))
    return text


async def start_family(session: AsyncSession, account_id: UUID, settings: UsersSettings) -> str:
    """Begin a family with its first token, whose text is returned and kept nowhere."""
    family = RefreshFamily(account_id=account_id, expires_at=now() + timedelta(seconds=settings.session_life))
    session.add(family)
    await session.flush()
    return add_token(session, family.id, settings, family.expires_at)


async def use_token(session: AsyncSession, token: str, settings: UsersSettings) -> Refreshed | RefreshRefused:
    """Use a token once. A refusal is returned, not raised: the revocation it may carry must be committed."""
    if len(token) > MAX_TOKEN_LENGTH:
        return unknown_token()
    moment = now()
    alive = select(RefreshFamily.id).where(
        col(RefreshFamily.revoked_at).is_(None), col(RefreshFamily.expires_at) > moment
    )
    used = (
        update(RefreshToken)
        .where(
            col(RefreshToken.token_hash) == hash_token(token),
            col(RefreshToken.used_at).is_(None),
            col(RefreshToken.expires_at) > moment,
            col(RefreshToken.family_id).in_(alive),
        )
        .values(used_at=moment)
        .returning(col(RefreshToken.family_id))
        .execution_options(synchronize_session=False)
    )
    family_id = (await session.exec(used)).scalar_one_or_none()
    if family_id is None:
        return await explain_refusal(session, token, moment, settings)
    family = await session.get_one(RefreshFamily, family_id)
    successor = add_token(session, family.id, settings, family.expires_at)
    return Refreshed(family.account_id, family.id, successor)


async def explain_refusal(
    session: AsyncSession, token: str, moment: datetime, settings: UsersSettings
) -> RefreshRefused:
    found = await session.exec(select(RefreshToken).where(col(RefreshToken.token_hash) == hash_token(token)))
    row = found.one_or_none()
    if row is None or row.used_at is None:
        return unknown_token()
    if moment - row.used_at <= timedelta(seconds=settings.refresh_grace):
        return RefreshRefused(
            "REFRESH_TOKEN_USED", "This refresh token was used a moment ago; take the one that replaced it."
        )
    revoked = await revoke_family(session, row.family_id, "reuse")
    return RefreshRefused(
        "REFRESH_TOKEN_REUSED",
        "This refresh token was used before, so its session has ended; sign in again.",
        row.family_id if revoked else None,
    )


def unknown_token() -> RefreshRefused:
    return RefreshRefused("INVALID_REFRESH_TOKEN", "The refresh token is not valid; sign in again.")


async def revoke_family(session: AsyncSession, family_id: UUID, because: str) -> bool:
    """End one family. Whether it was alive until now."""
    revoked = await session.exec(
        update(RefreshFamily)
        .where(col(RefreshFamily.id) == family_id, col(RefreshFamily.revoked_at).is_(None))
        .values(revoked_at=now(), revoked_because=because)
        .returning(col(RefreshFamily.id))
        .execution_options(synchronize_session=False)
    )
    return revoked.scalar_one_or_none() is not None


async def revoke_all(session: AsyncSession, account_id: UUID, because: str) -> None:
    """End every family of an account."""
    await session.exec(
        update(RefreshFamily)
        .where(col(RefreshFamily.account_id) == account_id, col(RefreshFamily.revoked_at).is_(None))
        .values(revoked_at=now(), revoked_because=because)
        .execution_options(synchronize_session=False)
    )


async def find_family(session: AsyncSession, token: str) -> RefreshFamily | None:
    """The family of a token, used or not, alive or not."""
    query = select(RefreshFamily).join(RefreshToken).where(col(RefreshToken.token_hash) == hash_token(token))
    return (await session.exec(query)).one_or_none()


async def prune_sessions(database: Database, keep: timedelta) -> int:
    """Delete sessions that ended longer ago than `keep`, and throttles as old; how many sessions there were."""
    before = now() - keep
    async with database.write() as session:
        ended = await session.exec(
            delete(RefreshFamily)
            .where((col(RefreshFamily.expires_at) < before) | (col(RefreshFamily.revoked_at) < before))
            .returning(col(RefreshFamily.id))
            .execution_options(synchronize_session=False)
        )
        count = len(ended.all())
        await session.exec(delete(SignInThrottle).where(col(SignInThrottle.window_started_at) < before))
        record(session, AuditEvent, ANONYMOUS, "sessions.pruned", ("Session", None), {"count": count})
    return count
