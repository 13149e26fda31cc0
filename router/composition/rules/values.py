"""Whether a literal that each subgraph accepts is still one of the merged type.

Invariant: only what merging can take away is checked (enum values and input fields); the rest was checked in the
subgraph. An input field that merging made required may be missing: its subgraph has a default for it.
"""

from __future__ import annotations

from router.type_system.model import EnumType, InputObjectType, ListType, NonNullType, Schema, TypeRef
from router.type_system.values import EnumValue, ObjectValue, Value


def is_value_of(schema: Schema, ref: TypeRef, value: Value) -> bool:
    """Tell whether a value fits a type of the supergraph."""
    if isinstance(ref, NonNullType):
        return value is not None and is_value_of(schema, ref.of, value)
    if value is None:
        return True
    if isinstance(ref, ListType):
        return all(is_value_of(schema, ref.of, item) for item in (value if isinstance(value, tuple) else (value,)))
    definition = schema.types.get(ref.name)
    if isinstance(definition, EnumType) and isinstance(value, EnumValue):
        return value.name in definition.values
    if isinstance(definition, InputObjectType) and isinstance(value, ObjectValue):
        return all(
            name in definition.fields and is_value_of(schema, definition.fields[name].type, item)
            for name, item in value.fields
        )
    return True
