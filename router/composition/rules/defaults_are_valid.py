"""INVALID_GRAPHQL: each default is a value of its type in the supergraph.

Merging drops enum values and input fields that some subgraph lacks, and a default may use them.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.rules.values import is_value_of
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import InputObjectType, InputValue, InterfaceType, NoDefault, ObjectType, Schema
from router.type_system.values import print_value


def defaults_are_valid(merge: Merge, supergraph: Supergraph) -> None:
    """Check all defaults."""
    for coordinate, item in inputs_of(supergraph.schema):
        if isinstance(item.default, NoDefault) or is_value_of(supergraph.schema, item.type, item.default):
            continue
        merge.report.error(
            ErrorCode.INVALID_GRAPHQL,
            f"{coordinate} has the default {print_value(item.default)}, which is not a {item.type} in the supergraph",
            merge.sources.get(coordinate.partition(".")[0], ()),
            [coordinate],
            "use a default that every subgraph knows",
        )


def inputs_of(schema: Schema) -> Iterator[tuple[str, InputValue]]:
    """Yield every argument and input field beside its coordinate."""
    for definition in schema.types.values():
        match definition:
            case ObjectType() | InterfaceType():
                for item in definition.fields.values():
                    for argument in item.arguments.values():
                        yield f"{definition.name}.{item.name}({argument.name}:)", argument
            case InputObjectType():
                for value in definition.fields.values():
                    yield f"{definition.name}.{value.name}", value
            case _:
                pass
    for directive in schema.directive_definitions.values():
        for argument in directive.arguments.values():
            yield f"@{directive.name}({argument.name}:)", argument
