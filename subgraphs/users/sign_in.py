"""Signing in, staying signed in, signing out.

Enters: a password or a refresh token. Leaves: an access token and the next refresh token.
Invariants: what a failure says and costs doesn't depend on whether the account exists; the reason for a
refusal is in the audit log, not in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import col

from subgraphs.shared.audit import record
from subgraphs.shared.errors import BadUserInput, Refused
from subgraphs.shared.identity import Caller, Role
from subgraphs.users.accounts import find_by_email, fold_email
from subgraphs.users.context import UsersContext
from subgraphs.users.models import Account, AuditEvent
from subgraphs.users.passwords import MAX_PASSWORD_BYTES
from subgraphs.users.refresh import (
    Refreshed,
    find_family,
    revoke_family,
    start_family,
    unknown_token,
    use_token,
)
from subgraphs.users.throttle import attempt_for, count_attempt, forgive
from subgraphs.users.tokens import AccessToken, issue_access_token

MAX_USERNAME = 300


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in or a refresh gives."""

    account: Account
    access_token: AccessToken
    refresh_token: str


def issue(context: UsersContext, account: Account) -> AccessToken:
    return issue_access_token(context.settings, context.parts.keys, account.id, Role(account.role))


async def verify_password(context: UsersContext, username: str, password: str) -> Account:
    """The account whose password this is.

    Raises `Refused` INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS or SERVICE_BUSY, `BadUserInput` for sizes that no
    account has.
    """
    if len(username) > MAX_USERNAME or len(password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES:
        raise BadUserInput("The user name or the password is too long.")
    attempt = attempt_for(fold_email(username), context.client_address)
    await count_attempt(context.database, context.settings, attempt)
    account = await find_by_email(context.database, username)
    verdict = await context.parts.hasher.verify(password, account.password_hash if account else None)
    if account is None or not verdict.matches or account.archived_at is not None:
        await note_failure(context, account)
        raise Refused("INVALID_CREDENTIALS", "The e-mail address or the password is wrong.")
    async with context.database.write() as session:
        await forgive(session, attempt)
        if verdict.new_hash is not None:
            # Only while the stored hash is the one that was verified: a password change meanwhile wins.
            unchanged = (col(Account.id) == account.id) & (col(Account.password_hash) == account.password_hash)
            await session.exec(update(Account).where(unchanged).values(password_hash=verdict.new_hash))
    return account


async def note_failure(context: UsersContext, account: Account | None) -> None:
    async with context.database.write() as session:
        target = ("User", account.id if account else None)
        record(session, AuditEvent, context.caller, "sign_in.failed", target, where_from(context))


def where_from(context: UsersContext) -> dict[str, object]:
    return {} if context.client_address is None else {"address": context.client_address}


async def sign_in(context: UsersContext, username: str, password: str) -> SignedIn:
    """Raises what `verify_password` raises."""
    account = await verify_password(context, username, password)
    access_token = issue(context, account)
    async with context.database.write() as session:
        refresh_token = await start_family(session, account.id, context.settings)
        actor = Caller(account.id, Role(account.role))
        record(session, AuditEvent, actor, "sign_in", ("User", account.id), where_from(context))
    return SignedIn(account, access_token, refresh_token)


async def refresh(context: UsersContext, token: str) -> SignedIn:
    """Raises `Refused` INVALID_REFRESH_TOKEN, REFRESH_TOKEN_USED or REFRESH_TOKEN_REUSED."""
    context.parts.keys.ring()  # before the token is spent: without a key there would be nothing to give for it
    account: Account | None = None
    async with context.database.write() as session:
        outcome = await use_token(session, token, context.settings)
        if isinstance(outcome, Refreshed):
            account = await session.get_one(Account, outcome.account_id)
        elif outcome.revoked_family is not None:
            target = ("Session", outcome.revoked_family)
            record(session, AuditEvent, context.caller, "session.reuse_detected", target)
    if not isinstance(outcome, Refreshed):
        raise outcome
    if account is None or account.archived_at is not None:
        raise unknown_token()
    return SignedIn(account, issue(context, account), outcome.token)


async def sign_out(context: UsersContext, token: str) -> None:
    """End the token's family; an unknown token is no error, as RFC 7009, 2.2 asks."""
    async with context.database.write() as session:
        family = await find_family(session, token)
        if family is not None and await revoke_family(session, family.id, "signed out"):
            record(session, AuditEvent, context.caller, "sign_out", ("User", family.account_id))
