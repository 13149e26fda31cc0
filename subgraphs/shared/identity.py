"""Who is calling: a role, a caller, and the three questions resolvers ask about one.

Enters: the claims of a verified access token. Leaves: an immutable `Caller`.
Invariant: a `Caller` with a `user_id` comes only from a token whose signature was checked in this process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from subgraphs.shared.errors import Forbidden, Unauthenticated


class Role(StrEnum):
    """What an account may do beyond its own affairs."""

    STUDENT = "STUDENT"
    INSTRUCTOR = "INSTRUCTOR"
    ADMIN = "ADMIN"


SCOPES_OF_ROLE: Final[dict[Role, tuple[str, ...]]] = {
    Role.STUDENT: ("learn",),
    Role.INSTRUCTOR: ("learn", "teach"),
    Role.ADMIN: ("learn", "teach", "administer"),
}


#: For `@requiresScopes` in the schemas: a router that enforces it doesn't even ask. The resolver decides all the same.
ADMIN_SCOPES: Final = [["administer"]]


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller. `user_id` and `role` are None together: that is the anonymous caller."""

    user_id: UUID | None = None
    role: Role | None = None

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def is_user(self, user_id: UUID) -> bool:
        return self.user_id is not None and self.user_id == user_id

    def require_signed_in(self) -> UUID:
        """The caller's id. Raises `Unauthenticated` for the anonymous caller."""
        if self.user_id is None:
            raise Unauthenticated
        return self.user_id

    def require_admin(self) -> UUID:
        """The caller's id. Raises `Unauthenticated` when anonymous, `Forbidden` for any other role."""
        user_id = self.require_signed_in()
        if not self.is_admin:
            raise Forbidden("Only an admin may do this.")
        return user_id

    def require_user_or_admin(self, user_id: UUID | None) -> None:
        """Raises unless the caller is that very user or an admin; says the same whether or not the user exists."""
        own_id = self.require_signed_in()
        if not self.is_admin and own_id != user_id:
            raise Forbidden("Only that user and admins may see or do this.")


ANONYMOUS: Final = Caller()
#: An id that no account and no row ever has, for a filter that must match nothing.
NOBODY: Final = UUID(int=0)


def parse_id(value: object) -> UUID | None:
    """Read a GraphQL ID as a UUID in its canonical form; None for anything else, which no stored row can have."""
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
