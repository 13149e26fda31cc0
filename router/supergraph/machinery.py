"""What of a supergraph document is machinery, and the composed schema without it.

Enters: a document's schema, and what it links. Leaves: the schema that was composed. Invariant: types, directives and
applications of the join specification, of ``@link`` and of ``@core`` are gone; all else is as it was.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from router.supergraph.features import LinkedFeatures
from router.type_system.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    InputObjectType,
    InputValue,
    InterfaceType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    UnionType,
)


class Machinery:
    """The machinery of one document; ``directives`` are the names that the join directives have in it."""

    def __init__(self, features: LinkedFeatures, directives: Container[str]) -> None:
        self.features = features
        self.local = directives

    def owns(self, name: str) -> bool:
        """Tell whether a type or directive belongs to the join specification or to ``@link`` or ``@core`` itself."""
        for feature in (self.features.join, self.features.linking):
            if name.startswith(f"{feature.name}__") or name == feature.name:
                return True
            if name in {local.removeprefix("@") for local in feature.imports.values()}:
                return True
        return False

    def strip(self, schema: Schema, types: Mapping[str, TypeDefinition]) -> Schema:
        """Return a schema of ``types`` without any trace of the machinery."""
        return replace(
            schema,
            types={name: self._strip_type(definition) for name, definition in types.items()},
            directive_definitions={
                name: definition
                for name, definition in schema.directive_definitions.items()
                if not self._is_machinery_directive(definition)
            },
            directives=self._strip_directives(schema.directives),
        )

    def _is_machinery_directive(self, definition: DirectiveDefinition) -> bool:
        return definition.name == self.features.linking.name or self.owns(definition.name)

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
