"""The GraphQL endpoint as a bare ASGI application (GraphQL over HTTP).

Enters: one HTTP request. Leaves: one HTTP response. Invariant: every request gets a well-formed answer, with its
request id; what is refused here reaches neither the pipeline nor a subgraph.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from random import getrandbits
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeVar

from router.execution.context import RequestContext
from router.pipeline import GraphQLRequest, GraphQLResponse
from router.server.answer import JSON, Answer, Refusal, error_body, send_answer
from router.server.asgi import Receive, Scope, Send
from router.server.client_address import client_address
from router.server.cross_origin import check_csrf
from router.server.disconnect import Watches
from router.server.media_types import DEFAULT, Format, check_content_type, choose_format
from router.server.persisted_queries import PersistedQueries
from router.server.request_body import ClientGone, decode_body, decode_query_string, read_body, to_request
from router.server.state import Generation, RouterState
from router.server.streaming import send_parts

if TYPE_CHECKING:
    from router.server.tracing.spans import RequestSpan

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
#: Headers whose repetition would make two parties read a request differently.
_SINGLE: Final = frozenset(
    {b"authorization", b"content-type", b"content-length", b"content-encoding", b"host", b"origin", b"x-request-id"}
)
_NAMED: Final = re.compile(r"[\s,]*(?:query|mutation|subscription)[\s,]+([_A-Za-z][_0-9A-Za-z]*)")
_log = logging.getLogger("router.request")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Exchange:
    """One request on its way. ``operation_name`` is for the log; ``trace`` is there where the request is recorded."""

    scope: Scope
    receive: Receive
    send: Send
    started: float
    request_id: bytes = b""
    format: Format = DEFAULT
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    operation_name: str | None = None
    trace: RequestSpan | None = None


class GraphQLEndpoint:
    """Serves `supergraph.path`."""

    def __init__(self, state: RouterState) -> None:
        self._state = state
        self._persisted = PersistedQueries(state.settings.apq)
        self._watches = Watches()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = _Exchange(scope, receive, send, perf_counter())
        tracing = self._state.tracing
        if tracing is None:
            await self._serve(exchange)
        else:
            with tracing.request(scope, self._state.settings.supergraph.path) as exchange.trace:
                await self._serve(exchange)

    async def _serve(self, exchange: _Exchange) -> None:
        state = self._state
        state.metrics.in_flight += 1
        try:
            answer = await self._answer(exchange)
            if answer is not None:
                await send_answer(exchange.send, answer, self._common_headers(exchange))
                self._count(exchange, answer.status)
        except ClientGone:
            state.metrics.aborted += 1
            if exchange.trace is not None:
                exchange.trace.abandoned()
        finally:
            state.metrics.in_flight -= 1

    async def _answer(self, exchange: _Exchange) -> Answer | None:
        """Return the answer, ``None`` where it was sent in parts."""
        try:
            self._read_headers(exchange)
            self._admit()
            if exchange.scope["method"] == "GET" and self._is_for_the_page(exchange):
                return Answer(303, b"", b"text/plain", ((b"location", b"/"),))
            exchange.format = choose_format(exchange.headers.get(b"accept"))
            match exchange.scope["method"]:
                case "POST":
                    return await self._post(exchange)
                case "GET":
                    return await self._get(exchange)
                case "OPTIONS":
                    answer = self._state.cross_origin.preflight(exchange.headers)
                    if answer is not None:
                        return answer
            raise Refusal(
                405, "METHOD_NOT_ALLOWED", "GraphQL requests are sent by POST or GET.", ((b"allow", b"GET, POST"),)
            )
        except Refusal as refusal:
            if exchange.trace is not None:
                exchange.trace.errors([refusal.code])
            return refusal.answer(exchange.format.content_type)
        except ClientGone:
            raise
        except Exception:
            _log.exception("Request %s failed.", exchange.request_id.decode())
            body = error_body("The router failed to answer.", "INTERNAL_SERVER_ERROR")
            return Answer(500, body, exchange.format.content_type)

    def _read_headers(self, exchange: _Exchange) -> None:
        received = exchange.scope["headers"]
        limits = self._state.settings.limits
        headers: dict[bytes, bytes] = dict(received)
        size, repeated = sum(map(len, headers)) + sum(map(len, headers.values())), None
        if len(headers) < len(received):
            headers, repeated = _joined(received)
            size = sum(len(name) + len(value) for name, value in received)
        given = headers.get(b"x-request-id")
        if given is None or not _REQUEST_ID.fullmatch(given):
            # It names a request and is no secret, so it needn't come from the system's source of chance.
            given = b"%016x" % getrandbits(64)
        exchange.request_id = given
        exchange.headers = headers
        if len(received) > limits.http1_max_request_headers or size > limits.http1_max_request_header_bytes:
            raise Refusal(431, "HEADERS_TOO_LARGE", "The request has too many or too large headers.")
        if repeated is not None:
            raise Refusal(400, "INVALID_GRAPHQL_REQUEST", f"The header {repeated.decode('latin-1')} is given twice.")

    def _admit(self) -> None:
        limit = self._state.settings.traffic_shaping.router.concurrency_limit
        if limit is not None and self._state.metrics.in_flight > limit:
            raise Refusal(503, "OVERLOADED", "The router is busy; try again.", ((b"retry-after", b"1"),))

    async def _post(self, exchange: _Exchange) -> Answer | None:
        settings = self._state.settings
        check_content_type(exchange.headers.get(b"content-type"))
        check_csrf(settings.csrf, exchange.headers, get=False)
        limit, timeout = settings.limits.http_max_request_bytes, settings.traffic_shaping.router.timeout
        decoded = decode_body(await read_body(exchange.receive, exchange.headers, limit, timeout))
        if isinstance(decoded, GraphQLRequest):
            return await self._single(exchange, decoded)
        batching = settings.batching
        if not batching.enabled:
            message = "Several operations in one request are not allowed here; send each in a request of its own."
            raise Refusal(400, "BATCHING_NOT_ENABLED", message)
        if not 0 < len(decoded) <= batching.maximum_size:
            raise Refusal(
                400, "BATCHING_LIMIT_EXCEEDED", f"One request may have 1 to {batching.maximum_size} operations."
            )
        return await self._batch(exchange, [to_request(value) for value in decoded])

    async def _get(self, exchange: _Exchange) -> Answer | None:
        check_csrf(self._state.settings.csrf, exchange.headers, get=True)
        return await self._single(exchange, decode_query_string(exchange.scope.get("query_string", b"")))

    def _is_for_the_page(self, exchange: _Exchange) -> bool:
        """Whether a person opened the endpoint's address in a browser, where there is a page."""
        if not self._state.settings.homepage.enabled or exchange.scope.get("query_string"):
            return False
        return b"text/html" in exchange.headers.get(b"accept", b"").lower()

    def _resolve(self, exchange: _Exchange, request: GraphQLRequest) -> GraphQLRequest:
        if request.extensions is None:
            return request
        status = 200 if exchange.format.content_type is JSON else 400
        return self._persisted.resolve(request, refused_status=status)

    async def _single(self, exchange: _Exchange, request: GraphQLRequest) -> Answer | None:
        request = self._resolve(exchange, request)
        exchange.operation_name = request.operation_name
        if self._state.log_requests and request.operation_name is None:
            exchange.operation_name = _name_of(request.query)
        context = await self._context(exchange)
        with self._state.generation() as generation:
            if exchange.format.incremental:
                return await self._incremental(exchange, generation, request, context)
            running = generation.pipeline.run(request, context)
            return self._to_answer(exchange, await self._guarded(exchange, running, context))

    async def _batch(self, exchange: _Exchange, requests: list[GraphQLRequest]) -> Answer:
        context = await self._context(exchange)
        with self._state.generation() as generation:
            running = asyncio.gather(
                *(self._run_of_batch(exchange, generation, request, context) for request in requests)
            )
            responses = await self._guarded(exchange, running, context)
        body = b"[" + b",".join(response.body for response in responses) + b"]"
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if self._state.response_headers.active:
            received = [entry for response in responses for entry in response.subgraph_headers]
            headers = self._state.response_headers.apply(received)
        return Answer(200, body, exchange.format.content_type, headers)

    async def _run_of_batch(
        self, exchange: _Exchange, generation: Generation, request: GraphQLRequest, context: RequestContext
    ) -> GraphQLResponse:
        try:
            request = self._resolve(exchange, request)
        except Refusal as refusal:
            # The others of the batch are answered.
            return GraphQLResponse(error_body(refusal.message, refusal.code), refused=True)
        return await generation.pipeline.run(request, context)

    async def _incremental(
        self, exchange: _Exchange, generation: Generation, request: GraphQLRequest, context: RequestContext
    ) -> Answer | None:
        running = generation.pipeline.stream(request, context)
        parts = await self._guarded(exchange, running, context)
        if isinstance(parts, GraphQLResponse):
            return self._to_answer(exchange, parts)
        sending = send_parts(exchange.send, parts, self._common_headers(exchange))
        try:
            await self._guarded(exchange, sending, context)
        except ClientGone:
            raise
        except Exception:
            # The head is sent, so nothing but breaking off can tell the client.
            _log.exception("The answer to request %s broke off.", exchange.request_id.decode())
            raise ClientGone from None
        self._count(exchange, 200)
        return None

    async def _guarded(self, exchange: _Exchange, running: Awaitable[Result], context: RequestContext) -> Result:
        try:
            return await self._watches.while_connected(running, exchange.receive, context.deadline)
        except TimeoutError:
            raise Refusal(504, "GATEWAY_TIMEOUT", "The request took too long.") from None

    async def _context(self, exchange: _Exchange) -> RequestContext:
        state = self._state
        claims = None
        if state.authenticator is not None:
            claims = await state.authenticator.identify(exchange.headers.get(state.authenticator.header))
        if claims is None and state.settings.authorization.require_authentication:
            challenge = ((b"www-authenticate", b"Bearer"),)
            raise Refusal(401, "UNAUTHENTICATED", "A token is needed; sign in first.", challenge)
        deadline = asyncio.get_running_loop().time() + state.settings.traffic_shaping.router.timeout
        if not state.request_headers.active:
            return RequestContext(claims=claims, deadline=deadline, trace=exchange.trace)
        rules = state.request_headers
        trusted = state.settings.headers.trusted_proxies
        address = client_address(exchange.scope, trusted) if rules.wants_address else None
        headers_for = rules.for_client(exchange.scope["headers"], address)
        return RequestContext(headers_for=headers_for, claims=claims, deadline=deadline, trace=exchange.trace)

    def _to_answer(self, exchange: _Exchange, response: GraphQLResponse) -> Answer:
        status = response.status
        if status is None:
            status = 400 if response.refused and not exchange.format.always_ok else 200
        headers: tuple[tuple[bytes, bytes], ...] = ((b"allow", b"POST"),) if status == 405 else ()
        if self._state.response_headers.active:
            headers += self._state.response_headers.apply(response.subgraph_headers)
        return Answer(status, response.body, exchange.format.content_type, headers)

    def _common_headers(self, exchange: _Exchange) -> tuple[tuple[bytes, bytes], ...]:
        headers = ((b"x-request-id", exchange.request_id), *self._state.cross_origin.headers(exchange.headers))
        if exchange.scope["method"] == "GET":
            headers += ((b"cache-control", b"no-store"),)
        if self._state.draining:
            # Clients come back on a new connection, which goes to a router that stays.
            headers += ((b"connection", b"close"),)
        return headers

    def _count(self, exchange: _Exchange, status: int) -> None:
        seconds = perf_counter() - exchange.started
        self._state.metrics.count_request(status, seconds)
        if exchange.trace is not None:
            exchange.trace.answered(status)
        if self._state.log_requests:
            _log.info(
                "%s %d %.1f ms",
                exchange.scope["method"],
                status,
                seconds * 1000,
                extra={
                    "request_id": exchange.request_id.decode(),
                    "operation_name": (exchange.operation_name or "")[:100],
                    "status": status,
                    "duration_ms": round(seconds * 1000, 2),
                },
            )


def _joined(received: Iterable[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], bytes | None]:
    """Join headers of one name (RFC 9110, section 5.3); return one that may not be repeated, if there is one."""
    headers: dict[bytes, bytes] = {}
    repeated = None
    for name, value in received:
        if name in headers:
            if name in _SINGLE:
                repeated = name
            value = headers[name] + b", " + value
        headers[name] = value
    return headers, repeated


def _name_of(document: str) -> str | None:
    """Return the name of the operation that a document begins with: of its only one, where none was asked for."""
    found = _NAMED.match(document)
    return found[1] if found is not None else None
