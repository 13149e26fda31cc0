"""The fields of objects of one type: from where each is had.

Enters: fields, and the stands at which data of their objects arrives. Leaves: the best ways to have all of them.
Invariant: a field with selections is asked for at every stand that resolves it, since what is below may have to come
from several of them.
"""

from __future__ import annotations

from router.operation.model import FieldSelection
from router.planning.alternatives import Alternative
from router.planning.hops import Hops, Solve
from router.planning.picks import Leaf, Nested, Stand, Touch, Whole
from router.planning.places import Arrivals, Frame, stand_at
from router.planning.search import Search
from router.planning.spots import Spot, Way, knows_more

#: What it weighs, among plans of equal cost, that a subgraph never returns a type which the client asks for.
ABSENT = 1_000


class FieldCover:
    """Covers fields for one search; ``solve`` covers the places below them."""

    def __init__(self, search: Search, solve: Solve) -> None:
        self._search = search
        self._costs = search.costs
        self._way, self._waits = search.alone.way, search.alone.waits
        self._is_way_whole = search.alone.is_way_whole
        self._solve = solve
        self.hops = Hops(search, self, solve)

    def cover_object(
        self, name: str, fields: list[FieldSelection], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        """Cover fields of objects of one type (or of an interface whose objects' types aren't known)."""
        stands: list[Stand] = []
        absent: list[Alternative] = []
        for number, (spot, mask) in enumerate(arrivals):
            if spot.interface_object or spot.type_name == name:
                stands.append(Stand(spot, mask, number, not spot.interface_object, name))
            elif name in spot.members:
                stands.append(Stand(spot.members[name], mask, number, True, name))
            else:
                absent.append(Alternative(mask, ABSENT, Touch(stand_at(number, spot, mask))))
        covered = self.cover_from(name, fields, tuple(stands), frame) if stands else []
        return self._costs.keep_best([*covered, *absent]) if absent else covered

    def cover_apart(
        self, name: str, fields: list[FieldSelection], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        """Cover fields of an entity by hops alone, also back to the subgraphs where its data stands."""
        stands = tuple(stand_at(n, s, m) for n, (s, m) in enumerate(arrivals) if s.type_name == name)
        if not stands:
            return []
        wanted = frozenset(field.name for field in fields)
        hops = (*self.hops.reach(name, stands, wanted, frame), *self.hops.reenter(name, stands, frame))
        parts = [self.cover_field_from(name, field, hops, frame) for field in fields if field.name != "__typename"]
        return self._costs.combine(parts) if parts else []

    def cover_from(
        self, name: str, fields: list[FieldSelection], stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[Alternative]:
        """Cover fields from stands and from whatever can be hopped to from there."""
        active = stands[0] if all(not stands[0].mask & ~other.mask for other in stands) else None
        parts: list[list[Alternative]] = [[]] * len(fields)
        rest: list[int] = []
        for number, field in enumerate(fields):
            ready = None if active is None else self._cover_active(field, active)
            if ready is None:
                rest.append(number)
            else:
                parts[number] = [ready]
        if rest:
            wanted = frozenset(fields[number].name for number in rest)
            everywhere = (*stands, *self.hops.reach(name, stands, wanted, frame))
            waiting = [self.hops.after_requirements(name, fields[number], everywhere, frame) for number in rest]
            joined = [stand for found in waiting for stand in found]
            for number, own in zip(rest, waiting, strict=True):
                field = fields[number]
                found = self.cover_field_from(name, field, (*everywhere, *joined), frame)
                if own:
                    found = [*found, *self._cover_waiting(field, own, joined, frame)]
                if not found:
                    self._search.failed = self._search.failed or f"{name}.{field.name}"
                    return []
                parts[number] = self._costs.keep_best(found)
        return self._costs.combine(parts)

    def _cover_active(self, field: FieldSelection, active: Stand) -> Alternative | None:
        """Cover a field that the active arrival, whose requests are there in any case, answers alone and at once."""
        if field.name == "__typename":
            return Alternative(active.mask, 0, Leaf(field, None, active)) if active.typed else None
        way = self._way(active.spot, field.name)
        if way is None or not self._is_way_whole(way, field, active.spot):
            return None
        if field.selection_set is None:
            return Alternative(active.mask, 0, Leaf(field, (active.object_type,), active))
        below = Whole(field.selection_set, 0)
        return Alternative(active.mask, 0, Nested(field, (active.object_type,), (active,), below))

    def cover_field_from(
        self, name: str, field: FieldSelection, stands: tuple[Stand, ...], frame: Frame | None
    ) -> list[Alternative]:
        """Cover one field from stands that resolve it without conditions."""
        if field.name == "__typename":
            return self._costs.keep_best(
                Alternative(stand.mask, 0, Leaf(field, None, stand)) for stand in stands if stand.typed
            )
        found: list[tuple[Stand, Way]] = []
        for stand in stands:
            way = self._way(stand.spot, field.name)
            if way is not None and not self._waits(way, stand.spot):
                found.append((stand, way))
        return self.cover_resolved(field, (name,), found, frame) if found else []

    def _cover_waiting(
        self, field: FieldSelection, waiting: list[Stand], joined: list[Stand], frame: Frame | None
    ) -> list[Alternative]:
        """Cover a field with ``@requires``: from its own stands, or later, from another such stand of the subgraph."""
        found: list[tuple[Stand, Way]] = []
        for stand in (*waiting, *self.hops.ride(waiting, joined)):
            way = self._way(stand.spot, field.name)
            assert way is not None
            found.append((stand, way))
        return self.cover_resolved(field, (waiting[0].object_type,), found, frame)

    def cover_resolved(
        self,
        field: FieldSelection,
        types: tuple[str, ...] | None,
        found: list[tuple[Stand, Way]],
        frame: Frame | None,
    ) -> list[Alternative]:
        """Cover one field from the stands that were ``found`` to resolve it, and what is below it."""
        if field.selection_set is None:
            return self._costs.keep_best(Alternative(s.mask, _extra(s), Leaf(field, types, s)) for s, _ in found)
        stands: list[Stand] = []
        arrivals: list[tuple[Spot, int]] = []
        for stand, way in sorted(found, key=lambda pair: self._costs.cost(pair[0].mask)):
            if way.target is None:
                continue
            if any(spot is way.target and not mask & ~stand.mask for spot, mask in arrivals):
                continue  # the same spot at less cost
            stands.append(stand)
            arrivals.append((way.target, stand.mask))
        # Of two subgraphs that can return the field, one that knows all the members that the other knows, and more, is
        # the one to ask: the other has no answer for an object that it doesn't know.
        best = [n for n, (spot, _) in enumerate(arrivals) if not any(knows_more(other, spot) for other, _ in arrivals)]
        for chosen in (best, range(len(arrivals))) if len(best) < len(arrivals) else (best,):
            solved = self._solve(field.selection_set, tuple(arrivals[n] for n in chosen), frame) if chosen else []
            if solved:
                asked = tuple(stands[n] for n in chosen)
                return [Alternative(b.mask, b.extra, Nested(field, types, asked, b.pick)) for b in solved]
        return []


def _extra(stand: Stand) -> int:
    return 0 if isinstance(stand.origin, int) else len(stand.origin.key.text)
