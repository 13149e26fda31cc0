"""What the cover chose, as a tree that the fetch graph is built from.

A pick is relative to one *place* (an object position in the answer) at which data arrives from one or several fetches:
the arrivals, known by their position in the tuple that the place was solved for. From there a place can be hopped to
other subgraphs. Picks are shared between places that were solved alike, so they name no path and no fetch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from router.federation.field_set import FieldSet
from router.operation.conditions import Conditions
from router.operation.model import FieldSelection, FragmentSelection, SelectionSet
from router.planning.spots import Entry, EntryKey, Spot
from router.supergraph.views import ContextRequirement


@dataclass(slots=True, eq=False)
class Stand:
    """Data of a place at a spot. ``mask`` are all requests until it is there; ``origin`` an arrival or a hop.

    ``object_type`` is the type that the place is looked at as: a concrete one, or an interface while its objects' types
    are unknown.
    """

    spot: Spot
    mask: int
    origin: int | Hop
    typed: bool
    object_type: str


@dataclass(slots=True, eq=False)
class Input:
    """A field set that a representation needs, and how its fields are had at the place."""

    fields: FieldSet
    selection_set: SelectionSet
    pick: Pick
    is_key: bool


@dataclass(slots=True, eq=False)
class ContextValue:
    """A value from an enclosing place, ``up`` levels of nesting above."""

    requirement: ContextRequirement
    up: int
    type_name: str
    selection_set: SelectionSet
    pick: Pick


@dataclass(slots=True, eq=False)
class Hop:
    """An entity fetch from this place, at a step of the whole plan."""

    entry: Entry
    key: EntryKey
    step: int
    inputs: tuple[Input, ...]
    contexts: tuple[ContextValue, ...] = ()
    typed_by: Stand | None = None


@dataclass(slots=True, eq=False)
class Whole:
    """Everything of a selection set from one arrival."""

    selection_set: SelectionSet
    arrival: int


@dataclass(slots=True, eq=False)
class Leaf:
    """A field without selections from one stand; ``types`` as in :class:`Nested`."""

    field: FieldSelection
    types: tuple[str, ...] | None
    stand: Stand


@dataclass(slots=True, eq=False)
class Nested:
    """A field with selections. Its own place has an arrival for each of ``stands``; ``below`` uses some of them.

    ``types`` are the object types that it is asked for, ``None`` for whatever stands there.
    """

    field: FieldSelection
    types: tuple[str, ...] | None
    stands: tuple[Stand, ...]
    below: Pick


@dataclass(slots=True, eq=False)
class Touch:
    """Nothing but the type's name from a stand.

    ``uses`` are the conditions of all that the client asks for by that name; empty where it is of no use to the client.
    """

    stand: Stand
    uses: tuple[Conditions, ...] = ()


@dataclass(slots=True, eq=False)
class Together:
    """All of several picks."""

    picks: tuple[Pick, ...]


@dataclass(slots=True, eq=False)
class Later:
    """What a deferred fragment asks for; it is written after all that isn't deferred."""

    fragment: FragmentSelection
    pick: Pick


Pick: TypeAlias = Whole | Leaf | Nested | Touch | Together | Later
