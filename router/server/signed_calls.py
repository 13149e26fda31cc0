"""Which calls to subgraphs are signed, by the settings.

Enters: settings, the transport that sends. Leaves: a transport that signs where a secret is set. Invariant: without a
secret nothing stands between.
"""

from __future__ import annotations

from typing import TypeVar

from router.config.authentication import SubgraphIdentity
from router.config.settings import Settings
from router.execution.transport import SubgraphTransport
from router.execution.transports.signing import SigningTransport, secrets_by_name

Transport = TypeVar("Transport", bound=SubgraphTransport)


def sign_calls(settings: Settings, transport: Transport) -> Transport | SigningTransport:
    """Return the transport, with signatures where ``authentication.subgraph`` asks for them."""
    identities = settings.authentication.subgraph
    default = _secret(identities.all)
    by_name = {name: _secret(identity) for name, identity in identities.subgraphs.items()}
    if default is None and not any(by_name.values()):
        return transport
    return SigningTransport(transport, secrets_by_name(default, by_name))


def _secret(identity: SubgraphIdentity) -> bytes | None:
    return None if identity.hmac is None else identity.hmac.secrets[0].get_secret_value().encode()
