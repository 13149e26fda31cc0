"""The ``schema`` element of the supergraph: its description, its directives, and that there is a query."""

from __future__ import annotations

from dataclasses import dataclass

from router.composition.merge.applied_directives import merge_applied_directives, merge_join_directives
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode
from router.type_system.model import AppliedDirective, Schema


@dataclass(frozen=True, slots=True)
class _SchemaElement:
    """A subgraph's schema as an element that has directives and a description."""

    directives: tuple[AppliedDirective, ...]
    description: str | None
    position: int = -1


def merge_schema_definition(merge: Merge) -> None:
    """Merge what stands on the ``schema`` element, and check that the supergraph has a query."""
    sources: list[Source[_SchemaElement]] = [
        (index, _element(subgraph.schema)) for index, subgraph in enumerate(merge.subgraphs)
    ]
    merge.description = merge_descriptions(merge, "schema", sources)
    merge.schema_directives = merge_applied_directives(merge, "schema", sources)
    merge.schema_joins = merge_join_directives(merge, sources)
    if "query" not in merge.roots or merge.roots["query"] not in merge.sources:
        merge.report.error(
            ErrorCode.NO_QUERIES, "no subgraph has a query", remedy="define a field of type Query in one of them"
        )


def _element(schema: Schema) -> _SchemaElement:
    return _SchemaElement(schema.directives, schema.description)
