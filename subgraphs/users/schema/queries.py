"""The queries of the users service. A field that can be refused is nullable, so that a refusal costs nothing else."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import strawberry

from subgraphs.shared.audit import AuditEventConnection, read_events
from subgraphs.shared.errors import BadUserInput
from subgraphs.shared.identity import ADMIN_SCOPES, parse_id
from subgraphs.shared.paging import MAX_PAGE, check_first
from subgraphs.users.accounts import find_accounts, list_accounts, require_acting_admin
from subgraphs.users.context import UsersInfo
from subgraphs.users.models import AuditEvent
from subgraphs.users.schema.types import User


@strawberry.type
class Query:
    @strawberry.federation.field(
        requires_scopes=ADMIN_SCOPES,
        description="Every account, oldest first; for admins. At most 100, behind the id `after`.",
    )
    async def users(
        self, info: UsersInfo, first: int | None = None, after: strawberry.ID | None = None
    ) -> list[User] | None:
        await require_acting_admin(info.context)
        last = parse_id(after)
        if after is not None and last is None:
            raise BadUserInput("The argument after must be the id of a user.", argument="after")
        found = await list_accounts(info.context.database, check_first(first, MAX_PAGE), last)
        return [User(account=account) for account in found]

    @strawberry.field(description="The caller's own account; null when not signed in.")
    async def whoami(self, info: UsersInfo) -> User | None:
        return await find_user(info, info.context.caller.user_id)

    @strawberry.field(description="One account; for oneself and admins. Null for an unknown id.")
    async def user(self, info: UsersInfo, id: strawberry.ID) -> User | None:
        user_id = parse_id(id)
        info.context.caller.require_user_or_admin(user_id)
        return await find_user(info, user_id)

    @strawberry.federation.field(
        requires_scopes=ADMIN_SCOPES, description="Who did what to whom in the users service, newest first; for admins."
    )
    async def user_audit_events(
        self,
        info: UsersInfo,
        first: int | None = None,
        after: str | None = None,
        actor_id: strawberry.ID | None = None,
        target_id: strawberry.ID | None = None,
    ) -> AuditEventConnection | None:
        await require_acting_admin(info.context)
        return await read_events(info.context.database, AuditEvent, first, after, actor_id, target_id)


async def find_user(info: UsersInfo, user_id: UUID | None) -> User | None:
    if user_id is None:
        return None
    context = info.context
    account = await context.loaders.load("account", partial(find_accounts, context.database), user_id)
    return None if account is None else User(account=account)
