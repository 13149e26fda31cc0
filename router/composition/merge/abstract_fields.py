"""Which subgraphs resolve a field of an object by way of an ``@interfaceObject`` of one of its interfaces.

Enters: an object's name and a field's. Leaves: the fields of object forms. Invariant: a subgraph that defines the
object itself doesn't count, since it would resolve the field there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.merge.facts import fields_of
from router.composition.merge.state import Merge
from router.type_system.model import Field


@dataclass(frozen=True, slots=True)
class AbstractField:
    """A field of the object form that a subgraph gives an interface."""

    subgraph: int
    interface: str
    field: Field


def abstract_fields(merge: Merge, type_name: str, field_name: str) -> Iterator[AbstractField]:
    """Yield the fields of object forms that stand for a field of an object."""
    if not merge.abstracted:
        return
    for interface in merge.implements.get(type_name, ()):
        if interface not in merge.abstracted:
            continue
        for index, definition in merge.sources[interface]:
            if not merge.is_interface_object(index, interface):
                continue
            if type_name in merge.subgraphs[index].schema.types:
                continue
            item = fields_of(definition).get(field_name)
            if item is not None:
                yield AbstractField(index, interface, item)
