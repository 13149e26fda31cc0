"""The pipeline: one request from its text to the bytes of its answer."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from router.errors import OperationError, PlanningBudgetExceeded, PlanningError
from router.execution.compiled.executor import CompiledPlan
from router.execution.context import RequestContext
from router.execution.errors import format_errors
from router.execution.executor import ExecutionResult, execute_incrementally, execute_plan, execute_subscription
from router.execution.in_flight import InFlight
from router.execution.introspection import introspect
from router.execution.subrequests import Services, SubgraphEndpoint, encode_json
from router.execution.transport import SubgraphTransport
from router.execution.transports.deduplicating import DeduplicatingTransport
from router.execution.types import execution_types
from router.execution.variables import coerce_variables
from router.operation.access import access_of
from router.operation.model import Operation
from router.pipeline.cache import BoundedCache
from router.pipeline.fingerprint import fingerprint
from router.pipeline.prepare import Choice, Prepared, Preparer, Wanted, estimated_bytes, prepared, refusal
from router.pipeline.request import GraphQLRequest, GraphQLResponse
from router.pipeline.settings import PipelineSettings
from router.pipeline.worker import PreparationWorker
from router.query_plan.json import plan_to_json
from router.query_plan.nodes import QueryPlan
from router.query_plan.walk import fetches_of
from router.supergraph.model import Supergraph

_LOG = logging.getLogger(__name__)

#: Characters that take as long to read as a token.
_CHARACTERS = 20

#: The choice of every request where nothing depends on the caller.
_PLAIN = Choice()


class _TakesTooLong(Exception):
    """An operation can't be planned in the time that others may be kept waiting."""


@dataclass(frozen=True, slots=True)
class FetchReason:
    """Why a fetch of a plan exists."""

    fetch: int
    service: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A plan for people: as data, as text, as JSON-like data, and the reasons of its fetches in the plan's order."""

    operation: Operation
    plan: QueryPlan
    text: str
    json: Any
    reasons: Sequence[FetchReason]


