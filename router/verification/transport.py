"""A transport whose other end is mock subgraphs: every call is kept, and any call can be made to fail.

Enters: requests as the executor sends them. Leaves: the mock's answers, or the faults that were asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.verification.mock_subgraph import MockSubgraph
from router.verification.spoil import spoil

_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one subgraph's answers.

    ``calls`` are the numbers of the subgraph's calls (from 1) that fail, all where it is empty. One of: ``down`` (no
    connection), ``timeout``, ``status`` with ``body`` (text instead of the answer), ``answer`` (the whole GraphQL
    response, as data), or ``spoilt`` (the right answer with one thing wrong in it; the number says what).
    """

    calls: tuple[int, ...] = ()
    down: bool = False
    timeout: bool = False
    status: int = 200
    body: str | None = None
    answer: Any = None
    spoilt: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a subgraph got."""

    subgraph: str
    query: str
    variables: Mapping[str, Any]
    headers: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class MockTransport:
    """A :class:`~router.execution.transport.SubgraphTransport` over mock subgraphs, by subgraph name."""

    subgraphs: Mapping[str, MockSubgraph]
    faults: Mapping[str, Fault] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Answer from the mock subgraph, after giving other tasks their turn."""
        payload = self._take(request)
        number = sum(call.subgraph == request.subgraph for call in self.calls)
        self._begin(payload["query"])
        await asyncio.sleep(0)
        self.under_way.remove(payload["query"])
        fault = self.faults.get(request.subgraph)
        if fault is not None and fault.calls and number not in fault.calls:
            fault = None
        if fault is not None and fault.spoilt is None:
            return _fail(fault)
        answer = self.subgraphs[request.subgraph].execute(
            payload["query"], payload.get("variables") or {}, payload.get("operationName")
        )
        if fault is not None:
            answer = spoil(answer, Random(f"{fault.spoilt}/{number}"))  # noqa: S311 - repeatable, not secret
        return SubgraphResponse(200, _JSON, orjson.dumps(answer))

    async def subscribe(self, request: SubgraphRequest) -> AsyncIterator[bytes]:
        """The events of a subscription, each a whole GraphQL response; of faults, answers can be spoilt."""
        payload = self._take(request)
        fault = self.faults.get(request.subgraph)
        events = self.subgraphs[request.subgraph].events(payload["query"], payload.get("variables") or {})
        for number, answer in enumerate(events, 1):
            await asyncio.sleep(0)
            if fault is not None and fault.spoilt is not None and (not fault.calls or number in fault.calls):
                answer = spoil(answer, Random(f"{fault.spoilt}/event {number}"))  # noqa: S311 - repeatable
            yield orjson.dumps(answer)

    def _take(self, request: SubgraphRequest) -> dict[str, Any]:
        payload: dict[str, Any] = orjson.loads(request.body)
        variables = payload.get("variables") or {}
        self.calls.append(Call(request.subgraph, payload["query"], variables, tuple(request.headers)))
        return payload

    def _begin(self, query: str) -> None:
        """Note that a request is under way; a mutation has to be alone."""
        self.under_way.append(query)
        if len(self.under_way) > 1 and any(text.startswith("mutation") for text in self.under_way):
            self.complaints.append(f"a mutation isn't alone: {' | '.join(self.under_way)}")

    async def aclose(self) -> None:
        """Nothing is open."""


def _fail(fault: Fault) -> SubgraphResponse:
    if fault.down:
        raise TransportError("connection refused", sent=False)
    if fault.timeout:
        raise TransportError("no answer in time", code="SUBREQUEST_TIMEOUT")
    if fault.body is not None:
        return SubgraphResponse(fault.status, {"content-type": "text/plain"}, fault.body.encode())
    return SubgraphResponse(fault.status, _JSON, orjson.dumps(fault.answer))
