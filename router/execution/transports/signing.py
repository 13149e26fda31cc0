"""Calls to subgraphs that show whose they are: signed with a shared secret.

Enters: a request. Leaves: the same request with the header ``Supergraph-Signature: t=<seconds since 1970>,v1=<hex>``,
where ``v1`` is HMAC-SHA256 (RFC 2104) under the subgraph's secret of

    t LF "POST" LF the path with its query string LF the body

Invariant: what is signed is what is sent, byte for byte, so this stands directly before the transport that sends; no
header of the same name from elsewhere goes along.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport
from router.execution.transports.wrapping import WrappingTransport

HEADER: Final = "supergraph-signature"
#: A subgraph's secret by its name, ``None`` for one whose calls aren't signed.
SecretOf = Callable[[str], bytes | None]


class SigningTransport(WrappingTransport):
    """Stands before another transport. ``wall_clock`` gives Unix time."""

    def __init__(
        self, inner: SubgraphTransport, secret_of: SecretOf, wall_clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(inner)
        self._secret_of = secret_of
        self._clock = wall_clock

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Sign and send; see :class:`~router.execution.transport.SubgraphTransport`."""
        return await self.inner.send(self.sign(request))

    def sign(self, request: SubgraphRequest) -> SubgraphRequest:
        """Return the request with its signature, or as it is where the subgraph has no secret."""
        secret = self._secret_of(request.subgraph)
        if secret is None:
            return request
        others = [(name, value) for name, value in request.headers if name.lower() != HEADER]
        header = (HEADER, signature_of(secret, int(self._clock()), request.url, request.body))
        return replace(request, headers=(*others, header))


def signature_of(secret: bytes, moment: int, url: str, body: bytes) -> str:
    """Return the header's value for a POST; ``moment`` is Unix time in seconds."""
    signature = hmac.digest(secret, b"%d\nPOST\n%b\n%b" % (moment, _target(url), body), "sha256")
    return f"t={moment},v1={signature.hex()}"


def secrets_by_name(default: bytes | None, by_name: Mapping[str, bytes | None]) -> SecretOf:
    """Return the function that gives a subgraph's secret: its own, or the one for all."""
    return lambda subgraph: by_name.get(subgraph, default)


@lru_cache(maxsize=1024)
def _target(url: str) -> bytes:
    parts = urlsplit(url)
    return ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).encode("latin-1", "replace")
