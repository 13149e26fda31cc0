"""Supergraph SDL -> :class:`~router.supergraph.model.Supergraph` (join specification v0.1 to v0.5).

Enters: the text of a supergraph, composed by any composer. Leaves: the composed schema without join and link elements,
beside the tables of who knows what. Invariant: every graph that a table names exists, and every field set in it is one;
whatever else is wrong is an :class:`~router.errors.InvalidSupergraph` that says what, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from graphql import GraphQLSyntaxError, parse_type

from router.errors import InvalidSupergraph
from router.federation.field_set import parse_field_set
from router.supergraph.features import FeatureProblem, LinkedFeatures, NotASupergraph, local_name, read_features
from router.supergraph.model import (
    ContextArgument,
    JoinDirective,
    JoinField,
    JoinGraph,
    JoinType,
    Supergraph,
    TypeJoins,
)
from router.supergraph.owners import read_owned_joins
from router.supergraph.references import find_broken_reference
from router.type_system.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    EnumValueDefinition,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    TypeRef,
    UnionType,
)
from router.type_system.reader import read_schema_with_duplicates, read_type_ref
from router.type_system.values import EnumValue, ObjectValue, Value


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
    """One instance a document; ``names`` are the local names of the join directives."""

    def __init__(self, schema: Schema, features: LinkedFeatures) -> None:
        self.schema = schema
        self.features = features
        self.version = features.join.version
        self.names = {
            element: local_name(features.join, f"@{element}")
            for element in (
                "graph", "owner", "type", "field", "implements", "unionMember", "enumValue", "directive",
            )
        }  # fmt: skip
        self.local = {name: element for element, name in self.names.items()}
        self.graphs: dict[str, JoinGraph] = {}
        self._types: dict[str, TypeRef] = {}
        self._checked: set[str] = set()

    def read(self) -> Supergraph:
        self.graphs = self._read_graphs()
        types = {name: definition for name, definition in self.schema.types.items() if not self._is_machinery(name)}
        if self.version == (0, 1):
            joins = self._read_owned(types)
        else:
            joins = {
                name: joined
                for name, definition in types.items()
                if (joined := self._read_type(definition, types)) is not None
            }
        schema = self._strip(types)
        broken = find_broken_reference(schema)
        if broken is not None:
            raise FeatureProblem(
                f"{broken.coordinate} refers to {broken.name}, which is not {broken.expected} of this supergraph. "
                "Compose the supergraph again",
                broken.position,
            )
        return Supergraph(
            schema=schema,
            graphs=self.graphs,
            joins=joins,
            features=self.features.others,
            directives=self._join_directives(self.schema.directives),
            join_version=self.version,
        )

    # Graphs, and what of the document is machinery

    def _read_graphs(self) -> dict[str, JoinGraph]:
        enum_name = local_name(self.features.join, "Graph")
        definition = self.schema.types.get(enum_name)
        if not isinstance(definition, EnumType):
            raise FeatureProblem(
                f"enum {enum_name} is missing, so no subgraph is known. Compose the supergraph again",
                self.features.join.position,
            )
        graphs: dict[str, JoinGraph] = {}
        for value in definition.values.values():
            applied = next((d for d in value.directives if d.name == self.names["graph"]), None)
            name = applied.arguments.get("name") if applied else None
            url = applied.arguments.get("url") if applied else None
            if not isinstance(name, str) or not isinstance(url, str):
                raise FeatureProblem(
                    f"{enum_name}.{value.name} needs @{self.names['graph']}(name: String!, url: String!)",
                    value.position,
                )
            graphs[value.name] = JoinGraph(value.name, name, url)
        return graphs

    def _is_machinery(self, name: str) -> bool:
        """Whether a type or directive belongs to the join specification or to ``@link`` or ``@core`` itself."""
        for feature in (self.features.join, self.features.linking):
            if name.startswith(f"{feature.name}__") or name == feature.name:
                return True
            if name in {local.removeprefix("@") for local in feature.imports.values()}:
                return True
        return False

    # Join directives of v0.2 and later

    def _read_type(self, definition: TypeDefinition, types: Mapping[str, TypeDefinition]) -> TypeJoins | None:
        name = definition.name
        applied = self._applied(definition.directives, "type")
        if not applied:
            return None
        join_types = tuple(self._join_type(directive, name) for directive in applied)
        graphs = tuple(dict.fromkeys(join.graph for join in join_types))
        fields: dict[str, tuple[JoinField, ...]] = {}
        directives = {"": self._join_directives(definition.directives)}
        members: tuple[tuple[str, str], ...] = ()
        values: dict[str, tuple[str, ...]] = {}
        match definition:
            case ObjectType() | InterfaceType() | InputObjectType():
                for item in definition.fields.values():
                    coordinate = f"{name}.{item.name}"
                    joined = tuple(
                        self._join_field(directive, coordinate, graphs)
                        for directive in self._applied(item.directives, "field")
                    )
                    if joined:
                        fields[item.name] = joined
                    directives[item.name] = self._join_directives(item.directives)
                    for argument in item.arguments.values() if isinstance(item, Field) else ():
                        directives[f"{item.name}.{argument.name}"] = self._join_directives(argument.directives)
            case UnionType():
                members = self._members(definition, graphs, types)
            case EnumType():
                for value in definition.values.values():
                    values[value.name] = self._value_graphs(name, value, graphs)
                    directives[value.name] = self._join_directives(value.directives)
            case ScalarType():
                pass
        return TypeJoins(
            types=join_types,
            fields=fields,
            implements=tuple(
                (self._graph(directive, name), self._text(directive, "interface", name))
                for directive in self._applied(definition.directives, "implements")
            ),
            members=members,
            values=values,
            directives={coordinate: found for coordinate, found in directives.items() if found},
        )

    def _members(
        self, definition: UnionType, graphs: tuple[str, ...], types: Mapping[str, TypeDefinition]
    ) -> tuple[tuple[str, str], ...]:
        applied = self._applied(definition.directives, "unionMember")
        if applied:
            return tuple(
                (self._graph(directive, definition.name), self._text(directive, "member", definition.name))
                for directive in applied
            )
        # Before v0.3 a member belongs to every graph of the union that knows the member.
        return tuple(
            (graph, member)
            for member in definition.members
            for graph in graphs
            if member in types
            and graph in {self._graph(d, member) for d in self._applied(types[member].directives, "type")}
        )

    def _value_graphs(self, name: str, value: EnumValueDefinition, graphs: tuple[str, ...]) -> tuple[str, ...]:
        applied = self._applied(value.directives, "enumValue")
        # Before v0.3 a value belongs to every graph of the enum.
        return tuple(self._graph(directive, f"{name}.{value.name}") for directive in applied) or graphs

    def _join_type(self, directive: AppliedDirective, name: str) -> JoinType:
        return JoinType(
            graph=self._graph(directive, name),
            key=self._field_set(directive, "key", name),
            extension=directive.arguments.get("extension") is True,
            resolvable=directive.arguments.get("resolvable") is not False,
            is_interface_object=directive.arguments.get("isInterfaceObject") is True,
        )

    def _join_field(self, directive: AppliedDirective, coordinate: str, graphs: tuple[str, ...]) -> JoinField:
        arguments = directive.arguments
        graph = self._graph(directive, coordinate) if arguments.get("graph") is not None else None
        if graph is not None and graph not in graphs:
            raise FeatureProblem(
                f"{coordinate} is said to be in {graph}, but its type is not known there: "
                f"the type needs @{self.names['type']}(graph: {graph})",
                directive.position,
            )
        return JoinField(
            graph=graph,
            requires=self._field_set(directive, "requires", coordinate),
            provides=self._field_set(directive, "provides", coordinate),
            type=self._type_ref(directive, coordinate),
            external=arguments.get("external") is True,
            override=_text_or_none(arguments.get("override")),
            override_label=_text_or_none(arguments.get("overrideLabel")),
            used_overridden=arguments.get("usedOverridden") is True,
            context_arguments=self._context_arguments(directive, coordinate),
        )

    def _context_arguments(self, directive: AppliedDirective, coordinate: str) -> tuple[ContextArgument, ...]:
        value = directive.arguments.get("contextArguments")
        found: list[ContextArgument] = []
        for item in value if isinstance(value, tuple) else ():
            texts = {
                key: text
                for key in ("name", "type", "context", "selection")
                if isinstance(item, ObjectValue) and isinstance(text := item.get(key), str)
            }
            if len(texts) != 4:
                raise FeatureProblem(
                    f"{coordinate}: a context argument needs name, type, context and selection", directive.position
                )
            self._check_field_set(texts["selection"], "contextArguments", coordinate, directive)
            found.append(
                ContextArgument(
                    name=texts["name"],
                    type=self._parse_type(texts["type"], coordinate, directive),
                    context=texts["context"],
                    selection=texts["selection"],
                )
            )
        return tuple(found)

    def _join_directives(self, directives: Iterable[AppliedDirective]) -> tuple[JoinDirective, ...]:
        found: list[JoinDirective] = []
        for directive in directives:
            if self.local.get(directive.name) != "directive":
                continue
            graphs = directive.arguments.get("graphs")
            name = directive.arguments.get("name")
            arguments = directive.arguments.get("args")
            if not isinstance(name, str):
                raise FeatureProblem(f"@{directive.name} needs a name", directive.position)
            found.append(
                JoinDirective(
                    graphs=tuple(
                        self._graph_id(value, directive, f"@{directive.name}")
                        for value in (graphs if isinstance(graphs, tuple) else ())
                    ),
                    directive=AppliedDirective(
                        name=name,
                        arguments=dict(arguments.fields) if isinstance(arguments, ObjectValue) else {},
                        position=directive.position,
                    ),
                )
            )
        return tuple(found)

    def _applied(self, directives: Iterable[AppliedDirective], element: str) -> list[AppliedDirective]:
        name = self.names[element]
        return [directive for directive in directives if directive.name == name]

    # Arguments of join directives

    def _graph(self, directive: AppliedDirective, coordinate: str) -> str:
        return self._graph_id(directive.arguments.get("graph"), directive, coordinate)

    def _graph_id(self, value: Value, directive: AppliedDirective, coordinate: str) -> str:
        if isinstance(value, EnumValue) and value.name in self.graphs:
            return value.name
        said = value.name if isinstance(value, EnumValue) else "nothing"
        known = ", ".join(self.graphs) or "none"
        raise FeatureProblem(
            f"{coordinate}: @{directive.name} names the graph {said}, which is not a value of "
            f"{local_name(self.features.join, 'Graph')} (there are: {known}). Compose the supergraph again",
            directive.position,
        )

    def _text(self, directive: AppliedDirective, argument: str, coordinate: str) -> str:
        value = directive.arguments.get(argument)
        if isinstance(value, str):
            return value
        raise FeatureProblem(f"{coordinate}: @{directive.name} needs {argument}: String!", directive.position)

    def _field_set(self, directive: AppliedDirective, argument: str, coordinate: str) -> str | None:
        text = _text_or_none(directive.arguments.get(argument))
        if text is None:
            return None
        self._check_field_set(text, argument, coordinate, directive)
        return text

    def _check_field_set(self, text: str, argument: str, coordinate: str, directive: AppliedDirective) -> None:
        if text in self._checked:
            return
        try:
            parse_field_set(text)
        except GraphQLSyntaxError as error:
            raise FeatureProblem(
                f"{coordinate}: {argument}: {text!r} of @{directive.name} is not a field set: {error.message}. "
                "Mend it in the subgraph and compose again",
                directive.position,
            ) from None
        self._checked.add(text)

    def _type_ref(self, directive: AppliedDirective, coordinate: str) -> TypeRef | None:
        text = _text_or_none(directive.arguments.get("type"))
        return None if text is None else self._parse_type(text, coordinate, directive)

    def _parse_type(self, text: str, coordinate: str, directive: AppliedDirective) -> TypeRef:
        if text not in self._types:
            try:
                self._types[text] = read_type_ref(parse_type(text, no_location=True))
            except GraphQLSyntaxError as error:
                raise FeatureProblem(
                    f"{coordinate}: type: {text!r} of @{directive.name} is not a type: {error.message}",
                    directive.position,
                ) from None
        return self._types[text]

    # Join directives of v0.1

    def _read_owned(self, types: Mapping[str, TypeDefinition]) -> dict[str, TypeJoins]:
        owners: dict[str, str] = {}
        join_types: dict[str, tuple[JoinType, ...]] = {}
        fields: dict[str, dict[str, JoinField]] = {}
        for name, definition in types.items():
            for directive in self._applied(definition.directives, "owner"):
                owners[name] = self._graph(directive, name)
            join_types[name] = tuple(
                self._join_type(directive, name) for directive in self._applied(definition.directives, "type")
            )
            if isinstance(definition, ObjectType | InterfaceType):
                fields[name] = {
                    item.name: self._join_field(directive, f"{name}.{item.name}", tuple(self.graphs))
                    for item in definition.fields.values()
                    for directive in self._applied(item.directives, "field")
                    if directive.arguments.get("graph") is not None
                }
        return read_owned_joins(replace(self.schema, types=types), tuple(self.graphs), owners, join_types, fields)

    # The schema without machinery

    def _strip(self, types: Mapping[str, TypeDefinition]) -> Schema:
        return replace(
            self.schema,
            types={name: self._strip_type(definition) for name, definition in types.items()},
            directive_definitions={
                name: definition
                for name, definition in self.schema.directive_definitions.items()
                if not self._is_machinery_directive(definition)
            },
            directives=self._strip_directives(self.schema.directives),
        )

    def _is_machinery_directive(self, definition: DirectiveDefinition) -> bool:
        return definition.name == self.features.linking.name or self._is_machinery(definition.name)

    def _strip_type(self, definition: TypeDefinition) -> TypeDefinition:
        changes: dict[str, Any] = {"directives": self._strip_directives(definition.directives)}
        match definition:
            case ObjectType() | InterfaceType():
                changes["fields"] = {
                    name: replace(
                        item,
                        directives=self._strip_directives(item.directives),
                        arguments=self._strip_inputs(item.arguments),
                    )
                    for name, item in definition.fields.items()
                }
            case InputObjectType():
                changes["fields"] = self._strip_inputs(definition.fields)
            case EnumType():
                changes["values"] = {
                    name: replace(value, directives=self._strip_directives(value.directives))
                    for name, value in definition.values.items()
                }
            case UnionType() | ScalarType():
                pass
        return replace(definition, **changes)

    def _strip_inputs(self, inputs: Mapping[str, InputValue]) -> dict[str, InputValue]:
        return {
            name: replace(item, directives=self._strip_directives(item.directives)) for name, item in inputs.items()
        }

    def _strip_directives(self, directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
        linking = self.features.linking.name
        return tuple(
            directive for directive in directives if directive.name not in self.local and directive.name != linking
        )


def _text_or_none(value: Value) -> str | None:
    return value if isinstance(value, str) else None
