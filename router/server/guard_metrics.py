"""What Prometheus reads of the circuit breakers and retries.

Enters: what was done for each subgraph that fails. Leaves: families of metrics. Invariant: the labels are the
supergraph's own names and a closed set of states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from router.execution.transports.circuit_breaker import STATES
from router.execution.transports.guarded import Guard


def guard_families(guards: Mapping[str, Guard]) -> Iterator[Metric]:
    """Yield the families, of the subgraphs that were asked."""
    found = sorted(guards.items())
    state = GaugeMetricFamily(
        "router_subgraph_circuit_state",
        "1 for the state of a subgraph's circuit breaker: closed (all is well), open, half_open.",
        labels=["subgraph", "state"],
    )
    for name, guard in found:
        for value in STATES if guard.breaker is not None else ():
            state.add_metric([name, value], float(guard.breaker is not None and guard.breaker.state == value))
    yield state
    counts: tuple[tuple[str, str, Callable[[Guard], int]], ...] = (
        ("circuit_opened", "How often a subgraph's circuit breaker opened.", lambda guard: guard.opened),
        ("held_back", "Requests that weren't sent while it was open.", lambda guard: guard.held_back),
        ("retries", "Queries that were sent once more.", lambda guard: guard.retries),
        ("retries_over_budget", "Queries that weren't, since too many were.", lambda guard: guard.over_budget),
    )
    for name, text, count in counts:
        family = CounterMetricFamily(f"router_subgraph_{name}", text, labels=["subgraph"])
        for subgraph, guard in found:
            family.add_metric([subgraph], count(guard))
        yield family
