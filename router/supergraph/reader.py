"""Supergraph SDL -> :class:`~router.supergraph.model.Supergraph` (join specification v0.1 to v0.5).

Enters: the text of a supergraph, composed by any composer. Leaves: the composed schema without join and link elements,
beside the tables of who knows what. Invariant: every graph that a table names exists, and every field set in it is one;
whatever else is wrong is an :class:`~router.errors.InvalidSupergraph` that says what, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphql import GraphQLSyntaxError

from router.errors import InvalidSupergraph
from router.supergraph.features import FeatureProblem, LinkedFeatures, NotASupergraph, read_features
from router.supergraph.join_directives import JoinDirectives
from router.supergraph.machinery import Machinery
from router.supergraph.model import JoinField, JoinType, Supergraph, TypeJoins
from router.supergraph.owners import read_owned_joins
from router.supergraph.references import find_broken_reference
from router.type_system.model import (
    EnumType,
    EnumValueDefinition,
    Field,
    InputObjectType,
    InterfaceType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    UnionType,
)
from router.type_system.reader import read_schema_with_duplicates


def read_supergraph(sdl: str) -> Supergraph:
    """Read a supergraph. Raises :class:`InvalidSupergraph` with the line, the problem and the remedy."""
    try:
        reading = read_schema_with_duplicates(sdl)
    except GraphQLSyntaxError as error:
        place = error.locations[0] if error.locations else None
        where = f"line {place.line}, column {place.column}: " if place else ""
        raise InvalidSupergraph(f"{where}the supergraph is not valid GraphQL: {error.message}") from error
    try:
        if reading.duplicates:
            first = reading.duplicates[0]
            raise FeatureProblem(f"{first.coordinate} is defined twice; keep one definition", first.position)
        return _Reader(reading.schema, read_features(reading.schema)).read()
    except NotASupergraph:
        raise InvalidSupergraph(_not_a_supergraph(reading.schema)) from None
    except FeatureProblem as problem:
        raise InvalidSupergraph(f"{_line(sdl, problem.position)}{problem}") from None


def _line(sdl: str, position: int) -> str:
    if position < 0:
        return ""
    line = sdl.count("\n", 0, position) + 1
    return f"line {line}, column {position - sdl.rfind(chr(10), 0, position)}: "


def _not_a_supergraph(schema: Schema) -> str:
    used = {
        directive.name
        for definition in schema.types.values()
        for directive in definition.directives
        if directive.name in {"key", "federation__key", "extends", "shareable"}
    }
    linked = any("/federation/" in str(directive.arguments.get("url")) for directive in schema.directives)
    if used or linked or {"_Service", "_Entity"} & schema.types.keys():
        kind = "it looks like the schema of one subgraph"
    else:
        kind = "it looks like a plain GraphQL schema"
    return (
        "this is not a supergraph: its schema links no join specification "
        f'(@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)); {kind}. '
        "Compose subgraphs into a supergraph first: router compose --config supergraph.yaml"
    )


class _Reader:
    """One instance a document."""

    def __init__(self, schema: Schema, features: LinkedFeatures) -> None:
        self.schema = schema
        self.features = features
        self._joins = JoinDirectives(schema, features)
        self._machinery = Machinery(features, self._joins.local)

    def read(self) -> Supergraph:
        graphs = self._joins.graphs
        types = {name: definition for name, definition in self.schema.types.items() if not self._machinery.owns(name)}
        if self.features.join.version == (0, 1):
            joins = self._read_owned(types)
        else:
            joins = {
                name: joined
                for name, definition in types.items()
                if (joined := self._read_type(definition, types)) is not None
            }
        schema = self._machinery.strip(self.schema, types)
        broken = find_broken_reference(schema)
        if broken is not None:
            raise FeatureProblem(
                f"{broken.coordinate} refers to {broken.name}, which is not {broken.expected} of this supergraph. "
                "Compose the supergraph again",
                broken.position,
            )
        return Supergraph(
            schema=schema,
            graphs=graphs,
            joins=joins,
            features=self.features.others,
            directives=self._joins.join_directives(self.schema.directives),
            join_version=self.features.join.version,
        )

    # Join directives of v0.2 and later

    def _read_type(self, definition: TypeDefinition, types: Mapping[str, TypeDefinition]) -> TypeJoins | None:
        name = definition.name
        applied = self._joins.applied(definition.directives, "type")
        if not applied:
            return None
        join_types = tuple(self._joins.join_type(directive, name) for directive in applied)
        graphs = tuple(dict.fromkeys(join.graph for join in join_types))
        fields: dict[str, tuple[JoinField, ...]] = {}
        directives = {"": self._joins.join_directives(definition.directives)}
        members: tuple[tuple[str, str], ...] = ()
        values: dict[str, tuple[str, ...]] = {}
        match definition:
            case ObjectType() | InterfaceType() | InputObjectType():
                for item in definition.fields.values():
                    coordinate = f"{name}.{item.name}"
                    joined = tuple(
                        self._joins.join_field(directive, coordinate, graphs)
                        for directive in self._joins.applied(item.directives, "field")
                    )
                    if joined:
                        fields[item.name] = joined
                    directives[item.name] = self._joins.join_directives(item.directives)
                    for argument in item.arguments.values() if isinstance(item, Field) else ():
                        directives[f"{item.name}.{argument.name}"] = self._joins.join_directives(argument.directives)
            case UnionType():
                members = self._members(definition, graphs, types)
            case EnumType():
                for value in definition.values.values():
                    values[value.name] = self._value_graphs(name, value, graphs)
                    directives[value.name] = self._joins.join_directives(value.directives)
            case ScalarType():
                pass
        return TypeJoins(
            types=join_types,
            fields=fields,
            implements=tuple(
                (self._joins.graph(directive, name), self._joins.text(directive, "interface", name))
                for directive in self._joins.applied(definition.directives, "implements")
            ),
            members=members,
            values=values,
            directives={coordinate: found for coordinate, found in directives.items() if found},
        )

    def _members(
        self, definition: UnionType, graphs: tuple[str, ...], types: Mapping[str, TypeDefinition]
    ) -> tuple[tuple[str, str], ...]:
        applied = self._joins.applied(definition.directives, "unionMember")
        if applied:
            return tuple(
                (self._joins.graph(directive, definition.name), self._joins.text(directive, "member", definition.name))
                for directive in applied
            )
        # Before v0.3 a member belongs to every graph of the union that knows the member.
        return tuple(
            (graph, member)
            for member in definition.members
            for graph in graphs
            if member in types
            and graph in {self._joins.graph(d, member) for d in self._joins.applied(types[member].directives, "type")}
        )

    def _value_graphs(self, name: str, value: EnumValueDefinition, graphs: tuple[str, ...]) -> tuple[str, ...]:
        applied = self._joins.applied(value.directives, "enumValue")
        # Before v0.3 a value belongs to every graph of the enum.
        return tuple(self._joins.graph(directive, f"{name}.{value.name}") for directive in applied) or graphs

    # Join directives of v0.1

    def _read_owned(self, types: Mapping[str, TypeDefinition]) -> dict[str, TypeJoins]:
        joins = self._joins
        owners: dict[str, str] = {}
        join_types: dict[str, tuple[JoinType, ...]] = {}
        fields: dict[str, dict[str, JoinField]] = {}
        for name, definition in types.items():
            for directive in joins.applied(definition.directives, "owner"):
                owners[name] = joins.graph(directive, name)
            join_types[name] = tuple(
                joins.join_type(directive, name) for directive in joins.applied(definition.directives, "type")
            )
            if isinstance(definition, ObjectType | InterfaceType):
                fields[name] = {
                    item.name: joins.join_field(directive, f"{name}.{item.name}", tuple(joins.graphs))
                    for item in definition.fields.values()
                    for directive in joins.applied(item.directives, "field")
                    if directive.arguments.get("graph") is not None
                }
        return read_owned_joins(replace(self.schema, types=types), tuple(joins.graphs), owners, join_types, fields)
