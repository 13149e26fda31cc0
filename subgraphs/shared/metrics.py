"""What a service counts, how Prometheus reads it, and the listener that shows it.

Enters: what happened to each request, and functions that read the present. Leaves: families of metrics, read from plain
counters at the moment of a scrape, on a port of its own. Invariants: label values come from closed sets, so no caller
can make series without end; nothing that a caller sent is in a label; `/graphql`'s port never shows it.
"""

from __future__ import annotations

import asyncio
import socket
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

import uvicorn
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

DURATIONS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES: Final = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0)
#: `none` is a request that ended before an operation was chosen.
OPERATIONS: Final = ("query", "entities", "mutation", "none")
#: Codes are chosen in the code, so there are few; should one ever be made from data, its series end here.
MAX_CODES: Final = 100
PREFIX: Final = "subgraph"
FAMILIES: Final = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


@dataclass(slots=True)
class Histogram:
    """Counts by upper bound; the last one has none."""

    bounds: Sequence[float]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def reached(self) -> list[tuple[str, float]]:
        """How many were at most as large, by bound."""
        total, reached = 0, []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            total += count
            reached.append((bound, float(total)))
        return reached


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of the present, or a running count. `read` gives it by the value of `label`; without a label by the
    empty text."""

    name: str
    text: str
    read: Callable[[], Mapping[str, float]]
    label: str | None = None
    kind: Literal["gauge", "counter"] = "gauge"


class Metrics:
    """The figures of one service; a collector for `prometheus_client`."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.readings: list[Reading] = []
        self._requests: Counter[tuple[str, int]] = Counter()
        self._errors: Counter[str] = Counter()
        self._durations = {operation: Histogram(DURATIONS) for operation in OPERATIONS}
        self._representations = Histogram(SIZES)

    def count_request(self, operation: str, status: int, seconds: float) -> None:
        """Count an answered request; `operation` is one of `OPERATIONS`."""
        self._requests[operation, status] += 1
        self._durations[operation].observe(seconds)

    def count_entities(self, representations: int) -> None:
        self._representations.observe(representations)

    def count_error(self, code: str) -> None:
        self._errors[code if code in self._errors or len(self._errors) < MAX_CODES else "OTHER"] += 1

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Everything, and its media type: OpenMetrics where the Accept header asks for it."""
        try:
            encode, media_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is no number
            encode, media_type = choose_encoder("")
        return encode(self), media_type

    def collect(self) -> Iterator[Metric]:
        """The families as they stand."""
        labels = ["operation", "status"]
        requests = CounterMetricFamily(
            f"{PREFIX}_requests", "Answered requests, by kind of operation and status.", labels=labels
        )
        for (operation, status), count in sorted(self._requests.items()):
            requests.add_metric([operation, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            f"{PREFIX}_request_duration_seconds", "Time from arrival to answer.", labels=["operation"]
        )
        for operation, histogram in self._durations.items():
            durations.add_metric([operation], histogram.reached(), histogram.total)
        yield durations
        sizes = HistogramMetricFamily(f"{PREFIX}_entities_representations", "Representations in one _entities.")
        sizes.add_metric([], self._representations.reached(), self._representations.total)
        yield sizes
        errors = CounterMetricFamily(f"{PREFIX}_errors", "Errors in answers, by code.", labels=["code"])
        for code, count in sorted(self._errors.items()):
            errors.add_metric([code], count)
        yield errors
        yield GaugeMetricFamily(f"{PREFIX}_requests_in_flight", "Requests under way.", self.in_flight)
        for reading in self.readings:
            family = FAMILIES[reading.kind](reading.name, reading.text, labels=[reading.label] if reading.label else [])
            for value, figure in reading.read().items():
                family.add_metric([value] if reading.label else [], figure)
            yield family


def metrics_app(metrics: Metrics) -> Starlette:
    """The application with `/metrics` and nothing else."""

    async def show(request: Request) -> Response:
        body, media_type = metrics.render(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": media_type, "cache-control": "no-store"})

    return Starlette(routes=[Route("/metrics", show, methods=["GET"])])


class QuietServer(uvicorn.Server):
    """A server that stands beside another, which hears the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def open_listener(host: str, port: int) -> socket.socket:
    """A socket that is bound already. Raises OSError where that can't be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


@asynccontextmanager
async def shown(metrics: Metrics, listener: socket.socket) -> AsyncIterator[None]:
    """Answer `/metrics` on the listener, until it is left."""
    config = uvicorn.Config(
        metrics_app(metrics),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=20,
        timeout_graceful_shutdown=2,
    )
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listener.close()
