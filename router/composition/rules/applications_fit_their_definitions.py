"""INVALID_GRAPHQL: what is applied in the supergraph is applied as the supergraph defines it.

The supergraph has one definition of a composed directive, that of the newest version, which may refuse what an older
one allows. And a directive on an ``@interfaceObject`` type comes to stand on an interface.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.rules.defaults_are_valid import inputs_of
from router.federation.errors import ErrorCode
from router.federation.validity.values import value_fits
from router.supergraph.model import Supergraph
from router.type_system.model import (
    TYPE_LOCATIONS,
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    InterfaceType,
    ObjectType,
    Schema,
)


def applications_fit_their_definitions(merge: Merge, supergraph: Supergraph) -> None:
    """Check the location and the arguments of all applications."""
    schema = supergraph.schema
    for coordinate, location, directives in _annotated(schema):
        for application in directives:
            definition = schema.directive_definitions.get(application.name)
            if definition is None:
                continue
            for problem in _problems(schema, application, definition, location):
                merge.report.error(
                    ErrorCode.INVALID_GRAPHQL,
                    f"@{application.name} on {coordinate} {problem}",
                    merge.sources.get(coordinate.partition(".")[0], ()),
                    [coordinate],
                    "define the directive alike in every subgraph, and apply it accordingly",
                )


def _problems(
    schema: Schema, application: AppliedDirective, definition: DirectiveDefinition, location: str
) -> Iterator[str]:
    if location not in definition.locations:
        yield f"may not stand on {location} in the supergraph"
    for name, value in application.arguments.items():
        argument = definition.arguments.get(name)
        if argument is None:
            yield f"has the argument {name}, which it lacks in the supergraph"
        elif value is not None and not value_fits(value, argument.type, schema.types):
            yield f"gives {name} a value that isn't a {argument.type} in the supergraph"
    for argument in definition.arguments.values():
        if argument.required and argument.name not in application.arguments:
            yield f"lacks the argument {argument.name}, which the supergraph requires"


def _annotated(schema: Schema) -> Iterator[tuple[str, str, tuple[AppliedDirective, ...]]]:
    """Yield every element to which directives are applied: its coordinate, location and directives."""
    if schema.directives:
        yield "schema", "SCHEMA", schema.directives
    for definition in schema.types.values():
        if definition.directives:
            yield definition.name, TYPE_LOCATIONS[type(definition)], definition.directives
        match definition:
            case ObjectType() | InterfaceType():
                for item in definition.fields.values():
                    if item.directives:
                        yield f"{definition.name}.{item.name}", "FIELD_DEFINITION", item.directives
            case EnumType():
                for value in definition.values.values():
                    if value.directives:
                        yield f"{definition.name}.{value.name}", "ENUM_VALUE", value.directives
            case _:
                pass
    for coordinate, given in inputs_of(schema):
        if given.directives:
            location = "ARGUMENT_DEFINITION" if coordinate.endswith(":)") else "INPUT_FIELD_DEFINITION"
            yield coordinate, location, given.directives
