"""Changes to the fields of a whole schema, which leave what they don't touch the same object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from router.type_system.model import AppliedDirective, Field, InterfaceType, ObjectType, Schema, TypeDefinition


def map_fields(schema: Schema, change: Callable[[ObjectType | InterfaceType, Field], Field | None]) -> Schema:
    """Return a schema with each field of objects and interfaces changed, or dropped where ``change`` gives ``None``."""
    types: dict[str, TypeDefinition] = {}
    for name, definition in schema.types.items():
        types[name] = definition
        if isinstance(definition, ObjectType | InterfaceType):
            fields = {
                item.name: changed for item in definition.fields.values() if (changed := change(definition, item))
            }
            if len(fields) != len(definition.fields) or any(
                fields[key] is not item for key, item in definition.fields.items()
            ):
                types[name] = replace(definition, fields=fields)
    return replace(schema, types=types)


def without_directives(
    directives: tuple[AppliedDirective, ...], names: frozenset[str] | set[str]
) -> tuple[AppliedDirective, ...]:
    """Leave out the applications of some directives."""
    if any(item.name in names for item in directives):
        return tuple(item for item in directives if item.name not in names)
    return directives
