"""``traffic_shaping`` and ``include_subgraph_errors`` of ``router.yaml``: how subgraphs are asked, and what of their
errors passes.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from router.config.subgraph_faults import CircuitBreaker, Retry
from router.config.validation import Section
from router.config.values import Count, Duration, Size


class ErrorPolicySection(Section):
    """What clients see of a subgraph's errors; `true` is everything, `false` nothing."""

    redact_message: bool = True
    """Hide the message."""
    allow_extensions_keys: tuple[str, ...] | None = ()
    """Keys of `extensions` that pass, such as `code`; `null` lets all pass."""


def _error_policy(value: Any) -> Any:
    shown = {"redact_message": False, "allow_extensions_keys": None}
    return shown if value is True else {} if value is False else value


ErrorPolicyValue = Annotated[
    ErrorPolicySection,
    BeforeValidator(_error_policy),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, ErrorPolicySection.model_json_schema()]}),
]


class IncludeSubgraphErrors(Section):
    """Whether clients see the messages and extensions of subgraph errors; `--dev` shows all."""

    all: ErrorPolicyValue = ErrorPolicySection()
    """For every subgraph: `true`, `false`, or what passes."""
    subgraphs: dict[str, ErrorPolicyValue] = Field(default_factory=dict)
    """By subgraph, in place of `all`."""


class RouterShaping(Section):
    """Requests of clients."""

    timeout: Duration = 30.0
    """Longest time for one request."""
    deduplicate_query: bool = False
    """Answer equal queries of equal callers that are under way at the same time once."""
    concurrency_limit: Count | None = None
    """Most requests at a time; what comes beyond is refused at once (503)."""


class SubgraphShaping(Section):
    """Requests to subgraphs."""

    timeout: Duration = 30.0
    """Longest time for one request to a subgraph."""
    deduplicate_query: bool = True
    """Send equal queries that are under way at the same time once."""
    max_response_bytes: Size = 64 * 1024 * 1024
    """Largest answer of a subgraph."""
    circuit_breaker: CircuitBreaker = CircuitBreaker()
    """Leave a subgraph alone for a while that fails too often."""
    retry: Retry = Retry()
    """Send a query once more that a subgraph couldn't take."""


class TrafficShaping(Section):
    """Time-outs, and what happens to subgraphs that fail."""

    router: RouterShaping = RouterShaping()
    """Requests of clients."""
    all: SubgraphShaping = SubgraphShaping()
    """Requests to every subgraph."""
    subgraphs: dict[str, SubgraphShaping] = Field(default_factory=dict)
    """Requests by subgraph, in place of `all`."""
