"""``@listSize`` speaks of a list: the field itself, or the sized fields of its type."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.subgraph import LIST_SIZE
from router.type_system.model import (
    AppliedDirective,
    Field,
    InterfaceType,
    ListType,
    NonNullType,
    ObjectType,
    Schema,
    TypeRef,
    UnionType,
    named_type,
)


def list_sizes_are_sound(facts: Facts, findings: Findings) -> None:
    """``LIST_SIZE_APPLIED_TO_NON_LIST`` and its like."""
    for definition in facts.schema.types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for item in definition.fields.values():
            for application in item.directives:
                if application.name == LIST_SIZE:
                    _check(facts.schema, f"{definition.name}.{item.name}", item, application, findings)


def _check(schema: Schema, coordinate: str, item: Field, application: AppliedDirective, findings: Findings) -> None:
    position = application.position
    assumed = application.arguments.get("assumedSize")
    if isinstance(assumed, int) and assumed < 0:
        problem = "has a negative assumedSize; give 0 or more"
        findings.add(ErrorCode.LIST_SIZE_INVALID_ASSUMED_SIZE, coordinate, problem, position)
    for name in _names(application, "slicingArguments"):
        argument = item.arguments.get(name)
        if argument is None:
            problem = f"has the slicing argument {name}, which it doesn't have as an argument; correct the name"
        elif str(argument.type) not in ("Int", "Int!"):
            problem = f"has the slicing argument {name}, which is a {argument.type}; use an Int"
        else:
            continue
        findings.add(ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT, coordinate, problem, position)
    sized = _names(application, "sizedFields")
    if sized:
        _check_sized_fields(schema, coordinate, item, sized, position, findings)
    elif not _is_list(item.type):
        problem = f"has @listSize and the type {item.type}, which isn't a list; name the lists as sizedFields"
        findings.add(ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST, coordinate, problem, position)


def _check_sized_fields(
    schema: Schema, coordinate: str, item: Field, sized: list[str], position: int, findings: Findings
) -> None:
    target = named_type(item.type)
    definition = schema.types.get(target)
    if not isinstance(definition, ObjectType | InterfaceType | UnionType):
        problem = f"has sizedFields and the type {target}, which has no fields; remove them"
        findings.add(ErrorCode.LIST_SIZE_INVALID_SIZED_FIELD, coordinate, problem, position)
        return
    fields = {} if isinstance(definition, UnionType) else definition.fields
    for name in sized:
        if name not in fields:
            problem = f"has the sized field {name}, which {target} doesn't have; correct the name"
            findings.add(ErrorCode.LIST_SIZE_INVALID_SIZED_FIELD, coordinate, problem, position)
        elif not _is_list(fields[name].type):
            problem = f"has the sized field {name}, but {target}.{name} isn't a list; name a list"
            findings.add(ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST, coordinate, problem, position)


def _names(application: AppliedDirective, argument: str) -> list[str]:
    value = application.arguments.get(argument)
    items = value if isinstance(value, tuple) else (value,)
    return [item for item in items if isinstance(item, str)]


def _is_list(ref: TypeRef) -> bool:
    return isinstance(ref.of if isinstance(ref, NonNullType) else ref, ListType)
