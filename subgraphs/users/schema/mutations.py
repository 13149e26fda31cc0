"""The mutations of the users service. Each is nullable, so that a refusal doesn't undo the answer of its sibling."""

from __future__ import annotations

import strawberry

from subgraphs.shared.errors import Unauthenticated
from subgraphs.shared.identity import ADMIN_SCOPES, Role, parse_id
from subgraphs.users import accounts, sign_in
from subgraphs.users.accounts import user_not_found
from subgraphs.users.context import UsersInfo
from subgraphs.users.models import Account
from subgraphs.users.schema.types import TokenPair, User


async def own_account(info: UsersInfo) -> Account:
    """The caller's account. Raises `Unauthenticated`, also for a token that outlived its account."""
    account = await accounts.find_account(info.context.database, info.context.caller.require_signed_in())
    if account is None or account.archived_at is not None:
        raise Unauthenticated("This account is closed.")
    return account


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Make an account, as a student. Refused with EMAIL_TAKEN, WEAK_PASSWORD or TOO_MANY_ATTEMPTS."
    )
    async def create_user(
        self, info: UsersInfo, email: str, password: str, display_name: str | None = None
    ) -> User | None:
        account = await accounts.create_account(info.context, email, password, display_name)
        return User(account=account, is_own=True)

    @strawberry.mutation(
        description="Sign in; `username` is the e-mail address. Refused with INVALID_CREDENTIALS or TOO_MANY_ATTEMPTS."
    )
    async def token_auth(self, info: UsersInfo, username: str, password: str) -> TokenPair | None:
        return TokenPair.of(await sign_in.sign_in(info.context, username, password))

    @strawberry.mutation(description="Exchange a refresh token for a new pair. It can be used once.")
    async def refresh_token(self, info: UsersInfo, refresh_token: str) -> TokenPair | None:
        return TokenPair.of(await sign_in.refresh(info.context, refresh_token))

    @strawberry.mutation(description="Sign out: end the session that a refresh token belongs to. Always true.")
    async def revoke_token(self, info: UsersInfo, refresh_token: str) -> bool | None:
        await sign_in.sign_out(info.context, refresh_token)
        return True

    @strawberry.mutation(description="Change what others see of the caller.")
    async def update_profile(self, info: UsersInfo, display_name: str) -> User | None:
        account = await own_account(info)
        return User(account=await accounts.update_profile(info.context, account.id, display_name))

    @strawberry.mutation(description="Change the caller's password, and end every session.")
    async def change_password(self, info: UsersInfo, current_password: str, new_password: str) -> User | None:
        account = await own_account(info)
        verified = await sign_in.verify_password(info.context, account.email, current_password)
        return User(account=await accounts.change_password(info.context, verified, new_password))

    @strawberry.federation.mutation(
        requires_scopes=ADMIN_SCOPES,
        description="Set another account's role; for admins. It holds from the next refresh on.",
    )
    async def set_role(self, info: UsersInfo, user_id: strawberry.ID, role: Role) -> User | None:
        info.context.caller.require_admin()
        account_id = parse_id(user_id)
        if account_id is None:
            raise user_not_found()
        return User(account=await accounts.set_role(info.context, account_id, role))

    @strawberry.federation.mutation(
        requires_scopes=ADMIN_SCOPES, description="Close another account, keeping what refers to it; for admins."
    )
    async def archive_user(self, info: UsersInfo, user_id: strawberry.ID) -> User | None:
        info.context.caller.require_admin()
        account_id = parse_id(user_id)
        if account_id is None:
            raise user_not_found()
        return User(account=await accounts.archive_account(info.context, account_id))
