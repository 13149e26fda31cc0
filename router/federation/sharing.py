"""What a Federation 1 subgraph leaves unsaid: which of its fields others resolve too, and who tags them.

Enters: an upgraded subgraph and all others. Leaves: the subgraph with ``@shareable`` where Federation 1 took sharing
for granted. Invariant: only elements that another subgraph has as well are changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from router.federation.facts import external_fields
from router.federation.field_sets import read_field_sets, selected_fields
from router.federation.subgraph import EXTERNAL, KEY, SHAREABLE, TAG, Subgraph
from router.type_system.model import AppliedDirective, Field, InterfaceType, ObjectType, Schema, TypeDefinition
from router.type_system.values import Value

_SHAREABLE = AppliedDirective(SHAREABLE)
Coordinate = tuple[str, str]


def add_shareable(subgraph: Subgraph, subgraphs: Sequence[Subgraph], given: Sequence[Subgraph]) -> Subgraph:
    """Mark value types as a whole, and of entities and roots the fields that others resolve too.

    What others provide is read of the subgraphs as ``given``, where a ``@provides`` that isn't a string says nothing.
    """
    schema = subgraph.schema
    others = [
        (other.schema, original.schema)
        for other, original in zip(subgraphs, given, strict=True)
        if other is not subgraph
    ]
    shareable_anyway: set[Coordinate] | None = None
    changed: dict[str, TypeDefinition] = {}
    for name, definition in schema.types.items():
        if not isinstance(definition, ObjectType) or name == schema.roots.get("subscription"):
            continue
        elsewhere = [
            (original, theirs)
            for other, original in others
            if isinstance(theirs := other.types.get(name), ObjectType | InterfaceType)
        ]
        if not elsewhere:
            continue
        if not _is_entity_or_root(definition, schema):
            changed[name] = replace(definition, directives=(*definition.directives, _SHAREABLE))
            continue
        if shareable_anyway is None:
            shareable_anyway = _shareable_anyway(schema)
        fields = {
            item.name: replace(item, directives=(*item.directives, _SHAREABLE))
            for item in definition.fields.values()
            if (name, item.name) not in shareable_anyway
            and any(_resolves(other, name, theirs.fields.get(item.name)) for other, theirs in elsewhere)
        }
        if fields:
            changed[name] = replace(definition, fields={**definition.fields, **fields})
    return _with_types(subgraph, changed)


def _with_types(subgraph: Subgraph, changed: Mapping[str, TypeDefinition]) -> Subgraph:
    if not changed:
        return subgraph
    schema = subgraph.schema
    return replace(subgraph, schema=replace(schema, types={**schema.types, **changed}))


def _is_entity_or_root(definition: ObjectType, schema: Schema) -> bool:
    return definition.name in schema.roots.values() or any(item.name == KEY for item in definition.directives)


def _shareable_anyway(schema: Schema) -> set[Coordinate]:
    """Return the fields of keys, and the external ones that a ``@provides`` promises."""
    sets = read_field_sets(schema)
    keys, provided = (
        {
            coordinate
            for use in uses
            if use.field_set
            for coordinate in selected_fields(schema, use.parent, use.field_set)
        }
        for uses in (sets.keys, sets.provides)
    )
    return keys | (provided & external_fields(schema))


def _resolves(schema: Schema, owner: str, item: Field | None) -> bool:
    """Whether a subgraph resolves a field: always, or only where a ``@provides`` says so."""
    if item is None:
        return False
    if not any(directive.name == EXTERNAL for directive in item.directives):
        return True
    return any(
        (owner, item.name) in selected_fields(schema, use.parent, use.field_set)
        for use in read_field_sets(schema).provides
        if use.field_set
    )


def drop_repeated_tags(subgraph: Subgraph, subgraphs: Sequence[Subgraph]) -> Subgraph:
    """Drop tags on external fields that another subgraph, where the field isn't external, gives to it as well."""
    changed: dict[str, TypeDefinition] = {}
    for name, definition in subgraph.schema.types.items():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        fields: dict[str, Field] = {}
        for item in definition.fields.values():
            names = {directive.name for directive in item.directives}
            if EXTERNAL in names and TAG in names:
                others = _tags_elsewhere(name, item.name, subgraph, subgraphs)
                directives = tuple(
                    one for one in item.directives if one.name != TAG or one.arguments.get("name") not in others
                )
                fields[item.name] = replace(item, directives=directives)
        if fields:
            changed[name] = replace(definition, fields={**definition.fields, **fields})
    return _with_types(subgraph, changed)


def _tags_elsewhere(owner: str, name: str, subgraph: Subgraph, subgraphs: Sequence[Subgraph]) -> set[Value]:
    tags: set[Value] = set()
    for other in subgraphs:
        definition = other.schema.types.get(owner)
        if other is not subgraph and isinstance(definition, ObjectType | InterfaceType):
            item = definition.fields.get(name)
            if item is not None and all(one.name != EXTERNAL for one in item.directives):
                tags.update(one.arguments.get("name") for one in item.directives if one.name == TAG)
    return tags
