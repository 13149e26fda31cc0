"""Picks -> the fetch graph.

Enters: the pick that the cover chose for a whole operation. Leaves: a
:class:`~router.planning.fetch_graph.FetchGraph`. Invariant: before anything is written into an entity fetch, its key
and required fields were written into the fetches that bring them, and those come before it.

Picks know stands, not fetches. At each place a :class:`_Frame` ties them together: an outlet for each arrival, and
for each hop an outlet that makes its fetch when it is first written to.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import assert_never

from router.errors import PlanningBudgetExceeded
from router.operation.conditions import Conditions, combine_conditions
from router.operation.model import FieldSelection, SelectionSet
from router.planning.fetch_graph import (
    TYPENAME,
    ContextNeed,
    DeferredPart,
    FetchGraph,
    FetchStep,
    Head,
    Needed,
    Needs,
    Outlet,
    Selections,
    Shape,
    can_share,
    fits_others,
    join_needs,
    on,
)
from router.planning.naming import Names
from router.planning.picks import ContextValue, Hop, Later, Leaf, Nested, Pick, Stand, Together, Touch, Whole
from router.planning.selections import Item, flatten
from router.planning.spots import Spot, Spots
from router.planning.translate import Translator
from router.query_plan.nodes import FieldStep, ListStep, Path, TypeStep
from router.supergraph.views import ContextRequirement
from router.type_system.model import ListType, NamedType, NonNullType, TypeRef, named_type

#: Outlets opened before a plan is refused: a bound on the size of the plan itself.
MAX_OUTLETS = 2_000


@dataclass(slots=True, eq=False)
class Place:
    """An object position. ``abstract`` where objects of several types can stand there."""

    number: int
    path: Path
    conditions: Conditions
    names: Names
    abstract: bool


@dataclass(slots=True, eq=False)
class _Frame:
    """A place while its pick is built."""

    place: Place
    outlets: tuple[Outlet, ...]
    parent: _Frame | None
    hops: dict[tuple[Hop, int], Outlet] = field(default_factory=dict)


class FetchGraphBuilder:
    """Builds the steps of one operation, or of one group of a mutation's fields."""

    def __init__(self, spots: Spots, translator: Translator, counter: list[int], kind: str) -> None:
        self.graph = FetchGraph(kind)
        self._spots = spots
        self._translator = translator
        self._counter = counter
        self._steps: dict[tuple[int, int, int, int, int], FetchStep] = {}
        self._places: dict[tuple[int, Path], int] = {}
        self._collecting: list[dict[FetchStep, None]] = []
        self._opened = 0
        self._why: list[str] = []
        self._part = 0
        self._later: deque[tuple[DeferredPart, Pick, _Frame]] = deque()
        self._context_variables: dict[int, str] = {}

    def build(self, pick: Pick, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> FetchGraph:
        """Build all steps for a root selection set; ``roots`` are the arrivals that it was solved for."""
        place = Place(0, (), (), Names((selection_set,), self._counter), abstract=False)
        self._root = place
        outlets = tuple(Outlet(spot) for spot in roots)
        self._write(pick, _Frame(place, outlets, None), internal=False)
        while self._later:
            part, deferred, frame = self._later.popleft()
            self._part = part.number
            self._collecting.append(part.before)
            place = replace(frame.place, conditions=part.conditions)
            self._write(deferred, _Frame(place, frame.outlets, frame.parent, frame.hops), internal=False)
            self._collecting.pop()
            part.before = {step: None for step in part.before if step.deferred != part.number}
        return self.graph

    def _defer(self, pick: Later, frame: _Frame) -> None:
        """Put a deferred fragment off until all that isn't deferred is written."""
        conditions = combine_conditions((*frame.place.conditions, *pick.fragment.conditions)) or ()
        number = len(self.graph.deferred) + 1
        part = DeferredPart(number, self._part, frame.place.path, pick.fragment, conditions)
        self.graph.deferred.append(part)
        self._later.append((part, pick.pick, frame))

    # Picks

    def _write(self, pick: Pick, frame: _Frame, internal: bool) -> None:
        match pick:
            case Together(picks):
                for part in picks:
                    self._write(part, frame, internal)
            case Whole(selection_set, arrival):
                self._write_whole(selection_set, frame.outlets[arrival], frame, internal)
            case Leaf(selection, _, stand):
                self._why.append(f"{stand.object_type}.{selection.name}")
                self._write_leaf(pick, frame, internal)
                self._why.pop()
            case Nested(selection, _, stands, _):
                self._why.append(f"{stands[0].object_type}.{selection.name}")
                self._write_nested(pick, frame, internal)
                self._why.pop()
            case Touch(stand, uses):
                if not frame.place.path:
                    return  # the root is there without being asked for
                self._why.append(f"{stand.object_type}.__typename")
                outlet = self._outlet(stand, frame)
                self._open(outlet).leaf(TYPENAME)
                for conditions in uses if not internal else ():
                    self._note_use(outlet, frame.place.conditions, conditions)
                self._why.pop()
            case Later():
                self._defer(pick, frame)
            case _:
                assert_never(pick)

    def _write_whole(self, selection_set: SelectionSet, outlet: Outlet, frame: _Frame, internal: bool) -> None:
        selections = self._open(outlet)
        if internal:
            self._translator.translate_internal(selection_set, outlet.spot, selections, frame.place.names)
        else:
            if frame.place.path:
                self._note_use(outlet, frame.place.conditions)
            else:  # the root is there anyway, so only its fields are of use
                for item in flatten(selection_set):
                    self._note_use(outlet, frame.place.conditions, item.field.conditions)
            translated = self._translator.translate(selection_set, outlet.spot)
            selections.merge(translated)

    def _write_leaf(self, pick: Leaf, frame: _Frame, internal: bool) -> None:
        selection, outlet = pick.field, self._outlet(pick.stand, frame)
        selections = self._open(outlet)
        if not internal:
            self._note_use(outlet, frame.place.conditions, selection.conditions)
        if selection.name == "__typename":
            if frame.place.abstract or not selections.items:
                selections.leaf(TYPENAME)
            return
        head = self._head(selection, pick.stand, frame, internal)
        item = Item(selection, _scope(pick.types, outlet))
        for target, _ in self._translator.places_for(item, outlet.spot, selections):
            target.leaf(head)

    def _head(self, selection: FieldSelection, stand: Stand, frame: _Frame, internal: bool) -> Head:
        """Return how a field is written, with the arguments that come from contexts."""
        if internal:
            head = self._translator.internal_head(selection, frame.place.names.name_for(selection))
        else:
            head = self._translator.head(selection)
        way = stand.spot.ways.get(selection.name)
        if way is None or not way.contexts:
            return head
        given = [f"{item.argument}: ${self._context_variable(item)}" for item in way.contexts]
        own = [head.arguments[1:-1]] if head.arguments else []
        return head._replace(arguments=f"({', '.join([*own, *given])})")

    def _context_variable(self, requirement: ContextRequirement) -> str:
        found = self._context_variables.get(id(requirement))
        if found is None:
            found = f"_c{len(self._context_variables)}_{requirement.argument}"
            self._context_variables[id(requirement)] = found
        return found

    def _write_nested(self, pick: Nested, frame: _Frame, internal: bool) -> None:
        selection, place = pick.field, frame.place
        name = place.names.name_for(selection) if internal else selection.response_name
        abstract = not self._spots.index.is_object(named_type(selection.type))
        outlets = []
        for stand in pick.stands:
            way = stand.spot.ways.get(selection.name)
            if way is None:  # an abstract spot whose members resolve it alike
                assert pick.types is not None
                way = stand.spot.members[pick.types[0]].ways[selection.name]
            assert way.target is not None
            parent = self._outlet(stand, frame)
            head = self._head(selection, stand, frame, internal)
            outlets.append(Outlet(way.target, parent, head, pick.types, abstract))
        path = place.path
        if place.abstract and pick.types is not None and not self._is_abstract(pick.types):
            # What arrives as an interface's object form may be told its type only by a fetch beside this one.
            untold = {outlet.spot.type_name: None for outlet in frame.outlets if outlet.spot.interface_object}
            path = (*path, TypeStep((*pick.types, *untold)))
        path = (*path, FieldStep(name), *[ListStep()] * _list_depth(selection.type))
        conditions = place.conditions
        if not internal and selection.conditions:
            conditions = combine_conditions((*conditions, *selection.conditions)) or ()
        number = self._places.setdefault((place.number, path[len(place.path) :]), len(self._places) + 1)
        below = Place(number, path, conditions, place.names.within(name), abstract)
        inner = _Frame(below, tuple(outlets), frame)
        self._write(pick.below, inner, internal)
        if not internal:
            for outlet in inner.outlets:
                if outlet.selections is not None:
                    self._note_use(outlet, conditions)

    def _is_abstract(self, types: tuple[str, ...]) -> bool:
        return len(types) == 1 and not self._spots.index.is_object(types[0])

    # Outlets

    def _outlet(self, stand: Stand, frame: _Frame) -> Outlet:
        origin = stand.origin
        if isinstance(origin, int):
            return frame.outlets[origin]
        primary = frame.hops.get((origin, 0))
        if primary is not None and primary.step is not None and self._collecting[1:]:
            return primary  # a key on the way that is fetched in any case
        found = frame.hops.get((origin, self._part))
        if found is None:
            spot = origin.entry.spot
            why = self._why[-1] if self._why else stand.object_type
            found = Outlet(spot, enter=lambda: self._hop(origin, stand, frame, why))
            frame.hops[origin, self._part] = found
        return found

    def _open(self, outlet: Outlet) -> Selections:
        """Return where to write, making what is needed for it; note the step for whoever depends on it."""
        if outlet.selections is None:
            self._opened += 1
            if self._opened > MAX_OUTLETS:
                raise PlanningBudgetExceeded(f"The plan has more than {MAX_OUTLETS} places.")
            parent = outlet.parent
            if outlet.enter is not None:
                outlet.step, outlet.selections = outlet.enter()
            elif parent is None:
                step = self._step(outlet.spot.number, self._root, 0, 0, outlet.spot.type_name)
                outlet.step, outlet.selections = step, step.selections
            else:
                self._open_below(outlet, parent)
        elif outlet.parent is not None:
            self._open(outlet.parent)
        assert outlet.step is not None
        assert outlet.selections is not None
        for collected in self._collecting:
            collected[outlet.step] = None
        return outlet.selections

    def _open_below(self, outlet: Outlet, parent: Outlet) -> None:
        selections = self._open(parent)
        assert outlet.head is not None
        field_name, below = outlet.head.name, None
        item = Item(_named(field_name), _scope(outlet.types, parent))
        for target, way in self._translator.places_for(item, parent.spot, selections):
            target_type = way.target.type_name if way.target else outlet.spot.type_name
            if below is None:
                below = target.below(outlet.head, target_type)
            else:
                target.items[outlet.head] = below
        assert below is not None, f"{parent.spot.type_name}.{field_name} isn't there"
        outlet.step, outlet.selections = parent.step, below
        if outlet.spot.abstract or (outlet.abstract and not outlet.spot.interface_object):
            below.leaf(TYPENAME)

    def _note_use(self, outlet: Outlet, *conditions: Conditions) -> None:
        assert outlet.step is not None
        outlet.step.uses.add(combine_conditions(tuple(c for part in conditions for c in part)) or ())

    # Hops

    def _hop(self, hop: Hop, stand: Stand, frame: _Frame, why: str) -> tuple[FetchStep, Selections]:
        """Make the entity fetch of a hop: first what its representations need, then the step itself."""
        place = frame.place
        before: dict[FetchStep, None] = {}
        needs: Needs = {}
        self._collecting.append(before)
        for needed in hop.inputs:
            self._write(needed.pick, frame, internal=True)
            own = self._needs(needed.selection_set, place.names, hop.entry.spot, needed.is_key)
            join_needs(needs, own)
        if hop.typed_by is not None and place.path:
            self._open(self._outlet(hop.typed_by, frame)).leaf(TYPENAME)
        contexts = [self._context(value, frame) for value in hop.contexts]
        self._collecting.pop()
        opened = [outlet for outlet in frame.outlets if place.path and outlet.selections is not None]
        for outlet in opened:
            self._open(outlet).leaf(TYPENAME)
        if not before:  # a key of nothing but the place itself
            before.update({outlet.step: None for outlet in opened if outlet.step is not None})
        if hop.entry.root:
            step = self._step(hop.entry.spot.number, place, hop.step, 0, hop.entry.type_name)
            step.before.update(before)
            step.reasons[f"{why}: root fields asked of {self._spots.names[step.subgraph]}"] = None
            return step, step.selections
        step, entered = self._entity_step(hop, stand, place, self._shape(hop, stand, frame, needs))
        step.before.update(before)
        for context in contexts:
            step.contexts[context.variable] = context
        key = f" by its key `{hop.key.text}`"
        requires = [needed for needed in hop.inputs if not needed.is_key]
        extra = " once what it requires is there" if requires else ""
        step.reasons[f"{why}: asked of {self._spots.names[step.subgraph]}{key}{extra}"] = None
        return step, entered

    def _entity_step(self, hop: Hop, stand: Stand, place: Place, shape: Shape) -> tuple[FetchStep, Selections]:
        variant = 0
        while True:
            step = self._step(hop.entry.spot.number, place, hop.step, variant, "_Entity")
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

    def _shape(self, hop: Hop, stand: Stand, frame: _Frame, needs: Needs) -> Shape:
        untyped = [outlet.spot.type_name for outlet in frame.outlets if outlet.spot.interface_object]
        if hop.entry.asks_type:
            return Shape({stand.object_type: None}, None, needs, frame.place.conditions)
        types = dict.fromkeys([*untyped, stand.object_type])
        if not self._spots.index.is_object(stand.object_type):
            types.update(dict.fromkeys(self._spots.index.possible(stand.object_type)))
        return Shape(types, hop.entry.type_name, needs, frame.place.conditions)

    def _step(self, subgraph: int, place: Place, number: int, variant: int, type_name: str) -> FetchStep:
        part = self._part
        key = (subgraph, place.number, number, variant, part)
        found = self._steps.get(key)
        if found is None:
            found = FetchStep(len(self.graph.steps), subgraph, place.path, number, Selections(type_name))
            found.deferred = part
            found.paths.append(place.path)
            self._steps[key] = found
            self.graph.steps.append(found)
        return found

    def _needs(self, selection_set: SelectionSet, names: Names, spot: Spot, key: bool) -> Needs:
        """Say what a representation takes from the tree, and how the target's subgraph declares it."""
        needs: Needs = {}
        for item in flatten(selection_set):
            source = "__typename" if item.field.name == "__typename" else names.name_for(item.field)
            declared = self._declared(spot, item)
            below: Needs = {}
            inner = item.field.selection_set
            if inner is not None:
                view = self._spots.graph.node(spot.subgraph, named_type(declared)) if declared else None
                target = self._spots.spot(view.index) if view else spot
                below = self._needs(inner, names.within(source), target, key)
            needed = Needed(source, isinstance(declared, NonNullType), key, below)
            join_needs(needs, {(item.types, item.field.name): needed})
        return needs

    def _declared(self, spot: Spot, item: Item) -> TypeRef | None:
        types = self._spots.graph.views[spot.subgraph].types
        for name in (item.condition, *(item.types or ()), spot.type_name):
            view = types.get(name) if name else None
            if view is not None and item.field.name in view.fields:
                return view.fields[item.field.name].type
        return None

    def _context(self, value: ContextValue, frame: _Frame) -> ContextNeed:
        enclosing = frame
        for _ in range(value.up):
            assert enclosing.parent is not None
            enclosing = enclosing.parent
        self._write(value.pick, enclosing, internal=True)
        requirement = value.requirement
        spot = enclosing.outlets[0].spot
        needs = self._needs(value.selection_set, enclosing.place.names, spot, key=False)
        return ContextNeed(self._context_variable(requirement), str(requirement.type), len(enclosing.place.path), needs)


def _list_depth(type_ref: TypeRef) -> int:
    depth = 0
    while isinstance(type_ref, NonNullType | ListType):
        depth += isinstance(type_ref, ListType)
        type_ref = type_ref.of
    return depth


def _named(name: str) -> FieldSelection:
    return FieldSelection(name, name, NamedType(name))


def _scope(types: tuple[str, ...] | None, outlet: Outlet) -> tuple[str, ...] | None:
    if types is None or outlet.spot.type_name in types or not outlet.spot.abstract:
        return None
    return types
