"""A normalised selection set as a flat list: each field with the object types that it applies to.

Invariant: items keep the order of the selection set; a deferred fragment is one item of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from router.operation.model import FieldSelection, FragmentSelection, SelectionSet


@dataclass(slots=True, eq=False)
class Item:
    """A field; ``types`` is ``None`` where it applies to whatever stands at the place, else ``condition`` names what
    they are.

    ``defer`` is the fragment that defers it; ``field`` then stands for the whole fragment and must not be looked at.
    """

    field: FieldSelection
    types: tuple[str, ...] | None
    condition: str | None = None
    defer: FragmentSelection | None = None


@lru_cache(maxsize=4096)
def flatten(selection_set: SelectionSet) -> tuple[Item, ...]:
    """Return a selection set's items. Remembered by identity, since selection sets are interned."""
    items: list[Item] = []
    for selection in selection_set.selections:
        if isinstance(selection, FieldSelection):
            items.append(Item(selection, None))
        elif selection.defer is not None:
            items.append(Item(_DEFERRED, selection.types, selection.type_condition, selection))
        else:
            for inner in flatten(selection.selection_set):
                types = selection.types if inner.types is None else inner.types
                condition = selection.type_condition if inner.condition is None else inner.condition
                items.append(Item(inner.field, types, condition, inner.defer))
    return tuple(items)


_NOTHING: Any = None
_DEFERRED = FieldSelection("", "", _NOTHING)
