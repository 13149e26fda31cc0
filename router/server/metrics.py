"""What one router counts, and how Prometheus reads it.

Enters: what happened. Leaves: families of metrics, read from plain counters at the moment of a scrape, so that counting
costs a request no more than an addition. Invariant: label values come from closed sets, so that no client can make
series without end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder

from router.execution.transports.guarded import Guard
from router.server.guard_metrics import guard_families

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class SubgraphFigures:
    """The requests to one subgraph: how long they took (as many as ``BUCKETS``, and one), and how they ended."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)


class SpanCounts(Protocol):
    """What became of the spans of traces."""

    dropped: int
    sent: int
    failed: int


class Metrics:
    """The figures of one router; a collector for ``prometheus_client``. ``pipeline`` gives the pipeline's counters."""

    def __init__(self, pipeline: Callable[[], Mapping[str, int]] = dict) -> None:
        self.in_flight = 0
        self.aborted = 0
        self._requests: dict[int, int] = {}
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self._reloads = {"loaded": 0, "refused": 0}
        self._pipeline = pipeline
        self.supergraph_id = ""
        self.subgraphs: Mapping[str, SubgraphFigures] = {}
        self.guards: Mapping[str, Guard] = {}
        self.spans: SpanCounts | None = None

    def count_request(self, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests[status] = self._requests.get(status, 0) + 1
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds

    def count_reload(self, *, loaded: bool) -> None:
        """Count a supergraph that was taken over, or refused."""
        self._reloads["loaded" if loaded else "refused"] += 1

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return everything and its media type: OpenMetrics where the ``Accept`` header asks for it."""
        try:
            encode, media_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is no number
            encode, media_type = choose_encoder("")
        return encode(self), media_type

    def collect(self) -> Iterator[Metric]:
        """Yield the families as they stand."""
        requests = {str(status): count for status, count in sorted(self._requests.items())}
        yield _counters("router_http_requests", "Answered GraphQL requests.", "status", requests)
        duration = HistogramMetricFamily("router_http_request_duration_seconds", "Time from arrival to answer.")
        duration.add_metric([], _reached(self._buckets), self._seconds)
        yield duration
        yield from self._of_subgraphs()
        yield from guard_families(self.guards)
        yield GaugeMetricFamily("router_http_requests_in_flight", "GraphQL requests under way.", self.in_flight)
        yield CounterMetricFamily("router_http_requests_aborted", "Requests whose client went away.", self.aborted)
        text = "Supergraphs that were taken over or refused."
        yield _counters("router_supergraph_loads", text, "outcome", self._reloads)
        supergraph = InfoMetricFamily("router_supergraph", "The supergraph that is served.")
        if self.supergraph_id:
            supergraph.add_metric([], {"id": self.supergraph_id})
        yield supergraph
        if self.spans is not None:
            spans = {"sent": self.spans.sent, "failed": self.spans.failed, "dropped": self.spans.dropped}
            yield _counters("router_trace_spans", "Spans of traces, by what became of them.", "outcome", spans)
        for name, count in sorted(self._pipeline().items()):
            text = f"Pipeline: {name.replace('_', ' ')}."
            # What the pipeline holds goes up and down; what it counts only goes up.
            kind = GaugeMetricFamily if name.endswith(("_entries", "_bytes")) else CounterMetricFamily
            yield kind(f"router_pipeline_{name}", text, count)

    def _of_subgraphs(self) -> Iterator[Metric]:
        labels = ["subgraph", "outcome"]
        total = CounterMetricFamily(
            "router_subgraph_requests", "Requests to subgraphs, by how they ended.", labels=labels
        )
        duration = HistogramMetricFamily(
            "router_subgraph_request_duration_seconds",
            "Time from a request to a subgraph to its answer.",
            labels=["subgraph"],
        )
        for name, figures in sorted(self.subgraphs.items()):
            for outcome, count in sorted(figures.outcomes.items()):
                total.add_metric([name, outcome], count)
            duration.add_metric([name], _reached(figures.buckets), figures.seconds)
        yield total
        yield duration


def _counters(name: str, text: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    """Return the counters of one name, by their label."""
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _reached(buckets: Sequence[int]) -> list[tuple[str, float]]:
    """Return how many took at most as long, by bound."""
    total, reached = 0, []
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), buckets, strict=True):
        total += count
        reached.append((bound, float(total)))
    return reached
