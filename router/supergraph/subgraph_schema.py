"""The schema that a subgraph's own server has, for validating fetches.

Enters: the supergraph, a graph id and that graph's :class:`~router.supergraph.views.TypeView` s. Leaves: a
:class:`~router.type_system.model.Schema` with ``_entities``, ``_service``, ``_Entity`` and ``_Any``. Invariant: it
prints and builds by itself: nothing in it refers to what the subgraph doesn't have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from router.supergraph.model import JoinField, Supergraph, TypeJoins
from router.supergraph.views import TypeView
from router.type_system.model import (
    EXECUTABLE_LOCATIONS,
    EnumType,
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
    UnionType,
    named_type,
)

_ENTITIES = Field(
    name="_entities",
    type=NonNullType(ListType(NamedType("_Entity"))),
    arguments={"representations": InputValue("representations", NonNullType(ListType(NonNullType(NamedType("_Any")))))},
)
_SERVICE = Field(name="_service", type=NonNullType(NamedType("_Service")))
_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})


def build_subgraph_schema(supergraph: Supergraph, graph: str, views: Mapping[str, TypeView]) -> Schema:
    """Build the schema of one subgraph, as fetches may use it."""
    types: dict[str, TypeDefinition] = {}
    for name, joins in supergraph.joins.items():
        if any(join.graph == graph for join in joins.types):
            definition = _restrict(supergraph.schema.types[name], graph, joins, views.get(name))
            if definition is not None:
                types[name] = definition
    roots = {kind: name for kind, name in supergraph.schema.roots.items() if name in types}
    query = roots.setdefault("query", "Query")
    entities = tuple(
        name
        for name, view in views.items()
        if name in types and isinstance(types[name], ObjectType) and any(key.resolvable for key in view.keys)
    )
    _add_federation(types, query, entities)
    _add_unknown_inputs(types, supergraph)
    _drop_dangling(types)
    return Schema(
        types=types,
        roots={kind: name for kind, name in roots.items() if name in types},
        directive_definitions={
            name: replace(definition, locations=tuple(x for x in definition.locations if x in EXECUTABLE_LOCATIONS))
            for name, definition in supergraph.schema.directive_definitions.items()
            if EXECUTABLE_LOCATIONS.intersection(definition.locations)
            and all(_known(item.type, types) for item in definition.arguments.values())
        },
    )


def _restrict(definition: TypeDefinition, graph: str, joins: TypeJoins, view: TypeView | None) -> TypeDefinition | None:
    """Return a type as the graph has it, without directives; ``None`` for a type that is empty there."""
    match definition:
        case ObjectType() | InterfaceType():
            assert view is not None
            fields = {
                name: _restrict_field(item, view, _join_of(joins.fields.get(name), graph))
                for name, item in definition.fields.items()
                if name in view.fields
            }
            if not fields:
                return None
            interfaces = {interface for owner, interface in joins.implements if owner == graph}
            ordered = tuple(name for name in definition.interfaces if name in interfaces)
            if view.is_interface_object:
                return ObjectType(definition.name, fields=fields, interfaces=ordered)
            return replace(definition, directives=(), description=None, fields=fields, interfaces=ordered)
        case UnionType():
            assert view is not None
            if not view.members:
                return None
            return replace(definition, directives=(), description=None, members=view.members)
        case EnumType():
            values = {
                name: replace(value, directives=(), description=None)
                for name, value in definition.values.items()
                if graph in joins.values.get(name, ())
            }
            return replace(definition, directives=(), description=None, values=values) if values else None
        case InputObjectType():
            inputs = {
                name: _restrict_input(item, _join_of(joins.fields.get(name), graph))
                for name, item in definition.fields.items()
                if name not in joins.fields or _join_of(joins.fields[name], graph) is not None
            }
            return replace(definition, directives=(), description=None, fields=inputs) if inputs else None
        case ScalarType():
            return replace(definition, directives=(), description=None)


def _join_of(joined: tuple[JoinField, ...] | None, graph: str) -> JoinField | None:
    return next((join for join in joined or () if join.graph == graph), None)


def _restrict_field(item: Field, view: TypeView, join: JoinField | None) -> Field:
    arguments = {name: _restrict_input(argument, None) for name, argument in item.arguments.items()}
    for context in join.context_arguments if join is not None else ():
        arguments[context.name] = InputValue(context.name, context.type)
    return Field(name=item.name, type=view.fields[item.name].type, arguments=arguments)


def _restrict_input(item: InputValue, join: JoinField | None) -> InputValue:
    type_ref = item.type if join is None or join.type is None else join.type
    return replace(item, type=type_ref, directives=(), description=None)


def _add_federation(types: dict[str, TypeDefinition], query: str, entities: tuple[str, ...]) -> None:
    root = types.get(query)
    fields = dict(root.fields) if isinstance(root, ObjectType) else {}
    if entities:
        fields["_entities"] = _ENTITIES
        types["_Any"] = ScalarType("_Any")
        types["_Entity"] = UnionType("_Entity", members=entities)
    fields["_service"] = _SERVICE
    types["_Service"] = ObjectType("_Service", fields={"sdl": Field("sdl", NamedType("String"))})
    types[query] = replace(root, fields=fields) if isinstance(root, ObjectType) else ObjectType(query, fields=fields)


def _add_unknown_inputs(types: dict[str, TypeDefinition], supergraph: Supergraph) -> None:
    """Take an argument's type that no subgraph is said to know for a scalar, so that the field is not lost."""
    for definition in list(types.values()):
        if isinstance(definition, ObjectType | InterfaceType):
            for item in definition.fields.values():
                for argument in item.arguments.values():
                    name = named_type(argument.type)
                    if name not in supergraph.schema.types and name not in _BUILT_IN:
                        types.setdefault(name, ScalarType(name))


def _drop_dangling(types: dict[str, TypeDefinition]) -> None:
    """Drop what refers to a type that isn't here, and types that are empty then, until nothing changes.

    A supergraph that the reference composer made has no such thing; older and foreign ones may.
    """
    changed = True
    while changed:
        changed = False
        for name, definition in list(types.items()):
            kept = _without_unknown(definition, types)
            if kept is None:
                del types[name]
                changed = True
            elif kept is not definition:
                types[name] = kept
                changed = True


def _without_unknown(definition: TypeDefinition, types: Mapping[str, TypeDefinition]) -> TypeDefinition | None:
    match definition:
        case ObjectType() | InterfaceType():
            fields = {name: item for name, item in definition.fields.items() if _field_known(item, types)}
            interfaces = tuple(name for name in definition.interfaces if isinstance(types.get(name), InterfaceType))
            if len(fields) == len(definition.fields) and len(interfaces) == len(definition.interfaces):
                return definition
            return replace(definition, fields=fields, interfaces=interfaces) if fields else None
        case UnionType():
            members = tuple(name for name in definition.members if isinstance(types.get(name), ObjectType))
            if len(members) == len(definition.members):
                return definition
            return replace(definition, members=members) if members else None
        case InputObjectType():
            inputs = {name: item for name, item in definition.fields.items() if _known(item.type, types)}
            if len(inputs) == len(definition.fields):
                return definition
            return replace(definition, fields=inputs) if inputs else None
        case EnumType() | ScalarType():
            return definition


def _field_known(item: Field, types: Mapping[str, TypeDefinition]) -> bool:
    return _known(item.type, types) and all(_known(argument.type, types) for argument in item.arguments.values())


def _known(reference: NamedType | ListType | NonNullType, types: Mapping[str, TypeDefinition]) -> bool:
    name = named_type(reference)
    return name in types or name in _BUILT_IN
