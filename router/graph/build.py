"""Supergraph -> :class:`~router.graph.model.QueryGraph`.

Enters: a supergraph. Leaves: a node for each subgraph and composite type, copies where ``@provides`` reaches, and the
moves from each. Invariant: a field has a move from a node exactly where the subgraph itself can answer it there, for
every object that the node can stand for; conditions (``@requires``, contexts, labels) stand on the move.

An interface's node resolves a field only if each member does so unconditionally; otherwise whoever walks the graph
narrows to the members first (:class:`~router.graph.model.AbstractMove`). The entity moves of all nodes of one type are
the same moves, one object each, so that a type known to n subgraphs costs n of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment
from router.federation.subgraph import Key
from router.graph.model import (
    AbstractMove,
    EntityMove,
    FieldMove,
    InterfaceObjectMove,
    Move,
    Node,
    QueryGraph,
    RootMove,
)
from router.graph.possible_types import PossibleTypes
from router.supergraph.extraction import extract_views
from router.supergraph.model import Supergraph
from router.supergraph.views import FieldView, SubgraphView, TypeView
from router.type_system.model import InterfaceType, UnionType, named_type

_TYPENAME = "__typename"


def build_graph(supergraph: Supergraph, views: Mapping[str, SubgraphView] | None = None) -> QueryGraph:
    """Build the query graph; ``views`` are extracted from the supergraph where they aren't given."""
    return _Builder(supergraph, extract_views(supergraph) if views is None else views).build()