class Pipeline:
    """Answers requests against one supergraph. To change the supergraph make another pipeline and close this one."""

    def __init__(self, supergraph: Supergraph, settings: PipelineSettings, transport: SubgraphTransport) -> None:
        self._settings = settings
        self._preparer = Preparer(supergraph, settings)
        self._worker = PreparationWorker(supergraph, settings)
        self._labels = _known_labels(supergraph)
        self._transport = DeduplicatingTransport(transport, lambda name: settings.of_subgraph(name).deduplicate)
        self._services = Services(
            transport=self._transport,
            endpoints=_endpoints(supergraph, settings),
            types=execution_types(self._preparer.api, supergraph.schema),
        )
        self._documents: BoundedCache[Wanted, Prepared] = BoundedCache(settings.cache_entries, settings.cache_bytes)
        self._plans: BoundedCache[Hashable, QueryPlan] = BoundedCache(settings.cache_entries, settings.cache_bytes)
        self._preparing: InFlight[Prepared] = InFlight()
        self._answering: InFlight[GraphQLResponse] = InFlight()

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts since the start, and the present size of the caches."""
        return {
            "document_cache_hits": self._documents.hits,
            "document_cache_misses": self._documents.misses,
            "document_cache_entries": len(self._documents),
            "document_cache_bytes": self._documents.bytes,
            "plan_cache_hits": self._plans.hits,
            "plan_cache_misses": self._plans.misses,
            "deduplicated_fetches": self._transport.saved,
            "deduplicated_requests": self._answering.saved,
        }

    async def run(self, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse:
        """Answer a request in one piece. A subscription is refused; what is deferred comes in its place.

        Never raises for what a client or a subgraph does.
        """
        try:
            item = await self._prepare(request, context, defer=False)
            _check_kind(item.checked.operation, request)
            variables = coerce_variables(self._preparer.executable, item.checked.variables, request.variables)
            if self._settings.deduplicate_requests and item.checked.operation.kind == "query":
                key = self._request_key(request, context, item)
                return await self._answering.share(key, lambda: self._answer(item, request, variables, context))
            return await self._answer(item, request, variables, context)
        except (OperationError, PlanningError) as error:
            return _refused(error)

    async def stream(self, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse | AsyncIterator[bytes]:
        """Answer a client that takes several payloads.

        The result is a response where one piece is the whole answer, else the JSON of one payload after another: for
        ``@defer`` in the form that ``deferSpec=20220824`` names, for a subscription one response an event.
        """
        try:
            item = await self._prepare(request, context, defer="@defer" in request.query)
            kind = item.checked.operation.kind
            if not item.incremental and kind != "subscription":
                return await self.run(request, context)
            if kind != "subscription":
                _check_kind(item.checked.operation, request)
            variables = coerce_variables(self._preparer.executable, item.checked.variables, request.variables)
            if kind == "subscription":
                return self._subscription(item, variables, context)
            return self._increments(item, request, variables, context)
        except (OperationError, PlanningError) as error:
            return _refused(error)

    async def explain(self, request: GraphQLRequest, context: RequestContext | None = None) -> Explanation:
        """Plan a request without running it. Raises :class:`OperationError` or :class:`PlanningError`."""
        item = await self._prepare(request, context or RequestContext(), defer="@defer" in request.query)
        plan = item.plan
        reasons = [FetchReason(fetch.id, fetch.service, fetch.reasons) for fetch in fetches_of(plan)]
        return Explanation(item.checked.operation, plan, str(plan), orjson.loads(plan_to_json(plan)), reasons)

    def recent(self) -> list[tuple[str, str | None]]:
        """Return texts and operation names in the cache, the one used longest ago first, to warm another pipeline."""
        return list(dict.fromkeys((wanted.text, wanted.operation_name) for wanted in self._documents))

    async def warm(self, operations: Sequence[tuple[str, str | None]], *, within: float = 10.0) -> int:
        """Prepare operations before they are asked for, as for an anonymous caller without labels; return how many.

        The last are the most wanted, so they come first, until ``within`` seconds are over. Requests to other pipelines
        go on meanwhile: this takes at most half of the time. What this supergraph can't answer is left out.
        """
        loop = asyncio.get_running_loop()
        start, warmed = loop.time(), 0
        for text, name in reversed(operations):
            before = loop.time()
            if before - start > within:
                break
            wanted = Wanted(text, name, self._choice(RequestContext(), defer=False))
            try:
                await self._prepare_new(wanted)
                warmed += 1
            except (OperationError, PlanningError):
                pass
            await asyncio.sleep(loop.time() - before)
        return warmed

    async def aclose(self) -> None:
        """End what the pipeline started. The transport is its maker's."""
        await self._worker.aclose()

    async def _prepare(self, request: GraphQLRequest, context: RequestContext, *, defer: bool) -> Prepared:
        wanted = Wanted(request.query, request.operation_name, self._choice(context, defer))
        found = self._documents.get(wanted)
        if found is None:
            found = await self._preparing.share(wanted, lambda: self._prepare_new(wanted))
        return found

    async def _prepare_new(self, wanted: Wanted) -> Prepared:
        preparer = self._preparer
        tokens = preparer.count(wanted.text)
        # The parser reads every character, also those that are no tokens.
        if max(tokens, len(wanted.text) // _CHARACTERS) > self._settings.inline_tokens:
            item = await self._worker.prepare(wanted)
        else:
            try:
                item = await self._prepare_here(wanted, tokens)
            except (_TakesTooLong, RecursionError):
                # The other process has more time and more stack, and knows what is too much.
                item = await self._worker.prepare(wanted)
        self._documents.put(wanted, item, estimated_bytes(wanted.text, item))
        return item

    async def _prepare_here(self, wanted: Wanted, tokens: int) -> Prepared:
        # Between its stages, each of which takes some milliseconds, others get their turn.
        preparer = self._preparer
        document = preparer.parse(wanted.text)
        await asyncio.sleep(0)
        preparer.validate(document)
        await asyncio.sleep(0)
        checked = preparer.normalise(document, wanted.operation_name, tokens)
        checked, allowed = preparer.authorise(checked, wanted.choice)
        await asyncio.sleep(0)
        try:
            return prepared(checked, self._plan(allowed, wanted.choice))
        except PlanningBudgetExceeded:
            raise _TakesTooLong from None

    def _plan(self, operation: Operation, choice: Choice) -> QueryPlan:
        # What the caller may do has made the operation what it is, so it isn't part of the key.
        key = (fingerprint(operation), choice.labels, choice.defer)
        plan = self._plans.get(key)
        if plan is None:
            within = self._settings.inline_planning
            plan = self._preparer.plan(operation, choice.labels, choice.defer, within=within)
            size = sum(4 * len(fetch.operation) + 1_000 for fetch in fetches_of(plan))
            self._plans.put(key, plan, size)
        return plan

    def _choice(self, context: RequestContext, defer: bool) -> Choice:
        rules = self._preparer.rules
        if not (self._labels or defer or rules.any):
            return _PLAIN
        access = rules.relevant(access_of(context.claims, context.policies)) if rules.any else None
        return Choice(self._active_labels(context), defer, access)

    def _active_labels(self, context: RequestContext) -> frozenset[str]:
        """The labels that the caller brings, and those that a percentage turns on for this request."""
        drawn = {label for label, share in self._labels.items() if share is not None and random.random() * 100 < share}  # noqa: S311
        return frozenset(drawn | (context.labels & self._labels.keys()))

    async def _answer(
        self, item: Prepared, request: GraphQLRequest, variables: Mapping[str, Any], context: RequestContext
    ) -> GraphQLResponse:
        beside = self._introspect(item, request)
        compiled = self._compiled(item)
        if compiled is not None:
            result = await compiled.execute(variables, self._services, context, beside)
            if result.encoded is not None:
                body = b'{"data":' + result.encoded + b"}"
                return GraphQLResponse(body, subgraph_headers=result.received)
        else:
            operation = item.checked.operation
            result = await execute_plan(item.plan, operation, variables, self._services, context, beside=beside)
        return GraphQLResponse(self._encode(result), subgraph_headers=result.received)

    def _encode(self, result: ExecutionResult) -> bytes:
        try:
            return encode_json(self._payload(result))
        except (RecursionError, TypeError, ValueError):
            message = "The answer has values that are nested too deeply to be written."
            entry = {"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
            return encode_json({"data": None, "errors": [entry]})

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
        given = request.variables or {}
        return introspect(self._preparer.executable, item.checked.document, request.operation_name, given)

    async def _increments(
        self, item: Prepared, request: GraphQLRequest, variables: Mapping[str, Any], context: RequestContext
    ) -> AsyncIterator[bytes]:
        first = True
        beside = self._introspect(item, request)
        async for result in execute_incrementally(
            item.plan, item.checked.operation, variables, self._services, context, beside=beside
        ):
            if first:
                yield encode_json({**self._payload(result), "hasNext": result.has_next})
            elif result.path is None:
                yield encode_json({"hasNext": result.has_next})
            else:
                part = {**self._payload(result), "path": list(result.path)}
                if result.label is not None:
                    part["label"] = result.label
                yield encode_json({"incremental": [part], "hasNext": result.has_next})
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
                yield encode_json(self._payload(result))

        return payloads()

    def _payload(self, result: ExecutionResult) -> dict[str, Any]:
        payload: dict[str, Any] = {"data": result.data}
        if result.errors:
            payload["errors"] = format_errors(result.errors, self._settings.subgraph_errors)
        if result.extensions:
            payload["extensions"] = dict(result.extensions)
        return payload

    def _request_key(self, request: GraphQLRequest, context: RequestContext, item: Prepared) -> Hashable:
        """What two requests must have in common to share an answer: all that is forwarded, and who asks."""
        services = {self._services.endpoints[fetch.service].name for fetch in fetches_of(item.plan)}
        headers = tuple((name, tuple(context.headers_for(name))) for name in sorted(services))
        claims = None if context.claims is None else orjson.dumps(dict(context.claims), default=repr)
        variables = orjson.dumps(dict(request.variables or {}), default=repr, option=orjson.OPT_SORT_KEYS)
        # The prepared operation stands for the text, the labels and the caller's rights; it is kept by who waits.
        return (id(item), request.query, request.operation_name, variables, headers, claims)


def _check_kind(operation: Operation, request: GraphQLRequest) -> None:
    if request.read_only and operation.kind != "query":
        raise refusal("METHOD_NOT_ALLOWED", "GET requests may only run queries; use POST.")
    if operation.kind == "subscription":
        raise refusal("SUBSCRIPTION_NOT_SUPPORTED", "A subscription needs a client that accepts a stream of answers.")


def _refused(error: OperationError | PlanningError) -> GraphQLResponse:
    if isinstance(error, OperationError):
        entries = [dict(item.formatted) for item in error.errors]
        codes = {(item.extensions or {}).get("code") for item in error.errors}
        status = next((found for code, found in _STATUS.items() if code in codes), None)
        return GraphQLResponse(encode_json({"errors": entries}), refused=True, status=status)
    if not isinstance(error, PlanningBudgetExceeded):
        _LOG.error("no plan for a valid operation: %s", error)
    message = str(error) if isinstance(error, PlanningBudgetExceeded) else "The operation could not be planned."
    entry = {"message": message, "extensions": {"code": error.code}}
    status = None if isinstance(error, PlanningBudgetExceeded) else 500
    return GraphQLResponse(encode_json({"errors": [entry]}), refused=True, status=status)


_STATUS = {"METHOD_NOT_ALLOWED": 405, "OVERLOADED": 503, "INTERNAL_SERVER_ERROR": 500}


def _endpoints(supergraph: Supergraph, settings: PipelineSettings) -> dict[str, SubgraphEndpoint]:
    endpoints: dict[str, SubgraphEndpoint] = {}
    for graph in supergraph.graphs.values():
        chosen = settings.of_subgraph(graph.name)
        endpoint = SubgraphEndpoint(graph.name, chosen.url or graph.url, chosen.timeout, chosen.max_response_bytes)
        endpoints.setdefault(graph.id, endpoint)
        endpoints[graph.name] = endpoint
    return endpoints


def _known_labels(supergraph: Supergraph) -> dict[str, float | None]:
    """The override labels of a supergraph; ``percent(20)`` with its share, other labels without."""
    labels: dict[str, float | None] = {}
    for joins in supergraph.joins.values():
        for fields in joins.fields.values():
            for join in fields:
                if join.override_label is not None:
                    labels[join.override_label] = _share(join.override_label)
    return labels


def _share(label: str) -> float | None:
    if not (label.startswith("percent(") and label.endswith(")")):
        return None
    try:
        return float(label.removeprefix("percent(").removesuffix(")"))
    except ValueError:
        return None
