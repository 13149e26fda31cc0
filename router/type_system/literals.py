"""A constant value -> the literal that its type asks for.

Enters: a value that fits a type, as the reference composer judges it. Leaves: the same value with names where enums are
and strings elsewhere, whole numbers without a fraction, and an ID that is a whole number as one. Invariant: values that
mean the same to a type are equal afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from router.type_system.model import EnumType, InputObjectType, ListType, NonNullType, TypeDefinition, TypeRef
from router.type_system.values import EnumValue, ObjectValue, Value

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
#: From here on, numbers are written with an exponent, and aren't whole numbers to composition.
LARGEST_INTEGER = 10**21


def is_integer(text: str) -> bool:
    """Tell whether a string reads as a whole number."""
    return _INTEGER.fullmatch(text) is not None


def as_typed(value: Value, ref: TypeRef | None, types: Mapping[str, TypeDefinition]) -> Value:
    """Return a value as a literal of its type; ``None`` stands for a type that isn't known."""
    while isinstance(ref, NonNullType):
        ref = ref.of
    match value:
        case tuple():
            inner = ref.of if isinstance(ref, ListType) else None
            items = tuple(as_typed(item, inner, types) for item in value)
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        case float():
            return int(value) if value.is_integer() and abs(value) < LARGEST_INTEGER else value
        case str() | EnumValue() | ObjectValue():
            pass
        case _:
            return value
    if isinstance(ref, ListType):
        return as_typed(value, ref.of, types)
    name = "" if ref is None else ref.name
    definition = types.get(name)
    if isinstance(value, ObjectValue):
        fields = definition.fields if isinstance(definition, InputObjectType) else {}
        return ObjectValue(
            tuple(
                (key, as_typed(item, fields[key].type if key in fields else None, types))
                for key, item in dict(value.fields).items()
            )
        )
    text = value.name if isinstance(value, EnumValue) else value
    if isinstance(definition, EnumType):
        return EnumValue(text)
    return int(text) if name == "ID" and is_integer(text) else text
