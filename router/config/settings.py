"""``router.yaml`` as types: every setting that works, with its default. What isn't here doesn't work.

Enters: validated data. Leaves: a :class:`Settings`. Invariant: a key is listed only when the router obeys it; keys that
users may know from elsewhere are in :mod:`router.config.unsupported`, so that they fail instead of being ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from router.config.authentication import Authentication
from router.config.supergraph_file import HeaderName, HeaderValue, HttpUrl
from router.config.telemetry import Telemetry
from router.config.validation import Section
from router.config.values import Address, Count, Duration, Network, Origin, Pattern, Size, UrlPath


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


class Propagate(Section):
    """Pass a client's header on."""

    named: HeaderName | None = None
    """The header's name."""
    matching: Pattern | None = None
    """A regular expression for whole names, in place of `named`."""
    rename: HeaderName | None = None
    """The name that the subgraph sees."""
    default: HeaderValue | None = None
    """Value where the client sends none."""

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Propagate:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give either named or matching")
        if self.matching is not None and (self.rename is not None or self.default is not None):
            raise ValueError("rename and default need named")
        return self


class Insert(Section):
    """Add a header with a fixed value."""

    name: HeaderName
    """The header's name."""
    value: HeaderValue
    """Its value."""


class Remove(Section):
    """Take headers away that an earlier rule gave."""

    named: HeaderName | None = None
    """The header's name."""
    matching: Pattern | None = None
    """A regular expression for whole names, in place of `named`."""

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Remove:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give either named or matching")
        return self


class HeaderRule(Section):
    """One rule: exactly one of `propagate`, `insert` and `remove`. Rules apply in order."""

    propagate: Propagate | None = None
    """Pass a client's header on."""
    insert: Insert | None = None
    """Add a header."""
    remove: Remove | None = None
    """Take a header away."""

    @model_validator(mode="after")
    def _one_action(self) -> HeaderRule:
        if sum(action is not None for action in (self.propagate, self.insert, self.remove)) != 1:
            raise ValueError("give exactly one of propagate, insert and remove")
        return self


class ResponseRule(Section):
    """A header of a subgraph's answer that goes to the client."""

    propagate: Propagate
    """Pass the header on. Of several subgraphs' values, the one that came last counts."""


class HeaderRules(Section):
    """Rules for one subgraph, or for all."""

    request: tuple[HeaderRule, ...] = ()
    """What goes to the subgraph."""
    response: tuple[ResponseRule, ...] = ()
    """What goes from the subgraph's answers to the client."""
    client_address: bool = False
    """Send the client's address as `X-Forwarded-For`, in place of what a rule gives."""


class Headers(Section):
    """Which headers go to subgraphs. None does by default, but a verified bearer token."""

    all: HeaderRules = HeaderRules()
    """Rules for every subgraph."""
    subgraphs: dict[str, HeaderRules] = Field(default_factory=dict)
    """Rules by subgraph, after those for all."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks in front of the router whose `X-Forwarded-For` tells the client's address; of others it is ignored."""


class Cors(Section):
    """Cross-origin requests from browsers. None are allowed by default."""

    origins: tuple[Origin, ...] = ()
    """Origins that are allowed."""
    match_origins: tuple[Pattern, ...] = ()
    """Regular expressions for whole origins that are allowed."""
    allow_any_origin: bool = False
    """Allow every origin; not together with `allow_credentials`."""
    allow_credentials: bool = False
    """Let browsers send cookies and client certificates."""
    methods: tuple[Literal["GET", "POST", "OPTIONS"], ...] = ("GET", "POST", "OPTIONS")
    """Methods that are allowed."""
    allow_headers: tuple[HeaderName, ...] = ()
    """Request headers that are allowed; none means those that the browser asks for."""
    expose_headers: tuple[HeaderName, ...] = ()
    """Response headers that scripts may read."""
    max_age: Duration = 600.0
    """How long a browser may remember the answer to a preflight request."""

    @model_validator(mode="after")
    def _never_any_with_credentials(self) -> Cors:
        if self.allow_any_origin and self.allow_credentials:
            raise ValueError(
                "allow_any_origin and allow_credentials together let every site act as the user; list the origins"
            )
        return self


