"""Hops: from where a place's data stands to every other subgraph that has a key for it.

Enters: an object type, the stands of a place. Leaves: further stands, each by an entity fetch. Invariant: a hop's
mask holds the requests that bring its key, so a key that isn't at hand and has to be fetched on the way makes the hop
one step later and dearer, and nothing else.

Hops are found in rounds: a round tries every entry's keys from the stands found so far, so that chains come out with
the fewest steps first and no question is asked within itself. A dearer hop to a known spot is kept only where it
needs other requests, which siblings may share.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Protocol

from router.operation.model import FieldSelection, SelectionSet
from router.planning.alternatives import Alternative
from router.planning.picks import ContextValue, Hop, Input, Stand, Touch
from router.planning.places import Arrivals, Frame
from router.planning.search import Search
from router.planning.selections import flatten
from router.planning.spots import Entry, EntryKey, Spot
from router.supergraph.views import ContextRequirement

#: Covers a selection set at a place.
Solve = Callable[[SelectionSet, Arrivals, Frame | None], list[Alternative]]

#: Different hops to one spot that are kept.
_KEPT = 3


class Covering(Protocol):
    """How the fields of a place are had: what hops ask for their keys, and for what is required."""

    def cover_from(
        self, name: str, fields: list[FieldSelection], stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[Alternative]: ...

    def cover_field_from(
        self, name: str, field: FieldSelection, stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[Alternative]: ...


class Hops:
    """Finds hops for one search; remembers them by (type, arrivals)."""

    def __init__(self, search: Search, fields: Covering, solve: Solve) -> None:
        self._search = search
        self._spots, self._costs = search.spots, search.costs
        self._fields = fields
        self._solve = solve
        self._reached: dict[object, tuple[Stand, ...]] = {}

    def reach(
        self, name: str, stands: tuple[Stand, ...], wanted: frozenset[str], frame: Frame | None
    ) -> tuple[Stand, ...]:
        """Return the hops from a place that can serve the wanted fields, in the order in which they were found."""
        arrivals = tuple((stand.spot, stand.mask) for stand in stands)
        key = (name, arrivals, wanted, frame)
        found = self._reached.get(key)
        if found is None:
            entries = self._relevant(self._entries(name, stands), name, stands, wanted)
            if arrivals == self._search.root_arrivals:
                entries = [entry for entry in entries if not entry.root]
            found = self._reached[key] = tuple(self._find(name, entries, stands, frame))
        return found

    def _relevant(
        self, entries: list[Entry], name: str, stands: tuple[Stand, ...], wanted: frozenset[str]
    ) -> list[Entry]:
        """Drop entries that neither resolve a wanted field nor a key field that has to be fetched on the way."""
        untyped = not all(stand.typed for stand in stands)
        needed = set(wanted)
        left = list(entries)
        kept: set[Entry] = set()
        while True:
            found = [
                entry
                for entry in left
                if (untyped and entry.typed) or not needed.isdisjoint(entry.spot.members.get(name, entry.spot).ways)
            ]
            if not found:
                return [entry for entry in entries if entry in kept]
            kept.update(found)
            left = [entry for entry in left if entry not in kept]
            for entry in found:
                for key in entry.keys:
                    needed |= {field for field in key.names if field not in stands[0].spot.ways}

    def _find(self, name: str, entries: list[Entry], stands: tuple[Stand, ...], frame: Frame | None) -> list[Stand]:
        hops: list[Stand] = []
        at: dict[Spot, list[Stand]] = {}
        for stand in stands:
            at.setdefault(stand.spot, []).append(stand)
        while True:
            found: list[Stand] = []
            everywhere = (*stands, *hops)
            for entry in entries:
                known = at.setdefault(entry.spot.members.get(name, entry.spot), [])
                if len(known) >= _KEPT or (entry.root and known) or any(self._is_direct(s, stands) for s in known):
                    continue
                self._search.spend(1)
                for hop in self._enter(name, entry, everywhere, frame):
                    if all(other.mask & ~hop.mask for other in known):
                        known.append(hop)
                        found.append(hop)
            if not found:
                return hops
            hops += found

    def reenter(self, name: str, stands: tuple[Stand, ...], frame: Frame | None) -> list[Stand]:
        """Return hops back to the subgraphs where a place's data stands, for what is asked for later."""
        here = {stand.spot.number for stand in stands}
        return [
            hop
            for entry in self._entries(name, stands)
            if entry.spot.number in here
            for hop in self._enter(name, entry, stands, frame)
        ]

    def _entries(self, name: str, stands: tuple[Stand, ...]) -> list[Entry]:
        interface = next((s.spot.type_name for s in stands if s.spot.interface_object), None)
        entries = [] if name == interface else list(self._spots.entries(name))
        if interface is not None:
            known = {entry.spot for entry in entries}
            entries += [entry for entry in self._spots.entries(interface, True) if entry.spot not in known]
        return entries

    def _is_direct(self, stand: Stand, stands: tuple[Stand, ...]) -> bool:
        """Tell whether no other hop to the same spot can be better: it needs the first arrival and one request."""
        if isinstance(stand.origin, int):
            return stand is stands[0]
        return stand.mask == stands[0].mask | self._costs.bit(stand.origin.step, stand.spot.number)

    def _enter(self, name: str, entry: Entry, stands: tuple[Stand, ...], frame: Frame | None) -> list[Stand]:
        """Return the best ways into an entry from given stands, without further hops at this place."""
        found: list[Stand] = []
        for option, key, inputs, typed_by in self._keys(name, entry, stands, frame):
            found.append(self._arrive(name, entry, option.mask, Hop(entry, key, 0, inputs, (), typed_by)))
        ordered = sorted(found, key=lambda stand: (self._costs.cost(stand.mask), _weight(stand)))
        return keep_minimal(ordered)

    def _arrive(self, name: str, entry: Entry, mask: int, hop: Hop) -> Stand:
        costs = self._costs
        hop.step = costs.last_step(mask) + 1
        spot = entry.spot.members.get(name, entry.spot)
        return Stand(spot, mask | costs.bit(hop.step, spot.number), hop, entry.typed, name)

    def _keys(
        self, name: str, entry: Entry, stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[tuple[Alternative, EntryKey, tuple[Input, ...], Stand | None]]:
        """Return how each key of an entry can be had, and, where it matters, who tells the concrete type."""
        if entry.root:
            return [(Alternative(stands[0].mask, 0, Touch(stands[0])), entry.keys[0], (), stands[0])]
        types: list[Stand | None] = [None]
        if entry.asks_type:
            typed = [stand for stand in stands if stand.typed]
            if not all(stand.typed for stand in stands if isinstance(stand.origin, int)):
                types = list(keep_minimal(typed))
            elif not typed:
                return []
        found: list[tuple[Alternative, EntryKey, tuple[Input, ...], Stand | None]] = []
        for key in entry.keys:
            selection_set = self._spots.requirement(name, key.fields)
            parts = []
            for item in flatten(selection_set):
                parts.append(self._fields.cover_field_from(name, item.field, stands, frame))
                if not parts[-1]:
                    break
            for option in self._costs.combine(parts):
                inputs = (Input(key.fields, selection_set, option.pick, True),)
                for typed_by in types:
                    mask = option.mask | (typed_by.mask if typed_by else 0)
                    found.append((Alternative(mask, option.extra, option.pick), key, inputs, typed_by))
        return found

    # @requires and contexts

    def after_requirements(
        self, name: str, field: FieldSelection, stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[Stand]:
        """Return stands at which a field's ``@requires`` and contexts are met, by an entity fetch for each."""
        found: list[Stand] = []
        for entry in self._entries(name, stands):
            spot = entry.spot.members.get(name, entry.spot)
            way = self._search.alone.way(spot, field.name)
            if way is None or not self._search.alone.waits(way, spot):
                continue
            options: list[tuple[int, tuple[Input, ...]]] = [(0, ())]
            if way.requires:
                required = self._spots.requirement(name, way.requires)
                options = [
                    (option.mask, (Input(way.requires, required, option.pick, False),))
                    for option in self._required(name, required, stands, frame)
                ]
            values = self._context_values(way.contexts, frame) if way.contexts else [(0, ())]
            keys = self._keys(name, entry, stands, frame)
            for (mask, inputs), (context_mask, contexts), (option, key, key_inputs, typed_by) in product(
                options, values, keys
            ):
                hop = Hop(entry, key, 0, (*key_inputs, *inputs), contexts, typed_by)
                found.append(self._arrive(name, entry, mask | context_mask | option.mask, hop))
        return keep_minimal(sorted(found, key=lambda stand: (self._costs.cost(stand.mask), _weight(stand))))

    def _required(
        self, name: str, required: SelectionSet, stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[Alternative]:
        """Cover what a field requires, at the same place and from its arrivals."""
        arrivals = tuple(stand for stand in stands if isinstance(stand.origin, int))
        fields = [item.field for item in flatten(required)]
        key = (required, tuple((stand.origin, stand.spot, stand.mask) for stand in arrivals), frame)
        return self._search.remember(key, lambda: self._fields.cover_from(name, fields, arrivals, frame))

    def _context_values(
        self, requirements: tuple[ContextRequirement, ...], frame: Frame | None
    ) -> list[tuple[int, tuple[ContextValue, ...]]]:
        """Return how the values of contexts are had from the nearest enclosing place that sets each."""
        options: list[tuple[int, tuple[ContextValue, ...]]] = [(0, ())]
        for requirement in requirements:
            found: list[tuple[int, ContextValue]] = []
            up, enclosing = 1, frame.parent if frame else None
            while enclosing is not None and not found:
                for type_name, fields in requirement.selections.items():
                    if type_name not in enclosing.types:
                        continue
                    selection_set = self._spots.requirement(type_name, fields)
                    found += [
                        (option.mask, ContextValue(requirement, up, type_name, selection_set, option.pick))
                        for option in self._solve(selection_set, enclosing.arrivals, enclosing.parent)
                    ]
                up, enclosing = up + 1, enclosing.parent
            options = [(mask | more, (*values, value)) for mask, values in options for more, value in found[:_KEPT]]
        return options

    def ride(self, waiting: list[Stand], others: list[Stand]) -> list[Stand]:
        """Return stands at which a field that waits for its requirements shares a later fetch to its subgraph."""
        found: list[Stand] = []
        for stand in waiting:
            hop = stand.origin
            assert isinstance(hop, Hop)
            for later in others:
                other = later.origin
                if later.spot is not stand.spot or not isinstance(other, Hop) or other.step <= hop.step:
                    continue
                before = stand.mask & ~self._costs.bit(hop.step, stand.spot.number)
                shared = Hop(hop.entry, hop.key, other.step, hop.inputs, hop.contexts, hop.typed_by)
                found.append(Stand(stand.spot, later.mask | before, shared, stand.typed, stand.object_type))
        return found


def _weight(stand: Stand) -> int:
    hop = stand.origin
    return 0 if isinstance(hop, int) else len(hop.key.text)


def keep_minimal(stands: list[Stand]) -> list[Stand]:
    """Keep the stands that need no superset of another's requests; at most a few."""
    best: list[Stand] = []
    for stand in stands:
        if len(best) < _KEPT and all(other.mask & ~stand.mask for other in best):
            best.append(stand)
    return best