class _Builder:
    """One instance a graph. Nodes are numbered as they are met: all plain ones first, then provided copies."""

    def __init__(self, supergraph: Supergraph, views: Mapping[str, SubgraphView]) -> None:
        self.supergraph = supergraph
        self.views = views
        self.types = {graph: view.types for graph, view in views.items()}
        self.nodes: list[Node] = []
        self.index: dict[tuple[str, str, FieldSet], int] = {}
        self.abstract = {
            name
            for name, definition in supergraph.schema.types.items()
            if isinstance(definition, InterfaceType | UnionType)
        }
        self.possible = PossibleTypes(supergraph.schema)
        self.entity_moves: dict[tuple[str, bool], tuple[Move, ...]] = {}

    def build(self) -> QueryGraph:
        for graph, types in self.types.items():
            for name in types:
                self._node(graph, name)
        self.keyed = self._keyed_types()
        moves: list[tuple[Move, ...]] = []
        while len(moves) < len(self.nodes):  # field moves may add provided copies
            moves.append(self._moves(self.nodes[len(moves)]))
        return QueryGraph(
            supergraph=self.supergraph,
            views=self.views,
            nodes=tuple(self.nodes),
            moves=tuple(moves),
            roots={
                kind: tuple(self.index[graph, name, ()] for graph, types in self.types.items() if name in types)
                for kind, name in self.supergraph.schema.roots.items()
            },
            index=self.index,
        )

    def _node(self, graph: str, type_name: str, provided: FieldSet = ()) -> int:
        place = (graph, type_name, provided)
        found = self.index.get(place)
        if found is None:
            found = self.index[place] = len(self.nodes)
            self.nodes.append(Node(found, graph, type_name, provided))
        return found

    def _keyed_types(self) -> dict[str, list[tuple[int, bool, Key]]]:
        """Return, for each type, the nodes that a resolvable key leads to, and whether they are interface objects."""
        keyed: dict[str, list[tuple[int, bool, Key]]] = {}
        for graph, types in self.types.items():
            for name, view in types.items():
                for key in view.keys:
                    if key.resolvable:
                        node = self.index[graph, name, ()]
                        keyed.setdefault(name, []).append((node, view.is_interface_object, key))
        return keyed

    # Moves from a node

    def _moves(self, node: Node) -> tuple[Move, ...]:
        view = self.types[node.subgraph][node.type]
        return (*self._field_moves(node, view), *self._hop_moves(node, view), *self._member_moves(node, view))

    def _field_moves(self, node: Node, view: TypeView) -> Iterator[FieldMove]:
        provided = _top_fields(node.provided)
        narrow = node.type in self.abstract and not view.is_interface_object
        for name, item in view.fields.items():
            given = provided.get(name)
            if narrow and not all(self._resolves(node, member, name) for member in view.members):
                continue
            if item.external and given is None:
                continue
            below = (*(given or ()), *item.provides)
            target_type = named_type(item.type)
            has_target = target_type in self.types[node.subgraph]
            yield FieldMove(
                field=name,
                type=item.type,
                target=self._node(node.subgraph, target_type, _normalised(below)) if has_target else None,
                requires=() if item.external else item.requires,
                contexts=item.contexts,
                override=None if narrow else item.override,
            )

    def _resolves(self, node: Node, member: str, name: str) -> bool:
        """Whether a member of an abstract type resolves a field by itself, always, and without conditions."""
        member_view = self.types[node.subgraph].get(member)
        item: FieldView | None = member_view.fields.get(name) if member_view else None
        if item is None or item.override is not None:
            return False
        if item.external:
            return name in _top_fields(self._narrow(node.provided, member))
        return not item.requires and not item.contexts

    def _hop_moves(self, node: Node, view: TypeView) -> tuple[Move, ...]:
        place = (node.type, view.is_interface_object)
        if place not in self.entity_moves:
            self.entity_moves[place] = tuple(self._build_hop_moves(node.type, view.is_interface_object))
        return self.entity_moves[place]

    def _build_hop_moves(self, type_name: str, is_interface_object: bool) -> Iterator[Move]:
        for target, target_is_object, key in self.keyed.get(type_name, ()):
            if target_is_object == is_interface_object:
                yield EntityMove(target, key)
            else:
                yield InterfaceObjectMove(target, key)
        definition = self.supergraph.schema.types[type_name]
        for interface in () if isinstance(definition, UnionType) else getattr(definition, "interfaces", ()):
            for target, target_is_object, key in self.keyed.get(interface, ()):
                if target_is_object:
                    yield InterfaceObjectMove(target, key)
        if type_name in self.supergraph.schema.roots.values():
            for graph, types in self.types.items():
                if type_name in types:
                    yield RootMove(self.index[graph, type_name, ()])

    def _member_moves(self, node: Node, view: TypeView) -> Iterator[AbstractMove]:
        if node.type not in self.abstract or view.is_interface_object:
            return
        for member in view.members:
            if member in self.types[node.subgraph]:
                target = self._node(node.subgraph, member, _normalised(self._narrow(node.provided, member)))
                yield AbstractMove(target, member)

    # Provided field sets

    def _narrow(self, provided: FieldSet, member: str) -> FieldSet:
        """Return what a provided field set says of one member of the type that it is written on."""
        narrowed: list[FieldSetField | FieldSetFragment] = []
        for selection in provided:
            if isinstance(selection, FieldSetField):
                narrowed.append(selection)
            elif selection.type_condition is None or self._is(member, selection.type_condition):
                narrowed.extend(self._narrow(selection.selections, member))
        return tuple(narrowed)

    def _is(self, member: str, type_name: str) -> bool:
        return member == type_name or member in self.possible[type_name]


def _top_fields(provided: FieldSet) -> dict[str, FieldSet]:
    """Return the fields that a provided field set names here, each with what it provides below."""
    found: dict[str, FieldSet] = {}
    for selection in provided:
        if isinstance(selection, FieldSetField):
            found[selection.name] = (*found.get(selection.name, ()), *selection.selections)
        elif selection.type_condition is None:
            for name, below in _top_fields(selection.selections).items():
                found[name] = (*found.get(name, ()), *below)
    return found


def _normalised(provided: FieldSet) -> FieldSet:
    """Drop what has no meaning for a copy: repetitions and ``__typename``."""
    return tuple(
        dict.fromkeys(
            selection
            for selection in provided
            if not (isinstance(selection, FieldSetField) and selection.name == _TYPENAME)
        )
    )
