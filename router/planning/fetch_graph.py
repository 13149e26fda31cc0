"""The fetch graph: fetches under construction, what each asks for, and which must come before which.

Theory. A :class:`FetchStep` asks one subgraph for one place: the roots, or the entities at a path. It holds the
selection that it sends (:class:`Selections`), the representations that it needs (:class:`Shape` s) and the steps that
bring them. Later one request may carry several steps. This is the one mutable structure of planning, and private to
it.

Worked example. ``{ me { name reviews { body } } }``: step 0 asks users for ``{ me { __typename id name } }``; step 1,
at the path ``me``, asks reviews for ``... on User { reviews { body } }``, with the shape ``id`` for User, after step
0.

Invariant: steps are told apart by (subgraph, path, step number, variant): two that agree in all four are one step,
and variants exist only where one representation would need two values for one field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from router.operation.model import Condition, FragmentSelection
from router.planning.spots import Spot
from router.query_plan.nodes import Path


class Head(NamedTuple):
    """What identifies a line of a selection set: a field as written, or a fragment (``response_name`` is ``...``)."""

    response_name: str
    name: str
    arguments: str = ""
    conditions: tuple[Condition, ...] = ()
    directives: str = ""
    variables: tuple[str, ...] = ()


TYPENAME = Head("__typename", "__typename")


def on(type_name: str) -> Head:
    """Return the head of an inline fragment."""
    return Head("...", type_name)


@dataclass(slots=True, eq=False)
class Selections:
    """A selection set of a fetch, on a type as the subgraph names it.

    A frozen one is shared between places, and is copied before anything is added to it.
    """

    type_name: str
    items: dict[Head, Selections | None] = field(default_factory=dict)
    frozen: bool = False

    def leaf(self, head: Head) -> None:
        """Select a field without selections."""
        if head not in self.items:
            self.items[head] = None

    def below(self, head: Head, type_name: str) -> Selections:
        """Select a field or fragment, and return its selections to write into."""
        found = self.items.get(head)
        if found is None:
            found = self.items[head] = Selections(type_name)
        elif found.frozen:
            found = self.items[head] = Selections(type_name, dict(found.items))
        return found

    def share(self, head: Head, selections: Selections) -> None:
        """Select a field with frozen selections, which are merged into what is there."""
        found = self.items.get(head)
        if found is None:
            self.items[head] = selections
        elif found is not selections:
            self.below(head, selections.type_name).merge(selections)

    def merge(self, other: Selections) -> None:
        """Add all that another selection set has."""
        for head, selections in other.items.items():
            if selections is None:
                self.leaf(head)
            else:
                selections.freeze()
                self.share(head, selections)

    def freeze(self) -> Selections:
        """Forbid further writing, here and below."""
        if not self.frozen:
            self.frozen = True
            for selections in self.items.values():
                if selections is not None:
                    selections.freeze()
        return self


@dataclass(slots=True, eq=False)
class Needed:
    """A field of a representation: where its value is, what of it, and how the target sees it."""

    source: str
    non_null: bool
    key: bool
    below: Needs = field(default_factory=dict)


#: Fields of a representation by (object types that they are for or ``None``, field name).
Needs = dict[tuple[tuple[str, ...] | None, str], Needed]


def can_join(left: Needs, right: Needs) -> bool:
    """Tell whether one representation can carry both: no field would need two sources."""
    for key, needed in right.items():
        other = left.get(key)
        if other is not None and (other.source != needed.source or not can_join(other.below, needed.below)):
            return False
        if other is None and any(name == key[1] and own.source != needed.source for (_, name), own in left.items()):
            return False
    return True


def join_needs(left: Needs, right: Needs) -> None:
    """Add the needs of one representation to another's."""
    for key, needed in right.items():
        other = left.get(key)
        if other is None:
            left[key] = Needed(needed.source, needed.non_null, needed.key, {})
            join_needs(left[key].below, needed.below)
        else:
            other.key = other.key or needed.key
            join_needs(other.below, needed.below)


