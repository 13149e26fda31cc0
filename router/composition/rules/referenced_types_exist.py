"""INVALID_GRAPHQL: every type that the supergraph refers to is in it.

A subgraph may use the types of its linked federation (``Scope`` and the like) as its own; these aren't merged.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.rules.defaults_are_valid import inputs_of
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import InterfaceType, ObjectType, Schema, named_type

_BUILTIN = frozenset({"Int", "Float", "String", "Boolean", "ID"})


def referenced_types_exist(merge: Merge, supergraph: Supergraph) -> None:
    """Check the types of all fields, arguments and input fields."""
    types = supergraph.schema.types
    for coordinate, name in _references(supergraph.schema):
        if name not in types and name not in _BUILTIN:
            merge.report.error(
                ErrorCode.INVALID_GRAPHQL,
                f"{coordinate} has the type {name}, which the supergraph lacks",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate],
                "use a type of your own",
            )


def _references(schema: Schema) -> Iterator[tuple[str, str]]:
    for definition in schema.types.values():
        if isinstance(definition, ObjectType | InterfaceType):
            for item in definition.fields.values():
                yield f"{definition.name}.{item.name}", named_type(item.type)
    for coordinate, value in inputs_of(schema):
        yield coordinate, named_type(value.type)
