"""The query graph as data: nodes are places where data can stand, moves are ways on from there.

A node is ``(subgraph, type)``, with copies ``(subgraph, type, provided)`` where a ``@provides`` path makes external
fields resolvable. Moves are in a fixed order (fields by definition, then keys, then members), so whatever walks the
graph is deterministic. Built by :mod:`router.graph.build` from :mod:`router.supergraph.views`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from router.federation.field_set import FieldSet
from router.federation.subgraph import Key
from router.supergraph.model import Supergraph
from router.supergraph.views import ContextRequirement, OverrideCondition, SubgraphView
from router.type_system.model import TypeRef


@dataclass(frozen=True, slots=True)
class Node:
    """``index`` is its place in :attr:`QueryGraph.nodes`; ``subgraph`` a graph id; ``provided`` empty but in copies."""

    index: int
    subgraph: str
    type: str
    provided: FieldSet = ()


@dataclass(frozen=True, slots=True)
class FieldMove:
    """The subgraph resolves ``field`` here. ``target`` is a node index, or ``None`` for a leaf.

    ``type`` is the field's type in this subgraph. ``requires`` and ``contexts`` must be met first; ``override`` says
    under which label the move exists.
    """

    field: str
    type: TypeRef
    target: int | None = None
    requires: FieldSet = ()
    contexts: tuple[ContextRequirement, ...] = ()
    override: OverrideCondition | None = None


@dataclass(frozen=True, slots=True)
class EntityMove:
    """Ask ``target`` 's subgraph for the entity by ``key``; also from a subgraph to itself, for ``@requires``."""

    target: int
    key: Key


@dataclass(frozen=True, slots=True)
class AbstractMove:
    """Narrow to ``member``, an object (or interface) that this subgraph can return here."""

    target: int
    member: str


@dataclass(frozen=True, slots=True)
class InterfaceObjectMove:
    """Between an interface's object form in one subgraph and the entity interface (or a member) in another."""

    target: int
    key: Key


@dataclass(frozen=True, slots=True)
class RootMove:
    """From a root type that a field returned to the same root in another subgraph, which needs no key."""

    target: int


Move: TypeAlias = FieldMove | EntityMove | AbstractMove | InterfaceObjectMove | RootMove


@dataclass(frozen=True, slots=True)
class QueryGraph:
    """``moves[i]`` are the moves from ``nodes[i]``. ``roots`` maps ``query`` and its like to node indices, in order."""

    supergraph: Supergraph
    views: Mapping[str, SubgraphView]
    nodes: tuple[Node, ...]
    moves: tuple[tuple[Move, ...], ...]
    roots: Mapping[str, tuple[int, ...]]
    index: Mapping[tuple[str, str, FieldSet], int]

    def node(self, subgraph: str, type_name: str, provided: FieldSet = ()) -> Node | None:
        """Return the node of a subgraph and type, or ``None`` where the subgraph doesn't know the type."""
        found = self.index.get((subgraph, type_name, provided))
        return None if found is None else self.nodes[found]
