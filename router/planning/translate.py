"""Whole selection sets -> what a subgraph is sent.

Enters: a normalised selection set that a spot's subgraph answers alone. Leaves: frozen
:class:`~router.planning.fetch_graph.Selections`, one object a (selection set, spot), so that a fragment which is spread
in many places is translated once and can be printed once. Invariant: types and members that the subgraph doesn't know
are gone, and an object of abstract type always says its ``__typename``.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.operation.model import FieldSelection, SelectionSet
from router.planning.fetch_graph import TYPENAME, Head, Selections, on
from router.planning.naming import Names, print_arguments
from router.planning.selections import Item, flatten
from router.planning.spots import Spot, Spots, Way
from router.type_system.values import print_value, variables_in


class Translator:
    """Translates for one plan; remembers what it has translated."""

    def __init__(self, spots: Spots) -> None:
        self.spots = spots
        self._known: dict[tuple[SelectionSet, Spot], Selections] = {}
        self._heads: dict[int, Head] = {}
        self._fields: list[FieldSelection] = []

    def translate(self, selection_set: SelectionSet, spot: Spot) -> Selections:
        """Translate one of the client's selection sets."""
        key = (selection_set, spot)
        found = self._known.get(key)
        if found is None:
            found = Selections(spot.type_name)
            self._known[key] = found
            abstract = not self.spots.index.is_object(selection_set.parent_type)
            if abstract and not spot.interface_object:
                found.leaf(TYPENAME)
            for item in flatten(selection_set):
                if item.field.name == "__typename":
                    continue
                head = self.head(item.field)
                for target, way in self.places_for(item, spot, found):
                    if item.field.selection_set is None or way.target is None:
                        target.leaf(head)
                    else:
                        target.share(head, self.translate(item.field.selection_set, way.target))
            if not found.items:
                found.leaf(TYPENAME)
            found.frozen = True
        return found

    def translate_internal(self, selection_set: SelectionSet, spot: Spot, target: Selections, names: Names) -> None:
        """Write a field set of the plan's own, under response names that don't meet the client's."""
        if not self.spots.index.is_object(selection_set.parent_type) and not spot.interface_object:
            target.leaf(TYPENAME)
        for item in flatten(selection_set):
            if item.field.name == "__typename":
                target.leaf(TYPENAME)
                continue
            name = names.name_for(item.field)
            head = self.internal_head(item.field, name)
            for place, way in self.places_for(item, spot, target):
                if item.field.selection_set is None or way.target is None:
                    place.leaf(head)
                else:
                    below = place.below(head, way.target.type_name)
                    self.translate_internal(item.field.selection_set, way.target, below, names.within(name))
                    if not below.items:
                        below.leaf(TYPENAME)

    def places_for(
        self, item: Item, spot: Spot, target: Selections, leads_to: str | None = None
    ) -> Iterator[tuple[Selections, Way]]:
        """Yield the selections that a field has to be written into: the spot's own, or fragments of its members.

        ``leads_to`` is the type below the field, where it has to be that: an interface's own field may say less of it.
        """
        name = item.field.name
        if not spot.abstract:
            if item.types is None or spot.interface_object or spot.type_name in item.types:
                way = spot.ways.get(name)
                if way is not None:
                    yield target, way
            return
        members = [member for member in spot.members if item.types is None or member in item.types]
        general = spot.ways.get(name)
        if general is not None and len(members) == len(spot.members) and _leads_to(general, leads_to):
            yield target, general
            return
        condition = item.condition
        if condition is not None and len(members) > 1:
            node = self.spots.graph.node(spot.subgraph, condition)
            narrowed = self.spots.spot(node.index) if node is not None else None
            if narrowed is not None and (way := narrowed.ways.get(name)) is not None and _leads_to(way, leads_to):
                here = [member for member in narrowed.members if member in spot.members]
                if here == members or set(here) == set(members):
                    yield target.below(on(condition), condition), way
                    return
        for member in members:
            way = spot.members[member].ways.get(name)
            if way is not None:
                yield target.below(on(member), member), way

    def head(self, field: FieldSelection) -> Head:
        """Return how a client's field is written."""
        found = self._heads.get(id(field))
        if found is None:
            found = Head(
                field.response_name,
                field.name,
                print_arguments(field),
                field.conditions,
                _print_directives(field),
                _variables(field),
            )
            self._heads[id(field)] = found
            self._fields.append(field)  # keeps the identity alive
        return found

    def internal_head(self, field: FieldSelection, response_name: str) -> Head:
        """Return how a field that the plan needs is written."""
        return Head(response_name, field.name, print_arguments(field))


def _leads_to(way: Way, type_name: str | None) -> bool:
    return type_name is None or (way.target is not None and way.target.type_name == type_name)


def _print_directives(field: FieldSelection) -> str:
    return "".join(
        f" @{name}" + ("(" + ", ".join(f"{k}: {print_value(v)}" for k, v in arguments) + ")" if arguments else "")
        for name, arguments in field.directives
    )


def _variables(field: FieldSelection) -> tuple[str, ...]:
    if not field.arguments and not field.directives:
        return ()
    found = [name for _, value in field.arguments for name in variables_in(value)]
    found += [name for _, arguments in field.directives for _, value in arguments for name in variables_in(value)]
    return tuple(dict.fromkeys(found))
