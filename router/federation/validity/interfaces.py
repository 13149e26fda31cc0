"""A type has all that the interfaces which it implements promise (GraphQL specification, section 3.6.1).

Enters: a schema whose structure is sound. Leaves: findings.
"""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.type_system.model import (
    Field,
    InterfaceType,
    ListType,
    NonNullType,
    ObjectType,
    Schema,
    TypeRef,
    UnionType,
)


def check_implementations(schema: Schema, findings: Findings) -> None:
    """Report types that do not keep the promises of their interfaces."""
    for definition in schema.types.values():
        if isinstance(definition, ObjectType | InterfaceType) and definition.interfaces:
            for name in definition.interfaces:
                interface = schema.types.get(name)
                if isinstance(interface, InterfaceType):
                    _check_implementation(definition, interface, schema, findings)
            if len(set(definition.interfaces)) != len(definition.interfaces):
                problem = "implements one interface more than once; keep one"
                findings.add(ErrorCode.INVALID_GRAPHQL, definition.name, problem, definition.position)


def _check_implementation(
    definition: ObjectType | InterfaceType, interface: InterfaceType, schema: Schema, findings: Findings
) -> None:
    name = definition.name
    if interface.name == name or name in interface.interfaces:
        problem = f"implements {interface.name}, which is circular; remove one of the two"
        findings.add(ErrorCode.INVALID_GRAPHQL, name, problem, definition.position)
        return
    for inherited in interface.interfaces:
        if inherited not in definition.interfaces:
            problem = f"implements {interface.name} and not {inherited}, which {interface.name} implements; add it"
            findings.add(ErrorCode.INVALID_GRAPHQL, name, problem, definition.position)
    for promised in interface.fields.values():
        field = definition.fields.get(promised.name)
        if field is None:
            problem = f"lacks the field {promised.name} of {interface.name}; add it"
            findings.add(ErrorCode.INVALID_GRAPHQL, name, problem, definition.position)
            continue
        coordinate = f"{name}.{field.name}"
        if field.type != promised.type and not is_subtype(field.type, promised.type, schema):
            problem = f"has the type {field.type} where {interface.name} promises {promised.type}; make them agree"
            findings.add(ErrorCode.INVALID_GRAPHQL, coordinate, problem, field.position)
        if field.arguments or promised.arguments:
            _check_arguments(coordinate, field, promised, interface.name, findings)


def _check_arguments(coordinate: str, field: Field, promised: Field, interface: str, findings: Findings) -> None:
    for argument in promised.arguments.values():
        own = field.arguments.get(argument.name)
        if own is None:
            problem = f"lacks the argument {argument.name} that {interface} promises; add it"
            findings.add(ErrorCode.INVALID_GRAPHQL, coordinate, problem, field.position)
        elif own.type != argument.type:
            problem = f"has {own.type} where {interface} promises {argument.type}; make them equal"
            findings.add(ErrorCode.INVALID_GRAPHQL, f"{coordinate}({own.name}:)", problem, own.position)
    for own in field.arguments.values():
        if own.required and own.name not in promised.arguments:
            problem = f"is required and not promised by {interface}; give it a default, or make it nullable"
            findings.add(ErrorCode.INVALID_GRAPHQL, f"{coordinate}({own.name}:)", problem, own.position)


def is_subtype(ref: TypeRef, of: TypeRef, schema: Schema) -> bool:
    """Tell whether every value of ``ref`` is one of ``of`` (the specification's IsValidImplementationFieldType)."""
    if ref == of:
        return True
    if isinstance(ref, NonNullType):
        return is_subtype(ref.of, of.of if isinstance(of, NonNullType) else of, schema)
    if isinstance(of, NonNullType):
        return False
    if isinstance(ref, ListType) or isinstance(of, ListType):
        return isinstance(ref, ListType) and isinstance(of, ListType) and is_subtype(ref.of, of.of, schema)
    wide, narrow = schema.types.get(of.name), schema.types.get(ref.name)
    if isinstance(wide, UnionType):
        return ref.name in wide.members
    return (
        isinstance(narrow, ObjectType | InterfaceType)
        and isinstance(wide, InterfaceType)
        and (of.name in narrow.interfaces)
    )
