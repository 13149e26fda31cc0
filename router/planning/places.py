"""Places: object positions in the answer, and where their data stands.

Enters: spots and masks of requests. Leaves: what is known of a place before anything is chosen for it. Invariant:
arrivals keep their order, since picks know them by their position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from router.operation.model import SelectionSet
from router.planning.picks import Stand
from router.planning.selections import flatten
from router.planning.spots import Spot

#: The spots at which a place's data arrives, each with the requests until it is there.
Arrivals: TypeAlias = tuple[tuple[Spot, int], ...]


@dataclass(slots=True, eq=False)
class Frame:
    """An enclosing place, for values that come from a context; only kept where a supergraph has contexts."""

    parent: Frame | None
    arrivals: Arrivals
    types: frozenset[str]


def stand_at(number: int, spot: Spot, mask: int) -> Stand:
    """Return the stand of an arrival, looked at as the spot's own type."""
    return Stand(spot, mask, number, not spot.interface_object, spot.type_name)


def types_of(arrivals: Arrivals) -> frozenset[str]:
    """Return the names of all types that the objects of a place are known as."""
    return frozenset(name for spot, _ in arrivals for name in (spot.type_name, *spot.members))


def count_absent(selection_set: SelectionSet, spot: Spot) -> int:
    """Count the types that a client asks for and that this spot never returns."""
    if spot.interface_object:
        return 0
    asked = {name for item in flatten(selection_set) for name in item.types or ()}
    return sum(name not in spot.members for name in asked)