class Csrf(Section):
    """Protection from requests that a browser sends across sites without asking."""

    unsafe_disabled: bool = False
    """Turn the protection off."""
    required_headers: tuple[HeaderName, ...] = ("x-apollo-operation-name", "apollo-require-preflight")
    """Any one of these makes a browser ask first."""
    required_for_get: bool = False
    """Ask it of GET requests too."""


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


class TrafficShaping(Section):
    """Time-outs."""

    router: RouterShaping = RouterShaping()
    """Requests of clients."""
    all: SubgraphShaping = SubgraphShaping()
    """Requests to every subgraph."""
    subgraphs: dict[str, SubgraphShaping] = Field(default_factory=dict)
    """Requests by subgraph, in place of `all`."""


class Authorization(Section):
    """What callers may do."""

    require_authentication: bool = False
    """Refuse requests without a token (401)."""


class Limits(Section):
    """Bounds of a request; what exceeds one is refused before anything is sent to a subgraph."""

    http_max_request_bytes: Size = 2_000_000
    """Largest request body."""
    parser_max_tokens: Count = 15_000
    """Most tokens of an operation."""
    max_depth: Count = 100
    """Deepest nesting of fields, fragments expanded."""
    max_height: Count = 10_000
    """Most fields, fragments expanded."""
    max_aliases: Count = 500
    """Most aliases, fragments expanded."""
    max_root_fields: Count = 100
    """Most fields at the root, fragments expanded."""
    max_directives: Count = 500
    """Most directives."""
    http1_max_request_headers: Count = 100
    """Most headers."""
    http1_max_request_header_bytes: Size = 64 * 1024
    """Largest sum of header names and values."""


class Batching(Section):
    """Several operations as a JSON array in one request."""

    enabled: bool = False
    """Allow it."""
    maximum_size: Count = 10
    """Most operations in one request."""


class HealthCheck(Section):
    """Health endpoints: `/health`, `/health/live` and `/health/ready`."""

    enabled: bool = True
    """Serve them."""
    path: UrlPath = "/health"
    """Where; `/live` and `/ready` are below it."""


class Account(Section):
    """An account that the page can sign in as."""

    label: str
    """What the page calls it."""
    variables: dict[str, Any] = Field(default_factory=dict)
    """Variables of the sign-in operation."""


class SignIn(Section):
    """Sign-in on the page, by an operation of the graph."""

    operation: str
    """The operation, such as a mutation that returns a token."""
    token_path: str
    """Where the token stands in `data`, with dots."""
    accounts: tuple[Account, ...] = ()
    """Accounts for one click."""


class Example(Section):
    """An example operation, as a tab of the page."""

    name: str
    """The tab's name."""
    query: str
    """The operation."""
    variables: dict[str, Any] | None = None
    """Its variables."""
    account: str | None = None
    """Label of the account to run it as."""


class Homepage(Section):
    """The page with the editor, the plan and the examples."""

    enabled: bool = False
    """Serve it at `/`; `--dev` turns it on."""
    sign_in: SignIn | None = None
    """Sign-in by one click."""
    examples: tuple[Example, ...] = ()
    """Example operations."""


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
    """Time-outs."""
    authentication: Authentication = Authentication()
    """Identity."""
    authorization: Authorization = Authorization()
    """What callers may do."""
    limits: Limits = Limits()
    """Bounds of a request."""
    batching: Batching = Batching()
    """Several operations in one request."""
    health_check: HealthCheck = HealthCheck()
    """Health endpoints."""
    telemetry: Telemetry = Telemetry()
    """Metrics, the log, traces."""
    homepage: Homepage = Homepage()
    """The page."""
