"""What a service counts, in Prometheus' text form (version 0.0.4), and the listener that shows it.

Enters: what happened to each request, and functions that read the present. Leaves: text, on a port of its own.
Invariants: label values come from closed sets, so no caller can make series without end; nothing that a caller sent is
in a label; `/graphql`'s port never shows it.
"""

from __future__ import annotations

import asyncio
import socket
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

DURATIONS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000)
#: `none` is a request that ended before an operation was chosen.
OPERATIONS: Final = ("query", "entities", "mutation", "none")
#: Codes are chosen in the code, so there are few; should one ever be made from data, its series end here.
MAX_CODES: Final = 100
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "subgraph"


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

    def lines(self, name: str, labels: str = "") -> Iterator[str]:
        """The series; `labels` as `name="value"`, without braces."""
        reached = 0
        for bound, count in zip((*self.bounds, "+Inf"), self.counts, strict=True):
            reached += count
            yield f'{name}_bucket{{{labels}{"," if labels else ""}le="{bound}"}} {reached}'
        own = f"{{{labels}}}" if labels else ""
        yield f"{name}_sum{own} {self.total:.6f}"
        yield f"{name}_count{own} {reached}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of the present or a running count. `read` gives it by label text, such as `state="idle"`; without
    labels by the empty text."""

    name: str
    text: str
    read: Callable[[], Mapping[str, float]]
    kind: str = "gauge"


class Metrics:
    """The figures of one service."""

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

    def render(self) -> str:
        lines = list(
            series(f"{PREFIX}_requests_total", "counter", "Answered requests, by kind of operation and status.")
        )
        lines += [
            f'{PREFIX}_requests_total{{operation="{operation}",status="{status}"}} {count}'
            for (operation, status), count in sorted(self._requests.items())
        ]
        duration = f"{PREFIX}_request_duration_seconds"
        lines += series(duration, "histogram", "Time from arrival to answer.")
        for operation, histogram in self._durations.items():
            lines += histogram.lines(duration, f'operation="{operation}"')
        size = f"{PREFIX}_entities_representations"
        lines += [*series(size, "histogram", "Representations in one _entities."), *self._representations.lines(size)]
        lines += series(f"{PREFIX}_errors_total", "counter", "Errors in answers, by code.")
        lines += [f'{PREFIX}_errors_total{{code="{code}"}} {count}' for code, count in sorted(self._errors.items())]
        in_flight = Reading(f"{PREFIX}_requests_in_flight", "Requests under way.", lambda: {"": self.in_flight})
        for reading in (in_flight, *self.readings):
            lines += series(reading.name, reading.kind, reading.text)
            for labels, value in reading.read().items():
                lines.append(f"{reading.name}{{{labels}}} {value:g}" if labels else f"{reading.name} {value:g}")
        return "\n".join(lines) + "\n"


def series(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def metrics_app(metrics: Metrics) -> Starlette:
    """The application with `/metrics` and nothing else."""

    async def show(_: Request) -> Response:
        return Response(metrics.render(), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

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
