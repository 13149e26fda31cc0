"""One case of verification: subgraphs, data, an operation; run through the router and through the monolith.

Enters: a :class:`Case`. Leaves: a :class:`Verdict`. Both sides read the same data set, faults included; the router's
side goes through composition, planning and execution as in production, with mock subgraphs at the far end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import DocumentNode

from router.composition.compose import compose_subgraphs
from router.execution.context import RequestContext
from router.federation.build import SubgraphSource
from router.pipeline import ErrorPolicy, GraphQLRequest, GraphQLResponse, Pipeline, PipelineSettings
from router.supergraph.model import Supergraph
from router.type_system.printer import print_schema
from router.verification.compare import compare_answers
from router.verification.contexts import read_contexts
from router.verification.dataset import Dataset, read_dataset
from router.verification.deferred import compare_payloads
from router.verification.increments import failed_parts, join_increments
from router.verification.mock_subgraph import MockSubgraph
from router.verification.monolith import Monolith, possible_types_of
from router.verification.overrides import closed_fields
from router.verification.transport import Call, Fault, MockTransport


@dataclass(frozen=True, slots=True)
class Case:
    """What is tried. ``labels`` are the active override labels; ``faults`` are by subgraph name.

    ``claims`` are the caller's, ``None`` for an anonymous one; ``policies`` those that hold for the caller.
    """

    subgraphs: Mapping[str, str]
    data: Mapping[str, Any]
    operation: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    faults: Mapping[str, Fault] = field(default_factory=dict)
    injected: bool = False
    claims: Mapping[str, Any] | None = field(default_factory=lambda: {"sub": "someone"})
    policies: frozenset[str] = frozenset()

    @property
    def streamed(self) -> bool:
        """Whether several payloads can come."""
        return "@defer" in self.operation or self.operation.lstrip().startswith("subscription")

    @property
    def context(self) -> RequestContext:
        """What execution knows of this case's caller."""
        return RequestContext(labels=self.labels, claims=self.claims, policies=self.policies)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case. ``problems`` is empty where the router is right; ``payloads`` are those of a stream."""

    problems: tuple[str, ...]
    expected: Mapping[str, Any] | None = None
    actual: Mapping[str, Any] | None = None
    calls: Sequence[Call] = ()
    plan: str = ""
    payloads: Sequence[Mapping[str, Any]] = ()


class Federation:
    """Composed mock subgraphs and the monolith over one data set; runs any number of operations."""

    def __init__(self, subgraphs: Mapping[str, str], data: Mapping[str, Any]) -> None:
        composition = compose_subgraphs(tuple(SubgraphSource(name, "", sdl) for name, sdl in subgraphs.items()))
        self.composition = composition
        self.problems = tuple(error.message for error in composition.errors)
        self.supergraph: Supergraph | None = composition.supergraph
        if composition.api_schema is None:
            return
        monolith = Monolith(print_schema(composition.api_schema), Dataset({}, {}))
        # The whole schema, not the API's: an inaccessible type is still a type in the data.
        self.dataset = read_dataset(data, possible_types_of(monolith.schema))
        monolith.dataset = self.dataset
        self.monolith = monolith
        self.mocks = {name: MockSubgraph(name, sdl, self.dataset) for name, sdl in subgraphs.items()}
        monolith.contexts = read_contexts(mock.schema for mock in self.mocks.values())

    def with_data(self, data: Mapping[str, Any]) -> Federation:
        """The same composed subgraphs over another data set."""
        other = copy(self)
        other.dataset = read_dataset(data, self.dataset.possible_types)
        other.monolith = copy(self.monolith)
        other.monolith.dataset = other.dataset
        other.mocks = {name: mock.with_data(other.dataset) for name, mock in self.mocks.items()}
        return other

    def pipeline(self, transport: MockTransport, **settings: Any) -> Pipeline:
        """A pipeline with errors unmasked; ``settings`` are those of :class:`~router.pipeline.PipelineSettings`."""
        assert self.supergraph is not None
        chosen = {
            "introspection": True,
            "subgraph_errors": {"": ErrorPolicy(message=True, extensions=None)},
            "compile_after": 0,
            # Nobody else is held up here, and another process would only take time to start.
            "inline_tokens": 1_000_000,
            "inline_planning": 5.0,
        }
        return Pipeline(self.supergraph, PipelineSettings(**{**chosen, **settings}), transport)

    async def run(self, case: Case, **settings: Any) -> Verdict:
        """Run one case of this federation's subgraphs and data."""
        transport = self._transport(case)
        pipeline = self.pipeline(transport, **settings)
        request = GraphQLRequest(case.operation, None, case.variables or None)
        try:
            response = await pipeline.run(request, case.context)
            plan = "" if response.refused else (await pipeline.explain(request, case.context)).text
        finally:
            await pipeline.aclose()
        actual = orjson.loads(response.body)
        expected = self.monolith.execute(case.operation, case.variables).formatted
        problems = compare_answers(expected, actual, faults=_more_nulls(case, actual))
        problems.extend(self._complaints(transport))
        return Verdict(tuple(problems), expected, actual, tuple(transport.calls), plan)

    async def stream(self, case: Case, **settings: Any) -> Verdict:
        """Run one case for a client that takes several payloads: deferred parts, or the events of a subscription."""
        transport = self._transport(case)
        pipeline = self.pipeline(transport, **settings)
        request = GraphQLRequest(case.operation, None, case.variables or None)
        try:
            response = await pipeline.stream(request, case.context)
            if isinstance(response, GraphQLResponse):
                payloads = [orjson.loads(response.body)]
            else:
                payloads = [orjson.loads(payload) async for payload in response]
            refused = isinstance(response, GraphQLResponse) and response.refused
            plan = "" if refused else (await pipeline.explain(request, case.context)).text
        finally:
            await pipeline.aclose()
        problems = self._compare_stream(case, payloads)
        problems.extend(self._complaints(transport))
        return Verdict(tuple(problems), None, None, tuple(transport.calls), plan, tuple(payloads))

    def _transport(self, case: Case) -> MockTransport:
        closed = closed_fields({name: mock.schema for name, mock in self.mocks.items()}, case.labels)
        for name, mock in self.mocks.items():
            mock.complaints.clear()
            mock.closed = closed[name]
        return MockTransport(self.mocks, case.faults)

    def _complaints(self, transport: MockTransport) -> list[str]:
        found = [text for mock in self.mocks.values() for text in mock.complaints]
        return [f"complaint: {text}" for text in (*found, *transport.complaints)]

    def _compare_stream(self, case: Case, payloads: Sequence[Mapping[str, Any]]) -> list[str]:
        events = self.monolith.events(case.operation, case.variables)
        if events is None:
            joined = join_increments(payloads)
            answer = self.monolith.execute(case.operation, case.variables).formatted
            # A null that goes up ends at the part that it came with, so with errors the places of nulls may differ.
            nulls = _more_nulls(case, joined) or bool(answer.get("errors"))
            problems = compare_answers(answer, joined, faults=nulls, failed=failed_parts(payloads))
            return problems if nulls else [*problems, *self._compare_payloads(case, payloads)]
        if len(events) != len(payloads):
            return [f"expected {len(events)} events, got {len(payloads)}"]
        return [
            problem
            for event, payload in zip(events, payloads, strict=True)
            for problem in compare_answers(event.formatted, payload, faults=_more_nulls(case, payload))
        ]

    def _compare_payloads(self, case: Case, payloads: Sequence[Mapping[str, Any]]) -> list[str]:
        def execute(document: DocumentNode) -> Mapping[str, Any]:
            return self.monolith.execute_document(document, case.variables).formatted

        return compare_payloads(case.operation, case.variables, payloads, execute)


def _more_nulls(case: Case, actual: Mapping[str, Any]) -> bool:
    """Whether the router may answer more nulls than the monolith, which has no subgraphs that fail and no callers."""
    denied = any(
        error.get("extensions", {}).get("code") == "UNAUTHORIZED_FIELD_OR_TYPE" for error in actual.get("errors", ())
    )
    return bool(case.injected or case.faults or denied)
