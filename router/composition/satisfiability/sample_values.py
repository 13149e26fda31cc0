"""Sample arguments for example operations: just enough for a field with required arguments to be valid.

Enters: a schema and a field. Leaves: text such as ``(id: "1")``, empty where no argument is required.
"""

from __future__ import annotations

from router.type_system.model import (
    EnumType,
    Field,
    InputObjectType,
    ListType,
    NonNullType,
    Schema,
    TypeRef,
    named_type,
)
from router.type_system.values import EnumValue, ObjectValue, Value, print_value

_SCALARS: dict[str, Value] = {"Int": 1, "Float": 1.0, "Boolean": True, "ID": "1", "String": "text"}


def print_sample_arguments(schema: Schema, item: Field) -> str:
    """Print the required arguments of a field with sample values."""
    required = [
        f"{argument.name}: {print_value(_sample(schema, argument.type, ()))}"
        for argument in item.arguments.values()
        if argument.required
    ]
    return f"({', '.join(required)})" if required else ""


def _sample(schema: Schema, reference: TypeRef, within: tuple[str, ...]) -> Value:
    inner = reference.of if isinstance(reference, NonNullType) else reference
    if isinstance(inner, ListType):
        return (_sample(schema, inner.of, within),)
    name = named_type(inner)
    definition = schema.types.get(name)
    if isinstance(definition, EnumType):
        return EnumValue(next(iter(definition.values)))
    if isinstance(definition, InputObjectType) and name not in within:
        return ObjectValue(
            tuple(
                (item.name, _sample(schema, item.type, (*within, name)))
                for item in definition.fields.values()
                if item.required
            )
        )
    return _SCALARS.get(name, "text")
