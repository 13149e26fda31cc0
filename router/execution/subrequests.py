"""A fetch and its variables -> one request to a subgraph, and back an answer.

Invariant: whatever goes wrong on the way is a :class:`FetchFailed` with an error that a client can be told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, TypeAlias

from router.execution.answers import Answer, UnusableAnswer, read_answer
from router.execution.context import RequestContext
from router.execution.errors import ResponseError
from router.execution.json_text import encode_json
from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport, TransportError
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FetchNode
from router.record import record

_LOG = logging.getLogger(__name__)

#: A subgraph's name and the headers that came with its answer, for response header rules.
Received = tuple[str, Mapping[str, str]]

_HEADERS = (
    ("content-type", "application/json"),
    ("accept", "application/graphql-response+json, application/json"),
)


@dataclass(frozen=True, slots=True)
class SubgraphEndpoint:
    """Where a subgraph is and what it may take: ``timeout`` in seconds, ``max_response_bytes`` of the decoded body."""

    name: str
    url: str
    timeout: float = 30.0
    max_response_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Services:
    """What execution needs besides the plan; made once per supergraph.

    ``endpoints`` maps subgraph names (and graph ids, which plans may use as well) to where they are.
    """

    transport: SubgraphTransport
    endpoints: Mapping[str, SubgraphEndpoint]
    types: ExecutionTypes


class FetchFailed(Exception):
    """A fetch gave no answer at all; ``error`` has no path yet."""

    def __init__(self, error: ResponseError) -> None:
        super().__init__(error.message)
        self.error = error


#: A fetch's id, the body that was sent for it, and what came of that.
Heard: TypeAlias = tuple[int, bytes, SubgraphResponse | ResponseError]


@record
class Caller:
    """Sends the fetches of one client request; ``received`` collects response headers.

    ``heard`` collects what came of each fetch, where somebody may have to look at it again.
    """

    services: Services
    context: RequestContext
    received: MutableSequence[Received] = field(default_factory=list)
    heard: MutableSequence[Heard] | None = None

    async def ask(self, fetch: FetchNode, variables: Mapping[str, Any]) -> Answer:
        """Send a fetch and read its answer. Raises :class:`FetchFailed`."""
        return self.read(fetch, await self.send(fetch, request_body(fetch, variables)))

    def read_event(self, fetch: FetchNode, event: bytes) -> Answer:
        """Read the event of a subscription. Raises :class:`FetchFailed`."""
        return self.read(fetch, SubgraphResponse(200, {}, event))

    def event_request(self, fetch: FetchNode, variables: Mapping[str, Any]) -> SubgraphRequest:
        """Make the request that opens a subscription; raises like :meth:`request`."""
        return self.request(fetch, request_body(fetch, variables))

    def read(self, fetch: FetchNode, response: SubgraphResponse) -> Answer:
        """Read a response. Raises :class:`FetchFailed`."""
        try:
            return read_answer(response, exact=self.services.types.exact)
        except UnusableAnswer as error:
            extensions: dict[str, Any] = {"code": error.code}
            if error.status is not None:
                extensions["http"] = {"status": error.status}
            raise _failed(self.services, fetch, error.message, extensions) from error

    async def send(self, fetch: FetchNode, body: bytes) -> SubgraphResponse:
        """Send a body and wait for the whole response. Raises :class:`FetchFailed`."""
        try:
            request = self.request(fetch, body)
            response = await self.services.transport.send(request)
        except FetchFailed as failure:
            raise self._heard(fetch, body, failure) from failure.__cause__
        except TransportError as error:
            told: dict[str, Any] = {"code": error.code}
            if error.retry_after is not None:
                told["retryAfter"] = ceil(error.retry_after)
            failed = _failed(self.services, fetch, str(error), told)
            raise self._heard(fetch, body, failed) from error
        except Exception as error:
            _LOG.exception("the transport failed on a request to %s", self.services.endpoints[fetch.service].name)
            failed = _failed(self.services, fetch, "the request failed", {"code": "SUBREQUEST_HTTP_ERROR"})
            raise self._heard(fetch, body, failed) from error
        self.received.append((request.subgraph, response.headers))
        if self.heard is not None:
            self.heard.append((fetch.id, body, response))
        return response

    def _heard(self, fetch: FetchNode, body: bytes, failed: FetchFailed) -> FetchFailed:
        if self.heard is not None:
            self.heard.append((fetch.id, body, failed.error))
        return failed

    def request(self, fetch: FetchNode, body: bytes) -> SubgraphRequest:
        """Make the request of a fetch. Raises :class:`FetchFailed` where the client's deadline has passed."""
        endpoint = self.services.endpoints[fetch.service]
        timeout = endpoint.timeout
        if self.context.deadline is not None:
            timeout = min(timeout, self.context.deadline - asyncio.get_running_loop().time())
            if timeout <= 0:
                raise _failed(self.services, fetch, "the request's time is over", {"code": "SUBREQUEST_TIMEOUT"})
        headers = (*_HEADERS, *self.context.headers_for(endpoint.name))
        # By position: names would double the time that it takes.
        return SubgraphRequest(
            endpoint.name, endpoint.url, body, headers, fetch.kind, timeout, endpoint.max_response_bytes
        )


def _failed(services: Services, fetch: FetchNode, message: str, extensions: dict[str, Any]) -> FetchFailed:
    name = services.endpoints[fetch.service].name
    return FetchFailed(ResponseError(f"{name}: {message}", extensions=extensions, service=name))


def request_body(fetch: FetchNode, variables: Mapping[str, Any]) -> bytes:
    """Write the JSON body of a request; ``operationName`` and ``variables`` are left out where there are none."""
    body: dict[str, Any] = {"query": fetch.operation}
    if fetch.operation_name:
        body["operationName"] = fetch.operation_name
    if variables:
        body["variables"] = variables
    return encode_json(body)
