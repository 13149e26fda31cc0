"""The walker: from where data stands, what can be had, and where one can go on.

Enters: a :class:`~router.graph.model.QueryGraph` and, with each question, nodes and the :class:`Labels` that are known.
Leaves: whether a field set can be had from a node (:meth:`Walker.has`), and the nodes that entity moves lead to
(:meth:`Walker.hops`). Invariant: an answer depends on the question alone, so every answer is remembered.

Theory. A hop to ``target`` by a key may be taken from ``node`` if the key's field set can be had from ``node``. A field
set can be had if each of its fields can be had: by the node's own subgraph, or by another one that hops lead to, whose
answer then stands elsewhere, so that what is below the field is asked for there. So the two questions call each other.
Nearly always the key is *local*: the subgraph has it all by itself. Otherwise the search goes deeper, and
:class:`Avoid` keeps it well-founded: while a key is being looked for, neither the hop's own subgraph nor a hop that
needs the same field set is of any use.

Example. ``T`` is in A with ``id``, in B with keys ``id`` and ``code``, in C with key ``code``. From ``(A, T)`` the
key ``id`` is local, so B is one hop away. C needs ``code``, which isn't local in A, but it is in B: so C is in reach
by way of B. A field of ``T`` that ``@requires(fields: "x")`` in B, with ``x`` in A, can be had from ``(A, T)``: hop
to B, where ``x`` can be had by a hop back to A. From a plain field of B's own, one must come back to B after that as
well, so ``T`` needs a key that is local in B (:meth:`Walker.returns`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment
from router.federation.subgraph import Key
from router.graph.labels import Labels
from router.graph.local_field_sets import TYPENAME, LocalFieldSets
from router.graph.model import FieldMove, QueryGraph
from router.graph.node_tables import HopGroup, NodeTables
from router.graph.outlook import Outlook
from router.graph.possible_types import PossibleTypes


class Avoid(NamedTuple):
    """What a search must not use again: subgraphs to hop to, and field sets (with their types) it already looks for."""

    subgraphs: frozenset[str] = frozenset()
    field_sets: frozenset[tuple[str, FieldSet]] = frozenset()


NOTHING = Avoid()

#: How many field sets a walker looks for beyond local ones before it gives up: some ten seconds.
BUDGET = 200_000


class Hop(NamedTuple):
    """A node that hops lead to: the last hop starts from ``origin`` and uses ``key``."""

    target: int
    origin: int
    key: Key | None


class SearchTooLong(Exception):
    """The searches for keys that aren't at hand took more steps than the walker's budget."""


class Walker:
    """Answers questions about one graph, and remembers the answers; one a graph.

    ``budget`` bounds the searches for field sets that aren't local, all together.
    """

    def __init__(self, graph: QueryGraph, budget: int = BUDGET) -> None:
        self.graph = graph
        self._left = budget
        self.possible_types = PossibleTypes(graph.supergraph.schema)
        # What a node offers by itself is asked of the walker too.
        tables = NodeTables(graph)
        self.fields, self.members, self.groups = tables.fields, tables.members, tables.groups
        self.is_interface_object = tables.is_interface_object
        alone = LocalFieldSets(tables, self.possible_types)
        self.local, self.narrow, self.returns = alone.local, alone.narrow, alone.returns
        self._members_local = alone.members_local
        self._has: dict[tuple[tuple[int, ...], FieldSet, Labels, Avoid], bool] = {}
        self._outlook = Outlook(tables)
        self._reach: dict[object, tuple[int, ...] | None] = {}
        self._hops: dict[tuple[tuple[int, ...], Labels, Avoid], Mapping[int, Hop]] = {}

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise SearchTooLong

    # Hops

    def hops(self, nodes: tuple[int, ...], labels: Labels, avoid: Avoid = NOTHING) -> Mapping[int, Hop]:
        """Return the nodes that hops lead to from any of ``nodes``, in the order of reaching them.

        A subgraph where one stands already is never hopped to: what is in reach there is in reach without the hop. Nor
        are two hops in a row taken by one key, since the second could have been the first.
        """
        place = (nodes, labels, avoid)
        found = self._hops.get(place)
        if found is None:
            found = self._hops[place] = self._search_hops(nodes, labels, avoid)
        return found

    def reach(self, nodes: tuple[int, ...], labels: Labels) -> tuple[int, ...] | None:
        """Return all that local keys lead to from ``nodes``, those in their own subgraphs included.

        ``None`` where something is left that only a key which isn't local may lead to, so that :meth:`hops` must tell.
        Nodes that begin with the same keys share one answer, one object: that is most subgraphs that know a type.
        """
        groups = frozenset(map(self.groups, nodes))
        usable = frozenset(group for node in nodes for group in self.groups(node) if self._opens(group, node, labels))
        place = (groups, usable, labels)
        if place not in self._reach:
            reached: dict[int, Hop] = {}
            complete = self._saturate(nodes, reached, frozenset(), labels, NOTHING)
            self._reach[place] = tuple(reached) if complete else None
        return self._reach[place]

    def _opens(self, group: HopGroup, node: int, labels: Labels) -> bool:
        return group.key is None or self.local(node, group.key.fields, labels)

    def _search_hops(self, nodes: tuple[int, ...], labels: Labels, avoid: Avoid) -> dict[int, Hop]:
        """Take all hops that local keys allow, then look for keys elsewhere, by turns."""
        closed = avoid.subgraphs | {self.graph.nodes[node].subgraph for node in nodes}
        reached: dict[int, Hop] = {}
        frontier = nodes
        while frontier and not self._saturate(frontier, reached, closed, labels, avoid):
            found: dict[int, Hop] = {}
            for origin in (*nodes, *reached):
                came_by = reached[origin].key if origin in reached else None
                for group in self.groups(origin):
                    if group.key is None or not self._may_take(group, origin, came_by, avoid):
                        continue
                    for target in group.targets:
                        if target in reached or target in found or self.graph.nodes[target].subgraph in closed:
                            continue
                        if self._finds_key(origin, group.key, target, labels, avoid):
                            found[target] = Hop(target, origin, group.key)
            reached.update(found)
            frontier = tuple(found)
        return reached

    def _saturate(
        self,
        nodes: tuple[int, ...],
        reached: dict[int, Hop],
        closed: frozenset[str],
        labels: Labels,
        avoid: Avoid,
    ) -> bool:
        """Add to ``reached`` all that local keys lead to, and tell whether nothing is left that others might."""
        missed: dict[HopGroup, None] = {}
        opened: set[HopGroup] = set()
        frontier = list(nodes)
        while frontier:
            following: list[int] = []
            for node in frontier:
                came_by = reached[node].key if node in reached else None
                for group in self.groups(node):
                    if group in opened:
                        continue
                    if not self._may_take(group, node, came_by, avoid) or not self._opens(group, node, labels):
                        missed[group] = None
                        continue
                    opened.add(group)
                    for target in group.targets:
                        if target not in reached and self.graph.nodes[target].subgraph not in closed:
                            reached[target] = Hop(target, node, group.key)
                            following.append(target)
            frontier = following
        return not any(
            target not in reached and self.graph.nodes[target].subgraph not in closed
            for group in missed
            if group not in opened
            for target in group.targets
        )

    def _may_take(self, group: HopGroup, node: int, came_by: Key | None, avoid: Avoid) -> bool:
        """Whether a hop makes sense: no second one by the key one came by, none by a key that is being looked for."""
        if group.key is None:
            return True
        if came_by is not None and came_by.fields == group.key.fields:
            return False
        return (self.graph.nodes[node].type, group.key.fields) not in avoid.field_sets

    def _finds_key(self, origin: int, key: Key, target: int, labels: Labels, avoid: Avoid) -> bool:
        """Tell whether a key that isn't local can be brought together for a hop, without what is to be avoided."""
        sought = (self.graph.nodes[origin].type, key.fields)
        subgraphs = avoid.subgraphs | {self.graph.nodes[target].subgraph}
        return self.has((origin,), key.fields, labels, Avoid(subgraphs, avoid.field_sets | {sought}))

    # Field sets from anywhere

    def has(
        self,
        nodes: tuple[int, ...],
        field_set: FieldSet,
        labels: Labels,
        avoid: Avoid = NOTHING,
        *,
        entered: bool = True,
    ) -> bool:
        """Tell whether a field set can be had for data that stands at any of ``nodes``, hopping where needed.

        ``entered`` tells that one is at the nodes by a hop, or may come back to them as if one were.
        """
        if len(nodes) == 1 and self.local(nodes[0], field_set, labels):
            return True
        if not self._outlook.could_have(nodes, field_set, avoid.subgraphs):
            return False
        place = (nodes if entered else (*nodes, -1), field_set, labels, avoid)
        found = self._has.get(place)
        if found is None:
            self._spend()
            found = all(self._has_selection(nodes, selection, labels, avoid, entered) for selection in field_set)
            self._has[place] = found
        return found

    def _has_selection(
        self,
        nodes: tuple[int, ...],
        selection: FieldSetField | FieldSetFragment,
        labels: Labels,
        avoid: Avoid,
        entered: bool,
    ) -> bool:
        if isinstance(selection, FieldSetFragment):
            return self._has_fragment(nodes, selection, labels, avoid, entered)
        if selection.name == TYPENAME:
            return True
        targets: dict[int, None] = {}
        for node, hopped in self._standpoints(nodes, labels, avoid):
            move = self.fields(node).get(selection.name)
            if move is None:
                members = self.members(node)
                if self._members_local(node, selection, labels) or (
                    members
                    and all(
                        self.has((place,), (selection,), labels, avoid, entered=False) for place in members.values()
                    )
                ):
                    return True
                continue
            if not self.meets(node, move, labels, avoid, entered=entered or hopped):
                continue
            if not selection.selections:
                return True
            if move.target is not None:
                targets[move.target] = None
        return bool(targets) and self.has(tuple(targets), selection.selections, labels, avoid, entered=False)

    def _standpoints(self, nodes: tuple[int, ...], labels: Labels, avoid: Avoid) -> Iterable[tuple[int, bool]]:
        for node in nodes:
            yield node, False
        for node in self.hops(nodes, labels, avoid):
            yield node, True

    def _has_fragment(
        self, nodes: tuple[int, ...], fragment: FieldSetFragment, labels: Labels, avoid: Avoid, entered: bool
    ) -> bool:
        for node in nodes:
            places = self.narrow(node, fragment)
            if all(self.has((place,), fragment.selections, labels, avoid, entered=entered) for place in places):
                return True
        return False

    def meets(
        self, node: int, move: FieldMove, labels: Labels, avoid: Avoid = NOTHING, *, entered: bool = True
    ) -> bool:
        """Tell whether a field move's label and ``@requires`` can be met; contexts are the caller's to judge.

        ``entered`` tells that one came to the node by a hop, so that what is required can be had before it.
        """
        if not labels.meet(move.override):
            return False
        if not move.requires:
            return True
        sought = (self.graph.nodes[node].type, move.requires)
        if sought in avoid.field_sets or not (entered or self.returns(node)):
            return False
        deeper = Avoid(avoid.subgraphs, avoid.field_sets | {sought})
        return self.has((node,), move.requires, labels, deeper)
