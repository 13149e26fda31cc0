"""A :class:`~router.supergraph.model.Supergraph` -> join-specification v0.5 SDL.

Enters: a supergraph. Leaves: text that any Federation 2 gateway reads, and that
:func:`~router.supergraph.reader.read_supergraph` reads back to an equal supergraph. Invariant: definitions are sorted
by name, whatever the order of the subgraphs; elements within a type keep theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from router.federation.subgraph import LinkedFeature
from router.supergraph.model import (
    ContextArgument,
    JoinDirective,
    JoinField,
    JoinType,
    Supergraph,
    TypeJoins,
)
from router.type_system.model import (
    EnumType,
    InputObjectType,
    InputValue,
    InterfaceType,
    ObjectType,
    ScalarType,
    TypeDefinition,
    UnionType,
)
from router.type_system.printer import (
    print_arguments,
    print_description,
    print_directive,
    print_directive_definition,
    print_input_value,
)
from router.type_system.values import print_value

#: What the link and join specifications define, by name; printed among the rest in the order of the names.
_DIRECTIVES: Final = {
    "join__directive": "directive @join__directive(graphs: [join__Graph!], name: String!,"
    " args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION",
    "join__enumValue": "directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE",
    "join__field": "directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet,"
    " type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String,"
    " contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION",
    "join__graph": "directive @join__graph(name: String!, url: String!) on ENUM_VALUE",
    "join__implements": "directive @join__implements(graph: join__Graph!, interface: String!) repeatable"
    " on OBJECT | INTERFACE",
    "join__type": "directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,"
    " resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable"
    " on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR",
    "join__unionMember": "directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION",
    "link": "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA",
}
_TYPES: Final = {
    "join__ContextArgument": "input join__ContextArgument {\n  name: String!\n  type: String!\n  context: String!\n"
    "  selection: join__FieldValue!\n}",
    "join__DirectiveArguments": "scalar join__DirectiveArguments",
    "join__FieldSet": "scalar join__FieldSet",
    "join__FieldValue": "scalar join__FieldValue",
    "link__Import": "scalar link__Import",
    "link__Purpose": 'enum link__Purpose {\n  """\n  `SECURITY` features provide metadata necessary to securely resolve'
    ' fields.\n  """\n  SECURITY\n\n  """\n  `EXECUTION` features provide metadata necessary for operation execution.'
    '\n  """\n  EXECUTION\n}',
}
_ORDER: Final = ("query", "mutation", "subscription")


def write_supergraph(supergraph: Supergraph) -> str:
    """Print a supergraph, with a newline at the end."""
    schema = supergraph.schema
    directives = dict(_DIRECTIVES)
    for directive in schema.directive_definitions.values():
        directives[directive.name] = print_directive_definition(directive)
    types = dict(_TYPES)
    types["join__Graph"] = _print_graphs(supergraph)
    for definition in schema.types.values():
        types[definition.name] = _print_type(definition, supergraph.joins.get(definition.name, _NO_JOINS))
    parts = [
        _print_schema(supergraph),
        *(directives[name] for name in sorted(directives)),
        *(types[name] for name in sorted(types)),
    ]
    return "\n\n".join(parts) + "\n"


_NO_JOINS: Final = TypeJoins(types=())


def _print_schema(supergraph: Supergraph) -> str:
    schema = supergraph.schema
    lines = [
        '@link(url: "https://specs.apollo.dev/link/v1.0")',
        '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)',
        *(_print_link(feature) for feature in supergraph.features),
        *(print_directive(directive) for directive in schema.directives),
        *(_print_join_directive(directive) for directive in supergraph.directives),
    ]
    head = "".join(f"\n  {line}" for line in lines)
    roots = "\n".join(f"  {operation}: {schema.roots[operation]}" for operation in _ORDER if operation in schema.roots)
    return f"{print_description(schema.description, '')}schema{head}\n{{\n{roots}\n}}"


def _print_link(feature: LinkedFeature) -> str:
    # An identity without a version in its url was given as a whole.
    version = f"/v{feature.version[0]}.{feature.version[1]}" if feature.version != (0, 0) else ""
    arguments = [f'url: "{feature.identity}{version}"']
    if feature.name != feature.identity.rsplit("/", 1)[-1]:
        arguments.append(f'as: "{feature.name}"')
    if feature.purpose is not None:
        arguments.append(f"for: {feature.purpose}")
    if feature.imports:
        imports = (
            f'"{name}"' if name == local else f'{{name: "{name}", as: "{local}"}}'
            for name, local in feature.imports.items()
        )
        arguments.append(f"import: [{', '.join(imports)}]")
    return f"@link({', '.join(arguments)})"


def _print_graphs(supergraph: Supergraph) -> str:
    values = "\n".join(
        f"  {graph.id} @join__graph(name: {print_value(graph.name)}, url: {print_value(graph.url)})"
        for graph in supergraph.graphs.values()
    )
    return f"enum join__Graph {{\n{values}\n}}"


