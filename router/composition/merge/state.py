"""The merge in progress: what its stages read and fill.

Enters: built subgraphs. Leaves: the types, joins and definitions of a supergraph. Invariant: sources of anything are
in the order of the subgraphs, which is the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from router.composition.graph_names import graph_ids
from router.composition.merge.facts import SubgraphFacts, gather_facts
from router.composition.merge.features import MergedFeatures
from router.composition.report import Report, Source
from router.federation.subgraph import Subgraph
from router.supergraph.model import JoinDirective, TypeJoins
from router.type_system.model import (
    AppliedDirective,
    DirectiveDefinition,
    InterfaceType,
    ObjectType,
    TypeDefinition,
    UnionType,
)


@dataclass(slots=True)
class EnumUsage:
    """Where an enum is used: the coordinate of one position of each direction, ``None`` where there is none."""

    as_input: str | None = None
    as_output: str | None = None


@dataclass(slots=True)
class Merge:
    """The state of one merge.

    ``sources`` are the definitions of every type that is merged. ``implements``, its inverse ``implementations``, and
    ``members`` are known before any field is merged, since subtyping asks for them. ``abstracted`` are the interfaces
    that some subgraph has as ``@interfaceObject``.
    """

    subgraphs: tuple[Subgraph, ...]
    report: Report
    features: MergedFeatures = field(default_factory=MergedFeatures)
    graph_ids: tuple[str, ...] = ()
    facts: list[SubgraphFacts] = field(default_factory=list)
    sources: dict[str, list[Source[TypeDefinition]]] = field(default_factory=dict)
    implements: dict[str, tuple[str, ...]] = field(default_factory=dict)
    implementations: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    enum_usage: dict[str, EnumUsage] = field(default_factory=dict)
    abstracted: set[str] = field(default_factory=set)
    of_other_kinds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    types: dict[str, TypeDefinition] = field(default_factory=dict)
    joins: dict[str, TypeJoins] = field(default_factory=dict)
    directive_definitions: dict[str, DirectiveDefinition] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    schema_directives: tuple[AppliedDirective, ...] = ()
    schema_joins: tuple[JoinDirective, ...] = ()
    description: str | None = None

    def is_interface_object(self, index: int, type_name: str) -> bool:
        """Whether a subgraph has the type as ``@interfaceObject``."""
        return type_name in self.facts[index].interface_objects

    def composite_sources(self, name: str) -> list[Source[ObjectType | InterfaceType]]:
        """Return the definitions of an object or interface; an ``@interfaceObject`` is among those of its interface."""
        return [
            (index, definition)
            for index, definition in self.sources.get(name, ())
            if isinstance(definition, ObjectType | InterfaceType)
        ]

    def union_sources(self, name: str) -> list[Source[UnionType]]:
        """Return the definitions of a union."""
        return [
            (index, definition) for index, definition in self.sources.get(name, ()) if isinstance(definition, UnionType)
        ]

    def names(self, indices: Iterable[int]) -> str:
        """Spell the names of subgraphs for a message."""
        return self.report.names(indices)


def start_merge(subgraphs: Iterable[Subgraph]) -> Merge:
    """Sort the subgraphs by name and read each once."""
    ordered = tuple(sorted(subgraphs, key=lambda subgraph: subgraph.name))
    return Merge(
        subgraphs=ordered,
        report=Report(ordered),
        graph_ids=graph_ids([subgraph.name for subgraph in ordered]),
        facts=[gather_facts(subgraph) for subgraph in ordered],
    )
