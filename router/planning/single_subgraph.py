"""What the subgraph of one spot answers by itself, under the active override labels.

Enters: spots, fields and selection sets. Leaves: how a field is resolved there, whether it has to wait, whether all of
a selection set is answered alone and at once. Invariant: no answer here depends on what other subgraphs have.
"""

from __future__ import annotations

from collections.abc import Callable

from router.operation.model import FieldSelection, SelectionSet
from router.planning.selections import Item, flatten
from router.planning.spots import Spot, Spots, Way


class SingleSubgraph:
    """Answers for one operation's search, and remembers them; ``spend`` counts the work."""

    def __init__(self, spots: Spots, labels: frozenset[str], spend: Callable[[int], None]) -> None:
        self._spots = spots
        self._labels = labels
        self._spend = spend
        self._whole: dict[tuple[SelectionSet, Spot], bool] = {}
        self._waiting: dict[Way, bool] = {}

    def way(self, spot: Spot, name: str) -> Way | None:
        """Return how a spot resolves a field under the active labels."""
        way = spot.ways.get(name)
        if way is None or way.override is None:
            return way
        return way if (way.override.label in self._labels) == way.override.active else None

    def is_whole(self, selection_set: SelectionSet, spot: Spot) -> bool:
        """Tell whether a spot's subgraph answers a selection set alone and at once."""
        key = (selection_set, spot)
        found = self._whole.get(key)
        if found is None:
            self._spend(1)
            visible = None if self._spots.is_internal(selection_set) else self._spots.hidden
            found = all(self._is_item_whole(item, spot, visible) for item in flatten(selection_set))
            self._whole[key] = found
        return found

    def _is_item_whole(self, item: Item, spot: Spot, hidden: frozenset[str] | None) -> bool:
        if item.defer is not None:
            return False
        if spot.interface_object and (item.types is not None or item.field.name == "__typename"):
            return False
        if item.field.name.startswith("__"):
            return item.field.name == "__typename"
        if item.types is None:
            way = self.way(spot, item.field.name)
            if way is not None:
                return self.is_way_whole(way, item.field, spot)
            if not spot.abstract:
                return False
        for name, member in spot.members.items():
            if item.types is None:
                if hidden is not None and name in hidden:
                    continue
            elif name not in item.types:
                continue
            way = self.way(member, item.field.name)
            if way is None or not self.is_way_whole(way, item.field, member):
                return False
        return True

    def waits(self, way: Way, spot: Spot) -> bool:
        """Tell whether a field must wait for a fetch that brings what it requires.

        It needn't where the subgraph has all of that itself at this spot: provided fields, or its own.
        """
        if not way.conditional:
            return False
        found = self._waiting.get(way)
        if found is None:
            found = bool(way.contexts) or not self.is_whole(self._spots.requirement(spot.type_name, way.requires), spot)
            self._waiting[way] = found
        return found

    def is_way_whole(self, way: Way, field: FieldSelection, spot: Spot) -> bool:
        """Tell whether a spot's subgraph answers a field and all below it alone and at once."""
        if self.waits(way, spot):
            return False
        if field.selection_set is None:
            return True
        if way.target is None or self._spots.is_narrow(spot, way):
            return False
        return self.is_whole(field.selection_set, way.target)