def _print_type(definition: TypeDefinition, joins: TypeJoins) -> str:
    applied = [
        *(_print_implements(joins.implements)),
        *(_print_join_type(join) for join in joins.types),
        *(f"@join__unionMember(graph: {graph}, member: {print_value(member)})" for graph, member in joins.members),
        *_print_join_directives(joins, ""),
        *(print_directive(directive) for directive in definition.directives),
    ]
    description = print_description(definition.description, "")
    tail = "".join(f"\n  {line}" for line in applied)
    match definition:
        case ScalarType():
            return f"{description}scalar {definition.name}{tail}"
        case UnionType():
            members = f"\n = {' | '.join(definition.members)}" if definition.members else ""
            return f"{description}union {definition.name}{tail}{members}"
        case ObjectType() | InterfaceType():
            keyword = "type" if isinstance(definition, ObjectType) else "interface"
            interfaces = f" implements {' & '.join(definition.interfaces)}" if definition.interfaces else ""
            return f"{description}{keyword} {definition.name}{interfaces}{tail}" + _print_block(
                _print_fields(definition, joins), applied
            )
        case InputObjectType():
            return f"{description}input {definition.name}{tail}" + _print_block(
                (_print_input_field(item, joins) for item in definition.fields.values()), applied
            )
        case EnumType():
            return f"{description}enum {definition.name}{tail}" + _print_block(
                _print_values(definition, joins), applied
            )


def _print_block(items: Iterable[str], applied: Sequence[str]) -> str:
    body = "\n".join(items)
    if not body:
        return ""
    return f"{chr(10) if applied else ' '}{{\n{body}\n}}"


def _print_fields(definition: ObjectType | InterfaceType, joins: TypeJoins) -> Iterator[str]:
    for item in definition.fields.values():
        applied = [
            *(_print_join_field(join) for join in joins.fields.get(item.name, ())),
            *_print_join_directives(joins, item.name),
            *(print_directive(directive) for directive in item.directives),
        ]
        signature = f"  {item.name}{print_arguments(item.arguments, '  ')}: {item.type}"
        yield f"{print_description(item.description, '  ')}{' '.join((signature, *applied))}"


def _print_input_field(item: InputValue, joins: TypeJoins) -> str:
    applied = "".join(f" {_print_join_field(join)}" for join in joins.fields.get(item.name, ()))
    return f"{print_description(item.description, '  ')}  {print_input_value(item)}{applied}"


def _print_values(definition: EnumType, joins: TypeJoins) -> Iterator[str]:
    for value in definition.values.values():
        applied = [
            *(f"@join__enumValue(graph: {graph})" for graph in joins.values.get(value.name, ())),
            *(print_directive(directive) for directive in value.directives),
        ]
        yield f"{print_description(value.description, '  ')}{' '.join((f'  {value.name}', *applied))}"


def _print_implements(implements: Iterable[tuple[str, str]]) -> Iterator[str]:
    for graph, interface in implements:
        yield f"@join__implements(graph: {graph}, interface: {print_value(interface)})"


def _print_join_type(join: JoinType) -> str:
    arguments = [f"graph: {join.graph}"]
    if join.key is not None:
        arguments.append(f"key: {print_value(join.key)}")
    if join.extension:
        arguments.append("extension: true")
    if not join.resolvable:
        arguments.append("resolvable: false")
    if join.is_interface_object:
        arguments.append("isInterfaceObject: true")
    return f"@join__type({', '.join(arguments)})"


def _print_join_field(join: JoinField) -> str:
    arguments = [f"graph: {join.graph}"] if join.graph is not None else []
    for name, text in (
        ("requires", join.requires),
        ("provides", join.provides),
        ("type", None if join.type is None else str(join.type)),
    ):
        if text is not None:
            arguments.append(f"{name}: {print_value(text)}")
    if join.external:
        arguments.append("external: true")
    if join.override is not None:
        arguments.append(f"override: {print_value(join.override)}")
    if join.used_overridden:
        arguments.append("usedOverridden: true")
    if join.override_label is not None:
        arguments.append(f"overrideLabel: {print_value(join.override_label)}")
    if join.context_arguments:
        arguments.append(f"contextArguments: [{', '.join(map(_print_context_argument, join.context_arguments))}]")
    return f"@join__field({', '.join(arguments)})" if arguments else "@join__field"


def _print_context_argument(argument: ContextArgument) -> str:
    parts: Mapping[str, str] = {
        "context": argument.context,
        "name": argument.name,
        "type": str(argument.type),
        "selection": argument.selection,
    }
    return "{" + ", ".join(f"{name}: {print_value(text)}" for name, text in parts.items()) + "}"


def _print_join_directives(joins: TypeJoins, coordinate: str) -> Iterator[str]:
    for directive in joins.directives.get(coordinate, ()):
        yield _print_join_directive(directive)


def _print_join_directive(directive: JoinDirective) -> str:
    applied = directive.directive
    arguments = [f"graphs: [{', '.join(directive.graphs)}]", f"name: {print_value(applied.name)}"]
    if applied.arguments:
        inner = ", ".join(f"{name}: {print_value(value)}" for name, value in applied.arguments.items())
        arguments.append(f"args: {{{inner}}}")
    return f"@join__directive({', '.join(arguments)})"
