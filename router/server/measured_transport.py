"""How long each subgraph takes, and how its answers end.

Enters: requests to subgraphs. Leaves: their answers, counted. Invariant: nothing of a request or an answer changes;
the labels are the supergraph's own names and a closed set of outcomes.
"""

from __future__ import annotations

from bisect import bisect_left
from time import perf_counter
from typing import Any, Self

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.server.metrics import BUCKETS, SubgraphFigures


class MeasuredTransport:
    """Passes requests on to ``transport``, and counts them in ``figures`` by subgraph."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.figures: dict[str, SubgraphFigures] = {}

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send, and count how it ended: `ok`, `http_error` (not 200), or a transport error's code."""
        start = perf_counter()
        outcome = "cancelled"
        try:
            response: SubgraphResponse = await self._transport.send(request)
            outcome = "ok" if response.status == 200 else "http_error"
        except TransportError as error:
            outcome = error.code.lower()
            raise
        else:
            return response
        finally:
            seconds = perf_counter() - start
            figures = self.figures.get(request.subgraph)
            if figures is None:
                figures = self.figures[request.subgraph] = SubgraphFigures()
            figures.buckets[bisect_left(BUCKETS, seconds)] += 1
            figures.seconds += seconds
            figures.outcomes[outcome] = figures.outcomes.get(outcome, 0) + 1

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()
