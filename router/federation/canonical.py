"""A subgraph's schema in canonical terms: federation's names for its directives, the default names for its roots.

Enters: a valid schema and its lexicon. Leaves: a schema of the user's own types, in which ``@external`` stands on
fields only, ``@extends`` has become the ``extension`` mark of the keys, and federation's machinery is gone.
Invariant: what bears no federation directive and no renamed type stays the same object.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import TypeVar

from router.federation.definitions import BUILT_IN_SCALARS, SERVICE_FIELDS, Lexicon
from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.subgraph import EXTENDS, EXTERNAL, KEY, Version
from router.federation.versions import FEDERATION_1
from router.type_system.model import (
    AppliedDirective,
    EnumType,
    EnumValueDefinition,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    ListType,
    NamedType,
    NonNullType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    TypeRef,
    UnionType,
    named_type,
)

_DEFAULT_ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
_ROOT_CODES = {
    "query": ErrorCode.ROOT_QUERY_USED,
    "mutation": ErrorCode.ROOT_MUTATION_USED,
    "subscription": ErrorCode.ROOT_SUBSCRIPTION_USED,
}

_Element = TypeVar("_Element", Field, InputValue, EnumValueDefinition)


def canonicalise(schema: Schema, lexicon: Lexicon) -> Schema:
    """Return the schema in canonical terms, with its roots still under their own names."""
    names = lexicon.canonical
    types: dict[str, TypeDefinition] = {}
    for name, definition in schema.types.items():
        if name in lexicon.machinery or name in BUILT_IN_SCALARS:
            continue
        types[name] = _canonical_type(definition, names, lexicon.version)
    own = {
        name: definition
        if not any(item.directives for item in definition.arguments.values())
        else replace(definition, arguments=_rename_elements(definition.arguments, names))
        for name, definition in schema.directive_definitions.items()
        if name not in names and name != lexicon.link_directive
    }
    applied = tuple(_rename(item, names) for item in schema.directives if item.name != lexicon.link_directive)
    return replace(schema, types=types, directive_definitions=own, directives=applied)


def directives_on_machinery(schema: Schema, lexicon: Lexicon) -> frozenset[str]:
    """Return the federation directives that are applied to what :func:`canonicalise` leaves out."""
    found: set[str] = set()
    for name, definition in schema.types.items():
        if name in lexicon.machinery or name in BUILT_IN_SCALARS:
            found.update(item.name for item in definition.directives)
            match definition:
                case ObjectType() | InterfaceType() | InputObjectType():
                    found.update(item.name for part in definition.fields.values() for item in part.directives)
                case EnumType():
                    found.update(item.name for part in definition.values.values() for item in part.directives)
                case _:
                    pass
    for name, directive in schema.directive_definitions.items():
        if name in lexicon.canonical:
            found.update(item.name for part in directive.arguments.values() for item in part.directives)
    return frozenset(lexicon.canonical[name] for name in found if name in lexicon.canonical)


def with_scalars(schema: Schema, lexicon: Lexicon) -> Schema:
    """Add the scalars of features that stand on their own, where the schema leaves them out."""
    missing = {name: ScalarType(name) for name in sorted(lexicon.scalars - schema.types.keys())}
    return replace(schema, types={**schema.types, **missing}) if missing else schema


def without_service_fields(schema: Schema) -> Schema:
    """Leave out of the query root what a federation server adds to it."""
    name = schema.roots.get("query", "")
    definition = schema.types.get(name)
    if not isinstance(definition, ObjectType) or definition.fields.keys().isdisjoint(SERVICE_FIELDS):
        return schema
    fields = {key: item for key, item in definition.fields.items() if key not in SERVICE_FIELDS}
    return replace(schema, types={**schema.types, name: replace(definition, fields=fields)})


def _rename(application: AppliedDirective, names: Mapping[str, str]) -> AppliedDirective:
    name = names.get(application.name)
    if name is None:
        return application
    return AppliedDirective(name, application.arguments, application.extension, application.position)


def _canonical_type(definition: TypeDefinition, names: Mapping[str, str], version: Version) -> TypeDefinition:
    directives = definition.directives
    if directives:
        directives = tuple(_rename(item, names) for item in directives)
    match definition:
        case ObjectType() | InterfaceType():
            fields: Mapping[str, Field] = _rename_fields(definition.fields, names)
            if directives and version == FEDERATION_1:
                directives = _without_external(directives)
            elif directives:
                fields = _push_external(fields, directives)
                directives = _without_extends(directives)
            if fields is definition.fields and directives is definition.directives:
                return definition
            return replace(definition, directives=directives, fields=fields)
        case InputObjectType():
            return replace(definition, directives=directives, fields=_rename_elements(definition.fields, names))
        case EnumType():
            return replace(definition, directives=directives, values=_rename_elements(definition.values, names))
        case _:
            return replace(definition, directives=directives) if directives else definition


def _rename_elements(elements: Mapping[str, _Element], names: Mapping[str, str]) -> Mapping[str, _Element]:
    changed = {
        name: replace(item, directives=tuple(_rename(directive, names) for directive in item.directives))
        for name, item in elements.items()
        if item.directives
    }
    return {**elements, **changed} if changed else elements


def _rename_fields(fields: Mapping[str, Field], names: Mapping[str, str]) -> Mapping[str, Field]:
    changed: dict[str, Field] = {}
    for name, item in fields.items():
        arguments = _rename_elements(item.arguments, names) if item.arguments else item.arguments
        if item.directives or arguments is not item.arguments:
            directives = tuple(_rename(directive, names) for directive in item.directives)
            changed[name] = replace(item, directives=directives, arguments=arguments)
    return {**fields, **changed} if changed else fields


def _push_external(fields: Mapping[str, Field], directives: tuple[AppliedDirective, ...]) -> Mapping[str, Field]:
    """Move ``@external`` from a type to all of its fields, whatever part of the type it stands on.

    There it has no position, which tells it from one that was written on the field itself.
    """
    external = next((item for item in directives if item.name == EXTERNAL), None)
    if external is None:
        return fields
    external = replace(external, position=-1)
    return {
        name: item
        if any(directive.name == EXTERNAL for directive in item.directives)
        else replace(item, directives=(*item.directives, external))
        for name, item in fields.items()
    }


def _without_external(directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
    """In Federation 1, ``@external`` on a type has no effect; ``@extends`` is left for the upgrade to see."""
    return tuple(item for item in directives if item.name != EXTERNAL)


def _without_extends(directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
    extends = any(item.name == EXTENDS for item in directives)
    if not extends and all(item.name != EXTERNAL for item in directives):
        return directives
    return tuple(
        replace(item, extension=True) if extends and item.name == KEY else item
        for item in directives
        if item.name not in (EXTENDS, EXTERNAL)
    )


def with_default_roots(schema: Schema) -> Schema:
    """Take the types with the default names as roots, also beside a schema definition that leaves them out."""
    missing = {
        operation: name
        for operation, name in _DEFAULT_ROOTS.items()
        if operation not in schema.roots and isinstance(schema.types.get(name), ObjectType)
    }
    return replace(schema, roots={**schema.roots, **missing}) if missing else schema


def rename_roots(schema: Schema, findings: Findings) -> Schema:
    """Give the root types their default names; report types that bear one without being that root."""
    if all(name == _DEFAULT_ROOTS[operation] for operation, name in schema.roots.items()):
        return schema
    names = {name: name for name in schema.types}
    bearers = dict(names)
    for operation, name in schema.roots.items():
        default = _DEFAULT_ROOTS[operation]
        if names[name] == default:
            continue
        if default in bearers:
            problem = f"is not the {operation} type; make it so in the schema definition, or rename it"
            findings.add(_ROOT_CODES[operation], default, problem, schema.types[bearers[default]].position)
        # The root takes the place of a type that has its name, so that this isn't looked at any further.
        bearers.pop(names[name], None)
        names[name], bearers[default] = default, name
    return _rename_types(schema, names, set(bearers.values()))


def _rename_types(schema: Schema, names: Mapping[str, str], kept: Set[str]) -> Schema:
    renames = {name: new for name, new in names.items() if name != new}
    types = {names[name]: _rename_in_type(item, renames) for name, item in schema.types.items() if name in kept}
    roots = {operation: names[name] for operation, name in schema.roots.items()}
    return replace(schema, types=types, roots=roots)


def _rename_in_type(definition: TypeDefinition, names: Mapping[str, str]) -> TypeDefinition:
    definition = replace(definition, name=names.get(definition.name, definition.name))
    match definition:
        case ObjectType() | InterfaceType():
            fields = {
                name: replace(item, type=_rename_ref(item.type, names)) if named_type(item.type) in names else item
                for name, item in definition.fields.items()
            }
            return replace(definition, fields=fields)
        case UnionType():
            return replace(definition, members=tuple(names.get(name, name) for name in definition.members))
        case _:
            return definition


def _rename_ref(ref: TypeRef, names: Mapping[str, str]) -> TypeRef:
    match ref:
        case NonNullType():
            inner = _rename_ref(ref.of, names)
            return inner if isinstance(inner, NonNullType) else NonNullType(inner)
        case ListType():
            return ListType(_rename_ref(ref.of, names))
        case NamedType():
            return NamedType(names[ref.name])


def drop_empty_query(schema: Schema) -> Schema:
    """Leave out a query root that has no field once the service fields are gone, unless a field leads to it."""
    name = schema.roots.get("query", "")
    definition = schema.types.get(name)
    if not isinstance(definition, ObjectType) or definition.fields:
        return schema
    referenced = any(
        named_type(item.type) == name
        for other in schema.types.values()
        if isinstance(other, ObjectType | InterfaceType)
        for item in other.fields.values()
    )
    types = schema.types if referenced else {key: item for key, item in schema.types.items() if key != name}
    return replace(
        schema, types=types, roots={operation: root for operation, root in schema.roots.items() if operation != "query"}
    )
