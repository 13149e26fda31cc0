"""Supergraph -> what it means, as a flat mapping that two composers must agree on.

Enters: a :class:`Supergraph`. Leaves: facts by coordinate: definitions, descriptions, applied directives, and the joins
per type and field. Order, the spelling of field sets and the version of the join specification mean nothing; neither
do urls, which the recorded sets leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from router.federation.field_set import parse_field_set, print_field_set
from router.supergraph.model import JoinDirective, JoinField, Supergraph
from router.type_system.model import (
    AppliedDirective,
    EnumType,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    NoDefault,
    ObjectType,
    TypeDefinition,
    UnionType,
)
from router.type_system.values import ObjectValue, Value, print_value

Meaning = dict[str, Any]


def meaning_of(supergraph: Supergraph) -> Meaning:
    """Return all facts of a supergraph."""
    facts: Meaning = {
        "graphs": sorted((graph.id, graph.name) for graph in supergraph.graphs.values()),
        "features": sorted(
            (f.identity, f.version, f.name, f.purpose or "", sorted(f.imports.items())) for f in supergraph.features
        ),
        "schema": (
            supergraph.schema.description,
            dict(supergraph.schema.roots),
            _directives(supergraph.schema.directives),
            _carried(supergraph.directives),
        ),
    }
    for definition in supergraph.schema.types.values():
        _add_type(facts, definition)
    for directive in supergraph.schema.directive_definitions.values():
        coordinate = f"@{directive.name}"
        facts[coordinate] = (sorted(directive.locations), directive.repeatable, directive.description)
        _add_inputs(facts, coordinate, directive.arguments.values())
    for name in supergraph.joins:
        _add_joins(facts, supergraph, name)
    return facts


def differences(ours: Meaning, theirs: Meaning) -> list[str]:
    """Return the coordinates at which two meanings differ, each with both facts."""
    return [
        f"{coordinate}: {ours.get(coordinate)!r} instead of {theirs.get(coordinate)!r}"
        for coordinate in sorted(ours.keys() | theirs.keys())
        if ours.get(coordinate) != theirs.get(coordinate)
    ]


def _add_type(facts: Meaning, definition: TypeDefinition) -> None:
    facts[definition.name] = (type(definition).__name__, definition.description, _directives(definition.directives))
    match definition:
        case ObjectType() | InterfaceType():
            facts[f"{definition.name} implements"] = sorted(definition.interfaces)
            for item in definition.fields.values():
                _add_field(facts, definition.name, item)
        case UnionType():
            facts[f"{definition.name} ="] = sorted(definition.members)
        case InputObjectType():
            _add_inputs(facts, definition.name, definition.fields.values())
        case EnumType():
            for value in definition.values.values():
                facts[f"{definition.name}.{value.name}"] = (value.description, _directives(value.directives))
        case _:
            pass


def _add_field(facts: Meaning, owner: str, item: Field) -> None:
    coordinate = f"{owner}.{item.name}"
    facts[coordinate] = (str(item.type), item.description, _directives(item.directives))
    _add_inputs(facts, coordinate, item.arguments.values())


def _add_inputs(facts: Meaning, owner: str, items: Iterable[InputValue]) -> None:
    for item in items:
        default = None if isinstance(item.default, NoDefault) else print_value(item.default)
        # An empty description of an argument is printed only beside one that isn't.
        description = item.description or None
        facts[f"{owner}({item.name}:)"] = (str(item.type), default, description, _directives(item.directives))


def _add_joins(facts: Meaning, supergraph: Supergraph, name: str) -> None:
    joins = supergraph.joins[name]
    facts[f"join {name}"] = sorted(
        (join.graph, _field_set(join.key), join.extension, join.resolvable, join.is_interface_object)
        for join in joins.types
    )
    facts[f"join {name} implements"] = sorted(joins.implements)
    facts[f"join {name} ="] = sorted(joins.members)
    for value, graphs in joins.values.items():
        facts[f"join {name}.{value}"] = sorted(graphs)
    for field_name, fields in joins.fields.items():
        facts[f"join {name}.{field_name}"] = sorted(map(_join_field, fields), key=repr)
    for coordinate, directives in joins.directives.items():
        facts[f"carried {name} {coordinate}"] = _carried(directives)


def _join_field(join: JoinField) -> tuple[Any, ...]:
    return (
        join.graph,
        _field_set(join.requires),
        _field_set(join.provides),
        None if join.type is None else str(join.type),
        join.external,
        join.override,
        join.override_label,
        join.used_overridden,
        sorted((a.name, str(a.type), a.context, a.selection) for a in join.context_arguments),
    )


def _field_set(text: str | None) -> str:
    return "" if text is None else print_field_set(parse_field_set(text))


def _carried(directives: Iterable[JoinDirective]) -> list[tuple[Any, ...]]:
    return sorted((sorted(d.graphs), d.directive.name, _arguments(d.directive.arguments)) for d in directives)


def _directives(directives: Iterable[AppliedDirective]) -> list[tuple[Any, ...]]:
    return sorted((directive.name, _arguments(directive.arguments)) for directive in directives)


def _arguments(arguments: Mapping[str, Value]) -> list[tuple[str, str]]:
    return sorted((name, print_value(_sorted(value))) for name, value in arguments.items())


def _sorted(value: Value) -> Value:
    """Lists in directives stand for sets (scopes, slicing arguments), so their order means nothing."""
    match value:
        case tuple():
            return tuple(sorted((_sorted(item) for item in value), key=repr))
        case ObjectValue():
            return ObjectValue(tuple(sorted((name, _sorted(item)) for name, item in value.fields)))
        case _:
            return value
