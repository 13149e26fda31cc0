"""Cover: who answers what. The search at the heart of planning.

Theory. A *place* is an object position in the answer. Data can arrive there from one fetch or from several at once (a
value type whose fields are split between subgraphs): the place's arrivals, each a spot of the query graph and the
mask of requests until it is there. Every field of the place is had from a *stand*: an arrival, or a hop to another
subgraph by a key. A field with selections leads to a place of its own, whose arrivals are all the stands that resolve
the field; so what a value type needs from several subgraphs, and what an entity needs from several hops, is one and
the same search. An answer is a list of alternatives (:mod:`router.planning.alternatives`): masks of requests, which
siblings combine by the bitwise or, so that a request is paid once whoever shares it. Results are remembered by
(selection set, arrivals), hence a fragment spread in many places is solved once.

Worked example. ``{ me { name reviews { body } } }`` with ``me`` and ``name`` in users, ``User.reviews`` in reviews,
both with ``@key(fields: "id")``. The root place has the arrivals users@step 0 and reviews@step 0. ``me`` is resolved
by users alone, so the place ``me`` has one arrival. ``name`` is there at once. ``reviews`` isn't: the hops of the
place are reviews@step 1 (key ``id`` from users), which resolves it and all below. The one alternative has the mask
of users@0 and reviews@1.

Invariant: an alternative's mask holds the requests of everything that its pick needs, keys and ``@requires``
included.
"""

from __future__ import annotations

from collections.abc import Callable

from router.operation.model import FieldSelection, FragmentSelection, SelectionSet
from router.planning.alternatives import Alternative
from router.planning.cover_fields import ABSENT, FieldCover
from router.planning.picks import Later, Stand, Touch, Whole
from router.planning.places import Arrivals, Frame, count_absent, stand_at, types_of
from router.planning.search import Search
from router.planning.selections import Item, flatten
from router.planning.spots import Spot, Spots, Way

Parts = list[list[Alternative]]


