"""Join specification v0.1: owners and value types -> the tables of later versions.

Enters: the composed schema beside its ``@join__owner``, ``@join__type`` and ``@join__field`` directives. Leaves: one
:class:`~router.supergraph.model.TypeJoins` a type, as v0.3 would have written it. Invariant: in each graph the result
is a schema of its own: a field's type is known where the field is, and an object has every field of its interfaces.

In v0.1 a type with an owner is an entity: its unannotated fields belong to the owner, and a graph that extends it knows
its keys and what it requires, besides the fields that name the graph. Any other type is a value type: every graph knows
it whole. What a graph can't have, since the types of the fields aren't there, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.federation.field_set import FieldSet, FieldSetField, parse_field_set
from router.supergraph.model import JoinField, JoinType, TypeJoins
from router.type_system.model import (
    EnumType,
    InputObjectType,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
    named_type,
)

Coordinates = dict[str, dict[str, JoinField]]


def read_owned_joins(
    schema: Schema,
    graphs: Sequence[str],
    owners: Mapping[str, str],
    join_types: Mapping[str, tuple[JoinType, ...]],
    fields: Mapping[str, Mapping[str, JoinField]],
) -> dict[str, TypeJoins]:
    """Turn owners into tables. ``fields`` are the annotated fields by type; ``join_types`` the entities' keys."""
    knowledge = {graph: _graph_fields(schema, graph, owners, join_types, fields) for graph in graphs}
    for graph in graphs:
        _drop_unknown(schema, knowledge[graph])
    return {
        name: _type_joins(definition, schema, knowledge, join_types.get(name, ()))
        for name, definition in schema.types.items()
    }


@dataclass(slots=True)
class _Knowledge:
    """What one graph knows: fields by composite type, and other types by name."""

    graph: str
    composite: Coordinates
    others: set[str]

    def knows(self, name: str, schema: Schema) -> bool:
        return name in self.composite or name in self.others or name not in schema.types


def _graph_fields(
    schema: Schema,
    graph: str,
    owners: Mapping[str, str],
    join_types: Mapping[str, tuple[JoinType, ...]],
    fields: Mapping[str, Mapping[str, JoinField]],
) -> _Knowledge:
    knowledge = _Knowledge(graph, {}, set())
    roots = set(schema.roots.values())
    for name, definition in schema.types.items():
        if not isinstance(definition, ObjectType | InterfaceType):
            knowledge.others.add(name)
            continue
        owner = owners.get(name)
        annotated = fields.get(name, {})
        if owner is not None and owner != graph and all(join.graph != graph for join in join_types[name]):
            continue
        here: dict[str, JoinField] = {}
        for item in definition.fields:
            joined = annotated.get(item)
            if joined is not None:
                if joined.graph == graph:
                    here[item] = joined
            elif owner == graph or (owner is None and name not in roots):
                here[item] = JoinField(graph)
        if here or owner is not None or name == schema.roots.get("query"):
            knowledge.composite[name] = here
    _add_field_sets(schema, knowledge, join_types)
    return knowledge


def _add_field_sets(schema: Schema, knowledge: _Knowledge, join_types: Mapping[str, tuple[JoinType, ...]]) -> None:
    """Add the fields that keys, ``requires`` and ``provides`` of this graph name; only a key's are resolved here."""
    for name, joins in join_types.items():
        for join in joins:
            if join.graph == knowledge.graph and join.key is not None and name in knowledge.composite:
                _add_selections(schema, knowledge, name, parse_field_set(join.key), external=False)
    for name, items in list(knowledge.composite.items()):
        for item in list(items.values()):
            if item.requires is not None:
                _add_selections(schema, knowledge, name, parse_field_set(item.requires), external=True)
    for name, items in list(knowledge.composite.items()):
        definition = schema.types[name]
        assert isinstance(definition, ObjectType | InterfaceType)
        for field_name, item in list(items.items()):
            if item.provides is not None:
                target = named_type(definition.fields[field_name].type)
                _add_selections(schema, knowledge, target, parse_field_set(item.provides), external=True)


def _add_selections(
    schema: Schema, knowledge: _Knowledge, type_name: str, selections: FieldSet, *, external: bool
) -> None:
    for selection in selections:
        if not isinstance(selection, FieldSetField):
            target = selection.type_condition or type_name
            _add_selections(schema, knowledge, target, selection.selections, external=external)
            continue
        definition = schema.types.get(type_name)
        if not isinstance(definition, ObjectType | InterfaceType) or selection.name not in definition.fields:
            continue
        here = knowledge.composite.setdefault(type_name, {})
        if selection.name not in here:
            here[selection.name] = JoinField(knowledge.graph, external=external)
        target = named_type(definition.fields[selection.name].type)
        _add_selections(schema, knowledge, target, selection.selections, external=external)


def _drop_unknown(schema: Schema, knowledge: _Knowledge) -> None:
    """Drop fields whose types aren't known here, and types that are left empty, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for name, items in list(knowledge.composite.items()):
            definition = schema.types[name]
            assert isinstance(definition, ObjectType | InterfaceType)
            for item in list(items):
                if not knowledge.knows(named_type(definition.fields[item].type), schema):
                    del items[item]
                    changed = True
            if isinstance(definition, InterfaceType):
                changed |= _drop_unimplemented(schema, knowledge, name)
            if not items and name != schema.roots.get("query"):
                del knowledge.composite[name]
                changed = True
        for name in sorted(knowledge.others):
            definition = schema.types[name]
            if isinstance(definition, UnionType) and not any(m in knowledge.composite for m in definition.members):
                knowledge.others.discard(name)
                changed = True


def _drop_unimplemented(schema: Schema, knowledge: _Knowledge, interface: str) -> bool:
    """Drop the fields of an interface that an object which implements it doesn't have here."""
    missing = {
        item
        for candidate in schema.possible_types(interface)
        if candidate in knowledge.composite
        for item in knowledge.composite[interface]
        if item not in knowledge.composite[candidate]
    }
    for item in missing:
        del knowledge.composite[interface][item]
    return bool(missing)


def _type_joins(
    definition: TypeDefinition, schema: Schema, knowledge: Mapping[str, _Knowledge], keys: tuple[JoinType, ...]
) -> TypeJoins:
    name = definition.name
    known = tuple(graph for graph, here in knowledge.items() if here.knows(name, schema))
    keyed = {join.graph for join in keys if join.graph in known}
    types = (
        *(join for join in keys if join.graph in known),
        *(JoinType(graph) for graph in known if graph not in keyed),
    )
    match definition:
        case ObjectType() | InterfaceType():
            fields = {
                item: tuple(
                    joined for graph in known if (joined := knowledge[graph].composite[name].get(item)) is not None
                )
                or (JoinField(None),)
                for item in definition.fields
            }
            everywhere = {item for item, joined in fields.items() if joined == tuple(JoinField(g) for g in known)}
            return TypeJoins(
                types=types,
                fields={item: joined for item, joined in fields.items() if item not in everywhere},
                implements=tuple(
                    (graph, interface)
                    for graph in known
                    for interface in definition.interfaces
                    if interface in knowledge[graph].composite
                ),
            )
        case UnionType():
            return TypeJoins(
                types=types,
                members=tuple(
                    (graph, member)
                    for member in definition.members
                    for graph in known
                    if member in knowledge[graph].composite
                ),
            )
        case EnumType():
            return TypeJoins(types=types, values=dict.fromkeys(definition.values, known))
        case InputObjectType():
            return TypeJoins(types=types)
        case _:
            return TypeJoins(types=types)
