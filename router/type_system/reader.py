"""SDL text or document -> :class:`~router.type_system.model.Schema`, with extensions folded into their types.

The reader takes what the grammar allows; it checks no rule beyond it (undefined names, duplicate definitions of one
kind and the like are found by the rules of whoever asks). Where a name is defined twice, ``duplicates`` tells: of two
arguments or enum values the last counts, with the directives of both, and of all else the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from graphql import parse
from graphql.language import ast

from router.type_system.model import (
    NO_DEFAULT,
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    EnumValueDefinition,
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
    TypeRef,
    UnionType,
)
from router.type_system.values import read_value

_DEFAULT_ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Something defined twice: ``coordinate`` such as ``Type``, ``Type.field`` or ``@directive``, and where."""

    coordinate: str
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class SchemaReading:
    """A schema as read, and what stood there twice."""

    schema: Schema
    duplicates: tuple[Duplicate, ...]


def read_schema(source: str | ast.DocumentNode) -> Schema:
    """Read SDL into a :class:`Schema`. Raises :class:`graphql.GraphQLSyntaxError`."""
    return read_schema_with_duplicates(source).schema


def read_schema_with_duplicates(source: str | ast.DocumentNode) -> SchemaReading:
    """Read SDL, and list what is defined twice. Raises :class:`graphql.GraphQLSyntaxError`."""
    document = parse(source) if isinstance(source, str) else source
    reader = _Reader()
    for node in document.definitions:
        reader.read(node)
    return SchemaReading(reader.finish(), tuple(reader.duplicates))


