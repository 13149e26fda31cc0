"""How long each subgraph takes, and how its answers end.

Enters: requests to subgraphs. Leaves: their answers, counted; a log line when a subgraph begins to fail, and when it
answers again. Invariant: nothing of a request or an answer changes; the labels are the supergraph's own names and a
closed set of outcomes.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport, TransportError
from router.execution.transports.wrapping import WrappingTransport
from router.server.metrics import BUCKETS, SubgraphFigures

#: Seconds after which the log says again that a subgraph fails.
AGAIN: Final = 60.0
_log = logging.getLogger("router.subgraph")


@dataclass(slots=True)
class _Failing:
    """A subgraph that gives no good answer: when the log last said so, and how often it happened."""

    told: float
    times: int = 0


class MeasuredTransport(WrappingTransport):
    """Passes requests on, and counts them in ``figures`` by subgraph."""

    def __init__(self, inner: SubgraphTransport) -> None:
        super().__init__(inner)
        self.figures: dict[str, SubgraphFigures] = {}
        self._failing: dict[str, _Failing] = {}

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send, and count how it ended: `ok`, `http_error` (not 200), or a transport error's code."""
        start = perf_counter()
        outcome = "cancelled"
        try:
            response = await self.inner.send(request)
            outcome = "ok" if response.status == 200 else "http_error"
        except TransportError as error:
            outcome = error.code.lower()
            self._failed(request.subgraph, str(error))
            raise
        else:
            if self._failing:
                self._answered(request.subgraph, response.status)
            elif response.status >= 500:
                self._failed(request.subgraph, f"it answers with status {response.status}")
            return response
        finally:
            seconds = perf_counter() - start
            figures = self.figures.get(request.subgraph)
            if figures is None:
                figures = self.figures[request.subgraph] = SubgraphFigures()
            figures.buckets[bisect_left(BUCKETS, seconds)] += 1
            figures.seconds += seconds
            figures.outcomes[outcome] = figures.outcomes.get(outcome, 0) + 1

    def _failed(self, subgraph: str, why: str) -> None:
        """Say that a subgraph fails: when it begins, and once a minute as long as it goes on."""
        now = perf_counter()
        failing = self._failing.get(subgraph)
        if failing is None:
            failing = self._failing[subgraph] = _Failing(now)
            _log.warning("Subgraph %s gives no good answer: %s.", subgraph, why)
        elif now - failing.told >= AGAIN:
            failing.told = now
            _log.warning("Subgraph %s gave no good answer %d times: %s.", subgraph, failing.times + 1, why)
        failing.times += 1

    def _answered(self, subgraph: str, status: int) -> None:
        if status >= 500:
            self._failed(subgraph, f"it answers with status {status}")
        elif failing := self._failing.pop(subgraph, None):
            _log.info("Subgraph %s answers again, after %d failures.", subgraph, failing.times)
