"""Every type that a supergraph's fields, unions and objects refer to is there, of a kind that can stand in its place.

Enters: the composed schema without machinery. Leaves: the first element that refers to what isn't there, if any.
Arguments and input fields aren't looked at: supergraphs with slips in them are in use, and can be served.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from router.type_system.model import (
    EnumType,
    InputObjectType,
    InterfaceType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    UnionType,
    named_type,
)

_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})


class BrokenReference(NamedTuple):
    """``coordinate`` refers to ``name``, which isn't ``expected``; ``position`` is its offset in the document."""

    coordinate: str
    name: str
    expected: str
    position: int


def find_broken_reference(schema: Schema) -> BrokenReference | None:
    """Return the first reference that leads nowhere, in document order."""
    for kind, name in schema.roots.items():
        if not isinstance(schema.types.get(name), ObjectType):
            return BrokenReference(f"the {kind} root", name, "an object type", -1)
    if "query" not in schema.roots:
        return BrokenReference("the query root", "Query", "an object type", -1)
    return next((found for definition in schema.types.values() for found in _broken(definition, schema)), None)


def _broken(definition: TypeDefinition, schema: Schema) -> Iterator[BrokenReference]:
    name, position = definition.name, definition.position
    match definition:
        case ObjectType() | InterfaceType():
            for interface in definition.interfaces:
                if not isinstance(schema.types.get(interface), InterfaceType):
                    yield BrokenReference(name, interface, "an interface", position)
            for item in definition.fields.values():
                target = named_type(item.type)
                if not _is_output(schema.types.get(target), target):
                    yield BrokenReference(f"{name}.{item.name}", target, "an output type", item.position)
        case UnionType():
            for member in definition.members:
                if not isinstance(schema.types.get(member), ObjectType):
                    yield BrokenReference(name, member, "an object type", position)
        case ScalarType() | EnumType() | InputObjectType():
            return


def _is_output(definition: TypeDefinition | None, name: str) -> bool:
    return name in _BUILT_IN if definition is None else not isinstance(definition, InputObjectType)
