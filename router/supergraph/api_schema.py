"""A :class:`~router.supergraph.model.Supergraph` -> the API schema: what clients see.

Enters: a supergraph. Leaves: a :class:`Schema` without ``@inaccessible`` elements and without anything that belongs to
a linked feature, or its text. Invariant: the text depends on the API only, not on the order of subgraphs or
definitions; it is sorted as ``printSchema(lexicographicSortSchema(schema))`` of the reference implementation of
GraphQL sorts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from router.supergraph.model import Supergraph
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
    Schema,
    TypeDefinition,
    UnionType,
)

#: The directives of GraphQL itself that say something to clients.
_FOR_CLIENTS = frozenset({"deprecated", "specifiedBy", "oneOf"})


def api_schema(supergraph: Supergraph) -> Schema:
    """Return the API schema, in the order of the supergraph."""
    return _Visible(supergraph).schema()


class _Visible:
    """Tells visible elements from hidden ones, and copies the visible ones."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self.hiding = supergraph.directive_name("inaccessible", "inaccessible")
        self.prefixes = tuple(f"{feature.name}__" for feature in supergraph.features)
        self.imported = {
            local.removeprefix("@") for feature in supergraph.features for local in feature.imports.values()
        }
        self.imported.update(
            feature.name
            for feature in supergraph.features
            if f"@{feature.identity.rsplit('/', 1)[-1]}" not in feature.imports
        )
        self.hidden = {
            definition.name
            for definition in supergraph.schema.types.values()
            if self._is_hidden(definition.directives) or self._is_of_feature(definition.name)
        }

    def schema(self) -> Schema:
        schema = self.supergraph.schema
        return replace(
            schema,
            types={name: self._type(item) for name, item in schema.types.items() if name not in self.hidden},
            directive_definitions={
                name: self._directive_definition(item)
                for name, item in schema.directive_definitions.items()
                if name not in self.imported and not self._is_of_feature(name)
            },
            roots={operation: name for operation, name in schema.roots.items() if name not in self.hidden},
            directives=(),
        )

    def _is_hidden(self, directives: tuple[AppliedDirective, ...]) -> bool:
        return self.hiding is not None and any(directive.name == self.hiding for directive in directives)

    def _is_of_feature(self, name: str) -> bool:
        return bool(self.prefixes) and name.startswith(self.prefixes)

    def _directives(self, directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
        return tuple(directive for directive in directives if directive.name in _FOR_CLIENTS)

    def _names(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in self.hidden)

    def _type(self, definition: TypeDefinition) -> TypeDefinition:
        changes: dict[str, Any] = {"directives": self._directives(definition.directives)}
        match definition:
            case ObjectType() | InterfaceType():
                changes["fields"] = {
                    name: self._field(item)
                    for name, item in definition.fields.items()
                    if not self._is_hidden(item.directives)
                }
                changes["interfaces"] = self._names(definition.interfaces)
            case UnionType():
                changes["members"] = self._names(definition.members)
            case InputObjectType():
                changes["fields"] = self._inputs(definition.fields)
            case EnumType():
                changes["values"] = {
                    name: self._value(item)
                    for name, item in definition.values.items()
                    if not self._is_hidden(item.directives)
                }
            case _:
                pass
        return replace(definition, **changes)

    def _field(self, item: Field) -> Field:
        return replace(item, directives=self._directives(item.directives), arguments=self._inputs(item.arguments))

    def _inputs(self, inputs: Mapping[str, InputValue]) -> dict[str, InputValue]:
        return {
            name: replace(item, directives=self._directives(item.directives))
            for name, item in inputs.items()
            if not self._is_hidden(item.directives)
        }

    def _value(self, item: EnumValueDefinition) -> EnumValueDefinition:
        return replace(item, directives=self._directives(item.directives))

    def _directive_definition(self, definition: DirectiveDefinition) -> DirectiveDefinition:
        return replace(definition, arguments=self._inputs(definition.arguments))
