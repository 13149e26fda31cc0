"""Identical subgraph queries in flight are asked once, and all who wait get the one answer.

Only queries, and only where every byte is equal: subgraph, address, headers and body.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from router.execution.in_flight import InFlight
from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport
from router.execution.transports.wrapping import WrappingTransport


class DeduplicatingTransport(WrappingTransport):
    """Stands before another transport. ``applies`` says for which subgraphs, by name."""

    def __init__(self, inner: SubgraphTransport, applies: Callable[[str], bool]) -> None:
        super().__init__(inner)
        self._applies = applies
        self._calls: InFlight[SubgraphResponse] = InFlight()

    @property
    def saved(self) -> int:
        """How many calls weren't made."""
        return self._calls.saved

    def send(self, request: SubgraphRequest) -> Coroutine[Any, Any, SubgraphResponse]:
        """Send, or wait for the answer of an equal request that is under way."""
        if request.kind != "query" or not self._applies(request.subgraph):
            return self.inner.send(request)
        key = (request.subgraph, request.url, tuple(request.headers), request.body)
        return self._calls.share(key, lambda: self.inner.send(request))
