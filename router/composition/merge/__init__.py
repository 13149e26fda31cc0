"""Stage 4 of composition: many subgraphs -> one supergraph, kind by kind.

Enters: built subgraphs. Leaves: a :class:`~router.supergraph.model.Supergraph`, with every error and hint in the
report. Invariant: each stage reads what earlier ones filled, and none reads what a later one fills.
"""

from __future__ import annotations

from collections.abc import Callable

from router.composition.merge.access_control import propagate_access_control
from router.composition.merge.compose_directives import merge_composed_directives
from router.composition.merge.directive_definitions import merge_directive_definitions
from router.composition.merge.enums import merge_enum
from router.composition.merge.features import merge_features
from router.composition.merge.inputs import merge_input
from router.composition.merge.interface_objects import push_down_fields
from router.composition.merge.objects import merge_interface, merge_object
from router.composition.merge.scalars import merge_scalar
from router.composition.merge.schema_definition import merge_schema_definition
from router.composition.merge.shallow import merge_types_shallow
from router.composition.merge.state import Merge
from router.composition.merge.unions import merge_union
from router.composition.merge.versions import hint_implicit_upgrades
from router.supergraph.model import JoinGraph, Supergraph
from router.type_system.model import (
    EnumType,
    InputObjectType,
    InterfaceType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    UnionType,
)


def merge_links(merge: Merge) -> bool:
    """Decide which directives the supergraph carries; ``False`` where subgraphs are at odds, which ends the merge."""
    merge_composed_directives(merge.facts, merge.features, merge.report)
    merge_features(merge.subgraphs, merge.facts, merge.features, merge.report)
    return not merge.report.errors


def _merge_kind(kind: type[TypeDefinition], merge_one: Callable[[Merge, str], None]) -> Callable[[Merge], None]:
    def merge_kind(merge: Merge) -> None:
        for name, sources in merge.sources.items():
            is_abstracted = name in merge.abstracted
            if (kind is InterfaceType) if is_abstracted else isinstance(sources[0][1], kind):
                merge_one(merge, name)

    return merge_kind


#: In this order: unions and ``implements`` decide on subtyping; enums come after all that uses them.
MERGE_STAGES: tuple[Callable[[Merge], None], ...] = (
    hint_implicit_upgrades,
    merge_types_shallow,
    _merge_kind(UnionType, merge_union),
    _merge_kind(ScalarType, merge_scalar),
    _merge_kind(InputObjectType, merge_input),
    _merge_kind(InterfaceType, merge_interface),
    _merge_kind(ObjectType, merge_object),
    merge_directive_definitions,
    _merge_kind(EnumType, merge_enum),
    merge_schema_definition,
    push_down_fields,
    propagate_access_control,
)


def merge_subgraphs(merge: Merge) -> Supergraph | None:
    """Run every stage; ``None`` where the links of the subgraphs are at odds."""
    if not merge_links(merge):
        return None
    for stage in MERGE_STAGES:
        stage(merge)
    types = {name: merge.types[name] for name in merge.sources if name in merge.types}
    return Supergraph(
        schema=Schema(
            types={**types, **merge.features.types},
            directive_definitions=merge.directive_definitions,
            roots={operation: name for operation, name in merge.roots.items() if name in types},
            directives=merge.schema_directives,
            description=merge.description,
            explicit_schema=True,
        ),
        graphs={
            graph_id: JoinGraph(graph_id, subgraph.name, subgraph.url)
            for graph_id, subgraph in zip(merge.graph_ids, merge.subgraphs, strict=True)
        },
        joins=merge.joins,
        features=tuple(merge.features.links),
        directives=merge.schema_joins,
    )
