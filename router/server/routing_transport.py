"""Some subgraphs in process, the others over the network.

Enters: a request to a subgraph. Leaves: its answer. Invariant: a subgraph that is given as an application is never
asked over the network.
"""

from __future__ import annotations

from typing import Self

from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport
from router.execution.transports.asgi import AsgiTransport


class RoutingTransport:
    """Asks ``local`` for the subgraphs that it has, ``remote`` for all others."""

    def __init__(self, local: AsgiTransport, names: frozenset[str], remote: SubgraphTransport) -> None:
        self._local = local
        self._names = names
        self._remote = remote

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send by the transport that the subgraph needs."""
        transport = self._local if request.subgraph in self._names else self._remote
        return await transport.send(request)

    async def __aenter__(self) -> Self:
        """Start the applications."""
        await self._local.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Shut the applications down and close all connections."""
        await self._local.aclose()
        await self._remote.aclose()
