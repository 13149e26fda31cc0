"""The supergraphs that operations are planned against: recorded ones, the scenarios', random worlds, tangles and
changed sets.

Enters: a seed. Leaves: :class:`Ground` s. Invariant: a ground's name says where it comes from, and a seed repeats its
grounds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_ast_schema, parse, validate_schema

from router.composition.compose import compose
from router.graph.build import build_graph
from router.operation.type_index import TypeIndex
from router.planning.planner import Planner
from router.supergraph.api_schema import api_schema
from router.supergraph.decompose import decompose
from router.supergraph.reader import read_supergraph
from router.type_system.printer import print_schema
from router.verification.case import Federation
from router.verification.generate.world import generate_world
from tests.differential.planning.data import make_data
from tests.differential.planning.tangles import make_tangle
from tests.differential.run import make_sets
from tests.support.plan_structure import PlanChecker
from tests.support.scenario import ROOT, read_scenarios

CORPUS = ROOT.parent / "shared" / "corpus"
#: Supergraphs with more characters than this cost the reference seconds for each operation.
LARGEST = 100_000
DEFER = "\ndirective @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
#: Tangles that are made until one composes.
TANGLES = 6


@dataclass
class Ground:
    """One supergraph; its tables are made when they are first asked for. ``data`` is empty where it has to be made."""

    name: str
    sdl: str
    subgraphs: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def checker(self) -> PlanChecker:
        """Checks plans."""
        return PlanChecker(build_graph(read_supergraph(self.sdl)))

    @cached_property
    def planner(self) -> Planner:
        """Plans."""
        return Planner(self.checker.graph)

    @cached_property
    def index(self) -> TypeIndex:
        """The API schema's."""
        return TypeIndex(api_schema(self.checker.graph.supergraph))

    @cached_property
    def schema(self) -> GraphQLSchema:
        """The API schema as clients see it."""
        return build_ast_schema(parse(print_schema(self.index.schema) + DEFER), assume_valid=True)

    @property
    def valid(self) -> bool:
        """Whether the API schema is one; some recorded ones name types that they don't define."""
        try:
            return not validate_schema(self.schema)
        except TypeError:
            return False

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Override labels that a request may switch on."""
        found = {
            item.override.label
            for view in self.checker.graph.views.values()
            for kind in view.types.values()
            for item in kind.fields.values()
            if item.override is not None
        }
        return tuple(sorted(found))

    @cached_property
    def key_fields(self) -> frozenset[str]:
        """Names of leaves in keys, which a plan may ask for again where data comes from several subgraphs."""
        keys = (key for view in self.checker.graph.views.values() for kind in view.types.values() for key in kind.keys)
        return frozenset(name for key in keys for name in re.findall(r"\w+", key.text))

    @cached_property
    def federation(self) -> Federation | None:
        """Mock subgraphs over data, and the monolith; ``None`` where no server could have such subgraphs.

        Recorded subgraphs are taken from their supergraph, since composition drops some of what old ones say.
        """
        graph = self.checker.graph
        try:
            made = Federation(self.subgraphs or decompose(graph.supergraph), self.data or make_data(graph))
        except GraphQLError:
            return None
        if made.supergraph is None or any(validate_schema(mock.schema.executable) for mock in made.mocks.values()):
            return None
        made.supergraph = graph.supergraph
        return made


def make_grounds(seed: int) -> Iterator[Ground]:
    """Leave grounds without end: a recorded one or a scenario's, now and then one that is made at random."""
    fixed = [*recorded_grounds(), *scenario_grounds()]
    random = Random(seed)
    mutants = _mutants(seed)
    while True:
        random.shuffle(fixed)
        for ground in fixed:
            yield ground
            for make in (_world, _tangle, lambda _: next(mutants)):
                made = make(random.randrange(1 << 30)) if random.random() < 0.25 else None
                if made is not None:
                    yield made


def recorded_grounds() -> list[Ground]:
    """The supergraphs of both recordings; none where there is no corpus."""
    found: dict[str, Ground] = {}
    for name in ("planning", "composition"):
        path = CORPUS / f"{name}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            row = json.loads(line)
            sdl = row.get("supergraph")
            if sdl and sdl not in found and len(sdl) <= LARGEST:
                found[sdl] = Ground(f"{name} {row['id']}", sdl)
    return list(found.values())


def scenario_grounds() -> list[Ground]:
    """The graphs of the scenarios, with their data."""
    found: dict[str, Ground] = {}
    for path in sorted((ROOT / "tests" / "scenarios").glob("*.md")):
        for scenario in read_scenarios(path):
            key = json.dumps(scenario.subgraphs)
            if key in found or "errors" in scenario.expected or not scenario.operation:
                continue
            sdl = compose(scenario.subgraphs).supergraph_sdl
            if sdl is not None:
                found[key] = Ground(f"{path.stem}: {scenario.name}", sdl, scenario.subgraphs)
    return list(found.values())


def _world(seed: int) -> Ground | None:
    world = generate_world(seed)
    sdl = compose(world.subgraphs).supergraph_sdl
    return None if sdl is None else Ground(f"world {seed}", sdl, world.subgraphs, world.data)


def _tangle(seed: int) -> Ground | None:
    for attempt in range(TANGLES):
        subgraphs = make_tangle(seed + attempt)
        sdl = compose(subgraphs).supergraph_sdl
        if sdl is not None:
            return Ground(f"tangle {seed + attempt}", sdl, subgraphs)
    return None


def _mutants(seed: int) -> Iterator[Ground]:
    """Recorded sets and worlds after some changes, where they still compose."""
    for number, subgraphs in enumerate(make_sets(1 << 30, seed)):
        sdl = compose(subgraphs).supergraph_sdl
        if sdl is not None:
            yield Ground(f"mutant {seed}/{number}", sdl)
