"""What is imported from a feature goes by the imported name, and not by its long name too.

Enters: a schema whose structure is sound, and its links. Leaves: findings. A definition under the long name that
nothing uses is let pass, since servers write such definitions for all of a feature.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.links import Links
from router.federation.validity.structure import applied_directives
from router.type_system.model import (
    DirectiveDefinition,
    InputObjectType,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
    named_type,
)


def check_imported_names(schema: Schema, links: Links, findings: Findings) -> None:
    """Report definitions in use under the long name of an element that is imported under another one."""
    if all(not feature.imports for feature in links.features):
        return
    shadowed = dict(_shadowed(schema, links))
    if not shadowed:
        return
    used = set(_used(schema, shadowed))
    for name, (imported, position) in shadowed.items():
        if name in used:
            problem = f"is in use, but imported as {imported}; write {imported}, and remove the definition"
            findings.add(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, name, problem, position)


def _shadowed(schema: Schema, links: Links) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield the definitions (``@name`` or ``Name``) of elements imported under another name, and that name."""
    features = {feature.name: feature for feature in links.features}
    elements: list[tuple[str, TypeDefinition | DirectiveDefinition]] = [
        (name, definition) for name, definition in schema.types.items() if "__" in name
    ]
    elements += [(f"@{name}", definition) for name, definition in schema.directive_definitions.items()]
    for name, definition in elements:
        at = "@" if name.startswith("@") else ""
        alias, _, original = definition.name.partition("__")
        feature = features.get(alias)
        if feature is not None:
            imported = feature.imports.get(f"{at}{original or feature.identity.rsplit('/', 1)[-1]}", name)
            if imported != name:
                yield name, (imported, definition.position)


def _used(schema: Schema, shadowed: dict[str, tuple[str, int]]) -> Iterator[str]:
    """Yield the directives that are applied, and the types that anything refers to that isn't shadowed itself."""
    yield from (f"@{directive.name}" for directive in schema.directives)
    for _, applications in applied_directives(schema):
        yield from (f"@{directive.name}" for directive in applications)
    yield from schema.roots.values()
    for definition in schema.directive_definitions.values():
        if f"@{definition.name}" not in shadowed:
            yield from (named_type(argument.type) for argument in definition.arguments.values())
    for name, item in schema.types.items():
        if name in shadowed:
            continue
        match item:
            case ObjectType() | InterfaceType():
                yield from item.interfaces
                for field in item.fields.values():
                    yield named_type(field.type)
                    yield from (named_type(argument.type) for argument in field.arguments.values())
            case InputObjectType():
                yield from (named_type(value.type) for value in item.fields.values())
            case UnionType():
                yield from item.members
