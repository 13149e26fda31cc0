"""What a single node of the query graph offers, found out of its moves once and kept.

Enters: a :class:`~router.graph.model.QueryGraph` and, with each question, a node. Leaves: its fields, its members, the
hops of its type. Invariant: nodes of one type share one object for their hops, so that it can be compared by identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.federation.field_set import FieldSet
from router.federation.subgraph import Key
from router.graph.model import AbstractMove, EntityMove, FieldMove, InterfaceObjectMove, QueryGraph, RootMove


@dataclass(frozen=True, slots=True, eq=False)
class HopGroup:
    """The nodes that one key leads to from a type; ``key`` is ``None`` for root types, which need none."""

    key: Key | None
    targets: tuple[int, ...]


class NodeTables:
    """The tables of one graph's nodes; they fill as nodes are asked for."""

    def __init__(self, graph: QueryGraph) -> None:
        self.graph = graph
        self._fields: dict[int, Mapping[str, FieldMove]] = {}
        self._members: dict[int, Mapping[str, int]] = {}
        self._groups: dict[tuple[str, bool], tuple[HopGroup, ...]] = {}

    def fields(self, node: int) -> Mapping[str, FieldMove]:
        """Return the field moves of a node by field."""
        found = self._fields.get(node)
        if found is None:
            found = {move.field: move for move in self.graph.moves[node] if isinstance(move, FieldMove)}
            self._fields[node] = found
        return found

    def members(self, node: int) -> Mapping[str, int]:
        """Return the nodes that an abstract node narrows to, by object type; empty for an object's node."""
        found = self._members.get(node)
        if found is None:
            found = {move.member: move.target for move in self.graph.moves[node] if isinstance(move, AbstractMove)}
            self._members[node] = found
        return found

    def is_interface_object(self, node: int) -> bool:
        """Tell whether the node's type is an interface that is an object in this subgraph."""
        place = self.graph.nodes[node]
        return self.graph.views[place.subgraph].types[place.type].is_interface_object

    def groups(self, node: int) -> tuple[HopGroup, ...]:
        """Return the hops of a node's type, grouped by key; one object for all nodes of the type."""
        place = (self.graph.nodes[node].type, self.is_interface_object(node))
        found = self._groups.get(place)
        if found is None:
            by_key: dict[FieldSet | None, tuple[Key | None, list[int]]] = {}
            for move in self.graph.moves[node]:
                if isinstance(move, EntityMove | InterfaceObjectMove):
                    by_key.setdefault(move.key.fields, (move.key, []))[1].append(move.target)
                elif isinstance(move, RootMove):
                    by_key.setdefault(None, (None, []))[1].append(move.target)
            found = self._groups[place] = tuple(HopGroup(key, tuple(targets)) for key, targets in by_key.values())
        return found
