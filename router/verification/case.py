"""One case of verification: subgraphs, data, an operation; run through the router and through the monolith.

Enters: a :class:`Case`. Leaves: a :class:`Verdict`. Both sides read the same data set, faults included; the router's
side goes through composition, planning and execution as in production, with mock subgraphs at the far end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.composition.compose import compose_subgraphs
from router.execution.context import RequestContext
from router.federation.build import SubgraphSource
from router.pipeline import ErrorPolicy, GraphQLRequest, Pipeline, PipelineSettings
from router.supergraph.model import Supergraph
from router.type_system.printer import print_schema
from router.verification.compare import compare_answers
from router.verification.dataset import Dataset, read_dataset
from router.verification.mock_subgraph import MockSubgraph
from router.verification.monolith import Monolith, possible_types_of
from router.verification.transport import Call, Fault, MockTransport


@dataclass(frozen=True, slots=True)
class Case:
    """What is tried. ``labels`` are the active override labels; ``faults`` are by subgraph name."""

    subgraphs: Mapping[str, str]
    data: Mapping[str, Any]
    operation: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    faults: Mapping[str, Fault] = field(default_factory=dict)
    injected: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case. ``problems`` is empty where the router is right."""

    problems: tuple[str, ...]
    expected: Mapping[str, Any] | None = None
    actual: Mapping[str, Any] | None = None
    calls: Sequence[Call] = ()
    plan: str = ""


class Federation:
    """Composed mock subgraphs and the monolith over one data set; runs any number of operations."""

    def __init__(self, subgraphs: Mapping[str, str], data: Mapping[str, Any]) -> None:
        composition = compose_subgraphs(tuple(SubgraphSource(name, "", sdl) for name, sdl in subgraphs.items()))
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

    def pipeline(self, transport: MockTransport, **settings: Any) -> Pipeline:
        """A pipeline with errors unmasked; ``settings`` are those of :class:`~router.pipeline.PipelineSettings`."""
        assert self.supergraph is not None
        chosen = {
            "introspection": True,
            "subgraph_errors": {"": ErrorPolicy(message=True, extensions=None)},
            "compile_after": 0,
        }
        return Pipeline(self.supergraph, PipelineSettings(**{**chosen, **settings}), transport)

    async def run(self, case: Case, **settings: Any) -> Verdict:
        """Run one case of this federation's subgraphs and data."""
        transport = MockTransport(self.mocks, case.faults)
        for mock in self.mocks.values():
            mock.complaints.clear()
        pipeline = self.pipeline(transport, **settings)
        context = RequestContext(labels=case.labels, claims={"sub": "someone"})
        request = GraphQLRequest(case.operation, None, case.variables or None)
        try:
            response = await pipeline.run(request, context)
            plan = "" if response.refused else (await pipeline.explain(request, context)).text
        finally:
            await pipeline.aclose()
        actual = orjson.loads(response.body)
        expected = dict(self.monolith.execute(case.operation, case.variables).formatted)
        problems = compare_answers(expected, actual, faults=bool(case.injected or case.faults))
        problems.extend(f"complaint: {text}" for mock in self.mocks.values() for text in mock.complaints)
        return Verdict(tuple(problems), expected, actual, tuple(transport.calls), plan)