class Cover:
    """The search for one operation; remembers what it has solved."""

    def __init__(
        self,
        spots: Spots,
        labels: frozenset[str],
        budget: int,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self.spots = spots
        self._search = Search(spots, labels, budget, should_stop)
        self.costs = self._search.costs
        self._fields = FieldCover(self._search, self.solve)

    @property
    def failed(self) -> str | None:
        """The first coordinate that nobody could answer."""
        return self._search.failed

    def solve_roots(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> list[Alternative]:
        """Return the best ways to answer a root selection set, whose fields may come from all of some roots."""
        arrivals = tuple((spot, self.costs.bit(0, spot.number)) for spot in roots)
        self._search.root_arrivals = arrivals
        return self.solve(selection_set, arrivals, None)

    def solve(self, selection_set: SelectionSet, arrivals: Arrivals, frame: Frame | None) -> list[Alternative]:
        """Return the best ways to answer a selection set at a place; empty where there is none."""
        key = (selection_set, arrivals, frame)
        return self._search.remember(key, lambda: self._solve(selection_set, arrivals, frame))

    def _solve(self, selection_set: SelectionSet, arrivals: Arrivals, frame: Frame | None) -> list[Alternative]:
        whole: list[Alternative] = []
        for number, (spot, mask) in enumerate(arrivals):
            if self._search.alone.is_whole(selection_set, spot):
                absent = count_absent(selection_set, spot) if len(arrivals) > 1 else 0
                whole.append(Alternative(mask, ABSENT * absent, Whole(selection_set, number)))
                if not absent and all(not mask & ~other for _, other in arrivals):
                    return [whole[-1]]
        inner = None
        if self.spots.has_contexts:
            inner = Frame(frame, arrivals, types_of(arrivals))
        split = self._split(selection_set, arrivals, inner)
        return self.costs.keep_best([*whole, *split])

    def _split(self, selection_set: SelectionSet, arrivals: Arrivals, frame: Frame | None) -> list[Alternative]:
        items = flatten(selection_set)
        if all(item.defer is None for item in items):
            return self._cover_items(selection_set, items, arrivals, frame)
        now = tuple(item for item in items if item.defer is None)
        parts = [self._cover_items(selection_set, now, arrivals, frame)] if now else [self._touch(arrivals)]
        for item in items:
            if item.defer is not None:
                later = self._cover_later(selection_set, item.defer, now, arrivals, frame)
                parts.append([Alternative(found.mask, found.extra, Later(item.defer, found.pick)) for found in later])
        return self.costs.combine(parts)

    def _cover_later(
        self,
        selection_set: SelectionSet,
        fragment: FragmentSelection,
        before: tuple[Item, ...],
        arrivals: Arrivals,
        frame: Frame | None,
    ) -> list[Alternative]:
        """Cover a deferred fragment; an entity's fields by fetches of their own, where there are keys for it.

        Fields without selections that are asked for ``before``, whenever they are asked for here, are there already.
        """
        inner = flatten(fragment.selection_set)
        items = tuple(
            Item(item.field, fragment.types if item.types is None else item.types, item.condition, item.defer)
            for item in inner
        )
        now = tuple(item for item in items if item.defer is None)
        parts = [self._touch(arrivals)]
        parent = selection_set.parent_type
        if now:
            apart: list[Alternative] = []
            if self.spots.index.is_object(parent):
                new = [item.field for item in now if not _is_there(item.field, fragment, before)]
                apart = self._fields.cover_apart(parent, new, arrivals, frame) if new else self._touch(arrivals)
            parts.append(apart or self._cover_items(selection_set, now, arrivals, frame))
        for item in items:
            if item.defer is not None:
                later = self._cover_later(selection_set, item.defer, (*before, *now), arrivals, frame)
                parts.append([Alternative(found.mask, found.extra, Later(item.defer, found.pick)) for found in later])
        return self.costs.combine(parts)

    def _touch(self, arrivals: Arrivals) -> list[Alternative]:
        return self.costs.keep_best(
            Alternative(mask, 0, Touch(stand_at(number, spot, mask))) for number, (spot, mask) in enumerate(arrivals)
        )

    def _cover_items(
        self, selection_set: SelectionSet, items: tuple[Item, ...], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        parent = selection_set.parent_type
        if not items:
            return self._touch(arrivals)
        if self.spots.index.is_object(parent):
            return self._fields.cover_object(parent, [item.field for item in items], arrivals, frame)
        if all(spot.interface_object for spot, _ in arrivals):
            return self._cover_untold(selection_set, items, arrivals, frame)
        return self._cover_abstract(selection_set, items, arrivals, frame)

    def _cover_untold(
        self, selection_set: SelectionSet, items: tuple[Item, ...], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        """Cover a place of which only the interface is known: what all types have together, if that isn't dearer.

        By its types, what is below would stand once for each of them, and so on at every level.
        """
        common = [item.field for item in items if item.types is None and item.field.name != "__typename"]
        together = self._fields.cover_object(arrivals[0][0].type_name, common, arrivals, frame) if common else []
        if together and len(common) == len(items):
            return together
        apart = self._cover_abstract(selection_set, items, arrivals, frame)
        if not together:
            return apart
        rest = tuple(item for item in items if item.types is not None or item.field.name == "__typename")
        mixed = self.costs.combine([self._cover_abstract(selection_set, rest, arrivals, frame), together])
        if mixed and (not apart or self.costs.cost(mixed[0].mask) <= self.costs.cost(apart[0].mask)):
            return mixed
        return self.costs.keep_best([*mixed, *apart])

    def _cover_abstract(
        self, selection_set: SelectionSet, items: tuple[Item, ...], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        """Cover a place of several types: what all of them have alike together, the rest type by type."""
        hidden = frozenset[str]() if self.spots.is_internal(selection_set) else self.spots.hidden
        types = self._types_at(selection_set, arrivals, hidden)
        parts: Parts = []
        by_type: dict[str, list[FieldSelection]] = {}
        untyped = any(spot.interface_object for spot, _ in arrivals)
        for item in items:
            scope = types if item.types is None else tuple(name for name in types if name in item.types)
            if not untyped:
                if item.field.name == "__typename":
                    parts.append(self._touch(arrivals))
                    continue
                if len(scope) > 1 and (alike := self._cover_alike(item, scope, arrivals, frame)):
                    parts.append(alike)
                    continue
            for name in scope:
                by_type.setdefault(name, []).append(item.field)
        if untyped and _asks_type(items):
            parts.append(self._cover_type_name(selection_set.parent_type, items, arrivals, frame))
        for name, fields in by_type.items():
            self._search.spend(1)
            parts.append(self._fields.cover_object(name, fields, arrivals, frame))
        if not parts:  # no type of the client's is possible here; the place still has to be asked for
            parts.append(self._touch(arrivals))
        return self.costs.combine(parts)

    def _types_at(self, selection_set: SelectionSet, arrivals: Arrivals, hidden: frozenset[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for spot, _ in arrivals:
            if spot.interface_object:
                found.update(dict.fromkeys(self.spots.index.possible(spot.type_name)))
            else:
                found.update(dict.fromkeys(spot.members))
        return tuple(name for name in found if name not in hidden)

    def _cover_alike(
        self, item: Item, scope: tuple[str, ...], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        """Cover a field for several types at once, from arrivals that resolve it alike for all of them."""
        field = item.field
        found: list[tuple[Stand, Way]] = []
        for number, (spot, mask) in enumerate(arrivals):
            if any(name not in spot.members for name in scope):
                continue
            ways = [self._search.alone.way(spot.members[name], field.name) for name in scope]
            general = self._search.alone.way(spot, field.name)
            first = general or ways[0]
            if first is None or any(way is None or way.conditional for way in ways):
                continue
            if general is None and any(way is None or way.target is not first.target for way in ways):
                continue
            found.append((stand_at(number, spot, mask), first))
        types = None if item.types is None else scope
        return self._fields.cover_resolved(field, types, found, frame)

    def _cover_type_name(
        self, parent: str, items: tuple[Item, ...], arrivals: Arrivals, frame: Frame | None
    ) -> list[Alternative]:
        """Find out the concrete type of objects that arrive as an interface's object form."""
        typed = [stand_at(n, s, m) for n, (s, m) in enumerate(arrivals) if not s.interface_object]
        interface = next(spot.type_name for spot, _ in arrivals if spot.interface_object)
        stands = [stand_at(n, s, m) for n, (s, m) in enumerate(arrivals)]
        typed += [hop for hop in self._fields.hops.reach(interface, tuple(stands), frozenset(), frame) if hop.typed]
        if not typed:
            self._search.failed = self._search.failed or f"{parent}.__typename"
        uses = tuple(dict.fromkeys(item.field.conditions for item in items if _asks_type((item,))))
        return self.costs.keep_best(Alternative(stand.mask, 0, Touch(stand, uses)) for stand in typed)


def _asks_type(items: tuple[Item, ...]) -> bool:
    return any(item.types is not None or item.field.name == "__typename" for item in items)


def _is_there(field: FieldSelection, fragment: FragmentSelection, before: tuple[Item, ...]) -> bool:
    """Whether a field of a deferred fragment is asked for before, and under no condition that doesn't hold here too."""
    known = (*fragment.conditions, *field.conditions)
    return any(
        item.field.response_name == field.response_name
        and item.field.selection_set is None
        and all(condition in known for condition in item.field.conditions)
        for item in before
    )
