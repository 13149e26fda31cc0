"""INVALID_GRAPHQL: no merged input object requires itself (GraphQL specification, section 3.10.1).

Merging makes a field non-null where any subgraph has it so, which can close a circle that no subgraph has.
"""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import InputObjectType, NamedType, NonNullType, Schema


def input_objects_are_finite(merge: Merge, supergraph: Supergraph) -> None:
    """Find circles of non-null fields."""
    done: set[str] = set()
    for definition in supergraph.schema.types.values():
        if isinstance(definition, InputObjectType):
            _walk(merge, supergraph.schema, definition, [], done)


def _walk(
    merge: Merge, schema: Schema, definition: InputObjectType, path: list[tuple[str, str]], done: set[str]
) -> None:
    if definition.name in done:
        return
    done.add(definition.name)
    for item in definition.fields.values():
        if not (isinstance(item.type, NonNullType) and isinstance(item.type.of, NamedType)):
            continue
        target = schema.types.get(item.type.of.name)
        if not isinstance(target, InputObjectType):
            continue
        step = [*path, (definition.name, item.name)]
        start = next((place for place, (name, _) in enumerate(step) if name == target.name), None)
        if start is None:
            _walk(merge, schema, target, step, done)
            continue
        coordinates = [f"{owner}.{name}" for owner, name in step[start:]]
        merge.report.error(
            ErrorCode.INVALID_GRAPHQL,
            f"{target.name} requires itself in the supergraph, by {', '.join(coordinates)}",
            merge.sources.get(target.name, ()),
            coordinates,
            "make one of these fields nullable in every subgraph",
        )