@dataclass(slots=True, eq=False)
class Shape:
    """The representation for objects of some types; ``typename`` is what the target is told, if not their own.

    ``guard`` are the conditions on the fields that lead to the place: without them the needs aren't asked for there.
    """

    types: dict[str, None]
    typename: str | None
    needs: Needs
    guard: tuple[Condition, ...] = ()


def can_share(left: Shape, right: Shape) -> bool:
    """Tell whether one representation serves both, also while only one of them has its needs at the place."""
    if left.guard == right.guard:
        return can_join(left.needs, right.needs)
    return _same_needs(left.needs, right.needs)


def _same_needs(left: Needs, right: Needs) -> bool:
    return left.keys() == right.keys() and all(
        needed.source == right[key].source and _same_needs(needed.below, right[key].below)
        for key, needed in left.items()
    )


def fits_others(shapes: Mapping[tuple[str, ...], Shape], key: tuple[str, ...], shape: Shape) -> bool:
    """Tell whether a shape may be asked for the same fields as those of other types.

    The implementations of an interface go by its one name to where it is an object. What is selected there for one is
    selected for all of them, so all have to bring what that requires. Nor may what is selected for one of several types
    be answered for an object that is sent by the interface's name and turns out to be of that type.
    """
    others = [other for name, other in shapes.items() if name != key and (other.typename or shape.typename)]
    if not others:
        return True
    wanted: Needs = {}
    known = shapes.get(key)
    for needs in (shape.needs,) if known is None else (known.needs, shape.needs):
        join_needs(wanted, needs)
    return all(_same_fields(other.needs, wanted) for other in others)


def _same_fields(left: Needs, right: Needs) -> bool:
    return left.keys() == right.keys() and all(
        _same_fields(needed.below, right[key].below) for key, needed in left.items()
    )


@dataclass(slots=True, eq=False)
class ContextNeed:
    """A value of an enclosing object, ``ancestor`` steps into the path; sent as a variable of a type."""

    variable: str
    type: str
    ancestor: int
    needs: Needs


@dataclass(slots=True, eq=False)
class FetchStep:
    """One fetch of one place. ``uses`` are the conditions under which something of the client's is asked for here.

    ``conditions`` are found at the end: those that hold whenever the step is needed. ``deferred`` names the deferred
    part that it belongs to; 0 is the primary one.
    """

    number: int
    subgraph: int
    path: Path
    step: int
    selections: Selections
    shapes: dict[tuple[str, ...], Shape] = field(default_factory=dict)
    contexts: dict[str, ContextNeed] = field(default_factory=dict)
    before: dict[FetchStep, None] = field(default_factory=dict)
    uses: set[tuple[Condition, ...]] = field(default_factory=set)
    conditions: tuple[Condition, ...] = ()
    reasons: dict[str, None] = field(default_factory=dict)
    deferred: int = 0
    paths: list[Path] = field(default_factory=list)

    @property
    def is_root(self) -> bool:
        """Whether this asks for root fields."""
        return not self.shapes


@dataclass(slots=True, eq=False)
class DeferredPart:
    """A deferred fragment: ``number`` from 1, ``parent`` the part that it stands in (0 for the primary one).

    ``before`` are the steps of other parts that its data or its keys come from.
    """

    number: int
    parent: int
    path: Path
    fragment: FragmentSelection
    conditions: tuple[Condition, ...]
    before: dict[FetchStep, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class FetchGraph:
    """All steps of a plan (or of one part of it that runs by itself), in the order in which they were made."""

    kind: str
    steps: list[FetchStep] = field(default_factory=list)
    deferred: list[DeferredPart] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Outlet:
    """Where a place's fields can be written: lazily, since a fetch exists only once something is asked of it.

    It is opened below a ``parent``'s field, or by ``enter``, which makes an entity fetch, or else at the roots.
    ``abstract`` where clients see an abstract type, so that objects must say what they are, also if their subgraph
    knows the field by one object type.
    """

    spot: Spot
    parent: Outlet | None = None
    head: Head | None = None
    types: tuple[str, ...] | None = None
    abstract: bool = False
    step: FetchStep | None = None
    selections: Selections | None = None
    enter: Callable[[], tuple[FetchStep, Selections]] | None = None
