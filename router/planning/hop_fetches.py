"""Hops -> entity fetches, with the representations that they send.

Enters: stands that the cover chose. Leaves: their outlets; behind a hop's stands an entity fetch, made when it is first
written to. Invariant: the key and required fields of an entity fetch were written into the fetches that bring them, and
those come before it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from router.planning.fetch_graph import TYPENAME, FetchStep, Selections, on
from router.planning.needs import ContextNeed, Needs, Shape, can_share, fits_others, join_needs, needs_of
from router.planning.outlets import OpenPlace, Outlet, Outlets
from router.planning.picks import ContextValue, Hop, Pick, Stand
from router.planning.spots import Spots
from router.supergraph.views import ContextRequirement


class HopFetches:
    """Makes the entity fetches of one fetch graph; ``write`` writes a pick at a place, for the plan's own needs."""

    def __init__(self, spots: Spots, outlets: Outlets, write: Callable[[Pick, OpenPlace], None]) -> None:
        self._spots = spots
        self._outlets = outlets
        self._write = write
        self._context_variables: dict[int, str] = {}

    def outlet(self, stand: Stand, at: OpenPlace, why: str) -> Outlet:
        """Return where the fields of a stand are written; ``why`` names, for people, the field that asks for it."""
        origin = stand.origin
        if isinstance(origin, int):
            return at.outlets[origin]
        primary = at.hops.get((origin, 0))
        if primary is not None and primary.step is not None and self._outlets.on_the_way:
            return primary  # a key on the way that is fetched in any case
        found = at.hops.get((origin, self._outlets.part))
        if found is None:
            found = Outlet(origin.entry.spot, enter=partial(self._enter, origin, stand, at, why))
            at.hops[origin, self._outlets.part] = found
        return found

    def context_variable(self, requirement: ContextRequirement) -> str:
        """Return the variable that takes the value of a context."""
        found = self._context_variables.get(id(requirement))
        if found is None:
            found = f"_c{len(self._context_variables)}_{requirement.argument}"
            self._context_variables[id(requirement)] = found
        return found

    def _enter(self, hop: Hop, stand: Stand, at: OpenPlace, why: str) -> tuple[FetchStep, Selections]:
        """Make the fetch of a hop: first what its representations need, then the step itself."""
        place, outlets = at.place, self._outlets
        before: dict[FetchStep, None] = {}
        needs: Needs = {}
        with outlets.collect(before):
            for needed in hop.inputs:
                self._write(needed.pick, at)
                spot = hop.entry.spot
                join_needs(needs, needs_of(self._spots, needed.selection_set, place.names, spot, key=needed.is_key))
            if hop.typed_by is not None and place.path:
                outlets.open(self.outlet(hop.typed_by, at, why)).leaf(TYPENAME)
            contexts = [self._context(value, at) for value in hop.contexts]
        opened = [outlet for outlet in at.outlets if place.path and outlet.selections is not None]
        for outlet in opened:
            outlets.open(outlet).leaf(TYPENAME)
        if not before:  # a key of nothing but the place itself
            before.update({outlet.step: None for outlet in opened if outlet.step is not None})
        subgraph = self._spots.names[hop.entry.spot.number]
        if hop.entry.root:
            step = outlets.step(hop.entry.spot.number, place, hop.step, 0, hop.entry.type_name)
            step.before.update(before)
            step.reasons[f"{why}: root fields asked of {subgraph}"] = None
            return step, step.selections
        step, entered = self._entity_step(hop, at, self._shape(hop, stand, at, needs))
        step.before.update(before)
        for context in contexts:
            step.contexts[context.variable] = context
        extra = "" if all(needed.is_key for needed in hop.inputs) else " once what it requires is there"
        step.reasons[f"{why}: asked of {subgraph} by its key `{hop.key.text}`{extra}"] = None
        return step, entered

    def _entity_step(self, hop: Hop, at: OpenPlace, shape: Shape) -> tuple[FetchStep, Selections]:
        variant = 0
        while True:
            step = self._outlets.step(hop.entry.spot.number, at.place, hop.step, variant, "_Entity")
            key = (shape.typename or "", *shape.types)
            known = step.shapes.get(key)
            if (known is None or can_share(known, shape)) and fits_others(step.shapes, key, shape):
                break
            variant += 1
        if known is None:
            step.shapes[key] = shape
        else:
            join_needs(known.needs, shape.needs)
        entered = step.selections.below(on(hop.entry.type_name), hop.entry.type_name)
        if hop.entry.spot.abstract:
            entered.leaf(TYPENAME)
        return step, entered

    def _shape(self, hop: Hop, stand: Stand, at: OpenPlace, needs: Needs) -> Shape:
        untyped = [outlet.spot.type_name for outlet in at.outlets if outlet.spot.interface_object]
        if hop.entry.asks_type:
            return Shape({stand.object_type: None}, None, needs, at.place.conditions)
        types = dict.fromkeys([*untyped, stand.object_type])
        if not self._spots.index.is_object(stand.object_type):
            types.update(dict.fromkeys(self._spots.index.possible(stand.object_type)))
        return Shape(types, hop.entry.type_name, needs, at.place.conditions)

    def _context(self, value: ContextValue, at: OpenPlace) -> ContextNeed:
        enclosing = at
        for _ in range(value.up):
            assert enclosing.parent is not None
            enclosing = enclosing.parent
        self._write(value.pick, enclosing)
        requirement = value.requirement
        place, spot = enclosing.place, enclosing.outlets[0].spot
        needs = needs_of(self._spots, value.selection_set, place.names, spot, key=False)
        return ContextNeed(self.context_variable(requirement), str(requirement.type), len(place.path), needs)
