"""``router.yaml`` as types: every setting that works, with its default. What isn't here doesn't work.

Enters: validated data. Leaves: a :class:`Settings`. Invariant: a key is listed only when the router obeys it; keys that
users may know from elsewhere are in :mod:`router.config.unsupported`, so that they fail instead of being ignored.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from router.config.authentication import Authentication
from router.config.cross_origin import Cors, Csrf
from router.config.header_rules import Headers
from router.config.homepage import Homepage
from router.config.limits import Apq, Batching, Limits
from router.config.subgraph_faults import Tls
from router.config.supergraph_file import HttpUrl
from router.config.telemetry import Telemetry
from router.config.traffic import IncludeSubgraphErrors, TrafficShaping
from router.config.validation import Section
from router.config.values import Address, Count, Duration, Size, UrlPath


class PlanCacheMemory(Section):
    """Plans kept in memory."""

    limit: Count = 1_000
    """Most plans that are kept."""
    max_bytes: Size = 64 * 1024 * 1024
    """Most memory that they may take."""


class PlanCache(Section):
    """The cache of query plans."""

    in_memory: PlanCacheMemory = PlanCacheMemory()
    """The cache in this process."""


class QueryPlanning(Section):
    """How operations are planned."""

    cache: PlanCache = PlanCache()
    """The cache of plans."""
    timeout: Duration = 5.0
    """Longest time for planning one operation; what takes longer is refused."""
    paths_limit: Count = 100_000
    """Most paths that are considered for one operation; what needs more is refused."""


class Supergraph(Section):
    """The endpoint."""

    listen: Address = "127.0.0.1:4000"
    """Address to listen on."""
    path: UrlPath = "/graphql"
    """Path of the GraphQL endpoint."""
    introspection: bool = False
    """Answer `__schema` and `__type`; `--dev` turns it on."""
    query_planning: QueryPlanning = QueryPlanning()
    """How operations are planned."""
    drain_delay: Duration = 0.0
    """After SIGTERM: how long to go on serving, with readiness failing, before the listener closes."""
    connection_shutdown_timeout: Duration = 60.0
    """After the listener closed: longest wait for requests under way."""


class Authorization(Section):
    """What callers may do."""

    require_authentication: bool = False
    """Refuse requests without a token (401)."""


class HealthCheck(Section):
    """Health endpoints: `/health`, `/health/live` and `/health/ready`."""

    enabled: bool = True
    """Serve them."""
    path: UrlPath = "/health"
    """Where; `/live` and `/ready` are below it."""


class Settings(Section):
    """All settings of a router."""

    supergraph: Supergraph = Supergraph()
    """The endpoint."""
    headers: Headers = Headers()
    """Which headers go to subgraphs."""
    cors: Cors = Cors()
    """Cross-origin requests."""
    csrf: Csrf = Csrf()
    """Protection from cross-site requests."""
    include_subgraph_errors: IncludeSubgraphErrors = IncludeSubgraphErrors()
    """Whether clients see subgraph errors."""
    override_subgraph_url: dict[str, HttpUrl] = Field(default_factory=dict)
    """URLs by subgraph, in place of those in the supergraph."""
    traffic_shaping: TrafficShaping = TrafficShaping()
    """Time-outs, and what happens to subgraphs that fail."""
    tls: Tls = Tls()
    """Connections over https."""
    authentication: Authentication = Authentication()
    """Identity."""
    authorization: Authorization = Authorization()
    """What callers may do."""
    limits: Limits = Limits()
    """Bounds of a request."""
    apq: Apq = Apq()
    """Automatic persisted queries."""
    batching: Batching = Batching()
    """Several operations in one request."""
    health_check: HealthCheck = HealthCheck()
    """Health endpoints."""
    telemetry: Telemetry = Telemetry()
    """Metrics, the log, traces."""
    homepage: Homepage = Homepage()
    """The page."""

    @model_validator(mode="after")
    def _each_path_serves_one_thing(self) -> Settings:
        health, prometheus = self.health_check, self.telemetry.exporters.metrics.prometheus
        served = {"supergraph.path": self.supergraph.path}
        if health.enabled:
            served |= {"health_check.path": health.path, "health_check.path with /live": f"{health.path}/live"}
            served |= {"health_check.path with /ready": f"{health.path}/ready"}
        if prometheus.enabled:
            served["telemetry.exporters.metrics.prometheus.path"] = prometheus.path
        if self.homepage.enabled:
            served["the page"] = "/"
        first: dict[str, str] = {}
        for name, path in served.items():
            if path in first:
                raise ValueError(f"{first[path]} and {name} are both {path}; give each a path of its own")
            first[path] = name
        return self
