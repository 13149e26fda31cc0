"""What can be done with accounts. Each function is one act: it checks, changes, and writes its audit event.

Enters: a request's context and checked arguments. Leaves: the account as it is now.
Invariants: a password's hash never leaves this module's callers' rows; an act and its audit event are one
transaction; what fails is a typed refusal and changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from subgraphs.shared.audit import record
from subgraphs.shared.database import Database, rows_of
from subgraphs.shared.errors import BadUserInput, Forbidden, Refused
from subgraphs.shared.identity import Caller, Role
from subgraphs.shared.paging import Cursor, comes_after
from subgraphs.users.context import UsersContext
from subgraphs.users.models import Account, AuditEvent, now
from subgraphs.users.passwords import PasswordHasher, check_new_password
from subgraphs.users.refresh import revoke_all
from subgraphs.users.throttle import count_sign_up

EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s.\x00-\x1f\x7f]+(\.[^@\s.\x00-\x1f\x7f]+)+")
BY_ID: Final = rows_of(Account, col(Account.id).in_(bindparam("ids", expanding=True)))
MAX_EMAIL = 254
MAX_NAME = 80


def fold_email(email: str) -> str:
    """The form by which an e-mail address is unique: NFKC, without outer spaces, in lower case."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def check_email(email: str) -> str:
    """The address as it's stored. Raises `BadUserInput` for what can't be one."""
    email = unicodedata.normalize("NFC", email).strip()
    if len(email) > MAX_EMAIL or EMAIL.fullmatch(email) is None or len(fold_email(email)) > MAX_EMAIL:
        raise BadUserInput("That is not an e-mail address.", argument="email")
    return email


def check_display_name(name: str) -> str:
    """The name without needless spaces. Raises `BadUserInput` when empty, too long or not printable."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= MAX_NAME or any(unicodedata.category(character)[0] == "C" for character in name):
        raise BadUserInput(f"A display name has 1 to {MAX_NAME} printable characters.", argument="displayName")
    return name


async def insert_account(
    database: Database, account: Account, caller: Caller, action: str = "account.created"
) -> Account | None:
    """Insert an account; None when its e-mail address is taken, which the database decides."""
    async with database.write() as session:
        inserted = await session.exec(
            database.insert(Account)
            .values(**account.model_dump())
            .on_conflict_do_nothing(index_elements=["email_key"])
            .returning(col(Account.id))
        )
        if inserted.scalar_one_or_none() is None:
            return None
        record(session, AuditEvent, caller, action, ("User", account.id), {"role": account.role})
    return account


async def new_account(
    hasher: PasswordHasher, email: str, password: str, name: str | None, role: Role = Role.STUDENT
) -> Account:
    account_id = uuid4()
    return Account(
        id=account_id,
        email=email,
        email_key=fold_email(email),
        # Never made from the address, which others may not see.
        display_name=name or f"Learner {str(account_id)[:8]}",
        password_hash=await hasher.hash(password),
        role=role.value,
    )


async def create_account(context: UsersContext, email: str, password: str, display_name: str | None) -> Account:
    """Raises `Refused` EMAIL_TAKEN, WEAK_PASSWORD or TOO_MANY_ATTEMPTS, `BadUserInput`."""
    email = check_email(email)
    name = None if display_name is None else check_display_name(display_name)
    check_new_password(password, email, context.settings.password_min_length)
    if not context.caller.is_admin:
        # Before the look-up, since each try tells whether an address has an account; and before the hashing.
        await count_sign_up(context.database, context.settings, context.client_address)
    if await find_by_email(context.database, email) is not None:
        raise email_taken()
    account = await new_account(context.parts.hasher, email, password, name)
    if await insert_account(context.database, account, context.caller) is None:
        raise email_taken()
    return account


def email_taken() -> Refused:
    return Refused("EMAIL_TAKEN", "There is an account with this e-mail address already.")


async def find_by_email(database: Database, email: str) -> Account | None:
    if "\x00" in email:
        return None  # no stored text has one, and PostgreSQL takes it for a mistake
    async with database.read() as session:
        return (await session.exec(select(Account).where(col(Account.email_key) == fold_email(email)))).one_or_none()


async def find_account(database: Database, account_id: UUID | None) -> Account | None:
    if account_id is None:
        return None
    async with database.read() as session:
        return await session.get(Account, account_id)


async def find_accounts(database: Database, ids: Sequence[UUID | None]) -> dict[UUID, Account]:
    """The accounts with these ids, in one statement."""
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    found = await database.fetch(BY_ID, ids=list(wanted))
    return {account.id: account for account in found}


async def list_accounts(database: Database, first: int, after: UUID | None) -> Sequence[Account]:
    """Accounts from the oldest on, behind the one with the id `after`; none behind an unknown one."""
    query = select(Account).order_by(col(Account.created_at), col(Account.id)).limit(first)
    async with database.read() as session:
        if after is not None:
            last = await session.get(Account, after)
            if last is None:
                return []
            place = Cursor(last.created_at, last.id)
            query = query.where(comes_after(col(Account.created_at), col(Account.id), place, newest_first=False))
        return (await session.exec(query)).all()


async def update_profile(context: UsersContext, account_id: UUID, display_name: str) -> Account:
    name = check_display_name(display_name)
    async with context.database.write() as session:
        account = await session.get_one(Account, account_id, with_for_update=True)
        account.display_name, account.updated_at = name, now()
        session.add(account)
        record(session, AuditEvent, context.caller, "profile.updated", ("User", account_id))
    return account


async def change_password(context: UsersContext, account: Account, new_password: str) -> Account:
    """Store a new password and end every session. The old one has been verified. Raises `Refused` WEAK_PASSWORD."""
    check_new_password(new_password, account.email, context.settings.password_min_length)
    new_hash = await context.parts.hasher.hash(new_password)
    async with context.database.write() as session:
        stored = await session.get_one(Account, account.id, with_for_update=True)
        stored.password_hash, stored.updated_at = new_hash, now()
        session.add(stored)
        await revoke_all(session, account.id, "password changed")
        record(session, AuditEvent, context.caller, "password.changed", ("User", account.id))
    return stored


async def set_role(context: UsersContext, account_id: UUID, role: Role) -> Account:
    """Raises `Refused` USER_NOT_FOUND, or OWN_ROLE, so that the last admin can't step down by mistake."""
    if context.caller.is_user(account_id):
        raise Refused("OWN_ROLE", "Nobody changes their own role; ask another admin.")
    async with context.database.write() as session:
        account = await lock_for_admin(session, context.caller, account_id)
        details = {"from": account.role, "to": role.value}
        account.role, account.updated_at = role.value, now()
        session.add(account)
        record(session, AuditEvent, context.caller, "role.set", ("User", account_id), details)
    return account


