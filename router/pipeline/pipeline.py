"""The pipeline: one request from its text to the bytes of its answer.

Enters: a request and its context. Leaves: a response, or a stream of payloads. Invariant: nothing is sent to a subgraph
before the whole request was found good.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from typing import Any

import orjson

from router.errors import OperationError, PlanningError
from router.execution.compiled.executor import CompiledPlan
from router.execution.context import RequestContext
from router.execution.executor import execute_incrementally, execute_plan, execute_subscription
from router.execution.in_flight import InFlight
from router.execution.input_values import InputValues
from router.execution.introspection import introspect
from router.execution.subrequests import Services, SubgraphEndpoint
from router.execution.transport import SubgraphTransport
from router.execution.transports.deduplicating import DeduplicatingTransport
from router.execution.types import execution_types
from router.execution.variables import coerce_variables
from router.operation.model import Operation
from router.pipeline.answers import encode_increment, encode_result, refused, trace_errors
from router.pipeline.explanation import Explanation, explain_prepared
from router.pipeline.preparation import Preparation
from router.pipeline.prepare import Prepared, refusal
from router.pipeline.request import GraphQLRequest, GraphQLResponse
from router.pipeline.settings import PipelineSettings
from router.query_plan.walk import fetches_of
from router.supergraph.model import Supergraph


class Pipeline:
    """Answers requests against one supergraph. To change the supergraph make another pipeline and close this one."""

    def __init__(self, supergraph: Supergraph, settings: PipelineSettings, transport: SubgraphTransport) -> None:
        self._settings = settings
        self._preparation = Preparation(supergraph, settings)
        self._executable = self._preparation.preparer.executable
        self._inputs = InputValues(self._executable)
        names = {graph.name for graph in supergraph.graphs.values()}
        shared = {name for name in names if settings.of_subgraph(name).deduplicate}
        self._transport = DeduplicatingTransport(transport, shared.__contains__)
        self._services = Services(
            transport=self._transport,
            endpoints=_endpoints(supergraph, settings),
            types=execution_types(self._preparation.preparer.api, supergraph.schema),
        )
        self._answering: InFlight[GraphQLResponse] = InFlight()

    async def run(self, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse:
        """Answer a request in one piece. A subscription is refused; what is deferred comes in its place.

        Never raises for what a client or a subgraph does.
        """
        try:
            item = await self._preparation.prepare(request.query, request.operation_name, context, defer=False)
            return await self._run(item, request, context)
        except (OperationError, PlanningError) as error:
            return refused(error, context.trace)

    async def stream(self, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse | AsyncIterator[bytes]:
        """Answer a client that takes several payloads.

        The result is a response where one piece is the whole answer, else the JSON of one payload after another: for
        ``@defer`` in the form that ``deferSpec=20220824`` names, for a subscription one response an event.
        """
        try:
            defer = "@defer" in request.query
            item = await self._preparation.prepare(request.query, request.operation_name, context, defer)
            subscription = item.checked.operation.kind == "subscription"
            if not item.incremental and not subscription:
                return await self._run(item, request, context)
            if not subscription:
                _check_kind(item.checked.operation, request)
            variables = coerce_variables(self._inputs, item.checked.variables, request.variables)
            if subscription:
                return self._subscription(item, variables, context)
            return self._increments(item, request, variables, context)
        except (OperationError, PlanningError) as error:
            return refused(error, context.trace)

    async def explain(self, request: GraphQLRequest, context: RequestContext | None = None) -> Explanation:
        """Plan a request without running it. Raises :class:`OperationError` or :class:`PlanningError`."""
        known, defer = context or RequestContext(), "@defer" in request.query
        return explain_prepared(await self._preparation.prepare(request.query, request.operation_name, known, defer))

    async def _run(self, item: Prepared, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse:
        """Answer in one piece what is prepared. Raises :class:`OperationError`."""
        operation = item.checked.operation
        _check_kind(operation, request)
        variables = coerce_variables(self._inputs, item.checked.variables, request.variables)
        if self._settings.deduplicate_requests and operation.kind == "query":
            key = self._request_key(request, context, item)
            return await self._answering.share(key, lambda: self._answer(item, request, variables, context))
        return await self._answer(item, request, variables, context)

    async def _answer(
        self, item: Prepared, request: GraphQLRequest, variables: Mapping[str, Any], context: RequestContext
    ) -> GraphQLResponse:
        beside = self._introspect(item, request)
        compiled = self._compiled(item)
        if compiled is not None:
            result = await compiled.execute(variables, self._services, context, beside)
            if result.encoded is not None:
                body = b"".join((b'{"data":', result.encoded, b"}"))
                return GraphQLResponse(body, subgraph_headers=result.received)
        else:
            operation = item.checked.operation
            result = await execute_plan(item.plan, operation, variables, self._services, context, beside=beside)
        trace_errors(result, context)
        return GraphQLResponse(encode_result(result, self._settings.subgraph_errors), subgraph_headers=result.received)

    async def _increments(
        self, item: Prepared, request: GraphQLRequest, variables: Mapping[str, Any], context: RequestContext
    ) -> AsyncIterator[bytes]:
        first = True
        beside = self._introspect(item, request)
        async for result in execute_incrementally(
            item.plan, item.checked.operation, variables, self._services, context, beside=beside
        ):
            trace_errors(result, context)
            yield encode_increment(result, self._settings.subgraph_errors, first=first)
            first = False

    def _subscription(
        self, item: Prepared, variables: Mapping[str, Any], context: RequestContext
    ) -> AsyncIterator[bytes]:
        source = getattr(self._transport.inner, "subscribe", None)
        if source is None:
            raise refusal("SUBSCRIPTION_NOT_SUPPORTED", "Subscriptions to this supergraph's subgraphs are not set up.")

        async def payloads() -> AsyncIterator[bytes]:
            async for result in execute_subscription(
                item.plan, item.checked.operation, variables, self._services, context, source=source
            ):
                trace_errors(result, context)
                yield encode_result(result, self._settings.subgraph_errors)

        return payloads()

    def _compiled(self, item: Prepared) -> CompiledPlan | None:
        """The compiled plan of an operation that was asked for before; compiling pays from the second time on."""
        if item.use.compiled is None and self._settings.compiled:
            item.use.count += 1
            if item.use.count > self._settings.compile_after:
                item.use.compiled = CompiledPlan(item.plan, item.checked.operation, self._services.types)
        return item.use.compiled

    def _introspect(self, item: Prepared, request: GraphQLRequest) -> dict[str, Any]:
        if item.checked.document is None:
            return {}
        return introspect(self._executable, item.checked.document, request.operation_name, request.variables or {})

    def _request_key(self, request: GraphQLRequest, context: RequestContext, item: Prepared) -> Hashable:
        """What two requests must have in common to share an answer: all that is forwarded, and who asks."""
        services = item.use.services
        if services is None:
            names = {self._services.endpoints[fetch.service].name for fetch in fetches_of(item.plan)}
            services = item.use.services = tuple(sorted(names))
        headers = [tuple(context.headers_for(name)) for name in services]
        claims = None if context.claims is None else orjson.dumps(dict(context.claims), default=repr)
        given = request.variables
        variables = orjson.dumps(dict(given), default=repr, option=orjson.OPT_SORT_KEYS) if given else b""
        # The prepared operation stands for the text, the labels and the caller's rights; it is kept by who waits.
        return (id(item), request.query, request.operation_name, variables, claims, *headers)

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts since the start, and the present size of the caches."""
        return {
            **self._preparation.counters,
            "deduplicated_fetches": self._transport.saved,
            "deduplicated_requests": self._answering.saved,
        }

    def recent(self) -> list[tuple[str, str | None]]:
        """Return texts and operation names in the cache, the one used longest ago first, to warm another pipeline."""
        return self._preparation.recent()

    async def warm(self, operations: Sequence[tuple[str, str | None]], *, within: float = 10.0) -> int:
        """Prepare operations before they are asked for, for up to ``within`` seconds; return how many were."""
        return await self._preparation.warm(operations, within=within)

    async def aclose(self) -> None:
        """End what the pipeline started. The transport is its maker's."""
        await self._preparation.aclose()


def _check_kind(operation: Operation, request: GraphQLRequest) -> None:
    if request.read_only and operation.kind != "query":
        raise refusal("METHOD_NOT_ALLOWED", "GET requests may only run queries; use POST.")
    if operation.kind == "subscription":
        raise refusal("SUBSCRIPTION_NOT_SUPPORTED", "A subscription needs a client that accepts a stream of answers.")


def _endpoints(supergraph: Supergraph, settings: PipelineSettings) -> dict[str, SubgraphEndpoint]:
    endpoints: dict[str, SubgraphEndpoint] = {}
    for graph in supergraph.graphs.values():
        chosen = settings.of_subgraph(graph.name)
        endpoint = SubgraphEndpoint(graph.name, chosen.url or graph.url, chosen.timeout, chosen.max_response_bytes)
        endpoints.setdefault(graph.id, endpoint)
        endpoints[graph.name] = endpoint
    return endpoints
