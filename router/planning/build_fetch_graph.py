"""Picks -> the fetch graph.

Enters: the pick that the cover chose for a whole operation. Leaves: a
:class:`~router.planning.fetch_graph.FetchGraph`. Invariant: all that the client asks for is written once, under its own
name, at the stand that was picked for it; what is deferred is written after all that isn't.

Picks know stands, not fetches: :mod:`router.planning.outlets` makes fetches of arrivals, and
:mod:`router.planning.hop_fetches` of hops.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial
from typing import assert_never

from router.operation.conditions import combine_conditions
from router.operation.model import FieldSelection, SelectionSet
from router.planning.fetch_graph import TYPENAME, DeferredPart, FetchGraph, FetchStep, Head, Selections
from router.planning.hop_fetches import HopFetches
from router.planning.naming import Names
from router.planning.outlets import OpenPlace, Outlet, Outlets, Place
from router.planning.picks import Later, Leaf, Nested, Pick, Stand, Together, Touch, Whole
from router.planning.selections import Item, flatten
from router.planning.spots import Spot, Spots
from router.planning.translate import Translator
from router.query_plan.nodes import FieldStep, ListStep, Path, TypeStep
from router.type_system.model import TypeRef, list_depth, named_type


class FetchGraphBuilder:
    """Builds the steps of one operation, or of one group of a mutation's fields."""

    def __init__(self, spots: Spots, translator: Translator, counter: list[int], kind: str) -> None:
        self.graph = FetchGraph(kind)
        self._spots = spots
        self._translator = translator
        self._counter = counter
        self._outlets = Outlets(self.graph, translator)
        self._hops = HopFetches(spots, self._outlets, partial(self._write, internal=True))
        self._places: dict[tuple[int, Path], int] = {}
        self._later: deque[tuple[DeferredPart, Pick, OpenPlace]] = deque()

    def build(self, pick: Pick, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> FetchGraph:
        """Build all steps for a root selection set; ``roots`` are the arrivals that it was solved for."""
        root = Place(0, (), (), Names((selection_set,), self._counter), abstract=False)
        outlets = tuple(Outlet(spot, enter=partial(self._enter_root, spot, root)) for spot in roots)
        self._write(pick, OpenPlace(root, outlets, None), internal=False)
        while self._later:
            part, deferred, at = self._later.popleft()
            self._outlets.part = part.number
            place = replace(at.place, conditions=part.conditions)
            with self._outlets.collect(part.before):
                self._write(deferred, OpenPlace(place, at.outlets, at.parent, at.hops), internal=False)
            part.before = {step: None for step in part.before if step.deferred != part.number}
        return self.graph

    def _enter_root(self, spot: Spot, root: Place) -> tuple[FetchStep, Selections]:
        step = self._outlets.step(spot.number, root, 0, 0, spot.type_name)
        return step, step.selections

    def _defer(self, pick: Later, at: OpenPlace) -> None:
        """Put a deferred fragment off until all that isn't deferred is written."""
        conditions = combine_conditions((*at.place.conditions, *pick.fragment.conditions)) or ()
        number = len(self.graph.deferred) + 1
        part = DeferredPart(number, self._outlets.part, at.place.path, pick.fragment, conditions)
        self.graph.deferred.append(part)
        self._later.append((part, pick.pick, at))

    def _write(self, pick: Pick, at: OpenPlace, internal: bool) -> None:
        """Write a pick at a place; ``internal`` for what only the plan needs, under names that clash with nobody's."""
        match pick:
            case Together(picks):
                for part in picks:
                    self._write(part, at, internal)
            case Whole(selection_set, arrival):
                self._write_whole(selection_set, at.outlets[arrival], at, internal)
            case Leaf():
                self._write_leaf(pick, at, internal)
            case Nested():
                self._write_nested(pick, at, internal)
            case Touch():
                self._write_touch(pick, at, internal)
            case Later():
                self._defer(pick, at)
            case _:
                assert_never(pick)

    def _write_touch(self, pick: Touch, at: OpenPlace, internal: bool) -> None:
        if not at.place.path:
            return  # the root is there without being asked for
        outlet = self._hops.outlet(pick.stand, at, f"{pick.stand.object_type}.__typename")
        self._outlets.open(outlet).leaf(TYPENAME)
        for conditions in pick.uses if not internal else ():
            self._outlets.note_use(outlet, at.place.conditions, conditions)

    def _write_whole(self, selection_set: SelectionSet, outlet: Outlet, at: OpenPlace, internal: bool) -> None:
        selections = self._outlets.open(outlet)
        if internal:
            self._translator.translate_internal(selection_set, outlet.spot, selections, at.place.names)
        else:
            if at.place.path:
                self._outlets.note_use(outlet, at.place.conditions)
            else:  # the root is there anyway, so only its fields are of use
                for item in flatten(selection_set):
                    self._outlets.note_use(outlet, at.place.conditions, item.field.conditions)
            selections.merge(self._translator.translate(selection_set, outlet.spot))

    def _write_leaf(self, pick: Leaf, at: OpenPlace, internal: bool) -> None:
        selection, stand = pick.field, pick.stand
        outlet = self._hops.outlet(stand, at, f"{stand.object_type}.{selection.name}")
        selections = self._outlets.open(outlet)
        if not internal:
            self._outlets.note_use(outlet, at.place.conditions, selection.conditions)
        if selection.name == "__typename":
            if at.place.abstract or not selections.items:
                selections.leaf(TYPENAME)
            return
        head = self._head(selection, stand, at, internal)
        item = Item(selection, outlet.scope(pick.types))
        for target, _ in self._translator.places_for(item, outlet.spot, selections):
            target.leaf(head)

    def _head(self, selection: FieldSelection, stand: Stand, at: OpenPlace, internal: bool) -> Head:
        """Return how a field is written, with the arguments that come from contexts."""
        if internal:
            head = self._translator.internal_head(selection, at.place.names.name_for(selection))
        else:
            head = self._translator.head(selection)
        way = stand.spot.ways.get(selection.name)
        if way is None or not way.contexts:
            return head
        given = [f"{item.argument}: ${self._hops.context_variable(item)}" for item in way.contexts]
        own = [head.arguments[1:-1]] if head.arguments else []
        return head._replace(arguments=f"({', '.join([*own, *given])})")

    def _write_nested(self, pick: Nested, at: OpenPlace, internal: bool) -> None:
        outlets = self._outlets_below(pick, at, internal)
        inner = OpenPlace(self._place_below(pick, at, internal), outlets, at)
        self._write(pick.below, inner, internal)
        if not internal:
            for outlet in outlets:
                if outlet.selections is not None:
                    self._outlets.note_use(outlet, inner.place.conditions)

    def _outlets_below(self, pick: Nested, at: OpenPlace, internal: bool) -> tuple[Outlet, ...]:
        """Return an outlet of the field's own place for each of its stands."""
        selection = pick.field
        why = f"{pick.stands[0].object_type}.{selection.name}"
        outlets = []
        for stand in pick.stands:
            way = stand.spot.ways.get(selection.name)
            if way is None:  # an abstract spot whose members resolve it alike
                assert pick.types is not None
                way = stand.spot.members[pick.types[0]].ways[selection.name]
            assert way.target is not None
            parent = self._hops.outlet(stand, at, why)
            head = self._head(selection, stand, at, internal)
            outlets.append(Outlet(way.target, parent, head, pick.types, self._is_abstract(selection.type)))
        return tuple(outlets)

    def _place_below(self, pick: Nested, at: OpenPlace, internal: bool) -> Place:
        """Return the field's own place."""
        selection, place = pick.field, at.place
        name = place.names.name_for(selection) if internal else selection.response_name
        steps: Path = ()
        if place.abstract and pick.types is not None and not self._is_interface(pick.types):
            # What arrives as an interface's object form may be told its type only by a fetch beside this one.
            untold = {outlet.spot.type_name: None for outlet in at.outlets if outlet.spot.interface_object}
            steps = (TypeStep((*pick.types, *untold)),)
        steps = (*steps, FieldStep(name), *[ListStep()] * list_depth(selection.type))
        conditions = place.conditions
        if not internal and selection.conditions:
            conditions = combine_conditions((*conditions, *selection.conditions)) or ()
        number = self._places.setdefault((place.number, steps), len(self._places) + 1)
        abstract = self._is_abstract(selection.type)
        return Place(number, (*place.path, *steps), conditions, place.names.within(name), abstract)

    def _is_interface(self, types: tuple[str, ...]) -> bool:
        """Whether the types that a field is asked for are but the interface whose object form stands there."""
        return len(types) == 1 and not self._spots.index.is_object(types[0])

    def _is_abstract(self, ref: TypeRef) -> bool:
        return not self._spots.index.is_object(named_type(ref))
