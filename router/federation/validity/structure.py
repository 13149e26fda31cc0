"""Roots, union members, implemented interfaces and applied directives exist and are of the right kind.

Enters: a schema whose references are sound, and the definitions of all directives. Leaves: findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.versions import known_directives
from router.type_system.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    Field,
    InputObjectType,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
)


def check_structure(schema: Schema, directives: Mapping[str, DirectiveDefinition], findings: Findings) -> None:
    """Report what names something that doesn't exist, or that is of the wrong kind."""
    for operation, name in schema.roots.items():
        if not isinstance(schema.types.get(name), ObjectType):
            problem = f"has {name} as its {operation} type, which isn't an object type; name one that is"
            findings.add(ErrorCode.INVALID_GRAPHQL, "schema", problem)
    for definition in schema.types.values():
        if isinstance(definition, UnionType):
            _check_kinds(definition, definition.members, ObjectType, schema, findings)
        elif isinstance(definition, ObjectType | InterfaceType):
            _check_kinds(definition, definition.interfaces, InterfaceType, schema, findings)
    for coordinate, applications in applied_directives(schema):
        for application in applications:
            if application.name not in directives:
                _check_known(application, coordinate, directives, findings)


def check_schema_directives(schema: Schema, directives: Mapping[str, DirectiveDefinition], findings: Findings) -> None:
    """Report directives applied to the schema itself that aren't defined."""
    for application in schema.directives:
        _check_known(application, "schema", directives, findings)


def _check_kinds(
    definition: TypeDefinition,
    names: Iterable[str],
    kind: type[ObjectType] | type[InterfaceType],
    schema: Schema,
    findings: Findings,
) -> None:
    role = "member" if kind is ObjectType else "interface"
    wanted = "an object type" if kind is ObjectType else "an interface"
    for name in names:
        other = schema.types.get(name)
        if other is None or not isinstance(other, kind):
            reason = "isn't defined" if other is None else f"isn't {wanted}"
            problem = f"has the {role} {name}, which {reason}; define it as {wanted}, or remove it"
            findings.add(ErrorCode.INVALID_GRAPHQL, definition.name, problem, definition.position)


def _check_known(
    application: AppliedDirective, coordinate: str, directives: Mapping[str, DirectiveDefinition], findings: Findings
) -> None:
    name = application.name
    if name in directives:
        return
    remedy = "define it, or correct the name"
    if name in known_directives():
        remedy = (
            f"add @{name} to the import of the @link to federation"
            if any(local.endswith("__extends") or local == "link" for local in directives)
            else f'add @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@{name}"]) to the schema'
        )
    else:
        near = get_close_matches(name, sorted({*directives, *known_directives()}), 1)
        remedy = f"did you mean @{near[0]}?" if near else remedy
    problem = f"applies @{name}, which isn't defined; {remedy}"
    findings.add(ErrorCode.INVALID_GRAPHQL, coordinate, problem, application.position)


def applied_directives(schema: Schema) -> Iterable[tuple[str, tuple[AppliedDirective, ...]]]:
    """Yield coordinate and applications of everything in the types of a schema that has any."""
    for definition in schema.types.values():
        name = definition.name
        if definition.directives:
            yield name, definition.directives
        match definition:
            case ObjectType() | InterfaceType():
                for field in definition.fields.values():
                    if field.directives:
                        yield f"{name}.{field.name}", field.directives
                    if field.arguments:
                        yield from _of_arguments(name, field)
            case InputObjectType():
                for item in definition.fields.values():
                    if item.directives:
                        yield f"{name}.{item.name}", item.directives
            case EnumType():
                for value in definition.values.values():
                    if value.directives:
                        yield f"{name}.{value.name}", value.directives
    for directive in schema.directive_definitions.values():
        for argument in directive.arguments.values():
            if argument.directives:
                yield f"@{directive.name}({argument.name}:)", argument.directives


def _of_arguments(owner: str, field: Field) -> Iterable[tuple[str, tuple[AppliedDirective, ...]]]:
    for argument in field.arguments.values():
        if argument.directives:
            yield f"{owner}.{field.name}({argument.name}:)", argument.directives
