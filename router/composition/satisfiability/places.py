"""Where a client can stand, and which subgraphs' nodes can stand there with it.

Enters: the query graph. Leaves: one :class:`Place` a composite type that clients can see, made when it is first
reached. Invariant: a place numbers the nodes that ever stand at it, so a set of nodes is one integer bit mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from router.composition.satisfiability.labels import RelevantLabels
from router.graph.labels import Labels
from router.graph.model import FieldMove
from router.graph.walker import Walker
from router.supergraph.model import TypeJoins
from router.type_system.model import (
    AppliedDirective,
    Field,
    InterfaceType,
    ObjectType,
    UnionType,
    named_type,
)


@dataclass(frozen=True, slots=True)
class ApiField:
    """A field that clients can see. ``type_name`` is ``None`` for a leaf; ``labels`` the override labels on it."""

    name: str
    definition: Field
    type_name: str | None
    labels: tuple[str, ...]
    shareable: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """Who can answer at a place, as masks: nodes where one ``stands``, and those that hops lead to (``entered``)."""

    stands: int
    entered: int


@dataclass(slots=True, eq=False)
class Place:
    """A composite type of the API schema. ``members`` are the object types of an abstract one, else empty.

    ``moves`` maps each field to the numbered nodes that may resolve it, with the move. ``conditional`` are the fields
    for which it isn't enough to know who is in reach.
    """

    name: str
    abstract: bool
    fields: tuple[ApiField, ...]
    members: tuple[str, ...]
    nodes: list[int] = field(default_factory=list)
    bits: dict[int, int] = field(default_factory=dict)
    moves: dict[str, list[tuple[int, int, FieldMove]]] = field(default_factory=dict)
    conditional: dict[str, ApiField] = field(default_factory=dict)
    by_subgraph: dict[str, int] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    closures: list[Visit] = field(default_factory=list)
    reaches: dict[tuple[int, Labels], Reach] = field(default_factory=dict)
    masks: dict[tuple[int, ...], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """A set of nodes, with what was known there: contexts (a mask) and override labels."""

    mask: int
    contexts: int
    labels: Labels

    def covers(self, other: Visit) -> bool:
        """Tell whether all that can be had from here can be had from ``other`` too, so that it needs no look."""
        ours, theirs = self.labels, other.labels
        return (
            self.mask & other.mask == self.mask
            and self.contexts & other.contexts == self.contexts
            and ours.on <= theirs.on
            and (ours.off or frozenset()) <= (theirs.off or frozenset())
        )


class Places:
    """The places of one supergraph, and what is in reach at each."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.graph = walker.graph
        self.schema = walker.graph.supergraph.schema
        self._inaccessible = walker.graph.supergraph.directive_name("inaccessible", "inaccessible")
        self.relevant_labels = RelevantLabels(walker.graph.supergraph, walker.possible_types)
        self._places: dict[str, Place] = {}

    def __getitem__(self, name: str) -> Place:
        found = self._places.get(name)
        if found is None:
            found = self._places[name] = self._make(name)
        return found

    def _make(self, name: str) -> Place:
        definition = self.schema.types[name]
        if isinstance(definition, ObjectType):
            joins = self.graph.supergraph.joins[name]
            fields = tuple(
                self._api_field(item, joins) for item in definition.fields.values() if self.visible(item.directives)
            )
            return Place(name, False, fields, (), conditional={f.name: f for f in fields if self._compared(f)})
        members = tuple(m for m in self.walker.possible_types[name] if self.visible(self.schema.types[m].directives))
        return Place(name, True, (), members)

    def _api_field(self, item: Field, joins: TypeJoins) -> ApiField:
        type_name = named_type(item.type)
        composite = isinstance(self.schema.types.get(type_name), ObjectType | InterfaceType | UnionType)
        joined = joins.fields.get(item.name)
        resolved = () if joined is None else [join for join in joined if not (join.external or join.used_overridden)]
        owners = len(joins.types) if joined is None else len(resolved)
        labels = dict.fromkeys(join.override_label for join in joined or () if join.override_label is not None)
        return ApiField(item.name, item, type_name if composite else None, tuple(labels), owners > 1)

    def _compared(self, item: ApiField) -> bool:
        """Whether the subgraphs of a field must be compared, each time that others of them come together."""
        return item.shareable and isinstance(self.schema.types.get(item.type_name or ""), InterfaceType | UnionType)

    def visible(self, directives: Iterable[AppliedDirective]) -> bool:
        """Whether clients see an element with these directives."""
        return all(directive.name != self._inaccessible for directive in directives)

    # Sets of nodes

    def mask(self, place: Place, nodes: Iterable[int]) -> int:
        """Return the bit mask of nodes at a place, numbering those that are new there."""
        mask = 0
        for node in nodes:
            bit = place.bits.get(node)
            if bit is None:
                bit = place.bits[node] = 1 << len(place.nodes)
                place.nodes.append(node)
                subgraph = self.graph.nodes[node].subgraph
                place.by_subgraph[subgraph] = place.by_subgraph.get(subgraph, 0) | bit
                if not place.abstract:
                    self._add_moves(place, node, bit)
            mask |= bit
        return mask

    def _add_moves(self, place: Place, node: int, bit: int) -> None:
        for name, move in self.walker.fields(node).items():
            place.moves.setdefault(name, []).append((bit, node, move))
            if (move.requires or move.contexts) and name not in place.conditional:
                place.conditional.update((item.name, item) for item in place.fields if item.name == name)

    def nodes(self, place: Place, mask: int) -> tuple[int, ...]:
        """Return the nodes of a mask, in the order of their numbers."""
        return tuple(_picked(place.nodes, mask))

    def reach(self, place: Place, mask: int, labels: Labels) -> Reach:
        """Return who can answer at an object type where the nodes of ``mask`` stand."""
        key = (mask, labels)
        found = place.reaches.get(key)
        if found is None:
            nodes = self.nodes(place, mask)
            targets = self.walker.reach(nodes, labels)
            if targets is None:
                targets = tuple(self.walker.hops(nodes, labels))
            entered = place.masks.get(targets)
            if entered is None:
                concrete = (self._concrete(target, place.name) for target in targets)
                entered = place.masks[targets] = self.mask(place, (node for node in concrete if node is not None))
            for node in nodes:  # where one stands already, a hop adds nothing
                entered &= ~place.by_subgraph[self.graph.nodes[node].subgraph]
            found = place.reaches[key] = Reach(mask, entered)
        return found

    def _concrete(self, node: int, type_name: str) -> int | None:
        """Return where an object of the type stands at a node that may be abstract; ``None`` where it can't be."""
        if self.graph.nodes[node].type == type_name or self.walker.is_interface_object(node):
            return node
        return self.walker.members(node).get(type_name)

    # From an abstract type to a member

    def can_be(self, node: int, member: str) -> bool:
        """Tell whether what stands at a node can turn out to be an object of the type."""
        if self.walker.is_interface_object(node):
            return True
        return self.graph.nodes[node].type == member or member in self.walker.members(node)

    def narrow(self, nodes: tuple[int, ...], member: str, labels: Labels) -> list[int]:
        """Return where an object of the type stands, by narrowing each node, and nodes that hops lead to.

        An interface object knows fields but not types, so it helps only beside a subgraph that tells the type.
        """
        found: dict[int, None] = {}
        for node in nodes:
            here: dict[int, None] = {}
            objects: dict[int, None] = {}
            for stand in (node, *self.walker.hops((node,), labels)):
                concrete = self._concrete(stand, member)
                if self.walker.is_interface_object(stand):
                    objects[stand] = None
                elif concrete is not None:
                    here[concrete] = None
            if here:
                found.update(here | objects)
        return list(found)


def _picked(nodes: list[int], mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield nodes[lowest.bit_length() - 1]
        mask ^= lowest
