"""Whether a constant value fits an input type, as the reference composer judges it.

Enters: a value, a type reference, the types by name. Leaves: a truth. It is looser than the GraphQL specification in
four ways: a string may stand for an enum value and the other way round, an input object may lack required fields, an
empty list may stand for one, and a whole number is fit for ``Int`` however large or written.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.type_system.literals import LARGEST_INTEGER
from router.type_system.model import (
    EnumType,
    InputObjectType,
    ListType,
    NonNullType,
    TypeDefinition,
    TypeRef,
)
from router.type_system.values import EnumValue, ObjectValue, Value


def value_fits(value: Value, ref: TypeRef, types: Mapping[str, TypeDefinition]) -> bool:
    """Tell whether a value may be given where a type is expected."""
    if isinstance(ref, NonNullType):
        return value is not None and value_fits(value, ref.of, types)
    if value is None:
        return True
    if isinstance(ref, ListType):
        if isinstance(value, tuple):
            return all(value_fits(item, ref.of, types) for item in value)
        return value_fits(value, ref.of, types)
    match ref.name:
        case "String":
            return isinstance(value, str | EnumValue)
        case "Int":
            return _is_whole(value)
        case "Float":
            return _is_number(value)
        case "Boolean":
            return isinstance(value, bool)
        case "ID":
            return isinstance(value, str | EnumValue) or _is_whole(value)
    definition = types.get(ref.name)
    if isinstance(definition, EnumType):
        name = value.name if isinstance(value, EnumValue) else value
        return isinstance(name, str) and name in definition.values
    if isinstance(definition, InputObjectType):
        if value == ():
            return True
        return isinstance(value, ObjectValue) and all(
            name in definition.fields and value_fits(item, definition.fields[name].type, types)
            for name, item in value.fields
        )
    return True


def _is_whole(value: Value) -> bool:
    return _is_number(value) and float(value).is_integer() and abs(value) < LARGEST_INTEGER  # type: ignore[arg-type]


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