class _Reader:
    """Collects definitions in source order; one instance a document."""

    def __init__(self) -> None:
        self.types: dict[str, TypeDefinition] = {}
        self.directive_definitions: dict[str, DirectiveDefinition] = {}
        self.roots: dict[str, str] = {}
        self.directives: list[AppliedDirective] = []
        self.description: str | None = None
        self.explicit_schema = False
        self.duplicates: list[Duplicate] = []

    def read(self, node: ast.DefinitionNode) -> None:
        if isinstance(node, ast.SchemaDefinitionNode | ast.SchemaExtensionNode):
            self._read_schema(node)
        elif isinstance(node, ast.DirectiveDefinitionNode):
            self._read_directive_definition(node)
        elif isinstance(node, ast.TypeDefinitionNode | ast.TypeExtensionNode):
            self._read_type(node)

    def finish(self) -> Schema:
        roots = dict(self.roots)
        if not self.explicit_schema:
            for operation, name in _DEFAULT_ROOTS.items():
                if operation not in roots and isinstance(self.types.get(name), ObjectType):
                    roots[operation] = name
        return Schema(
            types=self.types,
            directive_definitions=self.directive_definitions,
            roots=roots,
            directives=tuple(self.directives),
            description=self.description,
            explicit_schema=self.explicit_schema,
        )

    def _read_schema(self, node: ast.SchemaDefinitionNode | ast.SchemaExtensionNode) -> None:
        extension = isinstance(node, ast.SchemaExtensionNode)
        if isinstance(node, ast.SchemaDefinitionNode):
            if self.explicit_schema:
                self.duplicates.append(Duplicate("schema", "schema", _position(node)))
            self.explicit_schema = True
            self.description = _description(node)
        for operation in node.operation_types or ():
            name = operation.operation.value
            if name in self.roots:
                self.duplicates.append(Duplicate(name, "root", _position(operation)))
            self.roots.setdefault(name, operation.type.name.value)
        self.directives.extend(_directives(node, extension))

    def _read_directive_definition(self, node: ast.DirectiveDefinitionNode) -> None:
        name = node.name.value
        if name in self.directive_definitions:
            self.duplicates.append(Duplicate(f"@{name}", "directive", _position(node)))
            return
        self.directive_definitions[name] = DirectiveDefinition(
            name=name,
            arguments=self._input_values(f"@{name}", node.arguments, False),
            locations=tuple(dict.fromkeys(location.value for location in node.locations)),
            repeatable=node.repeatable,
            description=_description(node),
            position=_position(node),
        )

    def _read_type(self, node: ast.TypeDefinitionNode | ast.TypeExtensionNode) -> None:
        extension = isinstance(node, ast.TypeExtensionNode)
        name = node.name.value
        before = self.types.get(name)
        part = self._part(node, extension)
        if before is None:
            self.types[name] = part
        elif type(before) is not type(part):
            clash = "kind" if before.defined and part.defined else "extension"
            self.duplicates.append(Duplicate(name, clash, _position(node)))
        elif before.defined and part.defined:
            self.duplicates.append(Duplicate(name, "type", _position(node)))
        else:
            self.types[name] = self._fold(before, part)

    def _part(self, node: ast.TypeDefinitionNode | ast.TypeExtensionNode, extension: bool) -> TypeDefinition:
        name = node.name.value
        common: dict[str, Any] = {
            "name": name,
            "description": None if extension else _description(node),
            "directives": _directives(node, extension),
            "defined": not extension,
            "extended": extension,
            "position": _position(node),
        }
        match node:
            case ast.ScalarTypeDefinitionNode() | ast.ScalarTypeExtensionNode():
                return ScalarType(**common)
            case ast.ObjectTypeDefinitionNode() | ast.ObjectTypeExtensionNode():
                return ObjectType(
                    **common,
                    fields=self._fields(name, node.fields, extension),
                    interfaces=tuple(i.name.value for i in node.interfaces or ()),
                )
            case ast.InterfaceTypeDefinitionNode() | ast.InterfaceTypeExtensionNode():
                return InterfaceType(
                    **common,
                    fields=self._fields(name, node.fields, extension),
                    interfaces=tuple(i.name.value for i in node.interfaces or ()),
                )
            case ast.UnionTypeDefinitionNode() | ast.UnionTypeExtensionNode():
                return UnionType(**common, members=tuple(t.name.value for t in node.types or ()))
            case ast.EnumTypeDefinitionNode() | ast.EnumTypeExtensionNode():
                return EnumType(**common, values=self._enum_values(name, node.values, extension))
            case ast.InputObjectTypeDefinitionNode() | ast.InputObjectTypeExtensionNode():
                return InputObjectType(**common, fields=self._input_values(name, node.fields, extension))
        raise TypeError(f"not a type definition: {node!r}")

    def _fold(self, before: TypeDefinition, part: TypeDefinition) -> TypeDefinition:
        """Return both parts of one type as one; the definition's own description and position win."""
        owner, name = (before if before.defined else part), before.name
        changes: dict[str, Any] = {
            "description": owner.description,
            "position": owner.position,
            "directives": (*before.directives, *part.directives),
            "defined": before.defined or part.defined,
            "extended": True,
        }
        match before, part:
            case ObjectType() | InterfaceType(), ObjectType() | InterfaceType():
                changes["fields"] = self._join(name, before.fields, part.fields)
                changes["interfaces"] = self._append(name, before.interfaces, part.interfaces, part.position)
            case InputObjectType(), InputObjectType():
                changes["fields"] = self._join(name, before.fields, part.fields)
            case UnionType(), UnionType():
                changes["members"] = self._append(name, before.members, part.members, part.position)
            case EnumType(), EnumType():
                changes["values"] = self._join(name, before.values, part.values)
        return replace(before, **changes)

    def _append(self, name: str, before: tuple[str, ...], after: tuple[str, ...], position: int) -> tuple[str, ...]:
        self.duplicates.extend(Duplicate(f"{name}.{item}", "member", position) for item in after if item in before)
        return (*before, *(item for item in after if item not in before))

    def _join(self, name: str, before: Any, after: Any) -> dict[str, Any]:
        joined = dict(before)
        for key, element in after.items():
            if key in joined:
                self.duplicates.append(Duplicate(f"{name}.{key}", "field", element.position))
                if isinstance(element, EnumValueDefinition):
                    joined[key] = replace(element, directives=(*joined[key].directives, *element.directives))
            else:
                joined[key] = element
        return joined

    def _fields(self, owner: str, nodes: Any, extension: bool) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        for node in nodes or ():
            name = node.name.value
            if name in fields:
                self.duplicates.append(Duplicate(f"{owner}.{name}", "field", _position(node)))
                continue
            fields[name] = Field(
                name=name,
                type=read_type_ref(node.type),
                arguments=self._input_values(f"{owner}.{name}", node.arguments, extension),
                description=_description(node),
                directives=_directives(node, extension),
                extension=extension,
                position=_position(node),
            )
        return fields

    def _input_values(self, owner: str, nodes: Any, extension: bool) -> dict[str, InputValue]:
        values: dict[str, InputValue] = {}
        for node in nodes or ():
            name = node.name.value
            before = values.get(name)
            if before is not None:
                self.duplicates.append(Duplicate(f"{owner}.{name}", "input", _position(node)))
            values[name] = InputValue(
                name=name,
                type=read_type_ref(node.type),
                default=NO_DEFAULT if node.default_value is None else read_value(node.default_value),
                description=_description(node),
                directives=_directives(node, extension, before),
                extension=extension,
                position=_position(node),
            )
        return values

    def _enum_values(self, owner: str, nodes: Any, extension: bool) -> dict[str, EnumValueDefinition]:
        values: dict[str, EnumValueDefinition] = {}
        for node in nodes or ():
            name = node.name.value
            before = values.get(name)
            if before is not None:
                self.duplicates.append(Duplicate(f"{owner}.{name}", "value", _position(node)))
            values[name] = EnumValueDefinition(
                name=name,
                description=_description(node),
                directives=_directives(node, extension, before),
                extension=extension,
                position=_position(node),
            )
        return values


def read_type_ref(node: ast.TypeNode) -> TypeRef:
    """Turn a type node of graphql-core into a :data:`TypeRef`."""
    if isinstance(node, ast.NonNullTypeNode):
        inner = read_type_ref(node.type)
        if isinstance(inner, NonNullType):
            raise TypeError("a non-null type of a non-null type")
        return NonNullType(inner)
    if isinstance(node, ast.ListTypeNode):
        return ListType(read_type_ref(node.type))
    if isinstance(node, ast.NamedTypeNode):
        return NamedType(node.name.value)
    raise TypeError(f"not a type reference: {node!r}")


def _directives(
    node: Any, extension: bool, before: InputValue | EnumValueDefinition | None = None
) -> tuple[AppliedDirective, ...]:
    """Read what is applied to a node, after what is to an element of its name that stands before it."""
    if not node.directives:
        return () if before is None else before.directives
    applied = tuple(
        AppliedDirective(
            name=directive.name.value,
            arguments={a.name.value: read_value(a.value) for a in directive.arguments or ()},
            extension=extension,
            position=_position(directive),
        )
        for directive in node.directives
    )
    return applied if before is None else (*before.directives, *applied)


def _description(node: Any) -> str | None:
    return node.description.value if node.description is not None else None


def _position(node: ast.Node) -> int:
    return node.loc.start if node.loc is not None else -1
