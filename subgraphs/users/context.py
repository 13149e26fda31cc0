"""What a resolver of the users service finds as `info.context`.

Enters: the service's parts and one call. Leaves: one object a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

import strawberry
from starlette.requests import Request

from subgraphs.shared.database import Database
from subgraphs.shared.graphql_http import CallScope
from subgraphs.shared.identity import Caller
from subgraphs.shared.loading import Loaders
from subgraphs.users.passwords import PasswordHasher
from subgraphs.users.settings import Network, UsersSettings
from subgraphs.users.signing_keys import KeyRingStore


@dataclass(frozen=True, slots=True)
class UsersParts:
    """What lives as long as the service."""

    settings: UsersSettings
    database: Database
    keys: KeyRingStore
    hasher: PasswordHasher


@dataclass(frozen=True, slots=True)
class UsersContext:
    """One request: the parts, the caller, and the address a sign-in is counted by."""

    parts: UsersParts
    caller: Caller
    client_address: str | None
    loaders: Loaders = field(default_factory=Loaders)

    @property
    def settings(self) -> UsersSettings:
        return self.parts.settings

    @property
    def database(self) -> Database:
        return self.parts.database


UsersInfo = strawberry.Info[UsersContext, None]


def make_context(parts: UsersParts, scope: CallScope) -> UsersContext:
    return UsersContext(parts, scope.caller, read_client_address(scope.request, parts.settings.trusted_proxies))


def read_client_address(request: Request, trusted: tuple[Network, ...]) -> str | None:
    """The nearest address that isn't one of our own proxies: of X-Forwarded-For only what a trusted peer added.

    None when only proxies are named: their address stands for all clients, so nothing may be counted by it.
    """
    peer = request.client.host if request.client else ""
    forwarded = [part.strip() for part in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    for hop in [*forwarded[-10:], peer][::-1]:
        try:
            parsed = ip_address(hop)
        except ValueError:
            return None
        mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
        parsed = mapped or parsed  # a listener on all addresses sees IPv4 peers in that form
        if not any(parsed in network for network in trusted):
            return str(parsed)
    return None
