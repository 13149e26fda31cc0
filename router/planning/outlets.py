"""Outlets: where the fields of a place are written, before there is a fetch.

Enters: what is to be written at a place. Leaves: selections to write into, of steps that are made when they are first
needed. Invariant: a step exists only where something is asked of it, and whoever depends on what is written meanwhile
knows its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from router.errors import PlanningBudgetExceeded
from router.operation.conditions import Conditions, combine_conditions
from router.operation.model import FieldSelection
from router.planning.fetch_graph import TYPENAME, FetchGraph, FetchStep, Head, Selections
from router.planning.naming import Names
from router.planning.picks import Hop
from router.planning.selections import Item
from router.planning.spots import Spot
from router.planning.translate import Translator
from router.query_plan.nodes import Path
from router.type_system.model import NamedType

#: Outlets opened before a plan is refused: a bound on the size of the plan itself.
MAX_OUTLETS = 2_000


@dataclass(slots=True, eq=False)
class Outlet:
    """Where a place's fields can be written: lazily, since a fetch exists only once something is asked of it.

    It is opened below a ``parent``'s field, or by ``enter``, which makes the step. ``abstract`` where clients see an
    abstract type, so that objects must say what they are, also if their subgraph knows the field by one object type.
    """

    spot: Spot
    parent: Outlet | None = None
    head: Head | None = None
    types: tuple[str, ...] | None = None
    abstract: bool = False
    step: FetchStep | None = None
    selections: Selections | None = None
    enter: Callable[[], tuple[FetchStep, Selections]] | None = None

    def scope(self, types: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Return the types that a field has to be narrowed to here, ``None`` where it is for whatever stands here."""
        if types is None or self.spot.type_name in types or not self.spot.abstract:
            return None
        return types


@dataclass(slots=True, eq=False)
class Place:
    """An object position. ``abstract`` where objects of several types can stand there."""

    number: int
    path: Path
    conditions: Conditions
    names: Names
    abstract: bool


@dataclass(slots=True, eq=False)
class OpenPlace:
    """A place while its pick is written: an outlet for each arrival, and for each hop in each deferred part."""

    place: Place
    outlets: tuple[Outlet, ...]
    parent: OpenPlace | None
    hops: dict[tuple[Hop, int], Outlet] = field(default_factory=dict)


class Outlets:
    """Opens the outlets of one fetch graph. ``part`` is the deferred part that is written at present."""

    def __init__(self, graph: FetchGraph, translator: Translator) -> None:
        self.part = 0
        self._graph = graph
        self._translator = translator
        self._steps: dict[tuple[int, int, int, int, int], FetchStep] = {}
        self._collecting: list[dict[FetchStep, None]] = []
        self._opened = 0

    @property
    def on_the_way(self) -> bool:
        """Whether what is written now is needed only by what needs it in turn."""
        return len(self._collecting) > 1

    @contextmanager
    def collect(self, steps: dict[FetchStep, None]) -> Iterator[None]:
        """Note in ``steps`` all steps that are written to meanwhile."""
        self._collecting.append(steps)
        yield
        self._collecting.pop()

    def open(self, outlet: Outlet) -> Selections:
        """Return where to write, making what is needed for it; note the step for whoever depends on it."""
        if outlet.selections is None:
            self._opened += 1
            if self._opened > MAX_OUTLETS:
                raise PlanningBudgetExceeded(f"The plan has more than {MAX_OUTLETS} places.")
            if outlet.enter is not None:
                outlet.step, outlet.selections = outlet.enter()
            else:
                self._open_below(outlet)
        elif outlet.parent is not None:
            self.open(outlet.parent)
        assert outlet.step is not None
        assert outlet.selections is not None
        for collected in self._collecting:
            collected[outlet.step] = None
        return outlet.selections

    def _open_below(self, outlet: Outlet) -> None:
        parent = outlet.parent
        assert parent is not None
        assert outlet.head is not None
        selections = self.open(parent)
        field_name, below = outlet.head.name, None
        item = Item(FieldSelection(field_name, field_name, NamedType(field_name)), parent.scope(outlet.types))
        for target, way in self._translator.places_for(item, parent.spot, selections, outlet.spot.type_name):
            target_type = way.target.type_name if way.target else outlet.spot.type_name
            if below is None:
                below = target.below(outlet.head, target_type)
            else:
                target.items[outlet.head] = below
        assert below is not None, f"{parent.spot.type_name}.{field_name} isn't there"
        outlet.step, outlet.selections = parent.step, below
        if outlet.spot.abstract or (outlet.abstract and not outlet.spot.interface_object):
            below.leaf(TYPENAME)

    def note_use(self, outlet: Outlet, *conditions: Conditions) -> None:
        """Note that under all of some conditions something of the client's is asked for here."""
        assert outlet.step is not None
        outlet.step.uses.add(combine_conditions(tuple(c for part in conditions for c in part)) or ())

    def step(self, subgraph: int, place: Place, number: int, variant: int, type_name: str) -> FetchStep:
        """Return the step of a subgraph for a place, at a number; make it where there is none."""
        key = (subgraph, place.number, number, variant, self.part)
        found = self._steps.get(key)
        if found is None:
            found = FetchStep(len(self._graph.steps), subgraph, place.path, number, Selections(type_name))
            found.deferred = self.part
            found.paths.append(place.path)
            self._steps[key] = found
            self._graph.steps.append(found)
        return found
