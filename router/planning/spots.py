"""The query graph compiled for lookups: where data can stand, what can be had there, how to enter from elsewhere.

Enters: a :class:`~router.graph.model.QueryGraph`. Leaves: :class:`Spot` s, :class:`Way` s and :class:`Entry` s, each
made when it is first asked for and kept as long as the supergraph. Invariant: a spot is one node of the graph; field
sets are normalised selection sets on the supergraph's full schema, one object a (type, field set), so that whatever
remembers by identity may remember across operations.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import parse
from graphql.language import ast

from router.federation.field_set import FieldSet, FieldSetField, print_field_set
from router.federation.subgraph import Key
from router.graph.model import AbstractMove, EntityMove, FieldMove, InterfaceObjectMove, QueryGraph, RootMove
from router.operation.collect import Collector
from router.operation.model import SelectionSet
from router.operation.type_index import TypeIndex
from router.supergraph.views import ContextRequirement, OverrideCondition
from router.type_system.model import NonNullType


@dataclass(slots=True, eq=False)
class Way:
    """How a spot's subgraph resolves a field: at once, or once ``requires`` and ``contexts`` are met."""

    field: str
    target: Spot | None
    requires: FieldSet
    contexts: tuple[ContextRequirement, ...]
    override: OverrideCondition | None
    composite: bool

    @property
    def conditional(self) -> bool:
        """Whether something must be had before the field can be asked for."""
        return bool(self.requires or self.contexts)


@dataclass(slots=True, eq=False)
class Spot:
    """A node of the graph. ``members`` maps each object type that can stand here to its own spot."""

    index: int
    subgraph: str
    number: int
    type_name: str
    abstract: bool
    interface_object: bool
    ways: dict[str, Way] = field(default_factory=dict)
    members: dict[str, Spot] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class EntryKey:
    """A key of an entry; ``text`` is its field set as people write it, ``names`` the fields at its top."""

    fields: FieldSet
    text: str
    names: frozenset[str] = frozenset()


_NO_KEY = EntryKey((), "")


@dataclass(slots=True, eq=False)
class Entry:
    """A way into a subgraph by ``_entities``: the representation says ``type_name``, the answer stands at ``spot``.

    ``typed`` tells that the answer has a concrete ``__typename``; ``asks_type`` that the representation needs one.
    A ``root`` entry asks for root fields, which needs no key.
    """

    spot: Spot
    type_name: str
    keys: list[EntryKey]
    typed: bool
    asks_type: bool
    root: bool = False


