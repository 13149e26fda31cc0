"""The section ``authentication`` of ``router.yaml``: who the client is, and how subgraphs know the router.

Enters: validated data. Leaves: an :class:`Authentication`. Invariant: no secret is in a repr, a dump or a message.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from router.config.supergraph_file import HeaderName, HeaderValue, HttpUrl
from router.config.validation import Section
from router.config.values import Algorithm, Duration, Secrets

_ASYMMETRIC: Final[tuple[Algorithm, ...]] = (
    "EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
)  # fmt: skip


class KeyHeader(Section):
    """A header of the request for keys."""

    name: HeaderName
    """Its name."""
    value: HeaderValue
    """Its value."""


class Jwks(Section):
    """One issuer's set of keys."""

    url: HttpUrl
    """Where the key set (RFC 7517) is published."""
    issuers: tuple[str, ...] = ()
    """Accepted `iss`; none listed accepts any."""
    audiences: tuple[str, ...] = ()
    """Accepted `aud`; none listed accepts any."""
    algorithms: tuple[Algorithm, ...] = _ASYMMETRIC
    """Accepted signature algorithms. HS256 and its kin must be named here."""
    poll_interval: Duration = 60.0
    """How often the key set is fetched again."""
    headers: tuple[KeyHeader, ...] = ()
    """Headers of that request."""


class Jwt(Section):
    """Bearer tokens (JWT)."""

    jwks: tuple[Jwks, ...] = Field(min_length=1)
    """Sets of keys, one per issuer."""
    header_name: HeaderName = "authorization"
    """The header that carries the token."""
    header_value_prefix: str = Field("Bearer", pattern=r"^[A-Za-z0-9_-]*$")
    """What stands before the token, apart from a space; may be empty."""
    token_types: tuple[str, ...] = ("jwt", "at+jwt")
    """Accepted `typ` of a token's header, in any case. A token without one is accepted when `jwt` is listed."""
    leeway: Duration = 5.0
    """Clock difference that is forgiven in `exp`, `nbf` and `iat`."""
    wait_for_keys: Duration = 30.0
    """How long `/health/ready` waits at start for the first keys of each set; then the router serves without them."""


class AuthenticationRouter(Section):
    """Who the client is."""

    jwt: Jwt | None = None
    """Bearer tokens (JWT); without this section tokens aren't looked at."""


class Hmac(Section):
    """Calls that are signed with a shared secret, in the header `Supergraph-Signature`."""

    secrets: Secrets
    """Shared secrets of at least 32 characters, as a list or with commas, such as `${env.SECRETS}`; the first signs."""


class SubgraphIdentity(Section):
    """How one subgraph is shown that the router asks."""

    hmac: Hmac | None = None
    """Calls that are signed with a shared secret; without this section they aren't."""


class AuthenticationSubgraph(Section):
    """How subgraphs are shown that the router asks."""

    all: SubgraphIdentity = SubgraphIdentity()
    """For every subgraph."""
    subgraphs: dict[str, SubgraphIdentity] = Field(default_factory=dict)
    """By subgraph, in place of `all`."""


class Authentication(Section):
    """Identity."""

    router: AuthenticationRouter = AuthenticationRouter()
    """Who the client is."""
    subgraph: AuthenticationSubgraph = AuthenticationSubgraph()
    """How subgraphs are shown that the router asks."""
