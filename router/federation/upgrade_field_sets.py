"""Field sets of Federation 1 in Federation 2 terms: text, and only what has an effect.

Enters: a Federation 1 schema. Leaves: the same, whose ``@requires`` and ``@provides`` select external fields alone.
Invariant: a field set that selects what isn't there stays as it is, for the rules to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from router.federation.facts import external_fields
from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment, print_field_set
from router.federation.field_sets import parse_or_reason, selected_type
from router.federation.map_fields import map_fields
from router.federation.subgraph import KEY, PROVIDES, REQUIRES
from router.type_system.model import (
    AppliedDirective,
    Field,
    InterfaceType,
    ObjectType,
    Schema,
    UnionType,
    named_type,
)
from router.type_system.values import EnumValue, Value

_FIELD_SET_DIRECTIVES = frozenset({KEY, REQUIRES, PROVIDES})
Coordinate = tuple[str, str]


def write_field_sets_as_strings(schema: Schema) -> Schema:
    """``fields: ["a", b]`` becomes ``fields: "a b"``, which then counts as part of the type's definition."""

    def coerce(directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
        if all(
            item.name not in _FIELD_SET_DIRECTIVES or isinstance(item.arguments.get("fields"), str)
            for item in directives
        ):
            return directives
        return tuple(
            replace(
                item, arguments={**item.arguments, "fields": as_string(item.arguments.get("fields"))}, extension=False
            )
            if item.name in _FIELD_SET_DIRECTIVES and not isinstance(item.arguments.get("fields"), str)
            else item
            for item in directives
        )

    def change(_: ObjectType | InterfaceType, item: Field) -> Field:
        directives = coerce(item.directives) if item.directives else item.directives
        return item if directives is item.directives else replace(item, directives=directives)

    schema = map_fields(schema, change)
    types = {
        name: replace(definition, directives=coerce(definition.directives))
        if isinstance(definition, ObjectType | InterfaceType) and definition.directives
        else definition
        for name, definition in schema.types.items()
    }
    return replace(schema, types=types)


def as_string(value: Value) -> Value:
    """Write a list of field names as one field set; anything else stays."""
    items = value if isinstance(value, tuple) else (value,)
    texts = [item.name if isinstance(item, EnumValue) else item for item in items]
    if all(isinstance(text, str) for text in texts):
        return " ".join(text for text in texts if isinstance(text, str))
    return value


def drop_inactive_selections(schema: Schema) -> Schema:
    """Leave in ``@requires`` and ``@provides`` only what is external; drop the directive where nothing is."""
    external = external_fields(schema)
    for name, definition in schema.types.items():
        if isinstance(definition, InterfaceType):
            members = schema.possible_types(name)
            external |= {
                (name, item) for item in definition.fields if any((member, item) in external for member in members)
            }

    def change(owner: ObjectType | InterfaceType, item: Field) -> Field:
        if not any(one.name in (REQUIRES, PROVIDES) for one in item.directives):
            return item
        kept = tuple(
            active
            for one in item.directives
            if (active := _active(schema, external, owner.name if one.name == REQUIRES else named_type(item.type), one))
        )
        return item if kept == item.directives else replace(item, directives=kept)

    return map_fields(schema, change)


def _active(
    schema: Schema, external: set[Coordinate], parent: str, application: AppliedDirective
) -> AppliedDirective | None:
    text = application.arguments.get("fields")
    if application.name not in (REQUIRES, PROVIDES) or not isinstance(text, str):
        return application
    field_set = parse_or_reason(text)
    if isinstance(field_set, str):
        return application
    kept = _external_part(schema, external, parent, field_set)
    if kept is None or kept == field_set:
        return application
    if not kept:
        return None
    return replace(application, arguments={**application.arguments, "fields": print_field_set(kept)})


def _external_part(schema: Schema, external: set[Coordinate], parent: str, field_set: FieldSet) -> FieldSet | None:
    """Return what a field set selects that is external, or ``None`` where it selects what isn't there."""
    definition = schema.types.get(parent)
    fields: Mapping[str, Field] = definition.fields if isinstance(definition, ObjectType | InterfaceType) else {}
    kept: list[FieldSetField | FieldSetFragment] = []
    for selection in field_set:
        match selection:
            case FieldSetField():
                item = fields.get(selection.name)
                if item is None and selection.name != "__typename":
                    return None
                if item is None:
                    continue
                if selection.alias is not None or any(name not in item.arguments for name, _ in selection.arguments):
                    return None
                if (parent, selection.name) in external:
                    kept.append(selection)
                    continue
                target = named_type(item.type)
                leaf = not isinstance(schema.types.get(target), ObjectType | InterfaceType | UnionType)
                if leaf == bool(selection.selections):
                    return None
            case FieldSetFragment():
                target = selected_type(schema, parent, selection)
        inner = _external_part(schema, external, target, selection.selections)
        if inner is None:
            return None
        if inner:
            kept.append(selection if inner == selection.selections else replace(selection, selections=inner))
    return tuple(kept)