async def lock_for_admin(session: AsyncSession, caller: Caller, account_id: UUID) -> Account:
    """The account, locked together with the admin's own, so that of two who demote each other one stays.

    Raises `Forbidden` where the caller is an admin by token only, `Refused` USER_NOT_FOUND.
    """
    wanted = col(Account.id).in_({caller.user_id, account_id})
    rows = (await session.exec(select(Account).where(wanted).order_by(col(Account.id)).with_for_update())).all()
    found = {row.id: row for row in rows}
    check_acting_admin(caller, found.get(caller.require_admin()))
    if account_id not in found:
        raise user_not_found()
    return found[account_id]


async def require_acting_admin(context: UsersContext) -> None:
    """Raises `Unauthenticated` or `Forbidden` unless the caller is an admin now, not only when the token was made."""
    check_acting_admin(context.caller, await find_account(context.database, context.caller.require_admin()))


def check_acting_admin(caller: Caller, account: Account | None) -> None:
    caller.require_admin()
    if account is None or account.archived_at is not None or account.role != Role.ADMIN.value:
        raise Forbidden("Only an admin may do this.")


async def archive_account(context: UsersContext, account_id: UUID) -> Account:
    """Close an account, keeping what refers to it. Raises `Refused` USER_NOT_FOUND or OWN_ACCOUNT."""
    if context.caller.is_user(account_id):
        raise Refused("OWN_ACCOUNT", "Nobody archives their own account; ask another admin.")
    async with context.database.write() as session:
        account = await lock_for_admin(session, context.caller, account_id)
        if account.archived_at is None:
            account.archived_at = account.updated_at = now()
            session.add(account)
            await revoke_all(session, account_id, "account archived")
            record(session, AuditEvent, context.caller, "account.archived", ("User", account_id))
    return account


def user_not_found() -> Refused:
    return Refused("USER_NOT_FOUND", "There is no such user.")
