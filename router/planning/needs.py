"""What a representation needs from the response tree, and which representations one request may carry together.

Enters: field sets of keys and ``@requires``, as selection sets, with the response names that they have at a place.
Leaves: :class:`Needs` and :class:`Shape` s. Invariant: one representation never needs two values for one field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.operation.model import Condition, SelectionSet
from router.planning.naming import Names
from router.planning.selections import Item, flatten
from router.planning.spots import Spot, Spots
from router.type_system.model import NonNullType, TypeRef, named_type


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


def needs_of(spots: Spots, selection_set: SelectionSet, names: Names, target: Spot, *, key: bool) -> Needs:
    """Say what a representation takes from a place, and how the ``target`` 's subgraph declares it.

    ``names`` are the place's; ``key`` tells a key from what ``@requires`` or a context asks for.
    """
    needs: Needs = {}
    for item in flatten(selection_set):
        source = "__typename" if item.field.name == "__typename" else names.name_for(item.field)
        declared = _declared(spots, target, item)
        below: Needs = {}
        inner = item.field.selection_set
        if inner is not None:
            node = spots.graph.node(target.subgraph, named_type(declared)) if declared else None
            below = needs_of(spots, inner, names.within(source), spots.spot(node.index) if node else target, key=key)
        needed = Needed(source, isinstance(declared, NonNullType), key, below)
        join_needs(needs, {(item.types, item.field.name): needed})
    return needs


def _declared(spots: Spots, spot: Spot, item: Item) -> TypeRef | None:
    types = spots.graph.views[spot.subgraph].types
    for name in (item.condition, *(item.types or ()), spot.type_name):
        view = types.get(name) if name else None
        if view is not None and item.field.name in view.fields:
            return view.fields[item.field.name].type
    return None