class Spots:
    """The compiled graph; one a supergraph."""

    def __init__(self, graph: QueryGraph) -> None:
        self.graph = graph
        self.index = TypeIndex(graph.supergraph.schema)
        self.subgraphs = tuple(graph.views)
        self.names = tuple(graph.views[name].graph.name for name in self.subgraphs)
        self.numbers = {name: number for number, name in enumerate(self.subgraphs)}
        self.hidden = _hidden_types(graph)
        self.has_contexts = any(
            item.contexts
            for view in graph.views.values()
            for kind in view.types.values()
            for item in kind.fields.values()
        )
        self._spots: dict[int, Spot] = {}
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._collector = Collector(self.index, {})
        self._requirements: dict[tuple[str, FieldSet], SelectionSet] = {}
        self._internal: set[SelectionSet] = set()
        self._narrow: dict[tuple[str, str, int], bool] = {}

    def spot(self, node_index: int) -> Spot:
        """Return the spot of a graph node."""
        found = self._spots.get(node_index)
        if found is None:
            node = self.graph.nodes[node_index]
            view = self.graph.views[node.subgraph].types[node.type]
            abstract = not self.index.is_object(node.type) and not view.is_interface_object
            found = Spot(
                node_index, node.subgraph, self.numbers[node.subgraph], node.type, abstract, view.is_interface_object
            )
            self._spots[node_index] = found
            if not abstract:
                found.members[node.type] = found
            for move in self.graph.moves[node_index]:
                if isinstance(move, FieldMove):
                    found.ways[move.field] = Way(
                        field=move.field,
                        target=None if move.target is None else self.spot(move.target),
                        requires=move.requires,
                        contexts=move.contexts,
                        override=move.override,
                        composite=move.target is not None,
                    )
                elif isinstance(move, AbstractMove):
                    found.members[move.member] = self.spot(move.target)
        return found

    def roots(self, kind: str) -> tuple[Spot, ...]:
        """Return the root spots of ``query`` and its like, in the order of subgraphs."""
        return tuple(map(self.spot, self.graph.roots.get(kind, ())))

    def entries(self, type_name: str, interface_object: bool = False) -> tuple[Entry, ...]:
        """Return the ways into any subgraph for objects of a type.

        With ``interface_object`` the type is an interface whose objects' types are unknown so far.
        """
        place = f"{type_name} object" if interface_object else type_name
        found = self._entries.get(place)
        if found is None:
            found = self._entries[place] = self._find_entries(type_name, interface_object)
        return found

    def _find_entries(self, type_name: str, interface_object: bool) -> tuple[Entry, ...]:
        source = next(
            (
                node.index
                for node in self.graph.nodes
                if node.type == type_name
                and self.graph.views[node.subgraph].types[type_name].is_interface_object == interface_object
            ),
            None,
        )
        by_target: dict[int, Entry] = {}
        for move in () if source is None else self.graph.moves[source]:
            if isinstance(move, RootMove) and type_name == self.index.schema.roots.get("query"):
                by_target[move.target] = Entry(self.spot(move.target), type_name, [_NO_KEY], True, False, root=True)
            elif isinstance(move, EntityMove | InterfaceObjectMove):
                entry = by_target.get(move.target)
                if entry is None:
                    spot = self.spot(move.target)
                    asks_type = not interface_object and not spot.interface_object
                    entry = Entry(spot, spot.type_name, [], not spot.interface_object, asks_type)
                    by_target[move.target] = entry
                entry.keys.append(EntryKey(move.key.fields, _key_text(move.key), _names(move.key.fields)))
        return tuple(by_target.values())

    def requirement(self, type_name: str, fields: FieldSet) -> SelectionSet:
        """Return a field set on a type as a selection set."""
        key = (type_name, fields)
        found = self._requirements.get(key)
        if found is None:
            document = parse("{" + print_field_set(fields) + "}", no_location=True)
            definition = document.definitions[0]
            assert isinstance(definition, ast.OperationDefinitionNode)
            found = self._requirements[key] = self._collector.merge(type_name, (definition.selection_set,))
            self._mark_internal(found)
        return found

    def is_internal(self, selection_set: SelectionSet) -> bool:
        """Tell whether a selection set comes from a field set, not from the client."""
        return selection_set in self._internal

    def _mark_internal(self, selection_set: SelectionSet) -> None:
        if selection_set in self._internal:
            return
        self._internal.add(selection_set)
        for selection in selection_set.selections:
            below = selection.selection_set
            if below is not None:
                self._mark_internal(below)

    def is_narrow(self, spot: Spot, way: Way) -> bool:
        """Tell whether another subgraph resolves the same field and knows more members of what it returns."""
        target = way.target
        if target is None or not target.abstract:
            return False
        key = (spot.type_name, way.field, target.index)
        found = self._narrow.get(key)
        if found is None:
            found = False
            for subgraph in self.subgraphs:
                node = self.graph.node(subgraph, spot.type_name)
                other = self.spot(node.index).ways.get(way.field) if node is not None else None
                if other is not None and other.target is not None and knows_more(other.target, target):
                    found = True
            self._narrow[key] = found
        return found

    def declares_non_null(self, spot: Spot, name: str) -> bool:
        """Tell whether the spot's subgraph declares a field of the spot's type non-null."""
        view = self.graph.views[spot.subgraph].types[spot.type_name].fields.get(name)
        return view is not None and isinstance(view.type, NonNullType)


def knows_more(one: Spot, other: Spot) -> bool:
    """Tell whether one subgraph can return all that another can for an abstract type, and more."""
    return one.abstract and one.type_name == other.type_name and one.members.keys() > other.members.keys()


def _hidden_types(graph: QueryGraph) -> frozenset[str]:
    """Return the types that the API schema doesn't have."""
    supergraph = graph.supergraph
    directive = supergraph.directive_name("inaccessible", "inaccessible")
    if directive is None:
        return frozenset()
    return frozenset(
        name
        for name, definition in supergraph.schema.types.items()
        if any(applied.name == directive for applied in definition.directives)
    )


def _key_text(key: Key) -> str:
    return " ".join(key.text.split())


def _names(fields: FieldSet) -> frozenset[str]:
    """Return the fields at the top of a field set, those of fragments too."""
    found: set[str] = set()
    for item in fields:
        found |= {item.name} if isinstance(item, FieldSetField) else _names(item.selections)
    return frozenset(found)
