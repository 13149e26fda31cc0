"""A schema's defaults and the arguments of its directives, written as their types ask for.

Enters: a valid schema and its lexicon. Leaves: the schema with equal values written alike, whatever way a subgraph
chose: ``x`` for the string ``"x"``, ``1.0`` for ``1``. Invariant: an element without such values stays the same object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from router.federation.definitions import Lexicon
from router.federation.subgraph import KEY, PROVIDES, REQUIRES
from router.type_system.literals import as_typed
from router.type_system.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    EnumValueDefinition,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    NoDefault,
    ObjectType,
    Schema,
    TypeDefinition,
)
from router.type_system.values import Value

#: A field set must be a string; whether it was written so is for its rule to judge.
_WITH_FIELD_SETS = frozenset({KEY, REQUIRES, PROVIDES})

_Directives = tuple[AppliedDirective, ...]
_Element = TypeVar("_Element", InputValue, EnumValueDefinition)


def write_literals(schema: Schema, lexicon: Lexicon) -> Schema:
    """Return the schema with each value as a literal of its type."""
    return _Writer(schema, lexicon).schema()


class _Writer:
    """Carries the definitions that all elements are read by."""

    def __init__(self, schema: Schema, lexicon: Lexicon) -> None:
        self.source = schema
        self.definitions = {
            name: definition
            for name, definition in lexicon.directives.items()
            if definition.arguments and lexicon.canonical.get(name) not in _WITH_FIELD_SETS
        }

    def schema(self) -> Schema:
        schema = self.source
        return replace(
            schema,
            types={name: self.type(item) for name, item in schema.types.items()},
            directive_definitions={
                name: self.directive_definition(item) for name, item in schema.directive_definitions.items()
            },
            directives=self.directives(schema.directives),
        )

    def type(self, definition: TypeDefinition) -> TypeDefinition:
        directives = self.directives(definition.directives)
        match definition:
            case ObjectType() | InterfaceType():
                fields = self.fields(definition.fields)
                if fields is not definition.fields or directives is not definition.directives:
                    return replace(definition, fields=fields, directives=directives)
            case InputObjectType():
                inputs = self.elements(definition.fields)
                if inputs is not definition.fields or directives is not definition.directives:
                    return replace(definition, fields=inputs, directives=directives)
            case EnumType():
                values = self.elements(definition.values)
                if values is not definition.values or directives is not definition.directives:
                    return replace(definition, values=values, directives=directives)
            case _:
                if directives is not definition.directives:
                    return replace(definition, directives=directives)
        return definition

    def directive_definition(self, definition: DirectiveDefinition) -> DirectiveDefinition:
        arguments = self.elements(definition.arguments)
        return definition if arguments is definition.arguments else replace(definition, arguments=arguments)

    def fields(self, fields: Mapping[str, Field]) -> Mapping[str, Field]:
        changed: dict[str, Field] = {}
        for name, item in fields.items():
            # Most fields have neither.
            if item.directives or item.arguments:
                directives, arguments = self.directives(item.directives), self.elements(item.arguments)
                if directives is not item.directives or arguments is not item.arguments:
                    changed[name] = replace(item, directives=directives, arguments=arguments)
        return {**fields, **changed} if changed else fields

    def elements(self, elements: Mapping[str, _Element]) -> Mapping[str, _Element]:
        changed = {name: written for name, item in elements.items() if (written := self.element(item)) is not item}
        return {**elements, **changed} if changed else elements

    def element(self, item: _Element) -> _Element:
        directives = self.directives(item.directives)
        if directives is not item.directives:
            item = replace(item, directives=directives)
        if isinstance(item, InputValue) and not isinstance(item.default, NoDefault):
            default = as_typed(item.default, item.type, self.source.types)
            return item if default is item.default else replace(item, default=default)
        return item

    def directives(self, directives: _Directives) -> _Directives:
        if not directives:
            return directives
        written = [self.application(item) for item in directives]
        if all(new is old for new, old in zip(written, directives, strict=True)):
            return directives
        return tuple(written)

    def application(self, item: AppliedDirective) -> AppliedDirective:
        definition = self.definitions.get(item.name)
        if definition is None or not item.arguments:
            return item
        changed: dict[str, Value] = {}
        for name, value in item.arguments.items():
            argument = definition.arguments.get(name)
            written = value if argument is None else as_typed(value, argument.type, self.source.types)
            if written is not value:
                changed[name] = written
        return replace(item, arguments={**item.arguments, **changed}) if changed else item
