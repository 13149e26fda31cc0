"""The types of the users service.

Invariant: what of an account is not for everyone is decided on the field itself, so that it holds however the
account was reached: by a query, a mutation, `_entities` or a path through another service.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from subgraphs.shared.errors import Forbidden
from subgraphs.shared.identity import Role
from subgraphs.users.accounts import find_accounts
from subgraphs.users.context import UsersInfo
from subgraphs.users.models import Account
from subgraphs.users.sign_in import SignedIn

strawberry.enum(Role, name="Role", description="What an account may do beyond its own affairs.")


@strawberry.federation.type(keys=["id"], description="A person with an account.")
class User:
    account: strawberry.Private[Account]
    #: True in the answer of the act that made or signed in this account: its caller just proved to own it.
    is_own: strawberry.Private[bool] = False

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.account.id))

    @strawberry.field(description="What others see.")
    def display_name(self) -> str:
        return self.account.display_name

    @strawberry.field(description="False once the account is archived.")
    def is_active(self) -> bool:
        return self.account.archived_at is None

    @strawberry.field(description="For oneself and admins; null with a FORBIDDEN error for others.")
    def email(self, info: UsersInfo) -> str | None:
        self.require_own(info)
        return self.account.email

    @strawberry.field(description="For oneself and admins; null with a FORBIDDEN error for others.")
    def role(self, info: UsersInfo) -> Role | None:
        self.require_own(info)
        return Role(self.account.role)

    @strawberry.field(description="For oneself and admins; null with a FORBIDDEN error for others.")
    def created_at(self, info: UsersInfo) -> datetime | None:
        self.require_own(info)
        return self.account.created_at

    def require_own(self, info: UsersInfo) -> None:
        caller = info.context.caller
        if not (self.is_own or caller.is_admin or caller.is_user(self.account.id)):
            raise Forbidden("Only the user and admins may see this.")

    @classmethod
    async def resolve_references(cls, info: UsersInfo, ids: Sequence[UUID | None]) -> list[User | None]:
        found = await find_accounts(info.context.database, ids)
        return [cls(account=found[id_]) if id_ in found else None for id_ in ids]


@strawberry.type(description="A signed-in session.")
class TokenPair:
    access_token: str = strawberry.field(description="A JWT for the header `Authorization: Bearer`.")
    refresh_token: str = strawberry.field(description="To be used once, by refreshToken, which gives the next one.")
    token_type: str
    expires_in: int = strawberry.field(description="Life of the access token in seconds.")
    user: User

    @classmethod
    def of(cls, signed_in: SignedIn) -> TokenPair:
        return cls(
            access_token=signed_in.access_token.text,
            refresh_token=signed_in.refresh_token,
            token_type="Bearer",  # noqa: S106
            expires_in=signed_in.access_token.expires_in,
            user=User(account=signed_in.account, is_own=True),
        )
