"""Counters and a histogram, in Prometheus' text form (version 0.0.4).

Enters: what happened. Leaves: text. Invariant: label values come from closed sets, so that no client can make series
without end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


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
    """The figures of one router."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.aborted = 0
        self._requests: dict[int, int] = {}
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self._reloads = {"loaded": 0, "refused": 0}
        self.supergraph_id = ""
        self.subgraphs: Mapping[str, SubgraphFigures] = {}
        self.spans: SpanCounts | None = None

    def count_request(self, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests[status] = self._requests.get(status, 0) + 1
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds

    def count_reload(self, *, loaded: bool) -> None:
        """Count a supergraph that was taken over, or refused."""
        self._reloads["loaded" if loaded else "refused"] += 1

    def render(self, pipeline: Mapping[str, int]) -> str:
        """Return everything as text; ``pipeline`` are the pipeline's own counters."""
        lines = [
            "# HELP router_http_requests_total Answered GraphQL requests.",
            "# TYPE router_http_requests_total counter",
        ]
        lines += [
            f'router_http_requests_total{{status="{status}"}} {count}'
            for status, count in sorted(self._requests.items())
        ]
        duration = "router_http_request_duration_seconds"
        lines += [f"# HELP {duration} Time from arrival to answer.", f"# TYPE {duration} histogram"]
        lines += _histogram(duration, "", self._buckets, self._seconds)
        lines += _subgraph_lines(self.subgraphs)
        lines += _gauge("router_http_requests_in_flight", "GraphQL requests under way.", self.in_flight)
        lines += _counter("router_http_requests_aborted_total", "Requests whose client went away.", self.aborted)
        lines += ["# HELP router_supergraph_loads_total Supergraphs that were taken over or refused."]
        lines += ["# TYPE router_supergraph_loads_total counter"]
        lines += [f'router_supergraph_loads_total{{outcome="{name}"}} {count}' for name, count in self._reloads.items()]
        lines += ["# HELP router_supergraph_info The supergraph that is served.", "# TYPE router_supergraph_info gauge"]
        if self.supergraph_id:
            lines.append(f'router_supergraph_info{{id="{self.supergraph_id}"}} 1')
        if self.spans is not None:
            spans = {"sent": self.spans.sent, "failed": self.spans.failed, "dropped": self.spans.dropped}
            lines += ["# HELP router_trace_spans_total Spans of traces, by what became of them."]
            lines += ["# TYPE router_trace_spans_total counter"]
            lines += [f'router_trace_spans_total{{outcome="{name}"}} {count}' for name, count in spans.items()]
        for name, count in sorted(pipeline.items()):
            text = f"Pipeline: {name.replace('_', ' ')}."
            # What the pipeline holds goes up and down; what it counts only goes up.
            if name.endswith(("_entries", "_bytes")):
                lines += _gauge(f"router_pipeline_{name}", text, count)
            else:
                lines += _counter(f"router_pipeline_{name}_total", text, count)
        return "\n".join(lines) + "\n"


def _histogram(name: str, labels: str, buckets: Sequence[int], seconds: float) -> Iterator[str]:
    """Yield the series of a histogram; ``labels`` as ``name="value",``."""
    total = 0
    for bound, count in zip((*BUCKETS, "+Inf"), buckets, strict=True):
        total += count
        yield f'{name}_bucket{{{labels}le="{bound}"}} {total}'
    own = f"{{{labels.rstrip(',')}}}" if labels else ""
    yield f"{name}_sum{own} {seconds:.6f}"
    yield f"{name}_count{own} {total}"


def _subgraph_lines(subgraphs: Mapping[str, SubgraphFigures]) -> Iterator[str]:
    total, duration = "router_subgraph_requests_total", "router_subgraph_request_duration_seconds"
    yield f"# HELP {total} Requests to subgraphs, by how they ended."
    yield f"# TYPE {total} counter"
    for name, figures in sorted(subgraphs.items()):
        for outcome, count in sorted(figures.outcomes.items()):
            yield f'{total}{{subgraph="{name}",outcome="{outcome}"}} {count}'
    yield f"# HELP {duration} Time from a request to a subgraph to its answer."
    yield f"# TYPE {duration} histogram"
    for name, figures in sorted(subgraphs.items()):
        yield from _histogram(duration, f'subgraph="{name}",', figures.buckets, figures.seconds)


def _counter(name: str, text: str, value: int) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} counter", f"{name} {value}"]


def _gauge(name: str, text: str, value: int) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name} {value}"]
