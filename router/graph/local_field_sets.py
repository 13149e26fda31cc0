"""Whether one subgraph has a field set all by itself, at a node of its own.

Enters: nodes, field sets, the :class:`~router.graph.labels.Labels` that are known. Leaves: yes or no, remembered.
Invariant: no answer here depends on a hop.
"""

from __future__ import annotations

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment
from router.graph.labels import Labels
from router.graph.node_tables import NodeTables
from router.graph.possible_types import PossibleTypes

TYPENAME = "__typename"


class LocalFieldSets:
    """Answers for one graph."""

    def __init__(self, tables: NodeTables, possible_types: PossibleTypes) -> None:
        self.graph = tables.graph
        self.possible_types = possible_types
        self._tables = tables
        self._local: dict[tuple[int, FieldSet, Labels], bool] = {}

    def local(self, node: int, field_set: FieldSet, labels: Labels) -> bool:
        """Tell whether the node's subgraph has a field set all by itself, without any condition."""
        place = (node, field_set, labels)
        found = self._local.get(place)
        if found is None:
            found = all(self._selection_local(node, selection, labels) for selection in field_set)
            self._local[place] = found
        return found

    def _selection_local(self, node: int, selection: FieldSetField | FieldSetFragment, labels: Labels) -> bool:
        if isinstance(selection, FieldSetFragment):
            return all(self.local(place, selection.selections, labels) for place in self.narrow(node, selection))
        if selection.name == TYPENAME:
            return True
        move = self._tables.fields(node).get(selection.name)
        if move is None:
            return self.members_local(node, selection, labels)
        if move.requires or move.contexts or not labels.meet(move.override):
            return False
        return not selection.selections or (
            move.target is not None and self.local(move.target, selection.selections, labels)
        )

    def members_local(self, node: int, selection: FieldSetField, labels: Labels) -> bool:
        """Ask an abstract node's members instead; a label on a member's field is no bar to a whole interface's."""
        for place in self._tables.members(node).values():
            move = self._tables.fields(place).get(selection.name)
            if move is None or move.requires or move.contexts:
                return False
            if selection.selections and (
                move.target is None or not self.local(move.target, selection.selections, labels)
            ):
                return False
        return bool(self._tables.members(node))

    def narrow(self, node: int, fragment: FieldSetFragment) -> tuple[int, ...]:
        """Return the nodes where a fragment applies: the node itself, or those of its members that it can be."""
        condition = fragment.type_condition
        type_name = self.graph.nodes[node].type
        if condition is None or condition == type_name or self._tables.is_interface_object(node):
            return (node,)
        possible = self.possible_types[condition]
        if type_name in possible:
            return (node,)
        members = self._tables.members(node)
        if members and set(members).issubset(possible):
            return (node,)
        return tuple(place for name, place in members.items() if name in possible)

    def returns(self, node: int) -> bool:
        """Tell whether the node's type has a key here whose fields are the subgraph's own, to come back by.

        That is a matter of what is external, whatever labels say; and a key that isn't resolvable will do.
        """
        place = self.graph.nodes[node]
        keys = self.graph.views[place.subgraph].types[place.type].keys
        return any(self._owns(node, key.fields) for key in keys)

    def _owns(self, node: int, field_set: FieldSet) -> bool:
        for selection in field_set:
            if isinstance(selection, FieldSetFragment):
                if not all(self._owns(place, selection.selections) for place in self.narrow(node, selection)):
                    return False
            elif selection.name != TYPENAME:
                move = self._tables.fields(node).get(selection.name)
                if move is None:
                    return False
                if selection.selections and (move.target is None or not self._owns(move.target, selection.selections)):
                    return False
        return True
