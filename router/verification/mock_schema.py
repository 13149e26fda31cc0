"""A subgraph's own SDL -> what its mock server needs: an executable schema, and what each field may do.

Read from the SDL as the service team wrote it, not from the composed supergraph, so that a fault in composition or
extraction can't hide itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphql import GraphQLSchema, build_ast_schema, parse

from router.federation.field_set import FieldSet, parse_field_set
from router.type_system.model import (
    AppliedDirective,
    EnumType,
    Field,
    InputObjectType,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
)
from router.type_system.printer import print_schema
from router.type_system.reader import read_schema
from router.type_system.values import ObjectValue

_MACHINERY_TYPES = {"_Any", "_Entity", "_Service", "_FieldSet", "FieldSet"}


@dataclass(frozen=True, slots=True)
class MockType:
    """What a mock server knows of one type beyond its fields; field names map to field sets.

    ``from_context`` maps a field's contextual arguments to their ``$context selection``, ``overrides`` a field to the
    subgraph that it is taken from and the label, if there is one.
    """

    keys: tuple[FieldSet, ...] = ()
    external: frozenset[str] = frozenset()
    requires: Mapping[str, FieldSet] = field(default_factory=dict)
    provides: Mapping[str, FieldSet] = field(default_factory=dict)
    from_context: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    overrides: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class MockSchema:
    """``executable`` has ``_entities``; ``types`` has an entry for every object and interface.

    ``contexts`` maps the types that set contexts to the names of these.
    """

    executable: GraphQLSchema
    types: Mapping[str, MockType]
    contexts: Mapping[str, frozenset[str]] = field(default_factory=dict)


def read_mock_schema(sdl: str) -> MockSchema:
    """Read a subgraph's SDL, of Federation 1 or 2."""
    schema = read_schema(sdl)
    names = _canonical_names(schema)
    types = {
        name: _read_type(definition, names)
        for name, definition in schema.types.items()
        if isinstance(definition, ObjectType | InterfaceType)
    }
    plain = {
        name: _plain(definition)
        for name, definition in schema.types.items()
        if name not in _MACHINERY_TYPES and not name.startswith(("link__", "federation__"))
    }
    query = schema.roots.get("query", "Query")
    root = plain.get(query, ObjectType(query))
    assert isinstance(root, ObjectType)
    plain[query] = replace(root, fields={n: f for n, f in root.fields.items() if n not in ("_entities", "_service")})
    entities = [name for name, kind in types.items() if kind.keys and isinstance(plain.get(name), ObjectType)]
    text = print_schema(Schema(types=plain, roots={**schema.roots, "query": query}))
    executable = build_ast_schema(parse(text + _entity_sdl(query, entities)), assume_valid=True)
    return MockSchema(executable, types, _contexts_set(schema, names))


def _contexts_set(schema: Schema, names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, definition in schema.types.items():
        if isinstance(definition, ObjectType | InterfaceType | UnionType):
            applied = [d for d in definition.directives if _canonical(d.name, names) == "context"]
            if applied:
                found[name] = frozenset(str(directive.arguments["name"]) for directive in applied)
    return found


def _entity_sdl(query: str, entities: list[str]) -> str:
    service = f"\nscalar _Any\ntype _Service {{ sdl: String }}\nextend type {query} {{ _service: _Service! }}\n"
    if not entities:
        return service
    union = f"union _Entity = {' | '.join(entities)}\n"
    return f"{service}{union}extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}\n"


def _canonical_names(schema: Schema) -> dict[str, str]:
    """Map local directive names to federation names, by ``@link`` renames; every other name is its own."""
    names: dict[str, str] = {}
    for link in schema.directives:
        if link.name != "link" or "/federation/" not in str(link.arguments.get("url", "")):
            continue
        namespace = link.arguments.get("as", "federation")
        imports = link.arguments.get("import", ())
        for item in imports if isinstance(imports, tuple) else ():
            if isinstance(item, ObjectValue):
                original, local = item.get("name"), item.get("as") or item.get("name")
                names[str(local).removeprefix("@")] = str(original).removeprefix("@")
        names[f"{namespace}__"] = ""
    return names


def _canonical(name: str, names: Mapping[str, str]) -> str:
    if name in names:
        return names[name]
    for prefix in names:
        if prefix.endswith("__") and name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def _read_type(definition: ObjectType | InterfaceType, names: Mapping[str, str]) -> MockType:
    applied = [(_canonical(d.name, names), d) for d in definition.directives]
    whole_type_external = any(name == "external" for name, _ in applied)
    fields = {
        name: [(_canonical(d.name, names), d) for d in item.directives] for name, item in definition.fields.items()
    }
    return MockType(
        keys=tuple(_field_set(d) for name, d in applied if name == "key"),
        external=frozenset(
            name
            for name, directives in fields.items()
            if whole_type_external or any(n == "external" for n, _ in directives)
        ),
        requires={f: _field_set(d) for f, directives in fields.items() for n, d in directives if n == "requires"},
        provides={f: _field_set(d) for f, directives in fields.items() for n, d in directives if n == "provides"},
        from_context={
            name: {
                argument.name: str(d.arguments["field"])
                for argument in item.arguments.values()
                for d in argument.directives
                if _canonical(d.name, names) == "fromContext"
            }
            for name, item in definition.fields.items()
        },
        overrides={f: _override(d) for f, directives in fields.items() for n, d in directives if n == "override"},
        is_interface_object=any(name == "interfaceObject" for name, _ in applied),
    )


def _override(directive: AppliedDirective) -> tuple[str, str | None]:
    label = directive.arguments.get("label")
    return str(directive.arguments["from"]), None if label is None else str(label)


def _field_set(directive: AppliedDirective) -> FieldSet:
    fields = directive.arguments.get("fields", "")
    text = " ".join(str(item) for item in fields) if isinstance(fields, tuple) else str(fields)
    return parse_field_set(text)


def _plain(definition: TypeDefinition) -> TypeDefinition:
    """The type without any applied directive: the mock server's schema has no definitions for them."""
    definition = replace(definition, directives=())
    match definition:
        case ObjectType() | InterfaceType():
            return replace(definition, fields={name: _plain_field(item) for name, item in definition.fields.items()})
        case InputObjectType():
            return replace(
                definition, fields={name: replace(item, directives=()) for name, item in definition.fields.items()}
            )
        case EnumType():
            return replace(
                definition, values={name: replace(item, directives=()) for name, item in definition.values.items()}
            )
        case UnionType() | _:
            return definition


def _plain_field(item: Field) -> Field:
    arguments = {name: replace(argument, directives=()) for name, argument in item.arguments.items()}
    return replace(item, directives=(), arguments=arguments)
